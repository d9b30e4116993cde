//go:build linux

package turns

import (
	"fmt"
	"io"
)

// A Target is a figure that is to be reached.
type Target struct {
	What   string
	Figure float64
	Unit   string
	AtMost bool // else at least
	Bound  float64
}

// Met reports whether the figure reaches the target.
func (t Target) Met() bool {
	if t.AtMost {
		return t.Figure <= t.Bound
	}
	return t.Figure >= t.Bound
}

// targetHead is the head of the table whose rows targets are.
const targetHead = "| target | figure | bound | reached |\n|---|---:|---:|---|\n"

func (t Target) String() string {
	sign, reached := "≥", "**no**"
	if t.AtMost {
		sign = "≤"
	}
	if t.Met() {
		reached = "yes"
	}
	return fmt.Sprintf("| %s | %.2f%s | %s %g%s | %s |\n", t.What, t.Figure, t.Unit, sign, t.Bound, t.Unit, reached)
}

// Report writes the table of targets and reports whether all are met.
func Report(w io.Writer, targets []Target) (met bool) {
	met = true
	fmt.Fprint(w, targetHead)
	for _, t := range targets {
		fmt.Fprint(w, t)
		met = met && t.Met()
	}
	return met
}
