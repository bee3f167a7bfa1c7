package rulebook

import (
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Bounds of one expression. Since there is no loop, they bound what it costs.
const (
	maxExpression = 2_000   // characters
	maxNesting    = 40      // brackets in brackets
	maxRegexp     = 200     // characters
	maxMachine    = 1_000   // instructions of a compiled regexp, about
	maxCost       = 100_000 // CEL's own measure, for the longest answers that the fields allow
	maxWord       = 64      // characters of an id
)

// kind is what an expression gives, in the words of its author.
type kind string

const (
	numberKind kind = "number"
	dateKind   kind = "date"
	timeKind   kind = "time"
	periodKind kind = "period"
	textKind   kind = "text"
	truthKind  kind = "boolean"
	listKind   kind = "list"
	whenKind   kind = "partial-date"
)

// kindOf is the kind of a value.
func kindOf(v any) kind {
	switch v.(type) {
	case decimal:
		return numberKind
	case day.Date:
		return dateKind
	case clock:
		return timeKind
	case day.Period:
		return periodKind
	case day.When:
		return whenKind
	case bool:
		return truthKind
	}
	return textKind
}

// readNumber and readClock read what was checked.
func readNumber(s string) (decimal, error) {
	d, ok := parseDecimal(s)
	if !ok {
		return decimal{}, numberTooLarge
	}
	return d, nil
}

func readClock(s string) (clock, error) { return clock(s), nil }

// clock is a time of day, "15:04".
type clock string

// unanswered is the error of an expression that reads what isn't there. It
// carries the name.
type unanswered string

// Error is the code with the name.
func (u unanswered) Error() string { return "unanswered " + string(u) }

// The functions that find numbers in tables and series.
const (
	lookupFunction = "lookup" // lookup("ages", age): see Table
	rateFunction   = "rate"   // rate("un-monthly", on): see Series
)

// answeredMark is put before a name to ask whether it has a value.
const answeredMark = "@"

// vocabulary is the names that an expression may use.
type vocabulary map[string]word

// word is what a name stands for.
type word struct {
	kind     kind
	field    *Field   // nil for a name that every case has
	options  []string // the only texts that it can be, in order
	constant any      // of the edition, not of the case
	always   bool     // every case has it
	number   int      // its place among the names, from 0
}

// The names that every case has, beside the fields.
const (
	receivedName = "received"
	categoryName = "category"
	claimantName = "claimant"
	awardName    = "award"   // in checks only: the amount awarded, where one was stated
	outcomeName  = "outcome" // in checks only: what was decided or reported
)

// reach is which names an expression may use.
type reach uint8

const (
	ofForm      reach = iota // the answers: questions, requirements, eligibility
	ofValuation              // links beside them
	ofChecks                 // what was decided beside them
)

// words are the names for an edition's expressions.
func (e *Edition) words(within reach) vocabulary {
	v := vocabulary{
		receivedName: {kind: dateKind, always: true},
		claimantName: {kind: textKind, options: claimants, always: true},
		categoryName: {kind: textKind, always: true},

		"programme.territory": {kind: listKind, constant: e.Programme.Territory},
	}
	if from := e.Programme.Period.From; !from.IsZero() {
		v["programme.from"] = word{kind: dateKind, constant: from}
	}
	if to := e.Programme.Period.To; !to.IsZero() {
		v["programme.to"] = word{kind: dateKind, constant: to}
	}
	ids := v[categoryName]
	for i := range e.Categories {
		ids.options = append(ids.options, e.Categories[i].ID)
	}
	v[categoryName] = ids
	for i := range e.Fields {
		v[e.Fields[i].ID] = e.Fields[i].word()
	}
	e.unsaidWords(v)
	if within >= ofValuation && e.readsLinks() {
		e.linkWords(v)
	}
	if within == ofChecks {
		v[awardName] = word{kind: numberKind}
		v[outcomeName] = word{kind: textKind, options: reportedWords(), always: true}
	}
	for i, name := range v.names() {
		w := v[name]
		w.number = i
		v[name] = w
	}
	return v
}

func (f *Field) word() word {
	w := word{field: f, kind: textKind}
	switch f.Type {
	case Date:
		w.kind = dateKind
	case PartialDate:
		w.kind = whenKind
	case Time:
		w.kind = timeKind
	case Amount, Integer:
		w.kind = numberKind
	case Boolean:
		w.kind = truthKind
	case Choice:
		for _, o := range f.Options {
			w.options = append(w.options, o.ID)
		}
	}
	return w
}

// names are all of them, in order.
func (v vocabulary) names() []string { return slices.Sorted(maps.Keys(v)) }

// functionNames are what an expression may call, in the words of its author.
var functionNames = []string{
	"!", "!=", "&&", "*", "+", "-", "/", "<", "<=", "==", ">", ">=", "?:", "||", "in",
	"answered", "awarded", "contains", "date", "daysUntil", "declined", "divide", "earliest", "endsWith", "latest", "linked", "lookup", "matches", "max", "min", "period", "rate", "round",
	"size", "startsWith", "time", "unsure",
}

// checkTerms finds what is wrong with an expression before its types are
// looked at.
func checkTerms(t *term, words vocabulary) []finding {
	var found []finding
	t.walk(func(t *term) {
		switch t.kind {
		case nameTerm, answeredTerm:
			if w, ok := words[t.name]; !ok {
				found = append(found, unknown(t, "expression-unknown-name", "name", words.names()))
			} else if t.kind == answeredTerm && w.constant != nil {
				found = append(found, finding{at: t.at, code: "expression-always-answered", values: []string{"name", t.name}})
			}
		case listTerm:
			if len(t.args) == 0 {
				found = append(found, finding{at: t.at, code: "expression-empty-list"})
			}
		case callTerm:
			if !slices.Contains(functionNames, t.name) {
				found = append(found, unknown(t, "expression-unknown-function", "function", functionNames[15:]))
				return
			}
			found = append(found, checkCall(t)...)
			found = append(found, checkChoice(t, words)...)
		}
	})
	return found
}

func unknown(t *term, code, what string, known []string) finding {
	return finding{at: t.at, code: code, values: []string{what, t.name}, mend: nearest(t.name, known)}
}

// checkCall looks at those arguments that must be written out, so that a slip
// is found when the rulebook is checked and not with a claim at hand.
func checkCall(t *term) []finding {
	wrong := func(i int, code string, mend string) []finding {
		return []finding{{at: t.args[i].at, code: code, values: []string{"function", t.name, "text", t.args[i].text}, mend: mend}}
	}
	text := func(i int) bool { return i < len(t.args) && t.args[i].kind == textTerm }
	switch t.name {
	case "answered":
		return []finding{{at: t.at, code: "expression-answered"}}
	case unsureFunction, declinedFunction:
		return []finding{{at: t.at, code: "expression-unsaid", values: []string{"function", t.name}}}
	case linkedFunction, awardedFunction:
		return []finding{{at: t.at, code: "expression-link", values: []string{"function", t.name}}}
	case "date", "period", "time":
		if len(t.args) != 1 {
			return nil // the checker of types says so
		}
		if !text(0) || !wellWritten(t.name, t.args[0].text) {
			return wrong(0, "expression-literal", map[string]string{"date": "2006-01-02", "period": "P1M", "time": "15:04"}[t.name])
		}
	case "round", "divide":
		last := len(t.args) - 1
		if last < 2 {
			return nil
		}
		if _, err := money.ParseRounding(t.args[last].text); err != nil || !text(last) {
			return wrong(last, "expression-rounding", "half-even, half-up, down")
		}
		if places := t.args[last-1]; places.kind != literalTerm || !isPlaces(places.text) {
			return wrong(last-1, "expression-places", "0 to 18")
		}
	case "/":
		if len(t.args) == 2 && t.args[0].kind != literalTerm && t.args[1].kind == literalTerm && !dividesExactly(t.args[1].text) {
			return []finding{{at: t.at, code: "expression-division", values: []string{"by", t.args[1].text}, mend: "divide"}}
		}
	case lookupFunction, rateFunction:
		if len(t.args) > 0 && !text(0) {
			return wrong(0, "expression-literal", "id")
		}
	case "matches":
		if len(t.args) == 2 && (!text(1) || !smallRegexp(t.args[1].text)) {
			return wrong(1, "expression-regexp", "")
		}
	}
	return nil
}

// dividesExactly reports whether whatever is divided by the number has an exact
// decimal: it is made of twos and fives alone.
func dividesExactly(s string) bool {
	d, ok := parseDecimal(s)
	if !ok || d.sign() == 0 || d.big != nil {
		return false
	}
	for _, prime := range []int64{2, 5} {
		for d.coef%prime == 0 {
			d.coef /= prime
		}
	}
	return d.coef == 1 || d.coef == -1
}

func isPlaces(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= maxScale
}

func wellWritten(function, text string) bool {
	var err error
	switch function {
	case "date":
		_, err = day.Parse(text)
	case "period":
		_, err = day.ParsePeriod(text)
	case "time":
		return isTimeOfDay(text)
	}
	return err == nil
}

// matches is the condition of a text and a regexp. The regexp of a rule is
// compiled once, with its program; this is for what CEL runs before that.
func matches(s, pattern string) (bool, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return false, err
	}
	return re.MatchString(s), nil
}

