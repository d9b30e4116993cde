package datatype

import "testing"

func TestSmoke(t *testing.T) {
	for _, tc := range []struct {
		typ, v string
		ok     bool
	}{
		{"int", " 12 ", true}, {"int", "2147483648", false}, {"int", "1.0", false}, {"decimal", "-.5", true},
		{"date", "2017-08-21+07:00", true}, {"date", "2017-02-29", false}, {"dateTime", "2000-12-31T24:00:00Z", true},
		{"gMonthDay", "--02-29", true}, {"gDay", "---31", true}, {"gMonth", "--05", true}, {"gMonth", "--05--", false},
		{"duration", "P1Y2M3DT4H5M6.7S", true}, {"duration", "P1YT", false}, {"duration", "PT1M", true},
		{"NMTOKENS", " a b\tc ", true}, {"NMTOKENS", " ", false}, {"ID", "a:b", false}, {"Name", "a:b", true},
		{"language", "ru-RU", true}, {"language", "ru_RU", false}, {"hexBinary", "0aFF", true}, {"hexBinary", "0aF", false},
		{"base64Binary", "AAAA AA==", true}, {"base64Binary", "AAAAAB==", false}, {"float", "1e5", true}, {"float", "+INF", false},
		{"QName", "a:b", true}, {"unsignedByte", "256", false}, {"boolean", "1", true}, {"token", " a  b ", true},
	} {
		v := Builtin(tc.typ).Validate([]byte(tc.v), nil)
		if (v == nil) != tc.ok {
			t.Errorf("%s %q: %v", tc.typ, tc.v, v)
		}
	}
	if len(builtins) != 45 {
		t.Errorf("%d built-in types", len(builtins))
	}
}

func BenchmarkDate(b *testing.B) {
	v := []byte("2017-08-21+07:00")
	ty := Builtin("dateTime")
	v = []byte("2017-08-21T12:13:14.1234567+07:00")
	b.ReportAllocs()
	for b.Loop() {
		ty.Validate(v, nil)
	}
}

func BenchmarkInt(b *testing.B) {
	v := []byte("2017")
	ty := Builtin("int")
	b.ReportAllocs()
	for b.Loop() {
		ty.Validate(v, nil)
	}
}
