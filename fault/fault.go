// Package fault says why an act can't be done: a kind that a caller branches
// on, a code, and the values that the sentence names. The sentence itself
// stands in the catalogue, by language: rooms speak in codes, so that one
// wording serves screen, command line and letter.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is what a caller may branch on. The list is short and never reordered;
// each edge maps it to its own wire (exit code, HTTP status) in one place.
type Kind string

const (
	Invalid    Kind = "invalid"     // the request is wrong as it stands: the asker mends it
	NotFound   Kind = "not-found"   // there is no such thing, or none that the asker may see
	NotAllowed Kind = "not-allowed" // no rule allows this actor to do it
	Conflict   Kind = "conflict"    // it stands otherwise by now: load again and decide anew
	Unsound    Kind = "unsound"     // a record does not match its proof: stop and run verify
)

// Fault is one reason. Values come in pairs, name and value, in the order
// they were given.
type Fault struct {
	Kind   Kind
	Code   string
	Values []Value
}

// Value is one name that the catalogue's sentence may use.
type Value struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// New makes a fault; pairs are name, value, name, value …
// A value is printed with fmt.Sprint.
func New(kind Kind, code string, pairs ...any) error {
	f := &Fault{Kind: kind, Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Values = append(f.Values, Value{Name: fmt.Sprint(pairs[i]), Text: fmt.Sprint(pairs[i+1])})
	}
	return f
}

// Error is the form for logs: code and values, no sentence.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Code)
	for _, v := range f.Values {
		fmt.Fprintf(&b, " %s=%q", v.Name, v.Text)
	}
	return b.String()
}

// Is reports whether err carries a fault of this kind.
func Is(err error, kind Kind) bool {
	f, ok := errors.AsType[*Fault](err)
	return ok && f.Kind == kind
}

// Code is the code of the fault that err carries, or "".
func Code(err error) string {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Code
	}
	return ""
}
