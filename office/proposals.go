package office

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// An act that takes two people, each at their own screen: one proposes it, which
// is no act and has no effect, the other confirms it, and then it is done in the
// names of both. A proposal holds ids and versions only, and a keyed hash over
// all of it: a row that somebody wrote into the table confirms nothing.

// proposable are the acts over claims that may wait for a second person, with
// what the rulebook must have found.
var proposable = map[Act]rulebook.FindingOutcome{ActRecord: rulebook.Record, ActRefuse: rulebook.Refuse}

// mostProposed bounds the claims of one proposal: the second person looks at it.
const mostProposed = 5000

// Propose keeps an act over examined claims until a second person confirms it,
// and answers the proposal's id.
func (o *Office) Propose(ctx context.Context, by By, programme string, act Act, examined []Examination) (string, error) {
	outcome, ok := proposable[act]
	switch {
	case !ok:
		return "", fault.New(fault.Invalid, "proposal.act", "act", act)
	case len(examined) == 0 || len(examined) > mostProposed:
		return "", fault.New(fault.Invalid, "office.too-many", "most", mostProposed, "asked", len(examined))
	}
	prop := store.Proposal{Programme: programme, Act: string(act)}
	for _, e := range examined {
		if e.claim.Programme != programme || e.finding.Outcome != outcome || e.claim.Standing != claim.Filed {
			return "", fault.New(fault.Conflict, "proposal.finding", "claim", e.claim.Name(), "act", act)
		}
		prop.Claims = append(prop.Claims, store.ProposedClaim{Claim: e.claim.ID, Version: e.claim.Version})
	}
	slices.SortFunc(prop.Claims, func(a, b store.ProposedClaim) int { return compareIDs(a.Claim, b.Claim) })
	return o.propose(ctx, by, act, prop)
}

func compareIDs(a, b claim.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// ProposeReversal keeps the reversal of a wrong recording or refusal, on a reason
// as a code, until a second person confirms it.
func (o *Office) ProposeReversal(ctx context.Context, by By, id claim.ID, reason string) (string, error) {
	c, _, err := o.ClaimOf(ctx, id)
	if err != nil {
		return "", err
	}
	if _, err := c.Reverse(reason); err != nil {
		return "", err
	}
	return o.propose(ctx, by, ActReverse, store.Proposal{
		Programme: c.Programme, Act: string(ActReverse), About: reason, Claims: []store.ProposedClaim{{Claim: id, Version: c.Version}},
	})
}

// propose checks the right of who proposes, and keeps the proposal.
func (o *Office) propose(ctx context.Context, by By, act Act, prop store.Proposal) (string, error) {
	prop.ID = o.proposalID(by)
	err := o.write(ctx, false, func(tx store.Tx, _ before) error {
		_, edition, _, err := o.programme(tx, prop.Programme)
		if err != nil {
			return err
		}
		right, err := rightOf(tx, by.Actor, act, edition)
		if err != nil {
			return err
		}
		if right.Second == "" {
			return fault.New(fault.Invalid, "proposal.alone", "act", act)
		}
		prop.Actor, prop.Means, prop.At = by.Actor.id, by.Actor.means, o.instant()
		prop.Mark = o.proposalMark(prop)
		err = tx.AddProposal(prop)
		if errors.Is(err, store.ErrTaken) {
			return fmt.Errorf("%w: %w", fault.New(fault.Conflict, "proposal.waits"), err)
		}
		return err
	})
	return prop.ID, err
}

func (o *Office) proposalID(by By) string {
	var id [16]byte
	o.Entropy("proposal/"+by.Actor.id+"/"+o.instant().String(), id[:])
	return hex.EncodeToString(id[:])
}

// proposalMark is the keyed hash over a proposal.
func (o *Office) proposalMark(p store.Proposal) []byte {
	p.Mark = nil
	text, _ := json.Marshal(p) // strings, instants and numbers: it can't fail
	return o.Vault.Lookup("proposal", string(text))
}

// Proposal is the one with this id, whole; a row that isn't ours is unsound.
func (o *Office) Proposal(ctx context.Context, by By, id string) (prop store.Proposal, err error) {
	err = o.looksAtWork(ctx, by, func(l looker) error {
		prop, err = o.proposal(l.r, id)
		return err
	})
	return prop, err
}

func (o *Office) proposal(r store.Reader, id string) (store.Proposal, error) {
	prop, err := r.Proposal(id)
	if errors.Is(err, store.ErrNone) {
		return prop, fault.New(fault.NotFound, "proposal.none")
	}
	if err == nil && !equal(prop.Mark, o.proposalMark(prop)) {
		err = fault.New(fault.Unsound, "proposal.differs")
	}
	return prop, err
}

// Proposals are those of a programme that wait for a second person, oldest
// first, without their claims.
func (o *Office) Proposals(ctx context.Context, by By, programme string, limit int) (list []store.Proposal, err error) {
	err = o.looksAtWork(ctx, by, func(l looker) error {
		list, err = l.r.Proposals(programme, limit)
		return err
	})
	return list, err
}

// DropProposal lets a proposal go: who proposed it takes it back, anybody else
// sends it back.
func (o *Office) DropProposal(ctx context.Context, by By, id string) error {
	_, err := o.perform(ctx, ActWorkClaims, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		if _, err := p.tx.Proposal(id); errors.Is(err, store.ErrNone) {
			return fault.New(fault.NotFound, "proposal.none")
		} else if err != nil {
			return err
		}
		return p.tx.DropProposal(id)
	})
	return err
}

