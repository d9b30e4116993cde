package pki

import (
	"bytes"
	"testing"
)

// FuzzQuickEntry: what the quick way reads is what the thorough way reads.
func FuzzQuickEntry(f *testing.F) {
	plain := "\x30\x14\x02\x03\x11\x22\x33\x17\x0d260601120000Z"
	f.Add([]byte(plain))
	f.Add([]byte("\x30\x22\x02\x03\x11\x22\x33\x17\x0d260601120000Z" + reasonOnly + "\x01"))
	f.Add([]byte("\x30\x22\x02\x03\x11\x22\x33\x17\x0d260601120000Z" + reasonOnly + "\x07"))
	f.Add([]byte("\x30\x16\x02\x03\x11\x22\x33\x18\x0f20260601120000Z"))
	f.Add([]byte("\x30\x14\x02\x03\x00\x22\x33\x17\x0d260601120000Z"))
	f.Fuzz(func(t *testing.T, b []byte) {
		quick, n := quickEntry(b)
		if n == 0 {
			return
		}
		thorough, err := parseEntry(b[:n])
		if err != nil {
			t.Fatalf("only the quick way reads it: %v", err)
		}
		if !bytes.Equal(quick.serial, thorough.serial) || quick.date != thorough.date || quick.reason != thorough.reason ||
			quick.extended != thorough.extended || thorough.issuer != nil || thorough.unknownCritical != "" {
			t.Fatalf("quick %+v, thorough %+v", quick, thorough)
		}
	})
}

// TestQuickEntry: the usual forms go the quick way at all.
func TestQuickEntry(t *testing.T) {
	for _, s := range []string{
		"\x30\x14\x02\x03\x11\x22\x33\x17\x0d260601120000Z",
		"\x30\x22\x02\x03\x11\x22\x33\x17\x0d260601120000Z" + reasonOnly + "\x01",
	} {
		if _, n := quickEntry([]byte(s)); n != len(s) {
			t.Errorf("%x: %d", s, n)
		}
	}
}

// TestQuickTime: both ways of reading a time agree on every string that differs
// in one octet from a time, and on every day of the two centuries.
func TestQuickTime(t *testing.T) {
	check := func(b []byte) {
		t.Helper()
		quick, ok := quickTime(b)
		thorough, err := seconds(tagUTCTime, b)
		if ok != (err == nil) || ok && quick != thorough {
			t.Fatalf("%q: quick %d, %t; thorough %d, %v", b, quick, ok, thorough, err)
		}
	}
	for _, s := range []string{"260601120000Z", "000229235959Z", "991231000000Z", "500101000000Z", "490131235959Z", "010228000000Z"} {
		check([]byte(s))
		for i := range s {
			for c := range 256 {
				b := []byte(s)
				b[i] = byte(c)
				check(b)
			}
		}
	}
	for i := range 100 * 32 * 13 {
		year, month, day := i/(32*13), i/32%13, i%32
		b := []byte{0, 0, 0, 0, 0, 0, '1', '2', '3', '4', '5', '6', 'Z'}
		for j, n := range []int{year, month, day} {
			b[2*j], b[2*j+1] = byte('0'+n/10), byte('0'+n%10)
		}
		check(b)
	}
}
