package datatype

import (
	"fmt"
	"strings"
)

// A code is what is wrong with a value.
type code uint8

const (
	notAtomic code = iota
	notUnion
	notFacet // and then the facet tells
)

// A fault is a violation before it is put into words.
type fault struct {
	code   code
	facet  FacetKind
	step   int    // of a pattern
	actual int    // length or digits
	typ    *Type  // the type that refuses
	value  []byte // normalized
}

// A Violation says why a value is not valid.
type Violation struct {
	Code   string    // validation rule: "cvc-datatype-valid.1.2.1", "cvc-maxLength-valid", …
	Value  string    // the value, normalized, cut when it is long
	Type   *Type     // the type that refuses; for a list an item's, where that refuses
	Facet  FacetKind // where a facet refuses: Code is "cvc-<facet>-valid"
	Limit  string    // the facet's value: number, bound, pattern, enumeration in brackets
	Actual int       // the length or number of digits where the facet limits these
}

// maxShown is how many bytes of a value a Violation shows.
const maxShown = 256

func (f *fault) violation() *Violation {
	shown := f.value[:min(len(f.value), maxShown)]
	if f.typ.variety == List {
		shown = appendNormal(nil, shown, Collapse)
	}
	v := &Violation{Type: f.typ, Actual: f.actual, Value: string(shown)}
	if len(f.value) > maxShown {
		v.Value = strings.ToValidUTF8(v.Value, "") + "…"
	}
	switch f.code {
	case notAtomic:
		v.Code, v.Type = "cvc-datatype-valid.1.2.1", f.typ.lexical
	case notUnion:
		v.Code = "cvc-datatype-valid.1.2.3"
	default:
		v.Code, v.Facet = "cvc-"+f.facet.String()+"-valid", f.facet
		if f.facet == PatternFacet {
			v.Limit = f.typ.steps[f.step].text
		} else {
			v.Limit = f.typ.facetText(f.facet)
		}
	}
	return v
}

// Error returns the violation in the words that Xerces made familiar.
func (v *Violation) Error() string {
	switch v.Code {
	case "cvc-datatype-valid.1.2.1":
		return fmt.Sprintf("%s: '%s' is not a valid value for '%s'.", v.Code, v.Value, v.Type.name)
	case "cvc-datatype-valid.1.2.3":
		return fmt.Sprintf("%s: '%s' is not a valid value of union type '%s'.", v.Code, v.Value, v.Type.name)
	}
	switch k := v.Facet; k {
	case EnumerationFacet:
		return fmt.Sprintf("%s: Value '%s' is not facet-valid with respect to enumeration '%s'. It must be a value from the enumeration.",
			v.Code, v.Value, v.Limit)
	case LengthFacet, MinLengthFacet, MaxLengthFacet:
		return fmt.Sprintf("%s: Value '%s' with length = '%d' is not facet-valid with respect to %s '%s' for type '%s'.",
			v.Code, v.Value, v.Actual, k, v.Limit, v.Type.name)
	case TotalDigitsFacet:
		return fmt.Sprintf("%s: Value '%s' has %d total digits, but the number of total digits has been limited to %s.",
			v.Code, v.Value, v.Actual, v.Limit)
	case FractionDigitsFacet:
		return fmt.Sprintf("%s: Value '%s' has %d fraction digits, but the number of fraction digits has been limited to %s.",
			v.Code, v.Value, v.Actual, v.Limit)
	default:
		return fmt.Sprintf("%s: Value '%s' is not facet-valid with respect to %s '%s' for type '%s'.",
			v.Code, v.Value, k, v.Limit, v.Type.name)
	}
}
