package client

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// An EntryError says what is wrong with one entry of a registry file, and where.
type EntryError struct {
	File   string
	Line   int
	Client string // id, as far as it could be read
	Err    error  // begins with the field
}

func (e *EntryError) Error() string {
	who := ""
	if e.Client != "" {
		who = fmt.Sprintf(" client %q:", e.Client)
	}
	return fmt.Sprintf("%s:%d:%s %v", e.File, e.Line, who, e.Err)
}

func (e *EntryError) Unwrap() error { return e.Err }

// maxClients bounds the entries of one file.
const maxClients = 100_000

// Parse reads a registry:
//
//	clients:
//	  - id: example
//	    organization: {name: ООО «Пример», ogrn: "1027700000000"}
//	    certificates: [{sha256: "…"}]
//
// A bad entry is left out. The registry of the good ones is returned with all
// errors joined, each an EntryError; it is nil only if the file as a whole
// cannot be read. file is the name that errors bear.
func Parse(data []byte, file string) (*Registry, error) {
	list, err := readFile(data, file)
	if err != nil {
		return nil, err
	}
	r := NewRegistry()
	var errs []error
	for _, n := range list {
		c, err := readClient(n)
		if err == nil {
			err = r.add(c)
		}
		if err != nil {
			errs = append(errs, entryErrors(file, n.Line, c.ID, err)...)
		}
	}
	return r, errors.Join(errs...)
}

func readFile(data []byte, file string) ([]*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if doc.Kind == 0 { // an empty file holds no clients
		return nil, nil
	}
	var list []*yaml.Node
	err := readMapping(doc.Content[0], map[string]reader{
		"clients": func(n *yaml.Node) error {
			if n.Kind != yaml.SequenceNode {
				return errors.New("want a list")
			}
			list = n.Content
			return nil
		},
	})
	if err == nil && len(list) > maxClients {
		err = fmt.Errorf("clients: %d entries, more than %d", len(list), maxClients)
	}
	if err != nil {
		return nil, errors.Join(entryErrors(file, doc.Content[0].Line, "", err)...)
	}
	return list, nil
}

// lineError is an error at a line of its own.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// entryErrors gives each of the errors joined in err its place.
func entryErrors(file string, line int, id string, err error) []error {
	var list []error
	for _, err := range unjoin(err) {
		at := line
		var le *lineError
		if errors.As(err, &le) {
			at = le.line
		}
		list = append(list, &EntryError{file, at, id, err})
	}
	return list
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var list []error
		for _, e := range j.Unwrap() {
			list = append(list, unjoin(e)...)
		}
		return list
	}
	return []error{err}
}

// A reader reads the value of one field.
type reader func(*yaml.Node) error

// readMapping reads the fields of a mapping by a table. It reads on after an
// error, so that all of them are told at once.
func readMapping(n *yaml.Node, fields map[string]reader) error {
	if n.Kind != yaml.MappingNode {
		return &lineError{n.Line, errors.New("want a mapping")}
	}
	var errs []error
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := fields[key.Value]
		var err error
		switch {
		case !ok:
			err = errors.New("unknown field")
		case seen[key.Value]:
			err = errors.New("given twice")
		case value.Kind == yaml.AliasNode:
			err = errors.New("aliases are not allowed")
		default:
			err = read(value)
		}
		seen[key.Value] = true
		for _, e := range unjoin(err) {
			if e == nil {
				continue
			}
			line := value.Line
			var le *lineError
			if errors.As(e, &le) {
				line = le.line
			}
			errs = append(errs, &lineError{line, fmt.Errorf("%s: %w", key.Value, e)})
		}
	}
	return errors.Join(errs...)
}

func readString(to *string) reader {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			return errors.New("want a string")
		}
		*to = strings.TrimSpace(n.Value)
		return nil
	}
}

