#include "textflag.h"

// The functions of this file are what limbs4.go and limbs8.go have under the same names
// with Generic behind, for processors with MULX, ADCX and ADOX.

// ROW4 and ROW8 add x·DX to z and bring in its last limb, for x behind SI. The low halves
// of the products go down one chain of carries and the high halves down the other.
#define ROW4(z0, z1, z2, z3, z4) \
	XORL  AX, AX;         \
	MULXQ 0(SI), AX, BX;  \
	ADCXQ AX, z0;         \
	ADOXQ BX, z1;         \
	MULXQ 8(SI), AX, BX;  \
	ADCXQ AX, z1;         \
	ADOXQ BX, z2;         \
	MULXQ 16(SI), AX, BX; \
	ADCXQ AX, z2;         \
	ADOXQ BX, z3;         \
	MULXQ 24(SI), AX, z4; \
	ADCXQ AX, z3;         \
	MOVL  $0, AX;         \
	ADOXQ AX, z4;         \
	ADCXQ AX, z4

#define ROW8(z0, z1, z2, z3, z4, z5, z6, z7, z8) \
	XORL  AX, AX;         \
	MULXQ 0(SI), AX, BX;  \
	ADCXQ AX, z0;         \
	ADOXQ BX, z1;         \
	MULXQ 8(SI), AX, BX;  \
	ADCXQ AX, z1;         \
	ADOXQ BX, z2;         \
	MULXQ 16(SI), AX, BX; \
	ADCXQ AX, z2;         \
	ADOXQ BX, z3;         \
	MULXQ 24(SI), AX, BX; \
	ADCXQ AX, z3;         \
	ADOXQ BX, z4;         \
	MULXQ 32(SI), AX, BX; \
	ADCXQ AX, z4;         \
	ADOXQ BX, z5;         \
	MULXQ 40(SI), AX, BX; \
	ADCXQ AX, z5;         \
	ADOXQ BX, z6;         \
	MULXQ 48(SI), AX, BX; \
	ADCXQ AX, z6;         \
	ADOXQ BX, z7;         \
	MULXQ 56(SI), AX, z8; \
	ADCXQ AX, z7;         \
	MOVL  $0, AX;         \
	ADOXQ AX, z8;         \
	ADCXQ AX, z8

// PRODUCT4 leaves the product of the numbers behind SI and DI in R8 to R15.
#define PRODUCT4 \
	MOVQ  0(DI), DX;               \
	MULXQ 0(SI), R8, R9;           \
	MULXQ 8(SI), AX, R10;          \
	ADDQ  AX, R9;                  \
	MULXQ 16(SI), AX, R11;         \
	ADCQ  AX, R10;                 \
	MULXQ 24(SI), AX, R12;         \
	ADCQ  AX, R11;                 \
	ADCQ  $0, R12;                 \
	MOVQ  8(DI), DX;               \
	ROW4(R9, R10, R11, R12, R13);  \
	MOVQ  16(DI), DX;              \
	ROW4(R10, R11, R12, R13, R14); \
	MOVQ  24(DI), DX;              \
	ROW4(R11, R12, R13, R14, R15)

