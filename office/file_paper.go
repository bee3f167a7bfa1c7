package office

import (
	"cmp"
	"context"
	"errors"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// PaperFiled is what became of a form.
type PaperFiled struct {
	FilingAnswer
	Programme, Category, Language string
}

// FilePaper files the claim that two people keyed from a form, in the names of
// both, with its scans, and received on the day on which the paper came. Its
// claimant's code is answered, once.
//
// Faults: paper.stage, paper.undecided (field), paper.open (field), paper.filed
// (reference), draft.changed, and those of filing.
func (o *Office) FilePaper(ctx context.Context, by By, k OwnKey) (PaperFiled, error) {
	w, err := o.Paper(ctx, by, k)
	if err != nil {
		return PaperFiled{}, err
	}
	filing, err := w.filing(by)
	if err != nil {
		return PaperFiled{}, err
	}
	d, err := o.Own(ctx, k)
	if err != nil {
		return PaperFiled{}, err
	}
	filing.Becomes = d.Claims[0].Becomes
	ready, err := o.PrepareFilings(ctx, d.Programme, []Filing{filing})
	if err != nil {
		return PaperFiled{}, err
	}
	both := By{Actor: Known{id: w.Paper.Keyer, means: w.Paper.KeyerBy}, Second: by.Actor}
	answers, err := o.fileBy(ctx, ActFilePaper, both, ready, func(p *performance) error {
		now, err := p.tx.OwnDraft(d.ID)
		switch {
		case errors.Is(err, store.ErrNone) && p.before.unknown: // an earlier run of this very act
			return nil
		case errors.Is(err, store.ErrNone):
			return cmp.Or(o.paperNotFiled(p.tx, w.Paper.Number), noPaper())
		case err != nil:
			return err
		case now.Version != d.Version:
			return fault.New(fault.Conflict, "draft.changed")
		}
		if err := o.paperNotFiled(p.tx, w.Paper.Number); err != nil {
			return err
		}
		if err := o.enclose(p, d.ID, ready); err != nil {
			return err
		}
		return o.letGoOwn(p.tx, d.ID)
	})
	if err != nil {
		return PaperFiled{}, err
	}
	return PaperFiled{answers[0], d.Programme, filing.Category, d.Language}, o.FinishErasures(context.WithoutCancel(ctx))
}

// filing is the form as it is filed by who checked it.
func (w PaperWork) filing(by By) (Filing, error) {
	p := w.Paper
	if p.Stage != PaperChecking || p.Checker != by.Actor.id {
		return Filing{}, fault.New(fault.Conflict, "paper.stage")
	}
	if open, err := w.Open(p.Second); err != nil || len(open) > 0 {
		return Filing{}, cmp.Or(err, paperOpen(open))
	}
	if undecided := p.Undecided(w.Edition, w.Category); len(undecided) > 0 {
		return Filing{}, fault.New(fault.Conflict, "paper.undecided", "field", undecided[0])
	}
	settled := p.Settled(w.Edition)
	if open, err := w.Open(settled); err != nil || len(open) > 0 {
		return Filing{}, cmp.Or(err, paperOpen(open))
	}
	c, err := w.Case(settled)
	if err != nil {
		return Filing{}, err
	}
	reach := &Contact{Channel: ByPage, Language: w.Language}
	if p.Post != "" {
		reach.Channel, reach.Post = ByPost, p.Post
	}
	return Filing{
		Key: paperKey(p.Number), Category: c.Category, Claimant: c.Claimant, Received: p.Received, Answers: c.Answers.Texts(),
		Code: true, Paper: string(p.Number), Unread: settled.Illegible(), Contact: reach,
	}, nil
}

func paperOpen(open []string) error {
	if len(open) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "paper.open", "field", open[0])
}
