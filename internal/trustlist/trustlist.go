// Package trustlist reads the list of accredited certification authorities
// that the head CA publishes (order of the Ministry of Communications 436 of
// 30.11.2015; Federal Law 63-FZ, article 16), and distils from it what trust
// needs: each CA's history of accreditation, its certificates and where its
// revocation lists are.
//
// Parse accepts a list only with the signature of a pinned signer over the
// whole document. Whether a certificate is good is for package pki to decide;
// this package decides what the list says, and that it never goes back.
package trustlist

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// MaxSize is the size in bytes of the largest list read by default. The real
// one has 12 MB.
const MaxSize = 64 << 20

// A List is the distilled list.
type List struct {
	Version     int64
	Date        time.Time
	Authorities []Authority
	// Signer is the pinned certificate whose signature the list bears.
	Signer *pki.Certificate
	// Fingerprint is the SHA-256 of the document.
	Fingerprint [32]byte
	// Skipped are entries that could not be read.
	Skipped []error
}

// An Authority is one CA of the list.
type Authority struct {
	Name, ShortName string
	INN, OGRN       string
	RegistryNumber  string
	// Successor is the ОГРН of the CA that took over its duties, or "".
	Successor string
	History   []pki.Status // ascending
	Keys      []Key
}

// A Key is one key of a CA with its certificates.
type Key struct {
	ID           string
	Class        string   // of the CA's tools, as the list writes it
	CRLs         []string // addresses of revocation lists
	Certificates []*pki.Certificate
}

// Options say how a list is judged.
type Options struct {
	// Signers are the pinned certificates of which one must have signed.
	Signers []*pki.Certificate
	// Now is the moment to judge at.
	Now time.Time
	// MaxSize bounds the document in bytes; default MaxSize.
	MaxSize int
}

// active is the one status that lets a CA's certificates be accepted.
const active = "Действует"

// Parse reads a list. It keeps nothing of src.
func Parse(src []byte, o Options) (*List, error) {
	limit := o.MaxSize
	if limit == 0 {
		limit = MaxSize
	}
	if len(src) > limit {
		return nil, fmt.Errorf("reading trust list: %d bytes are more than the allowed %d", len(src), limit)
	}
	t, err := xmltree.Parse(src, xmltree.Options{
		Limits:  xmltree.Limits{Bytes: limit, Depth: 32, Nodes: limit / 8, Attributes: 16, Names: 512, Text: 4 << 20},
		AllowPI: true,
	})
	if err != nil {
		return nil, fmt.Errorf("reading trust list: %w", err)
	}
	defer t.Release()
	signer, err := verify(t, o)
	if err != nil {
		return nil, fmt.Errorf("verifying trust list: %w", err)
	}
	l := &List{Signer: signer, Fingerprint: sha256.Sum256(src)}
	if err := l.read(t); err != nil {
		return nil, fmt.Errorf("reading trust list: %w", err)
	}
	if l.Date.Before(signer.NotBefore) || l.Date.After(signer.NotAfter) {
		return nil, errors.New("verifying trust list: it is dated outside its signer's validity")
	}
	if l.Date.After(o.Now.Add(24 * time.Hour)) {
		return nil, fmt.Errorf("reading trust list: its date %s lies in the future", l.Date.Format(time.DateTime))
	}
	return l, nil
}

const nsDS = "http://www.w3.org/2000/09/xmldsig#"

