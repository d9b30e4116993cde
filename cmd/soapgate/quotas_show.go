package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
)

// headings are the words above the tables' columns.
var headings = map[string]string{
	"RULE": "ПРАВИЛО", "LIMIT": "ПРЕДЕЛ", "KEY": "КЛЮЧ", "MODE": "РЕЖИМ", "EFFECTIVE": "ДЕЙСТВУЕТ", "PASS": "ПРОХОД", "BECAUSE": "ПОЧЕМУ",
	"USED": "ИЗРАСХОДОВАНО", "REMAINING": "ОСТАЛОСЬ", "RESET": "СБРОС", "KIND": "ВИД", "REFUSES": "ОТКАЗ", "AT": "КОГДА", "AUTHOR": "КТО",
	"ACTION": "ЧТО", "WHOM": "КОМУ", "REASON": "ПРИЧИНА", "CLIENT": "КЛИЕНТ", "REQUESTS": "ЗАПРОСОВ", "REFUSED": "ОТКАЗОВ", "FIRST": "ПЕРВЫЙ",
	"LAST": "ПОСЛЕДНИЙ", "OPERATION": "ОПЕРАЦИЯ", "p50/min": "p50/мин", "p95/min": "p95/мин", "p99/min": "p99/мин", "p99/day": "p99/сутки",
	"RATE": "ТЕМП", "BURST": "ВСПЛЕСК",
}

func (q *quotas) heading(words string) string {
	list := strings.Fields(words)
	for i, w := range list {
		if q.lang == "ru" {
			list[i] = headings[w]
		}
	}
	return strings.Join(list, "\t")
}

// say returns the text in the language of the output.
func (q *quotas) say(ru, en string) string { return reject.Text{RU: ru, EN: en}.In(q.lang) }

// print writes v as JSON, or as a table of its rows.
func (q *quotas) print(v any, heading string, rows func(row func(cells ...any))) error {
	if q.lang != "ru" && q.lang != "en" {
		return fmt.Errorf("--lang: %q is neither ru nor en", q.lang)
	}
	if q.json {
		enc := json.NewEncoder(q.out)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(q.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, q.heading(heading))
	rows(func(cells ...any) {
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			if t, ok := c.(time.Time); ok {
				c = t.Local().Format(time.RFC3339)
			}
			fmt.Fprint(w, c)
		}
		fmt.Fprintln(w)
	})
	return w.Flush()
}

func (q *quotas) explanations() (list []quota.Explanation, err error) {
	if q.config == "" || q.address != "" {
		return list, q.ask(http.MethodGet, "quotas", nil, &list)
	}
	rules, err := q.draft()
	if err != nil {
		return nil, err
	}
	return rules.Explain(time.Now()), nil
}

// draft returns the rules of the configuration file.
func (q *quotas) draft() (*quota.Rules, error) {
	if q.config == "" {
		return nil, errors.New("--config: missing")
	}
	config, _, _, err := caddycmd.LoadConfig(q.config, q.adapter)
	if err != nil {
		return nil, err
	}
	return caddyplugin.Rules(config)
}

func (q *quotas) show([]string) error {
	list, err := q.explanations()
	if err != nil {
		return err
	}
	return q.print(list, "RULE LIMIT KEY MODE EFFECTIVE", func(row func(...any)) {
		for _, e := range list {
			row(e.Rule, e.Kind+" "+e.Limit, strings.Join(e.Key, " "), e.Mode, e.Effective)
			for _, o := range e.Overrides {
				row("", e.Kind+" "+o.LimitText(), o.Who(), e.Mode, q.ends(o.Until))
			}
		}
	})
}

func (q *quotas) explain([]string) error {
	list, err := q.explanations()
	if err != nil {
		return err
	}
	return q.print(list, "RULE PASS BECAUSE", func(row func(...any)) {
		for _, e := range list {
			row(e.Rule, e.Pass, q.because(&e))
			for _, o := range e.Overrides {
				row("", "", o.Who()+": "+o.LimitText()+" "+q.ends(o.Until)+comma(o.Reason))
			}
		}
	})
}

// because says in Russian too why a rule runs when it does.
func (q *quotas) because(e *quota.Explanation) string {
	for _, part := range e.Key {
		if e.Proved[part] == e.Pass && e.Pass != quota.PassClient.String() {
			return q.say(part+" доказано на этом проходе и не раньше", e.Because)
		}
	}
	if e.Pass == quota.PassClient.String() {
		return q.say("всё в его ключе доказано до чтения тела", e.Because)
	}
	return q.say("цена или операция видна только в сообщении", e.Because)
}

// ends says how long other limits hold.
func (q *quotas) ends(t time.Time) string {
	if t.IsZero() {
		return q.say("бессрочно", "for good")
	}
	return q.say("до ", "until ") + t.Local().Format(time.RFC3339)
}

func comma(reason string) string {
	if reason == "" {
		return ""
	}
	return ", " + reason
}

func (q *quotas) top(args []string) error {
	var list []quota.Consumer
	path := "quotas/rules/" + url.PathEscape(args[0]) + "/top?n=" + strconv.Itoa(q.n)
	if err := q.ask(http.MethodGet, path, nil, &list); err != nil {
		return err
	}
	return q.print(list, "KEY USED LIMIT REMAINING RESET", func(row func(...any)) {
		for _, c := range list {
			row(c.Key, c.Used, c.Limit, c.Remaining, c.Reset)
		}
	})
}

func (q *quotas) client(args []string) error {
	c := &q.counter
	query := url.Values{
		"client": {args[0]}, "address": {c.Address}, "service": {c.Service},
		"operation": {c.Operation}, "organization": {c.Organization}, "signer": {c.Signer},
	}
	var list []caddyplugin.Count
	if err := q.ask(http.MethodGet, "quotas/counters?"+query.Encode(), nil, &list); err != nil {
		return err
	}
	return q.print(list, "RULE KIND USED LIMIT REMAINING RESET REFUSES", func(row func(...any)) {
		for _, c := range list {
			row(c.Rule, c.Kind, c.Used, c.Limit, c.Remaining, c.Reset, c.Refuses)
		}
	})
}

func (q *quotas) history([]string) error {
	var list []quota.Change
	if err := q.ask(http.MethodGet, "quotas/history", nil, &list); err != nil {
		return err
	}
	return q.print(list, "AT AUTHOR ACTION RULE WHOM REASON", func(row func(...any)) {
		for _, c := range list {
			row(c.At, c.Author, c.Action, c.Rule, c.Whom(), c.Reason)
		}
	})
}
