package datatype

import (
	"bytes"
	"encoding/binary"
)

// maxNumber is how many digits a year or a number of a duration may have
// behind its leading zeros.
const maxNumber = 15

// An instant is a value of dateTime or of the types that are part of one: the
// instant on which the period begins, in UTC if it has a time zone. What a type
// leaves out is that of 2000-01-01T00:00:00 (Part 2 3.2.7 to 3.2.14).
type instant struct {
	year       int64 // never 0
	month, day int
	second     int    // of the day
	fraction   []byte // digits of the second, without trailing zeros
	zoned      bool
}

// The parts of the lexical form.
const (
	yearPart = 1 << iota
	monthPart
	dayPart
	timePart
)

var instantParts = [...]int{
	DateTime:   yearPart | monthPart | dayPart | timePart,
	Time:       timePart,
	Date:       yearPart | monthPart | dayPart,
	GYearMonth: yearPart | monthPart,
	GYear:      yearPart,
	GMonthDay:  monthPart | dayPart,
	GDay:       dayPart,
	GMonth:     monthPart,
}

// parse reads the lexical form of one of the types. It sets t, which is zero,
// and reports whether v has the form.
func (t *instant) parse(v []byte, p Primitive) bool {
	t.year, t.month, t.day = 2000, 1, 1
	parts := instantParts[p]
	ok := true
	if parts&yearPart != 0 {
		if t.year, v, ok = cutYear(v); !ok {
			return false
		}
	} else if parts&timePart == 0 {
		// --MM, --MM-DD and ---DD: a hyphen for each part that is left out.
		if v, ok = cutByte(v, '-'); !ok {
			return false
		}
	}
	if parts&monthPart != 0 {
		if t.month, v, ok = cutPair(v, '-', 12); !ok || t.month == 0 {
			return false
		}
	} else if p == GDay {
		if v, ok = cutByte(v, '-'); !ok {
			return false
		}
	}
	if parts&dayPart != 0 {
		if t.day, v, ok = cutPair(v, '-', 31); !ok || t.day == 0 || t.day > 28 && t.day > daysIn(t.year, t.month) {
			return false
		}
	}
	if parts&timePart != 0 {
		if v, ok = t.cutTime(v, p); !ok {
			return false
		}
	}
	return t.zone(v)
}

func cutByte(v []byte, c byte) ([]byte, bool) {
	if len(v) == 0 || v[0] != c {
		return v, false
	}
	return v[1:], true
}

// cutPair cuts a separator, if it is not 0, and two digits.
func cutPair(v []byte, sep byte, most int) (int, []byte, bool) {
	if sep != 0 {
		if len(v) == 0 || v[0] != sep {
			return 0, v, false
		}
		v = v[1:]
	}
	if len(v) < 2 {
		return 0, v, false
	}
	tens, ones := v[0]-'0', v[1]-'0'
	n := int(tens)*10 + int(ones)
	return n, v[2:], tens <= 9 && ones <= 9 && n <= most
}

// cutYear cuts a year: four digits, or more without a leading zero, perhaps
// negative. There is no year 0000 (Part 2 3.2.7).
func cutYear(v []byte) (int64, []byte, bool) {
	negative := len(v) > 0 && v[0] == '-'
	if negative {
		v = v[1:]
	}
	i, year := 0, int64(0)
	for i < len(v) && isDigit(v[i]) {
		if i == maxNumber {
			return 0, v, false
		}
		year = year*10 + int64(v[i]-'0')
		i++
	}
	if i < 4 || i > 4 && v[0] == '0' || year == 0 {
		return 0, v, false
	}
	if negative {
		year = -year
	}
	return year, v[i:], true
}

