package office

import (
	"context"
	"errors"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// MostPrinted bounds the letters that are printed together.
const MostPrinted = 500

// PaperLetter is a letter with what stands on its envelope.
type PaperLetter struct {
	Letter
	Post string
}

// LettersToPrint opens the letters of a programme that go by post, of one
// instalment or (with 0) of all, at most MostPrinted of them. Two people ask for
// them, and the reading log has it first: what is printed leaves the house in
// clear. Nothing is marked; Printed does that, when the paper is there.
func (o *Office) LettersToPrint(ctx context.Context, by By, programme string, instalment int64) (letters []PaperLetter, err error) {
	_, err = o.perform(ctx, ActPrintLetters, by, programme, nil, nil, func(p *performance) error {
		kept, err := p.tx.LettersIn(programme, store.LetterToPrint, instalment, "", MostPrinted)
		if err != nil || len(kept) == 0 {
			letters = nil
			return err
		}
		if letters, err = p.onPaper(kept); err != nil {
			return err
		}
		return p.commit()
	})
	return letters, err
}

func (p *performance) onPaper(kept []store.Letter) ([]PaperLetter, error) {
	ids := make([]claim.ID, len(kept))
	for i, l := range kept {
		ids[i] = l.Claim
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	claims, err := p.tx.Claims(ids)
	if err != nil {
		return nil, err
	}
	openings := make([]opening, len(claims))
	for i, c := range claims {
		openings[i] = opening{c, []string{letterBlob, contactBlob}}
	}
	if err := p.reads(PurposeLetter, ByRule, openings); err != nil {
		return nil, err
	}
	opened, err := p.o.openLetters(p.ctx, kept)
	if err != nil {
		return nil, err
	}
	letters := make([]PaperLetter, len(opened))
	for i, l := range opened {
		c, err := p.o.contact(p.ctx, p.tx, l.Claim)
		if err != nil {
			return nil, err
		}
		letters[i] = PaperLetter{l, c.Post}
	}
	return letters, nil
}

// Printed marks letters as printed. One that is marked already stays so.
func (o *Office) Printed(ctx context.Context, by By, programme string, ids []string) error {
	_, err := o.performed(ctx, true, ActPrintLetters, by, programme, nil, nil, func(p *performance) error {
		var errs []error
		for _, id := range ids {
			l, err := p.tx.Letter(id)
			if errors.Is(err, store.ErrNone) || err == nil && l.Programme != programme {
				return fault.New(fault.NotFound, "letter.none", "letter", id)
			}
			errs = append(errs, err, p.tx.MoveLetter(id, store.LetterToPrint, store.LetterPrinted, p.instant))
		}
		return errors.Join(errs...)
	})
	return err
}

// LetterLine is what a list of letters shows: nothing of what they say.
type LetterLine struct {
	ID         string            `json:"id"`
	Claim      string            `json:"claim"` // number or reference
	On         string            `json:"on"`
	Language   string            `json:"language"`
	Instalment int64             `json:"instalment,omitempty"`
	Made       docket.Instant    `json:"made"`
	State      store.LetterState `json:"state"`
	Moved      docket.Instant    `json:"moved"`
}

// LetterLines lists letters of a programme in a state, unopened, and where the
// next page begins; "" after the last.
func (o *Office) LetterLines(ctx context.Context, programme string, state store.LetterState, after string, limit int) (lines []LetterLine, next string, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		kept, err := r.LettersIn(programme, state, 0, after, limit)
		if err != nil {
			return err
		}
		ids := make([]claim.ID, len(kept))
		for i, l := range kept {
			ids[i] = l.Claim
		}
		claims, err := r.Claims(ids)
		if err != nil {
			return err
		}
		lines, next = make([]LetterLine, len(kept)), ""
		for i, l := range kept {
			lines[i] = LetterLine{l.ID, claims[i].Name(), l.On, l.Language, l.Instalment, l.Made, l.State, l.Moved}
		}
		if len(kept) == limit {
			next = kept[limit-1].ID
		}
		return nil
	})
	return lines, next, err
}
