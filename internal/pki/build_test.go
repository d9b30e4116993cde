package pki_test

import (
	"fmt"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// tolerant lets missing lists pass, for tests of paths alone.
var tolerant = pki.Params{At: now, Tolerance: pki.Tolerance{Missing: true}}

// TestBuild_sameName has three roots of one name, and a cross certificate of
// that name too; key identifiers lead to the right one.
func TestBuild_sameName(t *testing.T) {
	name := authority.Template{Subject: authority.CN("Вымышленное министерство")}
	var roots []*authority.CA
	var anchors []*pki.Certificate
	for i := range 3 {
		ca := root(t, key(t, authority.ECDSA, fmt.Sprint("same", i)), name)
		roots = append(roots, ca)
		anchors = append(anchors, parse(t, ca.DER))
	}
	for i, ca := range roots {
		leaf := issue(t, ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
		steps, v, err := pki.NewTrust(pki.Rules{}, anchors, nil).Explain(leaf, nil, tolerant)
		if err != nil {
			t.Fatal(err)
		}
		if v.Anchor() != anchors[i] {
			t.Errorf("root %d: wrong anchor", i)
		}
		if n := signatures(steps); n != 1 {
			t.Errorf("root %d: %d candidates looked at, want 1", i, n)
		}
	}
	// Without identifiers every key of the name is tried.
	leaf := issue(t, roots[2], key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель"), Without: []string{"2.5.29.35"}})
	v, err := pki.NewTrust(pki.Rules{}, anchors, nil).Verify(leaf, nil, tolerant)
	if err != nil || v.Anchor() != anchors[2] {
		t.Errorf("without key identifier: %v", err)
	}
	// A key that none of the three has is not "a bad signature".
	stranger := root(t, key(t, authority.ECDSA, "stranger"), name)
	leaf = issue(t, stranger, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	_, err = pki.NewTrust(pki.Rules{}, anchors, nil).Verify(leaf, nil, tolerant)
	if got := code(t, err); got != reject.CertificateUnknownIssuer {
		t.Errorf("fourth root: %q", got)
	}
}

// signatures counts the candidate issuers among the steps.
func signatures(steps []pki.Step) int {
	n := 0
	for _, s := range steps {
		if s.Candidate {
			n++
		}
	}
	return n
}

// TestBuild_cross: a new root, the old root, and both cross certificates
// between them; whichever root is trusted, a path is found.
func TestBuild_cross(t *testing.T) {
	oldKey, newKey := key(t, authority.GOST2001, "old"), key(t, authority.GOST256, "new")
	oldName, newName := authority.CN("Старый корень"), authority.CN("Новый корень")
	oldRoot := root(t, oldKey, authority.Template{Subject: oldName})
	newRoot := root(t, newKey, authority.Template{Subject: newName})
	newByOld := sub(t, oldRoot, newKey, authority.Template{Subject: newName})
	oldByNew := sub(t, newRoot, oldKey, authority.Template{Subject: oldName})
	leaf := issue(t, newRoot, key(t, authority.GOST256, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	others := []*pki.Certificate{parse(t, newByOld.DER), parse(t, oldByNew.DER)}

	for _, test := range []struct {
		name   string
		anchor *authority.CA
		length int
	}{{"new root", newRoot, 2}, {"old root", oldRoot, 3}} {
		v, err := pki.NewTrust(pki.Rules{}, []*pki.Certificate{parse(t, test.anchor.DER)}, others).Verify(leaf, nil, tolerant)
		if err != nil || len(v.Path) != test.length {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	// With neither, the circle of the two cross certificates ends.
	steps, _, err := pki.NewTrust(pki.Rules{}, nil, others).Explain(leaf, nil, tolerant)
	if got := code(t, err); got != reject.CertificateUnknownIssuer {
		t.Errorf("no root: %q", got)
	}
	if n := signatures(steps); n > 3 {
		t.Errorf("no root: %d candidates looked at", n)
	}
}

// TestBuild_mesh: in layers of cross-certified CAs every path is a dead end,
// and there are 4^7 of them (CVE-2018-16875's kind). The budget ends the search.
func TestBuild_mesh(t *testing.T) {
	const width, layers = 4, 7
	var mesh []*pki.Certificate
	below := make([]*authority.CA, width)
	for i := range below {
		below[i] = &authority.CA{Key: key(t, authority.ECDSA, fmt.Sprint("mesh", i)), Subject: authority.CN("layer 0")}
	}
	leaf := issue(t, below[0], key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("leaf"), Without: []string{"2.5.29.35"}})
	for layer := range layers {
		above := make([]*authority.CA, width)
		for i := range above {
			above[i] = &authority.CA{Key: key(t, authority.ECDSA, fmt.Sprint("mesh", i)), Subject: authority.CN(fmt.Sprint("layer ", layer+1))}
			for _, ca := range below {
				mesh = append(mesh, parse(t, sub(t, above[i], ca.Key, authority.Template{Subject: ca.Subject, Without: []string{"2.5.29.35"}}).DER))
			}
		}
		below = above
	}
	trust := pki.NewTrust(pki.Rules{}, nil, mesh)
	for _, round := range []string{"first", "with signatures known"} {
		steps, _, err := trust.Explain(leaf, nil, tolerant)
		if got := code(t, err); got != reject.CertificateTooComplex {
			t.Errorf("%s: %q (%v)", round, got, err)
		}
		if n := signatures(steps); n > 64 {
			t.Errorf("%s: %d candidates looked at, want 64 at most", round, n)
		}
	}
}

// TestBuild_depth: eight certificates are a path, nine are too many.
func TestBuild_depth(t *testing.T) {
	for length, want := range map[int]reject.Code{8: "", 9: reject.CertificateTooComplex} {
		k := key(t, authority.ECDSA, "depth")
		ca := root(t, k, authority.Template{Subject: authority.CN("0")})
		anchor := parse(t, ca.DER)
		var hints []*pki.Certificate
		for i := 1; i < length-1; i++ {
			ca = sub(t, ca, k, authority.Template{Subject: authority.CN(fmt.Sprint(i))})
			hints = append(hints, parse(t, ca.DER))
		}
		leaf := issue(t, ca, k, authority.Template{Subject: authority.CN("leaf")})
		_, err := pki.NewTrust(pki.Rules{}, []*pki.Certificate{anchor}, nil).Verify(leaf, hints, tolerant)
		if got := code(t, err); got != want {
			t.Errorf("%d certificates: %q, want %q", length, got, want)
		}
	}
}

// TestBuild_branches: one CA has several certificates; a path that fails does
// not hide one that holds, and when all fail the most telling reason remains.
func TestBuild_branches(t *testing.T) {
	rootKey, caKey := key(t, authority.ECDSA, "root"), key(t, authority.ECDSA, "ca")
	top := root(t, rootKey, authority.Template{Subject: authority.CN("Корень")})
	name := authority.CN("УЦ")
	good := parse(t, sub(t, top, caKey, authority.Template{Subject: name}).DER)
	expired := parse(t, sub(t, top, caKey, authority.Template{Subject: name, NotAfter: now.Add(-day)}).DER)
	noCA := parse(t, sub(t, top, caKey, authority.Template{Subject: name, Without: []string{"2.5.29.19"}}).DER)
	constrained := parse(t, sub(t, top, caKey, authority.Template{Subject: name, Extensions: []authority.Extension{
		constraint(0xa0, authority.DER(0xa4, authority.CN("Другие").DER())),
	}}).DER)
	ca := &authority.CA{Key: caKey, Subject: name}
	leaf := issue(t, ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	anchors := []*pki.Certificate{parse(t, top.DER)}

	for _, test := range []struct {
		name  string
		hints []*pki.Certificate
		want  reject.Code
	}{
		{"good", []*pki.Certificate{good}, ""},
		{"good one last", []*pki.Certificate{expired, noCA, constrained, good}, ""},
		{"expired", []*pki.Certificate{expired}, reject.CertificateExpired},
		{"no CA", []*pki.Certificate{noCA}, reject.CertificateExtension},
		{"expired, no CA, constrained", []*pki.Certificate{expired, noCA, constrained}, reject.CertificateConstraints},
		{"constrained, expired, no CA", []*pki.Certificate{constrained, expired, noCA}, reject.CertificateConstraints},
		{"none", nil, reject.CertificateUnknownIssuer},
	} {
		_, err := pki.NewTrust(pki.Rules{}, anchors, nil).Verify(leaf, test.hints, tolerant)
		if got := code(t, err); got != test.want {
			t.Errorf("%s: %q (%v), want %q", test.name, got, err, test.want)
		}
	}
}

// constraint is a nameConstraints extension with one list of one subtree: tag
// 0xa0 for permitted, 0xa1 for excluded.
func constraint(tag byte, base []byte) authority.Extension {
	return authority.Extension{ID: "2.5.29.30", Critical: true, Value: authority.DER(0x30, authority.DER(tag, authority.DER(0x30, base)))}
}
