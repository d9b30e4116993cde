package pki

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// A CRL is a parsed certificate revocation list (RFC 5280 5). It is read-only.
// Its signature is not checked by parsing it; Verify uses no list whose
// signature does not hold.
type CRL struct {
	Issuer         Name
	AuthorityKeyID []byte // nil if absent
	Number         Serial // "" if absent
	ThisUpdate     time.Time
	NextUpdate     time.Time
	Entries        int
	Size           int64 // of the DER form, in bytes
	// Delta tells that the list has the changes since list Base only.
	Delta bool
	Base  Serial
	// Point is the scope of the list; nil if it is not partitioned.
	Point *IssuingPoint

	unknownCritical OID
	point           []byte // the extension as it stands, to compare scopes
	revoked         *revokedSet
	signed
}

// An IssuingPoint is the extension issuingDistributionPoint (RFC 5280 5.2.5).
type IssuingPoint struct {
	Names            []GeneralName
	Relative         []byte
	OnlyUser, OnlyCA bool
	OnlyAttribute    bool
	Reasons          Reasons
	Indirect         bool
}

// ParseCRL reads a list in DER from a stream, keeping a compact set of its
// entries. It reads at most limit bytes, and stops at the first octet that is
// not as it must be.
func ParseCRL(src io.Reader, limit int64) (*CRL, error) {
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	s := &stream{src: src, buf: w.window}
	l := &CRL{revoked: newRevokedSet(w.records)}
	if err := l.parse(s, limit); err != nil {
		return nil, fmt.Errorf("parsing CRL at offset %d: %w", s.offset, err)
	}
	w.records = l.revoked.group(pacer(src).Rest)
	l.Size, l.Entries = s.offset, len(l.revoked.records)
	return l, nil
}

// Retained is how many bytes the entries take in memory.
func (l *CRL) Retained() int { return l.Entries * recordSize }

// LoadCRL is ParseCRL of a list in memory.
func LoadCRL(der []byte) (*CRL, error) { return ParseCRL(bytes.NewReader(der), int64(len(der))) }

// Lookup returns the entry of a serial number of the list's own issuer.
func (l *CRL) Lookup(s Serial) (Entry, bool) { return l.revoked.find("", []byte(s)) }

func (l *CRL) parse(s *stream, limit int64) error {
	total := s.open(tagSequence)
	if s.err == nil && s.offset+int64(total) > limit {
		return fmt.Errorf("%d bytes are more than the allowed %d", total, limit)
	}
	if s.err == nil {
		pacer(s.src).Expect(int64(total))
	}
	behind := s.offset + int64(total)
	algorithm, err := l.begin(s)
	if err != nil {
		return err
	}
	length := s.open(tagSequence)
	tbsEnd := s.offset + int64(length)
	if err := l.parseTBS(s, tbsEnd); err != nil {
		return err
	}
	if s.offset != tbsEnd {
		return errLength
	}
	s.flush()
	if s.hash != nil {
		l.digest = s.hash.Sum(nil)
		s.hash = nil
	}
	outer := append([]byte(nil), s.element()...)
	r := read(s.element())
	signature := bytes.Clone(r.octets())
	r.check(s.end())
	if err := r.end(); err != nil {
		return err
	}
	if s.offset != behind {
		return errLength
	}
	// RFC 5280 5.1.1.2
	if !bytes.Equal(outer, algorithm) {
		return errors.New("the two signature algorithms differ")
	}
	l.signature = signature
	return nil
}

// begin looks ahead to the signature algorithm, so that the octets to be
// signed are hashed from their first.
func (l *CRL) begin(s *stream) (raw []byte, err error) {
	b := s.fill(1 << 10)
	if s.err != nil {
		return nil, s.err
	}
	_, head, _, err := header(b)
	if err != nil {
		return nil, err
	}
	r := read(b[head:])
	if r.peek(tagInteger) {
		if v := r.small(tagInteger); v > 1 {
			return nil, fmt.Errorf("unknown version %d", v+1)
		}
	}
	body, raw := r.whole(tagSequence)
	if r.err != nil {
		return nil, r.err
	}
	raw = bytes.Clone(raw)
	l.signed = newSigned(body, nil, nil)
	if l.algorithm != nil {
		s.hash = l.algorithm.hash()
	}
	s.hashed = s.from
	return raw, nil
}

