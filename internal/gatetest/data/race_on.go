//go:build race

package data

// Race reports whether the race detector is on; it allocates, so tests that
// count allocations leave themselves out under it.
const Race = true
