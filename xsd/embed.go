// Package xsd holds the schemas that soapgate ships: the sandbox releases, the
// gate's own entry in a fault, and SOAP envelopes as faults are checked by.
//
// The sandbox releases have the namespaces and structure of some services of
// ГИС ЖКХ, cut down to a few operations; a message valid by release 2.0 is
// valid by the system's release 14.4.0.1. Release 1.0 is an older state of the
// same, for showing what becomes of messages of a retired release.
package xsd

import (
	"embed"
	"io/fs"
)

//go:embed hcs soap *.xsd
var files embed.FS

// Names of the sandbox releases.
const (
	Current = "2.0"
	Retired = "1.0"
)

// Release returns the folder of a sandbox release.
func Release(name string) fs.FS {
	sub, err := fs.Sub(files, "hcs/"+name)
	if err != nil {
		panic("xsd: internal error: " + err.Error())
	}
	return sub
}

// Fault returns the schemas of faults: fault.xsd, xml.xsd and the envelopes
// soap/soap11.xsd and soap/soap12.xsd.
func Fault() fs.FS { return files }
