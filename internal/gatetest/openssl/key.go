package openssl

import "encoding/pem"

// Key is a private key in a PEM file (PKCS #8).
type Key struct {
	Path string
	SPKI []byte // DER of SubjectPublicKeyInfo

	tool   *Tool
	digest string
}

// GenerateKey makes a key with openssl genpkey. Algorithm is gost2001, gost2012_256,
// gost2012_512, RSA, EC or ED25519; options are its -pkeyopt values: "paramset:A" (B, C,
// XA, XB, and TCA to TCD for gost2012_256), "rsa_keygen_bits:2048", "ec_paramgen_curve:P-256".
func (t *Tool) GenerateKey(algorithm string, options ...string) *Key {
	t.tb.Helper()
	path := t.path("key.pem")
	args := []string{"genpkey", "-algorithm", algorithm, "-out", path}
	for _, o := range options {
		args = append(args, "-pkeyopt", o)
	}
	t.Run(nil, args...)
	k := &Key{Path: path, tool: t, digest: defaultDigest(algorithm)}
	k.SPKI = t.Run(nil, "pkey", "-in", path, "-pubout", "-outform", "DER")
	return k
}

// defaultDigest is the digest that belongs to a GOST algorithm, SHA-256 for the others.
func defaultDigest(algorithm string) string {
	switch algorithm {
	case "gost2001":
		return "md_gost94"
	case "gost2012_256":
		return "md_gost12_256"
	case "gost2012_512":
		return "md_gost12_512"
	}
	return "sha256"
}

// PKCS8 returns the DER of the private key.
func (k *Key) PKCS8() []byte {
	k.tool.tb.Helper()
	return k.tool.derOf(k.Path)
}

// Sign hashes message with the digest of the key's algorithm and signs it. A GOST
// signature is s || r, big-endian.
func (k *Key) Sign(message []byte) []byte {
	k.tool.tb.Helper()
	return k.tool.Run(message, "dgst", "-"+k.digest, "-sign", k.Path)
}

// SignDigest signs a digest that is made already.
func (k *Key) SignDigest(digest []byte) []byte {
	k.tool.tb.Helper()
	in := k.tool.File("digest", digest)
	return k.tool.Run(nil, "pkeyutl", "-sign", "-inkey", k.Path, "-in", in)
}

// Verify reports whether openssl dgst takes signature for message under the key of
// spki (DER of SubjectPublicKeyInfo); digest is named as for Tool.Digest.
func (t *Tool) Verify(spki []byte, digest string, message, signature []byte) bool {
	t.tb.Helper()
	pub := t.File("pub.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	sig := t.File("sig", signature)
	_, err := t.Try(message, "dgst", "-"+digest, "-verify", pub, "-signature", sig)
	return err == nil
}
