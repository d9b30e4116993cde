package quota

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/time/rate"
)

const requestSize = unsafe.Sizeof(Request{})

// peer is golang.org/x/time/rate as it is commonly used for keyed limits.
type peer struct{ limiters sync.Map }

func newPeer(keys int) *peer {
	p := new(peer)
	for i := range keys {
		p.limiters.Store(fmt.Sprintf("client-%07d", i), rate.NewLimiter(10_000, 100_000))
	}
	return p
}

// allow asks the limiters of three keys.
func (p *peer) allow(from *callers, now time.Time) bool {
	ok := true
	for range 3 {
		l, _ := p.limiters.Load(from.next().Client)
		ok = l.(*rate.Limiter).AllowN(now, 1) && ok
	}
	return ok
}
