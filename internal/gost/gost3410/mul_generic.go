//go:build !amd64

package gost3410

func foldMul4(z, x, y *[4]uint64, fold uint64)  { foldMul4Generic(z, x, y, fold) }
func foldMul8(z, x, y *[8]uint64, fold uint64)  { foldMul8Generic(z, x, y, fold) }
func montMul4(z, x, y, m *[4]uint64, n0 uint64) { montMul4Generic(z, x, y, m, n0) }
func montMul8(z, x, y, m *[8]uint64, n0 uint64) { montMul8Generic(z, x, y, m, n0) }
