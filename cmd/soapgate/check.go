package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/xsd"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "check",
		Usage: "[--config <file>] [--formats <dir>] [--profile <name>] [--anchor <file>] [--authority <path>] [--crl <path>] [--at <time>] <file...>",
		Short: "Judges saved messages as the gate would",
		Long: `
Leads saved messages through the gate's stages without a connection and prints
all that is wrong, with line, column and what to do; of a good message it tells
the operation, the release, who signed what, and when. "-" reads from stdin.

A file holds a message, or a whole HTTP request or answer as a log keeps it:
"POST /path HTTP/1.1", header, blank line, body. Of a message alone the rest is
thought so as to fit. "HTTP/1.1 200 OK" begins an answer of the system, which is
held to the format as "responses enforce" would.

--config takes releases with their days, and trust, from a gate's configuration.
--formats takes a release from a folder of WSDL and XSD files, as often as needed;
these are in force at any time. "--formats none" judges without: what no release
describes is told, and signature and certificate are judged all the same. Without
either the sandbox release that ships with the program is used. Of several
releases the output tells which the message follows and which it would.

Certificates are judged if --anchor names whom to believe, or --config does;
--authority adds CAs' certificates and --crl revocation lists, each a file or a
folder, as often as needed. --stage judges only the stages named, besides xml and
soap, which every other needs.

--at judges an archived message as of a moment: 2024-06-01T12:00:00+03:00.

The exit code is 0 if all messages are good, 1 if one is refused, 2 if the
command cannot be carried out.`,
		CobraFunc: func(cmd *cobra.Command) {
			var c check
			f := cmd.Flags()
			f.StringVarP(&c.configFile, "config", "c", "", "configuration of a gate to judge as")
			f.StringVarP(&c.adapter, "adapter", "a", "", "name of the configuration's adapter")
			f.StringArrayVar(&c.formats, "formats", nil, "folder of a format release, or none")
			f.StringSliceVar(&c.stages, "stage", nil, "stages to judge; default all")
			f.StringToIntVar(&c.limits, "limit", nil, "limits of reading other than the defaults: depth=32")
			f.DurationVar(&c.window, "window", 0, "how old a message may be; default 1h")
			f.DurationVar(&c.skew, "skew", 0, "how far ahead of the clock it may be; default 5m")
			f.BoolVar(&c.attachments, "attachments", false, "accept MTOM and SOAP with Attachments")
			f.StringVar(&c.profile, "profile", "hcs", "system the messages are for: "+strings.Join(profile.Names(), ", "))
			f.StringArrayVar(&c.anchors, "anchor", nil, "certificates to believe")
			f.StringArrayVar(&c.authorities, "authority", nil, "certificates of CAs")
			f.StringArrayVar(&c.crls, "crl", nil, "revocation lists")
			f.StringArrayVar(&c.signers, "signer", nil, "signers' certificates that messages name but do not carry")
			f.StringSliceVar(&c.suites, "suite", nil, "algorithm suites; default the profile's")
			f.StringVar(&c.at, "at", "", "moment to judge at (RFC 3339); default now")
			f.StringVar(&c.path, "path", "", "path of the service, if the message does not tell")
			f.StringVar(&c.action, "action", "", "SOAPAction it was sent with")
			f.StringVar(&c.lang, "lang", defaultLanguage(), "language of the output: ru or en")
			f.BoolVar(&c.json, "json", false, "print JSON")
			f.BoolVar(&c.sarif, "sarif", false, "print SARIF 2.1.0")
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) {
					return c.run(args, os.Stdin, os.Stdout)
				})(cmd, args)
			}
		},
	})
}

type check struct {
	configFile, adapter, profile, at, path, action, lang string

	formats, anchors, authorities, crls, signers, suites, stages []string

	limits                   map[string]int
	window, skew             time.Duration
	attachments, json, sarif bool
}

// Exit codes.
const (
	exitRefused = 1
	exitUsage   = 2
)

// maxMessage is how much of a file is read; the gate refuses what is larger.
const maxMessage = 64 << 20

func (c *check) run(files []string, in io.Reader, out io.Writer) (exit int, err error) {
	if len(files) == 0 {
		return exitUsage, errors.New("no file given")
	}
	config, err := c.config()
	if err != nil {
		return exitUsage, err
	}
	chk, err := checker.New(config)
	if err != nil {
		return exitUsage, err
	}
	var results []*checker.Result
	for _, name := range files {
		body, err := read(name, in)
		if err != nil {
			return exitUsage, err
		}
		m, err := checker.ReadMessage(name, body)
		if err != nil {
			return exitUsage, err
		}
		m.Path = cmp.Or(c.path, m.Path)
		if c.action != "" {
			if m.Header == nil {
				m.Header = make(http.Header)
			}
			m.Header.Set("SOAPAction", `"`+strings.Trim(c.action, `"`)+`"`)
		}
		r := chk.Check(context.Background(), m)
		if r.Refused {
			exit = exitRefused
		}
		results = append(results, r)
	}
	if err := c.print(out, results); err != nil {
		return exitUsage, err
	}
	if exit != 0 {
		err = errors.New("the gate would refuse") // Caddy takes 1 without an error for 0
	}
	return exit, err
}

