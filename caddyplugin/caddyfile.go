package caddyplugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/quota"
)

func parseApp(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		return nil, d.Err("the global option soapgate is written twice")
	}
	var a App
	if err := a.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "soapgate", Value: caddyconfig.JSON(a, nil)}, nil
}

// UnmarshalCaddyfile reads the global option:
//
//	soapgate {
//		state_dir <folder>
//		clients <file>
//		poll <duration>
//		token_issuer <name> {
//			audience <name>
//			key <pem> [<id>]
//			leeway <duration>
//		}
//		trust {
//			anchor <pem...>
//			authority <pem|folder...>
//			trust_list <url|file|folder...> {
//				signer <pem...>
//				refresh <duration>
//				max_age <duration>
//				max_size <size>
//			}
//			crl dir <folder...>
//			crl fetch listed|<url>... {
//				refresh <duration>
//				max_size <size>
//				timeout <duration>
//				allow_private <address|prefix...>
//			}
//			refresh <duration>
//			keep folder|shared
//			warn <duration...>
//			stale_grace <duration>
//			on_missing reject|allow_and_mark
//			on_stale reject|allow_and_mark
//			on_unreachable reject|allow_and_mark
//			on_unknown reject|allow_and_mark
//			min_class KC1|KC2|KC3|KB1|KB2|KA1
//			policy <name> {
//				operations <name...>
//				stale_grace, on_..., min_class as above
//			}
//		}
//		formats {
//			lead_time <duration>
//			release <name> {
//				path <folder>
//				published <date>
//				effective <date>
//				retired <date>
//				reason <text>
//			}
//		}
//		quotas {
//			store memory|redis [<address>]
//			on_store_error local|reject|allow
//			lease
//			store_timeout <duration>
//			timezone <name>
//			rule <name> {
//				key <part...>
//				rate <n>/<duration>
//				burst <n>
//				limit <n>/<window>
//				concurrent <n>
//				bytes <size>/<window>
//				direction in|out
//				interval <duration...>
//				cost <path>
//				services <name...>
//				operations <name...>
//				classes <name...>
//				mode enforce|observe
//				near <share>
//				charge_refused
//				failed <stage...>
//				timezone <name>
//				reset <hh:mm>
//				published <date>
//				effective <date>
//				reason <text>
//			}
//			override <rule> client|organization|class <name> {
//				rate, burst, limit, concurrent, bytes, interval as above
//				until <moment>
//				reason <text>
//			}
//		}
//	}
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, []option{
		{name: "state_dir", min: 1, max: 1, set: setString(&a.StateDir)},
		{name: "clients", min: 1, max: 1, set: setString(&a.Clients)},
		{name: "poll", min: 1, max: 1, set: setDuration(&a.Poll)},
		{name: "token_issuer", min: 1, max: 1, repeat: true,
			set: func(args []string) error {
				a.Issuers = append(a.Issuers, IssuerConfig{Name: args[0]})
				return nil
			},
			block: func() []option { return a.Issuers[len(a.Issuers)-1].options() },
		},
		{name: "trust", block: func() []option {
			a.Trust = new(TrustConfig)
			return a.Trust.options()
		}},
		{name: "formats", block: func() []option {
			a.Formats = new(FormatsConfig)
			return a.Formats.options()
		}},
		{name: "quotas", block: func() []option {
			a.Quotas = new(QuotasConfig)
			return a.Quotas.options()
		}},
	})
}

func (f *FormatsConfig) options() []option {
	return []option{
		{name: "lead_time", min: 1, max: 1, set: setDuration(&f.LeadTime)},
		{name: "release", min: 1, max: 1, repeat: true,
			set: func(args []string) error {
				f.Releases = append(f.Releases, ReleaseConfig{Name: args[0]})
				return nil
			},
			block: func() []option { return f.Releases[len(f.Releases)-1].options() },
		},
	}
}

func (r *ReleaseConfig) options() []option {
	return []option{
		{name: "path", min: 1, max: 1, set: setString(&r.Path)},
		{name: "published", min: 1, max: 1, set: setDate(&r.Published)},
		{name: "effective", min: 1, max: 1, set: setDate(&r.Effective)},
		{name: "retired", min: 1, max: 1, set: setDate(&r.Retired)},
		{name: "reason", min: 1, max: 1, set: setString(&r.Reason)},
	}
}

func (q *QuotasConfig) options() []option {
	return []option{
		{name: "store", min: 1, max: 2, set: q.setStore},
		{name: "on_store_error", min: 1, max: 1, set: setOneOf(&q.OnStoreError, "local", "reject", "allow")},
		{name: "store_timeout", min: 1, max: 1, set: setDuration(&q.StoreTimeout)},
		{name: "lease", set: setBool(&q.Lease)},
		{name: "timezone", min: 1, max: 1, set: setString(&q.Timezone)},
		{name: "rule", min: 1, max: 1, repeat: true,
			set: func(args []string) error {
				q.Rules = append(q.Rules, quota.Spec{Name: args[0]})
				return nil
			},
			block: func() []option { return ruleOptions(&q.Rules[len(q.Rules)-1]) },
			check: func() error { return q.Rules[len(q.Rules)-1].Check() },
		},
		{name: "override", min: 3, max: 3, repeat: true, set: q.addOverride,
			block: func() []option {
				o := &q.Overrides[len(q.Overrides)-1]
				return append(boundOptions(&o.Bounds),
					option{name: "until", min: 1, max: 1, set: setMoment(&o.Until)},
					option{name: "reason", min: 1, max: 1, set: setString(&o.Reason)})
			},
		},
	}
}