// Confirm carries out what another person proposed, in the names of both. The
// claims are examined again: where one has moved on, or the rulebook finds
// otherwise now, nothing is done.
func (o *Office) Confirm(ctx context.Context, second Known, id string) (Done, error) {
	prop, err := o.proposalFor(ctx, second, id)
	if err != nil {
		return Done{}, err
	}
	act := Act(prop.Act)
	by := By{Actor: Known{id: prop.Actor, means: prop.Means}, Second: second, Key: "proposal " + prop.ID}
	var done Done
	switch act {
	case ActReverse:
		done, err = o.reverseProposed(ctx, by, prop)
	case ActResolve, ActWithdrawResolution:
		done, err = o.resolveProposed(ctx, by, prop)
	default:
		done, err = o.answerProposed(ctx, by, act, prop)
	}
	if err != nil {
		return done, err
	}
	return done, o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.DropProposal(id) })
}

func (o *Office) reverseProposed(ctx context.Context, by By, prop store.Proposal) (Done, error) {
	c, _, err := o.ClaimOf(ctx, prop.Claims[0].Claim)
	if err == nil && c.Version != prop.Claims[0].Version {
		err = fault.New(fault.Conflict, "claim.moved-on")
	}
	if err != nil {
		return Done{}, err
	}
	return o.ReverseClaim(ctx, by, prop.Programme, c.ID, prop.About)
}

// answerProposed records or refuses what was proposed, as it is found now.
func (o *Office) answerProposed(ctx context.Context, by By, act Act, prop store.Proposal) (Done, error) {
	outcome, ok := proposable[act]
	if !ok {
		return Done{}, fault.New(fault.Invalid, "proposal.act", "act", act)
	}
	ids := make([]claim.ID, len(prop.Claims))
	for i, c := range prop.Claims {
		ids[i] = c.Claim
	}
	examined, err := o.ExamineClaims(ctx, By{Actor: by.Actor}, ids)
	if err != nil {
		return Done{}, err
	}
	for i, e := range examined {
		if e.claim.Version != prop.Claims[i].Version {
			return Done{}, fault.New(fault.Conflict, "claim.moved-on")
		}
		if e.finding.Outcome != outcome {
			return Done{}, fault.New(fault.Conflict, "proposal.finding", "claim", e.claim.Name(), "act", act)
		}
	}
	if act == ActRecord {
		return o.RecordClaims(ctx, by, prop.Programme, examined)
	}
	return o.RefuseClaims(ctx, by, prop.Programme, examined)
}

// proposalFor is a proposal for the eyes of who may confirm it: anybody else
// than who made it, with the right to consent. A right that is missing is told
// before anything is opened.
func (o *Office) proposalFor(ctx context.Context, second Known, id string) (prop store.Proposal, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if prop, err = o.proposal(r, id); err != nil {
			return err
		}
		_, edition, _, err := o.programme(r, prop.Programme)
		if err != nil {
			return err
		}
		first := Known{id: prop.Actor, means: prop.Means}
		right, err := rightOf(r, first, Act(prop.Act), edition)
		if err != nil {
			return err
		}
		rule, err := ruleFor(Act(prop.Act))
		if err != nil {
			return err
		}
		capacity := right.Second
		if !rule.ofEdition {
			if capacity, err = capacityOf(r, second, rule.second, capacity); err != nil {
				return err
			}
		}
		return consents(r, By{Actor: first, Second: second}, capacity, Act(prop.Act))
	})
	return prop, err
}

// MayConfirm reports whether somebody may confirm a proposal: nil, or why not.
func (o *Office) MayConfirm(ctx context.Context, second Known, id string) error {
	_, err := o.proposalFor(ctx, second, id)
	return err
}

// The export of a list takes two people once it is longer than a page or two:
// one asks for it, the other consents, and for an hour the first may fetch it.

// ExportAlone is how many claims one person may export alone.
const ExportAlone = 100

// exportLasts is how long a list may be fetched after somebody consented.
const exportLasts = time.Hour

// ProposeExport asks for the export of a list, named by the query of its page.
func (o *Office) ProposeExport(ctx context.Context, by By, programme, query string) (string, error) {
	if len(query) > 1000 {
		return "", fault.New(fault.Invalid, "casework.filter-name", "most", 1000)
	}
	return o.propose(ctx, by, ActExportList, store.Proposal{Programme: programme, Act: string(ActExportList), About: query})
}

// ConsentToExport lets who asked for a list fetch it.
func (o *Office) ConsentToExport(ctx context.Context, second Known, id string) error {
	prop, err := o.proposalFor(ctx, second, id)
	if err != nil {
		return err
	}
	if Act(prop.Act) != ActExportList {
		return fault.New(fault.Invalid, "proposal.act", "act", prop.Act)
	}
	prop.Second, prop.SecondMeans, prop.Consented = second.id, second.means, o.instant()
	prop.Mark = o.proposalMark(prop)
	return o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.ConsentToProposal(prop) })
}

// Exportable is the list that the asker may fetch now, both people being who
// they were when they agreed to it.
func (o *Office) Exportable(ctx context.Context, by By, id string) (prop store.Proposal, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if prop, err = o.proposal(r, id); err != nil {
			return err
		}
		switch {
		case Act(prop.Act) != ActExportList || prop.Actor != by.Actor.id:
			return fault.New(fault.NotFound, "proposal.none")
		case prop.Consented.IsZero():
			return fault.New(fault.NotAllowed, "proposal.not-yet")
		case o.instant().Sub(prop.Consented.Time) > exportLasts:
			return fault.New(fault.Conflict, "proposal.expired")
		}
		return nil
	})
	if err != nil {
		return prop, err
	}
	_, err = o.proposalFor(ctx, Known{id: prop.Second, means: prop.SecondMeans}, id)
	return prop, err
}
