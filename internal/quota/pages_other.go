//go:build !linux

package quota

// largePages does nothing: the system knows best.
func largePages([]group) {}
