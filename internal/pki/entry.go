package pki

import (
	"errors"
	"slices"
)

// sample is how many entries of a list tell how long the others are.
const sample = 64

// parseEntries reads revokedCertificates (RFC 5280 5.1.2.6, 5.3).
func (l *CRL) parseEntries(s *stream, version int) error {
	length := s.open(tagSequence)
	begin, end := s.offset, s.offset+int64(length)
	issuer := "" // of the entries that follow: certificateIssuer sticks (5.3.3)
	own := l.Issuer.key
	for s.offset < end {
		e, n := quickEntry(s.buf[s.from:s.to])
		s.take(n)
		if n == 0 {
			raw := s.element()
			if s.err != nil {
				return s.err
			}
			var err error
			if e, err = parseEntry(raw); err != nil {
				return err
			}
			n = len(raw)
		}
		if len(l.revoked.records) == sample {
			// Room for as many entries like the first ones; the length is within
			// the caller's limit, and a record is smaller than the shortest entry.
			mean := max((s.offset-begin)/(sample+1), 20)
			rest := int(max(end-s.offset, 0) / mean)
			l.revoked.records = slices.Grow(l.revoked.records, rest+rest/32)
		}
		if e.extended && version == 1 {
			return errors.New("entry with extensions in a list of version 1")
		}
		if e.issuer != nil {
			if issuer = e.issuer.key; issuer == own {
				issuer = ""
			}
		}
		if e.unknownCritical != "" && l.unknownCritical == "" {
			l.unknownCritical = e.unknownCritical
		}
		l.revoked.add(issuer, e.serial, e.reason, e.date)
	}
	if s.offset != end {
		return errLength
	}
	return nil
}

// An entry is what one entry of a list says.
type entry struct {
	serial          []byte
	date            int64
	reason          Reason
	extended        bool
	issuer          *Name
	unknownCritical OID
}

func parseEntry(raw []byte) (e entry, err error) {
	outer := read(raw)
	r := outer.nested(tagSequence)
	e.serial = r.integer()
	tag, body, _ := r.any()
	if r.err == nil {
		e.date, r.err = seconds(tag, body)
	}
	if r.err == nil && len(r.rest) > 0 {
		e.extended = true
		list := r.nested(tagSequence)
		for list.more() {
			if err := e.extension(&list); err != nil {
				return e, err
			}
		}
		r.check(list.end())
	}
	if len(e.serial) > maxSerial {
		r.fail(errors.New("serial number is too long"))
	}
	return e, r.end()
}

// extension reads one crlEntryExtension without allocating for the usual one.
func (e *entry) extension(list *reader) error {
	x := list.nested(tagSequence)
	id := x.value(tagOID)
	critical := x.boolean(tagBoolean)
	value := x.value(tagOctetString)
	if err := x.end(); err != nil {
		return err
	}
	r := read(value)
	switch {
	case string(id) == string(oidReasonCode):
		n := r.small(tagEnumerated)
		if n == 7 || n > 10 {
			r.fail(errors.New("unknown reason"))
		}
		e.reason = Reason(n)
		return r.end()
	case string(id) == string(oidCertificateIssuer):
		names := r.nested(tagSequence)
		for _, g := range names.generalNames() {
			if g.Kind == DirectoryName && e.issuer == nil {
				e.issuer = g.Name
			}
		}
		if e.issuer == nil {
			names.fail(errors.New("certificate issuer without a name"))
		}
		r.check(names.end())
		return r.end()
	case critical && string(id) != string(oidInvalidityDate):
		e.unknownCritical = OID(id)
	}
	return nil
}
