//go:build !amd64

package quota

import "unsafe"

// prefetch does nothing: a decision only waits a little longer.
func prefetch(unsafe.Pointer) {}
