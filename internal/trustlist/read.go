package trustlist

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the fingerprint that the list's format has; the signature protects
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// Bounds on what is kept of a list.
const (
	maxAuthorities = 100_000
	maxValue       = 4 << 10 // bytes of a name or address
)

// A document reads the elements of the list, which have no namespace. Elements
// it does not know are passed over: the format grows, and all of it is signed.
type document struct{ *xmltree.Tree }

func (l *List) read(t *xmltree.Tree) error {
	d := document{t}
	root := d.Root()
	if !d.Is(root, "", "АккредитованныеУдостоверяющиеЦентры") {
		return fmt.Errorf("the root element is %s", d.Name(root).Local)
	}
	var err error
	if l.Version, err = strconv.ParseInt(d.text(root, "Версия"), 10, 64); err != nil || l.Version < 0 {
		return fmt.Errorf("version %q", d.text(root, "Версия"))
	}
	if l.Date, err = moment(d.text(root, "Дата")); err != nil {
		return err
	}
	for n := range d.each(root, "УдостоверяющийЦентр") {
		if len(l.Authorities) == maxAuthorities {
			return errors.New("too many authorities")
		}
		l.Authorities = append(l.Authorities, l.authority(d, n))
	}
	if len(l.Authorities) == 0 {
		return errors.New("no authorities")
	}
	return nil
}

// each ranges over the children of n with a name.
func (d document) each(n xmltree.Node, name string) func(func(xmltree.Node) bool) {
	return func(yield func(xmltree.Node) bool) {
		for c := range d.Elements(n) {
			if d.Is(c, "", name) && !yield(c) {
				return
			}
		}
	}
}

// child returns the first child of n with a name, or None; of None it is None.
func (d document) child(n xmltree.Node, name string) xmltree.Node {
	if n == xmltree.None {
		return xmltree.None
	}
	return d.Child(n, "", name)
}

// text returns the text of the first child of n with a name, "" if there is
// none. The result does not refer to the document.
func (d document) text(n xmltree.Node, name string) string {
	c := d.child(n, name)
	if c == xmltree.None {
		return ""
	}
	return d.value(c)
}

func (d document) value(n xmltree.Node) string {
	b, _ := d.Text(n)
	b = bytes.TrimSpace(b)
	if len(b) > maxValue {
		b = b[:maxValue]
	}
	return string(b)
}

func (l *List) authority(d document, n xmltree.Node) Authority {
	a := Authority{
		Name: d.text(n, "Название"), ShortName: d.text(n, "КраткоеНазвание"),
		INN: d.text(n, "ИНН"), OGRN: d.text(n, "ОГРН"), RegistryNumber: d.text(n, "РеестровыйНомер"),
		Successor: d.text(n, "ПолномочияПереданыУЦсОГРН"),
	}
	skip := func(what string, err error) {
		l.Skipped = append(l.Skipped, fmt.Errorf("%s: %s: %w", a.Name, what, err))
	}
	unreadable := false
	status := func(n xmltree.Node) {
		s := pki.Status{Text: d.text(n, "Статус")}
		var err error
		if s.From, err = moment(d.text(n, "ДействуетС")); err != nil {
			skip("status", err)
			unreadable = true
			return
		}
		s.Active = isActive(s.Text)
		a.History = append(a.History, s)
	}
	for s := range d.each(d.child(n, "ИсторияСтатусовАккредитации"), "СтатусАккредитации") {
		status(s)
	}
	if s := d.child(n, "СтатусАккредитации"); s != xmltree.None {
		status(s)
	}
	a.History = order(a.History)
	if unreadable {
		a.History = nil // it may have been the one that ended the accreditation
	}
	for c := range d.each(d.child(n, "ПрограммноАппаратныеКомплексы"), "ПрограммноАппаратныйКомплекс") {
		class := d.text(c, "КлассСредствЭП")
		for k := range d.each(d.child(c, "КлючиУполномоченныхЛиц"), "Ключ") {
			key := Key{ID: d.text(k, "ИдентификаторКлюча"), Class: class}
			for x := range d.each(d.child(k, "АдресаСписковОтзыва"), "Адрес") {
				key.CRLs = append(key.CRLs, d.value(x))
			}
			for x := range d.each(d.child(k, "Сертификаты"), "ДанныеСертификата") {
				c, err := d.certificate(x)
				if err != nil {
					skip("certificate "+d.text(x, "Отпечаток"), err)
					continue
				}
				key.Certificates = append(key.Certificates, c)
			}
			a.Keys = append(a.Keys, key)
		}
	}
	return a
}

func (d document) certificate(n xmltree.Node) (*pki.Certificate, error) {
	node := d.child(n, "Данные")
	if node == xmltree.None {
		return nil, errors.New("no data")
	}
	text, _ := d.Text(node)
	if len(text) > 2*pki.MaxCertificate {
		return nil, errors.New("too long")
	}
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	size, err := base64.StdEncoding.Decode(der, withoutSpace(text))
	if err != nil {
		return nil, err
	}
	c, err := pki.ParseCertificate(der[:size:size])
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(c.Raw) //nolint:gosec // see the import
	if given := d.text(n, "Отпечаток"); given != "" && !strings.EqualFold(given, hex.EncodeToString(sum[:])) {
		return nil, errors.New("the fingerprint is another certificate's")
	}
	return c, nil
}

// withoutSpace removes the line breaks that base64 is written with.
func withoutSpace(b []byte) []byte {
	if bytes.IndexAny(b, " \t\r\n") < 0 {
		return b
	}
	return bytes.Join(bytes.Fields(b), nil)
}

// moscow is the zone of times that are written without one.
var moscow = time.FixedZone("MSK", 3*3600)

func moment(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly, "2006-01-02Z07:00"} {
		if t, err := time.ParseInLocation(layout, s, moscow); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("malformed date %q", s)
}
