// Command soapgate is Caddy with soapgate's modules and commands: run it with
// a Caddyfile as one runs caddy, or try `soapgate demo`.
package main

import (
	"os"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/soapgate/soapgate/caddyplugin"
)

func main() {
	os.Args = withTrust(os.Args)
	caddycmd.Main()
}
