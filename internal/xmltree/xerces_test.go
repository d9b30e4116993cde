package xmltree

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// A plainDoc is a document to be read with or without namespaces.
type plainDoc struct {
	src   []byte
	plain bool
}

// xerces returns, for each document, what makes it not well-formed by Xerces,
// empty if nothing does.
func xerces(tb testing.TB, docs []plainDoc) []string {
	tb.Helper()
	java, file := data.Tool(tb, "java"), filepath.Join(tb.TempDir(), "documents")
	var b []byte
	for _, d := range docs {
		namespaces := byte(1)
		if d.plain {
			namespaces = 0
		}
		b = binary.BigEndian.AppendUint32(append(b, namespaces), uint32(len(d.src)))
		b = append(b, d.src...)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", filepath.Join("testdata", "Xerces.java"), file)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("java: %v\n%s", err, stderr.Bytes())
	}
	var verdicts []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		verdicts = append(verdicts, lines.Text())
	}
	if len(verdicts) != len(docs) {
		tb.Fatalf("%d verdicts of %d documents", len(verdicts), len(docs))
	}
	return verdicts
}

// differences lists why Xerces judges otherwise: what we say, what it says and
// what the document has, as expressions.
var differences = []struct{ why, ours, theirs, src string }{
	{"Namespaces 7: names in declarations and targets", `^xml\.namespace: `, `^$`, `<!|<\?`},
	{"4.1 WFC: Entity Declared is for documents that have no reference to a parameter entity", `^$`, `referenced, but not declared`, `%|SYSTEM|PUBLIC`},
	{"2.8 [26] of the fifth edition: any 1.x", `^$`, `only XML 1\.0 is supported`, `version`},
	{"2.3 [4] of the fifth edition", `^$`, `.`, `[\x{132}\x{203f}]`},
	{"Namespaces 4 [7]: a colon in front of a name", `^xml\.namespace: Name :`, `^$`, `[< ]:`},
	{"2.8 [24]: white space before encoding", `2\.8 \[23\]`, `^$`, `"encoding`},
	{"2.4 [14]: a document has the string, or has not", `^$`, `The character sequence "]]>"`, `<!ENTITY`},
	{"4.7 [82] and 4.2.2 [75]: white space between the literals of a notation", `4\.2\.2 \[75\]`, `^$`, `NOTATION`},
	{"an entity with markup is judged as XML 1.0 alone", `^$`, `The prefix .* is not bound`, `<!ENTITY`},
	{"only UTF-8 and UTF-16 are read, by their registered names", `^xml\.encoding: `, `^$`, `encoding`},
}

// TestXerces compares the verdicts on documents with those of Xerces-J of the
// JDK: the tables of this package, the conformance suite, and mutations of both,
// the same in each run.
func TestXerces(t *testing.T) {
	seeds := documentSeeds(t)
	var docs []plainDoc
	for _, src := range seeds {
		docs = append(docs, plainDoc{src, false}, plainDoc{src, true})
	}
	m := &mutator{rand.New(rand.NewPCG(2008, 11))}
	for range 20_000 {
		docs = append(docs, plainDoc{m.mutate(seeds[m.IntN(len(seeds))]), m.IntN(4) == 0})
	}
	used := map[string]bool{}
	for i, theirs := range xerces(t, docs) {
		d, ours := docs[i], ""
		tree, err := Parse(d.src, Options{DTD: CheckDTD, AllowPI: true, NoNamespaces: d.plain, Limits: conformanceLimits})
		if err != nil {
			ours = err.Error()
		} else {
			tree.Release()
		}
		if (ours == "") == (theirs == "") {
			continue
		}
		at := slices.IndexFunc(differences, func(x struct{ why, ours, theirs, src string }) bool {
			return matches(x.ours, ours) && matches(x.theirs, theirs) && matches(x.src, string(d.src))
		})
		if at < 0 {
			t.Errorf("%q, without namespaces %v:\n\tours: %s\n\tXerces: %s", d.src, d.plain, ours, theirs)
			continue
		}
		used[differences[at].why] = true
	}
	t.Logf("%d documents", len(docs))
	for _, x := range differences {
		if !used[x.why] {
			t.Errorf("no document is in need of the reason %s", x.why)
		}
	}
}

func matches(pattern, s string) bool { return regexp.MustCompile(pattern).MatchString(s) }

// documentSeeds returns documents of one byte per ASCII character.
func documentSeeds(t *testing.T) (seeds [][]byte) {
	for _, d := range documents {
		seeds = append(seeds, []byte(d.src))
	}
	for _, catalogue := range catalogues(t, data.Dir(t, "w3c-xml")) {
		for _, c := range readCatalogue(t, catalogue) {
			src, err := os.ReadFile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			if len(src) < 4096 && bytes.IndexByte(src, 0) < 0 {
				seeds = append(seeds, src)
			}
		}
	}
	return seeds
}

// insertions are what mutations put into documents.
var insertions = strings.Split("<|>|&|;|%|\"|'|]]>|<!--|-->|--|<![CDATA[|<?xml version=\"1.0\"?>|<?x y?>|?>|&#0;|&#x41;|&#60;|&#38;|&amp;|&lt;|&e;|%e;| |\n|\t|"+
	"SYSTEM |PUBLIC |\"x\"|NDATA n|(|)|,|*|+|?|#PCDATA|#IMPLIED|#FIXED |CDATA|ID|NOTATION |<!ENTITY e \"x\">|<!ENTITY e '&f;'>|"+
	"<!ENTITY % e \"<!ENTITY f 'x'>\">|<!ENTITY e SYSTEM \"x\">|<!ENTITY e '<a>'>|<!ENTITY e '<doc/>'>|<!ENTITY e '&#60;doc/>'>|<!ATTLIST doc a CDATA 'x'>|"+
	"<!ATTLIST doc a CDATA '&e;'>|<!NOTATION n SYSTEM 'x'>|<!ELEMENT doc ANY>|<!ELEMENT x (a,b,c)>|<![INCLUDE[|<![IGNORE[|[|]|xmlns:p=\"u\"| p:a='x'|p:|:|"+
	"xmlns=\"\"|xmlns:p=\"\"|xml:|xmlns|-|.|1|é|·|\x00|\x01|\u0085|\u2028|\ufffe|\r|\r\n|standalone='yes'|encoding='UTF-8'|<doc>|</doc>|<a/>| a='&e;'|"+
	"<!DOCTYPE doc []>|<!DOCTYPE doc [", "|")

type mutator struct{ *rand.Rand }

// mutate leaves something out, repeats it elsewhere or puts something in, up to
// three times.
func (m *mutator) mutate(src []byte) []byte {
	s := bytes.Clone(src)
	for range 1 + m.IntN(3) {
		i := m.IntN(len(s) + 1)
		switch m.IntN(4) {
		case 0:
			s = slices.Delete(s, i, min(len(s), i+1+m.IntN(4)))
		case 1:
			part := bytes.Clone(s[i:min(len(s), i+1+m.IntN(30))])
			s = slices.Insert(s, m.IntN(len(s)+1), part...)
		default:
			s = slices.Insert(s, i, []byte(insertions[m.IntN(len(insertions))])...)
		}
	}
	return s
}
