// Command soapgate is Caddy with soapgate's modules and commands: run it with
// a Caddyfile as one runs caddy, or try `soapgate demo`.
package main

import (
	"os"
	"runtime"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/soapgate/soapgate/caddyplugin"
)

func main() {
	// With one processor in Go's sense nobody looks at the network while
	// something long is computed or written to disk, such as a trust list: a
	// second one leaves that to the kernel, which is fair.
	if runtime.GOMAXPROCS(0) == 1 {
		runtime.GOMAXPROCS(2)
	}
	caddy.CustomBinaryName = "soapgate"
	os.Args = withTrust(os.Args)
	caddycmd.Main()
}