// PRODUCT8 leaves the lower seven limbs of the product on the stack, the eighth in R15
// and the upper eight in CX and R8 to R14.
#define PRODUCT8 \
	MOVQ  0(DI), DX;                                \
	MULXQ 0(SI), R8, R9;                            \
	MULXQ 8(SI), AX, R10;                           \
	ADDQ  AX, R9;                                   \
	MULXQ 16(SI), AX, R11;                          \
	ADCQ  AX, R10;                                  \
	MULXQ 24(SI), AX, R12;                          \
	ADCQ  AX, R11;                                  \
	MULXQ 32(SI), AX, R13;                          \
	ADCQ  AX, R12;                                  \
	MULXQ 40(SI), AX, R14;                          \
	ADCQ  AX, R13;                                  \
	MULXQ 48(SI), AX, R15;                          \
	ADCQ  AX, R14;                                  \
	MULXQ 56(SI), AX, CX;                           \
	ADCQ  AX, R15;                                  \
	ADCQ  $0, CX;                                   \
	MOVQ  R8, 0(SP);                                \
	MOVQ  8(DI), DX;                                \
	ROW8(R9, R10, R11, R12, R13, R14, R15, CX, R8); \
	MOVQ  R9, 8(SP);                                \
	MOVQ  16(DI), DX;                               \
	ROW8(R10, R11, R12, R13, R14, R15, CX, R8, R9); \
	MOVQ  R10, 16(SP);                              \
	MOVQ  24(DI), DX;                               \
	ROW8(R11, R12, R13, R14, R15, CX, R8, R9, R10); \
	MOVQ  R11, 24(SP);                              \
	MOVQ  32(DI), DX;                               \
	ROW8(R12, R13, R14, R15, CX, R8, R9, R10, R11); \
	MOVQ  R12, 32(SP);                              \
	MOVQ  40(DI), DX;                               \
	ROW8(R13, R14, R15, CX, R8, R9, R10, R11, R12); \
	MOVQ  R13, 40(SP);                              \
	MOVQ  48(DI), DX;                               \
	ROW8(R14, R15, CX, R8, R9, R10, R11, R12, R13); \
	MOVQ  R14, 48(SP);                              \
	MOVQ  56(DI), DX;                               \
	ROW8(R15, CX, R8, R9, R10, R11, R12, R13, R14)

// FOLD replaces z by low + z·DX + in and leaves in out what is to be added to the limb
// above, beside the two carries.
#define FOLD(z, low, in, out) \
	MULXQ z, AX, out; \
	MOVQ  low, z;     \
	ADCXQ AX, z;      \
	ADOXQ in, z

// FOLDTOP folds once more what stands above the highest limb and clears AX.
#define FOLDTOP \
	MOVL  $0, AX; \
	ADCXQ AX, BX; \
	ADOXQ AX, BX; \
	IMULQ DX, BX

// REDUCE4 and REDUCE8 add that multiple of the modulus behind SI to z which clears z0.
// DI is the carry into the last limb and out of it.
#define REDUCE4(z0, z1, z2, z3, z4, n0) \
	MOVQ  n0, DX;         \
	IMULQ z0, DX;         \
	XORL  AX, AX;         \
	MULXQ 0(SI), AX, BX;  \
	ADCXQ AX, z0;         \
	ADOXQ BX, z1;         \
	MULXQ 8(SI), AX, BX;  \
	ADCXQ AX, z1;         \
	ADOXQ BX, z2;         \
	MULXQ 16(SI), AX, BX; \
	ADCXQ AX, z2;         \
	ADOXQ BX, z3;         \
	MULXQ 24(SI), AX, BX; \
	ADCXQ AX, z3;         \
	ADOXQ BX, z4;         \
	ADCXQ DI, z4;         \
	MOVL  $0, DI;         \
	ADCXQ DI, DI;         \
	MOVL  $0, AX;         \
	ADOXQ AX, DI

#define REDUCE8(z0, z1, z2, z3, z4, z5, z6, z7, z8, n0) \
	MOVQ  n0, DX;         \
	IMULQ z0, DX;         \
	XORL  AX, AX;         \
	MULXQ 0(SI), AX, BX;  \
	ADCXQ AX, z0;         \
	ADOXQ BX, z1;         \
	MULXQ 8(SI), AX, BX;  \
	ADCXQ AX, z1;         \
	ADOXQ BX, z2;         \
	MULXQ 16(SI), AX, BX; \
	ADCXQ AX, z2;         \
	ADOXQ BX, z3;         \
	MULXQ 24(SI), AX, BX; \
	ADCXQ AX, z3;         \
	ADOXQ BX, z4;         \
	MULXQ 32(SI), AX, BX; \
	ADCXQ AX, z4;         \
	ADOXQ BX, z5;         \
	MULXQ 40(SI), AX, BX; \
	ADCXQ AX, z5;         \
	ADOXQ BX, z6;         \
	MULXQ 48(SI), AX, BX; \
	ADCXQ AX, z6;         \
	ADOXQ BX, z7;         \
	MULXQ 56(SI), AX, BX; \
	ADCXQ AX, z7;         \
	ADOXQ BX, z8;         \
	ADCXQ DI, z8;         \
	MOVL  $0, DI;         \
	ADCXQ DI, DI;         \
	MOVL  $0, AX;         \
	ADOXQ AX, DI

