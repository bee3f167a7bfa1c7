package office

import (
	"context"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Sent is what became of a claimant's draft: its claims, in their order.
type Sent struct {
	Programme string
	Code      claim.Code // of all of them: the draft's; "" of one that was sent before, whose code its claimant has
	Claims    []SentClaim
	Repeated  bool // it was sent before: this is the first answer
}

// SentClaim is one of them.
type SentClaim struct {
	FilingAnswer
	Category string
	Called   string // the person, as the draft called them; "" of one that was sent before
}

// mostOwnClaims bounds the claims of one draft.
const mostOwnClaims = 40

// ownClaimKey names a claim of a draft for ever, so that it is filed once.
func ownClaimKey(draft string, n int) string { return fmt.Sprintf("%s %d", draftKey(draft), n+1) }

// SendOwn files all claims of a draft in one act and lets the draft go with it.
// Sent again it gives the first answer. The code of the draft is that of each
// claim from now on; a draft without one is given one first.
//
// Faults: draft.incomplete (claim, field) where a question that must be answered
// isn't, draft.empty, draft.changed where somebody wrote on it meanwhile, those
// of filing, and draft.none.
func (o *Office) SendOwn(ctx context.Context, k OwnKey) (Sent, error) {
	d, err := o.Own(ctx, k)
	if err == nil && d.Code == "" {
		if k, _, err = o.GiveOwnCode(ctx, k, false); err == nil {
			d, err = o.Own(ctx, k)
		}
	}
	if fault.Code(err) == "draft.none" {
		return o.ownSentBefore(ctx, k.ID)
	}
	if err != nil {
		return Sent{}, err
	}
	filings, err := o.ownFilings(ctx, &d)
	if err != nil {
		return Sent{}, err
	}
	ready, err := o.PrepareFilings(ctx, d.Programme, filings)
	if err != nil {
		return Sent{}, err
	}
	answers, err := o.fileWith(ctx, By{Actor: claimant(d.ID, meansCode)}, ready, func(p *performance) error {
		now, err := p.tx.OwnDraft(d.ID)
		switch {
		case errors.Is(err, store.ErrNone):
			return noDraft()
		case err != nil:
			return err
		case now.Version != d.Version:
			return fault.New(fault.Conflict, "draft.changed")
		}
		if err := o.enclose(p, d.ID, ready); err != nil {
			return err
		}
		claims := make([]claim.ID, len(ready.filings))
		for i := range ready.filings {
			claims[i] = ready.filings[i].id
		}
		if err := followSignIns(p.tx, d.ID, claims); err != nil {
			return err
		}
		return o.letGoOwn(p.tx, d.ID)
	})
	if fault.Code(err) == "draft.none" { // it was sent meanwhile, perhaps by an earlier run of this very act
		return o.ownSentBefore(ctx, k.ID)
	}
	if err != nil {
		return Sent{}, err
	}
	// Its key is destroyed by the job that the act entered: who sends doesn't wait.
	sent := Sent{Programme: d.Programme, Code: d.Code, Claims: make([]SentClaim, len(answers))}
	for i, a := range answers {
		sent.Claims[i] = SentClaim{FilingAnswer: a, Category: d.Claims[i].Category}
		if p, ok := d.Person(d.Claims[i].Person); ok {
			sent.Claims[i].Called = p.Called
		}
	}
	return sent, nil
}

// BeginSent signs in who has just sent a draft to the first of its claims, so that they
// needn't type reference and code; from there they Turn to the others. Who comes later
// to what was sent before isn't signed in by it, and the answer is "": they may be
// somebody who had the draft open elsewhere.
func (o *Office) BeginSent(ctx context.Context, sent Sent) (token string, err error) {
	if sent.Repeated || len(sent.Claims) == 0 {
		return "", nil
	}
	first := sent.Claims[0].ID
	mark, err := o.codeMarkOf(ctx, first)
	if err != nil {
		return "", fmt.Errorf("sign in after sending: %w", err)
	}
	return o.BeginSession(ctx, SessionClaimant, string(first), meansCode, mark)
}

// ownFilings are the draft's claims as they are filed.
func (o *Office) ownFilings(ctx context.Context, d *OwnDraft) ([]Filing, error) {
	if len(d.Claims) == 0 || d.Paper != nil { // a form on paper takes two people: file_paper.go
		return nil, fault.New(fault.Invalid, "draft.empty")
	}
	if len(d.Claims) > mostOwnClaims {
		return nil, fault.New(fault.Invalid, "draft.too-many", "most", mostOwnClaims)
	}
	e, err := o.OpenEdition(ctx, d.Programme)
	if err != nil {
		return nil, err
	}
	today, err := o.Today(e)
	if err != nil {
		return nil, err
	}
	filings := make([]Filing, len(d.Claims))
	for i := range d.Claims {
		own := &d.Claims[i]
		c, _, err := d.Case(e, own.ID, today)
		if err != nil {
			return nil, err
		}
		open, err := d.Unanswered(e, own.ID, today)
		if err != nil {
			return nil, err
		}
		if len(open) > 0 {
			return nil, fault.New(fault.Invalid, "draft.incomplete", "claim", own.ID, "field", open[0])
		}
		filings[i] = Filing{
			Key: ownClaimKey(d.ID, i), Category: own.Category, Claimant: c.Claimant, Received: today, Answers: c.Answers.Texts(),
			Code: true, Given: d.Code, Becomes: own.Becomes, Helper: d.Helper,
			Contact: d.contact(), Prefilled: d.prefilled(e, own),
			ReadBack: d.Helper != "" && !d.Heard.IsZero(),
		}
	}
	return filings, nil
}

// ownSentBefore answers for a draft that isn't there: it may have been sent.
func (o *Office) ownSentBefore(ctx context.Context, id string) (sent Sent, err error) {
	keys := make([]Filing, mostOwnClaims)
	for n := range keys {
		keys[n].Key = ownClaimKey(id, n)
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		programmes, err := r.Programmes()
		if err != nil {
			return err
		}
		for _, p := range programmes {
			known, err := o.knownFilings(r, p.ID, keys)
			if err != nil {
				return err
			}
			if len(known) > 0 {
				sent, err = o.firstSent(r, p.ID, keys, known)
				return err
			}
		}
		return noDraft()
	})
	return sent, err
}

// firstSent is what was answered when a draft was sent first.
func (o *Office) firstSent(r store.Reader, programme string, keys []Filing, known map[string]knownFiling) (Sent, error) {
	sent := Sent{Programme: programme, Repeated: true}
	for _, f := range keys {
		k, ok := known[string(o.filingTag(programme, f.Key))]
		if !ok {
			continue
		}
		one := SentClaim{FilingAnswer: k.answer(k.fingerprint)}
		if !k.erased {
			claims, err := r.Claims([]claim.ID{k.kept.ID})
			if err != nil {
				return Sent{}, err
			}
			one.Category = claims[0].Category
		}
		sent.Claims = append(sent.Claims, one)
	}
	return sent, nil
}
