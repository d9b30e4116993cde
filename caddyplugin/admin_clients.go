package caddyplugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/client"
)

func listClients(a *App, _ *http.Request) (any, error) { return a.book.Registry().Clients(), nil }

func showClient(a *App, r *http.Request) (any, error) {
	c := a.book.Registry().ByID(r.PathValue("id"))
	if c == nil {
		return nil, notFound("there is no client %q", r.PathValue("id"))
	}
	return tagged{c, c.Version()}, nil
}

func clientHistory(a *App, r *http.Request) (any, error) {
	return append([]client.Change{}, a.book.History(r.PathValue("id"))...), nil
}

// entry is the entry's text, YAML or JSON.
func (c *AdminChange) entry() string {
	var yaml string
	if json.Unmarshal(c.Entry, &yaml) == nil {
		return yaml
	}
	return string(c.Entry)
}

// putClient creates a client by POST, and creates or replaces one by PUT.
func putClient(a *App, r *http.Request) (any, error) {
	c, err := readChange(r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	if id == "" {
		var named struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(c.Entry, &named); err != nil || named.ID == "" {
			return nil, errors.New("entry: want an object with an id")
		}
		if id = named.ID; a.book.Registry().ByID(id) != nil {
			return nil, caddy.APIError{HTTPStatus: http.StatusConflict, Err: fmt.Errorf("there is a client %q", id)}
		}
	}
	return a.changeClient(r, c, client.Change{Action: client.Put, Client: id, Entry: c.entry()})
}

// patchClient changes the fields that the entry names. A status alone, without
// an entry, suspends the client or lets it in again: the reason of the change
// is what the client is told.
func patchClient(a *App, r *http.Request) (any, error) {
	c, err := readChange(r)
	if err != nil {
		return nil, err
	}
	if c.Entry != nil {
		if c.Status != "" {
			return nil, errors.New("status: belongs into the entry, or stands without one")
		}
		return a.changeClient(r, c, client.Change{Action: client.Patch, Client: r.PathValue("id"), Entry: c.entry()})
	}
	action, ok := map[client.Status]client.Action{client.Suspended: client.Suspend, client.Active: client.Resume}[c.Status]
	if !ok {
		return nil, fmt.Errorf("status: %q is neither %s nor %s", c.Status, client.Suspended, client.Active)
	}
	return a.changeClient(r, c, client.Change{Action: action, Client: r.PathValue("id")})
}

func removeClient(a *App, r *http.Request) (any, error) {
	c, err := readChange(r)
	if err != nil {
		return nil, err
	}
	return a.changeClient(r, c, client.Change{Action: client.Remove, Client: r.PathValue("id")})
}

func (a *App) changeClient(r *http.Request, c *AdminChange, ch client.Change) (any, error) {
	if ch.Action != client.Put && a.book.Registry().ByID(ch.Client) == nil {
		return nil, notFound("there is no client %q", ch.Client)
	}
	ch.At, ch.Author, ch.Reason = time.Now().UTC(), c.Author, c.Reason
	if tag := r.Header.Get("If-Match"); tag != "" && tag != "*" { // RFC 9110 13.1.1
		ch.Version = strings.Trim(tag, `"`)
	}
	err := a.book.Apply(r.Context(), ch)
	if errors.Is(err, client.ErrVersion) {
		return nil, caddy.APIError{HTTPStatus: http.StatusPreconditionFailed, Err: err}
	}
	return nil, err
}
