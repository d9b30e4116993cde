package pki_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/trustlist"
)

// TestVectors runs testdata/pki: each vector describes certificates, lists and
// what is trusted in a few words, and what must come of it. README.md there has
// the words. Attack rows 55 to 61 each have a refusal and a near miss.
func TestVectors(t *testing.T) {
	refused, passed := map[string]bool{}, map[string]bool{}
	for _, v := range vector.Load(t, "pki") {
		if v.Accept() {
			passed[v.Header["row"]] = true
		} else {
			refused[v.Header["row"]] = true
		}
		t.Run(v.Name, func(t *testing.T) {
			err := judge(t, v)
			var r *reject.Rejection
			switch {
			case v.Accept() && err != nil:
				t.Errorf("refused: %v", err)
			case !v.Accept() && (!errors.As(err, &r) || string(r.Code) != v.Header["code"]):
				t.Errorf("%v, want %s", err, v.Header["code"])
			}
		})
	}
	for row := 55; row <= 61; row++ {
		if s := strconv.Itoa(row); !refused[s] || !passed[s] {
			t.Errorf("row %d: refused %v, near miss %v", row, refused[s], passed[s])
		}
	}
}

// judge builds what a vector describes and verifies the certificate it names.
func judge(t *testing.T, v vector.Vector) error {
	t.Helper()
	if der, ok := v.Files["certificate"]; ok {
		if _, err := pki.ParseCertificate(der); err != nil {
			return reject.New(reject.CertificateMalformed).Because(err)
		}
		return nil
	}
	at, err := time.Parse(time.RFC3339, v.Header["time"])
	if err != nil {
		t.Fatalf("time: %v", err)
	}
	s := &script{t: t, at: at, cas: map[string]*authority.CA{}, certificates: map[string]*pki.Certificate{}, keys: map[string]*authority.Key{}}
	for line := range strings.Lines(string(v.File(t, "pki"))) {
		if line = strings.TrimSpace(line); line != "" {
			s.line(line)
		}
	}
	return s.verify()
}

// A script is a vector while it is built.
type script struct {
	t            *testing.T
	at           time.Time
	cas          map[string]*authority.CA
	certificates map[string]*pki.Certificate
	keys         map[string]*authority.Key

	anchors, known, sent []*pki.Certificate
	lists                []*pki.CRL
	keeper               *trustlist.Keeper
	store                *pki.Store

	target string
	params pki.Params
}

// options are the words "name=value" of a line.
type options map[string]string

func (s *script) line(line string) {
	s.t.Helper()
	words := strings.Fields(line)
	o := options{}
	names := slices.DeleteFunc(words[1:], func(w string) bool {
		name, value, ok := strings.Cut(w, "=")
		if ok {
			o[name] = value
		}
		return ok
	})
	switch words[0] {
	case "root", "ca", "leaf":
		s.certificate(words[0], names[0], o)
	case "crl":
		s.crl(names[0], o)
	case "anchor":
		s.anchors = append(s.anchors, s.named(names)...)
	case "known":
		s.known = append(s.known, s.named(names)...)
	case "sent":
		s.sent = append(s.sent, s.named(names)...)
	case "trustlist":
		s.trustList(names, o)
	case "verify":
		s.target = names[0]
		s.params = pki.Params{At: s.moment(o, "at", s.at), Usage: pki.Sign, Tolerance: pki.Tolerance{Missing: o["missing"] == "pass"}}
		delete(o, "missing")
	default:
		s.t.Fatalf("unknown word %q", words[0])
	}
	for name := range o {
		s.t.Fatalf("%s: unknown option %q", words[0], name)
	}
}

func (s *script) named(names []string) (list []*pki.Certificate) {
	for _, n := range names {
		c := s.certificates[n]
		if c == nil {
			s.t.Fatalf("no certificate %q", n)
		}
		list = append(list, c)
	}
	return list
}

// take returns an option and marks it as understood.
func (o options) take(name string) (string, bool) {
	v, ok := o[name]
	delete(o, name)
	return v, ok
}

func (o options) list(name string) []string {
	v, ok := o.take(name)
	if !ok {
		return nil
	}
	return strings.Split(v, ",")
}

func (o options) number(name string) int {
	v, _ := o.take(name)
	n, _ := strconv.Atoi(v)
	return n
}

// moment reads a time relative to the vector's: "-1h", "+30d".
func (s *script) moment(o options, name string, otherwise time.Time) time.Time {
	v, ok := o.take(name)
	if !ok {
		return otherwise
	}
	days, isDays := strings.CutSuffix(v, "d")
	d, err := time.ParseDuration(v)
	if isDays {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * day
	}
	if err != nil {
		s.t.Fatalf("%s=%s: %v", name, v, err)
	}
	return s.at.Add(d)
}

// key returns the key of a name; the option key gives it another name.
func (s *script) key(o options, name string) *authority.Key {
	kind := authority.ECDSA
	if v, ok := o.take("kind"); ok {
		kind = kinds[slices.IndexFunc(kinds, func(k authority.Kind) bool { return k.String() == v })]
	}
	if v, ok := o.take("key"); ok {
		name = v
	}
	if s.keys[name] == nil {
		s.keys[name] = key(s.t, kind, "vector "+strconv.Itoa(len(s.keys)))
	}
	return s.keys[name]
}

var usageBits = map[string]uint16{"digitalSignature": 1 << 0, "keyEncipherment": 1 << 2, "keyCertSign": 1 << 5, "cRLSign": 1 << 6}

