package quota

import "unsafe"

// prefetch has what lies at p brought into the caches, to be written to. It
// waits for nothing and neither reads nor needs p to be readable.
//
//go:noescape
func prefetch(p unsafe.Pointer)
