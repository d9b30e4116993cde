package soap

import "github.com/soapgate/soapgate/internal/reject"

// A Treatment says what the gate makes of a requirement of a standard.
type Treatment uint8

// The treatments of a requirement.
const (
	Refused       Treatment = iota // a message that breaks it is refused
	Accepted                       // what it demands receivers to accept is accepted
	Kept                           // the gate's own answers keep it
	Answer                         // the backend's answers are judged by it, if answers are
	Loading                        // a description that breaks it is not loaded, or warned of
	Unobservable                   // nothing that passes the gate shows it
	Inapplicable                   // it is about what descriptions cannot contain here
	NotConsidered                  // deliberately left alone
)

func (t Treatment) String() string {
	return [...]string{
		"refused", "accepted", "kept", "answers", "at loading", "not observable", "not applicable", "deliberately lenient",
	}[t]
}

// A Requirement is one row of docs/wsi.md.
type Requirement struct {
	ID        string
	Treatment Treatment
	Code      reject.Code // of the refusal
	Setting   string      // of the site, by which it can be waived
	Says      string      // the requirement in a few words of ours
	Note      string
}

// Requirements are those of BP 1.1 that concern messages, with what the gate
// makes of each, followed by those of SOAP 1.2.
var Requirements = []Requirement{
	// BP 1.1 section 3.1: envelopes.
	{ID: "R9980", Treatment: Refused, Code: reject.SOAPEnvelope, Says: "the envelope has the structure of SOAP 1.1 section 4", Note: "also soap.header, soap.body"},
	{ID: "R9981", Treatment: Refused, Code: reject.SOAPR9981, Says: "Body has at most one child element"},
	{ID: "R1014", Treatment: Refused, Code: reject.SOAPR1014, Says: "the child of Body is namespace-qualified", Note: "of SOAP 1.2 messages too"},
	{ID: "R1008", Treatment: Refused, Code: reject.XMLDTD, Says: "no document type declaration"},
	{ID: "R1009", Treatment: Refused, Code: reject.XMLPI, Says: "no processing instructions"},
	{ID: "R1010", Treatment: Accepted, Says: "an XML declaration is accepted"},
	{ID: "R4001", Treatment: Accepted, Says: "a byte order mark is accepted"},
	{ID: "R1012", Treatment: Refused, Code: reject.HTTPCharset, Says: "the envelope is in UTF-8 or UTF-16", Note: "of the Simple SOAP Binding Profile 1.0; what declaration and bytes say is judged by stage xml"},
	{ID: "R1018", Treatment: Kept, Says: "the charset parameter names the encoding", Note: "of the Simple SOAP Binding Profile 1.0; a request whose parameter contradicts its bytes is refused by stage xml"},
	{ID: "R1033", Treatment: NotConsidered, Says: "the prefix xml should not be declared", Note: "the declaration changes nothing"},
	{ID: "R1032", Treatment: Refused, Code: reject.SOAPR1032, Setting: waive, Says: "Envelope, Header and Body have no attributes of the SOAP namespace"},
	{ID: "R1011", Treatment: Refused, Code: reject.SOAPR1011, Says: "no element follows Body"},
	{ID: "R1005", Treatment: Refused, Code: reject.SOAPR1005, Says: "no encodingStyle on elements of the SOAP namespace"},
	{ID: "R1006", Treatment: Refused, Code: reject.SOAPR1006, Setting: waive, Says: "no encodingStyle on the child of Body"},
	{ID: "R1007", Treatment: Inapplicable, Says: "no encodingStyle on grandchildren of Body in rpc-literal messages", Note: "rpc bindings are not loaded (R2705)"},
	{ID: "R1013", Treatment: Refused, Code: reject.SOAPR1013, Setting: waive, Says: "mustUnderstand is 0 or 1"},
	{ID: "R1015", Treatment: Refused, Code: reject.SOAPVersionMismatch, Says: "an Envelope of a foreign namespace leads to a fault", Note: "a document that is no Envelope: soap.envelope"},
	{ID: "R1017", Treatment: Kept, Says: "xsi:type is not demanded unless the type is derived", Note: "stage schema follows XSD"},
	// 3.2: processing.
	{ID: "R1025", Treatment: Kept, Says: "mandatory header blocks are checked before anything is processed"},
	{ID: "R1027", Treatment: Refused, Code: reject.SOAPMustUnderstand, Says: "a mandatory block that is not understood leads to a MustUnderstand fault"},
	{ID: "R1028", Treatment: Kept, Says: "after a fault the message is not processed further"},
	{ID: "R1029", Treatment: Kept, Says: "the fault takes the place of the answer"},
	{ID: "R1030", Treatment: Kept, Says: "the end user is told of the fault", Note: "the operator is, by log, metric and console"},
	// 3.3: faults.
	{ID: "R1107", Treatment: Answer, Says: "one Fault in Body means a fault, whatever else is said"},
	{ID: "R1000", Treatment: Answer, Code: reject.SOAPR1000, Says: "Fault has no children but faultcode, faultstring, faultactor and detail"},
	{ID: "R1001", Treatment: Answer, Code: reject.SOAPR1001, Says: "the children of Fault are unqualified"},
	{ID: "R1002", Treatment: Accepted, Says: "any elements in detail are accepted"},
	{ID: "R1003", Treatment: Accepted, Says: "any attributes on detail are accepted"},
	{ID: "R1016", Treatment: Accepted, Says: "xml:lang on faultstring is accepted"},
	{ID: "R1004", Treatment: Answer, Code: reject.SOAPR1004, Setting: waive, Says: "faultcode is one of SOAP 1.1 or of a namespace of one's own"},
	{ID: "R1031", Treatment: Answer, Code: reject.SOAPR1031, Setting: waive, Says: "faultcode is not refined with dots"},
	// 3.4: HTTP.
	{ID: "R1141", Treatment: Refused, Code: reject.TransportHTTPVersion, Says: "HTTP 1.0 or 1.1", Note: "1.0 is refused, HTTP/2 and 3 are accepted"},
	{ID: "R1140", Treatment: Refused, Code: reject.TransportHTTPVersion, Says: "HTTP 1.1 is preferred"},
	{ID: "R1132", Treatment: Refused, Code: reject.HTTPMethod, Says: "the method is POST"},
	{ID: "R1108", Treatment: Refused, Code: reject.SOAPR1108, Says: "no HTTP Extension Framework"},
	{ID: "R1109", Treatment: NotConsidered, Says: "SOAPAction is a quoted string", Note: "unquoted ones are accepted, as R1119 leaves to the receiver; one that is neither leads to http.soap_action"},
	{ID: "R1119", Treatment: Kept, Says: "an unquoted SOAPAction may be refused", Note: "it is accepted, see R1109"},
	{ID: "R1127", Treatment: Kept, Says: "SOAPAction is not relied on", Note: "the operation is found by the child of Body; SOAPAction can only agree"},
	{ID: "R1124", Treatment: Answer, Code: reject.SOAPR1111, Setting: waive + " R1111", Says: "success has a status of 2xx"},
	{ID: "R1111", Treatment: Answer, Code: reject.SOAPR1111, Setting: waive, Says: "an envelope that is no fault has status 200"},
	{ID: "R1112", Treatment: Answer, Code: reject.SOAPR1111, Setting: waive + " R1111", Says: "success without an envelope has status 200 or 202"},
	{ID: "R1130", Treatment: Unobservable, Says: "a redirection has status 307", Note: "the gate redirects nobody"},
	{ID: "R1131", Treatment: Unobservable, Says: "a client may follow 307"},
	{ID: "R1125", Treatment: Kept, Says: "a malformed request leads to 4xx", Note: "405, 413, 415 and 429; whatever was read as an envelope leads to a fault (R1126)"},
	{ID: "R1113", Treatment: Kept, Says: "400 for a malformed HTTP request", Note: "by the server, before the gate"},
	{ID: "R1114", Treatment: Kept, Says: "405 for another method than POST"},
	{ID: "R1115", Treatment: Refused, Code: reject.HTTPMediaType, Says: "415 for another media type"},
	{ID: "R1126", Treatment: Answer, Code: reject.SOAPR1126, Setting: waive, Says: "a fault has status 500", Note: "the gate's own faults: 405, 413, 415 and 429 where HTTP has a status of its own"},
	{ID: "R1120", Treatment: NotConsidered, Says: "cookies may be used"},
	{ID: "R1121", Treatment: Kept, Says: "cookies are not demanded"},
	{ID: "R1122", Treatment: NotConsidered, Says: "cookies follow RFC 2965"},
	{ID: "R1123", Treatment: Unobservable, Says: "cookies are opaque to clients"},
	// 4: descriptions, as far as a message shows them.
	{ID: "R2712", Treatment: Refused, Code: reject.SOAPOperationUnknown, Says: "the child of Body is the element that the description names"},
	{ID: "R2738", Treatment: Refused, Code: reject.SOAPHeaderMissing, Says: "all described header blocks are there"},
	{ID: "R2739", Treatment: Accepted, Says: "further header blocks may be there"},
	{ID: "R2753", Treatment: Refused, Code: reject.SOAPMustUnderstand, Says: "further header blocks may be mandatory", Note: "those that nobody understands are refused (R1027)"},
	{ID: "R2752", Treatment: NotConsidered, Says: "a described header block may be there more than once", Note: "stricter on purpose: soap.header_duplicate, lest one reader takes the first and another the last"},
	{ID: "R2751", Treatment: Kept, Says: "the order of header blocks is free"},
	{ID: "R2724", Treatment: Kept, Says: "a message that does not follow the description leads to a Client fault", Note: "stages soap, format and schema"},
	{ID: "R2725", Treatment: Kept, Says: "VersionMismatch, MustUnderstand and Client are looked for in this order"},
	{ID: "R2744", Treatment: Refused, Code: reject.SOAPActionMismatch, Says: "SOAPAction is the soapAction described", Setting: "optional_action", Note: "a missing header is http.soap_action; optional_action lets it be missing"},
	{ID: "R2745", Treatment: Refused, Code: reject.SOAPActionMismatch, Says: "SOAPAction is empty where the description has none"},
	{ID: "R2113", Treatment: Refused, Code: reject.SOAPR2113, Setting: waive, Says: "no soapenc:arrayType"},
	{ID: "R2301", Treatment: Inapplicable, Says: "the parts in Body are in the described order", Note: "there is one part"},
	{ID: "R2211", Treatment: Inapplicable, Says: "no xsi:nil on rpc-literal parts"},
	{ID: "R2729", Treatment: Inapplicable, Says: "an rpc-literal answer is named after the operation"},
	{ID: "R2735", Treatment: Inapplicable, Says: "rpc-literal parts are in no namespace"},
	{ID: "R2755", Treatment: Inapplicable, Says: "rpc-literal parts are named as described"},
	{ID: "R2737", Treatment: Inapplicable, Says: "children of rpc-literal parts are in the type's namespace"},
	{ID: "R2714", Treatment: Unobservable, Says: "a one-way operation is answered without an envelope", Note: "answers pass unchanged"},
	{ID: "R2750", Treatment: Unobservable, Says: "clients ignore an envelope answering a one-way operation"},
	{ID: "R2727", Treatment: Unobservable, Says: "clients do not take 2xx of a one-way operation for success"},
	{ID: "R2742", Treatment: Accepted, Says: "faults may have details that are not described"},
	{ID: "R2743", Treatment: Unobservable, Says: "header faults may have details that are not described"},
	{ID: "R2007", Treatment: Loading, Says: "wsdl:import has a location"},
	{ID: "R2204", Treatment: Loading, Says: "parts of document-literal messages refer to elements"},
	{ID: "R2210", Treatment: Loading, Says: "a body without parts attribute has at most one part"},
	{ID: "R2303", Treatment: Loading, Says: "operations are one-way or request-response"},
	{ID: "R2304", Treatment: Loading, Says: "operation names are unique"},
	{ID: "R2702", Treatment: Loading, Says: "the transport is HTTP"},
	{ID: "R2705", Treatment: Loading, Says: "a binding is rpc-literal or document-literal", Note: "document-literal only"},
	{ID: "R2706", Treatment: Loading, Says: "use is literal"},
	{ID: "R2710", Treatment: Loading, Says: "operations of a binding differ on the wire", Note: "a warning: SOAPAction then decides"},
	{ID: "R2718", Treatment: Loading, Says: "a binding has the operations of its portType"},

	// SOAP 1.2 part 1.
	{ID: "SOAP12-2.6", Treatment: Refused, Code: reject.SOAPMustUnderstand, Says: "mandatory blocks for our roles are understood", Note: "with NotUnderstood in the fault (5.4.8)"},
	{ID: "SOAP12-2.8", Treatment: Refused, Code: reject.SOAPVersionMismatch, Says: "the envelope's namespace is the version", Note: "with Upgrade in the fault (5.4.7)"},
	{ID: "SOAP12-5.1", Treatment: Refused, Code: reject.SOAPBody, Says: "Envelope has an optional Header and a Body, with qualified attributes only", Note: "also soap.envelope, soap.header"},
	{ID: "SOAP12-5.1.1", Treatment: Refused, Code: reject.SOAPEncodingStyle, Says: "no encodingStyle on Envelope, Header, Body and Fault"},
	{ID: "SOAP12-5.2", Treatment: Refused, Code: reject.SOAPHeader, Says: "header blocks are qualified"},
	{ID: "SOAP12-5.2.3", Treatment: Refused, Code: reject.SOAPAttribute, Says: "mustUnderstand is a boolean"},
	{ID: "SOAP12-5.2.4", Treatment: Refused, Code: reject.SOAPAttribute, Says: "relay is a boolean"},
	{ID: "SOAP12-5.3", Treatment: Refused, Code: reject.SOAPPayload, Says: "Body has one child element", Note: "stricter than SOAP 1.2, as described operations are"},
	{ID: "SOAP12-5.4", Treatment: Answer, Code: reject.SOAPFault, Says: "Fault has Code and Reason, then Node, Role and Detail in this order"},
	{ID: "SOAP12-5.4.6", Treatment: Answer, Code: reject.SOAPFault, Says: "the Value of Code is one of five"},
	// SOAP 1.2 part 2, the HTTP binding.
	{ID: "SOAP12-6.5.2", Treatment: Refused, Code: reject.SOAPActionMismatch, Says: "the action parameter is the described action", Note: "it may be missing"},
	{ID: "SOAP12-7.1.4", Treatment: Refused, Code: reject.SOAPVersionMismatch, Says: "the media type is application/soap+xml"},
	{ID: "SOAP12-7.5.2.2", Treatment: Kept, Says: "400 for Sender, 500 for every other fault"},
	{ID: "SOAP12-7.5.1.1", Treatment: NotConsidered, Says: "a message may be asked for with GET", Note: "refused with 405; GET is for ?wsdl and ?xsd"},
}

// waive is the setting that takes requirements by number.
const waive = "waive"

// Waivable reports whether a rule is one that Settings.Waived may name.
func Waivable(id string) bool {
	for _, r := range Requirements {
		if r.ID == id && r.Setting == waive {
			return true
		}
	}
	return false
}
