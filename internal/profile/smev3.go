package profile

import "github.com/soapgate/soapgate/internal/reject"

// smev3 is СМЭВ 3: one or more signatures, each in a wrapper element of its
// own, over the element that stands first beside the wrapper, with the
// system's own transform after exclusive canonicalization.
var smev3 = &Profile{
	Name:  "smev3",
	Title: reject.Text{RU: "СМЭВ 3", EN: "СМЭВ 3 (interagency exchange)"},
	Signatures: []Signature{{
		Place: InWrapper,
		// The content that is carried may hold wrappers of its own; these paths
		// lead to those that are about the message.
		Wrapper: []Name{
			{"", "CallerInformationSystemSignature"},
			{"", "SMEVSignature"},
			{"", "RequestMessage/SMEVSignature"},
			{"", "RequestMessage/Request/SenderInformationSystemSignature"},
			{"", "ResponseMessage/SMEVSignature"},
			{"", "ResponseMessage/Response/SenderInformationSystemSignature"},
			{"", "SmevAsyncProcessingMessage/SMEVSignature"},
		},
		Covers: CoverSibling,
		IDs:    []Name{{"", "Id"}},
		// Published messages are signed in more ways than the method documents say.
		Canonicalization: []string{excC14N, c14n10},
		Transforms:       []string{smevTransform, enveloped},
	}},
	Suites: []string{"gost2012", "gost2001"},
}

const smevTransform = "urn://smev-gov-ru/xmldsig/transform"
