package dossier

import (
	"errors"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// place is where something stands: a file, and a line of it from 1.
type place struct {
	file string
	line int
}

// Problems are all that is wrong with some files, in their order. Each is a
// *fault.Fault with the values file and line, or wraps one.
type Problems []error

func (p Problems) Error() string { return errors.Join(p...).Error() }

// Unwrap lets fault.Is, fault.Code and the catalogue see each of them.
func (p Problems) Unwrap() []error { return p }

// mostProblems is how many are told: a file of the wrong kind has one in each
// line, and nobody reads the hundredth.
const mostProblems = 50

// reader gathers what is wrong while files are read.
type reader struct {
	problems Problems
	more     bool // than mostProblems
}

// wrong notes a problem at a place.
func (r *reader) wrong(at place, code string, pairs ...any) {
	r.add(fault.New(fault.Invalid, code, append([]any{"file", at.file, "line", at.line}, pairs...)...))
}

func (r *reader) add(err error) {
	if len(r.problems) == mostProblems {
		r.more = true
		return
	}
	r.problems = append(r.problems, err)
}

// err is what is wrong, or nil.
func (r *reader) err() error {
	switch {
	case len(r.problems) == 0:
		return nil
	case r.more:
		return append(r.problems, fault.New(fault.Invalid, "dossier.more-problems", "told", mostProblems))
	}
	return r.problems
}

// nearest is the word that somebody may have meant, "" where none is near.
func nearest(word string, known []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to change, add or drop from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