// verify wants one enveloped signature over the whole document by a pinned
// signer, whatever else the signer is called or chains to.
func verify(t *xmltree.Tree, o Options) (*pki.Certificate, error) {
	root := t.Root()
	node := t.Child(root, nsDS, "Signature")
	if node == xmltree.None {
		return nil, errors.New("it bears no signature")
	}
	req := xmlsig.Requirement{
		Signatures:       []xmlsig.Expected{{Signature: node, Covers: []xmltree.Node{root}, Only: true}},
		Alone:            true,
		IDs:              []xmltree.Name{{Local: "Id"}},
		Canonicalization: []string{xmlsig.ExcC14N, xmlsig.C14N10},
		Transforms:       []string{xmlsig.EnvelopedSignature},
		KeyInfo:          xmlsig.KeyCertificate | xmlsig.KeyHint,
		Document:         true,
		MaxReferences:    2,
	}
	for _, name := range []string{"gost2012", "gost2001", "rsa"} {
		suite, ok := xmlsig.LookupSuite(name)
		if !ok {
			panic("trustlist: internal error: no suite " + name)
		}
		req.Suites = append(req.Suites, suite)
	}
	result, err := xmlsig.Verify(t, req, xmlsig.Options{Now: o.Now, Certificate: certificate})
	if err != nil {
		return nil, err
	}
	raw := result.Signatures[0].Certificate.Raw
	for _, c := range o.Signers {
		if bytes.Equal(c.Raw, raw) {
			return c, nil
		}
	}
	return nil, errors.New("its signer is not pinned")
}

func certificate(der []byte) (*xmlsig.Certificate, error) {
	c, err := pki.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if c.PublicKey == nil {
		return nil, c.KeyErr
	}
	return &xmlsig.Certificate{
		Raw: c.Raw, PublicKey: c.PublicKey, Serial: new(big.Int).SetBytes([]byte(c.Serial)),
		Issuer: string(c.Issuer.Raw), Subject: string(c.Subject.Raw), SubjectKeyID: c.SubjectKeyID,
	}, nil
}

// Supersedes reports whether l may take the place of old: versions only rise,
// and one version has one content. The error is a pki.ErrOlder where l goes
// back.
func (l *List) Supersedes(old *List) error {
	switch {
	case old == nil || l.Version > old.Version:
		if old != nil && l.Date.Before(old.Date) {
			return fmt.Errorf("%w: version %d has an earlier date than version %d", pki.ErrOlder, l.Version, old.Version)
		}
		return nil
	case l.Version < old.Version:
		return fmt.Errorf("%w: version %d, held is %d", pki.ErrOlder, l.Version, old.Version)
	case l.Fingerprint != old.Fingerprint:
		return fmt.Errorf("two trust lists bear version %d", l.Version)
	}
	return nil
}

// Accreditations returns what pki.Trust needs of the list: the histories by
// key, and all certificates. The list counts until maxAge after its date; 0
// means for ever.
func (l *List) Accreditations(maxAge time.Duration) (*pki.Accreditations, []*pki.Certificate) {
	a := &pki.Accreditations{ByKey: make(map[[32]byte]*pki.Accreditation)}
	if maxAge > 0 {
		a.Until = l.Date.Add(maxAge)
	}
	var certificates []*pki.Certificate
	for i := range l.Authorities {
		ca := &l.Authorities[i]
		entry := &pki.Accreditation{Name: ca.Name, History: ca.History}
		for _, k := range ca.Keys {
			for _, c := range k.Certificates {
				// A key that passed from one CA to another stands under both.
				if old := a.ByKey[c.KeyID]; old == nil || !inForce(old) {
					a.ByKey[c.KeyID] = entry
				}
				certificates = append(certificates, c)
			}
		}
	}
	return a, certificates
}

// inForce reports whether the last status of a CA is an active one.
func inForce(a *pki.Accreditation) bool {
	return len(a.History) > 0 && a.History[len(a.History)-1].Active
}

// Keys ranges over the keys of all CAs.
func (l *List) Keys(yield func(*Authority, *Key) bool) {
	for i := range l.Authorities {
		for j := range l.Authorities[i].Keys {
			if !yield(&l.Authorities[i], &l.Authorities[i].Keys[j]) {
				return
			}
		}
	}
}

// order sorts a history and drops what it says twice.
func order(history []pki.Status) []pki.Status {
	slices.SortStableFunc(history, func(a, b pki.Status) int { return a.From.Compare(b.From) })
	return slices.CompactFunc(history, func(a, b pki.Status) bool { return a.From.Equal(b.From) && a.Text == b.Text })
}

func isActive(status string) bool { return strings.EqualFold(strings.TrimSpace(status), active) }
