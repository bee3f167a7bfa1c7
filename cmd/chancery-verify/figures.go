package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// figures are published figures and the state that they are of.
type figures struct {
	where string
	size  int64
	head  hash
	said  value
	done  bool
}

func readFigures(where string, v value) (*figures, *problem) {
	f := fieldsOf(where, v)
	read := &figures{where: where, size: f.number("tree_size", 0), head: f.hash("tree_head"), said: v}
	if f.need("programmes", '['); f.wrong != nil {
		return nil, f.wrong.meaning("These are not published figures", "Give the file figures.json of the public pages")
	}
	return read, nil
}

// tallyOfFigures says how many figures were held against the entries.
type tallyOfFigures struct{ shown, withheld int64 }

// comparison holds one set of figures against the books. A figure that is
// withheld (null) can't be contradicted.
type comparison struct {
	where string
	books *books
	tally *tallyOfFigures
	found *problems
}

func (f *figures) compare(b *books, tally *tallyOfFigures, found *problems) {
	c := comparison{f.where, b, tally, found}
	programmes, _ := f.said.member("programmes")
	listed := map[string]bool{}
	for _, p := range programmes.items {
		id, _ := p.member("id")
		listed[id.text] = true
		c.programme(id.text, p)
	}
	for programme, lines := range b.lines {
		if !listed[programme] {
			c.missing("programme "+plainly(programme), lines)
		}
	}
	claims, _ := f.said.member("claims")
	c.number([]string{"all programmes", "claims"}, claims, b.claims())
}

func (c comparison) missing(what string, lines map[string]*line) {
	n := int64(0)
	for _, l := range lines {
		n += l.claims
	}
	c.found.add(wrong(c.where, "%s is left out, and by the entries it has %d claims", what, n).
		meaning("The published figures are not complete", "Ask the office why"))
}

func (c comparison) programme(id string, p value) {
	at := []string{"programme " + plainly(id)}
	lines := c.books.lines[id]
	categories, _ := p.member("categories")
	listed := map[string]bool{}
	for _, v := range categories.items {
		category, _ := v.member("id")
		listed[category.text] = true
		c.line(append(at, "category "+plainly(category.text)), v, lines[category.text])
	}
	for category, l := range lines {
		if !listed[category] {
			c.missing(at[0]+", category "+plainly(category), map[string]*line{category: l})
		}
	}
	total := newTotal(lines)
	v, _ := p.member("total")
	c.line(append(at, "all categories"), v, total)
	funds, _ := p.member("funds")
	for _, v := range funds.items {
		c.fund(append(at, "fund"), v, id, total)
	}
}

func newTotal(lines map[string]*line) *line {
	total := &line{own: outcomes{awarded: sums{}}, reported: outcomes{awarded: sums{}}, paid: sums{}, owed: sums{}}
	for _, l := range lines {
		total.claims += l.claims
		for i, n := range l.standings {
			total.standings[i] += n
		}
		for _, both := range []struct{ to, from *outcomes }{{&total.own, &l.own}, {&total.reported, &l.reported}} {
			both.to.awards += both.from.awards
			both.to.dismissals += both.from.dismissals
			both.to.awarded.addAll(both.from.awarded)
		}
		total.paid.addAll(l.paid)
		total.owed.addAll(l.owed)
	}
	return total
}

func (s sums) addAll(other sums) {
	for currency, sum := range other {
		if s[currency] == nil {
			s[currency] = new(big.Int)
		}
		s[currency].Add(s[currency], sum)
	}
}

// each calls do for each member of an object; one of another name is a figure
// that can't be recomputed, which must be said.
func (c comparison) each(at []string, v value, do map[string]func(at []string, v value)) {
	for i, name := range v.names {
		below := append(slices.Clip(at), plainly(name))
		if compare, ok := do[name]; ok {
			compare(below, v.items[i])
		} else {
			c.found.add(wrong(c.where+": "+strings.Join(below, ", "), "this figure is none that this program can recompute").
				meaning("It was not checked", "Get a newer chancery-verify, or recompute it by hand"))
		}
	}
}

func pass([]string, value) {}

func (c comparison) counts(n int64) func([]string, value) {
	return func(at []string, v value) { c.number(at, v, n) }
}

func (c comparison) sums(s sums) func([]string, value) {
	return func(at []string, v value) {
		for i, code := range v.names {
			c.amount(append(slices.Clip(at), plainly(code)), v.items[i], code, s.of(c.books.currencies[code]))
		}
	}
}

// line compares a category, or all of them.
func (c comparison) line(at []string, v value, l *line) {
	if l == nil {
		l = newTotal(nil)
	}
	byStanding := map[string]func([]string, value){}
	for i, word := range standings {
		byStanding[word] = c.counts(l.standings[i])
	}
	c.each(at, v, map[string]func([]string, value){
		"id": pass, "title": pass, "claims": c.counts(l.claims),
		"standings": func(at []string, v value) { c.each(at, v, byStanding) },
		"own": func(at []string, v value) {
			c.each(at, v, map[string]func([]string, value){
				"awards": c.counts(l.own.awards), "dismissals": c.counts(l.own.dismissals),
				"awarded": c.sums(l.own.awarded), "paid": c.sums(l.paid), "owed": c.sums(l.owed),
			})
		},
		"reported": func(at []string, v value) {
			c.each(at, v, map[string]func([]string, value){
				"awards": c.counts(l.reported.awards), "dismissals": c.counts(l.reported.dismissals), "awarded": c.sums(l.reported.awarded),
			})
		},
	})
}

// fund compares a programme's money in one currency.
func (c comparison) fund(at []string, v value, programme string, total *line) {
	code, _ := v.member("currency")
	currency := c.books.currencies[code.text]
	accounts := c.books.accounts[programme]
	one := func(sum *big.Int) func([]string, value) {
		return func(at []string, v value) { c.amount(append(slices.Clip(at), plainly(code.text)), v, code.text, sum) }
	}
	c.each(at, v, map[string]func([]string, value){
		"currency": pass, "in": one(new(big.Int).Neg(accounts["contributions"].of(currency))), "left": one(accounts["bank"].of(currency)),
		"awarded": one(total.own.awarded.of(currency)), "paid": one(total.paid.of(currency)), "owed": one(total.owed.of(currency)),
	})
}

func (c comparison) number(at []string, v value, want int64) {
	c.text(at, v, '0', fmt.Sprint(want))
}

func (c comparison) amount(at []string, v value, code string, want *big.Int) {
	currency, known := c.books.currencies[code]
	if !known { // no amount in it was ever entered: nothing is right, with any digits
		if v.sort == '"' && strings.Trim(v.text, "0.") == "" && strings.HasPrefix(v.text, "0") {
			c.tally.shown++
			return
		}
		c.text(at, v, '"', "0")
		return
	}
	c.text(at, v, '"', c.books.decimal(want, currency))
}

func (c comparison) text(at []string, v value, sort byte, want string) {
	if v.sort == 'n' {
		c.tally.withheld++
		return
	}
	c.tally.shown++
	if v.sort != sort || v.text != want {
		c.found.add(wrong(c.where+": "+strings.Join(at, ", "), "published is %.60s, and the entries make it %s", plainly(string(v.raw)), want).
			meaning("The published figure is not what was entered", "Ask the office which is right and why they differ"))
	}
}
