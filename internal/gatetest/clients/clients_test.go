package clients_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/clients"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
)

var update = flag.Bool("update", false, "write the tables in docs")

// realClients are the clients, with how each is made ready: the command that
// reads the plan.
var realClients = []struct {
	name, title string
	tabs        bool // reads and writes tabs, not JSON
	command     func(t *testing.T, p *clients.Plan) *exec.Cmd
}{
	{"zeep", "zeep (Python)", false, func(t *testing.T, _ *clients.Plan) *exec.Cmd {
		if err := exec.Command("/usr/bin/python3", "-c", "import zeep").Run(); err != nil {
			data.Missing(t, "python3-zeep")
		}
		return exec.Command("/usr/bin/python3", "testdata/zeep_client.py")
	}},
	{"node-soap", "soap (Node.js)", false, func(t *testing.T, _ *clients.Plan) *exec.Cmd {
		return exec.Command(data.Tool(t, "node"), "testdata/node_client.js", cached(t, "node_modules", "soap"))
	}},
	{"php", "SoapClient (PHP)", false, func(t *testing.T, _ *clients.Plan) *exec.Cmd {
		php := data.Tool(t, "php")
		if err := exec.Command(php, "-r", "exit(class_exists('SoapClient') ? 0 : 1);").Run(); err != nil {
			data.Missing(t, "php-soap")
		}
		return exec.Command(php, "testdata/client.php")
	}},
	{"jax-ws", "JAX-WS RI (Java)", true, func(t *testing.T, _ *clients.Plan) *exec.Cmd {
		return exec.Command(data.Tool(t, "java"), "-cp", filepath.Join(cached(t, "java"), "*"), "testdata/Client.java")
	}},
	{"gsoap", "gSOAP (C)", true, stub},
}

