package client

import (
	"testing"
	"time"
)

func TestParties(t *testing.T) {
	const registry = `
clients:
- id: own
  organization: {ogrn: "` + ogrnA + `", ppaguids: [` + guidA + `]}
  represents:
  - {name: ТСЖ «Образец», ogrn: "` + ogrnB + `", inn: "5000000000", ppaguids: [` + guidB + `]}
  token: {issuer: i, client_id: own}
- id: any
  organization: {ogrn: "` + ogrnA + `"}
  any_organization: true
  token: {issuer: i, client_id: any}
- id: pinned
  organization: {ogrn: "` + ogrnA + `", ppaguids: [` + guidA + `]}
  signers: [{sha1: "0000000000000000000000000000000000000001"}]
  token: {issuer: i, client_id: pinned}
`
	r, err := Parse([]byte(registry), "clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	signer := func(attributes map[string]string) *Certificate {
		return &Certificate{SHA1: "0000000000000000000000000000000000000002", Subject: nameOf(attributes)}
	}
	orgA, orgB := signer(map[string]string{"OGRN": ogrnA}), signer(map[string]string{"OGRN": ogrnB})
	tests := []struct {
		name, client, guid string
		operator           bool
		signer             *Certificate
		want, org          string
	}{
		{"own signature", "own", guidA, false, orgA, "", ogrnA},
		{"GUID in upper case", "own", "11111111-1111-1111-1111-111111111111", false, orgA, "", ogrnA},
		{"unsigned operation", "own", guidA, false, nil, "", ogrnA},
		{"no organization in the header", "own", "", false, orgA, "", ogrnA},
		{"no organization, other signer", "own", "", false, orgB, "authority.signer_mismatch", ogrnA},
		{"signed by another", "own", guidA, false, orgB, "authority.signer_mismatch", ogrnA},
		{"represented, own signature", "own", guidB, false, orgB, "", ogrnB},
		{"represented, operator's signature", "own", guidB, true, orgA, "", ogrnB},
		{"represented, operator's signature not declared", "own", guidB, false, orgA, "authority.signer_mismatch", ogrnB},
		{"represented, declared, but signed by it", "own", guidB, true, orgB, "authority.signer_mismatch", ogrnB},
		{"by ИНН", "own", guidB, false, signer(map[string]string{"INNLE": "5000000000"}), "", ogrnB},
		{"by ИНН padded to twelve digits", "own", guidB, false, signer(map[string]string{"INN": "005000000000"}), "", ogrnB},
		{"ОГРН right, ИНН wrong", "own", guidB, false, signer(map[string]string{"OGRN": ogrnB, "INNLE": "5000000001"}), "authority.signer_mismatch", ogrnB},
		{"no numbers in the certificate", "own", guidA, false, signer(map[string]string{"CN": "x"}), "authority.signer_mismatch", ogrnA},
		{"not represented", "own", "33333333-3333-3333-3333-333333333333", false, orgA, "authority.organization_mismatch", "33333333-3333-3333-3333-333333333333"},
		{"not represented, unsigned", "own", "33333333-3333-3333-3333-333333333333", false, nil, "authority.organization_mismatch", "33333333-3333-3333-3333-333333333333"},
		{"any organization", "any", guidB, false, orgB, "", guidB},
		{"any organization, operator's signature", "any", guidB, true, orgA, "", guidB},
		{"any organization, operator's signature by another", "any", guidB, true, orgB, "authority.signer_mismatch", guidB},
		{"any organization, a person", "any", guidB, false, signer(map[string]string{"CN": "x"}), "authority.signer_mismatch", guidB},
		{"signer not registered for the client", "pinned", guidA, false, orgA, "authority.client_mismatch", ogrnA},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &Parties{Client: r.ByID(tt.client), PPAGUID: tt.guid, OperatorSignature: tt.operator, Signer: tt.signer}
			got := ""
			if rej := p.Check(); rej != nil {
				got = string(rej.Code)
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if org := p.Organization(); org != tt.org {
				t.Errorf("organization %q, want %q", org, tt.org)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	w := Window{Age: 10 * time.Minute, Skew: time.Minute}
	for _, tt := range []struct {
		name string
		off  time.Duration
		ok   bool
	}{
		{"now", 0, true},
		{"oldest", -10 * time.Minute, true},
		{"too old", -10*time.Minute - 1, false},
		{"ahead", time.Minute, true},
		{"too far ahead", time.Minute + 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			date, signed := w.CheckDate(now.Add(tt.off), now), w.CheckSigningTime(now.Add(tt.off), now)
			if (date == nil) != tt.ok || (signed == nil) != tt.ok {
				t.Errorf("date %v, signing time %v, want ok %v", date, signed, tt.ok)
			}
			if !tt.ok && (date.Code != "authority.date" || signed.Code != "authority.signing_time") {
				t.Errorf("codes %s, %s", date.Code, signed.Code)
			}
		})
	}
	if w.Keep() != 11*time.Minute {
		t.Errorf("keep %v", w.Keep())
	}
}
