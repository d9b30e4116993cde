package pki

import (
	"errors"
	"fmt"
	"time"
)

// Tags of the universal and context-specific classes as they stand in DER.
const (
	tagBoolean         = 0x01
	tagInteger         = 0x02
	tagBitString       = 0x03
	tagOctetString     = 0x04
	tagNull            = 0x05
	tagOID             = 0x06
	tagEnumerated      = 0x0a
	tagUTF8String      = 0x0c
	tagNumericString   = 0x12
	tagPrintableString = 0x13
	tagT61String       = 0x14
	tagIA5String       = 0x16
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagVisibleString   = 0x1a
	tagUniversalString = 0x1c
	tagBMPString       = 0x1e
	tagSequence        = 0x30
	tagSet             = 0x31

	constructed = 0x20
)

// context returns the tag [n]; constructed as EXPLICIT tags and structures are.
func context(n byte) byte            { return 0x80 | n }
func contextConstructed(n byte) byte { return 0xa0 | n }

var (
	errTruncated = errors.New("DER value ends too early")
	errTag       = errors.New("unexpected DER tag")
	errLength    = errors.New("DER length is not minimal or too large")
	errTrailing  = errors.New("data behind the end of a DER value")
)

// A reader reads the DER values of one constructed value in turn. Its first
// error sticks: later reads return nothing, so that a parser asks once, at the
// end. Only definite, minimal lengths and low tag numbers exist for it (X.690
// 10.1), and it never looks into a value by itself, so nesting costs nothing.
type reader struct {
	rest []byte
	err  error
}

func read(b []byte) reader { return reader{rest: b} }

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
		r.rest = nil
	}
}

// header returns the tag and the lengths of header and content at the start of
// b; it wants to see the header only.
func header(b []byte) (tag byte, head, length int, err error) {
	if len(b) < 2 {
		return 0, 0, 0, errTruncated
	}
	tag = b[0]
	if tag&0x1f == 0x1f {
		return 0, 0, 0, errTag
	}
	if b[1] < 0x80 {
		return tag, 2, int(b[1]), nil
	}
	n := int(b[1] & 0x7f)
	if n == 0 || n > 4 {
		return 0, 0, 0, errLength
	}
	if len(b) < 2+n {
		return 0, 0, 0, errTruncated
	}
	for _, c := range b[2 : 2+n] {
		length = length<<8 | int(c)
	}
	if length < 0x80 || b[2] == 0 || length > 1<<31-1-6 {
		return 0, 0, 0, errLength
	}
	return tag, 2 + n, length, nil
}

// any reads the next value, whatever its tag.
func (r *reader) any() (tag byte, body, raw []byte) {
	if r.err != nil {
		return 0, nil, nil
	}
	tag, head, length, err := header(r.rest)
	if err != nil {
		r.fail(err)
		return 0, nil, nil
	}
	if length > len(r.rest)-head {
		r.fail(errTruncated)
		return 0, nil, nil
	}
	raw = r.rest[: head+length : head+length]
	r.rest = r.rest[head+length:]
	return tag, raw[head:], raw
}

// value reads the next value, which must have the given tag.
func (r *reader) value(tag byte) []byte {
	body, _ := r.whole(tag)
	return body
}

// whole is value that also returns the value with its header.
func (r *reader) whole(tag byte) (body, raw []byte) {
	got, body, raw := r.any()
	if r.err == nil && got != tag {
		r.fail(fmt.Errorf("%w 0x%02x, want 0x%02x", errTag, got, tag))
		return nil, nil
	}
	return body, raw
}

// nested returns a reader of the next value's content.
func (r *reader) nested(tag byte) reader {
	body := r.value(tag)
	return reader{rest: body, err: r.err}
}

func (r *reader) more() bool         { return r.err == nil && len(r.rest) > 0 }
func (r *reader) peek(tag byte) bool { return r.more() && r.rest[0] == tag }

// optional reads the next value if it has the given tag.
func (r *reader) optional(tag byte) ([]byte, bool) {
	if !r.peek(tag) {
		return nil, false
	}
	return r.value(tag), r.err == nil
}

// end returns the first error, or one if anything is left.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail(errTrailing)
	}
	return r.err
}

// integer reads an INTEGER and returns its octets in two's complement.
func (r *reader) integer() []byte {
	b := r.value(tagInteger)
	if r.err == nil {
		r.check(checkInteger(b))
	}
	return b
}

// check makes err, if there is one, the reader's own.
func (r *reader) check(err error) {
	if err != nil {
		r.fail(err)
	}
}

