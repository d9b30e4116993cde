package profile

import "github.com/soapgate/soapgate/internal/reject"

// Namespace of ГИС ЖКХ's common types; unversioned since release 10.
const hcsBase = "http://dom.gosuslugi.ru/schema/integration/base/"

// hcs is ГИС ЖКХ: XAdES-BES enveloped in the payload, RequestHeader or
// ISRequestHeader, base:Fault. Codes of the form SGTnnnnnn are ours: the
// system has none for the case, and clients parse "CODE: text".
var hcs = &Profile{
	Name:  "hcs",
	Title: reject.Text{RU: "ГИС ЖКХ", EN: "ГИС ЖКХ (housing and utilities)"},
	Fields: Fields{
		Blocks: []Name{
			{hcsBase, "RequestHeader"},
			{hcsBase, "ISRequestHeader"},
		},
		MessageID: Path{{hcsBase, "MessageGUID"}},
		Date:      Path{{hcsBase, "Date"}},
		Organization: []Path{
			{{hcsBase, "orgPPAGUID"}},
			{{hcsBase, "SenderID"}},
			{{hcsBase, "Citizen"}, {hcsBase, "CitizenPPAGUID"}},
		},
		OperatorSignature: Path{{hcsBase, "IsOperatorSignature"}},
	},
	Version: Name{hcsBase, "version"},
	// .NET clients send the action as a header block they ask us to understand.
	Understood: []Name{
		{"http://schemas.microsoft.com/ws/2005/05/addressing/none", "Action"},
		{"http://schemas.microsoft.com/ws/2005/05/addressing/none", "To"},
	},
	Signatures: []Signature{{
		Place:  InPayload,
		XAdES:  true,
		Covers: CoverPayload,
		IDs:    []Name{{"", "Id"}},
		// The system's own answers use both canonicalizations; its clients as well.
		Canonicalization: []string{c14n10, excC14N},
		Transforms:       []string{enveloped},
	}},
	Alone: true,
	Unsigned: []Name{
		{hcsBase, "getStateRequest"},
		{"", "getRequestsStateRequest"},
	},
	Suites: []string{"gost2012", "gost2001"},
	Ack: &Ack{
		ID:        Path{{hcsBase, "AckRequest"}, {hcsBase, "Ack"}, {hcsBase, "MessageGUID"}},
		Operation: "getState", Field: "getStateRequest/MessageGUID",
	},
	Fault: &Fault{
		Element: Name{hcsBase, "Fault"},
		Code:    Name{hcsBase, "ErrorCode"},
		Message: Name{hcsBase, "ErrorMessage"},
	},
	Codes: map[string]string{
		"transport":                     "SGT001000",
		"transport.tls_version":         "SGT001001",
		"transport.http_version":        "SGT001002",
		"transport.plain":               "SGT001003",
		"client":                        "AUT011009",
		"client.unknown":                "AUT011002",
		"client.suspended":              "AUT011003",
		"quota":                         "SGT003000",
		"http":                          "SGT004000",
		"xml":                           "FMT001300",
		"soap":                          "FMT001300",
		"format":                        "FMT001300",
		"schema":                        "FMT001300",
		"signature":                     "AUT011005",
		"signature.missing":             "AUT011004",
		"certificate":                   "AUT011005",
		"authority":                     "AUT011003",
		"authority.replay":              "SGT012001",
		"authority.message_guid_reused": "SGT012002",
		"authority.store":               "EXP001000",
		"forward":                       "EXP001000",
		"forward.unreachable":           "INT002029",
		"forward.timeout":               "EXP002002",
	},
}
