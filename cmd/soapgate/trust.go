package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// trustCommand is the name under which the subcommands are registered: Caddy
// has a command trust, which takes no arguments. See withTrust.
const trustCommand = "gate-trust"

// withTrust makes of "trust status|fetch|explain" ours, and leaves Caddy's.
func withTrust(args []string) []string {
	if len(args) > 2 && args[1] == "trust" && slices.Contains([]string{"status", "fetch", "explain"}, args[2]) {
		args = slices.Clone(args)
		args[1] = trustCommand
	}
	return args
}

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  trustCommand,
		Short: "Shows, fetches and explains what trust in signers rests on",
		Long: `
Works on the configuration and on the files a gate keeps, not on a running one:
that one answers at /soapgate/trust of Caddy's admin endpoint.

  soapgate trust status --config Caddyfile
  soapgate trust fetch --config Caddyfile
  soapgate trust explain signer.pem --config Caddyfile`,
		CobraFunc: func(cmd *cobra.Command) { cmd.AddCommand(statusCommand(), fetchCommand(), explainCommand()) },
	})
}

// trustFlags are those of all subcommands.
type trustFlags struct {
	output
	config, adapter, at string
}

func (f *trustFlags) flags(cmd *cobra.Command) {
	f.output.flags(cmd)
	cmd.Flags().StringVarP(&f.config, "config", "c", "", "configuration file; default: the Caddyfile here")
	cmd.Flags().StringVarP(&f.adapter, "adapter", "a", "", "name of the configuration's adapter")
}

// open opens the trust of the configuration as of now or --at.
func (f *trustFlags) open() (*caddyplugin.OfflineTrust, time.Time, error) {
	now := time.Now()
	if f.at != "" {
		var err error
		if now, err = parseMoment(f.at); err != nil {
			return nil, now, err
		}
	}
	config, _, _, err := caddycmd.LoadConfig(f.config, f.adapter)
	if err != nil {
		return nil, now, err
	}
	if config == nil {
		return nil, now, errors.New("there is no configuration: name it with --config")
	}
	o, err := caddyplugin.OpenTrust(config, now)
	return o, now, err
}

// parseMoment reads a time, or a day, which begins in UTC.
func parseMoment(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--at: %q is neither a time such as 2026-05-31T12:00:00+03:00 nor a day", s)
}

func statusCommand() *cobra.Command {
	var f trustFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tells how fresh everything is that a gate would start with",
		Args:  cobra.NoArgs,
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.at, "at", "", "the moment to judge at; default: now")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o, now, err := f.open()
		if err != nil {
			return err
		}
		return f.status(cmd.OutOrStdout(), o, now)
	}
	return cmd
}

func fetchCommand() *cobra.Command {
	var f trustFlags
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: "Fetches every list now and keeps it where the gate does",
		Long: `
Fetches the trust list and the revocation lists, whether they are due or not,
checks them as the gate does, and keeps those that are good. A gate that runs
takes them within a quarter of a minute. Run it as the gate's user, so that the
gate can read the files. The exit code is 1 if a source failed.`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o, now, err := f.open()
		if err != nil {
			return err
		}
		failed := o.Fetch(cmd.Context(), now)
		return errors.Join(f.status(cmd.OutOrStdout(), o, time.Now()), failed)
	}
	return cmd
}

