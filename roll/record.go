package roll

import (
	"cmp"
	"slices"
	"sync"

	"github.com/openchancery/chancery/day"
)

// held is a fact in a record.
type held struct {
	Fact
	id    FactID
	told  day.Date // the last day on which it was learned
	aside []FactID // the facts that are preferred over it
	why   string   // the reason of the first of those preferences
}

// spells are the acts of one member in one body, in order.
type spells struct {
	body, member ID
	acts         []*held
	kinds        []kind // those that count, by act
}

// kind is all facts of one act of a chain that are not set aside.
type kind struct {
	act    string
	facts  []*held
	claims []claim
}

// part makes a chain, whose acts are in order, ready to be weighed.
func (s *spells) part() {
	for _, h := range counting(s.acts) {
		act := h.Membership.Act
		i := slices.IndexFunc(s.kinds, func(k kind) bool { return k.act == act })
		if i < 0 {
			i = len(s.kinds)
			s.kinds = append(s.kinds, kind{act: act})
		}
		s.kinds[i].facts = append(s.kinds[i].facts, h)
	}
	for i := range s.kinds {
		s.kinds[i].claims = claims(s.kinds[i].facts)
	}
}

type sitting struct {
	series  ID
	ordinal int
}

// Record is the facts that were known on a day, made ready for questions. It
// is never changed; it may be asked from several goroutines.
type Record struct {
	all  []held // every fact that was learned, also what was withdrawn, in order
	live map[FactID]*held

	facts     []*held // what counts or is set aside, in order
	things    map[ID][]*held
	naming    sync.Once
	names     map[string][]ID // folded text to what may be meant; made by naming
	bodies    map[ID][]*spells
	rules     map[ID][]*held
	admission map[ID][]*held
	positions map[ID][]*held
	tenures   map[ID][]*held // by office
	careers   map[ID][]*held // by holder
	offices   map[ID][]ID    // by whose they are
	organs    map[ID][]ID    // by whose they are
	series    map[ID][]ID    // by whose they are
	meetings  map[ID][]*held // by series
	seats     map[sitting][]*held
	sat       map[ID][]int   // the ordinals of seats, by series
	counts    map[ID][]*held // by series or body
	came      map[ID][]*held // successions by successor
	unmet     []*held        // preferences and withdrawals that name no fact of the record

	earlier earlier
}

// earlier keeps the last records of earlier days that were asked for: facts
// come in bundles, so there are few different ones, and each takes as long to
// make as many questions take to answer. It changes no answer.
type earlier struct {
	sync.Mutex
	by map[int]*Record // by how many facts were known
}

// mostEarlier bounds the memory that earlier records take.
const mostEarlier = 4

func (e *earlier) at(facts int, build func() *Record) *Record {
	e.Lock()
	defer e.Unlock()
	if r, ok := e.by[facts]; ok {
		return r
	}
	if e.by == nil || len(e.by) >= mostEarlier {
		e.by = map[int]*Record{}
	}
	r := build()
	e.by[facts] = r
	return r
}

// NewRecord makes a record of facts, in whatever order they come. The same
// fact learned twice counts from the earliest day.
func NewRecord(facts []Fact) *Record {
	all := make([]held, len(facts))
	for i, f := range facts {
		all[i] = held{Fact: f, id: f.ID(), told: f.Known}
	}
	slices.SortFunc(all, func(a, b held) int {
		return cmp.Or(a.Known.Compare(b.Known), cmp.Compare(a.id, b.id), cmp.Compare(a.Bundle, b.Bundle))
	})
	return build(all)
}

// KnownOn is the record of what was known on that day; the zero day stands for
// everything. A fact without a day of learning was always known.
func (r *Record) KnownOn(on day.Date) *Record {
	if on.IsZero() || len(r.all) == 0 || !r.all[len(r.all)-1].Known.After(on) {
		return r
	}
	end, _ := slices.BinarySearchFunc(r.all, on, func(h held, on day.Date) int {
		if h.Known.After(on) {
			return 1
		}
		return -1
	})
	return r.earlier.at(end, func() *Record { return build(r.all[:end:end]) })
}

// Facts are the facts of the record that are not withdrawn, by the day they
// were learned and then by content. Those that are set aside are among them.
func (r *Record) Facts() []Fact {
	out := make([]Fact, len(r.facts))
	for i, h := range r.facts {
		out[i] = h.Fact
	}
	return out
}

