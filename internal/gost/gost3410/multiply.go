package gost3410

// window is the width of the signed windows in which multiply takes a scalar.
const window = 5

// multiply returns k·a: a scalar in non-adjacent form of odd digits below 2^(window-1),
// on average one addition in window+1 doublings.
func (g *group[E]) multiply(a *affine[E], k *E) point[E] {
	var odd [1 << (window - 2)]point[E] // a, 3a, 5a, …
	p := g.lift(a)
	twice := p
	g.double(&twice, 1)
	g.prepare(&twice)
	for i := range odd {
		odd[i] = p
		g.prepare(&odd[i])
		if i+1 < len(odd) {
			g.add(&p, &twice)
		}
	}

	var digits [64*8 + 1]int8
	n := nonAdjacent(&digits, k)
	sum, pending := g.neutral(), 0
	for i := n - 1; i >= 0; i-- {
		pending++
		d := digits[i]
		if d == 0 {
			continue
		}
		g.double(&sum, pending)
		pending = 0
		if d > 0 {
			g.add(&sum, &odd[d/2])
		} else {
			minus := odd[-d/2]
			g.negate(&minus.x, &minus.y, &minus.t)
			g.add(&sum, &minus)
		}
	}
	g.double(&sum, pending)
	return sum
}

// nonAdjacent writes the digits of k, least significant first, and returns their number.
func nonAdjacent[E element](digits *[64*8 + 1]int8, k *E) int {
	n, carry := 0, 0
	for i := 0; i <= 64*len(*k); {
		if bit(k, i) == carry {
			i++
			continue
		}
		d := carry
		for j := range window {
			d += bit(k, i+j) << j
		}
		carry = d >> (window - 1)
		digits[i] = int8(d - carry<<window)
		n = i + 1
		i += window
	}
	return n
}
