package pki

import (
	"errors"
	"slices"
)

// A policyGraph holds the policies valid along a path (RFC 9618 5.2): per
// depth one node a policy, so that it grows with the certificates and not with
// the ways through them, as the tree of RFC 5280 does (CVE-2023-0464).
type policyGraph struct {
	levels []policyLevel // nil levels: the graph is NULL
}

type policyLevel map[OID]*policyNode

type policyNode struct {
	parents  []*policyNode
	expected []OID
	// fromAny marks a node below an anyPolicy node: its policy stands in the
	// terms of the anchor (RFC 9618 5.2, 6.1.5 (g)).
	policy  OID
	fromAny bool
}

func newPolicyGraph() *policyGraph {
	root := &policyNode{policy: oidAnyPolicy, expected: []OID{oidAnyPolicy}}
	return &policyGraph{levels: []policyLevel{{oidAnyPolicy: root}}}
}

func (g *policyGraph) null() bool { return len(g.levels) == 0 }

func (g *policyGraph) last() policyLevel { return g.levels[len(g.levels)-1] }

// expect returns the nodes of the last level by expected policy.
func (g *policyGraph) expect() map[OID][]*policyNode {
	m := make(map[OID][]*policyNode)
	for _, n := range g.last() {
		for _, p := range n.expected {
			m[p] = append(m[p], n)
		}
	}
	return m
}

// descend adds a level for a certificate (RFC 9618 5.3, 6.1.3 (d) and (e)).
func (g *policyGraph) descend(c *Certificate, anyAllowed bool) {
	if g.null() {
		return
	}
	if !c.HasPolicies {
		g.levels = nil
		return
	}
	expecting := g.expect()
	level := make(policyLevel)
	add := func(p OID, parents []*policyNode) {
		level[p] = &policyNode{policy: p, parents: parents, expected: []OID{p}, fromAny: parents[0].policy == oidAnyPolicy}
	}
	for _, p := range c.Policies {
		if p == oidAnyPolicy {
			continue
		}
		if parents := expecting[p]; parents != nil { // (d)(1)(i)
			add(p, parents)
		} else if parent := g.last()[oidAnyPolicy]; parent != nil { // (d)(1)(ii)
			add(p, []*policyNode{parent})
		}
	}
	if anyAllowed && slices.Contains(c.Policies, oidAnyPolicy) { // (d)(2)
		for p, parents := range expecting {
			if level[p] == nil {
				add(p, parents)
			}
		}
	}
	g.levels = append(g.levels, level)
	g.prune()
}

// prune removes nodes without children from the upper levels ((d)(3)); a last
// level without nodes makes the graph NULL.
func (g *policyGraph) prune() {
	if len(g.last()) == 0 {
		g.levels = nil
		return
	}
	for i := len(g.levels) - 1; i > 0; i-- {
		used := make(map[*policyNode]bool)
		for _, n := range g.levels[i] {
			for _, p := range n.parents {
				used[p] = true
			}
		}
		for id, n := range g.levels[i-1] {
			if !used[n] {
				delete(g.levels[i-1], id)
			}
		}
	}
}

// mapPolicies applies mappings to the last level (RFC 9618 5.4, 6.1.4 (b)).
func (g *policyGraph) mapPolicies(mappings []PolicyMapping, allowed bool) {
	if g.null() || len(mappings) == 0 {
		return
	}
	to := make(map[OID][]OID)
	for _, m := range mappings {
		to[m.Issuer] = append(to[m.Issuer], m.Subject)
	}
	level := g.last()
	for issuer, subjects := range to {
		n := level[issuer]
		switch {
		case !allowed:
			delete(level, issuer)
		case n != nil:
			n.expected = subjects
		case level[oidAnyPolicy] != nil:
			parents := level[oidAnyPolicy].parents
			level[issuer] = &policyNode{policy: issuer, parents: parents, expected: subjects, fromAny: true}
		}
	}
	g.prune()
}

