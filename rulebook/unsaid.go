package rulebook

import "strings"

// "I don't know" and "I prefer not to say" are answers: nobody is asked again,
// and nothing is missing. To a condition there is no answer there, so that it
// can't reckon with what nobody said: answered(x) is false, and a rule reads x
// only behind it, even where the form requires x. What it may ask is why:
// unsure(x), declined(x).

// The functions that ask why there is no answer. They are names to CEL, one for
// each field that takes such an answer.
const (
	unsureFunction   = "unsure"
	declinedFunction = "declined"
)

func unsaidName(function, field string) string { return function + "(" + field + ")" }

// cutUnsaid parts a name that unsaidName made.
func cutUnsaid(name string) (field string, why unsaid, ok bool) {
	if !strings.HasSuffix(name, ")") {
		return "", said, false
	}
	function, field, _ := strings.Cut(name[:len(name)-1], "(")
	switch function {
	case unsureFunction:
		return field, unsure, true
	case declinedFunction:
		return field, declined, true
	}
	return "", said, false
}

// fieldOf is the field that a name of a program tells of: itself, or the one
// that it asks the reason of.
func fieldOf(name string) string {
	if field, _, ok := cutUnsaid(name); ok {
		return field
	}
	return name
}

// unsaidWords are the names that ask for a reason.
func (e *Edition) unsaidWords(v vocabulary) {
	for i := range e.Fields {
		f := &e.Fields[i]
		if f.Unsure {
			v[unsaidName(unsureFunction, f.ID)] = word{kind: truthKind, always: true}
		}
		if f.Decline {
			v[unsaidName(declinedFunction, f.ID)] = word{kind: truthKind, always: true}
		}
	}
}

// mayBeUnsaid reports whether an answer that is there may have no value.
func (f *Field) mayBeUnsaid() bool { return f.Unsure || f.Decline }

// truth is a yes or no.
func truth(b bool) Value {
	if b {
		return Value{kind: Boolean, number: 1}
	}
	return Value{kind: Boolean}
}