func (l *CRL) parseTBS(s *stream, end int64) error {
	version := 1
	if s.peek(tagInteger) {
		r := read(s.element())
		version = r.small(tagInteger) + 1
	}
	s.element() // the signature algorithm, read by begin
	name := bytes.Clone(s.element())
	if s.err != nil {
		return s.err
	}
	var err error
	if l.Issuer, err = parseName(name); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	if l.Issuer.Empty() {
		return errors.New("empty issuer") // RFC 5280 5.1.2.3
	}
	r := read(s.element())
	l.ThisUpdate = r.time()
	if err := r.end(); err != nil {
		return err
	}
	// RFC 5280 5.1.2.5: nextUpdate is demanded; a list that never ages could
	// hide revocations for ever.
	if !s.peek(tagUTCTime) && !s.peek(tagGeneralizedTime) {
		return errors.Join(errors.New("list without nextUpdate"), s.err)
	}
	r = read(s.element())
	l.NextUpdate = r.time()
	if err := r.end(); err != nil {
		return err
	}
	if s.offset < end && s.peek(tagSequence) {
		if err := l.parseEntries(s, version); err != nil {
			return err
		}
	}
	if s.offset < end && s.peek(contextConstructed(0)) {
		if version != 2 {
			return errors.New("extensions in a list of version 1")
		}
		r := read(s.element())
		if err := l.parseExtensions(r.value(contextConstructed(0))); err != nil {
			return err
		}
	}
	return s.err
}

// parseExtensions reads crlExtensions (RFC 5280 5.2).
func (l *CRL) parseExtensions(b []byte) error {
	list, err := extensions(b)
	if err != nil {
		return err
	}
	for _, e := range list {
		value := bytes.Clone(e.value)
		r := read(value)
		switch e.id {
		case oidAuthorityKeyID:
			l.AuthorityKeyID, r.err = authorityKeyID(value)
		case oidCRLNumber:
			l.Number = Serial(r.integer())
			r.check(checkNumber(l.Number))
			r.check(r.end())
		case oidDeltaIndicator:
			l.Delta, l.Base = true, Serial(r.integer())
			r.check(checkNumber(l.Base))
			r.check(r.end())
		case oidIssuingPoint:
			l.Point, r.err = issuingPoint(value)
			l.point = value
		case oidFreshestCRL, oidIssuerAltName, oidAuthorityInfo:
		default:
			if e.critical && l.unknownCritical == "" {
				l.unknownCritical = e.id
			}
		}
		if e.critical && (e.id == oidAuthorityKeyID || e.id == oidCRLNumber) {
			r.fail(errors.New("critical")) // RFC 5280 5.2.1, 5.2.3
		}
		if r.err != nil {
			return fmt.Errorf("extension %s: %w", e.id, r.err)
		}
	}
	if l.Delta && l.Number == "" {
		return errors.New("delta list without a number") // RFC 5280 5.2.3
	}
	return nil
}

// checkNumber wants a CRL number that can be ordered (RFC 5280 5.2.3).
func checkNumber(n Serial) error {
	if len(n) > 21 || len(n) > 0 && n[0] >= 0x80 {
		return errors.New("CRL number is negative or too long")
	}
	return nil
}

// compareNumbers orders two CRL numbers; an absent one comes first.
func compareNumbers(a, b Serial) int {
	if len(a) != len(b) {
		return len(a) - len(b) // minimal, not negative: the longer is the larger
	}
	return bytes.Compare([]byte(a), []byte(b))
}

func issuingPoint(b []byte) (*IssuingPoint, error) {
	p := &IssuingPoint{Reasons: allReasons}
	outer := read(b)
	r := outer.nested(tagSequence)
	if r.peek(contextConstructed(0)) {
		n := r.nested(contextConstructed(0))
		p.Names, p.Relative = n.pointName()
		r.check(n.end())
	}
	p.OnlyUser = r.boolean(context(1))
	p.OnlyCA = r.boolean(context(2))
	if b, ok := r.optional(context(3)); ok {
		f, err := flags(b)
		r.check(err)
		p.Reasons = Reasons(f) & allReasons
	}
	p.Indirect = r.boolean(context(4))
	p.OnlyAttribute = r.boolean(context(5))
	r.check(outer.end())
	return p, r.end()
}
