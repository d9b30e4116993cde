package gost3410

import "golang.org/x/sys/cpu"

// hasADX reports whether the processor multiplies without touching flags (MULX) and has
// two chains of carries (ADCX, ADOX).
var hasADX = cpu.X86.HasBMI2 && cpu.X86.HasADX

//go:noescape
func foldMul4(z, x, y *[4]uint64, fold uint64)

//go:noescape
func montMul4(z, x, y, m *[4]uint64, n0 uint64)

// The functions for eight limbs have a stack frame, which a jump to the generic ones
// would have to undo; so the choice is made here.

func foldMul8(z, x, y *[8]uint64, fold uint64) {
	if hasADX {
		foldMul8ADX(z, x, y, fold)
	} else {
		foldMul8Generic(z, x, y, fold)
	}
}

func montMul8(z, x, y, m *[8]uint64, n0 uint64) {
	if hasADX {
		montMul8ADX(z, x, y, m, n0)
	} else {
		montMul8Generic(z, x, y, m, n0)
	}
}

//go:noescape
func foldMul8ADX(z, x, y *[8]uint64, fold uint64)

//go:noescape
func montMul8ADX(z, x, y, m *[8]uint64, n0 uint64)
