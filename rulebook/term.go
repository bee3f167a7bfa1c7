package rulebook

// term is an expression as this room looks at it: what it reads, calls and
// compares, without the types of the CEL library, which cel.go keeps to itself.
type term struct {
	kind termKind
	name string // of a name or a function: "claimed", "&&"
	text string // of a literal
	args []*term
	at   int // where it stands in the expression, in characters from 0
}

type termKind uint8

const (
	literalTerm  termKind = iota // a number, true or false, or what date("…") and its like hold
	textTerm                     // a literal text, "checkpoint"
	nameTerm                     // what a case holds under a name
	answeredTerm                 // answered(name)
	callTerm                     // an operator or function
	listTerm                     // [a, b]
)

// walk visits a term and all below it, the outer ones first, in the order of
// writing.
func (t *term) walk(visit func(*term)) {
	visit(t)
	for _, a := range t.args {
		a.walk(visit)
	}
}

// finding is what is wrong with an expression: a code, its values in pairs,
// what would be right, and the place in the expression.
type finding struct {
	at     int
	code   string
	values []string
	mend   string
}
