package xmltree

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"github.com/soapgate/soapgate/internal/reject"
)

func inUTF16(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// TestParse_encoding is the one table of what decides a document's encoding:
// byte order mark, media type, declaration, and each contradiction.
func TestParse_encoding(t *testing.T) {
	const (
		accepted    = ""
		unsupported = reject.XMLEncoding
		conflict    = reject.XMLEncodingConflict
		plain       = "<a>я😀</a>"
		declared8   = "<?xml version='1.0' encoding='utf-8'?><a>я😀</a>"
		declared16  = "<?xml version='1.0' encoding='UTF-16'?><a>я😀</a>"
		mark        = "\uFEFF"
	)
	le := func(s string) string { return inUTF16(binary.LittleEndian, s) }
	be := func(s string) string { return inUTF16(binary.BigEndian, s) }
	for _, test := range []struct {
		name, src, charset string
		want               reject.Code
	}{
		{"nothing stated", plain, "", accepted},
		{"declared", declared8, "", accepted},
		{"mark", mark + plain, "", accepted},
		{"charset", plain, "UTF-8", accepted},
		{"all three", mark + declared8, "utf-8", accepted},
		{"UTF-16LE by its mark", le(mark + plain), "", accepted},
		{"UTF-16BE by its mark", be(mark + plain), "", accepted},
		{"UTF-16LE, all three", le(mark + declared16), "utf-16", accepted},
		{"UTF-16BE, all three", be(mark + declared16), "UTF-16", accepted},
		{"UTF-16LE by charset", le(plain), "utf-16le", accepted},
		{"UTF-16BE by charset", be(declared16), "utf-16be", accepted},
		{"UTF-16LE declared with its byte order", le(mark + "<?xml version='1.0' encoding='UTF-16LE'?><a>я😀</a>"), "", accepted},

		{"UTF-16 by charset without a mark", be(plain), "utf-16", unsupported},
		{"UTF-16 without anything", le(plain), "", reject.XMLCharacter},
		{"UTF-16 declared without a mark", declared16, "", conflict},
		{"UTF-8 mark, UTF-16 declared", mark + declared16, "", conflict},
		{"UTF-16 mark, UTF-8 declared", le(mark + declared8), "", conflict},
		{"UTF-16 mark, other byte order declared", le(mark + "<?xml version='1.0' encoding='UTF-16BE'?><a/>"), "", conflict},
		{"UTF-16 mark, UTF-8 charset", le(mark + plain), "utf-8", conflict},
		{"UTF-16 mark, other byte order by charset", le(mark + plain), "utf-16be", conflict},
		{"UTF-8 mark, UTF-16 charset", mark + plain, "utf-16", conflict},
		{"UTF-8 charset, UTF-16 declared", declared16, "utf-8", conflict},
		{"UTF-16 charset, UTF-8 declared", be(declared8), "utf-16be", conflict},

		{"windows-1251 declared", "<?xml version='1.0' encoding='windows-1251'?><a/>", "", unsupported},
		{"windows-1251 charset", plain, "windows-1251", unsupported},
		{"US-ASCII charset", "<a/>", "us-ascii", unsupported},
		{"UTF-7 declared", "<?xml version='1.0' encoding='UTF-7'?>+ADw-a/+AD4-", "", unsupported},
		{"UTF-32LE", "\xFF\xFE\x00\x00<\x00\x00\x00a\x00\x00\x00/\x00\x00\x00>\x00\x00\x00", "", unsupported},
		{"UTF-32BE", "\x00\x00\xFE\xFF\x00\x00\x00<\x00\x00\x00a\x00\x00\x00/\x00\x00\x00>", "", unsupported},
		{"EBCDIC", "\x4C\x6F\xA7\x94\x93", "", unsupported},
		{"windows-1251 in fact", "<a>\xFF\xEE</a>", "", unsupported},
		{"overlong", "<a>\xE0\x80\xBC</a>", "", unsupported},
		{"overlong NUL", "<a>\xC0\x80</a>", "", unsupported},
		{"five bytes", "<a>\xF8\x88\x80\x80\x80</a>", "", unsupported},
		{"beyond Unicode", "<a>\xF4\x90\x80\x80</a>", "", unsupported},
		{"surrogate pair in UTF-8", "<a>\xED\xA0\xBD\xED\xB8\x80</a>", "", unsupported},
		{"high surrogate alone", "\xFF\xFE" + le("<a>") + "\x3D\xD8" + le("</a>"), "", unsupported},
		{"low surrogate alone", "\xFF\xFE" + le("<a>") + "\x00\xDE" + le("</a>"), "", unsupported},
		{"high surrogate at the end", "\xFF\xFE" + le("<a/>") + "\x3D\xD8", "", unsupported},
		{"odd number of bytes", "\xFF\xFE" + le("<a/>") + "\x20", "", unsupported},
		{"second mark", mark + mark + plain, "", reject.XMLNotWellFormed},
		{"NUL in UTF-16", le(mark + "<a>\x00</a>"), "", reject.XMLCharacter},
		{"malformed name of an encoding", "<?xml version='1.0' encoding=' utf-8'?><a/>", "", reject.XMLNotWellFormed},
		{"empty name of an encoding", "<?xml version='1.0' encoding=''?><a/>", "", reject.XMLNotWellFormed},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, err := Parse([]byte(test.src), Options{Charset: test.charset})
			if code(err) != test.want {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if err != nil {
				return
			}
			defer tree.Release()
			if text, _ := tree.Text(tree.Root()); string(text) != "я😀" {
				t.Errorf("text %q", text)
			}
		})
	}
}

// TestParse_source checks that UTF-8 is kept as it came, mark and all, and
// UTF-16 is the same document in UTF-8.
func TestParse_source(t *testing.T) {
	const doc = "<?xml version='1.0'?>\r\n<a>\r\n</a>"
	for name, src := range map[string]string{
		"UTF-8":               doc,
		"UTF-8 with its mark": "\uFEFF" + doc,
	} {
		if tree := parse(t, src, Options{}); string(tree.Source()) != src {
			t.Errorf("%s: %q", name, tree.Source())
		}
	}
	if tree := parse(t, inUTF16(binary.BigEndian, "\uFEFF"+doc), Options{}); string(tree.Source()) != doc {
		t.Errorf("UTF-16: %q", tree.Source())
	}
}
