package attachment

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmltree"
)

func parse(src []byte, charset string) (*xmltree.Tree, error) {
	return xmltree.Parse(src, xmltree.Options{Charset: charset})
}

// crlf writes a package as a person reads it.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

const xopHead = `--b
Content-Type: application/xop+xml; charset=utf-8; type="text/xml"
Content-ID: <root@x>

`

const data = "\x00\x01\xff--b\r\n\x00" // a delimiter needs its CRLF before it

const xopPackage = xopHead + `<e><d><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:one%40x"/></d></e>
--b
Content-Type: application/octet-stream
Content-Transfer-Encoding: binary
Content-ID: <one@x>

DATA
--b--
`

var (
	xop = &soap.Multipart{Boundary: "b", Type: "application/xop+xml", Start: "<root@x>", XOP: true}
	swa = &soap.Multipart{Boundary: "b", Type: "text/xml"}
)

const swaPackage = `--b
Content-Type: text/xml

<e href="cid:one"/>
--b
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-ID: <one>

AAEC
--b--`

func TestOpen(t *testing.T) {
	good := bytes.Replace(crlf(xopPackage), []byte("DATA"), []byte(data), 1)
	tree, err := Open(good, xop, Limits{}, parse)
	if err != nil {
		t.Fatal(err)
	}
	want := "<e><d>" + base64.StdEncoding.EncodeToString([]byte(data)) + "</d></e>"
	if got := string(tree.Source()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if tree, err := Open(crlf(swaPackage), swa, Limits{}, parse); err != nil || string(tree.Source()) != `<e href="cid:one"/>` {
		t.Errorf("with attachments: %v", err)
	}
	plain := xopHead + "<e/>\n--b--"
	if tree, err := Open(crlf(plain), xop, Limits{}, parse); err != nil || string(tree.Source()) != "<e/>" {
		t.Errorf("without parts: %v", err)
	}
	// The envelope need not come first when start names it.
	parts := strings.SplitN(strings.TrimSuffix(xopPackage, "--b--\n"), "--b\n", 3)
	if _, err := Open(crlf("--b\n"+parts[2]+"--b\n"+parts[1]+"--b--"), xop, Limits{}, parse); err != nil {
		t.Errorf("envelope last: %v", err)
	}
}

func TestOpen_refused(t *testing.T) {
	const include = `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:one%40x"/>`
	for _, test := range []struct {
		name, of, old, new string
		code               reject.Code
	}{
		{"http reference", xopPackage, "cid:one%40x", "http://10.0.0.1/x", reject.SOAPXOP},
		{"file reference", xopPackage, "cid:one%40x", "file:///etc/passwd", reject.SOAPXOP},
		{"reference to nothing", xopPackage, "cid:one%40x", "cid:two%40x", reject.SOAPXOP},
		{"reference to the envelope", xopPackage, "cid:one%40x", "cid:root%40x", reject.SOAPXOP},
		{"bad escape", xopPackage, "cid:one%40x", "cid:one%4", reject.SOAPXOP},
		{"no href", xopPackage, ` href="cid:one%40x"`, "", reject.SOAPXOP},
		{"further attribute", xopPackage, ` href=`, ` a="1" href=`, reject.SOAPXOP},
		{"text beside", xopPackage, "<d>", "<d>text", reject.SOAPXOP},
		{"comment behind", xopPackage, "</d>", "<!-- --></d>", reject.SOAPXOP},
		{"used twice", xopPackage, "</d>", "</d><d>" + include + "</d>", reject.SOAPXOP},
		{"as the root", xopPackage, "<e><d>" + include + "</d></e>", include, reject.SOAPXOP},
		{"not used", xopPackage, include, "", reject.SOAPAttachment},
		{"not well-formed", xopPackage, "<e>", "", reject.XMLNotWellFormed},
		{"preamble", xopPackage, "--b\n", "hidden\n--b\n", reject.HTTPMultipart},
		{"epilogue", xopPackage, "--b--\n", "--b--\nhidden", reject.HTTPMultipart},
		{"no end", xopPackage, "--b--\n", "", reject.HTTPMultipart},
		{"longer boundary", xopPackage, "--b\nContent-Type: application/octet", "--bb\nContent-Type: application/octet", reject.HTTPMultipart},
		{"blank behind the boundary", xopPackage, "--b\nContent-Type: application/octet", "--b \nContent-Type: application/octet", reject.HTTPMultipart},
		{"same Content-ID twice", xopPackage, "<one@x>", "<root@x>", reject.HTTPMultipart},
		{"no Content-ID", xopPackage, "Content-ID: <one@x>\n", "", reject.HTTPMultipart},
		{"Content-ID without brackets", xopPackage, "<one@x>", "one@x", reject.HTTPMultipart},
		{"start of no part", xopPackage, "<root@x>", "<other@x>", reject.HTTPMultipart},
		{"envelope of another type", xopPackage, "application/xop+xml;", "text/xml;", reject.HTTPMultipart},
		{"nested package", xopPackage, "application/octet-stream", "multipart/mixed; boundary=c", reject.HTTPMultipart},
		{"no type", xopPackage, "Content-Type: application/octet-stream\n", "", reject.HTTPMultipart},
		{"quoted-printable", xopPackage, "Content-Transfer-Encoding: binary", "Content-Transfer-Encoding: quoted-printable", reject.HTTPMultipart},
		{"header twice", xopPackage, "Content-Transfer-Encoding: binary", "Content-Transfer-Encoding: binary\nContent-transfer-encoding: base64", reject.HTTPMultipart},
		{"folded header", xopPackage, "application/octet-stream", "application/octet-stream;\n a=b", reject.HTTPMultipart},
		{"header line without colon", xopPackage, "Content-Transfer-Encoding: binary", "Content-Transfer-Encoding", reject.HTTPMultipart},
		{"long header", xopPackage, "binary", strings.Repeat("x", 5000), reject.HTTPMultipart},
		{"UTF-16 envelope", xopPackage, "charset=utf-8", "charset=utf-16", reject.HTTPCharset},
		{"too many parts", xopPackage, "--b--\n", strings.Repeat("--b\nContent-Type: a/b\nContent-ID: <y>\n\n\n", 33) + "--b--\n", reject.HTTPMultipart},
		{"empty", xopPackage, xopPackage, "", reject.HTTPMultipart},
		{"no part", xopPackage, xopPackage, "--b--", reject.HTTPMultipart},
		{"attachment nobody refers to", swaPackage, "cid:one", "cid:two", reject.SOAPAttachment},
		{"not base64", swaPackage, "AAEC", "A-EC", reject.HTTPMultipart},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(test.of, test.old) {
				t.Fatalf("the package does not contain %q", test.old)
			}
			m := xop
			if test.of == swaPackage {
				m = swa
			}
			tree, err := Open(crlf(strings.Replace(test.of, test.old, test.new, 1)), m, Limits{}, parse)
			r, ok := errors.AsType[*reject.Rejection](err)
			if !ok || r.Code != test.code || tree != nil {
				t.Errorf("got %v, want %s", err, test.code)
			}
			if ok && r.Code == reject.SOAPXOP && (r.Line != 1 || r.Path == "") {
				t.Errorf("no place: %+v", r)
			}
		})
	}
}

// FuzzOpen wants a package that opens to be one that has been read whole:
// every part is in the document, or is referred to.
func FuzzOpen(f *testing.F) {
	f.Add(bytes.Replace(crlf(xopPackage), []byte("DATA"), []byte(data), 1), true)
	f.Add(crlf(swaPackage), false)
	f.Fuzz(func(t *testing.T, body []byte, isXOP bool) {
		m := swa
		if isXOP {
			m = xop
		}
		tree, err := Open(body, m, Limits{}, parse)
		if err != nil {
			if r, ok := errors.AsType[*reject.Rejection](err); !ok || tree != nil {
				t.Errorf("refused with %v, %v", err, r)
			}
			return
		}
		defer tree.Release()
		for n := tree.Root(); isXOP && n < tree.End(tree.Root()); n++ {
			if tree.Is(n, NamespaceXOP, "Include") {
				t.Error("an inclusion was left")
			}
		}
	})
}
