// Package caddyplugin is soapgate as Caddy knows it: the app that holds what
// all sites share, the handlers, the listener wrappers, and
// their Caddyfile grammar. One file a module.
//
// Everything here is glue. Which requests pass is decided in internal/gate.
package caddyplugin
