package reject

import (
	"maps"
	"slices"
)

// An Entry is one row of the catalogue.
type Entry struct {
	Code Code
	Side Side
	// Status is the HTTP status where the SOAP binding leaves the choice
	// (405, 415, 429); 0 means the binding's own: 500 with SOAP 1.1,
	// 400 or 500 with SOAP 1.2.
	Status int
	Retry  Retry
	// Text says what is wrong, Advice what the sender should do. Both may
	// mention the rejection's values as {name}.
	Text, Advice Text
}

// A Side says whose fault a refusal is; it decides the SOAP fault code.
type Side uint8

// The SOAP fault codes (SOAP 1.1 4.4.1, SOAP 1.2 part 1 5.4.6).
const (
	Sender          Side = iota // Client in SOAP 1.1
	Receiver                    // Server in SOAP 1.1
	VersionMismatch             //
	MustUnderstand              //
)

// A Retry says whether sending again can help.
type Retry uint8

// What a sender may do after a refusal.
const (
	RetryNever  Retry = iota // the same message will be refused again
	RetryLater               // the same message may pass later, unchanged
	RetryAnew                // a new message (new MessageGUID, time, signature) may pass
	RetryRevise              // the message must be changed first
)

func (r Retry) String() string {
	return [...]string{"never", "later", "anew", "revise"}[r]
}

var catalogue = func() map[Code]Entry {
	m := make(map[Code]Entry)
	for _, table := range [][]Entry{
		transportCodes, clientCodes, quotaCodes, httpCodes, xmlCodes, soapCodes, formatCodes,
		schemaCodes, signatureCodes, certificateCodes, authorityCodes, forwardCodes,
	} {
		for _, e := range table {
			if _, twice := m[e.Code]; twice {
				panic("reject: internal error: two rows for " + string(e.Code))
			}
			m[e.Code] = e
		}
	}
	return m
}()

// Lookup returns the catalogue's row for a code.
func Lookup(c Code) (Entry, bool) {
	e, ok := catalogue[c]
	return e, ok
}

// Catalogue returns all rows, by stage and then by code.
func Catalogue() []Entry {
	return slices.SortedFunc(maps.Values(catalogue), func(a, b Entry) int {
		if s, t := a.Code.Stage(), b.Code.Stage(); s != t {
			return int(s) - int(t)
		}
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
}