// Fact is the fact with that id; false where the record doesn't have it, or no
// longer.
func (r *Record) Fact(id FactID) (Fact, bool) {
	h, ok := r.live[id]
	if !ok {
		return Fact{}, false
	}
	return h.Fact, true
}

// build makes the record of all, which is in order and stays as it is.
func build(all []held) *Record {
	r := &Record{all: all, live: make(map[FactID]*held, len(all))}
	order := make([]*held, 0, len(all))
	copies := make([]held, len(all)) // records of other days share all, and set other facts aside
	for i := range all {
		if was, ok := r.live[all[i].id]; ok {
			was.told = all[i].told
			continue
		}
		copies[i] = all[i]
		r.live[all[i].id] = &copies[i]
		order = append(order, &copies[i])
	}
	withdrawn := r.withdrawn(order)
	r.facts = make([]*held, 0, len(order))
	for _, h := range order {
		if withdrawn[h.id] {
			delete(r.live, h.id)
			continue
		}
		r.facts = append(r.facts, h)
	}
	r.prefer()
	r.index()
	return r
}

// withdrawn are the ids that a withdrawal takes back which isn't itself taken
// back. A withdrawal names a fact by its content, so no two name each other.
func (r *Record) withdrawn(order []*held) map[FactID]bool {
	by := map[FactID][]FactID{}
	for _, h := range order {
		if h.Withdrawal != nil {
			by[h.Withdrawal.Fact] = append(by[h.Withdrawal.Fact], h.id)
			if _, ok := r.live[h.Withdrawal.Fact]; !ok {
				r.unmet = append(r.unmet, h)
			}
		}
	}
	gone := make(map[FactID]bool, len(by))
	var taken func(id FactID) bool
	taken = func(id FactID) bool {
		if known, ok := gone[id]; ok {
			return known
		}
		gone[id] = false
		for _, w := range by[id] {
			if !taken(w) {
				gone[id] = true
				return true
			}
		}
		return false
	}
	for id := range by {
		taken(id)
	}
	return gone
}

// prefer sets facts aside. Where two preferences contradict each other the one
// that was learned later counts, on one day the one whose id is greater; one
// that would close a longer circle counts for nothing and is found by Check.
func (r *Record) prefer() {
	over := map[FactID]map[FactID]string{} // loser, winner, reason
	var losers []FactID
	for _, h := range r.facts {
		p := h.Preference
		if p == nil {
			continue
		}
		if _, ok := r.live[p.Preferred]; !ok {
			r.unmet = append(r.unmet, h)
			continue
		}
		for _, loser := range p.Over {
			delete(over[p.Preferred], loser)
			if _, ok := r.live[loser]; !ok || beats(over, loser, p.Preferred) {
				r.unmet = append(r.unmet, h)
				continue
			}
			if over[loser] == nil {
				over[loser] = map[FactID]string{}
				losers = append(losers, loser)
			}
			over[loser][p.Preferred] = p.Reason
		}
	}
	for _, loser := range losers {
		h := r.live[loser]
		for winner := range over[loser] {
			h.aside = append(h.aside, winner)
		}
		slices.Sort(h.aside)
		if len(h.aside) > 0 {
			h.why = over[loser][h.aside[0]]
		}
	}
}

// beats reports whether a is preferred over b, over other facts or at once, or
// is b. There are no circles in over.
func beats(over map[FactID]map[FactID]string, a, b FactID) bool {
	if a == b {
		return true
	}
	for winner := range over[b] {
		if beats(over, a, winner) {
			return true
		}
	}
	return false
}

