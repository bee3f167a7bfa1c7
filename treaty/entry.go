package treaty

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
)

// entry is what the clause makes of the acts in one reading.
type entry struct {
	met       day.Date // the day on which all conditions were met; zero: not yet
	computed  day.Date // what the clause gives
	published day.Date // what the depositary published
	by        FactID   // in which fact
	date      day.Date // entry into force: as published, else as computed
	ended     day.Date // from which day the treaty is no longer in force
	endedBy   Step     // and why
	lacks     bool     // what the file lacks leaves it open: the clause, or weights that the other conditions wait for
	conds     []Standing
	missing   []Step
	steps     []Step
}

// Standing is how one condition of the clause stands.
type Standing struct {
	Name string    `json:"condition"`
	Met  *day.Date `json:"met"` // since when, or null
	Have string    `json:"have"`
	Need string    `json:"need"`
}

// enters is what the clause makes of the acts.
func (v *view) enters() entry {
	var e entry
	for i := range v.acts {
		if a := &v.acts[i]; a.Kind == EntryIntoForce {
			on, given := v.effect(a.Action)
			if !given {
				on = a.date
			}
			e.published, e.by = on, a.id // a later notification replaces an earlier one
		}
	}
	v.conditions(&e)
	if c := v.is.Clause; c != nil && !e.met.IsZero() {
		v.delay(&e, c)
	}
	e.date = cmp.Or(e.published, e.computed)
	if !e.published.IsZero() {
		e.steps = append(e.steps, step("published", "", e.by, "date", e.published))
		if !e.computed.IsZero() && e.computed != e.published {
			e.steps = append(e.steps, step("differs", "", e.by, "published", e.published, "computed", e.computed))
		}
		if e.computed.IsZero() && v.is.Clause != nil {
			e.steps = append(e.steps, step("incomplete", v.is.Clause.Provision, e.by, "published", e.published))
		}
		e.missing = nil
	}
	v.finish(&e)
	return e
}

// tally is one condition while the days go by.
type tally struct {
	*Condition
	weights map[*life]*big.Rat
	share   *big.Rat
	met     day.Date // first day on which it was met
}

// conditions looks for the first day on which all conditions are met at once:
// what an instrument that was withdrawn before had brought about is gone.
func (v *view) conditions(e *entry) {
	c := v.is.Clause
	if c == nil || len(c.Conditions) == 0 {
		e.lacks = true
		e.missing = append(e.missing, step("missing.clause", "", ""))
		e.steps = append(e.steps, step("no_clause", "", ""))
		return
	}
	e.steps = append(e.steps, step("clause", c.Provision, "", "wording", c.Wording, "title", v.is.Title))
	for _, d := range v.doubts {
		if d.Fact == v.clauseFact {
			e.steps = append(e.steps, step("doubt", c.Provision, d.Fact, "source", d.Source, "doubt", d.Doubt))
		}
	}
	tallies := make([]*tally, len(c.Conditions))
	for i := range c.Conditions {
		tallies[i] = v.tally(&c.Conditions[i])
	}
	for _, on := range v.days() {
		all := true
		for _, t := range tallies {
			met := v.met(t, on)
			if met && t.met.IsZero() {
				t.met = on
			} else if !met {
				t.met, all = day.Date{}, false
			}
		}
		if all {
			e.met = on
			break
		}
	}
	at := cmp.Or(e.met, v.on)
	v.countSteps(e, tallies, at)
	unmet, unweighed := 0, 0
	for _, t := range tallies {
		v.conclude(e, t, at)
		unmet += btoi(t.met.IsZero())
		unweighed += btoi(t.met.IsZero() && t.Share != "" && len(t.Weights) == 0)
	}
	e.lacks = unweighed > 0 && unmet == unweighed
}

// days are the days on which a condition may come to be met or cease to be.
func (v *view) days() []day.Date {
	var all []day.Date
	for _, l := range v.lives {
		for _, s := range l.spells {
			all = append(all, s.date)
			if !s.until.IsZero() && !s.until.After(v.on) {
				all = append(all, s.until)
			}
		}
		if l.signed != nil {
			all = append(all, l.signed.date)
		}
	}
	for _, a := range v.acts {
		if a.Kind == Finding {
			all = append(all, a.date)
		}
	}
	slices.SortFunc(all, day.Date.Compare)
	return slices.Compact(all)
}

