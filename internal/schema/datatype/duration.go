package datatype

import "encoding/binary"

// A duration is months and seconds, as the order of durations sees it (Part 2
// 3.2.6.2): a number of months, days, seconds of a day and a fraction.
type duration struct {
	negative bool
	months   int64
	days     int64
	seconds  int64  // below a day
	fraction []byte // digits, without trailing zeros
}

// parse reads PnYnMnDTnHnMnS: the parts in this order, one at least, and one at
// least behind T (Part 2 3.2.6.1). It sets d, which is zero, and reports whether
// v has the form.
func (d *duration) parse(v []byte) bool {
	if len(v) > 0 && v[0] == '-' {
		d.negative = true
		v = v[1:]
	}
	v, ok := cutByte(v, 'P')
	if !ok || len(v) == 0 {
		return false
	}
	var date, time [3]int64
	if v, ok = d.cutParts(v, "YMD", &date); !ok {
		return false
	}
	if len(v) > 0 {
		if v = v[1:]; len(v) == 0 { // the T
			return false
		}
		if v, ok = d.cutParts(v, "HMS", &time); !ok || len(v) > 0 {
			return false
		}
	}
	hours, minutes, seconds := time[0], time[1], time[2]
	d.months = date[0]*12 + date[1]
	d.days = date[2] + hours/24 + minutes/(24*60) + seconds/(24*3600)
	d.seconds = hours%24*3600 + minutes%(24*60)*60 + seconds%(24*3600)
	d.days, d.seconds = d.days+d.seconds/(24*3600), d.seconds%(24*3600)
	if d.months == 0 && d.days == 0 && d.seconds == 0 && len(d.fraction) == 0 {
		d.negative = false
	}
	return true
}

// cutParts cuts numbers that end in the letters, each at most once and in
// order, up to a T. That of S may have a fraction.
func (d *duration) cutParts(v []byte, letters string, numbers *[3]int64) ([]byte, bool) {
	next := 0
	for len(v) > 0 && v[0] != 'T' {
		n, i, digits := int64(0), 0, 0
		for ; i < len(v) && isDigit(v[i]); i++ {
			if digits > 0 || v[i] != '0' {
				digits++
			}
			if digits > maxNumber {
				return v, false
			}
			n = n*10 + int64(v[i]-'0')
		}
		if i == 0 || i == len(v) {
			return v, false
		}
		if v[i] == '.' {
			start := i + 1
			for i = start; i < len(v) && isDigit(v[i]); i++ {
			}
			if i == start || i == len(v) || v[i] != 'S' {
				return v, false
			}
			d.fraction = trimZeros(v[start:i])
		}
		for next < len(letters) && letters[next] != v[i] {
			next++
		}
		if next == len(letters) {
			return v, false
		}
		numbers[next] = n
		next++
		v = v[i+1:]
	}
	return v, true
}

// references are the months that durations are added to to compare them
// (Part 2 3.2.6.2), as months behind the year 0.
var references = [4]int64{1696*12 + 8, 1697*12 + 1, 1903*12 + 2, 1903*12 + 6}

// compare orders by the dateTimes that the durations lead to from each of four
// references, if all agree.
func (d *duration) compare(e *duration) order {
	result := incomparable
	for i, ref := range references {
		a, b := d.from(ref), e.from(ref)
		o := a.compare(&b)
		if i > 0 && o != result {
			return incomparable
		}
		result = o
	}
	return result
}

// A moment is a point of time as days and seconds of a day and a fraction,
// which is taken off if it is of a negative duration.
type moment struct {
	days, seconds int64
	fraction      []byte
	minus         bool
}

// from adds the duration to the first day of a month.
func (d *duration) from(month int64) moment {
	m := moment{fraction: d.fraction, minus: d.negative && len(d.fraction) > 0}
	if !d.negative {
		m.days, m.seconds = daysBefore(month+d.months)+d.days, d.seconds
		return m
	}
	m.days, m.seconds = daysBefore(month-d.months)-d.days, -d.seconds
	if m.minus {
		m.seconds-- // and the fraction's complement to one
	}
	if m.seconds < 0 {
		m.days--
		m.seconds += 24 * 3600
	}
	return m
}

// daysBefore returns the number of days from the year 0 to the first of a
// month, which is counted from the year 0, in the proleptic calendar.
func daysBefore(month int64) int64 {
	year, m := month/12, month%12
	if m < 0 {
		year, m = year-1, m+12
	}
	y := year - 1 // years that are over
	n := year*365 + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400)
	n += monthStarts[m]
	if m > 1 {
		n += int64(daysIn(year, 2) - 28)
	}
	return n
}

// monthStarts are the days before each month of a year that is no leap year.
var monthStarts = [12]int64{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (m *moment) compare(n *moment) order {
	if o := cmpInt(m.days, n.days); o != equal {
		return o
	}
	if o := cmpInt(m.seconds, n.seconds); o != equal {
		return o
	}
	for i := range max(len(m.fraction), len(n.fraction)) {
		if o := cmpInt(m.digit(i), n.digit(i)); o != equal {
			return o
		}
	}
	return equal
}

// digit returns a digit of the fraction or of its complement to one.
func (m *moment) digit(i int) int {
	switch last := len(m.fraction) - 1; {
	case i > last:
		return 0
	case !m.minus:
		return int(m.fraction[i] - '0')
	case i < last:
		return 9 - int(m.fraction[i]-'0')
	default:
		return 10 - int(m.fraction[i]-'0')
	}
}

func (d *duration) appendKey(dst []byte) []byte {
	sign := byte('+')
	if d.negative {
		sign = '-'
	}
	dst = append(dst, sign)
	dst = binary.BigEndian.AppendUint64(dst, uint64(d.months))
	dst = binary.BigEndian.AppendUint64(dst, uint64(d.days))
	dst = binary.BigEndian.AppendUint32(dst, uint32(d.seconds))
	return append(dst, d.fraction...)
}
