package bundle

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/schema/datatype"
)

// value returns a value of a simple type: the first candidate the type takes.
func (s *Sampler) value(t *schema.SimpleType) (string, bool) {
	if t.Data == nil {
		return "x", true
	}
	for _, c := range s.candidates(t.Data) {
		if t.Data.Validate([]byte(c), nil) == nil {
			return c, true
		}
	}
	return "", false
}

// candidates are values that types of this kind usually take, likely ones
// first: what the facets name, then what the primitive type suggests.
func (s *Sampler) candidates(t *datatype.Type) []string {
	switch t.Variety() {
	case datatype.Absent:
		return []string{"x"}
	case datatype.List:
		return s.lists(t)
	case datatype.Union:
		var list []string
		for _, m := range t.Members() {
			list = append(list, s.candidates(m)...)
		}
		return list
	}
	list := t.Enumeration()
	var patterns []string
	shortest := 0
	for _, f := range t.Facets() {
		switch f.Kind {
		case datatype.PatternFacet:
			patterns = append(patterns, f.Value)
		case datatype.LengthFacet, datatype.MinLengthFacet:
			shortest, _ = strconv.Atoi(f.Value)
		case datatype.MinInclusiveFacet, datatype.MaxInclusiveFacet:
			list = append(list, f.Value)
		case datatype.MinExclusiveFacet:
			list = append(list, above(f.Value)...)
		}
	}
	for _, p := range patterns {
		list = append(list, s.ofPattern(p, shortest)...)
	}
	return append(s.ofPrimitive(t.Primitive(), shortest), list...)
}

func (s *Sampler) lists(t *datatype.Type) (list []string) {
	for _, item := range s.candidates(t.Item()) {
		if t.Item().Validate([]byte(item), nil) == nil {
			for n := range 4 {
				list = append(list, strings.TrimSpace(strings.Repeat(item+" ", n+1)))
			}
		}
	}
	return append(list, "")
}

// above names numbers a little larger than an exclusive bound.
func above(bound string) []string {
	f, err := strconv.ParseFloat(bound, 64)
	if err != nil {
		return nil
	}
	return []string{
		strconv.FormatFloat(f+1, 'f', -1, 64), strconv.FormatFloat(f+0.1, 'f', 1, 64), strconv.FormatFloat(f+0.01, 'f', 2, 64),
	}
}

// ofPattern writes strings of a pattern, longer and longer ones. Identifiers
// are numbered, as schemas demand that some of them differ.
func (s *Sampler) ofPattern(pattern string, shortest int) []string {
	first := samplePattern(pattern, 0)
	if len(first) == 36 && strings.Count(first, "-") == 4 {
		s.guids++
		return []string{fmt.Sprintf("00000000-0000-4000-8000-%012d", s.guids)}
	}
	list := []string{first}
	for extra := 1; extra <= max(shortest, 4); extra++ {
		list = append(list, samplePattern(pattern, extra))
	}
	return list
}

func (s *Sampler) ofPrimitive(p datatype.Primitive, shortest int) []string {
	t := s.Time
	switch p {
	case datatype.String, datatype.AnyURI:
		return []string{strings.Repeat("x", max(shortest, 1)), strings.Repeat("1", max(shortest, 1)), "en", "a.b", ""}
	case datatype.Boolean:
		return []string{"true", "false", "1", "0"}
	case datatype.Decimal, datatype.Float, datatype.Double:
		return []string{"1", "0", "10", "100", "1.0", "-1"}
	case datatype.DateTime:
		return []string{t.Format("2006-01-02T15:04:05Z07:00"), t.Format("2006-01-02T15:04:05")}
	case datatype.Date:
		return []string{t.Format(time.DateOnly)}
	case datatype.Time:
		return []string{t.Format(time.TimeOnly)}
	case datatype.GYearMonth:
		return []string{t.Format("2006-01")}
	case datatype.GYear:
		return []string{t.Format("2006")}
	case datatype.GMonthDay:
		return []string{t.Format("--01-02")}
	case datatype.GDay:
		return []string{t.Format("---02")}
	case datatype.GMonth:
		return []string{t.Format("--01")}
	case datatype.Duration:
		return []string{"P1D", "PT1H", "P1M"}
	case datatype.HexBinary:
		return []string{strings.Repeat("00", max(shortest, 1)), ""}
	case datatype.Base64Binary:
		return []string{"AAAA", "AA==", ""}
	}
	return nil
}
