package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/reject"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "demo",
		Usage: "[--once] [--keep <dir>] [--formats <dir>] [--lang ru|en] [--json]",
		Short: "Shows the gate at work on an invented system",
		Long: `
Makes a head CA, accredited CAs, information systems, revocation lists and a
format release, starts the gate on loopback in front of a stand-in system, and
sends it what real clients and attackers send. Prints a line for each scenario:
what was sent, what was expected, what came back, how long it took.

Stays up afterwards, so that you can try by hand with the curl lines printed,
unless --once is given; then the exit code is 1 if any scenario differed.

--keep leaves keys, messages, formats and the Caddyfile in a folder, which
Caddyfile.example reads: see there. --formats takes the current release from a
folder of WSDL and XSD files, such as the published bundle of ГИС ЖКХ.`,
		CobraFunc: func(cmd *cobra.Command) {
			var d demo
			cmd.Flags().BoolVar(&d.once, "once", false, "exit when all scenarios have run")
			cmd.Flags().StringVar(&d.keep, "keep", "", "leave everything in this folder, which must be empty or not exist")
			cmd.Flags().StringVar(&d.formats, "formats", "", "take the current format release from this folder")
			cmd.Flags().StringVar(&d.lang, "lang", defaultLanguage(), "language of the output: ru or en")
			cmd.Flags().BoolVar(&d.json, "json", false, "print a JSON object a line")
			cmd.RunE = caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return d.run(os.Stdout, os.Stderr) })
		},
	})
}

// defaultLanguage is Russian where the environment's is.
func defaultLanguage() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "ru") {
				return "ru"
			}
			break
		}
	}
	return "en"
}

type demo struct {
	once, json          bool
	keep, formats, lang string
}

func (d *demo) run(out, progress io.Writer) (exit int, err error) {
	dir, cleanup, err := d.folder()
	if err != nil {
		return 1, err
	}
	defer cleanup()
	var bundle fs.FS
	if d.formats != "" {
		bundle = os.DirFS(d.formats)
	}
	world, err := gatetest.Prepare(dir, bundle, time.Now, func(what string) {
		fmt.Fprintf(progress, "making %s ...\n", what)
	})
	if err != nil {
		return 1, err
	}
	fmt.Fprintln(progress, "starting the gate ...")
	gate, err := gatetest.Start(world)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, gate.Stop()) }()
	failed := d.walk(out, gate.Session)
	if d.keep != "" {
		if err := world.KeepMessages(); err != nil {
			return 1, err
		}
		fmt.Fprintf(progress, "kept in %s\n", dir)
	}
	if !d.once {
		d.stay(progress, gate)
	}
	if failed > 0 {
		return 1, fmt.Errorf("%d of %d scenarios went otherwise", failed, len(gatetest.Scenarios))
	}
	return 0, nil
}

// folder returns the folder to work in: the one to keep, which must be empty,
// for nothing of the operator's may be lost, or a temporary one.
func (d *demo) folder() (dir string, cleanup func(), err error) {
	if d.keep == "" {
		dir, err = os.MkdirTemp("", "soapgate-demo-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	if entries, err := os.ReadDir(d.keep); err == nil && len(entries) > 0 {
		return "", nil, fmt.Errorf("--keep: %s is not empty", d.keep)
	}
	dir, err = filepath.Abs(d.keep)
	return dir, func() {}, err
}

// outcome is one line of the walk.
type outcome struct {
	Number   int    `json:"number"`
	Scenario string `json:"scenario"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
	Status   int    `json:"status"`
	System   string `json:"system_code,omitempty"`
	Micros   int64  `json:"microseconds"`
	OK       bool   `json:"ok"`
	Error    string `json:"error,omitempty"`
}

func (d *demo) walk(out io.Writer, s *gatetest.Session) (failed int) {
	start := time.Now()
	enc := json.NewEncoder(out)
	for i := range gatetest.Scenarios {
		o := d.check(s, i)
		if !o.OK {
			failed++
		}
		if d.json {
			_ = enc.Encode(o)
		} else {
			o.print(out)
		}
	}
	if !d.json {
		fmt.Fprintf(out, "%s: %d, %s: %d, %.1f s\n",
			reject.Text{RU: "как ожидалось", EN: "as expected"}.In(d.lang), len(gatetest.Scenarios)-failed,
			reject.Text{RU: "иначе", EN: "otherwise"}.In(d.lang), failed, time.Since(start).Seconds())
	}
	return failed
}

func (d *demo) check(s *gatetest.Session, i int) outcome {
	sc := &gatetest.Scenarios[i]
	o := outcome{Number: i + 1, Scenario: sc.Name.In(d.lang), Expected: describe(string(sc.Want), d.lang)}
	start := time.Now()
	reply, err := sc.Check(s)
	o.Micros = time.Since(start).Microseconds()
	if reply != nil {
		o.Got, o.Status, o.System = describe(reply.Code, d.lang), reply.Status, reply.SystemCode
	}
	if o.OK = err == nil; err != nil {
		o.Error = err.Error()
	}
	return o
}

func describe(code, lang string) string {
	if code != "" {
		return code
	}
	return reject.Text{RU: "ответ системы", EN: "answered"}.In(lang)
}

func (o *outcome) print(out io.Writer) {
	mark := "ok  "
	if !o.OK {
		mark = "FAIL"
	}
	fmt.Fprintf(out, "%s %2d %s %s %s %3d %-9s %6.1f ms\n", mark, o.Number,
		pad(o.Scenario, 56), pad(o.Expected, 31), pad(o.Got, 31), o.Status, o.System, float64(o.Micros)/1000)
	if o.Error != "" {
		fmt.Fprintf(out, "        %s\n", o.Error)
	}
}

// pad fills up to a width in characters; fmt counts them so only in strings
// that it need not cut.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// stay prints what to try by hand and waits to be interrupted.
func (d *demo) stay(out io.Writer, g *gatetest.Running) {
	fmt.Fprintf(out, "\n%s\n\n", reject.Text{
		RU: "Шлюз работает. Попробуйте сами (Ctrl-C - конец):", EN: "The gate is up. Try it by hand (Ctrl-C ends it):",
	}.In(d.lang))
	for _, line := range g.Session.CurlLines() {
		fmt.Fprintf(out, "  %s\n\n", line)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
}
