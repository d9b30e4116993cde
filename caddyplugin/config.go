package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/quota"
)

// FormatsConfig names the published releases of the message format.
type FormatsConfig struct {
	// LeadTime is how long before it takes effect a release must be
	// published. Default: 30 days (order 259/pr of 2025).
	LeadTime caddy.Duration `json:"lead_time,omitempty"`
	// Releases are the releases, several of which may be in force at once.
	Releases []ReleaseConfig `json:"releases,omitempty"`
}

// ReleaseConfig is one published release: a folder of WSDL and XSD files.
type ReleaseConfig struct {
	Name string `json:"name,omitempty"`
	// Path is the folder.
	Path string `json:"path,omitempty"`
	// Published, Effective and Retired are dates, YYYY-MM-DD. A release without
	// Retired stays in force.
	Published string `json:"published,omitempty"`
	Effective string `json:"effective,omitempty"`
	Retired   string `json:"retired,omitempty"`
	// Reason overrides the lead time; it is shown publicly.
	Reason string `json:"reason,omitempty"`
}

// QuotasConfig holds the limits on the number of requests.
type QuotasConfig struct {
	// Store is where counters live: "memory" (the default) or "redis".
	Store string `json:"store,omitempty"`
	// Redis is the address of the shared store; placeholders such as
	// {env.REDIS_URL} are resolved and never shown.
	Redis string `json:"redis,omitempty"`
	// OnStoreError says how to decide while the shared store is out of reach:
	// "local" (the default: this node's share of the limit), "reject" or "allow".
	OnStoreError string `json:"on_store_error,omitempty"`
	// StoreTimeout is how long a decision waits for the shared store before
	// OnStoreError decides. Default: 5 ms.
	StoreTimeout caddy.Duration `json:"store_timeout,omitempty"`
	// Lease lets a node of a shared store borrow a little of a limit ahead, so
	// that most decisions need no round trip. The nodes together never exceed
	// the limit.
	Lease bool `json:"lease,omitempty"`
	// Timezone is the time zone of calendar limits. Default: Europe/Moscow.
	Timezone string `json:"timezone,omitempty"`
	// Overrides give some clients, organizations or classes other limits than
	// the rules have.
	Overrides []quota.Override `json:"overrides,omitempty"`
	// Rules are checked together: all are checked, then all are charged.
	Rules []quota.Spec `json:"rules,omitempty"`
}
