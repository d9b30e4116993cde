package authority

import (
	"fmt"
	"time"
)

// A List describes a revocation list.
type List struct {
	ThisUpdate time.Time
	NextUpdate time.Time // zero: none
	Number     int64     // 0: none
	// Base, if not 0, makes a delta list against the list of that number.
	Base    int64
	Point   *Point
	Revoked []Revoked

	Extensions []Extension
	Without    []string // identifiers of default extensions to leave out
	// Key signs, if not the CA's own; Issuer is the name if not the CA's.
	Key    *Key
	Issuer *Name
	// Mangle, if set, changes the bytes to be signed.
	Mangle func(tbs []byte) []byte
}

// A Point is the scope of a list: issuingDistributionPoint.
type Point struct {
	Addresses     []string
	Names         []Name // directory names
	OnlyUser      bool
	OnlyCA        bool
	OnlyAttribute bool
	Indirect      bool
	Reasons       uint16 // bit n of ReasonFlags; 0: not narrowed
}

// A Revoked is one entry of a list.
type Revoked struct {
	Serial     []byte
	Date       time.Time
	Reason     int   // 0: no extension
	Issuer     *Name // certificateIssuer
	Extensions []Extension
}

// CRL issues a list and returns its DER.
func (ca *CA) CRL(l List) ([]byte, error) {
	if l.ThisUpdate.IsZero() {
		return nil, fmt.Errorf("authority: list of %v without thisUpdate", ca.Subject)
	}
	key, issuer := ca.Key, ca.Subject
	if l.Key != nil {
		key = l.Key
	}
	if l.Issuer != nil {
		issuer = *l.Issuer
	}
	parts := [][]byte{
		tlv(0x02, []byte{1}), key.algorithm(), issuer.der(), moment(l.ThisUpdate),
	}
	if !l.NextUpdate.IsZero() {
		parts = append(parts, moment(l.NextUpdate))
	}
	if len(l.Revoked) > 0 {
		entries := make([][]byte, len(l.Revoked))
		for i := range l.Revoked {
			entries[i] = l.Revoked[i].der()
		}
		parts = append(parts, seq(entries...))
	}
	if x := l.extensions(key); len(x) > 0 {
		parts = append(parts, tlv(0xa0, seq(x...)))
	}
	tbs := seq(parts...)
	if l.Mangle != nil {
		tbs = l.Mangle(tbs)
	}
	return key.SignDER(tbs)
}

func (l *List) extensions(key *Key) [][]byte {
	list := []Extension{{ID: "2.5.29.35", Value: seq(tlv(0x80, key.ID()))}}
	if l.Number > 0 {
		list = append(list, Extension{ID: "2.5.29.20", Value: integer(l.Number)})
	}
	if l.Base > 0 {
		list = append(list, Extension{ID: "2.5.29.27", Critical: true, Value: integer(l.Base)})
	}
	if l.Point != nil {
		list = append(list, Extension{ID: "2.5.29.28", Critical: true, Value: l.Point.der()})
	}
	return merge(list, l.Extensions, l.Without)
}

func (p *Point) der() []byte {
	var parts, names [][]byte
	for _, a := range p.Addresses {
		names = append(names, tlv(0x86, []byte(a)))
	}
	for _, n := range p.Names {
		names = append(names, tlv(0xa4, n.der()))
	}
	if names != nil {
		parts = append(parts, tlv(0xa0, tlv(0xa0, names...)))
	}
	flag := func(tag byte, on bool) {
		if on {
			parts = append(parts, tlv(tag, []byte{0xff}))
		}
	}
	flag(0x81, p.OnlyUser)
	flag(0x82, p.OnlyCA)
	if p.Reasons != 0 {
		parts = append(parts, tlv(0x83, bitFlags(p.Reasons)[2:]))
	}
	flag(0x84, p.Indirect)
	flag(0x85, p.OnlyAttribute)
	return seq(parts...)
}

func (r *Revoked) der() []byte {
	parts := [][]byte{tlv(0x02, r.Serial), moment(r.Date)}
	var list [][]byte
	if r.Reason != 0 {
		x := Extension{ID: "2.5.29.21", Value: tlv(0x0a, []byte{byte(r.Reason)})}
		list = append(list, x.der())
	}
	if r.Issuer != nil {
		x := Extension{ID: "2.5.29.29", Critical: true, Value: seq(tlv(0xa4, r.Issuer.der()))}
		list = append(list, x.der())
	}
	for _, x := range r.Extensions {
		list = append(list, x.der())
	}
	if list != nil {
		parts = append(parts, seq(list...))
	}
	return seq(parts...)
}
