package gate

import (
	"encoding/hex"
	"time"
)

// A Proof is what one signature that holds proves, in words for people.
type Proof struct {
	Signer      string    // the subject of the certificate, RFC 4514 or nearly
	Issuer      string    // of the certificate
	Fingerprint string    // SHA-256 of the certificate, hex
	Until       time.Time // when the certificate ends
	SigningTime time.Time // as claimed; zero if nothing is
	Algorithm   string    // URI of the signature's algorithm
	Digests     []string  // URIs of the references' digests, each once
	Covers      []string  // paths of what is signed
}

// Proofs returns what the signatures of a message prove; nothing unless they
// hold. It is called before Release.
func (r *Report) Proofs() []Proof {
	p := r.passage
	if p.signed == nil {
		return nil
	}
	var list []Proof
	for i := range p.signed.Signatures {
		s := &p.signed.Signatures[i]
		cert := p.signerOf(s).path
		proof := Proof{
			Signer: cert.Subject.String(), Issuer: cert.Issuer.String(), Fingerprint: hex.EncodeToString(cert.Fingerprint[:]),
			Until: cert.NotAfter, SigningTime: s.SigningTime, Algorithm: s.Algorithm, Digests: s.Digests,
		}
		for _, n := range s.Covered {
			proof.Covers = append(proof.Covers, p.tree.Path(n))
		}
		list = append(list, proof)
	}
	return list
}

// Inspected reports whether a signer's certificate was read, even of a
// signature that does not hold.
func (r *Report) Inspected() bool { return len(r.passage.signers) > 0 }
