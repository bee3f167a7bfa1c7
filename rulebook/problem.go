package rulebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Problem is one thing that is wrong with a rulebook, at the place where the
// author mends it.
type Problem struct {
	File     string        `json:"file"`
	Severity Severity      `json:"severity"`
	Line     int           `json:"line"`   // from 1
	Column   int           `json:"column"` // in characters, from 1
	Path     string        `json:"path"`   // of the field in the file: "fields[2].label.en"; "" for the file
	Code     string        `json:"code"`   // names the sentence in the catalogue
	Values   []fault.Value `json:"values,omitempty"`
	Mend     string        `json:"mend,omitempty"` // what would be right there: a word, the allowed ones, a pattern; "" where only the author can know
}

// Severity is what a problem keeps one from.
type Severity string

// An edition with a problem that is an error can't be used; a warning is better
// mended before publication.
const (
	Wrong   Severity = "error"
	Warning Severity = "warning"
)

// Error is the form for logs: place, path, code and values, no sentence.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Code)
	if p.Path != "" {
		fmt.Fprintf(&b, " at=%s", p.Path)
	}
	for _, v := range p.Values {
		fmt.Fprintf(&b, " %s=%q", v.Name, v.Text)
	}
	if p.Mend != "" {
		fmt.Fprintf(&b, " mend=%q", p.Mend)
	}
	return b.String()
}

// Problems is the error of Parse: all that was found, in the order of the file.
type Problems []Problem

// maxProblems bounds what one Parse tells; who has mended those asks again.
const maxProblems = 200

// Error lists them, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// errors are those that keep the edition from being used, and the others.
func (ps Problems) part() (errors, warnings Problems) {
	for _, p := range ps {
		if p.Severity == Warning {
			warnings = append(warnings, p)
		} else {
			errors = append(errors, p)
		}
	}
	return errors, warnings
}

// sorted puts problems in the order of the file and leaves out those said
// twice, so that the same file gives the same list.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if c := cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code)); c != 0 {
			return c
		}
		return cmp.Compare(a.Error(), b.Error())
	})
	ps = slices.CompactFunc(ps, func(a, b Problem) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Code == b.Code && a.Error() == b.Error()
	})
	return ps[:min(len(ps), maxProblems)]
}

// nearest is the known word that was probably meant, "" where none is near.
func nearest(word string, known []string) string {
	best, least := "", len(word)/3+1
	for _, k := range known {
		if d := distance(word, k, least); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters must be changed, added, left out or swapped
// with their neighbour to make b of a; it gives up at most.
func distance(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x) > maxWord || len(y) > maxWord || len(x)-len(y) >= most || len(y)-len(x) >= most {
		return most
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

func value(name, text string) fault.Value { return fault.Value{Name: name, Text: text} }
