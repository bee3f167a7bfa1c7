package treaty

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
)

// Status is how a treaty stands on a day, as it was known on a day.
type Status struct {
	Treaty  string    `json:"treaty"`
	Title   string    `json:"title"`
	On      day.Date  `json:"on"`
	KnownOn *day.Date `json:"known_on"` // null: by everything that we know

	InForce   bool      `json:"in_force"`         // true only where it is certain
	Answer    day.Tri   `json:"answer"`           // "cant-be-told" where dates that are known in part leave it open, or the file has no clause
	Entry     *day.Date `json:"entry_into_force"` // where it is in force or was; null also where the date can't be told
	Scheduled *day.Date `json:"scheduled"`        // where it is not yet in force, and follows from the acts so far
	Ended     *day.Date `json:"ended"`            // from when it is no longer in force
	Basis     string    `json:"basis"`            // "clause", "published" (by the depositary) or "none"
	Computed  *day.Date `json:"computed"`         // what the clause gives, also where the depositary published another date

	Instruments int        `json:"instruments"` // that count, on that day
	Needed      int        `json:"needed"`
	Conditions  []Standing `json:"conditions"`
	Missing     []Step     `json:"missing"`

	Parties      []Bound     `json:"parties"`      // for whom it is in force
	Contracting  []Bound     `json:"contracting"`  // who are bound, whether or not it is in force for them
	Signatories  []Signed    `json:"signatories"`  // who signed, whether or not they ratified since
	NotRatified  []Signed    `json:"not_ratified"` // who signed and are not bound
	Withdrawn    []Bound     `json:"withdrawn"`
	Provisional  []Applied   `json:"provisional"` // who apply it provisionally
	Reservations []Reserved  `json:"reservations"`
	Open         []Undecided `json:"undetermined"` // the acts whose dates leave the answer open
	Between      *Between    `json:"between,omitempty"`
	Explanation  []Step      `json:"explanation"`
	Sources      []string    `json:"sources"`
	Doubts       []Doubted   `json:"doubts"` // what it rests on that isn't sure
}

// Doubted is a fact that isn't sure, in the words of who entered it.
type Doubted struct {
	Fact   FactID `json:"fact"`
	Source string `json:"source"`
	Doubt  string `json:"doubt"`
}

// Between are the days between which entry into force lies, where the dates of
// the acts are known in part only; a null end is open.
type Between struct {
	From *day.Date `json:"from"`
	To   *day.Date `json:"to"`
}

// Bound is a party that consented to be bound.
type Bound struct {
	Party
	Action Kind      `json:"action"`
	On     string    `json:"on"`              // of its instrument, as far as it is known
	From   *day.Date `json:"from"`            // when the treaty enters into force for it; null: not yet known
	Until  *day.Date `json:"until,omitempty"` // from when it no longer is, where it gave notice
	Fact   FactID    `json:"fact"`
}

// Signed is a signatory.
type Signed struct {
	Party
	Action Kind   `json:"action"`
	On     string `json:"on"`
	Fact   FactID `json:"fact"`
}

// Applied is a party that applies a treaty provisionally.
type Applied struct {
	Party
	On   string `json:"on"`
	Fact FactID `json:"fact"`
}

// Reserved is a reservation or declaration, with the objections to it.
type Reserved struct {
	Party
	Action     Kind     `json:"action"`
	On         string   `json:"on"`
	Provisions []string `json:"about,omitempty"`
	Text       string   `json:"text,omitempty"`
	Objections []Signed `json:"objections,omitempty"`
	Withdrawn  string   `json:"withdrawn,omitempty"`
	Fact       FactID   `json:"fact"`
}

// Undecided is an act whose date is known in part.
type Undecided struct {
	Fact   FactID `json:"fact"`
	Action Kind   `json:"action"`
	Party  string `json:"party,omitempty"`
	On     string `json:"on"`
}

// Status is how the treaty stands on a day, by what was known on a day (no
// date: by all that we know). It is a function of the facts, in whatever order
// they came.
func (f *File) Status(on, knownOn day.Date) Status {
	late := f.view(f.id, on, knownOn, true, map[string]bool{f.id: true})
	e := late.enters()
	s := Status{
		Treaty: f.id, Title: late.is.Title, On: on, KnownOn: dated(knownOn), Computed: dated(e.computed),
		Conditions: orNone(e.conds), Missing: orNone(e.missing), Open: []Undecided{},
	}
	first := e
	if late.open() {
		first = f.view(f.id, on, knownOn, false, map[string]bool{f.id: true}).enters()
	}
	s.answer(first, e)
	late.count(&s, e)
	late.list(&s, e)
	if first.date != e.date || s.Answer == day.CantBeTold && !e.lacks {
		for _, a := range late.partial {
			s.Open = append(s.Open, Undecided{a.id, a.Kind, a.Party, cmp.Or(a.On.String(), "unknown")})
			e.steps = append(e.steps, step("open", "", a.id, "party", a.Party, "kind", a.Kind, "on", cmp.Or(a.On.String(), "unknown")))
		}
	}
	s.Explanation = append(orNone(e.steps), s.conclusion(e))
	return s
}