func (c *check) print(out io.Writer, results []*checker.Result) error {
	if c.json || c.sarif {
		var v any = results
		if c.sarif {
			v = checker.SARIF(results, c.lang)
		}
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	for _, r := range results {
		if err := r.WriteText(out, c.lang); err != nil {
			return err
		}
	}
	return nil
}

func read(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, maxMessage))
}

// config is a gate's configuration made of the flags.
func (c *check) config() (gate.Config, error) {
	config := gate.Config{Suites: c.suites, Window: c.window, Skew: c.skew, SOAP: soap.Settings{UnquotedAction: true}, MaxBody: maxMessage}
	fail := func(flag string, err error) (gate.Config, error) { return config, fmt.Errorf("--%s: %w", flag, err) }
	if c.lang != "ru" && c.lang != "en" {
		return fail("lang", fmt.Errorf("%q is neither ru nor en", c.lang))
	}
	now := time.Now()
	if c.at != "" {
		var err error
		if now, err = parseMoment(c.at); err != nil {
			return config, err
		}
	}
	config.Now = func() time.Time { return now }
	config.Language = c.lang
	var ok bool
	if config.Profile, ok = profile.Lookup(c.profile); !ok {
		return fail("profile", fmt.Errorf("there is no profile %q", c.profile))
	}
	if err := c.judge(&config); err != nil {
		return config, err
	}
	var err error
	if config.Signers, err = certificates(c.signers); err != nil {
		return fail("signer", err)
	}
	if c.configFile != "" {
		if err := c.adopt(&config, now); err != nil {
			return fail("config", err)
		}
	}
	if len(c.formats) > 0 || c.configFile == "" {
		if config.Releases, err = c.releases(); err != nil {
			return fail("formats", err)
		}
	}
	if len(c.anchors) > 0 || config.Trust == nil {
		config.Trust, err = c.trust()
	}
	return config, err
}

// judge sets what is judged, and within which limits.
func (c *check) judge(config *gate.Config) error {
	config.SOAP.Attachments = c.attachments
	for name, n := range c.limits {
		if err := caddyplugin.SetLimit(&config.Limits, name, n); err != nil {
			return fmt.Errorf("--limit: %w", err)
		}
	}
	if len(c.stages) == 0 {
		return nil
	}
	for s := reject.Transport; s <= reject.Authority; s++ {
		switch {
		case slices.Contains(c.stages, s.String()), s == reject.XML, s == reject.SOAP:
		case s == reject.HTTP:
			config.Modes[s] = gate.Observe // it reads the message, too
		default:
			config.Modes[s] = gate.Off
		}
	}
	for _, name := range c.stages {
		if i := slices.Index(reject.Stages(), name); i < int(reject.HTTP) || i > int(reject.Authority) {
			return fmt.Errorf("--stage: there is no stage %q to judge a message at rest by", name)
		}
	}
	return nil
}

// adopt takes releases and trust from a gate's configuration.
func (c *check) adopt(config *gate.Config, now time.Time) error {
	raw, _, _, err := caddycmd.LoadConfig(c.configFile, c.adapter)
	if err != nil {
		return err
	}
	if config.Releases, err = caddyplugin.OpenFormats(raw); err != nil || !caddyplugin.HasTrust(raw) {
		return err
	}
	trust, err := caddyplugin.OpenTrust(raw, now)
	if err != nil {
		return err
	}
	config.Trust = trust.Store()
	config.SignerPolicy, config.SignerPolicies, err = trust.Policies()
	return err
}

// noFormats is given for a folder of formats to judge without a release.
const noFormats = "none"

// releases compiles the releases to judge by; they are in force at any time.
func (c *check) releases() (list []*gate.Release, err error) {
	if slices.Equal(c.formats, []string{noFormats}) {
		return nil, nil
	}
	if len(c.formats) == 0 {
		b, err := bundle.Compile(xsd.Release(xsd.Current))
		return []*gate.Release{{Release: formats.Release{Name: xsd.Current}, Bundle: b}}, err
	}
	for _, dir := range c.formats {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		b, err := release(abs)
		if err != nil {
			return nil, err
		}
		list = append(list, &gate.Release{Release: formats.Release{Name: filepath.Base(abs)}, Bundle: b})
	}
	return list, nil
}

func (c *check) trust() (*pki.Store, error) {
	anchors, err := certificates(c.anchors)
	if err != nil {
		return nil, fmt.Errorf("--anchor: %w", err)
	}
	authorities, err := certificates(c.authorities)
	if err != nil {
		return nil, fmt.Errorf("--authority: %w", err)
	}
	var lists []*pki.CRL
	for _, path := range c.crls {
		found, err := pki.LoadCRLs(path, pki.MaxCRL)
		if err != nil {
			return nil, fmt.Errorf("--crl: %w", err)
		}
		lists = append(lists, found...)
	}
	trust, err := pki.NewTrust(pki.Rules{}, anchors, authorities).WithCRLs(lists...)
	if err != nil {
		return nil, fmt.Errorf("--crl: %w", err)
	}
	return pki.NewStore(trust), nil
}

func certificates(paths []string) (list []*pki.Certificate, err error) {
	for _, path := range paths {
		found, err := pki.LoadCertificates(path)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}
