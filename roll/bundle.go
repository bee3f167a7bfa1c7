package roll

import (
	"slices"
	"strconv"
	"strings"
)

// Summarise is what a bundle would change in a record, fact by fact in the
// bundle's order, to be read before a person accepts it. A fact stands in one
// list alone:
//
//   - already known: the record has it, or had it and it was withdrawn;
//   - ended: it gives an end to what was open, and nothing contradicts it;
//   - changed: the same source says otherwise than it did; a rule is worded
//     anew; a fact is withdrawn or set aside;
//   - conflict: another source, in the record or in the bundle, says what can't
//     be true beside it;
//   - added: the rest, also where it confirms what another source says.
func Summarise(have *Record, b Bundle) Summary {
	s := Summary{
		Bundle: b.ID, Title: b.Title, Known: b.Known,
		Added: []Line{}, Ended: []Line{}, Changed: []Line{}, Conflict: []Line{}, AlreadyKnown: []Line{},
	}
	rivals := map[string][]*held{}
	for _, h := range have.facts {
		rivals[h.key()] = append(rivals[h.key()], h)
	}
	ever := map[FactID]bool{}
	for i := range have.all {
		ever[have.all[i].id] = true
	}
	fresh := map[FactID]*held{}
	for _, f := range b.Facts {
		if f.Known.IsZero() {
			f.Known = b.Known
		}
		h := &held{Fact: f, id: f.ID(), told: f.Known}
		line := Line{Subject: f.Subject(), Kind: f.Kind(), Fact: f, ID: h.id, Is: h.value()}
		if ever[h.id] {
			s.AlreadyKnown = append(s.AlreadyKnown, line)
			continue
		}
		ever[h.id], fresh[h.id] = true, h
		s.place(have, h, line, rivals[h.key()], fresh)
		rivals[h.key()] = append(rivals[h.key()], h)
	}
	return s
}

// place puts a fact that is new into its list.
func (s *Summary) place(have *Record, h *held, line Line, rivals []*held, fresh map[FactID]*held) {
	if h.Preference != nil || h.Withdrawal != nil {
		for _, id := range h.targets() {
			line.Meets = append(line.Meets, id)
			if t, ok := have.live[id]; ok {
				line.Was = append(line.Was, t.value())
			} else if t, ok := fresh[id]; ok {
				line.Was = append(line.Was, t.value())
			}
		}
		s.Changed = append(s.Changed, line)
		return
	}
	var ended, changed, conflict []*held
	for _, rival := range rivals {
		switch {
		case rival.apart(h):
		case rival.endedBy(h):
			ended = append(ended, rival)
		case rival.Source.Name == h.Source.Name:
			if fresh[rival.id] == nil {
				changed = append(changed, rival)
			}
		case h.Rule != nil || h.Admission != nil:
			changed = append(changed, rival)
		case rival.against(h):
			conflict = append(conflict, rival)
		}
	}
	list, met := &s.Added, []*held(nil)
	switch {
	case len(conflict) > 0:
		list, met = &s.Conflict, conflict
	case len(changed) > 0:
		list, met = &s.Changed, changed
	case len(ended) > 0:
		list, met = &s.Ended, ended
	}
	for _, m := range met {
		line.Meets, line.Was = append(line.Meets, m.id), append(line.Was, m.value())
	}
	*list = append(*list, line)
}

// key is what a fact is about, so that two facts of one key may contradict
// each other.
func (h *held) key() string {
	var parts []string
	switch f := h.Fact; {
	case f.Thing != nil:
		parts = []string{string(f.Thing.ID)}
	case f.Succession != nil:
		for _, id := range slices.Concat(f.Succession.Predecessors, []ID{"|"}, f.Succession.Successors) {
			parts = append(parts, string(id))
		}
	case f.Membership != nil:
		parts = []string{string(f.Membership.Body), string(f.Membership.Member), f.Membership.Act}
	case f.Rule != nil:
		parts = []string{string(f.Rule.Body), f.Rule.Name}
	case f.Admission != nil:
		parts = []string{string(f.Admission.Body)}
	case f.Position != nil:
		parts = []string{string(f.Position.Body), string(f.Position.Candidate), string(f.Position.By)}
	case f.Tenure != nil:
		parts = []string{string(f.Tenure.Office), string(f.Tenure.Holder), f.Tenure.Sort}
	case f.Meeting != nil:
		parts = []string{string(f.Meeting.Series), strconv.Itoa(f.Meeting.Ordinal)}
	case f.Attendance != nil:
		parts = []string{string(f.Attendance.Series), strconv.Itoa(f.Attendance.Ordinal), seatKey(h)}
	case f.Count != nil:
		c := f.Count
		parts = []string{string(c.Series), strconv.Itoa(c.Ordinal), string(c.Body), c.On.String(), c.Of}
	default:
		parts = []string{string(h.id)}
	}
	return h.Kind() + "\x00" + strings.Join(parts, "\x00")
}

