package caddyplugin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/quota"
)

// A Counter names whose counts are meant by the parts of a rule's key.
type Counter struct {
	Client       string `json:"client,omitempty"`
	Address      string `json:"address,omitempty"`
	Service      string `json:"service,omitempty"`
	Operation    string `json:"operation,omitempty"`
	Organization string `json:"organization,omitempty"`
	Signer       string `json:"signer,omitempty"`
}

func (c *Counter) request(a *App) (*quota.Request, error) {
	q := &quota.Request{
		Client: c.Client, Service: c.Service, Operation: c.Operation, Organization: c.Organization, Signer: c.Signer,
	}
	if known := a.book.Registry().ByID(c.Client); known != nil {
		q.Class = known.Class
	}
	if c.Address == "" {
		return q, nil
	}
	var err error
	if q.Address, err = netip.ParseAddr(c.Address); err != nil {
		return nil, fmt.Errorf("address: %q is none", c.Address)
	}
	return q, nil
}

func listRules(a *App, _ *http.Request) (any, error) {
	return a.limiter.Rules().Explain(time.Now()), nil
}

func ruleHistory(a *App, _ *http.Request) (any, error) {
	return append([]quota.Change{}, a.control.History()...), nil
}

func topConsumers(a *App, r *http.Request) (any, error) {
	n := 10
	if s := r.FormValue("n"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 1 || n > 1000 {
			return nil, errors.New("n: want 1 to 1000")
		}
	}
	rule := r.PathValue("rule")
	if !slices.ContainsFunc(a.limiter.Rules().All(), func(q *quota.Rule) bool { return q.Name == rule }) {
		return nil, notFound("there is no rule %q", rule)
	}
	list := append([]quota.Consumer{}, a.limiter.Top(rule, n, time.Now())...)
	for i := range list {
		if err := a.ofClass(r.Context(), rule, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ofClass corrects the figures of a client whose class has other limits: the
// store knows him by his id alone.
func (a *App) ofClass(ctx context.Context, rule string, c *quota.Consumer) error {
	client := a.book.Registry().ByID(c.Key)
	if client == nil || !slices.ContainsFunc(a.limiter.Rules().Explain(time.Now()), func(e quota.Explanation) bool {
		return e.Rule == rule && slices.Equal(e.Key, []string{"client"}) &&
			slices.ContainsFunc(e.Overrides, func(o quota.Override) bool { return o.Class != "" && o.Class == client.Class })
	}) {
		return nil
	}
	results, err := a.limiter.Counters(ctx, &quota.Request{Client: client.ID, Class: client.Class}, time.Now())
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadGateway, Err: err}
	}
	for i := range results {
		if res := &results[i]; res.Rule.Name == rule {
			c.Used, c.Limit, c.Remaining, c.Reset = res.Used, res.Limit, res.Remaining, res.Reset.Time()
		}
	}
	return nil
}

// A Count is how one rule stands for somebody.
type Count struct {
	Rule       string    `json:"rule"`
	Kind       string    `json:"kind"`
	Limit      int64     `json:"limit"`
	Used       int64     `json:"used"`
	Remaining  int64     `json:"remaining"`
	Reset      time.Time `json:"reset"`
	Refuses    bool      `json:"refuses"`
	RetryAfter int64     `json:"retry_after,omitempty"` // seconds
}

func showCounters(a *App, r *http.Request) (any, error) {
	c := Counter{
		r.FormValue("client"), r.FormValue("address"), r.FormValue("service"),
		r.FormValue("operation"), r.FormValue("organization"), r.FormValue("signer"),
	}
	if c.Client != "" && a.book.Registry().ByID(c.Client) == nil {
		return nil, notFound("there is no client %q", c.Client)
	}
	q, err := c.request(a)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	results, err := a.limiter.Counters(r.Context(), q, now)
	if err != nil {
		return nil, caddy.APIError{HTTPStatus: http.StatusBadGateway, Err: err}
	}
	list := make([]Count, len(results))
	for i := range results {
		res := &results[i]
		list[i] = Count{
			res.Rule.Name, res.Rule.Kind.String(), res.Limit, res.Used, res.Remaining,
			res.Reset.Time(), res.Refused, quota.Seconds(res.RetryAfter),
		}
	}
	return list, nil
}

func putRule(a *App, r *http.Request) (any, error) {
	return changeRules(a, r, func(c *AdminChange, ch *quota.Change) {
		ch.Action, ch.Rule, ch.Spec = quota.PutRule, r.PathValue("rule"), c.Spec
	})
}

func removeRule(a *App, r *http.Request) (any, error) {
	return changeRules(a, r, func(_ *AdminChange, ch *quota.Change) {
		ch.Action, ch.Rule = quota.RemoveRule, r.PathValue("rule")
	})
}

func putOverride(a *App, r *http.Request) (any, error) {
	return changeOverride(a, r, quota.PutOverride)
}

func removeOverride(a *App, r *http.Request) (any, error) {
	return changeOverride(a, r, quota.RemoveOverride)
}

func changeOverride(a *App, r *http.Request, action quota.Action) (any, error) {
	return changeRules(a, r, func(c *AdminChange, ch *quota.Change) {
		if ch.Action = action; c.Override != nil {
			ch.Rule, ch.Client = c.Override.Rule, c.Override.Client
			ch.Organization, ch.Class = c.Override.Organization, c.Override.Class
			if c.Override.Reason == "" {
				c.Override.Reason = c.Reason
			}
		}
		if action == quota.PutOverride {
			ch.Override = c.Override
		}
	})
}

func changeRules(a *App, r *http.Request, fill func(*AdminChange, *quota.Change)) (any, error) {
	c, err := readChange(r)
	if err != nil {
		return nil, err
	}
	ch := quota.Change{At: time.Now().UTC(), Author: c.Author, Reason: c.Reason}
	fill(c, &ch)
	return nil, a.control.Apply(r.Context(), ch)
}

// resetCounter records the reset first: what is not recorded does not happen.
func resetCounter(a *App, r *http.Request) (any, error) {
	c, err := readChange(r)
	if err != nil {
		return nil, err
	}
	if c.Counter == nil {
		c.Counter = new(Counter)
	}
	q, err := c.Counter.request(a)
	if err != nil {
		return nil, err
	}
	ch := quota.Change{
		At: time.Now().UTC(), Author: c.Author, Reason: c.Reason,
		Action: quota.ResetCount, Rule: c.Rule, Client: c.Counter.Client,
	}
	if err := a.control.Apply(r.Context(), ch); err != nil {
		return nil, err
	}
	return nil, a.limiter.Reset(r.Context(), c.Rule, q, ch.At)
}