// stub compiles a client from what wsdl2h makes of the description, which it
// reads through a terminator, as it has no certificate to show.
func stub(t *testing.T, p *clients.Plan) *exec.Cmd {
	wsdl2h, soapcpp2, gcc := data.Tool(t, "wsdl2h"), data.Tool(t, "soapcpp2"), data.Tool(t, "gcc")
	source, err := filepath.Abs("testdata/client.c")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, args := range [][]string{
		{wsdl2h, "-c", "-o", "client.h", terminator(t, p) + gatetest.MeteringPath + "?wsdl"},
		{soapcpp2, "-c", "-C", "-L", "-x", "-I/usr/share/gsoap/import:/usr/share/gsoap", "client.h"},
		{gcc, "-w", "-DWITH_OPENSSL", "-I.", "-o", "client", source, "soapC.c", "soapClient.c", "-lgsoapssl", "-lssl", "-lcrypto", "-lz"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	cmd := exec.Command(filepath.Join(dir, "client"))
	cmd.Dir = dir
	return cmd
}

// terminator leads plain HTTP to the gate with the certificate of the good
// call, as stunnel does for clients that cannot show one.
func terminator(t *testing.T, p *clients.Plan) string {
	pair, err := tls.LoadX509KeyPair(p.Calls[0].Cert, p.Calls[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(p.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	target, err := url.Parse(p.Calls[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	gate := "https://" + target.Host
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "https", target.Host, target.Host
			r.Out.Proto, r.Out.ProtoMajor, r.Out.ProtoMinor = "HTTP/1.1", 1, 1
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}},
	}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	proxy.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		body = bytes.ReplaceAll(body, []byte(gate), []byte(srv.URL))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", fmt.Sprint(len(body)))
		return nil
	}
	return srv.URL
}

// cached returns a folder that scripts/install-tools fills.
func cached(t *testing.T, elem ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{clients.Cache()}, elem...)...)
	if _, err := os.Stat(dir); err != nil {
		data.Missing(t, filepath.Join(elem...)+" in "+clients.Cache())
	}
	return dir
}

func start(t *testing.T) *gatetest.Running {
	t.Helper()
	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gatetest.Start(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Stop(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func TestClients(t *testing.T) {
	g := start(t)
	base := fmt.Sprintf("https://localhost:%d", g.Session.Ports[gatetest.Main])
	var rows []row
	for _, c := range realClients {
		t.Run(c.name, func(t *testing.T) {
			plan, err := clients.NewPlan(g.Session.World, base, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			answers := run(t, c.command(t, plan), plan, c.tabs)
			r := row{title: c.title}
			for i, call := range plan.Calls {
				if i >= len(answers) {
					t.Fatalf("no answer to %s", call.Name)
				}
				if !judge(t, call, answers[i]) {
					continue
				}
				if call.Name == clients.Good || call.Name == clients.Signed {
					continue
				}
				r.faults++
				if stage := reject.Code(call.Name).Stage().String(); !slices.Contains(r.stages, stage) {
					r.stages = append(r.stages, stage)
				}
			}
			if last := answers[len(answers)-1]; last.Version != "" {
				r.version = last.Version
			}
			if r.faults < 8 {
				t.Errorf("%d refusals were seen as faults, want at least 8", r.faults)
			}
			for _, stage := range []string{"client", "quota", "soap", "schema", "signature", "certificate", "authority"} {
				if !slices.Contains(r.stages, stage) {
					t.Errorf("no refusal of stage %s was seen", stage)
				}
			}
			rows = append(rows, r)
		})
	}
	if len(rows) == len(realClients) && !t.Failed() {
		document(t, rows)
	}
}

// run runs a client and reads what it says.
func run(t *testing.T, cmd *exec.Cmd, plan *clients.Plan, tabs bool) (answers []clients.Answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	bounded := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	bounded.Dir = cmd.Dir
	input, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	if tabs {
		input = lines(plan)
	}
	bounded.Stdin = bytes.NewReader(input)
	var out, errs bytes.Buffer
	bounded.Stdout, bounded.Stderr = &out, &errs
	if err := bounded.Run(); err != nil {
		t.Fatalf("%v: %v\n%s\n%.3000s", cmd, err, out.String(), errs.String())
	}
	for s := bufio.NewScanner(&out); s.Scan(); {
		var a clients.Answer
		if tabs {
			a = parse(s.Text())
		} else if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			t.Fatalf("%q: %v", s.Text(), err)
		}
		answers = append(answers, a)
	}
	if len(answers) == 0 {
		t.Fatalf("%v said nothing\n%s", cmd, errs.String())
	}
	return answers
}

// lines writes a plan for clients that read no JSON.
func lines(p *clients.Plan) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, strings.Join([]string{p.WSDL, p.CA, p.Calls[0].Cert, p.Calls[0].Key}, "\t"))
	for _, c := range p.Calls {
		fmt.Fprintln(&b, strings.Join([]string{
			c.Name, c.URL, c.Cert, c.Key, c.Action, c.Date, c.GUID, c.Org, c.State, fmt.Sprint(c.Times), c.Message,
		}, "\t"))
	}
	return b.Bytes()
}

func parse(line string) clients.Answer {
	f := append(strings.Split(line, "\t"), "", "", "", "", "", "")
	a := clients.Answer{Name: f[0]}
	switch f[1] {
	case "state":
		a.State = f[2]
	case "fault":
		a.Code, a.Text, a.Detail, a.System = f[2], f[3], f[4], f[5]
	case "version":
		a.Version = f[2]
	default:
		a.Error = line
	}
	return a
}

// judge holds what a client saw against what the gate must have said.
func judge(t *testing.T, c clients.Call, a clients.Answer) bool {
	t.Helper()
	if state, passes := map[string]string{clients.Good: "3", clients.Signed: clients.Acknowledged}[c.Name]; passes {
		if a.State != state || a.Error != "" || a.Code != "" {
			t.Errorf("a good message: %+v", a)
			return false
		}
		return true
	}
	e, _ := reject.Lookup(reject.Code(c.Name))
	want := "Client"
	if e.Side == reject.Receiver {
		want = "Server"
	}
	_, local, _ := strings.Cut(":"+strings.TrimPrefix(a.Code, ":"), ":")
	if i := strings.LastIndexByte(local, ':'); i >= 0 {
		local = local[i+1:]
	}
	local, _, _ = strings.Cut(local, ".")
	if a.Detail != c.Name || local != want || a.System == "" || !strings.HasPrefix(a.Text, a.System) || a.Error != "" {
		t.Errorf("%s: %+v", c.Name, a)
		return false
	}
	return true
}

// A row is one client's line of the table.
type row struct {
	title, version string
	faults         int
	stages         []string // of the faults, in their order
}

// document holds the table in the providers' pages against what was seen, or
// writes it with -update. Versions are those of whoever updated.
func document(t *testing.T, rows []row) {
	for _, page := range []struct{ file, head, yes string }{
		{"providers.md", "| client | version | `?wsdl` | good message | signed message | refusals seen as its own faults | of stages |", "yes"},
		{"providers.ru.md", "| клиент | версия | `?wsdl` | верное сообщение | подписанное | отказы, полученные как его собственные ошибки | по проверкам |", "да"},
	} {
		path := filepath.Join(data.Repo(), "docs", page.file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, found := strings.Cut(string(text), begin)
		was, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no place for the table", page.file)
		}
		table := "\n" + page.head + "\n|---|---|---|---|---|---|---|\n"
		for _, r := range rows {
			table += fmt.Sprintf("| %s | %s | %s | %s | %s | %d | %s |\n", r.title, r.version, page.yes, page.yes, page.yes, r.faults, strings.Join(r.stages, ", "))
		}
		if *update {
			if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if withoutVersions(was) != withoutVersions(table) {
			t.Errorf("docs/%s says\n%s\nseen was\n%s\n(go test -update ./internal/gatetest/clients writes it)", page.file, was, table)
		}
	}
}

const (
	begin = "<!-- clients: written by internal/gatetest/clients -->"
	end   = "<!-- /clients -->"
)

func withoutVersions(table string) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		if f := strings.Split(line, "|"); len(f) > 3 {
			f[2] = ""
			line = strings.Join(f, "|")
		}
		b.WriteString(line)
	}
	return b.String()
}
