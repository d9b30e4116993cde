package gost3410

// A comb takes a scalar of N bits as columns of teeth bits, N/(teeth·blocks) columns for
// each of its blocks, and has a point ready for whatever stands in a column of a block.
// With all blocks served between two doublings, a multiplication costs 32 or 64
// additions and 7 or 15 doublings; two scalars share the doublings. The bits are taken
// as +1 and -1, which halves the tables: a column and its complement differ by sign.
const (
	teeth  = 8
	blocks = 4
)

// comb holds for each block b, with spacing N/(teeth·blocks), the sums
// ±2^(0·spacing) ± … + 2^((teeth-1)·spacing) times 2^(b·teeth·spacing) times a point;
// bit i of the index is the sign of summand i.
type comb[E element] [blocks][1 << (teeth - 1)]affine[E]

func spacing[E element]() int {
	var e E
	return 64 * len(e) / (teeth * blocks)
}

// newComb makes the tables of a.
func (g *group[E]) newComb(a *affine[E]) *comb[E] {
	const size = 1 << (teeth - 1)
	points := make([]point[E], 0, blocks*size)
	power := g.lift(a)
	for range blocks {
		// first is the sum with all signs but the last negative; exchanging a sign
		// adds twice the summand.
		var twice [teeth - 1]point[E]
		var first point[E]
		for i := range teeth {
			summand := power
			if i < teeth-1 {
				g.negate(&summand.x, &summand.y, &summand.t)
			}
			if i == 0 {
				first = summand
			} else {
				g.prepare(&summand)
				g.add(&first, &summand)
			}
			g.double(&power, 1)
			if i < teeth-1 {
				twice[i] = power
				g.prepare(&twice[i])
			}
			g.double(&power, spacing[E]()-1)
		}
		block := append(points[len(points):], first)
		for i := range twice {
			for _, p := range block {
				g.add(&p, &twice[i])
				block = append(block, p)
			}
		}
		points = points[:len(points)+size]
	}
	entries := g.normalize(points)
	var c comb[E]
	for b := range c {
		copy(c[b][:], entries[b*size:])
	}
	return &c
}

// halfOnes returns (2^N - 1)/2 modulo q.
func halfOnes[E element](q *modulus[E]) (z E) {
	for i := range len(z) {
		z[i] = ^uint64(0)
	}
	q.reduce(&z)
	halve(&z, &q.m)
	return z
}

// halve divides x < m by two modulo an odd m.
func halve[E element](x, m *E) {
	var carry uint64
	if (*x)[0]&1 != 0 {
		carry = addTo(x, m)
	}
	shiftRight(x, 1, carry)
}

// signedBits sets z to the number whose bits, taken as +1 and -1, are k modulo q: that
// is 2z - (2^N - 1) = k.
func (g *group[E]) signedBits(z, k *E) {
	*z = *k
	halve(z, &g.q.m)
	g.q.add(z, z, &g.half)
}

// addColumn adds to p what stands in column i of the signed bits k, from all blocks.
func (g *group[E]) addColumn(p *point[E], c *comb[E], k *E, i int) {
	for b := range c {
		column, at := 0, b*teeth*spacing[E]()+i
		for j := range teeth {
			column |= bit(k, at+j*spacing[E]()) << j
		}
		if column >= 1<<(teeth-1) {
			g.addAffine(p, &c[b][column-1<<(teeth-1)])
			continue
		}
		minus := c[b][1<<(teeth-1)-1-column]
		g.negate(&minus.x, &minus.y, &minus.t)
		g.addAffine(p, &minus)
	}
}
