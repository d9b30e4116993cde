package xmlsig_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/soapgate/soapgate/internal/c14n"
	"github.com/soapgate/soapgate/internal/gatetest/recipe"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// FuzzVerify plays the attacker without a key: each input is a list of
// operations on the elements of a signed message. However the message is
// taken apart and put together, what is accepted is what was signed.
func FuzzVerify(f *testing.F) {
	profiles := []struct{ name, sign string }{
		{"hcs", "hcs p256"}, {"wss", "wss p256 direct timestamp token"}, {"smev3", "smev3 p256"}, {"document", "enveloped p256"},
	}
	type original struct{ msg, payload []byte }
	originals := make([]original, len(profiles))
	for i, p := range profiles {
		msg, err := recipe.Build(vector.Vector{Header: map[string]string{"sign": p.sign}}, func(kind string) *sign.Signer { return signer(f, kind) })
		if err != nil {
			f.Fatal(err)
		}
		payload, err := accepted(f, msg, p.name)
		if err != nil {
			f.Fatal(err)
		}
		originals[i] = original{msg, payload}
	}
	// The families of wrapping, in the language of operations: copy or move
	// elements, rename identifiers.
	for i := range byte(len(profiles)) {
		f.Add([]byte{i})
		for _, op := range []byte{0, 1, 2, 3, 4} {
			f.Add([]byte{i, op, 5, 3, op, 6, 2})
			f.Add([]byte{i, op, 4, 1, 4, 5, 0, 2, 7, 0})
		}
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 || len(program) > 40 {
			return
		}
		i := int(program[0]) % len(profiles)
		msg := operate(originals[i].msg, program[1:])
		if msg == nil {
			return
		}
		payload, err := accepted(t, msg, profiles[i].name)
		if err == nil && !bytes.Equal(payload, originals[i].payload) {
			t.Errorf("accepted, but it is not what was signed:\n%s\n%s", payload, msg)
		}
	})
}

// accepted returns the canonical form of what a consumer would act on, found
// by its place, if the message is accepted.
func accepted(tb testing.TB, msg []byte, profile string) ([]byte, error) {
	t, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		return nil, err
	}
	req, err := profiles[profile](tb, t, "ecdsa")
	if err != nil {
		return nil, err
	}
	if _, err := xmlsig.Verify(t, req, options()); err != nil {
		return nil, err
	}
	n := t.Root()
	except := xmltree.None
	switch profile {
	case "hcs", "smev3", "wss":
		if n = t.FirstElement(t.Child(t.Root(), soap11, "Body")); profile == "smev3" {
			n = t.FirstElement(n)
		}
	}
	if profile == "hcs" || profile == "document" {
		except = t.FirstElement(n)
	}
	var b bytes.Buffer
	if profile == "smev3" {
		err = c14n.WriteSMEV(&b, t, n, except)
	} else {
		err = c14n.Write(&b, t, n, c14n.Method{Exclusive: true}, except)
	}
	return b.Bytes(), err
}

// operate runs a program on a message, nil if it takes the message apart for
// good. An operation is three bytes: what, which element, to which.
func operate(msg, program []byte) []byte {
	for ; len(program) >= 3; program = program[3:] {
		t, err := xmltree.Parse(msg, xmltree.Options{})
		if err != nil {
			return nil
		}
		var elements []xmltree.Node
		for n := t.Root(); n < t.End(0); n++ {
			if t.Kind(n) == xmltree.Element {
				elements = append(elements, n)
			}
		}
		a, b := elements[int(program[1])%len(elements)], elements[int(program[2])%len(elements)]
		from, to := t.Offset(a), t.EndOffset(a)
		markup := slices.Clone(msg[from:to])
		switch program[0] % 5 {
		case 0: // copy a behind the start tag of b
			msg = slices.Concat(msg[:t.TagEnd(b)], markup, msg[t.TagEnd(b):])
		case 1: // copy a before b
			msg = slices.Concat(msg[:t.Offset(b)], markup, msg[t.Offset(b):])
		case 2: // take a away
			msg = slices.Concat(msg[:from], msg[to:])
		case 3: // b takes the place of a
			msg = slices.Concat(msg[:from], msg[t.Offset(b):t.EndOffset(b)], msg[to:])
		case 4:
			msg = spoil(t, msg, a, b)
		}
		if len(msg) > 1<<17 {
			return nil
		}
	}
	return msg
}

// spoil changes one character of the first identifier in a, and of the first
// number in b, so that there is something to pass off.
func spoil(t *xmltree.Tree, msg []byte, a, b xmltree.Node) []byte {
	msg = slices.Clone(msg)
	for n := a; n < t.End(a); n++ {
		if id, ok := t.Attr(n, "", "Id"); ok && len(id) > 0 {
			msg[t.Offset(n)+bytes.Index(msg[t.Offset(n):], id)] ^= 1
			break
		}
	}
	for n := b; n < t.End(b); n++ {
		if v := t.Value(n); t.Kind(n) == xmltree.Text && len(v) > 0 && v[0] >= '0' && v[0] <= '9' {
			msg[t.Offset(n)] ^= 1
			break
		}
	}
	return msg
}