// status prints a report.
func (f *trustFlags) status(out io.Writer, o *caddyplugin.OfflineTrust, now time.Time) error {
	r := o.Report(now)
	if f.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	say := func(ru, en string, args ...any) {
		fmt.Fprintf(out, reject.Text{RU: ru, EN: en}.In(f.lang)+"\n", args...)
	}
	if l := r.TrustList; l != nil {
		say("список УЦ: версия %d от %s, УЦ: %d, непрочитанных записей: %d", "trust list: version %d of %s, %d authorities, %d unread entries",
			l.Version, l.Date.UTC().Format(time.DateTime), l.Authorities, l.Skipped)
	}
	say("известных подписавших: %d", "known signers: %d", r.KnownSigners)
	for _, s := range r.Stops {
		why := f.because(s)
		if s.Minutes <= 0 {
			say("ОТКАЗ подписавших: %d; %s", "STOP  %d signers are refused: %s", s.Signers, why)
			continue
		}
		say("      подписавших: %d, отказ через %d мин, %s: %s", "      %d signers will be refused in %d minutes, at %s: %s",
			s.Signers, s.Minutes, s.At.Format(time.DateTime), why)
	}
	for _, s := range r.Sources {
		fmt.Fprintf(out, "%-8s %s\n", s.State, s.Name)
		if s.Error != "" {
			fmt.Fprintf(out, "         %s\n", s.Error)
		}
	}
	for _, l := range r.Lists {
		mark := "ok  "
		if l.Minutes < 0 {
			mark = reject.Text{RU: "стар", EN: "old "}.In(f.lang)
		}
		say("%s СОС %s №%s: записей %d, до %s", "%s CRL of %s, number %s: %d entries, until %s",
			mark, l.Issuer, l.Number, l.Entries, l.NextUpdate.UTC().Format(time.DateTime))
	}
	for _, a := range r.Authorities {
		what := reject.Text{RU: "УЦ", EN: "authority"}
		if a.Anchor {
			what = reject.Text{RU: "корень", EN: "anchor"}
		}
		say("%s %s до %s", "%s %s until %s", what.In(f.lang), a.Subject, a.Until.UTC().Format(time.DateTime))
	}
	if r.ClockBehind != "" {
		say("часы отстают от самого нового списка на %s", "the clock is %s behind the newest list", r.ClockBehind)
	}
	if o.Refused != nil {
		say("не прочитано: %v", "refused: %v", o.Refused)
	}
	return nil
}

// because says why signers stop.
func (f *trustFlags) because(s caddyplugin.StopReport) string {
	switch s.Because {
	case "list":
		return fmt.Sprintf(reject.Text{RU: "устареет СОС %s", EN: "the CRL of %s becomes stale"}.In(f.lang), s.Issuer)
	case "certificate":
		return fmt.Sprintf(reject.Text{RU: "истечёт сертификат, выданный %s", EN: "a certificate issued by %s expires"}.In(f.lang), s.Issuer)
	}
	return s.Because
}

func explainCommand() *cobra.Command {
	var f trustFlags
	var operation string
	cmd := &cobra.Command{
		Use:   "explain CERTIFICATE",
		Short: "Tells step by step why a signer's certificate is trusted or refused",
		Long: `
Judges the first certificate of a file (PEM or DER) as the gate does; others in
the file help as those in a message do. Prints every step: possible issuers,
paths, accreditation, revocation lists. With --at it judges what is archived, by
the status of that time. The exit code is 1 if it is refused.`,
		Args: cobra.ExactArgs(1),
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.at, "at", "", "judge as of this moment; default: now")
	cmd.Flags().StringVar(&operation, "operation", "", "apply the policy of this operation")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		chain, err := pki.ParseCertificates(b)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		o, now, err := f.open()
		if err != nil {
			return err
		}
		steps, v, err := o.Explain(chain, operation, now, f.at != "")
		return f.explain(cmd.OutOrStdout(), steps, v, err)
	}
	return cmd
}

// A stepLine is one line of an explanation.
type stepLine struct {
	Certificate string `json:"certificate"`
	Step        string `json:"step"`
	Candidate   bool   `json:"candidate,omitempty"`
	Code        string `json:"code,omitempty"`
	Text        string `json:"text,omitempty"`
}

