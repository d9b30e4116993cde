#include "go_asm.h"
#include "textflag.h"

// LPS replaces x by LPS(x); the other registers are scratch. The constants stand in
// Z16 to Z28. S: two look-ups of seven bits and a choice by the eighth. L and P: each word
// is the sum of eight products, with the words rotated by 0 to 7; then the transposition.
#define LPS(x, t1, t2, t3, t4, t5, t6, t7, k) \
	VPMOVB2M       x, k;               \
	VMOVDQA64      x, t1;              \
	VPERMI2B       Z17, Z16, t1;       \
	VPERMI2B       Z19, Z18, x;        \
	VPBLENDMB      x, t1, k, x;        \
	VALIGNQ        $1, x, x, t1;       \
	VALIGNQ        $2, x, x, t2;       \
	VALIGNQ        $3, x, x, t3;       \
	VALIGNQ        $4, x, x, t4;       \
	VALIGNQ        $5, x, x, t5;       \
	VALIGNQ        $6, x, x, t6;       \
	VALIGNQ        $7, x, x, t7;       \
	VGF2P8AFFINEQB $0, Z20, x, x;      \
	VGF2P8AFFINEQB $0, Z21, t1, t1;    \
	VGF2P8AFFINEQB $0, Z22, t2, t2;    \
	VGF2P8AFFINEQB $0, Z23, t3, t3;    \
	VGF2P8AFFINEQB $0, Z24, t4, t4;    \
	VGF2P8AFFINEQB $0, Z25, t5, t5;    \
	VGF2P8AFFINEQB $0, Z26, t6, t6;    \
	VGF2P8AFFINEQB $0, Z27, t7, t7;    \
	VPTERNLOGQ     $0x96, t2, t1, x;   \
	VPTERNLOGQ     $0x96, t5, t4, t3;  \
	VPTERNLOGQ     $0x96, t7, t6, x;   \
	VPXORQ         t3, x, x;           \
	VPERMB         x, Z28, x

// func compressGFNI(h *vector, n uint64, p []byte, k *constants)
TEXT ·compressGFNI(SB), NOSPLIT, $0-48
	MOVQ h+0(FP), DI
	MOVQ n+8(FP), R8
	MOVQ p_base+16(FP), SI
	MOVQ p_len+24(FP), CX
	MOVQ k+40(FP), DX

	VMOVDQU64 constants_pi(DX), Z16
	VMOVDQU64 constants_pi+64(DX), Z17
	VMOVDQU64 constants_pi+128(DX), Z18
	VMOVDQU64 constants_pi+192(DX), Z19
	VMOVDQU64 constants_matrices(DX), Z20
	VMOVDQU64 constants_matrices+64(DX), Z21
	VMOVDQU64 constants_matrices+128(DX), Z22
	VMOVDQU64 constants_matrices+192(DX), Z23
	VMOVDQU64 constants_matrices+256(DX), Z24
	VMOVDQU64 constants_matrices+320(DX), Z25
	VMOVDQU64 constants_matrices+384(DX), Z26
	VMOVDQU64 constants_matrices+448(DX), Z27
	VMOVDQU64 constants_order(DX), Z28
	VMOVDQU64 (DI), Z0
	ADDQ      $constants_c, DX
	SHRQ      $6, CX
	JZ        done

block:
	// Z0 is h, Z1 the block, Z2 the key, Z3 the state.
	VMOVDQU64 (SI), Z1
	VMOVQ     R8, X2
	VPXORQ    Z0, Z2, Z2
	LPS(Z2, Z4, Z5, Z6, Z7, Z8, Z9, Z10, K1)
	VMOVDQA64 Z1, Z3
	MOVQ      DX, AX
	MOVL      $12, BX

round:
	VPXORQ Z2, Z3, Z3
	VPXORQ (AX), Z2, Z2
	LPS(Z2, Z4, Z5, Z6, Z7, Z8, Z9, Z10, K1)
	LPS(Z3, Z11, Z12, Z13, Z14, Z15, Z29, Z30, K2)
	ADDQ   $64, AX
	DECL   BX
	JNZ    round

	VPTERNLOGQ $0x96, Z3, Z2, Z0
	VPXORQ     Z1, Z0, Z0
	ADDQ       $512, R8
	ADDQ       $64, SI
	DECQ       CX
	JNZ        block

done:
	VMOVDQU64 Z0, (DI)
	VZEROUPPER
	RET
