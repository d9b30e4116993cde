package vector

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

const (
	opening = "⟦"
	closing = "⟧"
)

// expand replaces the ⟦verb argument⟧ of a file, inner ones first.
func expand(s string) (string, error) {
	for {
		end := strings.Index(s, closing)
		if end < 0 {
			if strings.Contains(s, opening) {
				return "", fmt.Errorf("%s without %s", opening, closing)
			}
			return s, nil
		}
		start := strings.LastIndex(s[:end], opening)
		if start < 0 {
			return "", fmt.Errorf("%s without %s", closing, opening)
		}
		inner, err := evaluate(s[start+len(opening) : end])
		if err != nil {
			return "", err
		}
		s = s[:start] + inner + s[end+len(closing):]
	}
}

func evaluate(s string) (string, error) {
	verb, arg, _ := strings.Cut(s, " ")
	switch verb {
	case "repeat":
		count, text, ok := strings.Cut(arg, " ")
		n, err := strconv.Atoi(count)
		if !ok || err != nil {
			return "", fmt.Errorf("%q: want repeat N text", s)
		}
		if !strings.Contains(text, "{n}") {
			return strings.Repeat(text, n), nil
		}
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(text, "{n}", strconv.Itoa(i)))
		}
		return b.String(), nil
	case "hex":
		b, err := hex.DecodeString(strings.ReplaceAll(arg, " ", ""))
		return string(b), err
	case "utf16le":
		return encode(arg, binary.LittleEndian), nil
	case "utf16be":
		return encode(arg, binary.BigEndian), nil
	}
	return "", fmt.Errorf("unknown verb %q", verb)
}

func encode(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}
