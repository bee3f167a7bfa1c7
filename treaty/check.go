package treaty

import (
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Row is one row of a table that gives a treaty's clause as data and the date
// that was published for it.
type Row struct {
	Treaty    string
	Title     string
	Clause    *Clause
	Gaps      []Gap
	Published day.Date // zero: not in force, by the table
}

// Gap is something that the clause asks for and neither the table nor the list
// of actions holds.
type Gap struct {
	Code  string // of what is missing: "weights", "subset" … (treaty.check.gap.*)
	Text  string // in the table's words
	Soft  bool   // it may change which instruments count, and may not: where the dates agree without it they agree
	Floor bool   // it can only hold the treaty back, never bring it forward
}

// PartyRow is one row of a table of the dates on which a treaty entered into
// force for a party.
type PartyRow struct {
	Treaty      string
	Party, Code string
	Rule        PartyRule
	InForce     day.Date // of the treaty
	Consent     day.Date
	Published   day.Date
}

// The verdicts on a row.
const (
	Matches       = "matches"
	Differs       = "differs"
	NotComputable = "not_computable"
)

// Checked is what became of a row.
type Checked struct {
	Treaty    string    `json:"treaty_id"`
	Party     string    `json:"party,omitempty"`
	Verdict   string    `json:"verdict"`
	Published *day.Date `json:"published"`
	Computed  *day.Date `json:"computed"`
	Reason    string    `json:"reason"` // the code of Why: who shows it puts the sentence in its place
	Why       Step      `json:"why"`
}

// RecomputeParties computes each row's date anew.
func RecomputeParties(rows []PartyRow) []Checked {
	all := make([]Checked, 0, len(rows))
	for _, r := range rows {
		c := Checked{Treaty: r.Treaty, Party: r.Party, Published: dated(r.Published)}
		switch {
		case r.Consent.IsZero() || r.InForce.IsZero() || r.Published.IsZero():
			c.say(NotComputable, "dates")
		default:
			at := r.Rule.For(r.InForce, r.Consent)
			c.Computed = dated(at)
			if at == r.Published {
				c.say(Matches, "party", "variant", r.Rule.Variant, "delay", r.Rule.Delay)
				break
			}
			c.say(Differs, "party_differs", "variant", r.Rule.Variant, "delay", r.Rule.Delay, "days", at.DaysUntil(r.Published))
		}
		all = append(all, c)
	}
	return all
}

func (c *Checked) say(verdict, code string, pairs ...any) {
	c.Verdict = verdict
	c.Why = step("", "", "", pairs...)
	c.Why.Code = "treaty.check." + code
	c.Reason = c.Why.Code
}

// Recompute computes each row's date of entry into force from the actions and
// the row's clause, and compares it with what was published. What was
// published for another treaty is taken as given where this one waits for it.
func Recompute(rows []Row, actions []Fact) []Checked {
	by := map[string][]Fact{}
	for _, f := range actions {
		by[f.Subject()] = append(by[f.Subject()], f)
	}
	published := map[string]day.Date{}
	for _, r := range rows {
		published[r.Treaty] = r.Published
	}
	all := make([]Checked, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.check(by[r.Treaty], published))
	}
	return all
}

// file is the row's treaty, with what the table says of those that it waits for.
func (r *Row) file(clause *Clause, actions []Fact, published map[string]day.Date) *File {
	table := roll.Source{Name: "the table of clauses"}
	facts := append(slices.Clone(actions), Fact{Source: table, Known: beginning, Instrument: &Instrument{ID: r.Treaty, Title: r.Title, Clause: clause}})
	for _, id := range clause.After {
		if on := published[id]; !on.IsZero() {
			facts = append(facts, Fact{Source: table, Known: beginning, Action: &Action{Treaty: id, Kind: EntryIntoForce, On: day.On(on)}})
		}
	}
	return NewFile(r.Treaty, facts)
}

func (r *Row) check(actions []Fact, published map[string]day.Date) Checked {
	c := Checked{Treaty: r.Treaty, Published: dated(r.Published)}
	clause := *r.Clause
	gaps := slices.Clone(r.Gaps)
	clause.After = nil
	for _, id := range r.Clause.After {
		if _, ok := published[id]; ok {
			clause.After = append(clause.After, id)
		} else {
			gaps = append(gaps, Gap{Code: "treaty", Text: id, Floor: true})
		}
	}
	if i := slices.IndexFunc(gaps, func(g Gap) bool { return !g.Floor && !g.Soft }); i >= 0 {
		c.say(NotComputable, "gap."+gaps[i].Code, "text", gaps[i].Text)
		return c
	}
	if !slices.ContainsFunc(actions, func(f Fact) bool { return f.Action != nil && slices.Contains(UsualCounts, f.Action.Kind) }) {
		c.say(NotComputable, "no_actions")
		return c
	}
	v := r.file(&clause, actions, published).view(r.Treaty, end, day.Date{}, true, map[string]bool{r.Treaty: true})
	e := v.enters()
	c.Computed = dated(e.computed)
	if e.computed == r.Published {
		c.agrees(&clause, gaps, e)
		return c
	}
	r.compare(&c, v, e, gaps)
	if c.Verdict != Matches && !r.Published.IsZero() && (e.computed.IsZero() || e.computed.After(r.Published)) {
		r.withSuccessions(&c, &clause, actions, published)
	}
	return c
}

