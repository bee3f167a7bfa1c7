package rulebook

import "slices"

// A question's condition taken apart, for who must say it in words: a form on
// paper can't leave a question out, it says "only if".

// IfOp is what a condition says.
type IfOp string

// What conditions say. The first two join Parts; the others are about one field,
// those of comparison with a Value.
const (
	IfAll         IfOp = "all"
	IfAny         IfOp = "any"
	IfIs          IfOp = "is"
	IfIsNot       IfOp = "is-not"
	IfBelow       IfOp = "below"
	IfAtMost      IfOp = "at-most"
	IfAbove       IfOp = "above"
	IfAtLeast     IfOp = "at-least"
	IfAnswered    IfOp = "answered"
	IfNotAnswered IfOp = "not-answered"
)

// AskedIf is when a question is asked.
type AskedIf struct {
	Op    IfOp
	Field string // that it is about; "" of IfAll and IfAny
	Value string // id of an option, true or false, or a number
	Parts []AskedIf
}

// OnlyIf is the condition of a field; false where it has none, and where it says
// more than these words do: then AskedAfter names the fields that it reads.
func (e *Edition) OnlyIf(field string) (AskedIf, bool) {
	p := e.when[field]
	if p == nil {
		return AskedIf{}, false
	}
	return e.condition(p.term, true)
}

// negated is what each comparison says where it doesn't hold.
var negated = map[IfOp]IfOp{
	IfAll: IfAny, IfAny: IfAll, IfIs: IfIsNot, IfIsNot: IfIs, IfBelow: IfAtLeast, IfAtLeast: IfBelow, IfAbove: IfAtMost, IfAtMost: IfAbove,
	IfAnswered: IfNotAnswered, IfNotAnswered: IfAnswered,
}

// comparisons are the operators, with the field on their left.
var comparisons = map[string]IfOp{
	"&&": IfAll, "||": IfAny, "==": IfIs, "!=": IfIsNot, "<": IfBelow, "<=": IfAtMost, ">": IfAbove, ">=": IfAtLeast,
}

// condition takes a term apart; holds is whether it is to hold.
func (e *Edition) condition(t *term, holds bool) (AskedIf, bool) {
	say := func(c AskedIf) (AskedIf, bool) {
		if !holds {
			c.Op = negated[c.Op]
		}
		return c, true
	}
	switch {
	case t.kind == nameTerm && e.asks(t.name):
		return say(AskedIf{Op: IfIs, Field: t.name, Value: boolText(true)})
	case t.kind == answeredTerm && e.asks(t.name):
		return say(AskedIf{Op: IfAnswered, Field: t.name})
	case t.kind != callTerm:
		return AskedIf{}, false
	case t.name == "!" && len(t.args) == 1:
		return e.condition(t.args[0], !holds)
	}
	op, known := comparisons[t.name]
	if !known || len(t.args) != 2 {
		return AskedIf{}, false
	}
	if op == IfAll || op == IfAny {
		c := AskedIf{Op: op}
		for _, part := range t.args {
			one, ok := e.condition(part, holds)
			if !ok {
				return AskedIf{}, false
			}
			c.Parts = append(c.Parts, one)
		}
		return say(c)
	}
	name, value := t.args[0], t.args[1]
	if name.kind != nameTerm || !e.asks(name.name) || value.kind != textTerm && value.kind != literalTerm {
		return AskedIf{}, false
	}
	if f := e.fields[name.name]; !slices.Contains([]FieldType{Choice, Boolean, Integer, Amount}, f.Type) {
		return AskedIf{}, false
	}
	return say(AskedIf{Op: op, Field: name.name, Value: value.text})
}

// asks reports whether a name is that of a field.
func (e *Edition) asks(name string) bool { _, ok := e.fields[name]; return ok }