// func foldMul4(z, x, y *[4]uint64, fold uint64)
TEXT ·foldMul4(SB), NOSPLIT, $0-32
	CMPB ·hasADX(SB), $0
	JEQ  generic
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	PRODUCT4
	MOVQ fold+24(FP), DX
	MOVQ z+0(FP), DI
	XORL BX, BX
	FOLD(R12, R8, BX, SI)
	FOLD(R13, R9, SI, BX)
	FOLD(R14, R10, BX, SI)
	FOLD(R15, R11, SI, BX)
	FOLDTOP
	ADDQ BX, R12
	ADCQ AX, R13
	ADCQ AX, R14
	ADCQ AX, R15
	CMOVQCC AX, DX
	ADDQ DX, R12
	MOVQ R12, 0(DI)
	MOVQ R13, 8(DI)
	MOVQ R14, 16(DI)
	MOVQ R15, 24(DI)
	RET

generic:
	JMP ·foldMul4Generic(SB)

// func foldMul8ADX(z, x, y *[8]uint64, fold uint64)
TEXT ·foldMul8ADX(SB), NOSPLIT, $64-32
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	PRODUCT8
	MOVQ fold+24(FP), DX
	MOVQ z+0(FP), DI
	XORL BX, BX
	FOLD(CX, 0(SP), BX, SI)
	FOLD(R8, 8(SP), SI, BX)
	FOLD(R9, 16(SP), BX, SI)
	FOLD(R10, 24(SP), SI, BX)
	FOLD(R11, 32(SP), BX, SI)
	FOLD(R12, 40(SP), SI, BX)
	FOLD(R13, 48(SP), BX, SI)
	FOLD(R14, R15, SI, BX)
	FOLDTOP
	ADDQ BX, CX
	ADCQ AX, R8
	ADCQ AX, R9
	ADCQ AX, R10
	ADCQ AX, R11
	ADCQ AX, R12
	ADCQ AX, R13
	ADCQ AX, R14
	CMOVQCC AX, DX
	ADDQ DX, CX
	MOVQ CX, 0(DI)
	MOVQ R8, 8(DI)
	MOVQ R9, 16(DI)
	MOVQ R10, 24(DI)
	MOVQ R11, 32(DI)
	MOVQ R12, 40(DI)
	MOVQ R13, 48(DI)
	MOVQ R14, 56(DI)
	RET

// func montMul4(z, x, y, m *[4]uint64, n0 uint64)
TEXT ·montMul4(SB), NOSPLIT, $0-40
	CMPB ·hasADX(SB), $0
	JEQ  generic
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	PRODUCT4
	MOVQ m+24(FP), SI
	XORL DI, DI
	REDUCE4(R8, R9, R10, R11, R12, n0+32(FP))
	REDUCE4(R9, R10, R11, R12, R13, n0+32(FP))
	REDUCE4(R10, R11, R12, R13, R14, n0+32(FP))
	REDUCE4(R11, R12, R13, R14, R15, n0+32(FP))
	MOVQ R12, R8
	MOVQ R13, R9
	MOVQ R14, R10
	MOVQ R15, R11
	SUBQ 0(SI), R8
	SBBQ 8(SI), R9
	SBBQ 16(SI), R10
	SBBQ 24(SI), R11
	SBBQ $0, DI
	CMOVQCS R12, R8
	CMOVQCS R13, R9
	CMOVQCS R14, R10
	CMOVQCS R15, R11
	MOVQ z+0(FP), DI
	MOVQ R8, 0(DI)
	MOVQ R9, 8(DI)
	MOVQ R10, 16(DI)
	MOVQ R11, 24(DI)
	RET

