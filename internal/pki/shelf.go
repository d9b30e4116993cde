package pki

import (
	"hash/maphash"
	"maps"
)

// A shelf is an immutable map of lists by the key of their issuer's name. A
// changed copy shares all but one of the parts: thousands of lists come in one
// by one when a gate starts.
type shelf [64]map[string]*issuerLists

var shelfSeed = maphash.MakeSeed()

func part(issuer string) uint64 { return maphash.String(shelfSeed, issuer) % uint64(len(shelf{})) }

func (s *shelf) get(issuer string) *issuerLists { return s[part(issuer)][issuer] }

func (s *shelf) with(issuer string, lists *issuerLists) *shelf {
	c := *s
	i := part(issuer)
	if c[i] = maps.Clone(c[i]); c[i] == nil {
		c[i] = make(map[string]*issuerLists)
	}
	c[i][issuer] = lists
	return &c
}

// all ranges over the lists of all issuers.
func (s *shelf) all(yield func(*issuerLists) bool) {
	for _, m := range s {
		for _, lists := range m {
			if !yield(lists) {
				return
			}
		}
	}
}
