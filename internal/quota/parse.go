package quota

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxRate is the highest rate of one key. Above it the rounding of the
// interval between two requests to a tick would be felt.
const maxRate = 100_000 // a second

// parseRate reads "600/1m" and a burst; burst 0 means what comes in a second,
// at least 1.
func parseRate(s string, burst int64) (Limits, error) {
	count, period, ok := strings.Cut(s, "/")
	n, err := parseCount(count)
	if !ok || err != nil {
		return Limits{}, fmt.Errorf("rate %q: want a count and a period, as in 600/1m", s)
	}
	d, err := ParseDuration(period)
	if err != nil {
		return Limits{}, fmt.Errorf("rate %q: %w", s, err)
	}
	if float64(n)/d.Seconds() > maxRate {
		return Limits{}, fmt.Errorf("rate %q: more than %d a second", s, maxRate)
	}
	if burst < 0 || burst > n {
		return Limits{}, fmt.Errorf("burst %d: want 1 to %d, the count of the rate", burst, n)
	}
	if burst == 0 {
		burst = max(1, int64(math.Ceil(float64(n)/d.Seconds())))
		burst = min(burst, n)
	}
	return Limits{Max: n, Period: d, Burst: burst}, nil
}

// parseWindowed reads "50000/day" or, with sizes, "2GiB/day".
func parseWindowed(s string, number func(string) (int64, error)) (int64, Unit, error) {
	count, unit, ok := strings.Cut(s, "/")
	if !ok {
		return 0, 0, fmt.Errorf("limit %q: want a number and a window, as in 50000/day", s)
	}
	n, err := number(count)
	if err != nil {
		return 0, 0, fmt.Errorf("limit %q: %w", s, err)
	}
	u, err := parseUnit(unit)
	if err != nil {
		return 0, 0, fmt.Errorf("limit %q: %w", s, err)
	}
	return n, u, nil
}

// maxCount keeps counts exact in the numbers of Redis' Lua.
const maxCount = 1 << 50

func parseCount(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || n > maxCount {
		return 0, fmt.Errorf("count %q is not within 1 and 2^50", s)
	}
	return n, nil
}

var sizeUnits = []struct {
	name string
	n    int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1},
}

func parseSize(s string) (int64, error) {
	digits, factor := s, int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			digits, factor = rest, u.n
			break
		}
	}
	n, err := parseCount(digits)
	if err != nil || n > maxCount/factor {
		return 0, fmt.Errorf("size %q: want a number with B, kB, KiB, MB, MiB, GB, GiB, TB or TiB, at most 2^50 bytes", s)
	}
	return n * factor, nil
}

func sizeText(n int64) string {
	for _, u := range sizeUnits[:4] {
		if n%u.n == 0 {
			return strconv.FormatInt(n/u.n, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// ParseDuration is time.ParseDuration with days ("30d"), within a
// millisecond and a year.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		if n, err = strconv.Atoi(days); err == nil && n <= 366 {
			d = time.Duration(n) * 24 * time.Hour
		}
	}
	if err != nil || d < time.Millisecond || d > maxPeriod {
		return 0, fmt.Errorf("duration %q is not within 1ms and 366d", s)
	}
	return d, nil
}

// shortDuration writes a duration without the zero units of its String.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func parseSteps(words []string) (Limits, error) {
	var l Limits
	for _, w := range words {
		d, err := ParseDuration(w)
		if err != nil {
			return l, fmt.Errorf("interval: %w", err)
		}
		if n := len(l.Steps); n > 0 && d < l.Steps[n-1] {
			return l, errors.New("interval: a step is shorter than the one before it")
		}
		l.Steps = append(l.Steps, d)
	}
	return l, nil
}

// parseReset reads a time of day, "04:00".
func parseReset(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("reset %q: want a time of day, as in 04:00", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