generic:
	JMP ·montMul4Generic(SB)

// func montMul8ADX(z, x, y, m *[8]uint64, n0 uint64)
TEXT ·montMul8ADX(SB), NOSPLIT, $128-40
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	PRODUCT8
	MOVQ CX, 64(SP)
	MOVQ R8, 72(SP)
	MOVQ R9, 80(SP)
	MOVQ R10, 88(SP)
	MOVQ R11, 96(SP)
	MOVQ R12, 104(SP)
	MOVQ R13, 112(SP)
	MOVQ R14, 120(SP)
	MOVQ 0(SP), R8
	MOVQ 8(SP), R9
	MOVQ 16(SP), R10
	MOVQ 24(SP), R11
	MOVQ 32(SP), R12
	MOVQ 40(SP), R13
	MOVQ 48(SP), R14
	MOVQ m+24(FP), SI
	XORL DI, DI
	MOVQ 64(SP), CX
	REDUCE8(R8, R9, R10, R11, R12, R13, R14, R15, CX, n0+32(FP))
	MOVQ 72(SP), R8
	REDUCE8(R9, R10, R11, R12, R13, R14, R15, CX, R8, n0+32(FP))
	MOVQ 80(SP), R9
	REDUCE8(R10, R11, R12, R13, R14, R15, CX, R8, R9, n0+32(FP))
	MOVQ 88(SP), R10
	REDUCE8(R11, R12, R13, R14, R15, CX, R8, R9, R10, n0+32(FP))
	MOVQ 96(SP), R11
	REDUCE8(R12, R13, R14, R15, CX, R8, R9, R10, R11, n0+32(FP))
	MOVQ 104(SP), R12
	REDUCE8(R13, R14, R15, CX, R8, R9, R10, R11, R12, n0+32(FP))
	MOVQ 112(SP), R13
	REDUCE8(R14, R15, CX, R8, R9, R10, R11, R12, R13, n0+32(FP))
	MOVQ 120(SP), R14
	REDUCE8(R15, CX, R8, R9, R10, R11, R12, R13, R14, n0+32(FP))
	MOVQ z+0(FP), DX
	MOVQ CX, 0(DX)
	MOVQ R8, 8(DX)
	MOVQ R9, 16(DX)
	MOVQ R10, 24(DX)
	MOVQ R11, 32(DX)
	MOVQ R12, 40(DX)
	MOVQ R13, 48(DX)
	MOVQ R14, 56(DX)
	SUBQ 0(SI), CX
	SBBQ 8(SI), R8
	SBBQ 16(SI), R9
	SBBQ 24(SI), R10
	SBBQ 32(SI), R11
	SBBQ 40(SI), R12
	SBBQ 48(SI), R13
	SBBQ 56(SI), R14
	SBBQ $0, DI
	CMOVQCS 0(DX), CX
	CMOVQCS 8(DX), R8
	CMOVQCS 16(DX), R9
	CMOVQCS 24(DX), R10
	CMOVQCS 32(DX), R11
	CMOVQCS 40(DX), R12
	CMOVQCS 48(DX), R13
	CMOVQCS 56(DX), R14
	MOVQ CX, 0(DX)
	MOVQ R8, 8(DX)
	MOVQ R9, 16(DX)
	MOVQ R10, 24(DX)
	MOVQ R11, 32(DX)
	MOVQ R12, 40(DX)
	MOVQ R13, 48(DX)
	MOVQ R14, 56(DX)
	RET