// checkInteger wants the shortest form (X.690 8.3.2).
func checkInteger(b []byte) error {
	switch {
	case len(b) == 0:
		return errors.New("empty INTEGER")
	case len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80):
		return errors.New("INTEGER is not minimal")
	}
	return nil
}

// small reads an INTEGER or ENUMERATED between 0 and 2^31-1.
func (r *reader) small(tag byte) int {
	b := r.value(tag)
	if r.err != nil {
		return 0
	}
	n, err := smallInteger(b)
	r.check(err)
	return n
}

func smallInteger(b []byte) (int, error) {
	if err := checkInteger(b); err != nil {
		return 0, err
	}
	if b[0] >= 0x80 || len(b) > 4 {
		return 0, errors.New("INTEGER out of range")
	}
	n := 0
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return n, nil
}

// boolean reads a BOOLEAN DEFAULT FALSE. An explicit FALSE, though not DER, is
// common and cannot be read in two ways.
func (r *reader) boolean(tag byte) bool {
	b, ok := r.optional(tag)
	if !ok {
		return false
	}
	if len(b) != 1 || b[0] != 0 && b[0] != 0xff {
		r.fail(errors.New("malformed BOOLEAN"))
		return false
	}
	return b[0] != 0
}

// oid reads an OBJECT IDENTIFIER.
func (r *reader) oid() OID {
	b := r.value(tagOID)
	if r.err != nil {
		return ""
	}
	id, err := checkOID(b)
	r.check(err)
	return id
}

// octets reads a BIT STRING of whole octets, such as a signature.
func (r *reader) octets() []byte {
	b := r.value(tagBitString)
	if r.err != nil {
		return nil
	}
	if len(b) < 1 || b[0] != 0 {
		r.fail(errors.New("BIT STRING is not of whole octets"))
		return nil
	}
	return b[1:]
}

// flags reads the content of a BIT STRING of named bits: bit 0 is the lowest
// bit of the result.
func flags(b []byte) (uint16, error) {
	if len(b) == 0 || b[0] > 7 || len(b) == 1 && b[0] != 0 || len(b) > 1 && b[len(b)-1]&(1<<b[0]-1) != 0 {
		return 0, errors.New("malformed BIT STRING")
	}
	var f uint16
	for i, c := range b[1:] {
		if i > 1 {
			if c != 0 {
				return 0, errors.New("unknown named bits")
			}
			continue
		}
		for j := range 8 {
			if c&(0x80>>j) != 0 {
				f |= 1 << (8*i + j)
			}
		}
	}
	return f, nil
}

// time reads a UTCTime or GeneralizedTime.
func (r *reader) time() time.Time {
	tag, body, _ := r.any()
	if r.err != nil {
		return time.Time{}
	}
	s, err := seconds(tag, body)
	r.check(err)
	return time.Unix(s, 0).UTC()
}

var errTime = errors.New("malformed time")

// seconds converts a time to seconds since 1970. Both forms must be in UTC
// with seconds and without fractions (RFC 5280 4.1.2.5). A GeneralizedTime
// before 2050, which the same section forbids, is unambiguous and exists.
func seconds(tag byte, b []byte) (int64, error) {
	var year int
	switch {
	case tag == tagUTCTime && len(b) == 13:
		y, ok := two(b)
		if !ok {
			return 0, errTime
		}
		if year = 1900 + y; y < 50 {
			year += 100
		}
		b = b[2:]
	case tag == tagGeneralizedTime && len(b) == 15:
		c, ok1 := two(b)
		y, ok2 := two(b[2:])
		if !ok1 || !ok2 {
			return 0, errTime
		}
		year = 100*c + y
		b = b[4:]
	default:
		return 0, errTime
	}
	var f [5]int
	for i := range f {
		n, ok := two(b[2*i:])
		if !ok {
			return 0, errTime
		}
		f[i] = n
	}
	month, day, hour, minute, second := f[0], f[1], f[2], f[3], f[4]
	if b[10] != 'Z' || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, errTime
	}
	return int64(days(year, month, day))*86400 + int64(hour*3600+minute*60+second), nil
}

func two(b []byte) (int, bool) {
	h, l := b[0]-'0', b[1]-'0'
	return int(h)*10 + int(l), h <= 9 && l <= 9
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days counts the days from 1970-01-01 in the proleptic Gregorian calendar.
// A list has a date in every entry: time.Date costs three times as much.
func days(year, month, day int) int {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}
