package main

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/recipe"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// notChecked are the files of testdata that hold nothing to be checked, by
// pattern, each with the reason. TestCheckVectors demands that every other is
// checked, and that each pattern here names some.
var notChecked = map[string]string{
	"README.md":                    "documentation",
	"*/README.md":                  "documentation",
	"schema/*":                     "schemas, and documents that are no SOAP messages: formats lint",
	"pki/*":                        "certificates: internal/gate/checker checks a message of each signer, with the trust that is described",
	"quota/*":                      "schedules of requests; one message at rest meets no limit",
	"signature/gost-negative.json": "values of an algorithm, no messages",
	"signature/document*":          "a signed document as trust lists are, no SOAP message",
}

// judgedOtherwise are vectors about what an engine can do that the gate as a
// whole does in another way.
var judgedOtherwise = map[string]struct{ code, reason string }{
	"soap/R1109-unquoted":             {"", "every site accepts what clients send; R1119 leaves the choice"},
	"attacks/algorithm-rsa-1024":      {"signature.key", "no certificate with a key so short is read"},
	"attacks/algorithm-rsa-1024-near": {"signature.key", "no certificate with a key so short is read"},
	"attacks/xsw-two-bodies":          {"soap.body", "the envelope is judged before"},
	"attacks/xsw-wss-two-bodies":      {"soap.body", "the envelope is judged before"},
	"attacks/xsw3-original-behind":    {"soap.wsi.R9981", "the envelope is judged before"},
	"attacks/reference-overlap":       {"signature.transform", "profile wss allows no Canonical XML 1.1, the engine does"},
	"attacks/wss-two-security":        {"soap.security_duplicate", "the envelope is judged before"},
	"signature/wss-no-timestamp":      {"signature.coverage", "profile wss demands a Timestamp, the engine does not"},
}

