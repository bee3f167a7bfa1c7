package rulebook

import (
	"bytes"
	"slices"
	"strings"

	"github.com/openchancery/chancery/money"
)

// Link is another claim that belongs with a case: of the same person, or of the
// same object. Links are entered as acts, with their reason; the rules only
// read them.
type Link struct {
	Claim    string // what people call it
	Category string
	Person   bool         // of the same person; otherwise of the same object alone
	Answers  Answers      // the public ones
	Award    money.Amount // what it came to; zero value: nothing, or nothing yet
}

// The functions of links. They are names to CEL, one for each category, so that
// what an expression reads of a case stays a list of names.
const (
	linkedFunction  = "linked"  // linked("b"): the same person also claims in b
	awardedFunction = "awarded" // awarded("b"): what that came to, all together, as a number
)

// currenciesMixed is the arithmetic that awards of two currencies don't allow.
const currenciesMixed arithmetic = "currencies-mixed"

func linkName(function, category string) string { return function + "(" + category + ")" }

// cutLink parts a name that linkName made.
func cutLink(name string) (function, category string, ok bool) {
	if !strings.HasSuffix(name, ")") {
		return "", "", false
	}
	function, category, ok = strings.Cut(name[:len(name)-1], "(")
	return function, category, ok && (function == linkedFunction || function == awardedFunction)
}

// readsLinks reports whether an expression may read links: without, their names
// needn't be declared.
func (e *Edition) readsLinks() bool {
	return bytes.Contains(e.Source, []byte(linkedFunction+"(")) || bytes.Contains(e.Source, []byte(awardedFunction+"("))
}

// WatchesLinks reports whether links of a claim of the category may raise an
// alarm.
func (e *Edition) WatchesLinks(category string) bool {
	c, ok := e.categories[category]
	return ok && (c.OnePerPerson || len(e.Overlaps) > 0 || slices.ContainsFunc(e.checks, func(r compiledRule) bool { return r.program.readsLinks() }))
}

// readsLinks reports whether a program reads links.
func (p *program) readsLinks() bool {
	return p != nil && slices.ContainsFunc(p.reads, func(name string) bool { _, _, link := cutLink(name); return link })
}

// ReadsLinks reports whether the valuation of a category reads links.
func (e *Edition) ReadsLinks(category string) bool {
	c, ok := e.categories[category]
	return ok && slices.ContainsFunc(c.valuation, func(v compiledValuation) bool {
		return slices.ContainsFunc(v.reads, (*program).readsLinks)
	})
}

// linkWords are the names of links, for those rules that may read them.
func (e *Edition) linkWords(v vocabulary) {
	for i := range e.Categories {
		id := e.Categories[i].ID
		v[linkName(linkedFunction, id)] = word{kind: truthKind, always: true}
		v[linkName(awardedFunction, id)] = word{kind: numberKind, always: true}
	}
}

// linked is the value under the name of a link.
func (c *Case) linked(function, category string) (Value, error) {
	if function == linkedFunction {
		if slices.ContainsFunc(c.Links, func(l Link) bool { return l.Person && l.Category == category }) {
			return Value{kind: Boolean, number: 1}, nil
		}
		return Value{kind: Boolean}, nil
	}
	var sum money.Amount
	for i := range c.Links {
		l := &c.Links[i]
		if !l.Person || l.Category != category || l.Award.IsZero() {
			continue
		}
		if sum.IsZero() {
			sum = l.Award
			continue
		}
		more, err := sum.Add(l.Award)
		if err != nil {
			return Value{}, currenciesMixed
		}
		sum = more
	}
	if sum.IsZero() {
		return Value{kind: Integer}, nil
	}
	return Value{kind: Amount, amount: sum}, nil
}

// inCurrency refuses awards of links that an expression took for numbers of
// another currency.
func (p *program) inCurrency(c *Case, currency money.Currency) error {
	if p == nil || len(c.Links) == 0 {
		return nil
	}
	for _, name := range p.reads {
		if function, category, ok := cutLink(name); ok && function == awardedFunction {
			v, err := c.linked(function, category)
			if err != nil {
				return err
			}
			if v.kind == Amount && v.amount.Currency() != currency {
				return currenciesMixed
			}
		}
	}
	return nil
}

// Links are links that give the rules what they read of any when the trace was
// made, so that it runs again in ten years to the same bytes, whatever was
// linked or decided since.
func (t Trace) Links() []Link {
	linked, awarded := map[string]bool{}, map[string]money.Amount{}
	var categories []string
	for _, s := range t.Steps {
		for _, in := range s.Inputs {
			function, category, ok := cutLink(in.Name)
			if !ok {
				continue
			}
			if !slices.Contains(categories, category) {
				categories = append(categories, category)
			}
			if function == linkedFunction {
				linked[category] = linked[category] || in.Text == "true"
			} else if award, err := money.ParseAmount(in.Text); err == nil { // "0" is no award
				awarded[category] = award
			}
		}
	}
	var links []Link
	for _, category := range categories {
		if award, ok := awarded[category]; ok || linked[category] {
			links = append(links, Link{Category: category, Person: true, Award: award})
		}
	}
	return links
}
