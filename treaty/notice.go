package treaty

import (
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Notice is what a depositary's notification of an action says: paragraphs as
// codes and values, for which the catalogue has the sentences. A depositary
// edits nothing: what was wrong is rectified by another notice.
type Notice struct {
	Treaty     string `json:"treaty"`
	Title      string `json:"title"`
	Reference  string `json:"reference,omitempty"` // C.N.123.2026; "" where none was given yet
	Depositary string `json:"depositary"`
	Action     Kind   `json:"action"`
	Paragraphs []Step `json:"paragraphs"`
}

// Notice drafts the notification of an action, by what was known on a day.
func (f *File) Notice(id FactID, knownOn day.Date) (Notice, error) {
	var a *Action
	for _, e := range f.standing(f.id, knownOn) {
		if e.id == id && e.fact.Action != nil {
			a = e.fact.Action
		}
	}
	if a == nil {
		return Notice{}, fault.New(fault.NotFound, "treaty.notice.action", "treaty", f.id, "action", id)
	}
	on := a.On.Last()
	if on.IsZero() {
		return Notice{}, fault.New(fault.Invalid, "treaty.notice.date", "treaty", f.id, "action", id)
	}
	before, after := f.Status(on.AddDays(-1), knownOn), f.Status(on, knownOn)
	is, _ := describe(f.id, f.standing(f.id, knownOn))
	depositary := a.With
	if depositary == "" {
		depositary = strings.Join(is.Depositaries, ", ")
	}
	n := Notice{Treaty: f.id, Title: is.Title, Reference: a.Notification, Depositary: depositary, Action: a.Kind}
	say := func(code string, pairs ...any) {
		s := step(code, "", id, append([]any{"treaty", is.Title, "party", a.Party, "kind", a.Kind, "on", a.On}, pairs...)...)
		s.Code = "treaty.notice." + code
		n.Paragraphs = append(n.Paragraphs, s)
	}
	say("communicates", "depositary", depositary)
	switch {
	case a.Kind == Finding:
		say("finding", "condition", a.Condition, "by", a.By, "document", a.Document)
	case a.Kind == Succession:
		say("succession", "predecessor", a.Predecessor, "effective", a.Effect)
	case a.Kind == Objection:
		say("objection", "against", a.Against, "text", a.Text)
	case a.Kind == Rectification:
		say("rectification", "text", a.Text)
	case leaves[a.Kind]:
		say("leaving")
	case withoutParty[a.Kind]:
		say("announced")
	default:
		say("effected")
	}
	if len(a.Territories) > 0 {
		say("territories", "territories", strings.Join(a.Territories, ", "))
	}
	if a.Text != "" && a.Kind != Objection && a.Kind != Rectification {
		say("text", "text", a.Text)
	}
	n.consequences(id, before, after, say)
	return n, nil
}

// consequences says what follows from the action: for the party, and for the
// treaty.
func (n *Notice) consequences(id FactID, before, after Status, say func(code string, pairs ...any)) {
	for _, b := range after.Contracting {
		if b.Fact == id && b.From != nil {
			say("enters_for_party", "date", *b.From)
		}
	}
	for _, list := range [][]Bound{after.Contracting, after.Withdrawn} {
		for _, b := range list {
			if leaves[n.Action] && b.Until != nil && n.Paragraphs[0].Value("party") == b.Name {
				say("leaves", "date", *b.Until)
			}
		}
	}
	entry := func(s Status) *day.Date {
		if s.Entry != nil {
			return s.Entry
		}
		return s.Scheduled
	}
	switch was, is := entry(before), entry(after); {
	case was == nil && is != nil:
		say("enters", "date", *is)
	case is == nil && after.Instruments != before.Instruments:
		say("number", "instruments", after.Instruments, "needed", after.Needed)
	}
}
