package pki

import "encoding/binary"

// reasonOnly is the encoding of crlEntryExtensions with a reason code alone,
// but for the reason itself.
const reasonOnly = "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01"

// quickEntry reads the entry at the start of b if it has the form that nearly
// all have: short lengths, a UTCTime, no extension besides a reason. It returns
// what parseEntry would, and the entry's length; 0 leaves it to parseEntry. It
// is there because lists have millions of entries: it takes a third of the time
// (BenchmarkParseCRL).
func quickEntry(b []byte) (e entry, n int) {
	if len(b) < 2 || b[0] != tagSequence || b[1] > 0x7f || len(b) < 2+int(b[1]) {
		return e, 0
	}
	n = 2 + int(b[1])
	b = b[2:n]
	if len(b) < 2 || b[0] != tagInteger || int(b[1]) > len(b)-2 {
		return e, 0
	}
	e.serial, b = b[2:2+b[1]], b[2+b[1]:]
	if checkInteger(e.serial) != nil || len(b) < 15 || b[0] != tagUTCTime || b[1] != 13 {
		return e, 0
	}
	var ok bool
	if e.date, ok = quickTime(b[2:15]); !ok {
		return e, 0
	}
	if b = b[15:]; len(b) == 0 {
		return e, n
	}
	if len(b) != len(reasonOnly)+1 || string(b[:len(reasonOnly)]) != reasonOnly {
		return e, 0
	}
	reason := b[len(reasonOnly)]
	if reason == 7 || reason > 10 {
		return e, 0
	}
	e.reason, e.extended = Reason(reason), true
	return e, n
}

// quickTime reads the content of a UTCTime eight digits at a time.
func quickTime(b []byte) (int64, bool) {
	_ = b[12]
	// "YYMMDDHH" and "HHMMSSZ" with a digit in front: octets 0 to 7 and 5 to 12.
	date, ok1 := pairs(binary.LittleEndian.Uint64(b))
	clock, ok2 := pairs(binary.LittleEndian.Uint64(b[5:])&0x00ffffffffffffff<<8 | '0')
	year, month, day := 1900+int(date&0xff), int(date>>16&0xff), int(date>>32&0xff)
	// The pairs of the second are 0D, HH, MM and SS.
	hour, minute, second := int64(date>>48), int64(clock>>32&0xff), int64(clock>>48)
	if year < 1950 {
		year += 100
	}
	if !ok1 || !ok2 || b[12] != 'Z' || month-1 > 11 || month < 1 || day < 1 || day > 28 && day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	return int64(days(year, month, day))*86400 + hour*3600 + minute*60 + second, true
}

// pairs turns eight decimal digits, the first in the lowest octet, into four
// numbers of two digits in octets 0, 2, 4 and 6.
func pairs(v uint64) (uint64, bool) {
	v ^= 0x3030303030303030
	digits := (v+0x7676767676767676|v)&0x8080808080808080 == 0
	return (v*10 + v>>8) & 0x00ff00ff00ff00ff, digits
}
