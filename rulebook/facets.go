package rulebook

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

func inOrder[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// elements takes an edition apart for comparison.
func (e *Edition) elements() []element {
	all := []element{e.programmeElement()}
	for i := range e.Groups {
		x := element{section: "group", id: e.Groups[i].ID}
		x.texts("title", e.Groups[i].Title)
		all = append(all, x)
	}
	for i := range e.Sections {
		all = append(all, e.Sections[i].element())
	}
	for i := range e.Stories {
		all = append(all, e.Stories[i].elements()...)
	}
	for i := range e.Categories {
		all = append(all, e.Categories[i].element())
	}
	for i := range e.Fields {
		all = append(all, e.Fields[i].element())
	}
	for i := range e.Parties {
		all = append(all, e.Parties[i].element())
	}
	for i := range e.Grounds {
		x := element{section: "ground", id: e.Grounds[i].ID}
		x.texts("text", e.Grounds[i].Text)
		all = append(all, x)
	}
	for _, of := range []struct {
		section string
		rules   []Rule
	}{{"requirement", e.Requirements}, {"eligibility", e.Eligibility}, {"check", e.Checks}} {
		for i := range of.rules {
			all = append(all, of.rules[i].element(of.section))
		}
	}
	for i := range e.Valuation {
		all = append(all, e.Valuation[i].element())
	}
	if !e.recordsOnly {
		all = append(all, e.Otherwise.element("valuation"))
	}
	all = append(all, e.numberElements()...)
	all = append(all, e.powerElements()...)
	all = append(all, e.planElements()...)
	return append(all, e.lifeElements()...)
}

func (e *Edition) programmeElement() element {
	p := &e.Programme
	x := element{section: "programme"}
	x.texts("title", e.Title)
	x.texts("respondent", p.Respondent)
	x.set("basis", p.Basis)
	x.set("from", dateText(p.Period.From))
	x.set("to", dateText(p.Period.To))
	x.set("time-zone", p.TimeZone)
	x.set("number-prefix", p.NumberPrefix)
	x.flag("records-only", e.recordsOnly)
	x.many("territory", p.Territory)
	x.many("currency", currencyTexts(p.Currencies))
	x.many("language", p.Languages)
	x.many("source", e.Sources)
	return x
}

func dateText(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func currencyTexts(all []money.Currency) []string {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = string(c)
	}
	return texts
}

func (c *Category) element() element {
	x := element{section: "category", id: c.ID}
	x.texts("title", c.Title)
	x.set("code", c.Code)
	x.set("group", c.Group)
	x.set("opens", dateText(c.Opens))
	x.set("closes", dateText(c.Closes))
	x.set("form", string(c.Form))
	x.set("track", string(c.Track))
	x.flag("one-per-person", c.OnePerPerson)
	x.flag("joint", c.Joint)
	x.flag("delicate", c.Delicate)
	x.texts("note", c.Note)
	x.many("claimant", c.Claimants)
	x.many("asks", c.Asks)
	x.many("requires", c.Requires)
	for _, rung := range []struct {
		name   string
		proofs []Proof
	}{{"best", c.Evidence.Best}, {"good", c.Evidence.Good}, {"accepted", c.Evidence.Accepted}} {
		var ids []string
		for i := range rung.proofs {
			p := &rung.proofs[i]
			ids = append(ids, p.ID)
			for _, language := range inOrder(p.Text) {
				x.facets = append(x.facets, facet{"evidence", p.ID + " (" + language + ")", p.Text[language]})
			}
			if p.Required {
				x.facets = append(x.facets, facet{"evidence-required", p.ID, "yes"})
			}
		}
		x.many("evidence-"+rung.name, ids)
	}
	return x
}

func (f *Field) element() element {
	x := element{section: "question", id: f.ID}
	x.texts("label", f.Label)
	x.set("type", string(f.Type))
	x.set("class", string(f.Class))
	x.set("currency", string(f.Currency))
	if f.Max > 0 {
		x.set("max", strconv.Itoa(f.Max))
	}
	x.set("condition", f.When)
	x.set("basis", f.Basis)
	x.texts("why", f.Why)
	x.texts("help", f.Help)
	x.texts("unit", f.Unit)
	x.texts("example", f.Example)
	x.set("part-of-form", f.Section)
	x.set("page", f.Page)
	x.flag("unsure", f.Unsure)
	x.flag("decline", f.Decline)
	x.set("shared", string(f.Shared))
	x.set("worked-out", f.WorkedOut)
	x.set("places", f.Places)
	var options []string
	for _, o := range f.Options {
		options = append(options, o.ID)
		for _, language := range inOrder(o.Label) {
			x.facets = append(x.facets, facet{"option-label", o.ID + " (" + language + ")", o.Label[language]})
		}
		for _, language := range inOrder(o.Text) {
			x.facets = append(x.facets, facet{"option-text", o.ID + " (" + language + ")", o.Text[language]})
		}
	}
	x.many("option", options)
	return x
}

func (s *Section) element() element {
	x := element{section: "section", id: s.ID}
	x.texts("title", s.Title)
	x.texts("hint", s.Hint)
	x.flag("proofs", s.Evidence)
	return x
}

// elements are a story, its questions, and what it leads to.
func (s *Story) elements() []element {
	x := element{section: "story", id: s.ID}
	x.texts("title", s.Title)
	x.texts("hint", s.Hint)
	leads := make([]string, 0, len(s.Leads))
	for i := range s.Leads {
		l := &s.Leads[i]
		to := l.inWords()
		leads = append(leads, to)
		for _, language := range inOrder(l.Reason) {
			x.facets = append(x.facets, facet{"reason", to + " (" + language + ")", l.Reason[language]})
		}
	}
	x.many("leads", leads)
	all := []element{x}
	for i := range s.Asks {
		q, x := &s.Asks[i], element{section: "story-question", id: s.Asks[i].ID}
		x.texts("text", q.Text)
		x.texts("other", q.Other)
		x.texts("hint", q.Hint)
		x.flag("each", q.Each)
		x.set("condition", strings.Join(q.If, ", "))
		all = append(all, x)
	}
	return all
}

// inWords is a lead on one line: "a3-1 for self, adult if owned unless rented".
func (l *Lead) inWords() string {
	kinds := make([]string, len(l.For))
	for i, k := range l.For {
		kinds[i] = string(k)
	}
	words := l.Category + " for " + strings.Join(kinds, ", ")
	if len(l.If) > 0 {
		words += " if " + strings.Join(l.If, ", ")
	}
	if len(l.Unless) > 0 {
		words += " unless " + strings.Join(l.Unless, ", ")
	}
	return words
}

func (p *Party) element() element {
	x := element{section: "party", id: p.ID}
	x.texts("title", p.Title)
	x.set("mandate", p.Mandate)
	x.texts("mandate-text", p.MandateText)
	x.set("basis", p.Basis)
	x.many("claimant", p.Claimants)
	x.many("category", p.Categories)
	return x
}

func (r *Rule) element(section string) element {
	x := element{section: section, id: r.ID}
	x.set("condition", r.Condition)
	x.set("ground", r.Ground)
	x.texts("text", r.Text)
	x.set("basis", r.Basis)
	x.flag("assumption", r.Assumption)
	x.set("test", r.Test)
	x.many("category", r.Categories)
	return x
}

func (r *ValuationRule) element() element {
	x := r.Rule.element("valuation")
	if !r.Sum.IsZero() {
		x.set("sum", r.Sum.String())
	}
	x.set("amount", r.Amount)
	x.set("points", r.Points)
	x.set("currency", string(r.Currency))
	for i := range r.Steps {
		x.facets = append(x.facets, facet{"step", strconv.Itoa(i + 1), r.Steps[i].inWords()})
	}
	return x
}

// inWords is a step on one line: its kind, and what it reckons with.
func (w *Work) inWords() string {
	parts := []string{string(w.Kind)}
	add := func(name, text string) {
		if text != "" {
			parts = append(parts, strings.TrimSpace(name+" "+text))
		}
	}
	add("", w.Value)
	add("by", w.Series)
	add("from", w.From)
	add("to", w.To)
	add("", string(w.Days))
	add("", strings.Join(w.Shares, ", "))
	add("of", w.Whole)
	add("part", w.Own)
	if w.Rounding != "" {
		add("", strconv.Itoa(w.Decimals)+" decimals "+string(w.Rounding))
	}
	if w.Apart {
		add("", "apart")
	}
	add("when", w.When)
	return strings.Join(parts, " ")
}

// numberElements are tables, series and grids, number by number.
func (e *Edition) numberElements() []element {
	var all []element
	for _, id := range inOrder(e.tables) {
		t, x := e.tables[id], element{section: "table", id: id}
		for _, words := range inOrder(t.words) {
			x.facets = append(x.facets, facet{"value", strings.ReplaceAll(words, wordBreak, ", "), t.words[words].String()})
		}
		for _, b := range t.bands {
			x.facets = append(x.facets, facet{"band", b.from.String(), b.value.String()})
		}
		all = append(all, x)
	}
	for _, id := range inOrder(e.series) {
		s, x := e.series[id], element{section: "series", id: id}
		x.set("source", s.Source)
		for _, v := range s.values {
			x.facets = append(x.facets, facet{"value", v.at.String(), v.number.String()})
		}
		all = append(all, x)
	}
	for _, id := range inOrder(e.grids) {
		g, x := e.grids[id], element{section: "grid", id: id}
		for i := range g.Criteria {
			c := &g.Criteria[i]
			x.facets = append(x.facets, facet{"criterion", c.ID, strings.TrimSuffix(c.Points+" points when "+c.When, " when ")})
		}
		for _, b := range g.bands {
			x.facets = append(x.facets, facet{"band", b.from.String(), b.value.String() + " " + string(g.Currency)})
		}
		if g.PerPoint.Sign() > 0 {
			x.set("per-point", g.PerPoint.String())
		}
		if g.most.sign() > 0 {
			x.set("most", g.most.String())
		}
		all = append(all, x)
	}
	return all
}

func (e *Edition) powerElements() []element {
	var all []element
	for _, act := range acts {
		if p, ok := e.Powers[act]; ok {
			x := element{section: "power", id: act}
			x.set("by", p.By)
			x.set("second", p.Second)
			x.set("treaty", p.Treaty)
			all = append(all, x)
		}
	}
	return all
}

func (e *Edition) planElements() []element {
	x := element{section: "payment"}
	for _, c := range e.Programme.Currencies {
		if a, ok := e.Payment.Slice[c]; ok {
			x.facets = append(x.facets, facet{"slice", string(c), a.String()})
		}
	}
	x.set("stop", string(e.Payment.Stop))
	all := []element{x}
	for i := range e.Payment.Tiers {
		t := &e.Payment.Tiers[i]
		x := element{section: "tier", id: t.ID}
		for _, c := range e.Programme.Currencies {
			if a, ok := t.UpTo[c]; ok {
				x.facets = append(x.facets, facet{"up-to", string(c), a.String()})
			}
			if a, ok := t.AwardsTo[c]; ok {
				x.facets = append(x.facets, facet{"awards-to", string(c), a.String()})
			}
		}
		if !t.Share.IsZero() {
			x.set("share", t.Share.String())
		}
		x.flag("interest", t.Interest)
		x.flag("on-top", t.More)
		x.flag("rateable", t.Rateable)
		x.flag("repeat", t.Repeat)
		x.set("stop", string(t.Stop))
		x.set("basis", t.Basis)
		x.many("category", t.Categories)
		all = append(all, x)
	}
	return all
}

// lifeElements are what concerns a claim's way: pairs, persons, times, letters,
// what is kept, and what becomes of older claims.
func (e *Edition) lifeElements() []element {
	var all []element
	for i := range e.Overlaps {
		o, x := &e.Overlaps[i], element{section: "overlap", id: e.Overlaps[i].ID}
		x.set("same", o.Same)
		x.set("shares", o.Shares)
		x.set("most", o.Most)
		x.flag("alarm", o.Alarm)
		x.texts("text", o.Text)
		x.set("basis", o.Basis)
		x.many("category", o.Between)
		all = append(all, x)
	}
	for i := range e.Identity {
		d, x := &e.Identity[i], element{section: "identity", id: e.Identity[i].ID}
		x.flag("likely", d.Likely)
		x.set("basis", d.Basis)
		x.many("asks", d.Fields)
		all = append(all, x)
	}
	for i := range e.Deadlines {
		d, x := &e.Deadlines[i], element{section: "deadline", id: e.Deadlines[i].ID}
		x.set("for", d.For)
		x.set("begins", string(d.From))
		x.set("within", d.Within.String())
		x.texts("text", d.Text)
		x.set("basis", d.Basis)
		x.many("category", d.Categories)
		all = append(all, x)
	}
	for i := range e.Letters {
		l, x := &e.Letters[i], element{section: "letter", id: e.Letters[i].ID}
		x.set("on", l.On)
		x.texts("subject", l.Subject)
		x.texts("text", l.Text)
		x.many("category", l.Categories)
		all = append(all, x)
	}
	for i := range e.Retention {
		r, x := &e.Retention[i], element{section: "retention", id: e.Retention[i].ID}
		x.set("kept", r.Of)
		x.set("class", string(r.Class))
		x.set("begins", string(r.From))
		x.flag("for-good", r.ForGood)
		if !r.ForGood {
			x.set("within", r.Keep.String())
		}
		x.set("basis", r.Basis)
		all = append(all, x)
	}
	for i := range e.Transitions {
		t, x := &e.Transitions[i], element{section: "transition", id: e.Transitions[i].From}
		x.flag("move", t.Move)
		for _, from := range inOrder(t.Categories) {
			x.facets = append(x.facets, facet{"renamed", from, t.Categories[from]})
		}
		x.set("basis", t.Basis)
		all = append(all, x)
	}
	return all
}