func (s *script) certificate(word, name string, o options) {
	s.t.Helper()
	cn := name
	if v, ok := o.take("cn"); ok {
		cn = v
	}
	t := authority.Template{
		Subject: authority.CN(cn), CA: word != "leaf", PathLen: o.number("pathlen"),
		NotBefore: s.moment(o, "from", s.at.Add(-year)), NotAfter: s.moment(o, "to", s.at.Add(year)),
		CRLPoints: o.list("points"), ExtUsages: o.list("eku"), Policies: o.list("policies"), Without: o.list("without"),
	}
	if v, ok := o.take("serial"); ok {
		t.Serial = s.hex(v)
	}
	for _, u := range o.list("usage") {
		t.KeyUsage |= usageBits[u]
	}
	for _, id := range o.list("critical") {
		t.Extensions = append(t.Extensions, authority.Extension{ID: id, Critical: true, Value: []byte{5, 0}})
	}
	if domain, ok := o.take("permit"); ok {
		t.Extensions = append(t.Extensions, constraint(0xa0, authority.DER(0x82, []byte(domain))))
	}
	if domain, ok := o.take("dns"); ok {
		t.Extensions = append(t.Extensions, authority.Extension{ID: "2.5.29.17", Value: authority.DER(0x30, authority.DER(0x82, []byte(domain)))})
	}
	by, _ := o.take("by")
	k := s.key(o, name)
	ca := &authority.CA{Key: k, Subject: t.Subject}
	issuer := ca
	if word != "root" {
		if issuer = s.cas[by]; issuer == nil {
			s.t.Fatalf("no CA %q", by)
		}
	}
	der, err := issuer.Issue(k, t)
	if err != nil {
		s.t.Fatal(err)
	}
	ca.DER = der
	s.cas[name], s.certificates[name] = ca, parse(s.t, der)
}

func (s *script) hex(v string) []byte {
	b, err := hex.DecodeString(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

var reasons = []string{"unspecified", "keyCompromise", "cACompromise", "", "", "", "certificateHold", "", "removeFromCRL"}

func (s *script) crl(issuer string, o options) {
	s.t.Helper()
	l := authority.List{
		ThisUpdate: s.moment(o, "from", s.at.Add(-time.Hour)), NextUpdate: s.moment(o, "to", s.at.Add(day)),
		Number: int64(o.number("number")), Base: int64(o.number("base")), Without: o.list("without"),
	}
	for _, r := range o.list("revoked") {
		serial, reason, _ := strings.Cut(r, ":")
		l.Revoked = append(l.Revoked, authority.Revoked{Serial: s.hex(serial), Date: s.at.Add(-2 * day), Reason: max(slices.Index(reasons, reason), 0)})
	}
	if scope, ok := o.take("only"); ok {
		l.Point = &authority.Point{OnlyUser: scope == "users", OnlyCA: scope == "cas", OnlyAttribute: scope == "attributes"}
	}
	if points := o.list("points"); points != nil {
		l.Point = &authority.Point{Addresses: points}
	}
	for _, id := range o.list("critical") {
		l.Extensions = append(l.Extensions, authority.Extension{ID: id, Critical: true, Value: []byte{5, 0}})
	}
	if name, ok := o.take("signer"); ok {
		l.Key = s.cas[name].Key
	}
	damage, _ := o.take("damage")
	der, err := s.cas[issuer].CRL(l)
	if err != nil {
		s.t.Fatal(err)
	}
	switch damage {
	case "cut":
		der = der[:len(der)-1]
	case "longer":
		der = append(der, 0)
	case "changed":
		der[len(der)-1] ^= 1
	}
	if parsed, err := pki.LoadCRL(der); err == nil {
		s.lists = append(s.lists, parsed)
	}
}

func (s *script) trustList(cas []string, o options) {
	s.t.Helper()
	s.prepare()
	signer, _ := o.take("signer")
	pinned, ok := o.take("pinned")
	if !ok {
		pinned = signer
	}
	status, _ := o.take("status")
	maxAge, _ := time.ParseDuration(o["maxage"])
	delete(o, "maxage")
	l := authority.TrustList{Version: o.number("version"), Date: s.moment(o, "date", s.at.Add(-time.Hour))}
	for _, name := range cas {
		l.CAs = append(l.CAs, authority.Accredited{
			Name: name, Status: status, Since: s.at.Add(-100 * day),
			Keys: []authority.ListedKey{{Certificates: [][]byte{s.cas[name].DER}}},
		})
	}
	xml, err := l.Sign(s.cas[signer].Key, s.cas[signer].DER)
	if err != nil {
		s.t.Fatal(err)
	}
	if change, ok := o.take("change"); ok {
		from, to, _ := strings.Cut(change, ":")
		xml = []byte(strings.Replace(string(xml), from, to, 1))
	}
	if s.keeper == nil {
		s.keeper = trustlist.NewKeeper(s.store, trustlist.Options{Signers: s.named([]string{pinned})}, maxAge, nil)
	}
	// A list that is not taken leaves things as they were.
	if _, err := s.keeper.Take(strings.NewReader(string(xml)), s.at); err != nil {
		s.t.Log(err)
	}
}

// prepare makes the store of what is trusted so far.
func (s *script) prepare() {
	if s.store == nil {
		s.store = pki.NewStore(pki.NewTrust(pki.Rules{}, s.anchors, s.known))
	}
}

func (s *script) verify() error {
	s.prepare()
	for _, l := range s.lists {
		s.store.Update(func(t *pki.Trust) *pki.Trust {
			u, err := t.WithCRLs(l)
			if err != nil {
				s.t.Log(err)
			}
			return u
		})
	}
	steps, v, err := s.store.Trust().Explain(s.named([]string{s.target})[0], s.sent, s.params)
	if n := signatures(steps); n > 64 {
		s.t.Errorf("%d candidates looked at", n)
	}
	if err == nil && v == nil {
		return fmt.Errorf("no verdict")
	}
	return err
}
