package xmlsig

import (
	"math/big"
	"testing"
)

func TestSameSerial(t *testing.T) {
	for _, tt := range []struct {
		named  string
		actual int64
		want   bool
	}{
		{"1", 1, true}, {"1", 2, false}, {"200", 200, true}, {"-56", 200, true}, {"-56", 201, false},
		{"-1", 1, false}, {"-1", 255, true}, {"-1", 65535, true}, {"0", 0, true},
	} {
		named, ok := parseSerial(tt.named)
		if !ok {
			t.Fatal(tt.named)
		}
		if got := sameSerial(named, big.NewInt(tt.actual)); got != tt.want {
			t.Errorf("sameSerial(%s, %d) = %v", tt.named, tt.actual, got)
		}
	}
}
