package client

import (
	"context"
	"encoding/json"
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

// TestPatch changes parts of an entry.
func TestPatch(t *testing.T) {
	sha := func(digit string) string { return strings.Repeat(digit, 64) }
	file := `clients:
- id: other
  certificates: [{sha256: "` + sha("2") + `"}]
- id: a
  organization: {name: ООО «Пример», ogrn: "` + ogrnA + `", ppaguids: [` + guidA + `]}
  certificates: [{sha256: "` + sha("1") + `"}]
  class: small
  min_tls: "1.2"
  services: [one, two]
  valid_until: 2030-01-01
`
	name, class := func(c *Client) any { return c.Organization.Name }, func(c *Client) any { return c.Class }
	for _, tt := range []struct {
		entry string
		get   func(*Client) any
		want  string // as JSON; of an error what it says
	}{
		{`{"class": "large"}`, class, `"large"`},
		{`{"class": null}`, class, `""`},
		{`class: large`, class, `"large"`},
		{`{"organization": {"name": "ООО «Другое»"}}`, name, `"ООО «Другое»"`},
		{`{"organization": {"name": "ООО «Другое»"}}`, func(c *Client) any { return c.Organization.PPAGUIDs }, `["` + guidA + `"]`},
		{`{"organization": {"ppaguids": ["` + guidB + `"]}}`, func(c *Client) any { return c.Organization }, `{"name":"ООО «Пример»","ogrn":"` + ogrnA + `","ppaguids":["` + guidB + `"]}`},
		{`{"represents": [{"ogrn": "` + ogrnB + `"}]}`, func(c *Client) any { return len(c.Represents) }, `1`},
		{`{"any_organization": true}`, func(c *Client) any { return c.AnyOrganization }, `true`},
		{`{"certificates": [{"sha256": "` + sha("3") + `"}]}`, func(c *Client) any { return c.Certificates }, `[{"sha256":"` + sha("3") + `"}]`},
		{`{"signers": [{"sha1": "` + strings.Repeat("4", 40) + `"}]}`, func(c *Client) any { return len(c.Signers) }, `1`},
		{`{"token": {"issuer": "i", "client_id": "c"}, "certificates": null}`, func(c *Client) any { return c.Token.ClientID }, `"c"`},
		{`{"status": "suspended", "reason": "долг"}`, func(c *Client) any { return c.Reason }, `"долг"`},
		{`{"status": "test"}`, func(c *Client) any { return c.Status }, `"test"`},
		{`{"min_tls": "1.3"}`, func(c *Client) any { return c.MinTLS }, `"1.3"`},
		{`{"services": ["three"]}`, func(c *Client) any { return c.Services }, `["three"]`},
		{`{"services": null, "operations": ["op"]}`, func(c *Client) any { return len(c.Services) + 10*len(c.Operations) }, `10`},
		{`{"valid_from": "2026-01-01", "valid_until": null}`, func(c *Client) any { return c.ValidUntil.IsZero() && !c.ValidFrom.IsZero() }, `true`},
		{`{"contacts": ["a@example.org"]}`, func(c *Client) any { return c.Contacts }, `["a@example.org"]`},
		{`{"id": "a"}`, class, `"small"`},

		{`{"id": "b"}`, nil, `entry:1: client "a": id: "a" cannot become "b"`},
		{`{"colour": "red"}`, nil, `entry:1: client "a": colour: unknown field`},
		{"class: x\nmin_tls: 9", nil, `entry:2: client "a": min_tls: unknown TLS version "9"`},
		{`{"certificates": null}`, nil, `certificates: nothing to know the client by`},
		{`{"certificates": [{"sha256": "` + sha("2") + `"}]}`, nil, `client "other": certificates: client "a" has the same sha256:`},
		{`{"certificates": [{"sha256": "12"}]}`, nil, `certificates: sha256: want 32 bytes`},
		{`{"status": "suspended"}`, nil, `reason: missing`},
		{`{"status": "gone"}`, nil, `status: "gone": want active`},
		{`{"organization": {"ogrn": "1"}}`, nil, `organization: ogrn: "1" is no ОГРН`},
		{`{"organization": {"ogrn": "1"}, "valid_from": "soon"}`, nil, `valid_from: "soon": want a date`},
		{`{"valid_from": "2031-01-01"}`, nil, `valid_until: not after valid_from`},
		{`[]`, nil, `want a mapping`},
		{``, nil, `entry: missing`},
		{`{`, nil, `entry: yaml:`},
	} {
		b := NewBook(new(memoryJournal))
		if err := b.SetFile([]byte(file), "clients.yaml"); err != nil {
			t.Fatal(err)
		}
		before := b.Registry().ByID("a")
		version := before.Version()
		err := b.Apply(t.Context(), Change{Author: "officer", Reason: "letter 7", Action: Patch, Client: "a", Entry: tt.entry, Version: version})
		if tt.get == nil {
			if err == nil || !strings.Contains(err.Error(), tt.want) || b.Registry().ByID("a").Version() != version || len(b.History("")) > 0 {
				t.Errorf("%s: %v, want %q", tt.entry, err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.entry, err)
			continue
		}
		if got, err := json.Marshal(tt.get(b.Registry().ByID("a"))); err != nil || string(got) != tt.want {
			t.Errorf("%s: got %s, want %s", tt.entry, got, tt.want)
		}
		if before.Version() != version {
			t.Errorf("%s: the client in force was written to", tt.entry)
		}
		if h := b.History("a"); len(h) != 1 || h[0].Entry != tt.entry || h[0].Reason != "letter 7" {
			t.Errorf("%s: history %+v", tt.entry, h)
		}
	}
}

// TestPatch_version refuses a change that was meant for another version.
func TestPatch_version(t *testing.T) {
	b := NewBook(new(memoryJournal))
	if err := b.SetFile([]byte("clients: [{id: a, token: {issuer: i, client_id: a}}]"), "clients.yaml"); err != nil {
		t.Fatal(err)
	}
	seen := b.Registry().ByID("a").Version()
	change := Change{Author: "officer", Reason: "r", Action: Patch, Client: "a", Entry: "class: one", Version: seen}
	if err := b.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	change.Entry = "class: two"
	if err := b.Apply(t.Context(), change); !errors.Is(err, ErrVersion) || b.Registry().ByID("a").Class != "one" {
		t.Errorf("%v, %+v", err, b.Registry().ByID("a"))
	}
	change.Action, change.Client, change.Entry = Put, "nobody", "{id: nobody, token: {issuer: i, client_id: n}}"
	if err := b.Apply(t.Context(), change); !errors.Is(err, ErrVersion) {
		t.Errorf("of a client that is not there: %v", err)
	}
}

// TestJSON reads what the administration shows as an entry again.
func TestJSON(t *testing.T) {
	r, err := Parse([]byte(`clients:
- id: a
  organization: {name: ООО «Пример», ogrn: "`+ogrnA+`", inn: "0123456789", ppaguids: [`+guidA+`]}
  represents: [{ogrn: "`+ogrnB+`"}]
  any_organization: true
  certificates: [{spki: "`+strings.Repeat("1", 64)+`"}, {subject: {CN: a, OGRN: "`+ogrnA+`"}, issuer: {CN: b}}]
  signers: [{sha1: "`+strings.Repeat("2", 40)+`"}]
  token: {issuer: i, client_id: c, scope: s}
  class: large
  status: suspended
  reason: долг
  since: 2026-01-01
  min_tls: "1.3"
  services: [s]
  operations: [o]
  valid_from: 2026-01-01
  valid_until: 2027-01-01T12:00:00+03:00
  contacts: [a@example.org]
`), "f.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal(r.Clients())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse([]byte(`{"clients": `+string(shown)+`}`), "f.json")
	if err != nil {
		t.Fatalf("%v: %s", err, shown)
	}
	if got, want := again.ByID("a").Version(), r.ByID("a").Version(); got != want {
		t.Errorf("another client: %+v", again.ByID("a"))
	}
}
