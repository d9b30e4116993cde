//go:build !amd64

package streebog

// compress takes whole blocks into h: see compressGeneric.
func compress(h *vector, n uint64, p []byte) { compressGeneric(h, n, p) }
