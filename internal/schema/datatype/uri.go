package datatype

// isURI reports whether v is an anyURI: with the characters escaped that
// XLink 5.4 lets stand, a URI reference of RFC 2396 as RFC 2732 amends it
// (Part 2 3.2.17).
func isURI(v []byte) bool {
	hash := false
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '%':
			if i+2 >= len(v) {
				return false
			}
			if _, ok := hexLength(v[i+1 : i+3]); !ok {
				return false
			}
		case '#':
			if hash {
				return false
			}
			hash = true
		}
	}
	return true
}
