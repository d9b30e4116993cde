// Package soapgate holds what ships beside the program: the example
// configuration, which the demo runs and a newcomer starts from.
//
// The program is cmd/soapgate; the Caddy modules are in caddyplugin; the
// engine, which has never heard of Caddy, is in internal.
package soapgate

import _ "embed"

// ExampleCaddyfile is the text of Caddyfile.example.
//
//go:embed Caddyfile.example
var ExampleCaddyfile []byte
