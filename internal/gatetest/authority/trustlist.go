package authority

import (
	"crypto/sha1" //nolint:gosec // the fingerprint that the list's format has
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// A TrustList describes the head CA's list of accredited CAs.
type TrustList struct {
	Version int
	Date    time.Time
	CAs     []Accredited
	// Mangle, if set, changes what follows the root's start tag before it is
	// signed.
	Mangle func(xml string) string
}

// An Accredited is one CA of the list.
type Accredited struct {
	Name, INN, OGRN string
	RegistryNumber  string
	Status          string // default "Действует"
	Since           time.Time
	History         []StatusChange // earlier ones
	Successor       string         // ОГРН of the CA that took over
	Class           string         // of the CA's tools; default "КС3"
	Keys            []ListedKey
}

// A StatusChange is one entry of a CA's history.
type StatusChange struct {
	Status string
	Since  time.Time
}

// A ListedKey is one key of a CA.
type ListedKey struct {
	ID           string
	CRLs         []string // addresses
	Certificates [][]byte // DER
}

// Namespaces and algorithms of the list's signature.
const (
	nsXSI       = "http://www.w3.org/2001/XMLSchema-instance"
	nsDS        = "http://www.w3.org/2000/09/xmldsig#"
	algExcC14N  = "http://www.w3.org/2001/10/xml-exc-c14n#"
	algEnvelope = nsDS + "enveloped-signature"
	cpxmlsec    = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"
)

var xmlAlgorithms = map[Kind]struct{ signature, digest string }{
	GOST256: {cpxmlsec + "gostr34102012-gostr34112012-256", cpxmlsec + "gostr34112012-256"},
	GOST512: {cpxmlsec + "gostr34102012-gostr34112012-512", cpxmlsec + "gostr34112012-512"},
	RSA:     {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"},
}

// Sign writes the list and signs it as the head CA does: enveloped, exclusive
// canonicalization. The document is written in canonical form, so that no
// canonicalizer is needed. Certificate is the signer's.
func (l *TrustList) Sign(key *Key, certificate []byte) ([]byte, error) {
	alg, ok := xmlAlgorithms[key.Kind]
	if !ok {
		return nil, fmt.Errorf("authority: no algorithm for lists signed by %v", key.Kind)
	}
	open, rest := l.xml()
	if l.Mangle != nil {
		rest = l.Mangle(rest)
	}
	h := NewHash(key.Kind)
	h.Write([]byte(open + rest))
	digest := base64.StdEncoding.EncodeToString(h.Sum(nil))
	info := `<ds:CanonicalizationMethod Algorithm="` + algExcC14N + `"></ds:CanonicalizationMethod>` +
		`<ds:SignatureMethod Algorithm="` + alg.signature + `"></ds:SignatureMethod>` +
		`<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="` + algEnvelope + `"></ds:Transform>` +
		`<ds:Transform Algorithm="` + algExcC14N + `"></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="` + alg.digest + `"></ds:DigestMethod><ds:DigestValue>` + digest + `</ds:DigestValue></ds:Reference></ds:SignedInfo>`
	value, err := key.Sign([]byte(`<ds:SignedInfo xmlns:ds="` + nsDS + `">` + info))
	if err != nil {
		return nil, fmt.Errorf("authority: signing a trust list: %w", err)
	}
	signature := `<ds:Signature xmlns:ds="` + nsDS + `"><ds:SignedInfo>` + info +
		`<ds:SignatureValue>` + base64.StdEncoding.EncodeToString(value) + `</ds:SignatureValue>` +
		`<ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(certificate) +
		`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
	end := strings.LastIndex(rest, "</")
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + open + rest[:end] + signature + rest[end:]), nil
}

// xml returns the root's start tag and all that follows it.
func (l *TrustList) xml() (open, rest string) {
	const name = "АккредитованныеУдостоверяющиеЦентры"
	var w xmlWriter
	w.text("Версия", fmt.Sprint(l.Version))
	w.text("Дата", stamp(l.Date))
	for i := range l.CAs {
		w.ca(&l.CAs[i])
	}
	w.WriteString("</" + name + ">")
	return `<` + name + ` xmlns:xsi="` + nsXSI + `" xsi:noNamespaceSchemaLocation="TSLExt.1.0.xsd">`, w.String()
}

// stamp writes a time as the real list does: with the zone of Moscow.
func stamp(t time.Time) string {
	return t.In(time.FixedZone("", 3*3600)).Format("2006-01-02T15:04:05-07:00")
}

type xmlWriter struct{ strings.Builder }

func (w *xmlWriter) text(name, value string) {
	w.WriteString("<" + name + ">" + xmlText.Replace(value) + "</" + name + ">")
}

// xmlText escapes as Canonical XML does (2.3).
var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

func (w *xmlWriter) element(name string, content func()) {
	w.WriteString("<" + name + ">")
	content()
	w.WriteString("</" + name + ">")
}

func (w *xmlWriter) ca(a *Accredited) {
	w.element("УдостоверяющийЦентр", func() {
		w.text("Название", a.Name)
		w.text("ЭлектроннаяПочта", "ca@example.org")
		w.text("КраткоеНазвание", a.Name)
		w.text("АдресСИнформациейПоУЦ", "http://ca.example.org/")
		w.element("Адрес", func() {
			w.text("Страна", "RU")
			w.text("Индекс", "000000")
			w.text("УлицаДом", "Вымышленная улица, дом 1")
			w.text("Город", "Вымышленск")
			w.element("Регион", func() {
				w.text("Код", "00")
				w.text("Название", "Вымышленная область")
			})
		})
		w.element("ПрограммноАппаратныеКомплексы", func() {
			w.element("ПрограммноАппаратныйКомплекс", func() { w.complex(a) })
		})
		w.text("ИНН", a.INN)
		w.text("ОГРН", a.OGRN)
		w.text("РеестровыйНомер", a.RegistryNumber)
		w.status(StatusChange{or(a.Status, "Действует"), a.Since})
		w.element("ИсторияСтатусовАккредитации", func() {
			for _, s := range a.History {
				w.status(s)
			}
		})
		if a.Successor != "" {
			w.text("ПолномочияПереданыУЦсОГРН", a.Successor)
		}
	})
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (w *xmlWriter) status(s StatusChange) {
	w.element("СтатусАккредитации", func() {
		w.text("Статус", s.Status)
		w.text("ДействуетС", stamp(s.Since))
	})
}

func (w *xmlWriter) complex(a *Accredited) {
	w.text("Псевдоним", "ПАК "+a.Name)
	w.text("КлассСредствЭП", or(a.Class, "КС3"))
	w.text("СредстваУЦ", "Вымышленные средства")
	w.element("КлючиУполномоченныхЛиц", func() {
		for _, k := range a.Keys {
			w.element("Ключ", func() {
				w.text("ИдентификаторКлюча", k.ID)
				w.element("АдресаСписковОтзыва", func() {
					for _, address := range k.CRLs {
						w.text("Адрес", address)
					}
				})
				w.element("Сертификаты", func() {
					for _, der := range k.Certificates {
						w.element("ДанныеСертификата", func() {
							w.text("Отпечаток", fmt.Sprintf("%X", sha1.Sum(der))) //nolint:gosec // see the import
							w.text("Данные", base64.StdEncoding.EncodeToString(der))
						})
					}
				})
			})
		}
	})
}
