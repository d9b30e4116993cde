package quota

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A Unit is the length of a calendar window.
type Unit uint8

// The calendar windows. A week begins on Monday (ISO 8601).
const (
	Minute Unit = iota
	Hour
	Day
	Week
	Month
)

var unitNames = [...]string{Minute: "minute", Hour: "hour", Day: "day", Week: "week", Month: "month"}

func (u Unit) String() string { return unitNames[u] }

func parseUnit(s string) (Unit, error) {
	for u, name := range unitNames {
		if s == name {
			return Unit(u), nil
		}
	}
	return 0, fmt.Errorf("unknown window %q: minute, hour, day, week or month", s)
}

// nominal is the window's length for the w parameter of RateLimit-Policy.
func (u Unit) nominal() time.Duration {
	const day = 24 * time.Hour
	return [...]time.Duration{Minute: time.Minute, Hour: time.Hour, Day: day, Week: 7 * day, Month: 30 * day}[u]
}

// A calendar divides time into windows: units in a time zone, those of a day
// and more beginning at a time of day. The last window asked for is kept, so
// that the time zone is consulted once a window and not once a request.
type calendar struct {
	unit  Unit
	zone  *time.Location
	reset time.Duration // since midnight; day, week and month only
	last  atomic.Pointer[span]
	near  atomic.Pointer[[4]Tick]
}

// A span is a window: from start until before end.
type span struct{ start, end Tick }

func (c *calendar) window(now Tick) span {
	if s := c.last.Load(); s != nil && s.start <= now && now < s.end {
		return *s
	}
	s := c.compute(now)
	c.last.Store(&s)
	return s
}

// around returns where the windows before, at and behind a moment begin, and
// where the last of them ends.
func (c *calendar) around(now Tick) [4]Tick {
	if w := c.near.Load(); w != nil && w[1] <= now && now < w[2] {
		return *w
	}
	s := c.compute(now)
	w := [4]Tick{c.compute(s.start - 1).start, s.start, s.end, c.compute(s.end).end}
	c.near.Store(&w)
	return w
}

func (c *calendar) compute(now Tick) span {
	t := now.Time().In(c.zone)
	if c.unit <= Hour {
		_, offset := t.Zone()
		length := int64(c.unit.nominal() / time.Second)
		local := t.Unix() + int64(offset)
		start := time.Unix(local-local%length-int64(offset), 0)
		return span{At(start), At(start.Add(c.unit.nominal()))}
	}
	start := c.begin(t, 0)
	if t.Before(start) {
		return span{At(c.begin(t, -1)), At(start)}
	}
	return span{At(start), At(c.begin(t, 1))}
}

// begin returns when the window of the calendar day, week or month of t, or
// the one n further, begins. time.Date normalizes across months and daylight
// saving time.
func (c *calendar) begin(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	switch c.unit {
	case Day:
		d += n
	case Week:
		d += 7*n - (int(t.Weekday())+6)%7
	case Month:
		m, d = m+time.Month(n), 1
	}
	return time.Date(y, m, d, 0, 0, int(c.reset/time.Second), 0, c.zone)
}
