package quota

import "time"

// A Tick is a moment in units of 100 ns since the epoch below: fine enough
// for a rate of many thousands a second, and exact in the double-precision
// numbers of Redis' Lua until the year 2054.
type Tick int64

const (
	tick       = 100 * time.Nanosecond
	epoch      = 1767225600 // 2026-01-01T00:00:00Z as Unix time in seconds
	perSecond  = Tick(time.Second / tick)
	maxPeriod  = 366 * 24 * time.Hour
	noSuchTick = Tick(-1 << 63)
)

// At returns t as a Tick, rounded down.
func At(t time.Time) Tick {
	return Tick(t.Unix()-epoch)*perSecond + Tick(t.Nanosecond())/Tick(tick)
}

// Time returns the moment in UTC.
func (t Tick) Time() time.Time {
	s, n := t/perSecond, t%perSecond
	return time.Unix(int64(s)+epoch, int64(n)*int64(tick)).UTC()
}

// ticks returns a duration in ticks, rounded up: a limit is never looser than
// written.
func ticks(d time.Duration) Tick { return Tick((d + tick - 1) / tick) }

// Duration returns a difference of two ticks as a duration.
func (t Tick) Duration() time.Duration {
	const most = Tick(1<<63-1) / Tick(tick)
	return time.Duration(min(t, most)) * tick
}
