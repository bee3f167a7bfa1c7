package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// PurposeTrial is the purpose of a trial of an edition. A trial is one line of
// the reading log, which names no claim: a rule ran over all claims of the
// programme in memory, and nobody saw an answer. Readings shows it with each of
// them. It is no purpose that somebody may state.
const PurposeTrial = "trial"

// trialPage is how many claims a trial has in memory at once, twice: one page is
// read while the one before is judged.
const trialPage = 2000

// TrialStanding is how a claim stands, or would stand.
type TrialStanding string

// The standings of a trial.
const (
	TrialDeficient TrialStanding = "deficient"
	TrialRefused   TrialStanding = "refused"
	TrialRecorded  TrialStanding = "recorded" // of a programme that values nothing
	TrialAward     TrialStanding = "award"
	TrialDismissed TrialStanding = "dismissed"
	TrialNotRun    TrialStanding = "not-run" // the rules give a fault, or the answers don't fit the form
)

// TrialState is a claim under one edition.
type TrialState struct {
	Standing TrialStanding `json:"standing"`
	Award    money.Amount  `json:"award,omitzero"`
	Rule     string        `json:"rule,omitempty"`
	Ground   string        `json:"ground,omitempty"`
	Reason   string        `json:"reason,omitempty"` // code of the fault of TrialNotRun
	Missing  []string      `json:"missing,omitempty"`
}

// TrialChange is a claim that would come out otherwise.
type TrialChange struct {
	Claim    string     `json:"claim"` // its number or reference
	Category string     `json:"category"`
	Was      TrialState `json:"was"`
	Would    TrialState `json:"would"`
}

// Effect says what a change is to the claimant.
type Effect string

// The effects.
const (
	Gains    Effect = "gains"
	Loses    Effect = "loses"
	Same     Effect = "same"
	Standing Effect = "standing" // the standing changes, and no sum
)

// effect compares two states; ok is false where the sums are of two currencies
// and can't be compared.
func (c *TrialChange) effect() (e Effect, ok bool) {
	was, would := c.Was.Award, c.Would.Award
	switch {
	case was.IsZero() && would.IsZero():
	case was.IsZero():
		return Gains, true
	case would.IsZero():
		return Loses, true
	default:
		more, err := would.Compare(was)
		switch {
		case err != nil:
			return Standing, false
		case more > 0:
			return Gains, true
		case more < 0:
			return Loses, true
		}
	}
	if c.Was.Standing != c.Would.Standing || c.Would.Standing == TrialNotRun {
		return Standing, true
	}
	return Same, true
}

// subject is a claim while it is tried.
type subject struct {
	claim   claim.Claim
	edition *rulebook.Edition
	links   []rulebook.Link
	blobs   []store.Blob
	sealed  bool // it has sensitive answers

	texts  map[string]string
	erased bool
	atDesk bool
	change TrialChange
}

// TryEdition runs an edition over all past claims of a programme and compares
// what it says with what was decided, or, of claims that are not decided, with
// what their own edition says. It touches none of them: beside one line in the
// reading log nothing is written. Claims come to each one by one where they
// would come out otherwise; each may be nil. Two pages of claims are in memory,
// however many there are.
//
// Claims whose sensitive answers a rule would look into are counted and left to
// the desk.
func (o *Office) TryEdition(ctx context.Context, by By, programme string, tried *rulebook.Edition, each func(TrialChange) error, progress Progress) (Trial, error) {
	trial := newTrial(tried)
	if tried.ID != programme {
		return trial, fault.New(fault.Invalid, "office.trial-other", "rulebook", tried.ID, "programme", programme)
	}
	_, err := o.perform(ctx, ActExamine, By{Actor: by.Actor}, programme, nil, nil, func(p *performance) error {
		tallies, err := p.tx.Tallies(programme)
		if err != nil {
			return err
		}
		trial.all = 0
		for _, t := range tallies {
			trial.all += t.Claims
		}
		return p.readsForTrial(tried)
	})
	if err != nil {
		return trial, err
	}
	err = o.Store.Read(ctx, func(r store.Reader) error { return o.tryAll(ctx, r, programme, tried, &trial, each, progress) })
	trial.finish()
	return trial, err
}

