package office

import (
	"context"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// Shown is what an officer sees of a claim's answers.
type Shown struct {
	Claim    claim.Claim
	Edition  *rulebook.Edition
	Answers  map[string]string // by field, the sensitive ones aside
	DeskOnly []string          // sensitive fields that have an answer: they open at the desk only
	From     *Provenance       // where the answers came from at filing; nil where no registry was asked
	Alarm    int64             // claims that this person opened today, past AlarmAfter; else 0
}

// ReadAnswers opens the answers of a claim, by reference or number, for a
// person to see. The reading log has it, for good, before anything is opened;
// past SecondAfter claims a day a second person must consent.
func (o *Office) ReadAnswers(ctx context.Context, by By, text, purpose string) (Shown, error) {
	if err := checkPurpose(purpose); err != nil {
		return Shown{}, err
	}
	var opened []material
	var shown Shown
	_, err := o.perform(ctx, ActReadAnswers, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		p.by.Second = by.Second // who consents past the limit
		c, err := findClaim(p.tx, text)
		if err != nil {
			return err
		}
		if opened, err = p.sealedAnswers([]claim.Claim{c}); err != nil {
			return err
		}
		from, err := p.tx.LatestBlobs([]claim.ID{c.ID}, provenanceBlob)
		if err != nil {
			return err
		}
		opened[0].blobs = append(opened[0].blobs, from[c.ID]...)
		if err := p.opens(opened, purpose, ByPerson); err != nil {
			return err
		}
		shown.Alarm, err = p.alarm()
		return err
	})
	if err != nil {
		return Shown{}, err
	}
	if err := o.open(ctx, opened); err != nil {
		return Shown{}, err
	}
	m := opened[0]
	shown.Claim, shown.Edition, shown.Answers, shown.From = m.claim, m.edition, m.texts, m.from
	shown.DeskOnly = m.deskOnly()
	return shown, nil
}

func checkPurpose(purpose string) error {
	if !slices.Contains(Purposes(), purpose) {
		return fault.New(fault.Invalid, "reading.purpose", "purpose", clip(purpose), "known", strings.Join(Purposes(), ", "))
	}
	return nil
}

// clip repeats no more of a word than says which it was.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

// alarm is how many claims this person opened today, if they are more than
// AlarmAfter.
func (p *performance) alarm() (int64, error) {
	opened, err := p.tx.OpenedBy(p.by.Actor.id, dateOf(p.instant))
	if n := int64(len(opened)); n > AlarmAfter {
		return n, err
	}
	return 0, err
}
