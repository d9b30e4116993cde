package quota

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
)

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// go-redis reports each failed dial on standard error; tests fail them on purpose.
func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	m.Run()
}
