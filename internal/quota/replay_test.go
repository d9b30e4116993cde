package quota

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A markStep is one message shown to a replay window.
type markStep struct {
	at                      time.Duration
	signer, guid, signature string
	want                    Seen
	forget                  bool // not shown: taken back
}

// markScenarios is the table that every replay window passes; each allows
// three marks of one signer.
var markScenarios = []struct {
	name  string
	steps []markStep
}{
	{"same message", []markStep{
		{signer: "a", guid: "g", signature: "s", want: New},
		{signer: "a", guid: "g", signature: "s", want: Repeated},
		{at: 59 * time.Second, signer: "a", guid: "g", signature: "s", want: Repeated},
		{at: 60 * time.Second, signer: "a", guid: "g", signature: "s", want: New},
	}},
	{"the header is not signed: another GUID does not help", []markStep{
		{signer: "a", guid: "g", signature: "s", want: New},
		{signer: "a", guid: "h", signature: "s", want: Repeated},
		{signer: "a", guid: "", signature: "s", want: Repeated},
	}},
	{"GUID with other content, in any case", []markStep{
		{signer: "a", guid: "g", signature: "s", want: New},
		{signer: "a", guid: "G", signature: "t", want: Reused},
	}},
	{"no GUID", []markStep{
		{signer: "a", signature: "s", want: New},
		{signer: "a", signature: "t", want: New},
		{signer: "a", signature: "t", want: Repeated},
	}},
	{"signers do not disturb each other", []markStep{
		{signer: "a", guid: "g", signature: "s", want: New},
		{signer: "b", guid: "g", signature: "s", want: New},
	}},
	{"taken back", []markStep{
		{signer: "a", guid: "g", signature: "s", want: New},
		{forget: true, signer: "a", guid: "g", signature: "s"},
		{at: 10 * time.Second, signer: "a", guid: "g", signature: "s", want: New},
		{at: 65 * time.Second, signer: "a", guid: "g", signature: "s", want: Repeated},
		{at: 70 * time.Second, signer: "a", guid: "g", signature: "s", want: New},
	}},
	{"another's mark is not taken back", []markStep{
		{signer: "a", guid: "g", signature: "s", want: New},
		{forget: true, signer: "a", guid: "g", signature: "t"},
		{signer: "a", guid: "g", signature: "u", want: Reused},
		{forget: true, signer: "b", guid: "g", signature: "s"},
		{signer: "a", guid: "g", signature: "s", want: Repeated},
	}},
	{"full", []markStep{
		{signer: "a", guid: "1", signature: "1", want: New},
		{at: 1 * time.Second, signer: "a", guid: "2", signature: "2", want: New},
		{at: 2 * time.Second, signer: "a", guid: "3", signature: "3", want: New},
		{at: 2 * time.Second, signer: "a", guid: "4", signature: "4", want: Full},
		{at: 2 * time.Second, signer: "a", guid: "1", signature: "1", want: Repeated},
		{at: 2 * time.Second, signer: "b", guid: "4", signature: "4", want: New},
		{at: 60 * time.Second, signer: "a", guid: "4", signature: "4", want: New},
	}},
}

func playMarks(t *testing.T, w Replay, start Tick, steps []markStep) {
	t.Helper()
	for i, st := range steps {
		m := &Mark{Signer: st.signer, GUID: st.guid, Signature: []byte(st.signature), Keep: time.Minute}
		if st.forget {
			if err := w.Forget(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := w.Remember(t.Context(), start+ticks(st.at), m); got != st.want || err != nil {
			t.Errorf("step %d: %v, %v, want %v", i, got, err, st.want)
		}
	}
}

func TestMarks_scenarios(t *testing.T) {
	for _, sc := range markScenarios {
		t.Run(sc.name, func(t *testing.T) { playMarks(t, NewMarks(100, 3), At(start), sc.steps) })
	}
}

// Of many who bring the same message at once, one gets through.
func TestMarks_race(t *testing.T) { raceMarks(t, NewMarks(0, 0), At(start)) }

func raceMarks(t *testing.T, w Replay, now Tick) {
	var fresh atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				m := &Mark{Signer: "a", GUID: fmt.Sprint("g", i), Signature: fmt.Append(nil, "s", i), Keep: time.Minute}
				if seen, err := w.Remember(context.Background(), now, m); err != nil {
					t.Error(err)
				} else if seen == New {
					fresh.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if fresh.Load() != 200 {
		t.Errorf("%d messages got through, want 200", fresh.Load())
	}
}

// A full window refuses; it neither grows nor forgets.
func TestMarks_bounded(t *testing.T) {
	w := NewMarks(1000, 10)
	now := At(start)
	for i := range 5000 {
		m := &Mark{Signer: fmt.Sprint(i / 20), Signature: fmt.Append(nil, i), Keep: time.Minute}
		seen, _ := w.Remember(t.Context(), now, m)
		if want := i%20 < 10 && i < 2000; (seen == New) != want {
			t.Fatalf("mark %d: %v", i, seen)
		}
	}
	first := &Mark{Signer: "0", Signature: []byte("0"), Keep: time.Minute}
	if seen, _ := w.Remember(t.Context(), now, first); seen != Repeated {
		t.Errorf("the first mark is %v after a flood", seen)
	}
	m := &Mark{Signer: "new", Signature: []byte("x"), Keep: time.Minute}
	if seen, _ := w.Remember(t.Context(), now+ticks(time.Minute), m); seen != New {
		t.Errorf("after all have expired: %v", seen)
	}
	if w.total != 1 || len(w.signers) != 1 {
		t.Errorf("%d marks of %d signers are kept, want 1 of 1", w.total, len(w.signers))
	}
}