// TestCheckVectors runs the command over every file of testdata: it must tell
// of each what its header says, wherever in the gate that is found.
func TestCheckVectors(t *testing.T) {
	c := &vectorCheck{t: t, dir: t.TempDir(), signers: make(map[string]*sign.Signer), batches: make(map[string]*batch)}
	used := make(map[string]bool)
	root := os.DirFS(filepath.Join(data.Repo(), "testdata"))
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		left := false
		for pattern := range notChecked {
			if ok, _ := path.Match(pattern, name); ok {
				left, used[pattern] = true, true
			}
		}
		if left {
			return nil
		}
		archive, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		name = strings.TrimSuffix(name, ".txtar")
		v, err := vector.Parse(name, archive)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.add(v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pattern, reason := range notChecked {
		if !used[pattern] {
			t.Errorf("%s (%s) names no file", pattern, reason)
		}
	}
	for _, b := range c.batches {
		c.run(b)
	}
	for name := range judgedOtherwise {
		if !slices.Contains(c.judged, name) {
			t.Errorf("%s: there is no such vector", name)
		}
	}
	if len(c.judged) < 500 {
		t.Errorf("%d vectors were checked", len(c.judged))
	}
}

// A vectorCheck gathers vectors that are checked alike.
type vectorCheck struct {
	t       *testing.T
	dir     string
	signers map[string]*sign.Signer
	batches map[string]*batch
	judged  []string
}

// A batch is one run of the command.
type batch struct {
	check   check
	vectors []vector.Vector
	files   []string
}

// moment is when signed vectors are signed and judged.
var moment = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (c *vectorCheck) add(v vector.Vector) {
	opts := check{profile: cmp.Or(v.Header["profile"], "hcs"), lang: "en", at: moment.Format(time.RFC3339)}
	opts.attachments = strings.Contains(v.Header["settings"], "attachments")
	for limit := range strings.FieldsSeq(v.Header["limits"]) {
		name, value, _ := strings.Cut(limit, "=")
		n, err := strconv.Atoi(value)
		if err != nil {
			c.t.Fatalf("%s: %v", v.Name, err)
		}
		opts.limits = map[string]int{name: n}
	}
	content := v.Files["request"]
	if v.Header["sign"] != "" {
		signed, err := recipe.Build(v, c.signer)
		if err != nil {
			c.t.Fatalf("%s: %v", v.Name, err)
		}
		content = signed
		opts.formats, opts.stages, opts.signers = []string{noFormats}, []string{"signature"}, []string{filepath.Join(c.dir, "signers.pem")}
		opts.window, opts.skew = 5*time.Minute, 30*time.Second
		opts.suites = strings.Fields(cmp.Or(v.Header["suites"], "gost2012 gost2001 rsa ecdsa"))
	}
	if xsd, ok := v.Files["main.xsd"]; ok {
		opts.formats = []string{c.release(v, content, xsd)}
	}
	file := filepath.Join(c.dir, strings.ReplaceAll(v.Name, "/", "-")+".xml")
	if err := os.WriteFile(file, capture(v, content), 0o600); err != nil {
		c.t.Fatal(err)
	}
	key := fmt.Sprintf("%+v", opts)
	if c.batches[key] == nil {
		c.batches[key] = &batch{check: opts}
	}
	b := c.batches[key]
	b.vectors, b.files = append(b.vectors, v), append(b.files, file)
}

// capture writes a message as a log keeps it, if its vector is about more than
// its content.
func capture(v vector.Vector, content []byte) []byte {
	about := v.Header["sign"] == "" && v.Header["stage"] != "xml" && v.Header["stage"] != "schema"
	for _, key := range []string{"content-type", "charset", "action", "method", "path", "status"} {
		about = about || v.Header[key] != ""
	}
	if !about || !v.Accept() && v.Header["path"] != "" && v.Header["status"] == "" && v.Header["method"] == "" && !strings.Contains(v.Header["path"], "/services/") {
		return content // a path of an element
	}
	var b bytes.Buffer
	if status := v.Header["status"]; status != "" {
		fmt.Fprintf(&b, "HTTP/1.1 %s\r\n", status)
	} else {
		target := "/ext-bus-device-metering-service/services/DeviceMeteringAsync"
		if p := v.Header["path"]; strings.Contains(p, "/services/") {
			target = p
		}
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", cmp.Or(v.Header["method"], "POST"), target)
	}
	mediaType := "text/xml; charset=" + cmp.Or(v.Header["charset"], "utf-8")
	for _, f := range [][2]string{
		{"Content-Type", cmp.Or(v.Header["content-type"], mediaType)},
		{"SOAPAction", cmp.Or(v.Header["action"], `"urn:getState"`)},
	} {
		if f[1] != "-" {
			fmt.Fprintf(&b, "%s: %s\r\n", f[0], f[1])
		}
	}
	b.WriteString("\r\n")
	b.Write(content)
	return b.Bytes()
}

// release makes a folder of formats around the schema that a vector brings.
func (c *vectorCheck) release(v vector.Vector, content, xsd []byte) string {
	tree, err := xmltree.Parse(content, xmltree.Options{})
	if err != nil {
		c.t.Fatalf("%s: %v", v.Name, err)
	}
	defer tree.Release()
	payload := tree.Name(tree.FirstElement(tree.Child(tree.Root(), "http://schemas.xmlsoap.org/soap/envelope/", "Body")))
	dir := filepath.Join(c.dir, path.Base(v.Name))
	if err := os.Mkdir(dir, 0o700); err != nil {
		c.t.Fatal(err)
	}
	for name, text := range map[string][]byte{"main.xsd": xsd, "service.wsdl": fmt.Appendf(nil, description, payload.Space, payload.Local)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	return dir
}

const description = `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:d="urn:d" xmlns:t="%s" targetNamespace="urn:d">
<w:types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="%[1]s" schemaLocation="main.xsd"/></xs:schema></w:types>
<w:message name="in"><w:part name="p" element="t:%[2]s"/></w:message>
<w:portType name="port"><w:operation name="do"><w:input message="d:in"/></w:operation></w:portType>
<w:binding name="b" type="d:port"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
<w:operation name="do"><s:operation soapAction="urn:do"/><w:input><s:body use="literal"/></w:input></w:operation></w:binding>
<w:service name="S"><w:port name="P" binding="d:b"><s:address location="http://example.org/s"/></w:port></w:service>
</w:definitions>`

// signer returns a signer with a key of a kind; the command is told of all of
// them.
func (c *vectorCheck) signer(kind string) *sign.Signer {
	if s := c.signers[kind]; s != nil {
		again := *s
		return &again
	}
	key, err := newKey(kind)
	if err != nil {
		c.t.Fatal(err)
	}
	ca, err := authority.NewKey(authority.ECDSA)
	if err != nil {
		c.t.Fatal(err)
	}
	root, err := authority.Root(ca, authority.Template{Subject: authority.CN("test CA"), NotBefore: moment.AddDate(-1, 0, 0), NotAfter: moment.AddDate(1, 0, 0)})
	if err != nil {
		c.t.Fatal(err)
	}
	der, err := root.Issue(key, authority.Template{
		Subject: authority.CN("test signer " + kind), NotBefore: moment.AddDate(-1, 0, 0), NotAfter: moment.AddDate(1, 0, 0),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.signers[kind] = &sign.Signer{Key: key.Signer, Certificate: der, Time: moment.Add(-time.Minute)}
	if kind == "rsa1024" {
		return c.signer(kind) // no gate would know him
	}
	f, err := os.OpenFile(filepath.Join(c.dir, "signers.pem"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	if err := pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
		c.t.Fatal(err)
	}
	return c.signer(kind)
}

func newKey(kind string) (*authority.Key, error) {
	var signer crypto.Signer
	var err error
	switch kind {
	case "gost256":
		return authority.NewKey(authority.GOST256)
	case "gost512":
		return authority.NewKey(authority.GOST512)
	case "gost2001":
		return authority.NewKey(authority.GOST2001)
	case "rsa":
		return authority.NewKey(authority.RSA)
	case "p256":
		return authority.NewKey(authority.ECDSA)
	case "rsa1024":
		if signer, err = rsa.GenerateKey(rand.Reader, 1024); err == nil {
			return authority.KeyOf(authority.RSA, signer)
		}
	case "p384":
		if signer, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err == nil {
			return authority.KeyOf(authority.ECDSA, signer)
		}
	case "p521":
		if signer, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader); err == nil {
			return authority.KeyOf(authority.ECDSA, signer)
		}
	}
	return nil, errors.Join(err, fmt.Errorf("no key of kind %q", kind))
}

// run runs the command over a batch and holds what it says against the vectors.
func (c *vectorCheck) run(b *batch) {
	c.t.Helper()
	b.check.json = true
	var out bytes.Buffer
	if exit, err := b.check.run(b.files, nil, &out); exit == exitUsage {
		c.t.Fatalf("%+v: %v", b.check, err)
	}
	var results []*checker.Result
	if err := json.Unmarshal(out.Bytes(), &results); err != nil || len(results) != len(b.files) {
		c.t.Fatalf("%d results of %d files: %v", len(results), len(b.files), err)
	}
	for i, v := range b.vectors {
		c.judged = append(c.judged, v.Name)
		c.t.Run(v.Name, func(t *testing.T) { judgeVector(t, v, results[i]) })
	}
}

// judgeVector wants the refusal that the vector names, or none of the stage it
// is about and of those before.
func judgeVector(t *testing.T, v vector.Vector, r *checker.Result) {
	want := v.Header["code"]
	if other, ok := judgedOtherwise[v.Name]; ok {
		want = other.code
	}
	var text bytes.Buffer
	if err := r.WriteText(&text, "en"); err != nil {
		t.Fatal(err)
	}
	if want != "" {
		if r.Code() != want || !strings.Contains(text.String(), want) {
			t.Fatalf("not refused with %s\n%s", want, &text)
		}
		for _, s := range r.Stages {
			if s.Refusal != nil {
				places(t, v, s.Refusal)
				return
			}
		}
	}
	about := cmp.Or(v.Header["stage"], "soap")
	if v.Header["sign"] != "" {
		about = "signature"
	}
	for _, s := range r.Stages {
		if s.Refusal != nil || s.Stage == about && s.Outcome != "passed" {
			t.Fatalf("refused, or not judged\n%s", &text)
		}
		if s.Stage == about {
			return
		}
	}
}

// places wants the line, column and rule that a vector names.
func places(t *testing.T, v vector.Vector, f *checker.Refusal) {
	t.Helper()
	for _, p := range []struct {
		key string
		got int
	}{{"line", f.Line}, {"column", f.Column}} {
		if want := v.Int(t, p.key); want != 0 && p.got != want {
			t.Errorf("%s %d, want %d", p.key, p.got, want)
		}
	}
	if want := v.Header["rule"]; want != "" && (len(f.Findings) == 0 || f.Findings[0].Rule != want) {
		t.Errorf("findings %+v, want rule %s", f.Findings, want)
	}
}