// readsForTrial writes the one line of a trial.
func (p *performance) readsForTrial(tried *rulebook.Edition) error {
	last, err := p.lastReading()
	if err != nil {
		return err
	}
	hash := docket.Hash(tried.Hash)
	reading := Reading{
		Number: last.Number + 1, Instant: p.instant, Programme: p.programme.ID, Actor: p.by.Actor.id, Capacity: p.capacity,
		Purpose: PurposeTrial, Manner: ByRule, Tried: &hash,
		Opened: []string{AnswersPrefix + string(rulebook.Internal), AnswersPrefix + string(rulebook.Personal)},
	}
	line, err := reading.line()
	if err != nil {
		return fmt.Errorf("write the reading log: %w", err)
	}
	line.Hash = docket.ReadingHash(last.Hash, line.Line)
	return p.tx.AppendReadings([]store.Reading{line})
}

// tryAll goes through the claims page by page; the next one is read while one
// is opened and judged.
func (o *Office) tryAll(ctx context.Context, r store.Reader, programme string, tried *rulebook.Edition, trial *Trial, each func(TrialChange) error, progress Progress) error {
	q := store.ClaimQuery{Programme: programme, Limit: trialPage}
	judged := make(chan error, 1)
	judged <- nil
	for {
		page, next, err := o.trialPage(r, q, tried)
		if err == nil {
			err = ctx.Err()
		}
		if before := <-judged; err != nil || before != nil {
			return errors.Join(before, err)
		}
		go func() {
			judged <- o.judgePage(ctx, page, tried, trial, each)
			progress.tell("trial", trial.Claims, trial.all)
		}()
		if next == "" {
			return <-judged
		}
		q.After = next
	}
}

// trialPage reads one page of claims with what is sealed of them.
func (o *Office) trialPage(r store.Reader, q store.ClaimQuery, tried *rulebook.Edition) ([]subject, string, error) {
	claims, next, err := r.ClaimPage(q)
	if err != nil {
		return nil, "", err
	}
	ids := make([]claim.ID, len(claims))
	for i := range claims {
		ids[i] = claims[i].ID
	}
	found, err := r.LatestBlobs(ids, AnswersPrefix)
	if err != nil {
		return nil, "", err
	}
	page := make([]subject, len(claims))
	for i, c := range claims {
		s := &page[i]
		s.claim, s.erased = c, !c.Erased.IsZero()
		if s.edition, err = o.edition(r, c.Edition); err != nil {
			return nil, "", err
		}
		for _, b := range found[c.ID] {
			if s.sealed = s.sealed || b.Class == string(rulebook.Sensitive); b.Class != string(rulebook.Sensitive) {
				s.blobs = append(s.blobs, b)
			}
		}
		if s.edition.ReadsLinks(c.Category) || tried.ReadsLinks(c.Category) {
			if s.links, err = o.linked(r, c.ID); err != nil {
				return nil, "", err
			}
		}
	}
	return page, next, nil
}

