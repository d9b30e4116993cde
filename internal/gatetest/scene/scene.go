// Package scene builds what the vectors of testdata/pki describe in a few words:
// certificates, revocation lists, what is trusted, and whose certificate is to
// be judged. testdata/pki/README.md has the words. Keys are made when tests run.
package scene

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/trustlist"
)

// A Scene is what a vector describes.
type Scene struct {
	Store  *pki.Store
	Target *pki.Certificate // to be judged
	Key    *authority.Key   // of the target
	Sent   []*pki.Certificate
	Params pki.Params
}

// Build builds the scene of a vector that has a file pki.
func Build(tb testing.TB, v vector.Vector) *Scene {
	tb.Helper()
	at, err := time.Parse(time.RFC3339, v.Header["time"])
	if err != nil {
		tb.Fatalf("time: %v", err)
	}
	s := &script{tb: tb, at: at, cas: map[string]*authority.CA{}, certificates: map[string]*pki.Certificate{}, keys: map[string]*authority.Key{}}
	for line := range strings.Lines(string(v.File(tb, "pki"))) {
		if line = strings.TrimSpace(line); line != "" {
			s.line(line)
		}
	}
	s.prepare()
	for _, l := range s.lists {
		s.store.Update(func(t *pki.Trust) *pki.Trust {
			u, err := t.WithCRLs(l)
			if err != nil {
				tb.Log(err)
			}
			return u
		})
	}
	return &Scene{s.store, s.named([]string{s.target})[0], s.cas[s.target].Key, s.sent, s.params}
}

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// A script is a vector while it is built.
type script struct {
	tb           testing.TB
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
	s.tb.Helper()
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
		s.tb.Fatalf("unknown word %q", words[0])
	}
	for name := range o {
		s.tb.Fatalf("%s: unknown option %q", words[0], name)
	}
}

func (s *script) named(names []string) (list []*pki.Certificate) {
	for _, n := range names {
		c := s.certificates[n]
		if c == nil {
			s.tb.Fatalf("no certificate %q", n)
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
		s.tb.Fatalf("%s=%s: %v", name, v, err)
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
		k, err := authority.NewKey(kind)
		if err != nil {
			s.tb.Fatal(err)
		}
		s.keys[name] = k
	}
	return s.keys[name]
}

var kinds = []authority.Kind{authority.GOST256, authority.GOST512, authority.GOST2001, authority.RSA, authority.ECDSA}

// permitted is a name constraint (RFC 5280 4.2.1.10).
func permitted(domain string) authority.Extension {
	subtree := authority.DER(0x30, authority.DER(0x82, []byte(domain)))
	return authority.Extension{ID: "2.5.29.30", Critical: true, Value: authority.DER(0x30, authority.DER(0xa0, subtree))}
}

var usageBits = map[string]uint16{"digitalSignature": 1 << 0, "keyEncipherment": 1 << 2, "keyCertSign": 1 << 5, "cRLSign": 1 << 6}

func (s *script) certificate(word, name string, o options) {
	s.tb.Helper()
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
		t.Extensions = append(t.Extensions, permitted(domain))
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
			s.tb.Fatalf("no CA %q", by)
		}
	}
	der, err := issuer.Issue(k, t)
	if err != nil {
		s.tb.Fatal(err)
	}
	ca.DER = der
	c, err := pki.ParseCertificate(der)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.cas[name], s.certificates[name] = ca, c
}

func (s *script) hex(v string) []byte {
	b, err := hex.DecodeString(v)
	if err != nil {
		s.tb.Fatal(err)
	}
	return b
}

var reasons = []string{"unspecified", "keyCompromise", "cACompromise", "", "", "", "certificateHold", "", "removeFromCRL"}

func (s *script) crl(issuer string, o options) {
	s.tb.Helper()
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
		s.tb.Fatal(err)
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
	s.tb.Helper()
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
		s.tb.Fatal(err)
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
		s.tb.Log(err)
	}
}

// prepare makes the store of what is trusted so far.
func (s *script) prepare() {
	if s.store == nil {
		s.store = pki.NewStore(pki.NewTrust(pki.Rules{}, s.anchors, s.known))
	}
}
