package gate

import (
	"encoding/hex"
	"errors"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// signature verifies what the profile demands of the message's signatures. A
// message that needs none may carry one; then it must hold all the same, lest
// somebody behind the gate takes it for verified.
func (p *passage) signature() error {
	name := p.tree.Name(p.envelope.Payload)
	if !p.c.Profile.NeedsSignature(profile.Name{Space: name.Space, Local: name.Local}) && !p.carriesSignature() {
		return nil
	}
	req, err := p.requirement()
	if err != nil {
		return err
	}
	o := xmlsig.Options{Now: p.now, Certificate: p.readCertificate, Lookup: p.lookupCertificate}
	if p.signed, err = xmlsig.Verify(p.tree, req, o); err != nil {
		p.diagnose(err, req, o)
		return err
	}
	// Named before his certificate is judged: whose was refused is what the log must tell.
	p.signer = p.signerOf(&p.signed.Signatures[0])
	p.rep.Message.Signer = hex.EncodeToString(p.signer.path.Fingerprint[:])
	return nil
}

func (p *passage) carriesSignature() bool {
	for n := range xmltree.Node(p.tree.Len()) {
		if p.tree.Is(n, namespaceDS, "Signature") {
			return true
		}
	}
	return false
}

const namespaceDS = "http://www.w3.org/2000/09/xmldsig#"

// diagnose adds to a refusal what the doctor finds. It does several times the
// work of a verification, so that only a registered client gets it, and all of
// them together only so often.
func (p *passage) diagnose(err error, req xmlsig.Requirement, o xmlsig.Options) {
	r, ok := errors.AsType[*reject.Rejection](err)
	if !ok || r.Code != reject.SignatureDigest && r.Code != reject.SignatureValue {
		return
	}
	if p.c.AtRest || p.client != nil && p.g.doctor.AllowN(p.now, 1) {
		r.Findings = xmlsig.Diagnose(p.tree, req, o)
	}
}

// requirement says for this message what the profile says for all of them.
func (p *passage) requirement() (xmlsig.Requirement, error) {
	req := xmlsig.Requirement{Suites: p.c.suites, Alone: p.c.Profile.Alone}
	for i := range p.c.Profile.Signatures {
		s := &p.c.Profile.Signatures[i]
		found, err := places[s.Place](p, s)
		if err != nil {
			return req, err
		}
		req.Signatures = append(req.Signatures, found...)
		for _, id := range s.IDs {
			req.IDs = append(req.IDs, xmltree.Name{Space: id.Space, Local: id.Local})
		}
		req.Canonicalization = append(req.Canonicalization, s.Canonicalization...)
		req.Transforms = append(req.Transforms, s.Transforms...)
		req.KeyInfo |= keyForms[s.Place]
	}
	return req, nil
}

// places finds the signatures that stand where a profile says.
var places = map[profile.Place]func(*passage, *profile.Signature) ([]xmlsig.Expected, error){
	profile.InPayload:  (*passage).inPayload,
	profile.InSecurity: (*passage).inSecurity,
	profile.InWrapper:  (*passage).inWrapper,
}

// keyForms are the ways to name a certificate that go with a place.
var keyForms = map[profile.Place]xmlsig.KeyForm{
	profile.InPayload:  xmlsig.KeyCertificate,
	profile.InSecurity: xmlsig.KeyToken | xmlsig.KeyCertificate | xmlsig.KeyNamed,
	profile.InWrapper:  xmlsig.KeyCertificate | xmlsig.KeyHint,
}

func (p *passage) inPayload(s *profile.Signature) ([]xmlsig.Expected, error) {
	n, err := xmlsig.InPayload(p.tree, p.envelope.Payload)
	if err != nil {
		return nil, err
	}
	return []xmlsig.Expected{{
		Signature: n, Covers: []xmltree.Node{p.envelope.Payload}, Only: true, XAdES: s.XAdES,
	}}, nil
}

func (p *passage) inSecurity(s *profile.Signature) ([]xmlsig.Expected, error) {
	block, err := xmlsig.InSecurity(p.tree, p.envelope.Header, s.Actor)
	if err != nil {
		return nil, err
	}
	want := xmlsig.Expected{Signature: block.Signature, XAdES: s.XAdES}
	if s.Covers&profile.CoverBody != 0 {
		want.Covers = append(want.Covers, p.envelope.Body)
	}
	if s.Covers&profile.CoverPayload != 0 {
		want.Covers = append(want.Covers, p.envelope.Payload)
	}
	if block.Timestamp != xmltree.None {
		// Whoever sends a Timestamp must sign it, asked or not.
		want.Covers = append(want.Covers, block.Timestamp)
		if err := xmlsig.CheckTimestamp(p.tree, block.Timestamp, p.now, p.c.Window, p.c.Skew); err != nil {
			return nil, err
		}
	} else if s.Covers&profile.CoverTimestamp != 0 {
		return nil, p.refuse(block.Node, reject.SignatureCoverage, "element", "wsu:Timestamp")
	}
	return []xmlsig.Expected{want}, nil
}

func (p *passage) inWrapper(s *profile.Signature) ([]xmlsig.Expected, error) {
	names := make([]xmltree.Name, len(s.Wrapper))
	for i, n := range s.Wrapper {
		names[i] = xmltree.Name{Space: n.Space, Local: n.Local}
	}
	found, err := xmlsig.InWrapper(p.tree, p.envelope.Payload, names)
	var list []xmlsig.Expected
	for _, w := range found {
		list = append(list, xmlsig.Expected{
			Signature: w.Signature, Covers: []xmltree.Node{w.Sibling}, Only: true, XAdES: s.XAdES,
		})
	}
	return list, err
}

// readCertificate gives xmlsig what it needs of a certificate.
func (p *passage) readCertificate(der []byte) (*xmlsig.Certificate, error) {
	s, err := p.g.signers.get(der)
	if err != nil {
		return nil, err
	}
	p.signers = append(p.signers, s)
	return s.key, nil
}

// lookupCertificate finds a certificate of a CA or a known signer that a
// message names but does not carry.
func (p *passage) lookupCertificate(id xmlsig.CertificateID) ([]byte, bool) {
	return p.g.signers.find(id)
}

// certificate judges the signers' certificates at the gate's own clock, never
// at the time they claim to have signed.
func (p *passage) certificate() error {
	if p.signed == nil {
		return p.certificateAtRest()
	}
	for i := range p.signed.Signatures {
		s := &p.signed.Signatures[i]
		signer := p.signerOf(s)
		if err := p.judge(signer, s.Path); err != nil {
			return err
		}
		p.g.signers.add(signer)
	}
	return nil
}

// judge says whether a signer's certificate is to be trusted now. path are
// further certificates that the message carries.
func (p *passage) judge(s *signer, path [][]byte) error {
	var hints []*pki.Certificate
	for _, der := range path {
		if c, err := pki.ParseCertificate(der); err == nil {
			hints = append(hints, c)
		}
	}
	policy := p.c.signerPolicy(p.rep.Message.Operation)
	v, err := p.c.Trust.Verify(s.path, hints, pki.Params{
		At: p.now, Usage: pki.Sign, Tolerance: policy.Tolerance, MinClass: policy.MinClass,
	})
	if err != nil {
		return err
	}
	p.rep.Marks = append(p.rep.Marks, v.Marks...)
	return nil
}

// certificateAtRest judges the certificate of a signature that does not hold:
// who looks for mistakes wants both.
func (p *passage) certificateAtRest() error {
	if !p.c.AtRest || len(p.signers) == 0 {
		return nil
	}
	return p.judge(p.signers[0], nil)
}

// signerOf returns the signer whose certificate a signature was verified with.
func (p *passage) signerOf(s *xmlsig.Signature) *signer {
	for _, known := range p.signers {
		if known.key == s.Certificate {
			return known
		}
	}
	panic("gate: internal error: a signature verified with a certificate that was never read")
}