// authorities returns the policies that the path bears out, in the anchor's
// terms: the authority-constrained policy set (RFC 9618 5.5, 6.1.5 (g)).
func (g *policyGraph) authorities() []OID {
	if g.null() {
		return nil
	}
	var set []OID
	for _, level := range g.levels[1:] {
		for id, n := range level {
			if n.fromAny && id != oidAnyPolicy && !slices.Contains(set, id) {
				set = append(set, id)
			}
		}
	}
	if g.last()[oidAnyPolicy] != nil {
		set = append(set, oidAnyPolicy)
	}
	slices.Sort(set)
	return set
}

// leaves returns the policies of the last certificate that the path bears
// out, in its own terms.
func (g *policyGraph) leaves() []OID {
	if g.null() {
		return nil
	}
	var set []OID
	for id := range g.last() {
		set = append(set, id)
	}
	slices.Sort(set)
	return set
}

// checkMappings refuses mappings to or from anyPolicy (RFC 5280 6.1.4 (a)).
func checkMappings(mappings []PolicyMapping) error {
	for _, m := range mappings {
		if m.Issuer == oidAnyPolicy || m.Subject == oidAnyPolicy {
			return errors.New("anyPolicy is mapped")
		}
	}
	return nil
}

// A policyState is the state of RFC 5280 6.1.2 (a), (d) to (f).
type policyState struct {
	graph                      *policyGraph
	explicit, mapping, inhibit int
}

// Policies are the inputs of RFC 5280 6.1.1 (c), (e) to (g).
type Policies struct {
	Initial        []OID // acceptable policies; nil means any
	Explicit       bool  // a valid policy is demanded
	InhibitMapping bool
	InhibitAny     bool
}

func newPolicyState(in Policies, length int) *policyState {
	s := &policyState{graph: newPolicyGraph(), explicit: length + 1, mapping: length + 1, inhibit: length + 1}
	if in.Explicit {
		s.explicit = 0
	}
	if in.InhibitMapping {
		s.mapping = 0
	}
	if in.InhibitAny {
		s.inhibit = 0
	}
	return s
}

var errNoPolicy = errors.New("no policy is valid along the path")

// enter processes certificate i (6.1.3 (d) to (f)).
func (s *policyState) enter(c *Certificate, final bool) error {
	s.graph.descend(c, s.inhibit > 0 || !final && c.SelfIssued())
	if s.explicit == 0 && s.graph.null() {
		return errNoPolicy
	}
	return nil
}

// leave prepares for the next certificate (6.1.4 (a), (b), (h) to (j)).
func (s *policyState) leave(c *Certificate) error {
	if err := checkMappings(c.PolicyMappings); err != nil {
		return err
	}
	s.graph.mapPolicies(c.PolicyMappings, s.mapping > 0)
	if !c.SelfIssued() {
		s.explicit, s.mapping, s.inhibit = max(s.explicit-1, 0), max(s.mapping-1, 0), max(s.inhibit-1, 0)
	}
	limit(&s.explicit, c.RequireExplicitPolicy)
	limit(&s.mapping, c.InhibitMapping)
	limit(&s.inhibit, c.InhibitAnyPolicy)
	return nil
}

func limit(n *int, bound int) {
	if bound >= 0 && bound < *n {
		*n = bound
	}
}

// wrapUp returns the policies of the path (6.1.5 (a), (b), (g)).
func (s *policyState) wrapUp(c *Certificate, in Policies) ([]OID, error) {
	s.explicit = max(s.explicit-1, 0)
	if c.RequireExplicitPolicy == 0 {
		s.explicit = 0
	}
	authorities := s.graph.authorities()
	valid := len(authorities) > 0
	if in.Initial != nil {
		valid = slices.Contains(authorities, oidAnyPolicy) || slices.ContainsFunc(authorities, func(p OID) bool {
			return slices.Contains(in.Initial, p)
		})
	}
	if s.explicit == 0 && !valid {
		return nil, errNoPolicy
	}
	return s.graph.leaves(), nil
}
