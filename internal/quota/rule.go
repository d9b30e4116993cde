package quota

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Kind says how a rule limits.
type Kind uint8

// The kinds of rule.
const (
	Rate       Kind = iota // so many in a period, evenly, with a burst (GCRA)
	Limit                  // so many in a calendar window
	Bytes                  // so many bytes in a calendar window
	Concurrent             // so many at once
	Interval               // a minimum interval that grows step by step
)

var kindNames = [...]string{
	Rate: "rate", Limit: "limit", Bytes: "bytes", Concurrent: "concurrent", Interval: "interval",
}

func (k Kind) String() string { return kindNames[k] }

var kindCodes = [...]reject.Code{
	Rate: reject.QuotaRate, Limit: reject.QuotaLimit, Bytes: reject.QuotaBytes,
	Concurrent: reject.QuotaConcurrent, Interval: reject.QuotaInterval,
}

// Limits are the numbers a rule holds a key to. They are arguments of a
// decision, so that another set (an override, a changed rule) applies to the
// same state.
type Limits struct {
	Max    int64         // rate: per period; limit, bytes: per window; concurrent: at once
	Period time.Duration // rate only
	Burst  int64         // rate only: how many may come at once
	Unit   Unit          // limit, bytes: the window
	Steps  []time.Duration
}

// A Rule is one compiled rule. It is immutable.
type Rule struct {
	Name          string
	Kind          Kind
	Key           []Part
	Pass          Pass // at which it runs
	Limits        Limits
	Observe       bool           // counts and reports, refuses nothing
	ChargeRefused bool           // is charged even if its pass refuses
	Near          float64        // share of the limit from which Result.Near is set; 0: never
	Failed        []reject.Stage // charged only by messages refused at these stages
	Cost          string         // path whose elements a message costs; "": each costs 1
	In, Out       bool           // bytes only: which direction counts
	Published     time.Time
	Effective     time.Time // zero: always was
	Reason        string    // why the lead time was not kept

	services, operations, classes []string // what the rule concerns; empty: all
	calendar                      *calendar
	from, until                   Tick   // in force from, until before
	prefix                        []byte // of the texts of keys
	mark                          uint64 // of the rule in the hashes of keys
	protected                     bool   // keys are bounded by the registry: never evicted before others
	terms                         terms
	overrides                     map[subject]*override
}

// terms are limits with what decisions need of them in ticks.
type terms struct {
	Limits
	near  int64 // what is near the limit
	every Tick  // rate: what a unit of cost takes
	burst Tick  // rate: how far the arrival time may lie ahead
	steps []Tick
}

func (l Limits) terms(k Kind, near float64) terms {
	t := terms{Limits: l, near: 1<<63 - 1}
	if near > 0 {
		t.near = int64(math.Ceil(near * float64(l.Max)))
	}
	if k == Rate {
		// Rounded up: what is admitted is never above the limit.
		t.every = (ticks(l.Period) + Tick(l.Max) - 1) / Tick(l.Max)
		t.burst = t.every * Tick(l.Burst)
	}
	for _, s := range l.Steps {
		t.steps = append(t.steps, ticks(s))
	}
	return t
}

// concerns reports whether the rule applies to a request as far as it is
// proved at the rule's pass.
func (r *Rule) concerns(q *Request, now Tick) bool {
	return r.from <= now && now < r.until &&
		concerns(r.services, q.Service) && concerns(r.operations, q.Operation) && concerns(r.classes, q.Class)
}

func concerns(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }

// appendKey builds the key's text for a request; false if the request lacks a
// part of the key.
func (r *Rule) appendKey(dst []byte, q *Request) ([]byte, bool) {
	dst = append(dst, r.prefix...)
	for _, p := range r.Key {
		var ok bool
		if dst, ok = q.appendPart(append(dst, separator), p); !ok {
			return dst, false
		}
	}
	return dst, true
}

// text writes limits as configuration does.
func (l *Limits) text(k Kind) string {
	switch k {
	case Rate:
		return fmt.Sprintf("%d/%s", l.Max, shortDuration(l.Period))
	case Limit:
		return fmt.Sprintf("%d/%s", l.Max, l.Unit)
	case Bytes:
		return fmt.Sprintf("%s/%s", sizeText(l.Max), l.Unit)
	case Concurrent:
		return fmt.Sprint(l.Max)
	}
	words := make([]string, len(l.Steps))
	for i, s := range l.Steps {
		words[i] = shortDuration(s)
	}
	return strings.Join(words, " ")
}

// Window returns the period or the nominal window of a rule; 0 if it has none.
func (r *Rule) Window() time.Duration {
	switch r.Kind {
	case Rate:
		return r.Limits.Period
	case Limit, Bytes:
		return r.Limits.Unit.nominal()
	}
	return 0
}
