// Package recipe makes the signed test messages of testdata. Keys are made
// when tests run and never lie in the repository, so a vector that needs a
// signature says how to make one: which layout and key sign what, what is
// changed before the signature is finished, and what is done to the message
// afterwards. testdata/README.md documents the notation.
package recipe

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// Messages that are signed when a vector brings none, by layout.
var Messages = map[string]string{
	"hcs":       hcsMessage,
	"wss":       wssMessage,
	"smev3":     smev3Message,
	"enveloped": `<list xmlns="urn:example:list"><item n="1">a</item><item n="2">b</item></list>`,
}

const (
	hcsMessage = `<?xml version="1.0" encoding="UTF-8"?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:unused="urn:example:unused" xmlns:base="urn:example:base">
  <S:Header><base:RequestHeader><base:MessageGUID>6f1f2f3a-0000-4000-8000-000000000001</base:MessageGUID></base:RequestHeader></S:Header>
  <S:Body>
    <dm:importRequest xmlns:dm="urn:example:metering" xmlns="urn:example:default" Id="signed-data-container" base:version="10.0.1.1">
      <dm:Value a="1" base:b="2">42 &gt; 41 &amp; 43</dm:Value><!-- a comment -->
      <Note>текст</Note>
    </dm:importRequest>
  </S:Body>
</S:Envelope>`
	wssMessage = `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">
  <S:Header><h:Account xmlns:h="urn:example:header">0042</h:Account></S:Header>
  <S:Body><p:order xmlns:p="urn:example:orders"><p:item>1</p:item></p:order></S:Body>
</S:Envelope>`
	smev3Message = `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>
<r:SendRequestRequest xmlns:r="urn:example:smev:types:1.2" xmlns:b="urn:example:smev:basic:1.2">
  <r:SenderProvidedRequestData Id="SIGNED_BY_CALLER"><r:MessageID>6f1f2f3a-0000-1000-8000-000000000002</r:MessageID>
    <b:MessagePrimaryContent><q:Query xmlns:q="urn:example:query" code="7">  текст  </q:Query></b:MessagePrimaryContent>
  </r:SenderProvidedRequestData>
  <r:CallerInformationSystemSignature/>
</r:SendRequestRequest>
</S:Body></S:Envelope>`
)

// Build makes the message of a vector whose header says "sign". Signer makes
// or remembers the signer for a kind of key.
func Build(v vector.Vector, signer func(kind string) *sign.Signer) ([]byte, error) {
	words := strings.Fields(v.Header["sign"])
	if len(words) < 2 {
		return nil, fmt.Errorf("sign is %q, want a layout and a key", v.Header["sign"])
	}
	msg := []byte(Messages[words[0]])
	if own, ok := v.Files["message"]; ok {
		msg = own
	}
	s := signer(words[1])
	s.ID = "test"
	if c, ok := v.Files["before"]; ok {
		s.Edit = func(doc []byte) ([]byte, error) { return edit(doc, string(c)) }
	}
	signed, err := write(s, msg, words)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if signed, err = edit(signed, string(v.Files["after"])); err != nil {
		return nil, err
	}
	if request, ok := v.Files["request"]; ok {
		return assemble(string(request), signed)
	}
	return signed, nil
}

func write(s *sign.Signer, msg []byte, words []string) ([]byte, error) {
	switch words[0] {
	case "hcs":
		return s.HCS(msg)
	case "enveloped":
		return s.Enveloped(msg)
	case "smev3":
		wrappers := words[2:]
		if len(wrappers) == 0 {
			wrappers = []string{"CallerInformationSystemSignature"}
		}
		for _, w := range wrappers {
			var err error
			if msg, err = s.SMEV3(msg, w); err != nil {
				return nil, err
			}
		}
		return msg, nil
	case "wss":
		var o sign.Security
		for _, w := range words[2:] {
			switch w {
			case "timestamp":
				o.Lifetime = 5 * time.Minute
			case "token":
				o.SignToken = true
			case "smev2":
				o.Actor = "http://smev.gosuslugi.ru/actors/smev"
			case "header":
				o.Headers = []string{"Account"}
			default:
				i := slices.Index([]string{"direct", "path", "ski", "thumbprint", "issuer", "embedded"}, w)
				if i < 0 {
					return nil, fmt.Errorf("unknown option %q", w)
				}
				o.Token = sign.Token(i)
			}
		}
		return s.WSS(msg, o)
	}
	return nil, fmt.Errorf("unknown layout %q", words[0])
}