// judgePage opens a page in memory, judges each claim on all cores, and adds
// what came of them up, in their order.
func (o *Office) judgePage(ctx context.Context, page []subject, tried *rulebook.Edition, trial *Trial, each func(TrialChange) error) error {
	var blobs []store.Blob
	for i := range page {
		if s := &page[i]; !s.erased && s.claim.Standing != claim.Withdrawn {
			blobs = append(blobs, s.blobs...)
		}
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return fmt.Errorf("open answers: %w", err)
	}
	starts := make([]int, len(page))
	for i, at := 0, 0; i < len(page); i++ {
		starts[i] = at
		if s := &page[i]; !s.erased && s.claim.Standing != claim.Withdrawn {
			at += len(s.blobs)
		}
	}
	err = parallel(len(page), func(i int) error {
		if s := &page[i]; !s.erased && s.claim.Standing != claim.Withdrawn {
			return s.judge(tried, opened[starts[i]:starts[i]+len(s.blobs)])
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range page {
		if err := trial.add(&page[i], each); err != nil {
			return err
		}
	}
	return nil
}

// judge is what was and what would be of one claim.
func (s *subject) judge(tried *rulebook.Edition, opened []Unsealed) error {
	s.texts = maps.Clone(s.claim.Answers)
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	for i, b := range s.blobs {
		if fault.Code(opened[i].Err) == "vault.erased" { // erased while the trial ran
			s.erased = true
			return nil
		}
		if opened[i].Err != nil {
			return fmt.Errorf("open %s: %w", b.Name, opened[i].Err)
		}
		if err := json.Unmarshal(opened[i].Payload, &s.texts); err != nil {
			return fmt.Errorf("read %s: %w", b.Name, err)
		}
	}
	c := rulebook.Case{Category: s.claim.Category, Claimant: s.claim.Claimant, Received: s.claim.Received, Links: s.links}
	s.change = TrialChange{Claim: s.claim.Name(), Category: c.Category}
	var known bool
	if s.change.Was, known = s.decided(); !known {
		if s.change.Was, s.atDesk = s.under(s.edition, c); s.atDesk {
			return nil
		}
	}
	moved, _ := tried.Moved(s.edition.Number, c) // a category may have another id there
	s.change.Would, s.atDesk = s.under(tried, moved)
	return nil
}

// decided is what was decided of a claim; ok is false where nothing was.
func (s *subject) decided() (state TrialState, ok bool) {
	c := &s.claim
	state = TrialState{Rule: c.Rule, Ground: c.Ground}
	switch {
	case c.Outcome == claim.Award && c.AwardStated:
		state.Standing, state.Award = TrialAward, c.Award
	case c.Outcome == claim.Award: // reported without its sum: there is nothing to compare
		return state, false
	case c.Outcome == claim.Dismissal:
		state.Standing = TrialDismissed
	case c.Standing == claim.Refused:
		state.Standing = TrialRefused
	case c.Standing == claim.Deficient:
		state.Standing, state.Missing = TrialDeficient, c.Missing
	default:
		return state, false
	}
	return state, true
}

// under is a claim under an edition. Answers to what that one doesn't ask are
// left out. atDesk is that a rule would look into what is sensitive.
func (s *subject) under(e *rulebook.Edition, c rulebook.Case) (state TrialState, atDesk bool) {
	notRun := func(err error) (TrialState, bool) {
		return TrialState{Standing: TrialNotRun, Reason: fault.Code(err)}, false
	}
	category, ok := e.Category(c.Category)
	if !ok {
		return TrialState{Standing: TrialNotRun, Reason: "rulebook.category-unknown"}, false
	}
	asked := make(map[string]string, len(category.Asks))
	for _, id := range category.Asks {
		if text, ok := s.texts[id]; ok {
			asked[id] = text
		}
	}
	answers, err := e.Read(c.Category, asked)
	if err != nil {
		return notRun(err)
	}
	if c.Answers = answers; s.sealed {
		var needed []string
		if c.Answers, needed = e.Withhold(c.Category, s.claim.Blank, answers); len(needed) > 0 {
			return TrialState{}, true
		}
	}
	f, err := e.AssessUntraced(c)
	switch {
	case err != nil:
		return notRun(err)
	case f.Outcome == rulebook.Deficient:
		return TrialState{Standing: TrialDeficient, Missing: f.Missing}, false
	case f.Outcome == rulebook.Refuse:
		return TrialState{Standing: TrialRefused, Rule: f.Rule, Ground: f.Ground}, false
	case e.RecordsOnly():
		return TrialState{Standing: TrialRecorded}, false
	}
	v, err := e.ValueUntraced(c)
	switch {
	case err != nil:
		return notRun(err)
	case v.Outcome == rulebook.Award:
		return TrialState{Standing: TrialAward, Award: v.Award, Rule: v.Rule}, false
	}
	return TrialState{Standing: TrialDismissed, Rule: v.Rule, Ground: v.Ground}, false
}
