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
		Wrapper: []Name{
			{"", "CallerInformationSystemSignature"},
			{"", "SenderInformationSystemSignature"},
			{"", "SMEVSignature"},
		},
		Covers:           CoverSibling,
		ID:               Name{"", "Id"},
		Canonicalization: []string{excC14N},
		Transforms:       []string{smevTransform},
	}},
	Suites: []string{"gost2012", "gost2001"},
}

const smevTransform = "urn://smev-gov-ru/xmldsig/transform"
