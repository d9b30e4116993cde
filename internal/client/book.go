package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Journal keeps records in the order they were appended, for all nodes that
// share it. It is declared here, where it is used; the store of the caller's
// choice implements it.
type Journal interface {
	// Append adds a record behind all others.
	Append(ctx context.Context, record []byte) error
	// Load returns the records from the n-th on, counted from 0.
	Load(ctx context.Context, n int) ([][]byte, error)
}

// An Action is what a change does to a client.
type Action string

// The actions.
const (
	Put     Action = "put"   // creates or replaces the client by Entry
	Patch   Action = "patch" // changes the fields that are in Entry
	Suspend Action = "suspend"
	Resume  Action = "resume"
	Remove  Action = "remove"
)

// A Change is one change of the registry at run time. All changes together,
// in order, over the file, are the registry in force; nothing else is stored.
type Change struct {
	At     time.Time `json:"at"`
	Author string    `json:"author"`
	Reason string    `json:"reason"`
	Action Action    `json:"action"`
	Client string    `json:"client"`
	Entry  string    `json:"entry,omitempty"` // YAML or JSON, as in the file
	// Version is that of the client which the change is meant for; "" means
	// whichever is in force.
	Version string `json:"-"`
}

// ErrVersion is returned for a change that was meant for another version of the
// client than is in force: somebody else has changed it in the meantime.
var ErrVersion = errors.New("the client has been changed in the meantime")

// A Book is the registry in force: what the file says, and the changes since.
type Book struct {
	journal Journal
	current atomic.Pointer[Registry]

	mu      sync.Mutex
	file    *Registry
	changes []Change
	read    int // records of the journal read, those not understood included
}

// NewBook returns a book without clients. journal may be nil: then nothing can
// be changed at run time.
func NewBook(journal Journal) *Book {
	b := &Book{journal: journal, file: NewRegistry()}
	b.current.Store(NewRegistry())
	return b
}

// Registry returns the registry in force.
func (b *Book) Registry() *Registry { return b.current.Load() }

// SetFile puts another file in force. The error joins the entries that are
// refused, as Parse does, and the changes that do not fit the file any more;
// the rest is in force. If the file cannot be read at all nothing changes.
func (b *Book) SetFile(data []byte, file string) error {
	r, err := Parse(data, file)
	if r == nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.file = r
	return errors.Join(err, b.rebuild())
}

// Refresh reads what has been changed, here or on other nodes, since the last
// time. The error joins the changes that could not be applied.
func (b *Book) Refresh(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	unfit, err := b.refresh(ctx)
	return errors.Join(unfit, err)
}

func (b *Book) refresh(ctx context.Context) (unfit, err error) {
	if b.journal == nil {
		return nil, nil
	}
	records, err := b.journal.Load(ctx, b.read)
	if err != nil {
		return nil, fmt.Errorf("reading changes: %w", err)
	}
	if len(records) == 0 {
		return nil, nil
	}
	var errs []error
	for _, rec := range records {
		var c Change
		b.read++
		if err := json.Unmarshal(rec, &c); err != nil {
			errs = append(errs, fmt.Errorf("change %d: %w", b.read, err))
			continue
		}
		b.changes = append(b.changes, c)
	}
	return errors.Join(append(errs, b.rebuild())...), nil
}

// Apply makes a change, for all nodes. It is refused if it has no author and
// no reason, or does not fit.
func (b *Book) Apply(ctx context.Context, c Change) error {
	if b.journal == nil {
		return errors.New("the registry cannot be changed: no store")
	}
	if strings.TrimSpace(c.Author) == "" || strings.TrimSpace(c.Reason) == "" {
		return errors.New("author, reason: missing")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.refresh(ctx); err != nil {
		return err
	}
	if err := b.try(c); err != nil {
		return err
	}
	rec, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := b.journal.Append(ctx, rec); err != nil {
		return fmt.Errorf("storing change: %w", err)
	}
	_, err = b.refresh(ctx)
	return err
}

// try reports why a change would not fit.
func (b *Book) try(c Change) error {
	if now := b.current.Load().ByID(c.Client); c.Version != "" && (now == nil || now.Version() != c.Version) {
		return ErrVersion
	}
	list, err := c.apply(slices.Clone(b.current.Load().clients))
	if err != nil {
		return err
	}
	r := NewRegistry()
	for _, e := range list {
		if err := r.add(e); err != nil {
			return fmt.Errorf("client %q: %w", e.ID, err)
		}
	}
	return nil
}

// History returns all changes, oldest first; of one client if id is not empty.
func (b *Book) History(id string) []Change {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []Change
	for _, c := range b.changes {
		if id == "" || c.Client == id {
			list = append(list, c)
		}
	}
	return list
}

// rebuild makes the registry in force of the file and the changes.
func (b *Book) rebuild() error {
	list := slices.Clone(b.file.clients)
	var errs []error
	for _, c := range b.changes {
		next, err := c.apply(list)
		if err != nil {
			errs = append(errs, fmt.Errorf("change of %s by %s: client %q: %w", c.At.Format(time.RFC3339), c.Author, c.Client, err))
			continue
		}
		list = next
	}
	r := NewRegistry()
	for _, c := range list {
		if err := r.add(c); err != nil {
			errs = append(errs, fmt.Errorf("client %q: %w", c.ID, err))
		}
	}
	b.current.Store(r)
	return errors.Join(errs...)
}

// apply returns the list with the change made. Clients are not changed in
// place: they are shared with registries in force.
func (c *Change) apply(list []*Client) ([]*Client, error) {
	i := slices.IndexFunc(list, func(e *Client) bool { return e.ID == c.Client })
	if i < 0 && c.Action != Put {
		return nil, errors.New("no such client")
	}
	switch c.Action {
	case Put:
		e, err := c.entry()
		if err != nil {
			return nil, err
		}
		if i < 0 {
			return append(list, e), nil
		}
		list[i] = e
	case Patch:
		n, err := c.node()
		if err != nil {
			return nil, err
		}
		e, err := list[i].changed(n)
		if err != nil {
			return nil, errors.Join(entryErrors("entry", n.Line, c.Client, err)...)
		}
		list[i] = e
	case Suspend:
		e := *list[i]
		e.Status, e.Reason, e.Since = Suspended, c.Reason, c.At
		list[i] = &e
	case Resume:
		e := *list[i]
		e.Status, e.Reason, e.Since = Active, "", time.Time{}
		list[i] = &e
	case Remove:
		list = slices.Delete(list, i, i+1)
	default:
		return nil, fmt.Errorf("unknown action %q", c.Action)
	}
	return list, nil
}

func (c *Change) node() (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(c.Entry), &doc); err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	if doc.Kind == 0 {
		return nil, errors.New("entry: missing")
	}
	return doc.Content[0], nil
}

func (c *Change) entry() (*Client, error) {
	n, err := c.node()
	if err != nil {
		return nil, err
	}
	e, err := readClient(n)
	if err != nil {
		return nil, errors.Join(entryErrors("entry", n.Line, e.ID, err)...)
	}
	if e.ID != c.Client {
		return nil, fmt.Errorf("entry: id %q is not %q", e.ID, c.Client)
	}
	return e, nil
}
