package caddyplugin

import "testing"

// TestBalance: lists make room for garbage only by a sixteenth, and what is in
// use for a moment by none.
func TestBalance(t *testing.T) {
	const mb = 1 << 20
	for _, test := range []struct{ live, lists, want int }{
		{0, 0, 100},
		{20 * mb, 0, 100},
		{2000 * mb, 0, 100},
		{200 * mb, 160 * mb, 25}, // 40 and 10 of 200
		{200 * mb, 320 * mb, 10}, // lists that came since the last collection
		{10 * mb, 10000 * mb, 5},
	} {
		if got := new(balance).next(test.live, test.lists); got != test.want {
			t.Errorf("%d MB live, %d MB of lists: %d %%, want %d", test.live/mb, test.lists/mb, got, test.want)
		}
	}
	b := new(balance)
	b.next(200*mb, 160*mb)
	if got := b.next(400*mb, 160*mb); got != 25 {
		t.Errorf("a second later: %d %%", got)
	}
	for range 3600 {
		b.next(400*mb, 160*mb)
	}
	if got := b.next(400*mb, 160*mb); got != 60 {
		t.Errorf("an hour later: %d %%", got)
	}
	if got := b.next(200*mb, 160*mb); got != 25 {
		t.Errorf("when it is gone: %d %%", got)
	}
}