// agrees says why a row matches.
func (c *Checked) agrees(clause *Clause, gaps []Gap, e entry) {
	switch {
	case e.computed.IsZero():
		c.say(Matches, "not_in_force")
	case len(gaps) > 0:
		c.say(Matches, "same_but", "text", gaps[0].Text, "met", e.met, "delay", clause.Delay)
	case clause.Delay.After(e.met) != e.computed:
		c.say(Matches, "same_held_back", "met", e.met, "delay", clause.Delay, "without", clause.Delay.After(e.met))
	default:
		c.say(Matches, "same", "met", e.met, "delay", clause.Delay)
	}
}

// compare says why a row's computed date isn't the published one.
func (r *Row) compare(c *Checked, v *view, e entry, gaps []Gap) {
	have, need := v.haveBy(r.Published)
	soft := slices.IndexFunc(gaps, func(g Gap) bool { return g.Soft })
	switch {
	case soft >= 0:
		c.say(NotComputable, "gap."+gaps[soft].Code, "text", gaps[soft].Text)
	case e.computed.IsZero() && e.met.IsZero():
		c.say(NotComputable, "too_few", "have", len(v.counting(v.first(), end)), "need", need)
	case e.computed.IsZero():
		c.say(NotComputable, "gap.treaty", "text", e.missing[0].Value("treaty"))
	case r.Published.IsZero() && len(gaps) == 0:
		c.say(Differs, "nothing_published", "met", e.met)
	case len(gaps) > 0 && (r.Published.IsZero() || e.computed.Before(r.Published)):
		c.say(NotComputable, "gap."+gaps[0].Code, "text", gaps[0].Text)
	case e.computed.Before(r.Published):
		c.say(Differs, "early", "have", have, "need", need, "days", e.computed.DaysUntil(r.Published))
	case have < need:
		c.missing(v, r.Published, have, need)
	default:
		c.say(Differs, "late", "have", have, "need", need, "days", r.Published.DaysUntil(e.computed))
	}
}

// missing says how many instruments the list lacks, and how many successions it
// has by then, which may stand for instruments of states that it doesn't list.
func (c *Checked) missing(v *view, published day.Date, have, need int) {
	successions := 0
	for _, l := range v.lives {
		for _, s := range l.spells {
			if s.Kind == Succession && !v.is.Clause.Delay.After(s.date).After(published) {
				successions++
			}
		}
	}
	if successions > 0 {
		c.say(Differs, "missing_beside_successions", "have", have, "need", need, "number", need-have, "successions", successions)
		return
	}
	c.say(Differs, "missing", "have", have, "need", need, "number", need-have)
}

// first is the condition that counts instruments.
func (v *view) first() *Condition {
	for i := range v.is.Clause.Conditions {
		if c := &v.is.Clause.Conditions[i]; c.Number > 0 || len(c.All) > 0 {
			return c
		}
	}
	return &Condition{Name: "instruments"}
}

// haveBy is how many instruments the list has that were deposited in time for a
// treaty to enter into force on a day, and how many are needed.
func (v *view) haveBy(published day.Date) (have, need int) {
	c := v.first()
	if need = c.Number; len(c.All) > 0 {
		need = len(c.All)
	}
	for _, on := range v.days() {
		if v.is.Clause.Delay.After(on).After(published) {
			break
		}
		if len(c.All) > 0 {
			have = need - len(v.lacking(c, on))
			continue
		}
		have = len(v.counting(c, on))
	}
	return have, need
}

// withSuccessions tries what a list gives that names no predecessors: there a
// succession may stand for the instrument of a state that is no longer listed.
// It never stands beside that instrument.
func (r *Row) withSuccessions(c *Checked, clause *Clause, actions []Fact, published map[string]day.Date) {
	wider := *clause
	if len(wider.Counts) == 0 {
		wider.Counts = slices.Clone(UsualCounts)
	}
	if slices.Contains(wider.Counts, Succession) {
		return
	}
	wider.Counts = append(slices.Clone(wider.Counts), Succession)
	e := r.file(&wider, actions, published).view(r.Treaty, end, day.Date{}, true, map[string]bool{r.Treaty: true}).enters()
	if !e.computed.IsZero() && e.computed == r.Published {
		without := c.Computed
		c.Computed = dated(e.computed)
		c.say(Matches, "same_by_succession", "met", e.met, "without", textOf(without))
	}
}

func textOf(d *day.Date) string {
	if d == nil {
		return ""
	}
	return d.String()
}
