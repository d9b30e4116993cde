package gatetest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/authority"
)

// token signs claims (RFC 7515 7.1).
func token(t *testing.T, key *authority.Key, algorithm string, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	signed := part(map[string]string{"alg": algorithm, "typ": "JWT"}) + "." + part(claims)
	signature, err := key.Sign([]byte(signed))
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// TestToken shows access tokens instead of certificates.
func TestToken(t *testing.T) {
	g := start(t)
	w := g.Session.World
	keys := make(map[string]*authority.Key)
	for name, kind := range map[string]authority.Kind{"gost": authority.GOST256, "rsa": authority.RSA, "other": authority.GOST256} {
		key, err := authority.NewKey(kind)
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key
		text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key.SPKI})
		if err := os.WriteFile(w.Path("token-"+name+".pem"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	registry, err := os.OpenFile(w.Path("clients.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = registry.WriteString(`
  - id: bearer
    organization: {name: ООО «Вымышленная управляющая компания», ogrn: "1000000000010", ppaguids: [10000000-0000-4000-8000-000000000001]}
    token: {issuer: "https://issuer.example.org/", client_id: FICTITIOUS, scope: gate}
`)
	if err := registry.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	issuer := edit(t, "\t\ttrust {", `		token_issuer https://issuer.example.org/ {
			audience GATE
			key `+w.Path("token-gost.pem")+`
			key `+w.Path("token-rsa.pem")+`
			leeway 5s
		}
		trust {`)
	load(t, issuer)
	claims := func(pairs ...any) map[string]any {
		c := map[string]any{
			"iss": "https://issuer.example.org/", "aud": "GATE", "client_id": "FICTITIOUS", "scope": "openid gate",
			"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		}
		for i := 0; i < len(pairs); i += 2 {
			c[pairs[i].(string)] = pairs[i+1]
		}
		return c
	}
	const gost = "GOST3410_2012_256"
	for _, tt := range []struct {
		name, system, token, code string
	}{
		{"GOST", "-", token(t, keys["gost"], gost, claims()), ""},
		{"RSA", "-", token(t, keys["rsa"], "RS256", claims()), ""},
		{"expired", "-", token(t, keys["gost"], gost, claims("exp", time.Now().Add(-time.Minute).Unix())), "client.token"},
		{"for another", "-", token(t, keys["gost"], gost, claims("aud", "OTHER")), "client.token"},
		{"another issuer", "-", token(t, keys["gost"], gost, claims("iss", "https://other.example.org/")), "client.token"},
		{"a key that is not pinned", "-", token(t, keys["other"], gost, claims()), "client.token"},
		{"another algorithm's name", "-", token(t, keys["gost"], "RS256", claims()), "client.token"},
		{"no algorithm", "-", token(t, keys["gost"], "none", claims()), "client.token"},
		{"too little scope", "-", token(t, keys["gost"], gost, claims("scope", "openid")), "client.token"},
		{"not registered", "-", token(t, keys["gost"], gost, claims("client_id", "NOBODY")), "client.unknown"},
		{"with another's certificate", "housing", token(t, keys["gost"], gost, claims()), "client.token"},
		{"no token", "-", "", "client.missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := w.Readings()
			body, err := w.Signed(m, "gost256")
			if err != nil {
				t.Fatal(err)
			}
			h := http.Header{}
			if tt.token != "" {
				h.Set("Authorization", "Bearer "+tt.token)
			}
			reply, err := g.Session.Do(gatetest.Call{System: tt.system, Path: m.Path, Action: m.Action, Body: body, Header: h})
			if err != nil {
				t.Fatal(err)
			}
			if reply.Code != tt.code || tt.code == "" && reply.Status != http.StatusOK {
				t.Errorf("HTTP %d, code %q, want %q: %.300s", reply.Status, reply.Code, tt.code, reply.Body)
			}
			if tt.code == "" && g.Session.Backend.Last().Header.Get("Authorization") != "" {
				t.Error("the system got the token")
			}
		})
	}
	kept := func(config []byte, system, field string) {
		t.Helper()
		load(t, config)
		m := w.State(gatetest.Done)
		h := http.Header{"Authorization": {field}}
		reply, err := g.Session.Do(gatetest.Call{System: system, Path: m.Path, Action: m.Action, Body: m.Envelope(), Header: h})
		if err != nil || reply.Code != "" || g.Session.Backend.Last().Header.Get("Authorization") != field {
			t.Errorf("%v, code %q: the system did not get %.20s", err, reply.Code, field)
		}
	}
	kept(bytes.Replace(issuer, []byte("profile hcs"), []byte("profile hcs\n\t\tkeep_token"), 1), "-", "Bearer "+token(t, keys["gost"], gost, claims()))
	kept(issuer, "housing", "Basic dTpw")                        // nothing that says who calls
	kept(soapgate.ExampleCaddyfile, "housing", "Bearer foreign") // no issuer is believed: the backend's own matter
}
