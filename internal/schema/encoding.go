package schema

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// charmaps are the encodings of one byte a character that schema documents are
// taken in; messages are in Unicode only. nil is UTF-8 with less in it.
var charmaps = map[string]*charmap.Charmap{
	"us-ascii": nil, "iso-8859-1": charmap.ISO8859_1, "iso-8859-5": charmap.ISO8859_5, "iso-8859-15": charmap.ISO8859_15,
	"windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252, "koi8-r": charmap.KOI8R,
}

var declaredEncoding = regexp.MustCompile(`^<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z0-9._-]+)["']`)

// toUTF8 returns a document in UTF-8 if it declares one of the charmaps, with
// the declaration changed to say so at the same length, and as it is if not.
func toUTF8(src []byte) []byte {
	m := declaredEncoding.FindSubmatchIndex(src)
	if m == nil {
		return src
	}
	from, to := m[2], m[3]
	table, ok := charmaps[strings.ToLower(string(src[from:to]))]
	if !ok {
		return src
	}
	const label = "UTF-8"
	quote := src[to]
	out := bytes.Clone(src)
	copy(out[from:], label)
	out[from+len(label)] = quote
	for i := from + len(label) + 1; i <= to; i++ {
		out[i] = ' '
	}
	if table != nil {
		// A charmap has no byte that is an error: what means nothing becomes U+FFFD.
		out, _ = table.NewDecoder().Bytes(out)
	}
	return out
}