// cutTime cuts hh:mm:ss with a fraction; 24:00:00 is the midnight that ends the
// day (Part 2 3.2.7.1), and as a time the one that begins it.
func (t *instant) cutTime(v []byte, p Primitive) (rest []byte, ok bool) {
	sep := byte(0)
	if p == DateTime {
		sep = 'T'
	}
	hour, v, ok := cutPair(v, sep, 24)
	if !ok {
		return v, false
	}
	minute, v, ok := cutPair(v, ':', 59)
	if !ok {
		return v, false
	}
	second, v, ok := cutPair(v, ':', 59)
	if !ok {
		return v, false
	}
	if len(v) > 0 && v[0] == '.' {
		i := 1
		for i < len(v) && isDigit(v[i]) {
			i++
		}
		if i == 1 {
			return v, false
		}
		t.fraction, v = trimZeros(v[1:i]), v[i:]
	}
	t.second = hour*3600 + minute*60 + second
	if hour == 24 {
		if t.second > 24*3600 || len(t.fraction) > 0 {
			return v, false
		}
		t.second = 0
		if p == DateTime {
			t.addDays(1)
		}
	}
	return v, true
}

// zone reads the time zone, which ends a value, and turns the instant to UTC.
func (t *instant) zone(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	t.zoned = true
	if v[0] == 'Z' {
		return len(v) == 1
	}
	if v[0] != '+' && v[0] != '-' {
		return false
	}
	sign := 1
	if v[0] == '+' {
		sign = -1
	}
	hour, rest, ok := cutPair(v[1:], 0, 14)
	if !ok {
		return false
	}
	minute, rest, ok := cutPair(rest, ':', 59)
	if !ok || len(rest) > 0 || hour == 14 && minute > 0 {
		return false
	}
	t.addMinutes(sign * (hour*60 + minute))
	return true
}

// addMinutes moves the instant by less than a day.
func (t *instant) addMinutes(n int) {
	t.second += n * 60
	switch {
	case t.second < 0:
		t.second += 24 * 3600
		t.addDays(-1)
	case t.second >= 24*3600:
		t.second -= 24 * 3600
		t.addDays(1)
	}
}

// addDays moves the instant by one day, forth or back. The year before 1 is -1.
func (t *instant) addDays(n int) {
	t.day += n
	switch {
	case t.day < 1:
		if t.month--; t.month < 1 {
			t.month = 12
			if t.year--; t.year == 0 {
				t.year = -1
			}
		}
		t.day = daysIn(t.year, t.month)
	case t.day > daysIn(t.year, t.month):
		t.day = 1
		if t.month++; t.month > 12 {
			t.month = 1
			if t.year++; t.year == 0 {
				t.year = 1
			}
		}
	}
}

// daysIn returns the length of a month; the rule of leap years is applied to
// the number of the year as it is written (Part 2 Appendix E).
func daysIn(year int64, month int) int {
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

// compare orders by time. Where one of the two has no time zone, it is only
// certain if they are more than fourteen hours apart (Part 2 3.2.7.4).
func (t *instant) compare(u *instant) order {
	switch {
	case t.zoned == u.zoned:
		return t.compareLocal(u)
	case u.zoned:
		return u.compare(t).reverse()
	}
	if early := u.shifted(-14 * 60); t.compareLocal(&early) == less {
		return less
	}
	if late := u.shifted(14 * 60); t.compareLocal(&late) == greater {
		return greater
	}
	return incomparable
}

func (o order) reverse() order {
	if o == incomparable {
		return o
	}
	return -o
}

func (t *instant) shifted(minutes int) instant {
	s := *t
	s.addMinutes(minutes)
	return s
}

func (t *instant) compareLocal(u *instant) order {
	if o := cmpInt(t.year, u.year); o != equal {
		return o
	}
	if o := cmpInt(t.month*32+t.day, u.month*32+u.day); o != equal {
		return o
	}
	if o := cmpInt(t.second, u.second); o != equal {
		return o
	}
	return order(bytes.Compare(t.fraction, u.fraction))
}

func (t *instant) appendKey(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.year))
	dst = append(dst, byte(t.month), byte(t.day), byte(t.second>>16), byte(t.second>>8), byte(t.second))
	if t.zoned {
		dst = append(dst, 'Z')
	} else {
		dst = append(dst, '-')
	}
	return append(dst, t.fraction...)
}
