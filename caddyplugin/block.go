package caddyplugin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// An option is one row of a Caddyfile block's grammar.
type option struct {
	name     string
	min, max int  // number of arguments; max < 0 means any
	repeat   bool // may be written more than once
	set      func(args []string) error
	block    func() []option // the grammar of the option's own block, called after set; nil if it takes none
	check    func() error    // judges what set and the block have filled in; may be nil
}

// A blockParser reads Caddyfile blocks by tables of options and keeps every
// error with its file and line, so that the operator mends them in one round.
type blockParser struct {
	d    *caddyfile.Dispenser
	errs []error
}

// parseBlock reads the block of the directive the dispenser stands on.
func parseBlock(d *caddyfile.Dispenser, table []option) error {
	p := &blockParser{d: d}
	p.read(table)
	return errors.Join(p.errs...)
}

func (p *blockParser) read(table []option) {
	seen := make(map[string]bool)
	for nesting := p.d.Nesting(); p.d.NextBlock(nesting); {
		p.readOption(table, seen)
	}
}

func (p *blockParser) readOption(table []option, seen map[string]bool) {
	name := p.d.Val()
	i := slices.IndexFunc(table, func(o option) bool { return o.name == name })
	if i < 0 {
		p.fail(p.d.Errf("unrecognized option %q (there are: %s)", name, names(table)))
		p.d.RemainingArgs()
		p.skipBlock()
		return
	}
	o := table[i]
	line := *p.d // where errors of the whole option are
	args := p.d.RemainingArgs()
	made := true // what the block would fill in
	switch {
	case seen[name] && !o.repeat:
		p.fail(p.d.Errf("%s: written twice", name))
	case len(args) < o.min, o.max >= 0 && len(args) > o.max:
		made = false
		p.fail(p.d.Errf("%s: takes %s, got %d", name, argCount(o.min, o.max), len(args)))
	case o.set != nil:
		if err := o.set(args); err != nil {
			p.fail(p.d.Errf("%s: %v", name, err))
		}
	}
	seen[name] = true
	if o.block != nil && made {
		before := len(p.errs)
		p.read(o.block())
		if o.check != nil && len(p.errs) == before {
			for _, err := range unjoin(o.check()) {
				p.fail(line.Errf("%s %s: %v", name, strings.Join(args, " "), err))
			}
		}
	} else if p.skipBlock() && o.block == nil {
		p.fail(p.d.Errf("%s: takes no block", name))
	}
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

func (p *blockParser) fail(err error) { p.errs = append(p.errs, err) }

// skipBlock passes over a block and reports whether there was one.
func (p *blockParser) skipBlock() (any bool) {
	for nesting := p.d.Nesting(); p.d.NextBlock(nesting); {
		any = true
	}
	return any
}

func names(table []option) string {
	var s []string
	for _, o := range table {
		s = append(s, o.name)
	}
	return strings.Join(s, ", ")
}

func argCount(least, most int) string {
	switch {
	case most < 0:
		return fmt.Sprintf("at least %d arguments", least)
	case least == 1 && most == 1:
		return "1 argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	default:
		return fmt.Sprintf("%d to %d arguments", least, most)
	}
}

// The setters below make an option's set function from the field it fills.

func setString(p *string) func([]string) error {
	return func(args []string) error { *p = args[0]; return nil }
}

func setStrings(p *[]string) func([]string) error {
	return func(args []string) error { *p = append(*p, args...); return nil }
}

func setBool(p *bool) func([]string) error {
	return func([]string) error { *p = true; return nil }
}

func setInt(p *int64) func([]string) error {
	return func(args []string) error {
		n, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", args[0])
		}
		*p = n
		return nil
	}
}

// setShare reads a part of the whole between 0 and 1, or a percentage.
func setShare(p *float64) func([]string) error {
	return func(args []string) error {
		text, percent := strings.CutSuffix(args[0], "%")
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a share such as 0.8 or 80%%", args[0])
		}
		if percent {
			n /= 100
		}
		*p = n
		return nil
	}
}

func setDuration(p *caddy.Duration) func([]string) error {
	return func(args []string) error {
		d, err := caddy.ParseDuration(args[0])
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 90s, 12h or 30d", args[0])
		}
		*p = caddy.Duration(d)
		return nil
	}
}

func setDurations(p *[]caddy.Duration) func([]string) error {
	return func(args []string) error {
		for _, arg := range args {
			var d caddy.Duration
			if err := setDuration(&d)([]string{arg}); err != nil {
				return err
			}
			*p = append(*p, d)
		}
		return nil
	}
}

// setSize reads a number of bytes: 10MiB is 10 485 760, 10MB is 10 000 000.
func setSize(p *int64) func([]string) error {
	return func(args []string) error {
		n, err := humanize.ParseBytes(args[0])
		if err != nil || n > 1<<62 {
			return fmt.Errorf("%q is not a size such as 10MiB", args[0])
		}
		*p = int64(n)
		return nil
	}
}

// setDate checks a calendar date; the field keeps its text.
func setDate(p *string) func([]string) error {
	return func(args []string) error {
		*p = args[0]
		if _, err := time.Parse(time.DateOnly, args[0]); err != nil {
			return fmt.Errorf("%q is not a day of the form 2026-12-31", args[0])
		}
		return nil
	}
}

// setMoment reads a moment; a day would leave open in which time zone.
func setMoment(p *time.Time) func([]string) error {
	return func(args []string) (err error) {
		if *p, err = time.Parse(time.RFC3339, args[0]); err != nil {
			return fmt.Errorf("%q is not a moment of the form 2026-12-31T18:00:00+03:00", args[0])
		}
		return nil
	}
}

func setOneOf(p *string, words ...string) func([]string) error {
	return func(args []string) error {
		*p = args[0]
		if !slices.Contains(words, args[0]) {
			return fmt.Errorf("%q is not one of %s", args[0], strings.Join(words, ", "))
		}
		return nil
	}
}
