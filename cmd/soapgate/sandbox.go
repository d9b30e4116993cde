package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/reject"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "sandbox",
		Usage: "[--formats <dir>] [--keep <dir>] [--lang ru|en]",
		Short: "Runs the gate before a stand-in system, to write a client against",
		Long: `
Makes a test CA, certificates of information systems, keys and certificates to
sign with (GOST R 34.10-2012 of 256 and 512 bits, RSA), starts the
gate on loopback and, behind it, a stand-in system that answers every operation
of the release with a message valid by its schemas: AckRequest, then getState
with states 1 and 3. Prints what to configure in a client.

The GUIDs 00000000-0000-4000-8000-000000000001, -2 and -3 always have that
state. The header field Sandbox-Fault asks the system for a fault: a code such
as EXP001000, or an HTTP status such as 503.

--formats takes the release from a folder of WSDL and XSD files; --keep leaves
certificates, keys and sample messages in a folder.`,
		CobraFunc: func(cmd *cobra.Command) {
			var s sandbox
			cmd.Flags().StringVar(&s.formats, "formats", "", "take the format release from this folder")
			cmd.Flags().StringVar(&s.keep, "keep", "", "leave everything in this folder, which must be empty or not exist")
			cmd.Flags().StringVar(&s.lang, "lang", defaultLanguage(), "language of the output: ru or en")
			cmd.RunE = caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) {
				stop := make(chan os.Signal, 1)
				signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
				return s.run(os.Stdout, os.Stderr, stop)
			})
		},
	})
}

type sandbox struct{ formats, keep, lang string }

// run runs the sandbox until stop gets a value.
func (s *sandbox) run(out, progress io.Writer, stop <-chan os.Signal) (exit int, err error) {
	dir, cleanup, err := (&demo{keep: s.keep}).folder()
	if err != nil {
		return 1, err
	}
	defer cleanup()
	var files fs.FS
	if s.formats != "" {
		files = os.DirFS(s.formats)
	}
	world, err := gatetest.Prepare(dir, files, time.Now, func(what string) { fmt.Fprintf(progress, "making %s ...\n", what) })
	if err != nil {
		return 1, err
	}
	if err := world.KeepSigners(signers...); err != nil {
		return 1, err
	}
	gate, err := gatetest.Start(world)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, gate.Stop()) }()
	if err := gate.Sandbox(); err != nil {
		return 1, err
	}
	s.print(out, gate)
	<-stop
	return 0, nil
}

// signers are those whose keys the sandbox hands out: by each algorithm that a
// gate accepts, one that passes.
var signers = []string{"gost256", "gost512", "rsa"}

// print tells what to configure in a client.
func (s *sandbox) print(out io.Writer, g *gatetest.Running) {
	w, port := g.Session.World, g.Session.Ports[gatetest.Main]
	for _, l := range []struct{ ru, en, value string }{
		{"адрес", "address", fmt.Sprintf("https://localhost:%d", port)},
		{"описание", "description", fmt.Sprintf("https://localhost:%d%s?wsdl", port, gatetest.MeteringPath)},
		{"доверенный УЦ сервера", "server's CA", w.Path("tls-ca.pem")},
		{"сертификат клиента", "client certificate", w.Path("systems", "housing.pem")},
		{"ключ клиента", "client key", w.Path("systems", "housing-key.pem")},
		{"сертификат подписи", "signing certificate", w.Path("signers", "gost256.pem")},
		{"ключ подписи", "signing key", w.Path("signers", "gost256-key.pem")},
		{"подпись RSA", "signing with RSA", w.Path("signers", "rsa-key.pem")},
		{"orgPPAGUID", "orgPPAGUID", gatetest.Organization},
		{"форматы и ошибки", "formats and faults", fmt.Sprintf("https://localhost:%d/formats", port)},
		{"ошибка по заказу", "fault on demand", gatetest.FaultField + ": EXP001000"},
	} {
		fmt.Fprintf(out, "%s %s\n", pad(reject.Text{RU: l.ru, EN: l.en}.In(s.lang), 24), l.value)
	}
	fmt.Fprintf(out, "\n  soapgate formats sample importMeteringDeviceValues --release %s --set orgPPAGUID=%s --sign %s --cert %s > message.xml\n\n",
		w.Path("formats", "2.0"), gatetest.Organization, w.Path("signers", "gost256-key.pem"), w.Path("signers", "gost256.pem"))
	for _, line := range g.Session.CurlLines() {
		fmt.Fprintf(out, "  %s\n\n", line)
	}
}
