package pki

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// An OID is an object identifier: the content octets of its DER form.
type OID string

// ParseOID reads the dotted form.
func ParseOID(dotted string) (OID, error) {
	var b []byte
	var first uint64
	for i, word := range strings.Split(dotted, ".") {
		n, err := strconv.ParseUint(word, 10, 56)
		if err != nil || i == 0 && n > 2 || i == 1 && first < 2 && n > 39 {
			return "", fmt.Errorf("parsing object identifier %q", dotted)
		}
		switch i {
		case 0:
			first = n
		case 1:
			b = appendArc(b, first*40+n)
		default:
			b = appendArc(b, n)
		}
	}
	if len(b) == 0 {
		return "", fmt.Errorf("parsing object identifier %q", dotted)
	}
	return OID(b), nil
}

func appendArc(b []byte, n uint64) []byte {
	shift := 0
	for n>>(shift+7) != 0 {
		shift += 7
	}
	for ; shift > 0; shift -= 7 {
		b = append(b, byte(n>>shift)|0x80)
	}
	return append(b, byte(n&0x7f))
}

func checkOID(b []byte) (OID, error) {
	if len(b) == 0 || len(b) > 64 || b[len(b)-1] >= 0x80 {
		return "", errors.New("malformed OBJECT IDENTIFIER")
	}
	for i, c := range b {
		// X.690 8.19.2: an arc has no leading zero septets.
		if c == 0x80 && (i == 0 || b[i-1] < 0x80) {
			return "", errors.New("malformed OBJECT IDENTIFIER")
		}
	}
	return OID(b), nil
}

// String returns the dotted form.
func (o OID) String() string {
	var s []byte
	var n uint64
	for _, c := range []byte(o) {
		n = n<<7 | uint64(c&0x7f)
		if c >= 0x80 {
			continue
		}
		if s == nil {
			first := min(n/40, 2)
			s = strconv.AppendUint(s, first, 10)
			n -= first * 40
		}
		s = append(s, '.')
		s = strconv.AppendUint(s, n, 10)
		n = 0
	}
	return string(s)
}

// oid is ParseOID for the tables of this package.
func oid(dotted string) OID {
	o, err := ParseOID(dotted)
	if err != nil {
		panic("pki: internal error: " + err.Error())
	}
	return o
}

// Attributes of names: X.520, PKCS #9, RFC 4519, and those of qualified
// certificates (order of the FSB 795 of 27.12.2011).
var (
	oidCommonName   = oid("2.5.4.3")
	oidSurname      = oid("2.5.4.4")
	oidCountry      = oid("2.5.4.6")
	oidLocality     = oid("2.5.4.7")
	oidRegion       = oid("2.5.4.8")
	oidStreet       = oid("2.5.4.9")
	oidOrganization = oid("2.5.4.10")
	oidUnit         = oid("2.5.4.11")
	oidTitle        = oid("2.5.4.12")
	oidGivenName    = oid("2.5.4.42")
	oidEmail        = oid("1.2.840.113549.1.9.1")
	oidOGRN         = oid("1.2.643.100.1")
	oidSNILS        = oid("1.2.643.100.3")
	oidINNLE        = oid("1.2.643.100.4")
	oidOGRNIP       = oid("1.2.643.100.5")
	oidINN          = oid("1.2.643.3.131.1.1")
)

// Extensions of certificates and lists (RFC 5280 4.2, 5.2, 5.3) and those of
// qualified certificates.
var (
	oidSubjectKeyID       = oid("2.5.29.14")
	oidKeyUsage           = oid("2.5.29.15")
	oidPrivateKeyPeriod   = oid("2.5.29.16")
	oidSubjectAltName     = oid("2.5.29.17")
	oidIssuerAltName      = oid("2.5.29.18")
	oidBasicConstraints   = oid("2.5.29.19")
	oidCRLNumber          = oid("2.5.29.20")
	oidReasonCode         = oid("2.5.29.21")
	oidInvalidityDate     = oid("2.5.29.24")
	oidDeltaIndicator     = oid("2.5.29.27")
	oidIssuingPoint       = oid("2.5.29.28")
	oidCertificateIssuer  = oid("2.5.29.29")
	oidNameConstraints    = oid("2.5.29.30")
	oidCRLPoints          = oid("2.5.29.31")
	oidPolicies           = oid("2.5.29.32")
	oidPolicyMappings     = oid("2.5.29.33")
	oidAuthorityKeyID     = oid("2.5.29.35")
	oidPolicyConstraints  = oid("2.5.29.36")
	oidExtKeyUsage        = oid("2.5.29.37")
	oidFreshestCRL        = oid("2.5.29.46")
	oidInhibitAnyPolicy   = oid("2.5.29.54")
	oidAuthorityInfo      = oid("1.3.6.1.5.5.7.1.1")
	oidSubjectSignTool    = oid("1.2.643.100.111")
	oidIssuerSignTool     = oid("1.2.643.100.112")
	oidIdentificationKind = oid("1.2.643.100.114")
)

// Other identifiers that decisions rest on.
var (
	oidAnyPolicy   = oid("2.5.29.32.0")
	oidSigningTool = oid("1.2.643.100.113") // .1 to .6 are the classes КС1 to КА1
	oidAnyKeyUsage = oid("2.5.29.37.0")
	oidClientAuth  = oid("1.3.6.1.5.5.7.3.2")
	oidServerAuth  = oid("1.3.6.1.5.5.7.3.1")
	oidCAIssuers   = oid("1.3.6.1.5.5.7.48.2")
)
