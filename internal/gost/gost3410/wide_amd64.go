package gost3410

import "golang.org/x/sys/cpu"

// hasADX reports whether the processor multiplies without touching flags (MULX) and has
// two chains of carries (ADCX, ADOX).
var hasADX = cpu.X86.HasBMI2 && cpu.X86.HasADX

// wideMul4 sets z to x·y.
//
//go:noescape
func wideMul4(z *[8]uint64, x, y *[4]uint64)

// wideSquare4 sets z to x².
//
//go:noescape
func wideSquare4(z *[8]uint64, x *[4]uint64)
