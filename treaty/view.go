package treaty

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
)

// view is a treaty on one day, as it was known on one day, read in one of two
// ways: early takes every date that is known in part as the one that lets the
// treaty enter into force soonest and last longest, late as the opposite. What
// both readings say is certain.
type view struct {
	file        *File
	on, knownOn day.Date
	late        bool
	is          Instrument
	clauseFact  FactID // that its clause is from
	acts        []act
	lives       []*life          // in the order of their first act
	named       map[string]*life // by code, and by name in lower case
	repeats     map[FactID]bool  // successions to an instrument that the file has, itself or by an earlier succession
	sources     []string         // of what is looked at
	doubts      []Doubted        // what of it is not sure
	partial     []act            // those whose date is known in part
	within      map[string]bool  // the treaties that are being looked at: one may not wait for itself
}

// act is an action with its date in this reading.
type act struct {
	id FactID
	*Action
	date day.Date
}

// life is what one party did in a treaty.
type life struct {
	Party
	signed    *act
	spells    []spell
	later     []act // deposits while it was bound already
	entered   []act // entry into force for it, as published
	succeeded bool  // somebody succeeded to its instrument
	past      bool  // the state is no more: others succeeded to it
	ended     day.Date
}

// spell is one time in which a party was bound: it may leave and come back.
type spell struct {
	act
	left  *act     // by which it leaves
	until day.Date // from which day it is no longer bound; zero: open
}

// The calendar's ends stand for a date of which nothing is known on that side.
var (
	beginning, _ = day.New(1, 1, 1)
	end, _       = day.New(9999, 12, 31)
)

// view reads the file.
func (f *File) view(id string, on, knownOn day.Date, late bool, within map[string]bool) *view {
	v := &view{file: f, on: on, knownOn: knownOn, late: late, named: map[string]*life{}, repeats: map[FactID]bool{}, within: within}
	standing := f.standing(id, knownOn)
	v.is, v.clauseFact = describe(id, standing)
	for _, e := range standing {
		if e.fact.Action == nil {
			v.cite(e)
			continue
		}
		a := act{id: e.id, Action: e.fact.Action}
		a.date = v.date(a.Action)
		if _, exact := a.On.Day(); !exact && !a.On.First().After(on) {
			v.partial = append(v.partial, a)
		}
		if !a.date.After(on) {
			v.acts = append(v.acts, a)
			v.cite(e)
		}
	}
	// On one day, what one leaves by comes last; everything else goes by content.
	slices.SortFunc(v.acts, func(a, b act) int {
		return cmp.Or(a.date.Compare(b.date), cmp.Compare(btoi(leaves[a.Kind]), btoi(leaves[b.Kind])),
			cmp.Compare(a.Party, b.Party), cmp.Compare(a.id, b.id))
	})
	v.live()
	return v
}

// cite notes the source of a fact that is looked at, and whether it is sure.
func (v *view) cite(e entered) {
	if !slices.Contains(v.sources, e.fact.Source.Name) {
		v.sources = append(v.sources, e.fact.Source.Name)
	}
	if e.fact.Doubt != "" {
		v.doubts = append(v.doubts, Doubted{e.id, e.fact.Source.Name, e.fact.Doubt})
	}
}

// date is when an action was done, in this reading.
func (v *view) date(a *Action) day.Date {
	if v.late != leaves[a.Kind] {
		return cmp.Or(a.On.Last(), end)
	}
	return cmp.Or(a.On.First(), beginning)
}

// effect is when an action takes effect, where its source says so.
func (v *view) effect(a *Action) (day.Date, bool) {
	switch {
	case a.Effect.IsZero():
		return day.Date{}, false
	case v.late != leaves[a.Kind]:
		return cmp.Or(a.Effect.Last(), end), true
	}
	return cmp.Or(a.Effect.First(), beginning), true
}

// life is a party's, found by its code or else by its name.
func (v *view) life(p Party) *life {
	name := strings.ToLower(p.Name)
	for _, key := range []string{p.Code, name} {
		if l := v.named[key]; key != "" && l != nil && (l.Code == "" || p.Code == "" || l.Code == p.Code) {
			if l.Code == "" && p.Code != "" {
				l.Code, v.named[p.Code] = p.Code, l
			}
			l.Org = l.Org || p.Org
			return l
		}
	}
	l := &life{Party: p}
	v.lives = append(v.lives, l)
	v.named[name] = l
	if p.Code != "" {
		v.named[p.Code] = l
	}
	return l
}

// bind says whether an action gives consent to be bound.
func (v *view) binds(k Kind) bool {
	return k == Succession || slices.Contains(UsualCounts, k) || v.is.Clause != nil && slices.Contains(v.is.Clause.Counts, k)
}

// live tells each party's life from the actions.
func (v *view) live() {
	for i := range v.acts {
		a := &v.acts[i]
		if withoutParty[a.Kind] {
			continue
		}
		l := v.life(a.party())
		last := l.last()
		bound := last != nil && (last.until.IsZero() || last.until.After(a.date))
		switch {
		case a.Kind == EntryForParty:
			l.entered = append(l.entered, *a)
		case a.Kind == WithdrawalOfSignature:
			l.signed = nil
		case a.Kind == Signature || a.Kind == SuccessionToSignature || a.Kind == DefinitiveSignature:
			if l.signed == nil {
				l.signed = a
			}
		case a.Kind == WithdrawalOfDenunciation && bound && last.left != nil:
			last.left, last.until = nil, day.Date{}
		}
		switch {
		case leaves[a.Kind] && bound:
			last.left, last.until = a, v.leaving(a)
		case v.binds(a.Kind) && bound && last.left == nil:
			l.later = append(l.later, *a)
		case v.binds(a.Kind):
			l.spells = append(l.spells, spell{act: *a})
		}
		if a.Kind == Succession && a.Predecessor != "" {
			v.succeeds(a)
		}
	}
}

// leaving is the day from which a party that gave notice is no longer bound.
func (v *view) leaving(a *act) day.Date {
	if effect, given := v.effect(a.Action); given {
		return effect
	}
	if v.is.Clause != nil && v.is.Clause.Withdrawal != nil {
		return v.is.Clause.Withdrawal.Delay.After(a.date)
	}
	return a.date
}

// succeeds notes what a succession does to its predecessor. Where that state is
// no more, its life is closed; its instrument still counts, and therefore the
// successors' never does: neither beside it, nor twice in its place.
func (v *view) succeeds(a *act) {
	l := v.life(Party{Name: a.Predecessor})
	if l.last() != nil || l.succeeded {
		v.repeats[a.id] = true
	}
	l.succeeded = true
	if a.Ended && !l.past {
		l.past, l.ended = true, a.date
		if effect, given := v.effect(a.Action); given {
			l.ended = effect
		}
	}
}

func (l *life) last() *spell {
	if len(l.spells) == 0 {
		return nil
	}
	return &l.spells[len(l.spells)-1]
}

// bound is the spell in which a party is bound on a day.
func (l *life) bound(on day.Date) *spell {
	for i := len(l.spells) - 1; i >= 0; i-- {
		s := &l.spells[i]
		if !s.date.After(on) && (s.until.IsZero() || s.until.After(on)) {
			return s
		}
	}
	return nil
}

// is says whether a clause's list means this party: by code, or by name.
func (p Party) is(listed string) bool {
	return p.Code != "" && p.Code == listed || strings.EqualFold(p.Name, listed)
}

func (p Party) within(list []string) bool { return slices.ContainsFunc(list, p.is) }