// edit does what the lines of steps say: "old ⇒ new" replaces the one
// occurrence, "old ⇉ new" all of them, and "value how" changes the bytes of
// the signature value.
func edit(doc []byte, steps string) ([]byte, error) {
	for step := range strings.Lines(steps) {
		step = strings.TrimSuffix(step, "\n")
		if strings.TrimSpace(step) == "" {
			continue
		}
		if how, ok := strings.CutPrefix(step, "value "); ok {
			var err error
			if doc, err = value(doc, how); err != nil {
				return nil, err
			}
			continue
		}
		arrow, limit := " ⇒ ", 1
		if strings.Contains(step, " ⇉ ") || strings.HasSuffix(step, " ⇉") {
			arrow, limit = " ⇉ ", -1
		}
		before, after, ok := strings.Cut(step+" ", arrow)
		after = strings.TrimSuffix(after, " ")
		if count := bytes.Count(doc, []byte(before)); !ok || count == 0 || limit > 0 && count != limit {
			return nil, fmt.Errorf("step %q: found %d times", step, count)
		}
		doc = bytes.ReplaceAll(doc, []byte(before), []byte(after))
	}
	return doc, nil
}

// value changes the bytes of the one signature value.
func value(doc []byte, how string) ([]byte, error) {
	from := bytes.Index(doc, []byte("<ds:SignatureValue"))
	if from < 0 {
		return nil, fmt.Errorf("no signature value")
	}
	from += bytes.IndexByte(doc[from:], '>') + 1
	to := from + bytes.IndexByte(doc[from:], '<')
	v, err := base64.StdEncoding.DecodeString(string(doc[from:to]))
	if err != nil {
		return nil, fmt.Errorf("signature value: %w", err)
	}
	n := len(v) / 2
	switch how {
	case "reversed":
		slices.Reverse(v)
	case "swapped":
		v = slices.Concat(v[n:], v[:n])
	case "short":
		v = v[:len(v)-1]
	case "long":
		v = append(v, 0)
	case "first zero":
		clear(v[:n])
	case "second zero":
		clear(v[n:])
	case "zero":
		clear(v)
	case "first full":
		copy(v[:n], bytes.Repeat([]byte{0xff}, n))
	case "second full":
		copy(v[n:], bytes.Repeat([]byte{0xff}, n))
	case "der":
		if v, err = asn1.Marshal([]*big.Int{new(big.Int).SetBytes(v[:n]), new(big.Int).SetBytes(v[n:])}); err != nil {
			return nil, fmt.Errorf("signature value: %w", err)
		}
	default:
		return nil, fmt.Errorf("unknown change of the value %q", how)
	}
	return slices.Concat(doc[:from], []byte(base64.StdEncoding.EncodeToString(v)), doc[to:]), nil
}

// assemble makes a message of pieces of the signed one: {{element "x"}} is
// the first element of that local name as it stands there, {{inner "x"}} its
// content, {{start "x"}} its start tag.
func assemble(text string, signed []byte) ([]byte, error) {
	t, err := xmltree.Parse(signed, xmltree.Options{})
	if err != nil {
		return nil, fmt.Errorf("reading the signed message: %w", err)
	}
	defer t.Release()
	find := func(local string) (xmltree.Node, error) {
		for n := t.Root(); n < t.End(0); n++ {
			if t.Kind(n) == xmltree.Element && t.Name(n).Local == local {
				return n, nil
			}
		}
		return xmltree.None, fmt.Errorf("the signed message has no %s", local)
	}
	piece := func(cut func(n xmltree.Node) (from, to int)) func(string) (string, error) {
		return func(local string) (string, error) {
			n, err := find(local)
			if err != nil {
				return "", err
			}
			from, to := cut(n)
			return string(signed[from:to]), nil
		}
	}
	tmpl, err := template.New("").Funcs(template.FuncMap{
		"element": piece(func(n xmltree.Node) (int, int) { return t.Offset(n), t.EndOffset(n) }),
		"start":   piece(func(n xmltree.Node) (int, int) { return t.Offset(n), t.TagEnd(n) }),
		"inner": piece(func(n xmltree.Node) (int, int) {
			return t.TagEnd(n), t.TagEnd(n) + bytes.LastIndex(signed[t.TagEnd(n):t.EndOffset(n)], []byte("</"))
		}),
		"without": func(local, part string) (string, error) {
			outer, err := find(local)
			if err != nil {
				return "", err
			}
			inner, err := find(part)
			if err != nil {
				return "", err
			}
			return string(signed[t.Offset(outer):t.Offset(inner)]) + string(signed[t.EndOffset(inner):t.EndOffset(outer)]), nil
		},
	}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, nil); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	return b.Bytes(), nil
}
