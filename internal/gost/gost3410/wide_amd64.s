#include "textflag.h"

// MULROW adds x·DX to z1..z4 and brings in z5. The low halves of the products go down one
// chain of carries and the high halves down the other.
#define MULROW(z1, z2, z3, z4, z5) \
	XORL  CX, CX; \
	MULXQ 0(SI), AX, BX; \
	ADCXQ AX, z1; \
	ADOXQ BX, z2; \
	MULXQ 8(SI), AX, BX; \
	ADCXQ AX, z2; \
	ADOXQ BX, z3; \
	MULXQ 16(SI), AX, BX; \
	ADCXQ AX, z3; \
	ADOXQ BX, z4; \
	MULXQ 24(SI), AX, z5; \
	ADCXQ AX, z4; \
	ADOXQ CX, z5; \
	ADCXQ CX, z5

// func wideMul4(z *[8]uint64, x, y *[4]uint64)
TEXT ·wideMul4(SB), NOSPLIT, $0-24
	CMPB ·hasADX(SB), $0
	JEQ  generic

	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI

	MOVQ  0(DI), DX
	MULXQ 0(SI), R8, R9
	MULXQ 8(SI), AX, R10
	ADDQ  AX, R9
	MULXQ 16(SI), AX, R11
	ADCQ  AX, R10
	MULXQ 24(SI), AX, R12
	ADCQ  AX, R11
	ADCQ  $0, R12

	MOVQ 8(DI), DX
	MULROW(R9, R10, R11, R12, R13)
	MOVQ 16(DI), DX
	MULROW(R10, R11, R12, R13, R14)
	MOVQ 24(DI), DX
	MULROW(R11, R12, R13, R14, R15)

	MOVQ z+0(FP), DI
	MOVQ R8, 0(DI)
	MOVQ R9, 8(DI)
	MOVQ R10, 16(DI)
	MOVQ R11, 24(DI)
	MOVQ R12, 32(DI)
	MOVQ R13, 40(DI)
	MOVQ R14, 48(DI)
	MOVQ R15, 56(DI)
	RET

generic:
	JMP ·wideMul4Generic(SB)

// func wideSquare4(z *[8]uint64, x *[4]uint64)
TEXT ·wideSquare4(SB), NOSPLIT, $0-16
	CMPB ·hasADX(SB), $0
	JEQ  generic

	MOVQ x+8(FP), SI

	// Products of different limbs, to be doubled.
	MOVQ  0(SI), DX
	MULXQ 8(SI), R9, R10
	MULXQ 16(SI), AX, R11
	ADDQ  AX, R10
	MULXQ 24(SI), AX, R12
	ADCQ  AX, R11
	ADCQ  $0, R12
	MOVQ  8(SI), DX
	MULXQ 16(SI), AX, BX
	MULXQ 24(SI), CX, R13
	ADDQ  BX, CX
	ADCQ  $0, R13
	ADDQ  AX, R11
	ADCQ  CX, R12
	MOVQ  16(SI), DX
	MULXQ 24(SI), AX, R14
	ADCQ  AX, R13
	ADCQ  $0, R14

	XORL R15, R15
	ADDQ R9, R9
	ADCQ R10, R10
	ADCQ R11, R11
	ADCQ R12, R12
	ADCQ R13, R13
	ADCQ R14, R14
	ADCQ R15, R15

	MOVQ  0(SI), DX
	MULXQ DX, R8, AX
	ADDQ  AX, R9
	MOVQ  8(SI), DX
	MULXQ DX, AX, BX
	ADCQ  AX, R10
	ADCQ  BX, R11
	MOVQ  16(SI), DX
	MULXQ DX, AX, BX
	ADCQ  AX, R12
	ADCQ  BX, R13
	MOVQ  24(SI), DX
	MULXQ DX, AX, BX
	ADCQ  AX, R14
	ADCQ  BX, R15

	MOVQ z+0(FP), DI
	MOVQ R8, 0(DI)
	MOVQ R9, 8(DI)
	MOVQ R10, 16(DI)
	MOVQ R11, 24(DI)
	MOVQ R12, 32(DI)
	MOVQ R13, 40(DI)
	MOVQ R14, 48(DI)
	MOVQ R15, 56(DI)
	RET

generic:
	JMP ·wideSquare4Generic(SB)
