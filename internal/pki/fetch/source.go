package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
)

// A Source is a document that is fetched from time to time.
type Source struct {
	// Name is what the document is kept under.
	Name string
	// Addresses serve the same document.
	Addresses []string
	// MaxSize bounds it, in bytes.
	MaxSize int64
	// Refresh is the longest time between two fetches.
	Refresh time.Duration
	// Take judges a document and puts it into effect, unless it is the one in
	// effect already. It reads it to its end. An error that is pki.ErrOlder
	// tells that the one in effect is newer.
	Take func(r io.Reader, now time.Time) (Span, error)
}

// A Span is the time for which a document was issued.
type Span struct{ From, Until time.Time }

// CRLSource returns the source of the list that the given addresses serve.
func CRLSource(store *pki.Store, refresh time.Duration, maxSize int64, addresses ...string) (Source, error) {
	if len(addresses) == 0 {
		return Source{}, errors.New("a source of a list without addresses")
	}
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil {
			return Source{}, err
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return Source{}, fmt.Errorf("address %q of a list: want http or https, without credentials", a)
		}
	}
	sorted := slices.Sorted(slices.Values(addresses))
	return Source{
		Name: sourceName(sorted), Addresses: addresses, MaxSize: maxSize, Refresh: refresh,
		Take: func(r io.Reader, _ time.Time) (Span, error) {
			l, err := pki.ParseCRL(r, maxSize)
			if err != nil {
				return Span{}, err
			}
			return Span{l.ThisUpdate, l.NextUpdate}, store.Put(l)
		},
	}, nil
}

// sourceName is a name that a person can tell apart and that two sources never
// share.
func sourceName(addresses []string) string {
	sum := sha256.Sum256([]byte(strings.Join(addresses, "\n")))
	base := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, strings.TrimSuffix(path.Base(addresses[0]), ".crl"))
	return base[:min(len(base), 40)] + "-" + hex.EncodeToString(sum[:8]) + ".crl"
}

// Mirrors groups addresses that serve the same list: those that end in the
// same file name, as the lists of one CA on several hosts do.
func Mirrors(addresses []string) [][]string {
	var groups [][]string
	byFile := make(map[string]int)
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue // ldap, which some certificates name too
		}
		file := path.Base(u.Path)
		i, ok := byFile[file]
		if !ok {
			i = len(groups)
			byFile[file] = i
			groups = append(groups, nil)
		}
		if !slices.Contains(groups[i], a) {
			groups[i] = append(groups[i], a)
		}
	}
	return groups
}

// OnHosts returns those addresses whose host is one of hosts: what of a
// certificate's own addresses may be fetched, since anybody writes into
// certificates what he likes.
func OnHosts(addresses, hosts []string) []string {
	var list []string
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err == nil && slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, u.Host) }) {
			list = append(list, a)
		}
	}
	return list
}
