package schema

import (
	"cmp"
	"strings"

	"github.com/soapgate/soapgate/internal/schema/datatype"
)

func compareNames(a, b Name) int {
	return cmp.Or(strings.Compare(a.Space, b.Space), strings.Compare(a.Local, b.Local))
}

func valid(builtin, s string) bool {
	return datatype.Builtin(builtin).Validate([]byte(s), nil) == nil
}

func isNCName(s string) bool   { return valid("NCName", s) }
func isAnyURI(s string) bool   { return valid("anyURI", s) }
func isLanguage(s string) bool { return valid("language", s) }
