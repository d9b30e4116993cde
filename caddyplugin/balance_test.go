package caddyplugin

import "testing"

// TestGarbagePercent: lists make room for garbage only by an eighth.
func TestGarbagePercent(t *testing.T) {
	const mb = 1 << 20
	for _, test := range []struct{ live, lists, want int }{
		{0, 0, 100},
		{20 * mb, 0, 100},
		{2000 * mb, 0, 100},
		{200 * mb, 160 * mb, 30}, // 40 and 20 of 200
		{200 * mb, 300 * mb, 20}, // lists that came since the last collection
		{10 * mb, 10000 * mb, 10},
	} {
		if got := garbagePercent(test.live, test.lists); got != test.want {
			t.Errorf("%d MB live, %d MB of lists: %d %%, want %d", test.live/mb, test.lists/mb, got, test.want)
		}
	}
}
