package gost3410

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
)

var update = flag.Bool("update", false, "write testdata/signature/gost-negative.json anew")

// negativeFile is testdata/signature/gost-negative.json.
type negativeFile struct {
	Comment []string        `json:"comment"`
	Keys    []negativeKey   `json:"keys"`
	Groups  []negativeGroup `json:"groups"`
}

// negativeKey is a SubjectPublicKeyInfo and whether it may be taken.
type negativeKey struct {
	Comment string `json:"comment"`
	Valid   bool   `json:"valid"`
	SPKI    string `json:"spki"`
}

// negativeGroup are digests and signatures under one key.
type negativeGroup struct {
	Curve string         `json:"curve"`
	SPKI  string         `json:"spki"`
	Tests []negativeTest `json:"tests"`
}

type negativeTest struct {
	Comment   string `json:"comment"`
	Valid     bool   `json:"valid"`
	Digest    string `json:"digest"`
	Signature string `json:"signature"`
}

func negativePath() string {
	return filepath.Join(data.Repo(), "testdata", "signature", "gost-negative.json")
}

func readNegative(t *testing.T) (file negativeFile) {
	t.Helper()
	text, err := os.ReadFile(negativePath())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	p, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNegative(t *testing.T) {
	if *update {
		writeNegative(t)
	}
	file := readNegative(t)
	for _, k := range file.Keys {
		if _, err := ParseSPKI(fromHex(t, k.SPKI)); (err == nil) != k.Valid {
			t.Errorf("key: %s: got %v", k.Comment, err)
		}
	}
	for _, g := range file.Groups {
		key, err := ParseSPKI(fromHex(t, g.SPKI))
		if err != nil {
			t.Fatal(err)
		}
		known := key.Precompute()
		for _, test := range g.Tests {
			digest, sig := fromHex(t, test.Digest), fromHex(t, test.Signature)
			if got := key.Verify(digest, sig); got != test.Valid {
				t.Errorf("%s: %s: got %v", g.Curve, test.Comment, got)
			}
			if got := known.Verify(digest, sig); got != test.Valid {
				t.Errorf("%s: %s: got %v with tables", g.Curve, test.Comment, got)
			}
		}
	}
}

// TestNegativeEngine asks OpenSSL's engine for its verdicts. Digests of other lengths are
// left out: the engine aborts the process on them.
func TestNegativeEngine(t *testing.T) {
	tool := openssl.New(t)
	for _, g := range readNegative(t).Groups {
		spki := fromHex(t, g.SPKI)
		pub := tool.File("pub.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
		for _, test := range g.Tests {
			digest, sig := fromHex(t, test.Digest), fromHex(t, test.Signature)
			if len(digest) != 32 && len(digest) != 64 || 2*len(digest) != len(sig) {
				continue
			}
			_, err := tool.Try(nil, "pkeyutl", "-verify", "-pubin", "-inkey", pub,
				"-in", tool.File("digest", digest), "-sigfile", tool.File("sig", sig))
			if (err == nil) != test.Valid {
				t.Errorf("%s: %s: the engine says %v", g.Curve, test.Comment, err)
			}
		}
	}
}

func writeNegative(t *testing.T) {
	file := negativeFile{Comment: []string{
		"Public keys and signatures of GOST R 34.10 that must be refused, with near misses that must pass.",
		"Made by go test ./internal/gost/gost3410 -run TestNegative -update.",
		"A signature is s || r, big-endian; a digest is a little-endian number, as GOST R 34.11 writes it.",
	}}
	seen := map[*params]bool{}
	for i, s := range sets {
		if seen[s.params] {
			continue
		}
		seen[s.params] = true
		m := &negativeMaker{t: t, ref: newReference(s.params), curve: Curves()[i], random: stream{seed: s.name}}
		m.keys(&file)
		file.Groups = append(file.Groups, m.signatures()...)
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(negativePath(), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// negativeMaker makes the vectors of one curve; its numbers are the same in each run.
type negativeMaker struct {
	t      *testing.T
	ref    *reference
	curve  *Curve
	random stream
}

func (m *negativeMaker) number() *big.Int {
	octets := make([]byte, m.ref.size)
	m.random.Read(octets)
	return m.ref.number(octets)
}

// spki writes a key without the checks of ParsePublicKey.
func (m *negativeMaker) spki(a Algorithm, point []byte) []byte {
	der, err := (&PublicKey{Algorithm: a, curve: m.curve, raw: point}).MarshalSPKI()
	if err != nil {
		m.t.Fatal(err)
	}
	return der
}

func (m *negativeMaker) keys(file *negativeFile) {
	c, p := m.ref, m.ref.p
	algorithm := GOST2012_256
	if c.size == 64 {
		algorithm = GOST2012_512
	}
	x, y := c.multiply(m.number(), c.gx, c.gy)
	zero, one := new(big.Int), big.NewInt(1)
	full := new(big.Int).Sub(new(big.Int).Lsh(one, uint(8*c.size)), one)
	add := func(comment string, valid bool, der []byte) {
		file.Keys = append(file.Keys, negativeKey{m.curve.name + ": " + comment, valid, hex.EncodeToString(der)})
	}
	point := func(comment string, valid bool, x, y *big.Int) {
		add(comment, valid, m.spki(algorithm, c.octets(x, y)))
	}
	good := m.spki(algorithm, c.octets(x, y))
	point("a point of order q", true, x, y)
	point("the base point", true, c.gx, c.gy)
	point("the negative of the base point", true, c.gx, new(big.Int).Sub(p, c.gy))
	point("not on the curve: y + 1", false, x, new(big.Int).Add(y, one))
	point("not on the curve: x and y exchanged", false, y, x)
	point("zeros for the point at infinity", false, zero, zero)
	point("coordinates with all bits set", false, full, full)
	if sum := new(big.Int).Add(x, p); sum.BitLen() <= 8*c.size {
		point("x + p for x", false, sum, y)
	}
	if c.gx.BitLen() < 8 && p.BitLen() == 8*c.size {
		if sum := new(big.Int).Add(c.gx, p); sum.BitLen() <= 8*c.size {
			point("x + p for x of the base point", false, sum, c.gy)
		}
	}
	if twist := m.offTwist(); twist != nil {
		point("x of a point of the twist", false, twist, y)
	}
	for _, small := range m.smallPoints() {
		point(fmt.Sprintf("a point of order %d", small.order), false, small.x, small.y)
		sx, sy := c.add(x, y, small.x, small.y)
		point(fmt.Sprintf("a point of order %dq", small.order), false, sx, sy)
	}
	raw := c.octets(x, y)
	add("big-endian coordinates", false, m.spki(algorithm, append(reversed(raw[:c.size]), reversed(raw[c.size:])...)))
	add("y before x", false, m.spki(algorithm, append(bytes.Clone(raw[c.size:]), raw[:c.size]...)))
	add("one octet short", false, m.spki(algorithm, raw[:len(raw)-1]))
	add("one octet more", false, m.spki(algorithm, append(bytes.Clone(raw), 0)))
	add("compressed", false, m.spki(algorithm, append([]byte{2}, raw[:c.size]...)))
	add("uncompressed in the form of SEC 1", false, m.spki(algorithm, append([]byte{4}, raw...)))
	add("no octets", false, m.spki(algorithm, nil))
	add("octets after the end", false, append(bytes.Clone(good), 0))
	add("cut", false, good[:len(good)-1])
	for _, other := range Curves() {
		if other.size == c.size && setOf(other) != setOf(m.curve) {
			wrong := *m
			wrong.curve = other
			add("a point named as one of "+other.name, false, wrong.spki(algorithm, raw))
		}
	}
	m.otherAlgorithms(algorithm, good, raw, add)
}

// otherAlgorithms puts the point under algorithms and digests that do not belong to it.
func (m *negativeMaker) otherAlgorithms(algorithm Algorithm, good, raw []byte, add func(string, bool, []byte)) {
	if m.curve.cryptoPro() {
		add("a point of order q, GOST R 34.10-2001", true, m.spki(GOST2001, raw))
	}
	replace := func(comment string, from, to Algorithm, digest bool) {
		o, n := from.OID(), to.OID()
		if digest {
			o, n = algorithms[from].digest, algorithms[to].digest
		}
		old, new := derOID(m.t, o), derOID(m.t, n)
		if len(old) == len(new) && bytes.Contains(good, old) {
			add(comment, false, bytes.Replace(good, old, new, 1))
		}
	}
	other := GOST2012_256 + GOST2012_512 - algorithm
	replace("the algorithm of the other size", algorithm, other, false)
	replace("the digest of the other size", algorithm, other, true)
}

func setOf(c *Curve) *params {
	for _, s := range sets {
		if s.name == c.name {
			return s.params
		}
	}
	return nil
}
