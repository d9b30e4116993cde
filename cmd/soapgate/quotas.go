package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/quota"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "quotas",
		Usage: "<command>",
		Short: "Shows and changes limits of a running gate, and tries out others",
		Long: `
Asks the admin endpoint of a running gate how its limits stand, and changes them
without a reload: a change needs a reason, is recorded with its author, and
reaches all nodes that share a store within two seconds.

explain says at which pass each rule runs and why; with --config it reads a
Caddyfile and asks nobody. what-if plays recorded requests, an access log in
JSON ("-": from standard input), against the rules of a draft configuration and
lists who would have been refused; propose derives limits from the same file.

  soapgate quotas top requests
  soapgate quotas client example
  soapgate quotas grant requests example --rate 1200/1m --burst 120 \
      --until 2026-12-31 --reason "end of the year"
  soapgate quotas explain --config draft.Caddyfile
  soapgate quotas what-if access.log --config draft.Caddyfile
  soapgate quotas history --json | jq '.[] | select(.author == "ivanova")'

The running gate is asked at --address, else at the admin address of --config,
else at localhost:2019. Times are those of this machine's time zone.`,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.Args = cobra.NoArgs // cobra takes a command it does not know for an argument
			cmd.RunE = func(*cobra.Command, []string) error { return cmd.Help() }
			for _, c := range quotaCommands(os.Stdout) {
				cmd.AddCommand(c)
			}
		},
	})
}

// quotas is one call of the command.
type quotas struct {
	out                      io.Writer
	json                     bool
	lang                     string
	address, config, adapter string
	change                   caddyplugin.AdminChange
	counter                  caddyplugin.Counter
	grant                    quota.Override
	until                    string
	n                        int
}

// quotaCommands are the commands below quotas: what each takes and does.
func quotaCommands(out io.Writer) []*cobra.Command {
	var list []*cobra.Command
	for _, c := range []struct {
		use, short string
		args       int
		flags      []func(*quotas, *cobra.Command)
		run        func(*quotas, []string) error
	}{
		{"show", "Lists the rules in force", 0, nil, (*quotas).show},
		{"explain", "Says at which pass each rule runs, and why", 0, nil, (*quotas).explain},
		{"top RULE", "Lists who has used most of a rule", 1, flags(topFlags), (*quotas).top},
		{"client CLIENT", "Shows how the rules stand for a client", 1, flags(counterFlags), (*quotas).client},
		{"reset RULE", "Forgets a count", 1, flags(counterFlags, clientFlag, changeFlags), (*quotas).reset},
		{"grant RULE [CLIENT]", "Gives a client, a class or an organization other limits, with --until for a time", 2, flags(whomFlags, grantFlags, changeFlags), (*quotas).give},
		{"revoke RULE [CLIENT]", "Takes other limits back", 2, flags(whomFlags, changeFlags), (*quotas).revoke},
		{"suspend CLIENT", "Refuses a client from now on", 1, flags(changeFlags), (*quotas).suspend},
		{"resume CLIENT", "Lets a suspended client in again", 1, flags(changeFlags), (*quotas).resume},
		{"history", "Lists the changes made at run time", 0, nil, (*quotas).history},
		{"what-if LOG", "Plays recorded requests against the rules of --config", 1, nil, (*quotas).whatIf},
		{"propose LOG", "Derives limits from recorded requests", 1, nil, (*quotas).propose},
	} {
		q := &quotas{out: out}
		least := c.args - strings.Count(c.use, "[")
		cmd := &cobra.Command{Use: c.use, Short: c.short, Args: cobra.RangeArgs(least, c.args)}
		cmd.RunE = func(_ *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return c.run(q, args)
		}
		f := cmd.Flags()
		f.BoolVar(&q.json, "json", false, "print JSON")
		f.StringVar(&q.lang, "lang", defaultLanguage(), "language of the tables: ru or en")
		f.StringVar(&q.address, "address", "", "address of the admin endpoint")
		f.StringVarP(&q.config, "config", "c", "", "configuration file")
		f.StringVarP(&q.adapter, "adapter", "a", "", "name of the configuration's adapter")
		for _, add := range c.flags {
			add(q, cmd)
		}
		list = append(list, cmd)
	}
	return list
}

func flags(list ...func(*quotas, *cobra.Command)) []func(*quotas, *cobra.Command) { return list }

func topFlags(q *quotas, c *cobra.Command) {
	c.Flags().IntVarP(&q.n, "number", "n", 10, "how many")
}