// smallRegexp reports whether it is a regexp of a size that compiles at once:
// x{1000} is short to write and long to compile.
func smallRegexp(pattern string) bool {
	if len(pattern) > maxRegexp {
		return false
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	return err == nil && machine(re) <= maxMachine
}

// machine is about how many instructions a regexp compiles to.
func machine(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		size += machine(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Max, re.Min, 1)
	}
	return min(size, maxMachine+1)
}

// checkChoice finds texts that the name they are compared with can never be.
func checkChoice(t *term, words vocabulary) []finding {
	if t.name != "==" && t.name != "!=" && t.name != "in" || len(t.args) != 2 {
		return nil
	}
	name, other := t.args[0], t.args[1]
	if name.kind != nameTerm {
		name, other = other, name
	}
	options := words[name.name].options
	if name.kind != nameTerm || options == nil {
		return nil
	}
	var found []finding
	for _, text := range append([]*term{other}, other.args...) {
		if text.kind == textTerm && !slices.Contains(options, text.text) {
			found = append(found, finding{
				at: text.at, code: "expression-no-such-option",
				values: []string{"name", name.name, "option", text.text}, mend: nearest(text.text, options),
			})
		}
	}
	return found
}

// reads lists what an expression reads of a case, in the order of names.
func (t *term) reads(words vocabulary) []string {
	set := map[string]bool{}
	t.walk(func(t *term) {
		if (t.kind == nameTerm || t.kind == answeredTerm) && words[t.name].constant == nil {
			set[t.name] = true
		}
	})
	return slices.Sorted(maps.Keys(set))
}