// open reports whether a date that is known in part may matter, here or in a
// treaty that this one waits for.
func (v *view) open() bool {
	if len(v.partial) > 0 {
		return true
	}
	if _, exact := v.is.Opened.Day(); !exact && v.is.Clause != nil && !v.is.Clause.NotWithin.IsZero() {
		return true
	}
	for _, a := range v.acts {
		if _, exact := a.Effect.Day(); !exact && !a.Effect.IsZero() {
			return true
		}
	}
	return len(v.file.facts) > 1
}

// answer joins the two readings.
func (s *Status) answer(first, last entry) {
	in := func(e entry) bool {
		return !e.date.IsZero() && !e.date.After(s.On) && (e.ended.IsZero() || e.ended.After(s.On))
	}
	switch {
	case in(first) && in(last):
		s.Answer = day.Yes
	case last.lacks && last.date.IsZero():
		// Neither yes nor no: the file doesn't have what the answer needs.
	case !in(first) && !in(last):
		s.Answer = day.No
	}
	s.InForce = s.Answer == day.Yes
	s.Basis = "none"
	switch {
	case !last.published.IsZero():
		s.Basis = "published"
	case !last.computed.IsZero():
		s.Basis = "clause"
	}
	if first.date != last.date {
		s.Between = &Between{dated(first.date), dated(last.date)}
		if first.date == beginning {
			s.Between.From = nil
		}
		return
	}
	switch {
	case last.date.IsZero():
	case last.date.After(s.On):
		s.Scheduled = dated(last.date)
	default:
		s.Entry = dated(last.date)
		if first.ended == last.ended && !last.ended.After(s.On) {
			s.Ended = dated(last.ended)
		}
	}
}

// count says how many instruments there are of how many.
func (v *view) count(s *Status, e entry) {
	for i := range conditionsOf(v.is.Clause) {
		c := &v.is.Clause.Conditions[i]
		switch {
		case c.Number > 0:
			s.Instruments, s.Needed = len(v.counting(c, v.on)), c.Number
			return
		case len(c.All) > 0:
			s.Instruments, s.Needed = len(c.All)-len(v.lacking(c, v.on)), len(c.All)
			return
		}
	}
	for _, l := range v.lives {
		if b := l.bound(v.on); b != nil && b.Kind != Succession {
			s.Instruments++
		}
	}
}

func conditionsOf(c *Clause) []Condition {
	if c == nil {
		return nil
	}
	return c.Conditions
}

// list fills in who is what.
func (v *view) list(s *Status, e entry) {
	s.Parties, s.Contracting, s.Withdrawn = []Bound{}, []Bound{}, []Bound{}
	s.Signatories, s.NotRatified, s.Provisional = []Signed{}, []Signed{}, []Applied{}
	ended := !e.ended.IsZero() && !e.ended.After(v.on)
	for _, l := range v.byName() {
		if l.past && !l.ended.After(v.on) {
			continue
		}
		bound := l.bound(v.on)
		if l.signed != nil {
			signed := Signed{l.Party, l.signed.Kind, l.signed.On.String(), l.signed.id}
			s.Signatories = append(s.Signatories, signed)
			if bound == nil {
				s.NotRatified = append(s.NotRatified, signed)
			}
		}
		if bound == nil {
			if last := l.last(); last != nil {
				s.Withdrawn = append(s.Withdrawn, v.bound(l, last, e.date))
			}
			continue
		}
		b := v.bound(l, bound, e.date)
		s.Contracting = append(s.Contracting, b)
		if b.From != nil && !b.From.After(v.on) && !ended {
			s.Parties = append(s.Parties, b)
		}
	}
	v.provisional(s)
	v.reservations(s)
	s.Sources, s.Doubts = slices.Sorted(slices.Values(v.sources)), orNone(v.doubts)
	s.Sources = orNone(s.Sources)
}

func (v *view) bound(l *life, s *spell, treaty day.Date) Bound {
	return Bound{l.Party, s.Kind, s.On.String(), dated(v.forParty(l, s, treaty)), dated(s.until), s.id}
}

