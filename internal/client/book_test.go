package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// memoryJournal is a Journal that lives as long as the test.
type memoryJournal struct {
	records [][]byte
	fail    error
}

func (j *memoryJournal) Append(_ context.Context, rec []byte) error {
	if j.fail == nil {
		j.records = append(j.records, rec)
	}
	return j.fail
}

func (j *memoryJournal) Load(_ context.Context, n int) ([][]byte, error) {
	return j.records[n:], j.fail
}

func TestBook(t *testing.T) {
	const file = "clients:\n- {id: a, token: {issuer: i, client_id: a}}\n- {id: b, token: {issuer: i, client_id: b}}\n"
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	journal := new(memoryJournal)
	b, other := NewBook(journal), NewBook(journal)
	for _, book := range []*Book{b, other} {
		if err := book.SetFile([]byte(file), "clients.yaml"); err != nil {
			t.Fatal(err)
		}
	}
	change := func(action Action, id, entry string) Change {
		return Change{At: now, Author: "officer", Reason: "incident 7", Action: action, Client: id, Entry: entry}
	}
	for _, tt := range []struct {
		name   string
		change Change
		err    string
	}{
		{"suspend", change(Suspend, "a", ""), ""},
		{"create", change(Put, "c", `{"id": "c", "token": {"issuer": "i", "client_id": "c"}}`), ""},
		{"replace", change(Put, "b", `{id: b, class: large, token: {issuer: i, client_id: b}}`), ""},
		{"remove", change(Remove, "c", ""), ""},
		{"nobody", change(Suspend, "x", ""), "no such client"},
		{"other id", change(Put, "d", `{id: e, token: {issuer: i, client_id: e}}`), `id "e" is not "d"`},
		{"bad entry", change(Put, "d", "id: d\ncolour: red"), "entry:2: client \"d\": colour: unknown field"},
		{"collision", change(Put, "d", `{id: d, token: {issuer: i, client_id: a}}`), `client "a" is known by the same`},
		{"unknown action", change("promote", "a", ""), "unknown action"},
		{"no reason", Change{Author: "officer", Action: Remove, Client: "a"}, "author, reason: missing"},
	} {
		err := b.Apply(t.Context(), tt.change)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
	}
	if err := other.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, book := range map[string]*Book{"this node": b, "the other node": other} {
		r := book.Registry()
		if len(r.Clients()) != 2 || r.ByID("c") != nil || r.ByID("b").Class != "large" {
			t.Errorf("%s: registry %+v", name, r.Clients())
		}
		if rej := r.ByID("a").Admit(now); rej == nil || rej.Code != "client.suspended" {
			t.Errorf("%s: suspended client: %v", name, rej)
		}
		if h := book.History(""); len(h) != 4 || h[0].Author != "officer" || h[0].Reason != "incident 7" {
			t.Errorf("%s: history %+v", name, h)
		}
		if h := book.History("c"); len(h) != 2 {
			t.Errorf("%s: history of c %+v", name, h)
		}
	}

	// The file changes under the changes: what still fits stays.
	err := b.SetFile([]byte("clients:\n- {id: b, token: {issuer: i, client_id: b}}\n"), "clients.yaml")
	if err == nil || !strings.Contains(err.Error(), `client "a": no such client`) {
		t.Errorf("a change without its client: %v", err)
	}
	if r := b.Registry(); len(r.Clients()) != 1 || r.ByID("b").Class != "large" {
		t.Errorf("registry %+v", r.Clients())
	}
	// A file that is no YAML changes nothing.
	if err := b.SetFile([]byte("clients: ["), "clients.yaml"); err == nil || b.Registry().ByID("b") == nil {
		t.Errorf("error %v, registry %+v", err, b.Registry().Clients())
	}
	// A store that fails changes nothing.
	journal.fail = errors.New("down")
	if err := b.Apply(t.Context(), change(Remove, "b", "")); !errors.Is(err, journal.fail) || b.Registry().ByID("b") == nil {
		t.Errorf("error %v, registry %+v", err, b.Registry().Clients())
	}
}