func (v *view) tally(c *Condition) *tally {
	t := &tally{Condition: c}
	if c.Share == "" {
		return t
	}
	t.share, _ = new(big.Rat).SetString(c.Share)
	t.weights = map[*life]*big.Rat{}
	for _, l := range v.lives {
		weight := cmp.Or(c.Weights[l.Code], c.Weights[l.Name])
		if w, ok := new(big.Rat).SetString(weight); ok {
			t.weights[l] = w
		}
	}
	return t
}

// refusal says why a party's instrument doesn't count for a condition: a code,
// or "" where it does.
func (v *view) refusal(c *Condition, l *life, s *spell) string {
	switch {
	case s.Kind == Succession && (v.repeats[s.id] || !slices.Contains(v.is.Clause.Counts, Succession)):
		return "succession"
	case len(v.is.Clause.Counts) > 0 && !slices.Contains(v.is.Clause.Counts, s.Kind):
		return "kind"
	case l.Org && !c.Organisations:
		return "organisation"
	case len(c.Among) > 0 && !l.within(c.Among):
		return "outside"
	case c.Signatories && (l.signed == nil || l.signed.date.After(s.date)):
		return "no_signatory"
	}
	return ""
}

// counting are the parties whose instruments count for a condition on a day.
func (v *view) counting(c *Condition, on day.Date) []*life {
	var all []*life
	for _, l := range v.lives {
		if s := l.bound(on); s != nil && v.refusal(c, l, s) == "" {
			all = append(all, l)
		}
	}
	return all
}

// met reports whether a condition is met on a day.
func (v *view) met(t *tally, on day.Date) bool {
	switch {
	case t.Finding != "":
		return v.finding(t.Condition, on) != nil
	case t.Number > 0:
		return len(v.counting(t.Condition, on)) >= t.Number
	case len(t.All) > 0:
		return len(v.lacking(t.Condition, on)) == 0
	}
	sum := v.weight(t, on)
	return sum.Cmp(t.share) > 0 || !t.Over && sum.Cmp(t.share) == 0
}

// finding is the first act, up to a day, by which the organ that the clause
// names found the condition met.
func (v *view) finding(c *Condition, on day.Date) *act {
	for i := range v.acts {
		a := &v.acts[i]
		if a.Kind == Finding && a.Condition == c.Name && (c.Finding == AnyOrgan || strings.EqualFold(a.By, c.Finding)) && !a.date.After(on) {
			return a
		}
	}
	return nil
}

// lacking are the named parties that have not deposited.
func (v *view) lacking(c *Condition, on day.Date) []string {
	counting := v.counting(c, on)
	var all []string
	for _, named := range c.All {
		if !slices.ContainsFunc(counting, func(l *life) bool { return l.is(named) }) {
			all = append(all, named)
		}
	}
	return all
}

func (v *view) weight(t *tally, on day.Date) *big.Rat {
	sum := new(big.Rat)
	for _, l := range v.counting(t.Condition, on) {
		if w := t.weights[l]; w != nil {
			sum.Add(sum, w)
		}
	}
	return sum
}

// conclude says how a condition stands, and what is missing of it.
func (v *view) conclude(e *entry, t *tally, on day.Date) {
	s := Standing{Name: t.Name, Met: dated(t.met)}
	provision := cmp.Or(t.Provision, v.is.Clause.Provision)
	missing := func(code string, pairs ...any) {
		if t.met.IsZero() {
			e.missing = append(e.missing, step("missing."+code, provision, "", append([]any{"condition", t.Name}, pairs...)...))
		}
	}
	switch {
	case t.Finding != "":
		s.Have, s.Need = "0", "1"
		if a := v.finding(t.Condition, on); a != nil {
			s.Have = "1"
			e.steps = append(e.steps, step("finding", provision, a.id, "condition", t.Name, "by", a.By, "document", a.Document, "on", a.On))
		}
		missing("finding", "by", t.Finding)
	case t.Number > 0:
		have := len(v.counting(t.Condition, on))
		s.Have, s.Need = strconv.Itoa(have), strconv.Itoa(t.Number)
		missing("instruments", "have", have, "need", t.Number, "number", t.Number-have, "group", t.Group)
	case len(t.All) > 0:
		lacking := v.lacking(t.Condition, on)
		s.Have, s.Need = strconv.Itoa(len(t.All)-len(lacking)), strconv.Itoa(len(t.All))
		missing("parties", "parties", strings.Join(lacking, ", "), "number", len(lacking))
	case len(t.Weights) == 0:
		s.Need = t.Share
		missing("weights", "need", t.Share)
	default:
		s.Have, s.Need = decimal(v.weight(t, on)), t.Share
		missing("weight", "have", s.Have, "need", s.Need)
	}
	if !t.met.IsZero() {
		e.steps = append(e.steps, step("met", provision, "", "condition", t.Name, "on", t.met, "have", s.Have, "need", s.Need))
	}
	e.conds = append(e.conds, s)
}

