package caddyplugin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/soapgate/soapgate/internal/quota"
)

// A node is where a process keeps its own files in a storage that many may
// share: a folder named by the host. A process that finds it in use takes the
// next one; one that is started anew after the last one's end, or kill, takes
// the folder that it had.
type node struct {
	quota.Storage
	folder string
}

// maxFolders bounds how many processes of one host are told apart.
const maxFolders = 64

const ownerFile = "owner"

// chooseNode returns the first folder of the host that no other living process
// owns. It writes nothing: the configuration may yet be thrown away.
func chooseNode(ctx context.Context, storage quota.Storage, host string) (*node, error) {
	base := "soapgate/nodes/" + url.PathEscape(host)
	n := &node{storage, base + "/"}
	for i := 2; i <= maxFolders; i++ {
		// What cannot be read is taken for free: the counters' own error tells.
		if owner, err := n.Load(ctx, ownerFile); err != nil || !lives(string(owner)) {
			return n, nil
		}
		n.folder = fmt.Sprintf("%s.%d/", base, i)
	}
	return nil, fmt.Errorf("%d gates of host %q use one storage", maxFolders, host)
}

// own marks the folder as this process's.
func (n *node) own(ctx context.Context) error {
	return n.Store(ctx, ownerFile, []byte(processName(os.Getpid())))
}

func (n *node) Store(ctx context.Context, name string, value []byte) error {
	return n.Storage.Store(ctx, n.folder+name, value)
}

func (n *node) Load(ctx context.Context, name string) ([]byte, error) {
	return n.Storage.Load(ctx, n.folder+name)
}

func (n *node) Delete(ctx context.Context, name string) error {
	return n.Storage.Delete(ctx, n.folder+name)
}

// processName names a process by its number and, where the system tells, by when
// it began: numbers are used again.
func processName(pid int) string {
	// proc(5): the 22nd field; the second may hold anything, in parentheses.
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if _, rest, ok := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " "); ok {
		if fields := strings.Fields(rest); len(fields) > 19 {
			return strconv.Itoa(pid) + " " + fields[19]
		}
	}
	return strconv.Itoa(pid)
}

// lives reports whether a process lives, and is not this one.
func lives(name string) bool {
	number, _, _ := strings.Cut(name, " ")
	pid, err := strconv.Atoi(number)
	if err != nil || pid == os.Getpid() || processName(pid) != name {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}
