// Package pki decides whether a certificate may be trusted at a moment, and
// says why when it may not.
//
// ParseCertificate reads one DER certificate; ParseCRL reads a revocation list
// as a stream into a compact set. A Store holds what trust rests on: anchors,
// further CA certificates, revocation lists and accreditations. Store.Verify
// builds a path from a certificate to an anchor (RFC 4158), validates it (RFC
// 5280 section 6.1, policies by RFC 9618) and determines the revocation status
// of every certificate on it (RFC 5280 section 6.3), with GOST R 34.10, RSA and
// ECDSA keys in any mixture. What it finds is a Verdict or a refusal from the
// catalogue.
//
// The package opens nothing while it judges: lists come from a folder, or from
// package fetch, which works beside the requests. It takes the time as an argument
// and keeps no clock. Whether the signer belongs to the sender of a message is
// for the gate to decide.
package pki
