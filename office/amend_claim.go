package office

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Amend changes answers of a claim that the register hasn't answered yet, where
// the rulebook allows it: changed are canonical texts by field, "" takes an
// answer back. What was told before stays sealed beside its own entry. Sensitive
// answers that a rule looks into must be given again (claim.sensitive-again).
func (o *Office) Amend(ctx context.Context, by By, programme string, id claim.ID, changed map[string]string) (Done, error) {
	return o.reword(ctx, ActAmend, by, programme, id, changed,
		func(_ *performance, m *material, w reworded) (claim.Event, error) {
			return m.claim.Amend(w.public, w.claimed, w.blank)
		})
}

// AmendRefiled is Amend for who files a claim again, by their own reference, with
// other answers than it was first filed with. Where these are its answers already
// nothing is entered, so that it may be given again; sensitive answers can't be
// compared, and are entered each time.
func (o *Office) AmendRefiled(ctx context.Context, by By, programme string, id claim.ID, changed map[string]string) (Done, error) {
	done, err := o.reword(ctx, ActAmend, by, programme, id, changed,
		func(_ *performance, m *material, w reworded) (claim.Event, error) {
			if w.same {
				return nil, errSame
			}
			return m.claim.Amend(w.public, w.claimed, w.blank)
		})
	if errors.Is(err, errSame) {
		return Done{}, nil
	}
	return done, err
}

// errSame says that a claim answers already what it was to be changed to.
var errSame = errors.New("nothing is changed")

// reworded are a claim's answers after a change.
type reworded struct {
	same     bool // as before
	category string
	public   map[string]string
	claimed  money.Amount
	blank    []string
	items    []Item // what is to be sealed
}

// reword carries out an act of the claimant's that changes a claim's answers.
func (o *Office) reword(ctx context.Context, act Act, by By, programme string, id claim.ID, changed map[string]string,
	decide func(*performance, *material, reworded) (claim.Event, error),
) (Done, error) {
	return o.answered(ctx, by, programme, id, changed, answering{
		act: act, purpose: PurposeAmendment, beside: provenanceBlob, forWhom: true,
		decide: func(p *performance, m *material) (s step, category string, err error) {
			w, err := m.reword(p, act, changed)
			if err != nil {
				return s, "", err
			}
			if err := w.byHand(m.from, changed); err != nil {
				return s, "", err
			}
			event, err := decide(p, m, w)
			return step{claim: m.claim, event: event, seal: w.items}, w.category, err
		},
	})
}

// byHand seals anew where the answers come from: what is changed was given by
// hand, whatever a registry said before.
func (w *reworded) byHand(from *Provenance, changed map[string]string) error {
	if from == nil {
		return nil
	}
	for field := range changed {
		if _, was := from.Fields[field]; was {
			delete(from.Fields, field)
			from.Unverified = append(from.Unverified, field)
		}
	}
	slices.Sort(from.Unverified)
	payload, err := docket.Marshal(from)
	w.items = append(w.items, Item{Class: string(rulebook.Internal), Name: provenanceBlob, Payload: payload})
	return err
}

// reword holds the changed answers against the form of the claim's category, or
// of that to which it moves.
func (m *material) reword(p *performance, act Act, changed map[string]string) (reworded, error) {
	none := reworded{}
	w := reworded{category: m.claim.Category}
	if act == ActConsentToMove && m.claim.Register.Move != nil {
		w.category = m.claim.Register.Move.Category
		if err := m.mayMove(p, w.category); err != nil {
			return none, err
		}
	}
	w.same = m.answers(changed)
	category, _ := m.edition.Category(w.category)
	if act == ActConsentToMove {
		maps.DeleteFunc(m.texts, func(field, _ string) bool { return !slices.Contains(category.Asks, field) })
	}
	maps.Copy(m.texts, changed)
	maps.DeleteFunc(m.texts, func(_, text string) bool { return text == "" })
	answers, err := m.edition.Read(w.category, m.texts)
	if err != nil {
		return none, err
	}
	all, needed := m.edition.Withhold(w.category, m.claim.Blank, answers)
	if len(needed) > 0 && m.sensitive {
		return none, fault.New(fault.Invalid, "claim.sensitive-again", "claim", m.claim.Name(), "fields", strings.Join(needed, ", "))
	}
	if !m.sensitive {
		all = answers
	}
	texts := m.edition.TextsByClass(answers)
	public, claimed := publicAnswers(m.edition, answers, texts)
	if claimed != nil {
		w.claimed = *claimed
	}
	w.public, w.blank = public, m.edition.Missing(w.category, all)
	if w.items, err = answerItems(texts); err != nil {
		return none, err
	}
	w.items = append(w.items, m.emptied(w.items)...)
	if !sensitiveAmong(m.edition, all) {
		return w, nil
	}
	as := m.hearing(all)
	as.Category = w.category
	outcome, err := atSending(m.edition, as)
	if err != nil {
		return none, err
	}
	w.items = append(w.items, outcome...)
	return w, nil
}

// answers reports whether these are the claim's answers as it stands, as far as
// can be told.
func (m *material) answers(changed map[string]string) bool {
	for field, text := range changed {
		f, ok := m.edition.Field(field)
		if !ok || f.Class == rulebook.Sensitive && text != "" || m.texts[field] != text {
			return false
		}
	}
	return true
}

// emptied are blobs without answers for the classes that had some before and
// have none now: the newest blob of each class says what the claim answers.
func (m *material) emptied(now []Item) []Item {
	var items []Item
	for _, b := range m.blobs {
		gone := strings.HasPrefix(b.Name, AnswersPrefix) && b.Class != string(rulebook.Sensitive)
		if gone && !slices.ContainsFunc(now, func(i Item) bool { return i.Name == b.Name }) {
			items = append(items, Item{Class: b.Class, Name: b.Name, Payload: []byte("{}")})
		}
	}
	return items
}

// mayMove reports whether the claim can stand in another category: one of its
// edition that is open and takes this kind of claimant. The day on which it came
// in stays.
func (m *material) mayMove(p *performance, to string) error {
	category, ok := m.edition.Category(to)
	if !ok {
		return fault.New(fault.Invalid, "rulebook.category-unknown", "programme", m.edition.ID, "category", to)
	}
	if err := m.edition.Receives(to, p.day); err != nil {
		return err
	}
	if !slices.Contains(category.Claimants, m.claim.Claimant) {
		return fault.New(fault.Invalid, "claim.claimant-kind", "category", to, "claimant", m.claim.Claimant, "open", strings.Join(category.Claimants, ", "))
	}
	return nil
}