func (q *QuotasConfig) setStore(args []string) error {
	q.Store = args[0]
	switch {
	case q.Store == "memory" && len(args) == 1:
		return nil
	case q.Store == "redis" && len(args) == 2:
		q.Redis = args[1]
		return nil
	}
	return fmt.Errorf("want memory, or redis and its address, got %q", strings.Join(args, " "))
}

func (q *QuotasConfig) addOverride(args []string) error {
	q.Overrides = append(q.Overrides, quota.Override{Rule: args[0]})
	o := &q.Overrides[len(q.Overrides)-1]
	switch args[1] {
	case "client":
		o.Client = args[2]
	case "organization":
		o.Organization = args[2]
	case "class":
		o.Class = args[2]
	default:
		return fmt.Errorf("want client, organization or class, got %q", args[1])
	}
	return nil
}

// boundOptions are the limits, of which a rule has one.
func boundOptions(b *quota.Bounds) []option {
	return []option{
		{name: "rate", min: 1, max: 1, set: setString(&b.Rate)},
		{name: "burst", min: 1, max: 1, set: setInt(&b.Burst)},
		{name: "limit", min: 1, max: 1, set: setString(&b.Limit)},
		{name: "concurrent", min: 1, max: 1, set: setInt(&b.Concurrent)},
		{name: "bytes", min: 1, max: 1, set: setString(&b.Bytes)},
		{name: "interval", min: 1, max: -1, set: setStrings(&b.Interval)},
	}
}

func ruleOptions(r *quota.Spec) []option {
	return slices.Concat([]option{{name: "key", min: 1, max: -1, set: setStrings(&r.Key)}}, boundOptions(&r.Bounds), []option{
		{name: "direction", min: 1, max: 1, set: setOneOf(&r.Direction, "in", "out")},
		{name: "cost", min: 1, max: 1, set: setString(&r.Cost)},
		{name: "services", min: 1, max: -1, set: setStrings(&r.Services)},
		{name: "operations", min: 1, max: -1, set: setStrings(&r.Operations)},
		{name: "classes", min: 1, max: -1, set: setStrings(&r.Classes)},
		{name: "mode", min: 1, max: 1, set: setOneOf(&r.Mode, "enforce", "observe")},
		{name: "near", min: 1, max: 1, set: setShare(&r.Near)},
		{name: "charge_refused", set: setBool(&r.ChargeRefused)},
		{name: "failed", min: 1, max: -1, set: setStrings(&r.Failed)},
		{name: "timezone", min: 1, max: 1, set: setString(&r.Timezone)},
		{name: "reset", min: 1, max: 1, set: setString(&r.Reset)},
		{name: "published", min: 1, max: 1, set: setDate(&r.Published)},
		{name: "effective", min: 1, max: 1, set: setDate(&r.Effective)},
		{name: "reason", min: 1, max: 1, set: setString(&r.Reason)},
	})
}

func parseHandler(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	g := new(Handler)
	return g, g.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive:
//
//	soapgate [<matcher>] {
//		profile hcs|smev2|smev3|wss
//		tls_min 1.0|1.1|1.2|1.3
//		allow_plain_http
//		max_body <size>
//		observe <stage...>
//		off <stage...>
//		terminator <address|prefix...>
//		terminator_sources nginx|rfc9440|fingerprint...
//		keep_token
//		rate_limit_fields
//		answer_min_rate <size>|off [<duration>]
//		quota_status <status>
//		public_url <address>
//		fault_link <address>
//		responses off|observe|enforce
//		max_answer <size>
//		count_warnings <operation...>
//		window <duration>
//		skew <duration>
//		language ru|en
//		suite <name...>
//		gzip
//		attachments
//		optional_action
//		waive <rule...>
//		limit <what> <n>
//	}
func (g *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, slices.Concat(g.ConnectionConfig.options(), []option{
		{name: "profile", min: 1, max: 1, set: setString(&g.Profile)},
		{name: "max_body", min: 1, max: 1, set: setSize(&g.MaxBody)},
		{name: "window", min: 1, max: 1, set: setDuration(&g.Window)},
		{name: "skew", min: 1, max: 1, set: setDuration(&g.Skew)},
		{name: "public_url", min: 1, max: 1, set: setString(&g.PublicURL)},
		{name: "fault_link", min: 1, max: 1, set: setString(&g.FaultLink)},
		{name: "responses", min: 1, max: 1, set: setOneOf(&g.Responses, "off", "observe", "enforce")},
		{name: "count_warnings", min: 1, max: -1, repeat: true, set: setStrings(&g.CountWarnings)},
		{name: "max_answer", min: 1, max: 1, set: setSize(&g.MaxAnswer)},
		{name: "quota_status", min: 1, max: 1, set: setInt(&g.QuotaStatus)},
		{name: "suite", min: 1, max: -1, repeat: true, set: setStrings(&g.Suites)},
		{name: "gzip", set: setBool(&g.Gzip)},
		{name: "attachments", set: setBool(&g.Attachments)},
		{name: "optional_action", set: setBool(&g.OptionalAction)},
		{name: "waive", min: 1, max: -1, repeat: true, set: setStrings(&g.Waive)},
		{name: "limit", min: 2, max: 2, repeat: true, set: g.setLimit},
	}))
}