// decimal writes a sum of decimals, exactly where that ends within nine places.
func decimal(r *big.Rat) string {
	text := r.FloatString(9)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// delay counts from the day on which the conditions were met to the day of
// entry into force, and holds it back by the clause's floors.
func (v *view) delay(e *entry, c *Clause) {
	date := c.Delay.After(e.met)
	e.steps = append(e.steps, step("delay", c.Provision, "", "met", e.met, "delay", c.Delay, "date", date))
	floor := func(code string, at day.Date, pairs ...any) {
		if at.After(date) {
			date = at
			e.steps = append(e.steps, step(code, c.Provision, "", append(pairs, "date", at)...))
		}
	}
	floor("not_before", c.NotBefore)
	if !c.NotWithin.IsZero() {
		opened := v.opened()
		if opened.IsZero() {
			e.missing = append(e.missing, step("missing.opening", c.Provision, ""))
			return
		}
		floor("not_within", c.NotWithin.After(opened), "opened", opened, "delay", c.NotWithin)
	}
	for _, id := range c.After {
		other := v.other(id)
		if other.IsZero() {
			e.missing = append(e.missing, step("missing.treaty", c.Provision, "", "treaty", id))
			date = day.Date{}
			continue
		}
		if !date.IsZero() {
			floor("after", other, "treaty", id)
		}
	}
	e.computed = date
}

// opened is the day on which the treaty was opened for signature.
func (v *view) opened() day.Date {
	opened := v.is.Opened
	for i := range v.acts {
		if v.acts[i].Kind == Opening {
			opened = v.acts[i].On
		}
	}
	if v.late {
		return opened.Last()
	}
	return opened.First()
}

// other is when another treaty enters into force, by the acts up to the same
// day; no date where it doesn't, or where it waits for this one.
func (v *view) other(id string) day.Date {
	if v.within[id] || len(v.file.facts[id]) == 0 {
		return day.Date{}
	}
	within := map[string]bool{id: true, v.is.ID: true}
	for k := range v.within {
		within[k] = true
	}
	return v.file.view(id, v.on, v.knownOn, v.late, within).enters().date
}

// finish finds when the treaty ended: it was terminated, or has fallen below
// the number of parties that its clause asks for.
func (v *view) finish(e *entry) {
	for i := range v.acts {
		if a := &v.acts[i]; a.Kind == Termination && e.ended.IsZero() {
			on, given := v.effect(a.Action)
			if !given {
				on = a.date
			}
			e.ended, e.endedBy = on, step("terminated", strings.Join(a.Provisions, ", "), a.id, "date", on)
		}
	}
	if v.is.Clause == nil || v.is.Clause.Below == nil || e.date.IsZero() {
		return
	}
	below := v.is.Clause.Below
	var left []*act
	until := map[*act]day.Date{}
	for _, l := range v.lives {
		for i := range l.spells {
			if s := &l.spells[i]; s.left != nil && s.until.After(e.date) && !s.until.After(v.on) {
				left, until[s.left] = append(left, s.left), s.until
			}
		}
	}
	slices.SortStableFunc(left, func(a, b *act) int { return cmp.Or(until[a].Compare(until[b]), cmp.Compare(a.id, b.id)) })
	for _, a := range left {
		on := until[a]
		if !e.ended.IsZero() && !on.Before(e.ended) {
			return
		}
		if n := len(v.partiesOn(e.date, on)); n < below.Number {
			e.ended = on
			e.endedBy = step("below", cmp.Or(below.Provision, v.is.Clause.Provision), a.id, "date", on, "parties", n, "number", below.Number)
			return
		}
	}
}
