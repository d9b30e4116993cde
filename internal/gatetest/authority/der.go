package authority

import (
	"strconv"
	"strings"
	"time"
)

// tlv encodes one DER value.
func tlv(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := append(make([]byte, 0, n+6), tag)
	switch {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	case n < 0x10000:
		b = append(b, 0x82, byte(n>>8), byte(n))
	case n < 0x1000000:
		b = append(b, 0x83, byte(n>>16), byte(n>>8), byte(n))
	default:
		b = append(b, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func seq(parts ...[]byte) []byte { return tlv(0x30, parts...) }

// DER encodes one value of any tag; for tests that make their own structures.
func DER(tag byte, parts ...[]byte) []byte { return tlv(tag, parts...) }

// OID encodes an object identifier in dotted form; a malformed one is a bug of
// the test and panics.
func OID(dotted string) []byte { return oid(dotted) }

func oid(dotted string) []byte {
	var b []byte
	var first uint64
	for i, word := range strings.Split(dotted, ".") {
		n, err := strconv.ParseUint(word, 10, 56)
		if err != nil {
			panic("authority: object identifier " + dotted)
		}
		switch i {
		case 0:
			first = n
			continue
		case 1:
			n += 40 * first
		}
		septets := []byte{byte(n & 0x7f)}
		for n >>= 7; n > 0; n >>= 7 {
			septets = append([]byte{byte(n) | 0x80}, septets...)
		}
		b = append(b, septets...)
	}
	return tlv(0x06, b)
}

func oids(dotted []string) [][]byte {
	var list [][]byte
	for _, d := range dotted {
		list = append(list, oid(d))
	}
	return list
}

// moment encodes a time as RFC 5280 4.1.2.5 demands.
func moment(t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y >= 1950 && y < 2050 {
		return tlv(0x17, []byte(t.Format("060102150405Z")))
	}
	return tlv(0x18, []byte(t.Format("20060102150405Z")))
}

// bitFlags encodes named bits: bit n of the number is bit n of the string.
func bitFlags(f uint16) []byte {
	var b [2]byte
	last := 0
	for i := range 16 {
		if f&(1<<i) != 0 {
			b[i/8] |= 0x80 >> (i % 8)
			last = i
		}
	}
	return tlv(0x03, []byte{byte(7 - last%8)}, b[:last/8+1])
}

// integer encodes a number that is not negative.
func integer(n int64) []byte {
	b := []byte{byte(n)}
	for n >>= 8; n > 0; n >>= 8 {
		b = append([]byte{byte(n)}, b...)
	}
	if b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return tlv(0x02, b)
}

// A Name is a distinguished name, one attribute an RDN.
type Name []Attribute

// An Attribute is one attribute of a name. Tag is the string type; 0 chooses
// the usual one.
type Attribute struct {
	Type  string // object identifier
	Value string
	Tag   byte
}

// Types of attributes.
const (
	Country      = "2.5.4.6"
	CommonName   = "2.5.4.3"
	Organization = "2.5.4.10"
	Unit         = "2.5.4.11"
	Locality     = "2.5.4.7"
	Surname      = "2.5.4.4"
	GivenName    = "2.5.4.42"
	Email        = "1.2.840.113549.1.9.1"
	INN          = "1.2.643.3.131.1.1"
	INNLE        = "1.2.643.100.4"
	OGRN         = "1.2.643.100.1"
	OGRNIP       = "1.2.643.100.5"
	SNILS        = "1.2.643.100.3"
)

var usualTag = map[string]byte{
	Country: 0x13, Email: 0x16, INN: 0x12, INNLE: 0x12, OGRN: 0x12, OGRNIP: 0x12, SNILS: 0x12,
}

// CN is a name with a common name only.
func CN(name string) Name { return Name{{Type: CommonName, Value: name}} }

func (n Name) der() []byte {
	var rdns [][]byte
	for _, a := range n {
		tag := a.Tag
		if tag == 0 {
			tag = usualTag[a.Type]
		}
		if tag == 0 {
			tag = 0x0c
		}
		rdns = append(rdns, tlv(0x31, seq(oid(a.Type), tlv(tag, []byte(a.Value)))))
	}
	return seq(rdns...)
}

// DER returns the encoded name.
func (n Name) DER() []byte { return n.der() }
