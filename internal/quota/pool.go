package quota

import (
	"slices"
	"sync"
)

// A pool is the memory of all tables of a Memory, in large pieces so that the
// system can map it in large pages: with small ones a processor waits as long
// for where a key lies as for the key. The tables move from one level to the
// next, of twice the size, as they fill; a piece is given back when the last
// one has left it. At level 0 there is room for all keys allowed.
type pool struct {
	mu     sync.Mutex
	shards int
	most   int // groups of a shard at level 0
	level  int // of the piece
	piece  share
	keyed  bool
}

// A share is the slots of one shard; or, of all of them, a piece.
type share struct {
	groups []group
	labels []label  // of the slots
	keys   []digest // of the slots, of a shadow only
	level  int
}

// newPool returns a pool of shares in which so many entries each may be in use.
func newPool(shards, entries int) *pool {
	p := &pool{shards: shards, most: (10*entries + 8*width - 1) / (8 * width)}
	for p.size(p.level) > block {
		p.level++
	}
	p.level++
	return p
}

// size returns the groups of a shard at a level, whole blocks.
func (p *pool) size(level int) int { return max(1, (p.most>>level+block-1)/block) * block }

// next returns a larger share to a shard whose present one is of a level.
func (p *pool) next(shard, level int) share {
	p.mu.Lock()
	defer p.mu.Unlock()
	if level == p.level {
		p.level--
		p.piece = p.make()
	}
	n := p.size(p.level)
	from, to := shard*n, (shard+1)*n
	h := share{groups: p.piece.groups[from:to:to], level: p.level}
	from, to = from*width, to*width
	h.labels = p.piece.labels[from:to:to]
	if p.keyed {
		h.keys = p.piece.keys[from:to:to]
	}
	return h
}

func (p *pool) make() share {
	n := p.size(p.level) * p.shards
	h := share{groups: make([]group, n), labels: make([]label, n*width)}
	if p.keyed {
		h.keys = make([]digest, n*width)
	}
	largePages(h.groups)
	return h
}

func (h *share) clone() share {
	return share{slices.Clone(h.groups), slices.Clone(h.labels), slices.Clone(h.keys), h.level}
}