// A verdictLine is the last line of an explanation.
type verdictLine struct {
	Trusted bool       `json:"trusted"`
	Path    []string   `json:"path,omitempty"`
	Class   string     `json:"class,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	Marks   []string   `json:"marks,omitempty"`
	Lists   []string   `json:"lists,omitempty"`
	Code    string     `json:"code,omitempty"`
	Text    string     `json:"text,omitempty"`
	Advice  string     `json:"advice,omitempty"`
}

func (f *trustFlags) explain(out io.Writer, steps []pki.Step, v *pki.Verdict, refusal error) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i, s := range steps {
		l := stepLine{Certificate: certificateName(s.Certificate), Step: s.What.In(f.lang), Candidate: s.Candidate}
		if s.Refusal != nil {
			l.Code, l.Text = string(s.Refusal.Code), s.Refusal.Text().In(f.lang)
		}
		if f.json {
			if err := enc.Encode(l); err != nil {
				return err
			}
			continue
		}
		l.print(out, i+1, f.lang)
	}
	var last verdictLine
	rejection, refused := errors.AsType[*reject.Rejection](refusal)
	switch {
	case refused:
		last.Code, last.Text, last.Advice = string(rejection.Code), rejection.Text().In(f.lang), rejection.Advice().In(f.lang)
	case refusal != nil:
		return refusal
	default:
		last.Trusted, last.Class = true, v.Class.String()
		until := v.Until.Truncate(time.Second)
		last.Until = &until
		for _, c := range v.Path {
			last.Path = append(last.Path, certificateName(c))
		}
		for _, m := range v.Marks {
			last.Marks = append(last.Marks, string(m.Code))
		}
		for _, l := range v.Lists {
			last.Lists = append(last.Lists, fmt.Sprintf("%s, %s, %s", l.Issuer, l.Number, l.ThisUpdate.UTC().Format(time.DateTime)))
		}
	}
	if f.json {
		if err := enc.Encode(last); err != nil {
			return err
		}
	} else {
		last.print(out, f.lang)
	}
	if refused {
		return fmt.Errorf(reject.Text{RU: "отказано: %s", EN: "refused: %s"}.In(f.lang), rejection.Code)
	}
	return nil
}

func (l *stepLine) print(out io.Writer, n int, lang string) {
	mark := reject.Text{RU: "да   ", EN: "ok  "}
	switch {
	case l.Code != "" && l.Candidate:
		mark = reject.Text{RU: "нет  ", EN: "no  "} // another one may do
	case l.Code != "":
		mark = reject.Text{RU: "ОТКАЗ", EN: "FAIL"}
	}
	fmt.Fprintf(out, "%3d %s %s: %s\n", n, mark.In(lang), l.Step, l.Certificate)
	if l.Code != "" {
		fmt.Fprintf(out, "         %s: %s\n", l.Code, l.Text)
	}
}

func (l *verdictLine) print(out io.Writer, lang string) {
	if !l.Trusted {
		fmt.Fprintf(out, "%s: %s: %s\n", reject.Text{RU: "отказано", EN: "refused"}.In(lang), l.Code, l.Text)
		if l.Advice != "" {
			fmt.Fprintf(out, "  %s\n", l.Advice)
		}
		return
	}
	fmt.Fprintf(out, "%s %s\n", reject.Text{RU: "доверенный; проверить снова:", EN: "trusted; to be judged again at"}.In(lang), l.Until.UTC().Format(time.DateTime))
	for i, name := range l.Path {
		fmt.Fprintf(out, "  %d %s\n", i, name)
	}
	for _, name := range l.Lists {
		fmt.Fprintf(out, "  %s %s\n", reject.Text{RU: "по списку:", EN: "by the list:"}.In(lang), name)
	}
	for _, m := range l.Marks {
		fmt.Fprintf(out, "  %s %s\n", reject.Text{RU: "пропущено с отметкой:", EN: "let pass, marked:"}.In(lang), m)
	}
}

// certificateName names a CA by its name, and others, who may be persons, by
// serial number and issuer.
func certificateName(c *pki.Certificate) string {
	if c.CA {
		if cn := c.Subject.CommonName(); cn != "" {
			return cn
		}
		return c.Subject.String()
	}
	return fmt.Sprintf("%s, %s", c.Serial, c.Issuer.CommonName())
}
