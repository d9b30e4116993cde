package datatype

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// disagreements lists the values on which libxml2 2.9.14 differs, by type, with
// the reason why we stay with our verdict.
var disagreements = map[string]map[string]string{
	"decimal":       {"123456789012345678901234567890.123456789": "libxml2 has room for 24 digits"},
	"unsignedLong":  {"-0": signs, "+1": signs},
	"unsignedShort": {"+65535": signs},
	"float":         {"1e": exponent, "1e+": exponent},
	"double":        {"1e": exponent},
	"duration": {
		"PT1.S":              "3.2.6.1: a digit has to follow the point",
		"PT.5S":              "3.2.6.1: the pattern is [0-9]+(\\.[0-9]+)?",
		"P1000000000000000D": "beyond our limit of fifteen digits",
	},
	"dateTime":     {"1000000000000000-01-01T00:00:00": "beyond our limit of fifteen digits"},
	"base64Binary": {"A\u00a0AAA": "3.2.16: #x20 is the only character between the digits"},
	"anyURI": {
		"b:":                "RFC 2396 section 3: something has to follow the colon; Xerces agrees",
		"b:#a":              "RFC 2396 section 3: something has to follow the colon; Xerces agrees",
		"urn:[x]":           "RFC 2732 section 3: brackets are reserved characters",
		"?[x]":              "RFC 2732 section 3: brackets are reserved characters",
		"http://a:b:c/":     "RFC 2396 3.2.1: a name of a registry",
		"http://[:1]/":      "RFC 2373 2.2: no such address",
		"http://[1.2.3.4]/": "RFC 2732 section 3: only IPv6 addresses are in brackets",
	},
	"NCName":   {"\u0133": names, "a\U00010000": names},
	"QName":    {" p:a ": "3.2.18: white space is collapsed"},
	"NMTOKENS": {"": "3.3.5: minLength is 1", " ": "3.3.5: minLength is 1"},
}

const (
	signs    = "3.3.20: the facets of nonNegativeInteger, which is signed, are all there is; Xerces agrees"
	names    = "XML 1.0 (fifth edition) 2.3 [4]"
	exponent = "3.2.4.1: the exponent is an integer"
)

// xmllint validates values, one element each, against a type, and returns for
// each whether libxml2 takes it.
func xmllint(tb testing.TB, simpleType string, values []string) []bool {
	tb.Helper()
	dir := tb.TempDir()
	schema := filepath.Join(dir, "t.xsd")
	instance := filepath.Join(dir, "t.xml")
	xsd := `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:default" targetNamespace="urn:default"
		xmlns:p="urn:p" elementFormDefault="qualified">` + simpleType + `<xs:element name="r"><xs:complexType><xs:sequence>
		<xs:element name="v" type="T" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element></xs:schema>`
	var doc bytes.Buffer
	doc.WriteString(`<r xmlns="urn:default" xmlns:p="urn:p" xmlns:q="urn:p">`)
	for _, v := range values {
		doc.WriteString("<v>" + escapeText(v) + "</v>\n")
	}
	doc.WriteString("</r>")
	if err := errors.Join(os.WriteFile(schema, []byte(xsd), 0o600), os.WriteFile(instance, doc.Bytes(), 0o600)); err != nil {
		tb.Fatal(err)
	}
	out, _ := exec.Command(data.Tool(tb, "xmllint"), "--noout", "--schema", schema, instance).CombinedOutput()
	if !bytes.Contains(out, []byte("validates")) && !bytes.Contains(out, []byte("fails to validate")) {
		tb.Fatalf("xmllint: %s\n%s", out, xsd)
	}
	ok := make([]bool, len(values))
	for i := range ok {
		ok[i] = true
	}
	for _, m := range regexp.MustCompile(`(?m)t\.xml:(\d+): element v:`).FindAllSubmatch(out, -1) {
		line, _ := strconv.Atoi(string(m[1]))
		ok[line-1] = false
	}
	return ok
}

// escapeText writes a value so that it takes one line and is parsed to itself.
func escapeText(v string) string {
	var b strings.Builder
	for _, r := range v {
		if r < ' ' || r > '~' || strings.ContainsRune("<&>", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestValidate_xmllint(t *testing.T) {
	used := 0
	for _, tc := range lexical {
		if tc.typ == "anySimpleType" || tc.typ == "NOTATION" || strings.HasPrefix(tc.typ, "ENTIT") || strings.HasPrefix(tc.typ, "ID") {
			continue // not to be judged without declarations or by value alone
		}
		all := append(append([]string{}, tc.in...), tc.out...)
		theirs := xmllint(t, `<xs:simpleType name="T"><xs:restriction base="xs:`+tc.typ+`"/></xs:simpleType>`, all)
		for i, v := range all {
			ours := i < len(tc.in)
			switch reason := disagreements[tc.typ][v]; {
			case ours == theirs[i] && reason != "":
				t.Errorf("%s %q: agreed upon, the reason is void: %s", tc.typ, v, reason)
			case ours != theirs[i] && reason == "":
				t.Errorf("%s %q: ours %v, libxml2 %v", tc.typ, v, ours, theirs[i])
			case reason != "":
				used++
			}
		}
	}
	want := 0
	for _, m := range disagreements {
		want += len(m)
	}
	if used != want {
		t.Errorf("%d of %d disagreements are of values in the table", used, want)
	}
}