func clientFlag(q *quotas, c *cobra.Command) {
	c.Flags().StringVar(&q.counter.Client, "client", "", "id of the client")
}

func counterFlags(q *quotas, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.counter.Address, "from", "", "address of the caller")
	f.StringVar(&q.counter.Service, "service", "", "service")
	f.StringVar(&q.counter.Operation, "operation", "", "operation")
	f.StringVar(&q.counter.Organization, "organization", "", "organization")
	f.StringVar(&q.counter.Signer, "signer", "", "SHA-256 fingerprint of the signer's certificate")
}

func whomFlags(q *quotas, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.grant.Class, "class", "", "all clients of a class, instead of one client")
	f.StringVar(&q.grant.Organization, "organization", "", "all messages of an organization, by its ОГРН, instead of one client")
}

func grantFlags(q *quotas, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.grant.Rate, "rate", "", `as in a rule: "600/1m"`)
	f.Int64Var(&q.grant.Burst, "burst", 0, "of a rate")
	f.StringVar(&q.grant.Limit, "limit", "", `"50000/day"`)
	f.StringVar(&q.grant.Bytes, "bytes", "", `"2GiB/day"`)
	f.Int64Var(&q.grant.Concurrent, "concurrent", 0, "at once")
	f.StringSliceVar(&q.grant.Interval, "interval", nil, "steps")
	f.StringVar(&q.until, "until", "", "day or moment at which the grant ends; default: never")
}

func changeFlags(q *quotas, c *cobra.Command) {
	author := ""
	if u, err := user.Current(); err == nil {
		author = u.Username
	}
	c.Flags().StringVar(&q.change.Author, "author", author, "who makes the change")
	c.Flags().StringVar(&q.change.Reason, "reason", "", "why")
}

// ask calls the admin endpoint and reads its answer.
func (q *quotas) ask(method, path string, body, into any) error {
	address, err := caddycmd.DetermineAdminAPIAddress(q.address, nil, q.config, q.adapter)
	if err != nil {
		return err
	}
	var r io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(data)
	}
	resp, err := caddycmd.AdminAPIRequest(address, method, "/soapgate/"+path, http.Header{}, r)
	if err != nil {
		return plainly(err)
	}
	defer resp.Body.Close()
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// plainly takes what the gate says out of the words of Caddy around it.
func plainly(err error) error {
	_, text, _ := strings.Cut(err.Error(), "{")
	var answer struct {
		Error string `json:"error"`
	}
	if json.Unmarshal([]byte("{"+text), &answer) != nil || answer.Error == "" {
		return err
	}
	return errors.New(answer.Error)
}

func (q *quotas) reset(args []string) error {
	q.change.Rule, q.change.Counter = args[0], &q.counter
	return q.ask(http.MethodPost, "quotas/reset", q.change, nil)
}

// whom reads the rule and whom it is to be other for.
func (q *quotas) whom(args []string) error {
	q.grant.Rule = args[0]
	if len(args) == 2 {
		q.grant.Client = args[1]
	}
	n := 0
	for _, name := range []string{q.grant.Client, q.grant.Class, q.grant.Organization} {
		if name != "" {
			n++
		}
	}
	if n != 1 {
		return errors.New("for whom? Name one client, or --class, or --organization")
	}
	return nil
}

func (q *quotas) give(args []string) (err error) {
	if err := q.whom(args); err != nil {
		return err
	}
	if q.until != "" {
		if q.grant.Until, err = time.Parse(time.RFC3339, q.until); err != nil {
			if q.grant.Until, err = time.ParseInLocation(time.DateOnly, q.until, time.Local); err != nil {
				return fmt.Errorf("--until: %q is neither 2026-12-31 nor 2026-12-31T18:00:00+03:00", q.until)
			}
		}
	}
	q.change.Override = &q.grant
	return q.ask(http.MethodPost, "quotas/overrides", q.change, nil)
}

func (q *quotas) revoke(args []string) error {
	if err := q.whom(args); err != nil {
		return err
	}
	q.change.Override = &q.grant
	return q.ask(http.MethodDelete, "quotas/overrides", q.change, nil)
}

func (q *quotas) suspend(args []string) error { return q.setStatus(args[0], client.Suspended) }

func (q *quotas) resume(args []string) error { return q.setStatus(args[0], client.Active) }

func (q *quotas) setStatus(id string, s client.Status) error {
	q.change.Status = s
	return q.ask(http.MethodPatch, "clients/"+url.PathEscape(id), q.change, nil)
}
