package rulebook

import (
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Whether a condition can hold at all is told from what the names in it can be:
// a choice its options, a number any number. Each way in which it may come out
// is followed through, and what one comparison allows bounds the next one. What
// this can't follow, as sums and regexps, may come out either way.

// Bounds of following: a condition with more ways is taken to be possible.
const (
	maxWays  = 24
	maxSteps = 40_000 // of one edition
)

// follower follows conditions, until its steps are used up.
type follower struct {
	words vocabulary
	steps int
}

// way is what has been found of names so far, on one way to an outcome.
type way []bound

// bound is what a name may still be.
type bound struct {
	name     string
	words    []string // of a choice or truth: what is left
	low      limit    // of numbers and dates
	high     limit
	excluded []decimal
	discrete bool // whole numbers and dates
}

// limit is the end of a range; open is that the number itself is out.
type limit struct {
	set  bool
	at   decimal
	open bool
}

// can reports whether a condition may come out so on one of these ways.
func (f *follower) can(t *term, truth bool, from []way) []way {
	if f.steps += 1 + len(from); f.steps > maxSteps {
		return from
	}
	var ways []way
	switch {
	case t.kind == callTerm && t.name == "!":
		return f.can(t.args[0], !truth, from)
	case t.kind == callTerm && (t.name == "&&" && truth || t.name == "||" && !truth):
		return f.can(t.args[1], truth, f.can(t.args[0], truth, from))
	case t.kind == callTerm && (t.name == "&&" || t.name == "||"):
		// One of them is enough, and the other may have no answer then.
		ways = append(ways, f.can(t.args[0], truth, from)...)
		ways = append(ways, f.can(t.args[1], truth, from)...)
	case t.kind == callTerm && t.name == "?:":
		ways = append(ways, f.can(t.args[1], truth, f.can(t.args[0], true, from))...)
		ways = append(ways, f.can(t.args[2], truth, f.can(t.args[0], false, from))...)
	case t.kind == literalTerm && (t.text == "true" || t.text == "false"):
		if (t.text == "true") == truth {
			return from
		}
		return nil
	default:
		for _, w := range from {
			if narrowed, ok := f.narrow(w, t, truth); ok {
				ways = append(ways, narrowed)
			}
		}
	}
	if len(ways) > maxWays {
		return from
	}
	return ways
}

// narrow is a way after a comparison came out so; ok is whether that can be.
func (f *follower) narrow(w way, t *term, truth bool) (_ way, ok bool) {
	switch {
	case t.kind == answeredTerm:
		return w.keep(answeredMark+t.name, []string{"true", "false"}, []string{boolText(truth)}, true)
	case t.kind == nameTerm:
		if w, ok = f.answered(w, t.name); !ok {
			return nil, false
		}
		return w.keep(t.name, []string{"true", "false"}, []string{boolText(truth)}, true)
	case t.kind != callTerm || len(t.args) != 2:
		return w, true
	}
	name, other, operator := t.args[0], t.args[1], t.name
	if name.kind != nameTerm || f.words[name.name].constant != nil {
		name, other, operator = other, name, turned[operator]
	}
	word, known := f.words[name.name]
	if name.kind != nameTerm || !known || word.constant != nil || operator == "" {
		return w, true
	}
	if w, ok = f.answered(w, name.name); !ok {
		return nil, false
	}
	if word.options != nil || word.kind == truthKind {
		return f.narrowWords(w, name.name, word, operator, other, truth)
	}
	at, ok := f.number(other)
	if !ok {
		return w, true
	}
	if !truth {
		operator = opposite[operator]
	}
	discrete := word.kind == dateKind || word.field != nil && word.field.Type == Integer
	return w.within(name.name, operator, at, discrete)
}

// turned is an operator with its sides exchanged, opposite one that holds where
// the other doesn't.
var (
	turned   = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
	opposite = map[string]string{"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
)

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// answered is a way on which a name was read, so that it has an answer.
func (f *follower) answered(w way, name string) (way, bool) {
	if f.words[name].always {
		return w, true
	}
	return w.keep(answeredMark+name, []string{"true", "false"}, []string{"true"}, true)
}

func (f *follower) narrowWords(w way, name string, word word, operator string, other *term, truth bool) (way, bool) {
	all := word.options
	if word.kind == truthKind {
		all = []string{"true", "false"}
	}
	var texts []string
	switch {
	case other.kind == textTerm, other.kind == literalTerm && word.kind == truthKind:
		texts = []string{other.text}
	case other.kind == listTerm && operator == "in":
		for _, item := range other.args {
			if item.kind != textTerm {
				return w, true
			}
			texts = append(texts, item.text)
		}
	case other.kind == nameTerm && operator == "in":
		list, ok := f.words[other.name].constant.([]string)
		if !ok {
			return w, true
		}
		texts = list
	default:
		return w, true
	}
	return w.keep(name, all, texts, truth == (operator != "!="))
}

// keep leaves of a name's words those that are among texts, or those that aren't.
func (w way) keep(name string, all, texts []string, among bool) (way, bool) {
	at := slices.IndexFunc(w, func(b bound) bool { return b.name == name })
	left := all
	if at >= 0 {
		left = w[at].words
	}
	var kept []string
	for _, text := range left {
		if slices.Contains(texts, text) == among {
			kept = append(kept, text)
		}
	}
	if len(kept) == 0 {
		return nil, false
	}
	return w.with(at, bound{name: name, words: kept}), true
}

func (w way) with(at int, b bound) way {
	out := slices.Clone(w)
	if at < 0 {
		return append(out, b)
	}
	out[at] = b
	return out
}

// within bounds a number or date by a comparison.
func (w way) within(name, operator string, at decimal, discrete bool) (way, bool) {
	i := slices.IndexFunc(w, func(b bound) bool { return b.name == name })
	b := bound{name: name, discrete: discrete}
	if i >= 0 {
		b = w[i]
	}
	switch operator {
	case "<", "<=", "==":
		if l := (limit{true, at, operator == "<"}); !b.high.set || at.cmp(b.high.at) < 0 || at.cmp(b.high.at) == 0 && l.open {
			b.high = l
		}
	}
	switch operator {
	case ">", ">=", "==":
		if l := (limit{true, at, operator == ">"}); !b.low.set || at.cmp(b.low.at) > 0 || at.cmp(b.low.at) == 0 && l.open {
			b.low = l
		}
	case "!=":
		b.excluded = append(slices.Clone(b.excluded), at)
	}
	return w.with(i, b), b.possible()
}

// possible reports whether a number is left.
func (b bound) possible() bool {
	if !b.low.set || !b.high.set {
		return true
	}
	low, high := b.low, b.high
	if b.discrete {
		low, high = low.wholeAbove(), high.wholeBelow()
	}
	switch c := low.at.cmp(high.at); {
	case c > 0, c == 0 && (low.open || high.open):
		return false
	case c == 0:
		return !slices.ContainsFunc(b.excluded, func(d decimal) bool { return d.cmp(low.at) == 0 })
	}
	return true
}

// wholeAbove is the least whole number in a range that begins here.
func (l limit) wholeAbove() limit {
	down, err := l.at.round(0, money.Down)
	if err != nil {
		return l
	}
	if c := down.cmp(l.at); c < 0 || c == 0 && l.open {
		down, err = down.add(whole(1))
	}
	if err != nil {
		return l
	}
	return limit{true, down, false}
}

// wholeBelow is the greatest whole number in a range that ends here.
func (l limit) wholeBelow() limit {
	up := limit{true, l.at.neg(), l.open}.wholeAbove()
	return limit{true, up.at.neg(), up.open}
}

// number is what a term certainly is: a number, or a date by its day.
func (f *follower) number(t *term) (decimal, bool) {
	switch {
	case t.kind == literalTerm:
		return parseDecimal(t.text)
	case t.kind == nameTerm:
		if on, ok := f.words[t.name].constant.(day.Date); ok {
			return dayNumber(on), true
		}
	case t.kind == callTerm && t.name == "date" && len(t.args) == 1:
		if on, err := day.Parse(t.args[0].text); err == nil {
			return dayNumber(on), true
		}
	case t.kind == callTerm && t.name == "-" && len(t.args) == 1:
		n, ok := f.number(t.args[0])
		return n.neg(), ok
	}
	return decimal{}, false
}

// dayNumber counts days from a fixed one.
func dayNumber(d day.Date) decimal { return whole(int64(firstDay.DaysUntil(d))) }

var firstDay, _ = day.New(2000, 1, 1)