// readDigits reads a number whose leading zeros count. Unquoted, YAML would
// take such a number for octal.
func readDigits(to *string) reader {
	return func(n *yaml.Node) error {
		if n.Kind == yaml.ScalarNode && n.Tag != "!!str" && strings.HasPrefix(n.Value, "0") {
			return fmt.Errorf("put %s in quotes", n.Value)
		}
		return readString(to)(n)
	}
}

func readBool(to *bool) reader {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
			return errors.New("want true or false")
		}
		var err error
		*to, err = strconv.ParseBool(strings.ToLower(n.Value))
		return err
	}
}

func readList[T any](to *[]T, item func(*T) reader) reader {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return errors.New("want a list")
		}
		var errs []error
		*to = nil
		for _, c := range n.Content {
			var v T
			err := error(nil)
			if c.Kind == yaml.AliasNode {
				err = errors.New("aliases are not allowed")
			} else {
				err = item(&v)(c)
			}
			for _, e := range unjoin(err) {
				var le *lineError
				if e != nil && !errors.As(e, &le) {
					e = &lineError{c.Line, e}
				}
				errs = append(errs, e)
			}
			*to = append(*to, v)
		}
		return errors.Join(errs...)
	}
}

func readStrings(to *[]string) reader { return readList(to, readString) }

// readTime reads a date, which means its beginning in UTC, or a moment.
func readTime(to *time.Time) reader {
	return func(n *yaml.Node) error {
		for _, layout := range []string{time.DateOnly, time.RFC3339} {
			if t, err := time.Parse(layout, n.Value); err == nil && n.Kind == yaml.ScalarNode {
				*to = t
				return nil
			}
		}
		return fmt.Errorf("%q: want a date, as in 2026-01-31, or an RFC 3339 time", n.Value)
	}
}

func readAttributes(to *map[string]string) reader {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.MappingNode {
			return errors.New("want a mapping of attributes")
		}
		*to = make(map[string]string)
		for i := 0; i+1 < len(n.Content); i += 2 {
			var value string
			if err := readDigits(&value)(n.Content[i+1]); err != nil {
				return &lineError{n.Content[i].Line, fmt.Errorf("%s: %w", n.Content[i].Value, err)}
			}
			(*to)[n.Content[i].Value] = value
		}
		return nil
	}
}

func readMatch(to *Match) reader {
	return func(n *yaml.Node) error {
		err := readMapping(n, map[string]reader{
			"sha1": readDigits(&to.SHA1), "sha256": readDigits(&to.SHA256), "spki": readDigits(&to.SPKI),
			"subject": readAttributes(&to.Subject), "issuer": readAttributes(&to.Issuer),
		})
		if err != nil {
			return err
		}
		return to.check()
	}
}

func readOrganization(to *Organization) reader {
	return func(n *yaml.Node) error {
		err := readMapping(n, map[string]reader{
			"name": readString(&to.Name), "ogrn": readDigits(&to.OGRN), "inn": readDigits(&to.INN),
			"ppaguids": readStrings(&to.PPAGUIDs),
		})
		if err != nil {
			return err
		}
		return to.check()
	}
}

func readToken(to *Token) reader {
	return func(n *yaml.Node) error {
		err := readMapping(n, map[string]reader{
			"issuer": readString(&to.Issuer), "client_id": readString(&to.ClientID), "scope": readString(&to.Scope),
		})
		if err == nil && (to.Issuer == "" || to.ClientID == "") {
			err = errors.New("issuer and client_id belong together")
		}
		return err
	}
}

func readStatus(to *Status) reader {
	return func(n *yaml.Node) error {
		*to = Status(n.Value)
		if !slices.Contains([]Status{Active, Suspended, Test}, *to) {
			return fmt.Errorf("%q: want active, suspended or test", n.Value)
		}
		return nil
	}
}

func readVersion(to *Version) reader {
	return func(n *yaml.Node) error {
		v, err := ParseVersion(n.Value)
		*to = Version(v)
		return err
	}
}