// forParty is when a treaty that enters into force on a day does so for one
// party; no date where the treaty doesn't.
func (v *view) forParty(l *life, s *spell, treaty day.Date) day.Date {
	for _, a := range l.entered {
		on, given := v.effect(a.Action)
		if !given {
			on = a.date
		}
		if !on.Before(s.date) && (s.until.IsZero() || on.Before(s.until)) {
			return on // as the depositary published it
		}
	}
	if treaty.IsZero() {
		return day.Date{}
	}
	if effect, given := v.effect(s.Action); given {
		return day.Latest(treaty, effect)
	}
	var rule PartyRule // Article 24(3) of the Vienna Convention: on the day of the consent
	if v.is.Clause != nil && v.is.Clause.Parties != nil {
		rule = *v.is.Clause.Parties
	}
	return rule.For(treaty, s.date)
}

// For is when a treaty enters into force for a party that consented to be
// bound on a day. The zero rule is the Vienna Convention's, Article 24(3).
func (r PartyRule) For(treaty, consent day.Date) day.Date {
	if r.Variant == VariantB && !consent.After(treaty) {
		return treaty
	}
	return day.Latest(treaty, r.Delay.After(consent))
}

// partiesOn are the parties for whom a treaty is in force on a day.
func (v *view) partiesOn(treaty, on day.Date) []*life {
	var all []*life
	for _, l := range v.lives {
		if s := l.bound(on); s != nil && (!l.past || l.ended.After(on)) {
			if from := v.forParty(l, s, treaty); !from.IsZero() && !from.After(on) {
				all = append(all, l)
			}
		}
	}
	return all
}

func (v *view) byName() []*life {
	return slices.SortedFunc(slices.Values(v.lives), func(a, b *life) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code))
	})
}

func (v *view) provisional(s *Status) {
	open := map[*life]*act{}
	for i := range v.acts {
		switch a := &v.acts[i]; a.Kind {
		case ProvisionalApplication:
			open[v.life(a.party())] = a
		case ProvisionalEnd:
			delete(open, v.life(a.party()))
		}
	}
	for _, l := range v.byName() {
		party := slices.ContainsFunc(s.Parties, func(b Bound) bool { return b.Party == l.Party })
		if a := open[l]; a != nil && !party {
			s.Provisional = append(s.Provisional, Applied{l.Party, a.On.String(), a.id})
		}
	}
}

func (v *view) reservations(s *Status) {
	s.Reservations = []Reserved{}
	taken := map[Kind]Kind{WithdrawalOfReservation: Reservation, WithdrawalOfDeclaration: Declaration}
	for i := range v.acts {
		a := &v.acts[i]
		switch a.Kind {
		case Reservation, Declaration:
			s.Reservations = append(s.Reservations, Reserved{
				Party: a.party(), Action: a.Kind, On: a.On.String(),
				Provisions: a.Provisions, Text: a.Text, Fact: a.id,
			})
		case WithdrawalOfReservation, WithdrawalOfDeclaration:
			for j := range s.Reservations {
				r := &s.Reservations[j]
				if r.Action == taken[a.Kind] && r.Party.key() == a.party().key() && r.Withdrawn == "" &&
					(len(a.Provisions) == 0 || slices.Equal(a.Provisions, r.Provisions)) {
					r.Withdrawn = a.On.String()
				}
			}
		case Objection, WithdrawalOfObjection:
			v.objection(s, a)
		}
	}
}

func (v *view) objection(s *Status, a *act) {
	for j := range s.Reservations {
		r := &s.Reservations[j]
		if r.Action != Reservation || !strings.EqualFold(r.Name, a.Against) && r.Code != a.Against {
			continue
		}
		if a.Kind == Objection {
			r.Objections = append(r.Objections, Signed{a.party(), a.Kind, a.On.String(), a.id})
			continue
		}
		r.Objections = slices.DeleteFunc(r.Objections, func(o Signed) bool { return o.Party.key() == a.party().key() })
	}
}

// conclusion is the last step of the explanation.
func (s *Status) conclusion(e entry) Step {
	switch {
	case s.Answer == day.CantBeTold && e.lacks:
		return step("lacks", "", "", "on", s.On)
	case s.Answer == day.CantBeTold:
		return step("cant_be_told", "", "", "on", s.On)
	case s.Ended != nil:
		return e.endedBy
	case s.InForce && s.Entry == nil:
		return step("in_force_since_open", "", "", "on", s.On)
	case s.InForce:
		return step("in_force", "", "", "on", s.On, "date", *s.Entry)
	case s.Scheduled != nil:
		return step("scheduled", "", "", "on", s.On, "date", *s.Scheduled)
	}
	return step("not_in_force", "", "", "on", s.On, "missing", strconv.Itoa(len(s.Missing)))
}

// orNone is a list for JSON: [], never null.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