func (r *Record) index() {
	r.things = map[ID][]*held{}
	r.bodies, r.rules, r.admission, r.positions = map[ID][]*spells{}, map[ID][]*held{}, map[ID][]*held{}, map[ID][]*held{}
	r.tenures, r.careers, r.offices = map[ID][]*held{}, map[ID][]*held{}, map[ID][]ID{}
	r.organs, r.sat = map[ID][]ID{}, map[ID][]int{}
	r.series, r.meetings, r.seats = map[ID][]ID{}, map[ID][]*held{}, map[sitting][]*held{}
	r.counts, r.came = map[ID][]*held{}, map[ID][]*held{}
	chains := make(map[[2]ID]*spells, len(r.facts)/2)
	for _, h := range r.facts {
		switch {
		case h.Thing != nil:
			r.things[h.Thing.ID] = append(r.things[h.Thing.ID], h)
		case h.Succession != nil:
			for _, id := range h.Succession.Successors {
				r.came[id] = append(r.came[id], h)
			}
		case h.Membership != nil:
			key := [2]ID{h.Membership.Body, h.Membership.Member}
			s := chains[key]
			if s == nil {
				s = &spells{body: key[0], member: key[1]}
				chains[key] = s
				r.bodies[key[0]] = append(r.bodies[key[0]], s)
			}
			s.acts = append(s.acts, h)
		case h.Rule != nil:
			r.rules[h.Rule.Body] = append(r.rules[h.Rule.Body], h)
		case h.Admission != nil:
			r.admission[h.Admission.Body] = append(r.admission[h.Admission.Body], h)
		case h.Position != nil:
			r.positions[h.Position.Body] = append(r.positions[h.Position.Body], h)
		case h.Tenure != nil:
			r.tenures[h.Tenure.Office] = append(r.tenures[h.Tenure.Office], h)
			r.careers[h.Tenure.Holder] = append(r.careers[h.Tenure.Holder], h)
		case h.Meeting != nil:
			r.meetings[h.Meeting.Series] = append(r.meetings[h.Meeting.Series], h)
		case h.Attendance != nil:
			key := sitting{h.Attendance.Series, h.Attendance.Ordinal}
			if r.seats[key] == nil {
				r.sat[key.series] = append(r.sat[key.series], key.ordinal)
			}
			r.seats[key] = append(r.seats[key], h)
		case h.Count != nil:
			r.counts[h.Subject()] = append(r.counts[h.Subject()], h)
		}
	}
	r.arrange()
}

// arrange puts what was gathered in order.
func (r *Record) arrange() {
	for _, chains := range r.bodies {
		for _, s := range chains {
			slices.SortStableFunc(s.acts, func(a, b *held) int {
				return cmp.Or(byWhen(a.Membership.On, b.Membership.On), cmp.Compare(a.Membership.Act, b.Membership.Act), cmp.Compare(a.id, b.id))
			})
			s.part()
		}
		slices.SortFunc(chains, func(a, b *spells) int { return cmp.Compare(a.member, b.member) })
	}
	for _, list := range r.tenures {
		slices.SortStableFunc(list, byTenure)
	}
	for _, list := range r.careers {
		slices.SortStableFunc(list, byTenure)
	}
	for _, list := range r.meetings {
		slices.SortStableFunc(list, func(a, b *held) int {
			return cmp.Or(cmp.Compare(a.Meeting.Ordinal, b.Meeting.Ordinal), byWhen(a.Meeting.On, b.Meeting.On), cmp.Compare(a.id, b.id))
		})
	}
	for id := range r.things {
		of := r.whose(id)
		switch r.sort(id) {
		case Office:
			r.offices[of] = append(r.offices[of], id)
		case Organ:
			r.organs[of] = append(r.organs[of], id)
		case Series:
			r.series[of] = append(r.series[of], id)
		}
	}
	for _, index := range []map[ID][]ID{r.offices, r.organs, r.series} {
		for _, list := range index {
			slices.Sort(list)
		}
	}
}

func byTenure(a, b *held) int {
	return cmp.Or(byWhen(a.Tenure.From, b.Tenure.From), cmp.Compare(a.Tenure.Office, b.Tenure.Office), cmp.Compare(a.Tenure.Holder, b.Tenure.Holder), cmp.Compare(a.id, b.id))
}

// byWhen orders dates for reading: by their earliest day, what has none first.
func byWhen(a, b day.When) int {
	return cmp.Or(a.First().Compare(b.First()), a.Last().Compare(b.Last()), cmp.Compare(a.String(), b.String()))
}

// cite names facts in an answer.
func cite(h *held) Cited {
	return Cited{Fact: h.id, Source: h.Source, Known: h.Known, Doubt: h.Doubt, Note: h.Note, SetAside: len(h.aside) > 0}
}

func citeAll(list []*held) []Cited {
	out := make([]Cited, len(list))
	for i, h := range list {
		out[i] = cite(h)
	}
	return out
}
