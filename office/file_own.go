package office

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// OwnFiled is what one filing by a program came to.
type OwnFiled struct {
	ID        claim.ID        `json:"id"`
	Reference claim.Reference `json:"reference"`
	Repeated  bool            `json:"repeated"` // it was filed before
}

// ownRequest is a program's request to file one claim.
type ownRequest struct {
	key              string // "" for none
	tag, fingerprint []byte // by which it is known when it is repeated; nil without a key

	done     OwnFiled
	repeated bool  // done is the first answer
	refused  error // for what it asks itself; nothing is kept under its key
}

// FileOwn files one claim for a program, under its filer's own reference. by.Key
// names the request: repeated, it has the first answer, and with another content
// it is refused (office.key-reused). The same reference with another content is
// refused too (claim.own-reference-taken).
func (o *Office) FileOwn(ctx context.Context, by By, programme, reference string, f Filing) (done OwnFiled, repeated bool, err error) {
	if err := needScope(by.Actor, ScopeFile); err != nil {
		return done, false, err
	}
	f.Key = OwnReference(by.Actor, reference)
	own := &ownRequest{key: by.Key}
	err = o.prepareAndFile(programme, []Filing{f}, &filingCall{ctx: ctx, by: By{Actor: by.Actor, Second: by.Second}, own: own})
	if err := cmp.Or(err, own.refused); err != nil {
		return OwnFiled{}, false, err
	}
	return own.done, own.repeated, nil
}

// fileOwn does what requests of one program ask for, all in one transaction: each has
// its own answer, and one that is refused leaves the others.
func (o *Office) fileOwn(ctx context.Context, calls []*filingCall) (err error) {
	programme := calls[0].ready.programme
	for _, c := range calls {
		c.own.tag, c.own.fingerprint, err = o.keyed(ActFileClaim, By{Key: c.own.key}, programme, ownAsked(c.ready))
		if err != nil {
			return err
		}
	}
	var fresh []*filingCall
	look := func(p *performance) (err error) {
		if fresh, err = p.unanswered(calls); err != nil || len(fresh) == 0 {
			return err
		}
		return p.lookForFilings(joined(fresh))
	}
	_, err = o.looked(ctx, true, ActFileClaim, calls[0].by, programme, nil, nil, look, func(p *performance) error {
		if len(fresh) == 0 {
			return nil
		}
		if p.edition != fresh[0].ready.edition {
			return fault.New(fault.Conflict, "programme.edition-changed", "programme", programme)
		}
		answers, err := o.fileAll(p, joined(fresh))
		if err != nil {
			return err
		}
		return p.answerOwn(fresh, answers)
	})
	return err
}

// unanswered gives requests that were answered before their first answer, and answers
// the others. Most were not.
func (p *performance) unanswered(calls []*filingCall) (fresh []*filingCall, err error) {
	var tags [][]byte
	for _, c := range calls {
		c.own.done, c.own.repeated, c.own.refused = OwnFiled{}, false, nil
		if c.own.tag != nil {
			tags = append(tags, c.own.tag)
		}
	}
	none := len(tags) == 0
	if !none && !p.before.run {
		none, err = p.tx.Unanswered(tags)
	}
	if err != nil || none {
		return calls, err
	}
	first, err := p.tx.Answers(tags)
	if err != nil {
		return nil, err
	}
	for _, c := range calls {
		kept, found := first[string(c.own.tag)]
		if !found {
			fresh = append(fresh, c)
			continue
		}
		if c.own.refused = repeats(kept, c.own.fingerprint, c.own.key); c.own.refused != nil {
			continue
		}
		if err := json.Unmarshal(kept.Answer, &c.own.done); err != nil {
			return nil, fmt.Errorf("read the first answer: %w", err)
		}
		c.own.repeated = true
	}
	return fresh, nil
}

// answerOwn answers requests by what their filings came to, and keeps that under their
// keys.
func (p *performance) answerOwn(calls []*filingCall, answers []FilingAnswer) error {
	var kept []store.Answer
	for i, c := range calls {
		switch a := answers[i]; {
		case a.Erased:
			c.own.refused = fault.New(fault.Conflict, "claim.own-reference-erased")
			continue
		case a.Changed:
			c.own.refused = fault.New(fault.Conflict, "claim.own-reference-taken")
			continue
		default:
			c.own.done = OwnFiled{ID: a.ID, Reference: a.Reference, Repeated: a.Repeated}
		}
		if c.own.tag == nil {
			continue
		}
		text, err := json.Marshal(c.own.done)
		if err != nil {
			return fmt.Errorf("keep the answer: %w", err)
		}
		kept = append(kept, store.Answer{Tag: c.own.tag, Fingerprint: c.own.fingerprint, Answer: text, Claim: c.own.done.ID})
	}
	if len(kept) == 0 {
		return nil
	}
	return p.tx.PutAnswers(kept)
}
