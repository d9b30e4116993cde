package xmlsig

// Namespaces.
const (
	nsDS     = "http://www.w3.org/2000/09/xmldsig#"
	nsXAdES  = "http://uri.etsi.org/01903/v1.3.2#"
	nsEC     = "http://www.w3.org/2001/10/xml-exc-c14n#"
	nsWSSE   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	nsWSU    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	nsMore07 = "http://www.w3.org/2007/05/xmldsig-more#"
)

// Identifiers of canonicalization algorithms and transforms.
const (
	C14N10              = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	C14N10WithComments  = C14N10 + "#WithComments"
	C14N11              = "http://www.w3.org/2006/12/xml-c14n11"
	C14N11WithComments  = C14N11 + "#WithComments"
	ExcC14N             = "http://www.w3.org/2001/10/xml-exc-c14n#"
	ExcC14NWithComments = ExcC14N + "WithComments"

	EnvelopedSignature = dsig + "enveloped-signature"
	SMEVTransform      = "urn://smev-gov-ru/xmldsig/transform"
	STRTransform       = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
)

// typeSignedProperties is the Type of the reference to the signed properties
// (XAdES 6.3.1).
const typeSignedProperties = "http://uri.etsi.org/01903#SignedProperties"
