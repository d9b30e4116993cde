package gatetest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// ask makes a call of the admin API.
func ask(t *testing.T, g *gatetest.Running, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+g.Admin+"/soapgate/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// TestAdminClients suspends, resumes, creates and removes clients; changes
// outlive a reload and a restart.
func TestAdminClients(t *testing.T) {
	g := start(t)
	const who = `"author":"А. Оператор","reason":"проверка"`
	code := func(system string) string { t.Helper(); return send(t, g, system).Code }
	for _, tt := range []struct {
		method, path, body string
		status             int
		has                string
		system, code       string
	}{
		{"GET", "clients", "", 200, `"id":"housing"`, "housing", ""},
		{"GET", "clients/nobody", "", 404, "nobody", "", ""},
		{"PATCH", "clients/housing", `{"status":"suspended"}`, 400, "author, reason", "housing", ""},
		{"PATCH", "clients/housing", `{"status":"gone",` + who + `}`, 400, "gone", "housing", ""},
		{"PATCH", "clients/housing", `{"nonsense":1,` + who + `}`, 400, "nonsense", "housing", ""},
		{"PATCH", "clients/nobody", `{"status":"suspended",` + who + `}`, 404, "nobody", "", ""},
		{"PATCH", "clients/housing", `{"status":"suspended",` + who + `}`, 204, "", "housing", "client.suspended"},
		{"GET", "clients/housing", "", 200, `"status":"suspended"`, "", ""},
		{"GET", "clients/housing/history", "", 200, "А. Оператор", "", ""},
		{"PATCH", "clients/housing", `{"status":"active",` + who + `}`, 204, "", "housing", ""},
		{"PATCH", "clients/housing", `{"entry":{"services":["other"]},` + who + `}`, 204, "", "housing", "client.service"},
		{"PATCH", "clients/housing", `{"entry":"services: [other]"}`, 400, "author, reason", "", ""},
		{"PATCH", "clients/housing", `{"entry":{"services":null,"min_tls":"1.3","contacts":["a@example.org"]},` + who + `}`, 204, "", "housing", ""},
		{"GET", "clients/housing", "", 200, `"min_tls":"1.3"`, "", ""},
		{"PATCH", "clients/housing", `{"entry":{"min_tls":"9","colour":1},` + who + `}`, 400, `client \"housing\": min_tls: unknown TLS version`, "", ""},
		{"PATCH", "clients/housing", `{"entry":{"min_tls":"9","colour":1},` + who + `}`, 400, `colour: unknown field`, "housing", ""},
		{"PATCH", "clients/housing", `{"status":"active","entry":{},` + who + `}`, 400, "status", "", ""},
		{"PATCH", "clients/nobody", `{"entry":{"class":"x"},` + who + `}`, 404, "nobody", "", ""},
		{"GET", "clients/housing/history", "", 200, `"action":"patch"`, "", ""},
		{"POST", "clients", `{"entry":{"id":"housing"},` + who + `}`, 409, "housing", "", ""},
		{"POST", "clients", `{"entry":{"id":"bad","nonsense":1},` + who + `}`, 400, "nonsense", "", ""},
		{"DELETE", "clients/daily", `{` + who + `}`, 204, "", "daily", "client.unknown"},
		{"PUT", "clients/housing", `{"entry":"id: housing\nclass: other\ntoken: {issuer: a, client_id: b}\n",` + who + `}`, 204, "", "housing", "client.unknown"},
		{"TRACE", "clients", "", 405, "", "", ""},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			status, body := ask(t, g, tt.method, tt.path, tt.body)
			if status != tt.status || !strings.Contains(body, tt.has) {
				t.Errorf("HTTP %d, %.300s, want %d with %q", status, body, tt.status, tt.has)
			}
			if tt.system != "" {
				if got := code(tt.system); got != tt.code {
					t.Errorf("then %s got %q, want %q", tt.system, got, tt.code)
				}
			}
		})
	}
	checkVersions(t, g)
	load(t, soapgate.ExampleCaddyfile)
	if got := code("daily"); got != "client.unknown" {
		t.Errorf("after a reload a removed client got %q", got)
	}
	if err := gatetest.Load([]byte("{\n\tnonsense\n}")); err == nil {
		t.Fatal("a bad configuration was loaded")
	}
	if status, body := ask(t, g, "GET", "clients/housing", ""); status != 200 || !strings.Contains(body, `"class":"other"`) {
		t.Errorf("after a failed reload: HTTP %d, %s", status, body)
	}
}

