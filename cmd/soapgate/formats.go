package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/xsd"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "formats",
		Short: "Compares, checks and samples releases of message formats",
		Long: `
Works on releases as they are published: folders of WSDL and XSD files.

  soapgate formats diff 11.0.10.2 14.4.0.1
  soapgate formats lint 14.4.0.1
  soapgate formats sample exportNsiItem --release 14.4.0.1`,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.AddCommand(diffCommand(), lintCommand(), sampleCommand())
		},
	})
}

// release compiles the folder of a release.
func release(dir string) (*bundle.Bundle, error) {
	fsys, err := folder(dir)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Compile(fsys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return b, nil
}

func folder(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	return os.DirFS(dir), err
}

type output struct {
	json bool
	lang string
}

func (o *output) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object a line")
	cmd.Flags().StringVar(&o.lang, "lang", defaultLanguage(), "language of the output: ru or en")
}

func diffCommand() *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:   "diff OLDER NEWER",
		Short: "Tells the differences between two releases",
		Long: `
Prints what is different in the newer release, a line each, first what can
break a client: a request that followed the older release may be refused, or an
answer lacks what it had. What cannot be decided is taken for breaking.`,
		Args: cobra.ExactArgs(2),
	}
	o.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		older, err := release(args[0])
		newer, err2 := release(args[1])
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		return o.diff(cmd.OutOrStdout(), formats.Diff(
			bundle.Describe(older.Services, older.Schemas), bundle.Describe(newer.Services, newer.Schemas)))
	}
	return cmd
}

func (o *output) diff(out io.Writer, changes []formats.Change) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	breaking := 0
	for i := range changes {
		c := &changes[i]
		class := reject.Text{RU: "совместимо  ", EN: "compatible"}
		if c.Breaking {
			breaking++
			class = reject.Text{RU: "несовместимо", EN: "breaking  "}
		}
		if o.json {
			if err := enc.Encode(c); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(out, "%s %s: %s", class.In(o.lang), c.Where, c.What.Text().In(o.lang))
		if c.Before != "" || c.After != "" {
			fmt.Fprintf(out, ": %q -> %q", c.Before, c.After)
		}
		fmt.Fprintln(out)
	}
	if !o.json {
		fmt.Fprintf(out, "%s: %d, %s: %d\n", reject.Text{RU: "несовместимо", EN: "breaking"}.In(o.lang), breaking,
			reject.Text{RU: "совместимо", EN: "compatible"}.In(o.lang), len(changes)-breaking)
	}
	return nil
}

func lintCommand() *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:   "lint DIR",
		Short: "Finds everything that is wrong in a release",
		Long: `
Prints what is wrong in the folder, with file, line and rule. The exit code is 1
if messages cannot be checked by it; warnings do not matter for that.`,
		Args: cobra.ExactArgs(1),
	}
	o.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		fsys, err := folder(args[0])
		if err != nil {
			return err
		}
		return o.lint(cmd.OutOrStdout(), bundle.Lint(fsys))
	}
	return cmd
}

func (o *output) lint(out io.Writer, problems []bundle.Problem) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	errs := 0
	for _, p := range problems {
		if !p.Warning {
			errs++
		}
		if o.json {
			if err := enc.Encode(p); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(out, p)
		}
	}
	if !o.json {
		fmt.Fprintf(out, "%s: %d, %s: %d\n", reject.Text{RU: "ошибок", EN: "errors"}.In(o.lang), errs,
			reject.Text{RU: "предупреждений", EN: "warnings"}.In(o.lang), len(problems)-errs)
	}
	if errs > 0 {
		return fmt.Errorf("the release has %d errors", errs)
	}
	return nil
}

func sampleCommand() *cobra.Command {
	var s sample
	cmd := &cobra.Command{
		Use:   "sample OPERATION",
		Short: "Writes a request of an operation that is valid",
		Long: `
Writes a SOAP request of the operation, valid by the release's schemas: with
only what it cannot do without, or with --full with everything. Without
--release it is one of the small release that the demo uses.

--set NAME=VALUE sets what an element holds, as often as needed: one of the
header, or else of the body. Optional elements are written for it, and branches
of a choice taken.

With --sign and --cert, PEM files of a key of GOST R 34.10, RSA or ECDSA and its
certificate, the message is signed as ГИС ЖКХ wants it, under a MessageGUID of
its own. A GOST key is read as OpenSSL's engine writes it: openssl genpkey
-algorithm gost2012_256.`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&s.release, "release", "", "folder of the release")
	cmd.Flags().StringVar(&s.path, "path", "", "path of the service, where several have the operation")
	cmd.Flags().BoolVar(&s.full, "full", false, "with all optional parts")
	cmd.Flags().StringArrayVar(&s.set, "set", nil, "what an element is to hold: NAME=VALUE")
	cmd.Flags().StringVar(&s.key, "sign", "", "sign with this key (PEM)")
	cmd.Flags().StringVar(&s.cert, "cert", "", "certificate of the key (PEM)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		message, err := s.write(args[0], time.Now())
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(message)
		return err
	}
	return cmd
}

// open returns the release to sample: the demo's if none is named.
func (s *sample) open() (*bundle.Bundle, error) {
	if s.release == "" {
		return bundle.Compile(xsd.Release(xsd.Current))
	}
	return release(s.release)
}