// timed: acts, tenures and positions, which may come several times.
func (h *held) timed() bool { return h.Membership != nil || h.Tenure != nil || h.Position != nil }

// apart: two times that don't touch are no rivals, and neither are two
// meetings without a number.
func (h *held) apart(other *held) bool {
	if h.timed() {
		return len(runs(sortedByBegin([]*held{h, other}))) == 2
	}
	return h.Meeting != nil && h.Meeting.Ordinal == 0
}

// endedBy reports whether other gives an end to what h leaves open.
func (h *held) endedBy(other *held) bool {
	switch {
	case h.timed():
		return !h.until().Ended && other.until().Ended && meet(h.begin(), other.begin()) && h.value() != other.value() &&
			(h.Position == nil || h.Position.Stance == other.Position.Stance) && agree(h, other)
	case h.Thing != nil:
		return !h.Thing.Ended && other.Thing.Ended && meet(h.Thing.From, other.Thing.From) && h.Thing.Sort == other.Thing.Sort
	}
	return false
}

// against reports whether two facts of two sources can't both be right.
func (h *held) against(other *held) bool {
	unlike := func(a, b string) bool { return a != "" && b != "" && fold(a) != fold(b) }
	switch a, b := h.Fact, other.Fact; {
	case a.Position != nil:
		return a.Position.Stance != b.Position.Stance || !agree(h, other)
	case h.timed():
		return !agree(h, other)
	case a.Thing != nil:
		return a.Thing.Sort != b.Thing.Sort || !meet(a.Thing.From, b.Thing.From) || !meet(a.Thing.To, b.Thing.To)
	case a.Succession != nil:
		return !meet(a.Succession.On, b.Succession.On)
	case a.Meeting != nil:
		return !meet(a.Meeting.On, b.Meeting.On) || unlike(a.Meeting.Place, b.Meeting.Place) || unlike(a.Meeting.Host, b.Meeting.Host)
	case a.Attendance != nil:
		return a.Attendance.Presence != b.Attendance.Presence || unlike(a.Attendance.Title, b.Attendance.Title)
	case a.Count != nil:
		return a.Count.Number != b.Count.Number
	}
	return false
}

// targets are the facts that a preference or withdrawal is about.
func (h *held) targets() []FactID {
	if h.Preference != nil {
		return h.Preference.Over
	}
	return []FactID{h.Withdrawal.Fact}
}

// value is what a fact says, in short.
func (h *held) value() string {
	var parts []string
	switch f := h.Fact; {
	case f.Thing != nil:
		parts = []string{string(f.Thing.Sort), spanText(f.Thing.From, Until{Ended: f.Thing.Ended, To: f.Thing.To})}
	case f.Succession != nil:
		parts = []string{f.Succession.Sort, f.Succession.On.String()}
	case f.Membership != nil:
		parts = []string{string(f.Membership.Member), f.Membership.Act, spanText(f.Membership.On, f.Membership.Until)}
	case f.Rule != nil:
		parts = []string{f.Rule.Name, f.Rule.Provision}
	case f.Admission != nil:
		parts = []string{f.Admission.By, f.Admission.Provision}
	case f.Position != nil:
		parts = []string{string(f.Position.By), f.Position.Stance, string(f.Position.Candidate), spanText(f.Position.On, f.Position.Until)}
	case f.Tenure != nil:
		parts = []string{string(f.Tenure.Holder), f.Tenure.Sort, f.Tenure.Title, spanText(f.Tenure.From, f.Tenure.Until)}
	case f.Meeting != nil:
		parts = []string{strconv.Itoa(f.Meeting.Ordinal), f.Meeting.On.String(), f.Meeting.Place, f.Meeting.Host}
	case f.Attendance != nil:
		a := f.Attendance
		parts = []string{strconv.Itoa(a.Ordinal), string(a.Person), string(a.For), a.Title, a.Presence}
	case f.Count != nil:
		parts = []string{f.Count.Of, strconv.Itoa(f.Count.Number)}
	case f.Preference != nil:
		parts = []string{f.Preference.Reason}
	case f.Withdrawal != nil:
		parts = []string{f.Withdrawal.Reason}
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}
