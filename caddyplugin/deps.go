package caddyplugin

import (
	_ "github.com/beevik/etree"
	_ "github.com/caddyserver/caddy/v2/caddytest"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/pires/go-proxyproto"
	_ "github.com/prometheus/client_golang/prometheus/testutil"
	_ "github.com/prometheus/client_golang/prometheus/testutil/promlint"
	_ "github.com/redis/go-redis/v9"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/russellhaering/goxmldsig"
	_ "golang.org/x/crypto/cryptobyte"
	_ "golang.org/x/text/encoding"
	_ "golang.org/x/time/rate"
	_ "go.yaml.in/yaml/v3"
)
