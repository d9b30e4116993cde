package client

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestReadToken(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	// ГОСТ is verified by whoever hands the function in; here it is a stand-in
	// that knows one signature value.
	gost := func(signed, signature []byte) error {
		if string(signature) != "gost" {
			return errors.New("wrong")
		}
		return nil
	}
	issuers := []Issuer{{
		Name: "http://esia.example/", Audience: "gate", Leeway: time.Minute,
		Keys: []TokenKey{
			{ID: "k1", Algorithm: "RS256", Verify: VerifyRS256(&key.PublicKey)},
			{Algorithm: "GOST3410_2012_256", Verify: gost},
		},
	}}
	b64 := base64.RawURLEncoding.EncodeToString
	sign := func(header, claims string) string {
		signed := b64([]byte(header)) + "." + b64([]byte(claims))
		if strings.Contains(header, "GOST") {
			return signed + "." + b64([]byte("gost"))
		}
		sum := sha256.Sum256([]byte(signed))
		sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return signed + "." + b64(sig)
	}
	const header = `{"alg":"RS256","typ":"JWT","kid":"k1","sbt":"access"}`
	// 12:05 of the day
	const claims = `{"iss":"http://esia.example/","aud":"gate","exp":1773144300,"iat":1773140400,"nbf":1773140400,"client_id":"SYS1","scope":"openid exchange","sub":1000001}`
	good := sign(header, claims)
	with := func(old, text string) string { return sign(header, strings.Replace(claims, old, text, 1)) }
	head := func(old, text string) string { return sign(strings.Replace(header, old, text, 1), claims) }
	changed := func(i int, part string) string {
		parts := strings.Split(good, ".")
		parts[i] = part
		return strings.Join(parts, ".")
	}
	tests := []struct {
		name, token, want string // reason; "" if believed
	}{
		{"good", good, ""},
		{"ГОСТ", head("RS256", "GOST3410_2012_256"), ""},
		{"without kid", head(`"kid":"k1",`, ""), ""},
		{"among audiences", with(`"gate"`, `["other","gate"]`), ""},
		{"client in sub", with(`"client_id":"SYS1","scope":"openid exchange","sub":1000001`, `"sub":"SYS1"`), ""},
		{"within leeway", with("1773144300", "1773143950"), ""},
		{"another kid", head("k1", "k2"), "signature or form"},
		{"no signature", changed(2, ""), "signature or form"},
		{"algorithm none", sign(`{"alg":"none"}`, claims), "signature or form"},
		{"algorithm of another key", changed(0, b64([]byte(`{"alg":"GOST3410_2012_256"}`))), "signature or form"},
		{"HMAC with the public key", head("RS256", "HS256"), "signature or form"},
		{"changed claims", changed(1, b64([]byte(strings.Replace(claims, "SYS1", "SYS2", 1)))), "signature or form"},
		{"padded", good + "==", "signature or form"},
		{"critical parameter", head(`"typ"`, `"crit":["b64"],"typ"`), "signature or form"},
		{"identity token", head(`"access"`, `"id"`), "sbt"},
		{"other type", head(`"JWT"`, `"logout+jwt"`), "typ"},
		{"unknown issuer", with("esia.example", "evil.example"), "iss"},
		{"other audience", with(`"gate"`, `"other"`), "aud"},
		{"no audience", with(`"aud":"gate",`, ``), "aud"},
		{"over", with("1773144300", "1773143939"), "exp"},
		{"without an end", with(`"exp":1773144300,`, ""), "exp"},
		{"not yet", with(`"nbf":1773140400`, `"nbf":1773144061`), "nbf"},
		{"from the future", with(`"iat":1773140400`, `"iat":1773144061`), "iat"},
		{"of a person", with(`"client_id":"SYS1",`, ""), "client_id"},
		{"trailing data", sign(header, claims+"{}"), "signature or form"},
		{"four parts", good + ".x", "signature or form"},
		{"huge", good + strings.Repeat("A", 16<<10), "signature or form"},
		{"empty", "", "signature or form"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, rej := ReadToken(tt.token, issuers, now)
			switch {
			case rej == nil && tt.want != "":
				t.Fatalf("believed: %+v", c)
			case rej == nil && (c.ClientID != "SYS1" || c.Issuer != "http://esia.example/"):
				t.Errorf("claims %+v", c)
			case rej != nil && (rej.Code != "client.token" || rej.Values[0].Text != tt.want):
				t.Errorf("%v, want %q", rej, tt.want)
			}
		})
	}
}

func TestByToken(t *testing.T) {
	r, err := Parse([]byte(`clients:
- {id: a, token: {issuer: i, client_id: SYS1, scope: exchange}}
- {id: b, token: {issuer: i, client_id: SYS2}}
`), "clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		claims     Claims
		want, code string
	}{
		{Claims{Issuer: "i", ClientID: "SYS1", Scope: []string{"openid", "exchange"}}, "a", ""},
		{Claims{Issuer: "i", ClientID: "SYS1", Scope: []string{"openid"}}, "", "client.token"},
		{Claims{Issuer: "i", ClientID: "SYS2"}, "b", ""},
		{Claims{Issuer: "j", ClientID: "SYS2"}, "", "client.unknown"},
	} {
		c, rej := r.ByToken(&tt.claims)
		switch {
		case rej != nil && string(rej.Code) != tt.code, rej == nil && tt.code != "":
			t.Errorf("%+v: %v, want %q", tt.claims, rej, tt.code)
		case rej == nil && c.ID != tt.want:
			t.Errorf("%+v: %s, want %s", tt.claims, c.ID, tt.want)
		}
	}
}

func TestBearerToken(t *testing.T) {
	for field, want := range map[string]string{
		"Bearer abc": "abc", "bearer  abc": "abc", "Basic abc": "", "Bearer": "", "": "",
	} {
		token, ok := BearerToken(http.Header{"Authorization": {field}})
		if token != want && ok || ok != (want != "") {
			t.Errorf("%q: %q, %v", field, token, ok)
		}
	}
}
