package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/xsd"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "check",
		Usage: "[--formats <dir>] [--profile <name>] [--anchor <file>] [--authority <path>] [--crl <path>] [--at <time>] <file...>",
		Short: "Judges saved messages as the gate would",
		Long: `
Leads saved messages through the gate's stages without a connection and prints
all that is wrong, with line, column and what to do; of a good message it tells
the operation, the release, who signed what, and when. "-" reads from stdin.

--formats takes the format release from a folder of WSDL and XSD files; without
it the sandbox release that ships with the program is used. Certificates are
judged if --anchor names whom to believe; --authority adds CAs' certificates and
--crl revocation lists, each a file or a folder, as often as needed.

--at judges an archived message as of a moment: 2024-06-01T12:00:00+03:00.

The exit code is 0 if all messages are good, 1 if one is refused, 2 if the
command cannot be carried out.`,
		CobraFunc: func(cmd *cobra.Command) {
			var c check
			f := cmd.Flags()
			f.StringVar(&c.formats, "formats", "", "folder of the format release")
			f.StringVar(&c.profile, "profile", "hcs", "system the messages are for: "+strings.Join(profile.Names(), ", "))
			f.StringArrayVar(&c.anchors, "anchor", nil, "certificates to believe")
			f.StringArrayVar(&c.authorities, "authority", nil, "certificates of CAs")
			f.StringArrayVar(&c.crls, "crl", nil, "revocation lists")
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
	formats, profile, at, path, action, lang string
	anchors, authorities, crls, suites       []string
	json, sarif                              bool
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
		m := checker.Message{Name: name, Body: body, Path: c.path}
		if c.action != "" {
			m.Header = http.Header{"Soapaction": {`"` + strings.Trim(c.action, `"`) + `"`}}
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
	config := gate.Config{Suites: c.suites, SOAP: soap.Settings{UnquotedAction: true}, MaxBody: maxMessage}
	fail := func(flag string, err error) (gate.Config, error) { return config, fmt.Errorf("--%s: %w", flag, err) }
	if c.lang != "ru" && c.lang != "en" {
		return fail("lang", fmt.Errorf("%q is neither ru nor en", c.lang))
	}
	now := time.Now()
	if c.at != "" {
		var err error
		if now, err = time.Parse(time.RFC3339, c.at); err != nil {
			return fail("at", fmt.Errorf("%q is no time such as 2024-06-01T12:00:00+03:00", c.at))
		}
	}
	config.Now = func() time.Time { return now }
	config.Language = c.lang
	var ok bool
	if config.Profile, ok = profile.Lookup(c.profile); !ok {
		return fail("profile", fmt.Errorf("there is no profile %q", c.profile))
	}
	release, err := c.release()
	if err != nil {
		return fail("formats", err)
	}
	config.Releases = []*gate.Release{release}
	config.Trust, err = c.trust()
	return config, err
}

// release compiles the release to judge by; it is in force at any time.
func (c *check) release() (*gate.Release, error) {
	name, files := xsd.Current, xsd.Release(xsd.Current)
	if c.formats != "" {
		abs, err := filepath.Abs(c.formats)
		if err != nil {
			return nil, err
		}
		name, files = filepath.Base(abs), fs.FS(os.DirFS(abs))
	}
	b, err := bundle.Compile(files)
	return &gate.Release{Release: formats.Release{Name: name}, Bundle: b}, err
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
