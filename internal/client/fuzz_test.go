package client

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// FuzzClientsYAML: whatever the file, every entry is either in force or told
// with its file and line, and what is in force is found and consistent.
func FuzzClientsYAML(f *testing.F) {
	f.Add("clients:\n- id: a\n  certificates: [{sha1: \"" + strings.Repeat("0", 40) + "\"}]\n  min_tls: 1.2\n")
	f.Add("clients:\n- {id: b, token: {issuer: i, client_id: c}, valid_from: 2026-01-01, status: suspended, reason: x}\n- {id: b}")
	f.Add("clients:\n- &x {id: b, contacts: &y [z], class: *y}\n- *x")
	f.Add("clients:\n- id: s\n  certificates: [{subject: {OGRN: \"1\"}, issuer: {CN: x}}]\n  represents: [{ogrn: " + ogrnA + ", ppaguids: [" + guidA + "]}]")
	f.Add("clients: [")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse([]byte(text), "f.yaml")
		for _, e := range unjoin(err) {
			var entry *EntryError
			if e == nil || r == nil {
				continue
			}
			if !errors.As(e, &entry) || entry.Line < 1 || entry.File != "f.yaml" {
				t.Errorf("error without its place: %v", e)
			}
		}
		if r == nil {
			return
		}
		for _, c := range r.Clients() {
			if r.ByID(c.ID) != c {
				t.Errorf("client %q is not found by its id", c.ID)
			}
			if err := c.check(); err != nil {
				t.Errorf("client %q is in force: %v", c.ID, err)
			}
			for i := range c.Certificates {
				m := &c.Certificates[i]
				got := r.byNames(&Certificate{Subject: nameOf(m.Subject), Issuer: nameOf(m.Issuer)})
				for kind, text := range map[string]string{"sha1:": m.SHA1, "sha256:": m.SHA256, "spki:": m.SPKI} {
					if sum, err := hex.DecodeString(text); err == nil && len(sum) > 0 {
						got = r.byDigest(kind, sum)
					}
				}
				if got != c {
					t.Errorf("client %q is not found by its certificate %+v: %v", c.ID, m, got)
				}
			}
		}
	})
}
