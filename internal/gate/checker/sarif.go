package checker

import (
	"cmp"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/soapgate/soapgate/internal/reject"
)

// Parts of SARIF 2.1.0 (OASIS), as much of it as editors and pipelines read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		Help             sarifText `json:"help"`
	}
	sarifText struct { // 3.11
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
)

// SARIF returns the results as a SARIF log, to be written as JSON.
func SARIF(results []*Result, lang string) any {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "soapgate", Rules: []sarifRule{}}
	for _, r := range results {
		for _, s := range r.Stages {
			if s.Refusal != nil {
				run.add(r.Name, s.Refusal, lang)
			}
		}
	}
	return sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}
}

func (run *sarifRun) add(file string, f *Refusal, lang string) {
	rules := &run.Tool.Driver.Rules
	if !slices.ContainsFunc(*rules, func(r sarifRule) bool { return r.ID == f.Code }) {
		e, _ := reject.Lookup(reject.Code(f.Code))
		*rules = append(*rules, sarifRule{f.Code, sarifText{e.Text.In(lang)}, sarifText{e.Advice.In(lang)}})
	}
	if len(f.Findings) == 0 {
		run.result(file, f.Code, f.Text.In(lang), f.Line, f.Column, f.Path)
	}
	for _, v := range f.Findings {
		text := cmp.Or(v.Text.In(lang), v.Xerces, f.Text.In(lang))
		run.result(file, f.Code, text, cmp.Or(v.Line, f.Line), cmp.Or(v.Column, f.Column), cmp.Or(v.Path, f.Path))
	}
}

func (run *sarifRun) result(file, code, text string, line, column int, path string) {
	var l sarifLocation
	l.Physical.Artifact.URI = (&url.URL{Path: filepath.ToSlash(file)}).String()
	if line > 0 {
		l.Physical.Region = &sarifRegion{line, column}
	}
	if path != "" {
		l.Logical = []sarifLogical{{path}}
	}
	run.Results = append(run.Results, sarifResult{code, "error", sarifText{text}, []sarifLocation{l}})
}