// checkVersions changes a client that somebody else has changed.
func checkVersions(t *testing.T, g *gatetest.Running) {
	t.Helper()
	call := func(method, tag, contact string) *http.Response {
		t.Helper()
		body := `{"entry":{"contacts":["` + contact + `"]},"author":"a","reason":"r"}`
		req, err := http.NewRequest(method, "http://"+g.Admin+"/soapgate/clients/paced", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if tag != "" {
			req.Header.Set("If-Match", tag)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	seen := call("GET", "", "").Header.Get("ETag")
	if resp := call("PATCH", "*", "first"); resp.StatusCode != http.StatusNoContent {
		t.Errorf("the first change: HTTP %d", resp.StatusCode)
	}
	if resp := call("PATCH", seen, "second"); resp.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("a change of what has been changed: HTTP %d", resp.StatusCode)
	}
	if resp := call("PATCH", call("GET", "", "").Header.Get("ETag"), "third"); resp.StatusCode != http.StatusNoContent {
		t.Errorf("a change of what is: HTTP %d", resp.StatusCode)
	}
}

// TestAdminQuotas looks at counters and changes limits.
func TestAdminQuotas(t *testing.T) {
	g := start(t)
	const who = `"author":"Б. Оператор","reason":"перенос срока"`
	expect := func(method, path, body string, status int, has string) {
		t.Helper()
		if got, text := ask(t, g, method, path, body); got != status || !strings.Contains(text, has) {
			t.Errorf("%s %s: HTTP %d, %.400s, want %d with %q", method, path, got, text, status, has)
		}
	}
	spend := func(system string, want ...string) {
		t.Helper()
		for i, code := range want {
			if got := send(t, g, system).Code; got != code {
				t.Errorf("request %d of %s got %q, want %q", i+1, system, got, code)
			}
		}
	}
	spend("paced", "", "", "quota.rate")
	expect("GET", "quotas", "", 200, `"rule":"organization-day","kind":"limit","limit":"50000/day","key":["organization"],"pass":"authority"`)
	expect("GET", "quotas/rules/trial-pace/top", "", 200, `"key":"paced","used":2,"limit":2`)
	expect("GET", "quotas/rules/trial-pace/top?n=0", "", 400, "n: want")
	expect("GET", "quotas/counters?client=paced", "", 200, `"rule":"trial-pace","kind":"rate","limit":2,"used":2,"remaining":0`)
	expect("GET", "quotas/counters?address=x", "", 400, "address")
	expect("POST", "quotas/reset", `{"rule":"trial-pace","counter":{"client":"paced"}}`, 400, "author, reason")
	spend("paced", "quota.rate")
	expect("POST", "quotas/reset", `{"rule":"trial-pace","counter":{"client":"paced"},`+who+`}`, 204, "")
	spend("paced", "", "", "quota.rate")
	grant := `"override":{"rule":"trial-pace","client":"paced","rate":"600/1h","burst":600,"until":"2099-01-01T00:00:00Z"}`
	expect("POST", "quotas/overrides", `{`+grant+`}`, 400, "author, reason")
	expect("POST", "quotas/overrides", `{"override":{"rule":"nobody","client":"paced","rate":"4/1m"},`+who+`}`, 400, "nobody")
	expect("POST", "quotas/overrides", `{`+grant+`,`+who+`}`, 204, "")
	spend("paced", "", "", "")
	expect("DELETE", "quotas/overrides", `{"override":{"rule":"trial-pace","client":"paced"},`+who+`}`, 204, "")
	spend("paced", "quota.rate")
	// All of a class, and one of it.
	class := `"override":{"rule":"trial-pace","class":"trial","rate":"900/1h","burst":900}`
	expect("POST", "quotas/overrides", `{`+class+`,`+who+`}`, 204, "")
	spend("paced", "", "", "")
	expect("GET", "quotas", "", 200, `"overrides":[{"rule":"trial-pace","class":"trial","rate":"900/1h","burst":900,"reason":"перенос срока"}]`)
	expect("GET", "quotas/counters?client=paced", "", 200, `"rule":"trial-pace","kind":"rate","limit":900`)
	expect("GET", "quotas/rules/trial-pace/top", "", 200, `"limit":900`)
	expect("DELETE", "quotas/overrides", `{"override":{"rule":"trial-pace","client":"paced"},`+who+`}`, 400, `no override of rule \"trial-pace\" for client paced`)
	expect("DELETE", "quotas/overrides", `{"override":{"rule":"trial-pace","class":"trial"},`+who+`}`, 204, "")
	spend("paced", "quota.rate")
	organization := `"override":{"rule":"organization-day","organization":"1000000000010","limit":"1/day"}`
	expect("POST", "quotas/overrides", `{"override":{"rule":"requests","organization":"1000000000010","rate":"1/1m"},`+who+`}`, 400, "proved at pass authority")
	expect("POST", "quotas/overrides", `{`+organization+`,`+who+`}`, 204, "")
	spend("housing", "quota.limit")
	expect("DELETE", "quotas/overrides", `{"override":{"rule":"organization-day","organization":"1000000000010"},`+who+`}`, 204, "")
	spend("housing", "")
	// Limits are part of the published format: who tightens one at once says why, publicly.
	expect("PUT", "quotas/rules/requests", `{"spec":{"name":"requests","key":["client"],"rate":"1/1m","burst":1},`+who+`}`, 400, "")
	expect("PUT", "quotas/rules/parallel", `{"spec":{"name":"parallel","key":["client"],"limit":"1/day","classes":["trial-day"]},`+who+`}`, 204, "")
	spend("daily", "", "quota.limit")
	expect("DELETE", "quotas/rules/parallel", `{`+who+`}`, 204, "")
	spend("daily", "")
	expect("GET", "quotas/history", "", 200, "перенос срока")
	load(t, soapgate.ExampleCaddyfile)
	expect("GET", "quotas/history", "", 200, `"action":"put_override"`)
}
