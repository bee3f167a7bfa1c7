package office

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// takeList folds a list's stream.
func (t *tables) takeList(env docket.Envelope) error {
	var s board.Summary
	if err := json.Unmarshal(env.Facts, &s); err != nil {
		return err
	}
	l, err := t.tx.List(env.Programme, s.List)
	if err != nil && !(env.Version == 1 && errors.Is(err, store.ErrNone)) {
		return err
	}
	return t.tx.PutList(l.After(env, s))
}

// takeResolution folds a resolution's stream.
func (t *tables) takeResolution(env docket.Envelope) error {
	if env.Kind != board.KindWithdrawn {
		var said board.Terms
		if err := json.Unmarshal(env.Facts, &said); err != nil {
			return err
		}
		return t.tx.PutResolution(board.Resolved(env, said))
	}
	var w board.Withdrawal
	if err := json.Unmarshal(env.Facts, &w); err != nil {
		return err
	}
	r, err := t.tx.Resolution(env.Programme, w.Number)
	if err != nil {
		return err
	}
	return t.tx.PutResolution(r.AfterWithdrawal(env, w))
}

// Lists are what was recommended to the board of a programme, the newest first.
func (o *Office) Lists(ctx context.Context, programme string) (lists []board.List, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		lists, err = r.Lists(programme)
		return err
	})
	return lists, err
}

// Resolutions are what the board of a programme resolved, the oldest first.
func (o *Office) Resolutions(ctx context.Context, programme string) (list []board.Resolution, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		list, err = r.Resolutions(programme)
		return err
	})
	return list, err
}

// hasBoard reports whether the edition gives somebody the last word that
// resolves: where nobody can approve a technique, none needs approval.
func (p *performance) hasBoard() bool {
	_, ok := p.edition.Powers[string(ActResolve)]
	return ok
}

// technique is the gate before whatever treats claims as alike or draws some for
// all: under a rulebook with a board it is refused unless the board has approved
// that technique for that group of claims. It answers the approval's place, for
// the entry to rely on.
func (p *performance) technique(technique, group string) ([]docket.Ref, error) {
	if !p.hasBoard() {
		return nil, nil
	}
	resolutions, err := p.tx.Resolutions(p.programme.ID)
	if err != nil {
		return nil, err
	}
	approval, err := board.Approved(resolutions, technique, group)
	if err != nil {
		return nil, err
	}
	return []docket.Ref{{Stream: board.ResolutionStream(approval.Programme, approval.Number), Version: 1}}, nil
}

// TechniqueAllowed says whether a technique may run over a group of claims now
// ("" for all): what runs one outside an act asks first, and fails with what it
// answers (board.not-approved, board.approval-withdrawn).
func (o *Office) TechniqueAllowed(ctx context.Context, programme, technique, group string) error {
	return o.Store.Read(ctx, func(r store.Reader) error {
		_, edition, _, err := o.programme(r, programme)
		if err != nil {
			return err
		}
		if _, ok := edition.Powers[string(ActResolve)]; !ok {
			return nil
		}
		resolutions, err := r.Resolutions(programme)
		if err != nil {
			return err
		}
		_, err = board.Approved(resolutions, technique, group)
		return err
	})
}

// Resolve enters what the board resolved, under the next number of the
// programme.
func (o *Office) Resolve(ctx context.Context, by By, programme string, terms board.Terms) (number int64, done Done, err error) {
	var answer struct {
		Number int64
		Ref    docket.Ref
	}
	_, err = o.perform(ctx, ActResolve, by, programme, terms, &answer, func(p *performance) error {
		known, err := p.tx.Resolutions(programme)
		if err != nil {
			return err
		}
		terms.Number = 1
		if n := len(known); n > 0 {
			terms.Number = known[n-1].Number + 1
		}
		if err := terms.Check(p.day); err != nil {
			return err
		}
		answer.Number = terms.Number
		answer.Ref = docket.Ref{Stream: board.ResolutionStream(programme, terms.Number), Version: 1}
		if err := p.enter(docket.Envelope{Stream: answer.Ref.Stream, Version: 1, Kind: terms.Sort.Kind()}, terms, nil); err != nil {
			return movedOn(err)
		}
		return p.commit()
	})
	return answer.Number, Done{Ref: answer.Ref}, err
}

// Withdrawn is what withdrawing a resolution answers: the entry, and the lists
// that rested on it. Their claims stay as they were decided until somebody
// reverses that.
type Withdrawn struct {
	Ref    docket.Ref
	Rested []board.List
}

// WithdrawResolution ends a resolution of the board from now on.
func (o *Office) WithdrawResolution(ctx context.Context, by By, programme string, number int64, reason string) (Withdrawn, error) {
	var answer Withdrawn
	asked := struct {
		Number int64
		Reason string
	}{number, reason}
	_, err := o.perform(ctx, ActWithdrawResolution, by, programme, asked, &answer, func(p *performance) error {
		r, err := p.resolution(number)
		if err != nil {
			return err
		}
		w, err := r.Withdraw(reason)
		if err != nil {
			return err
		}
		if answer.Rested, err = rested(p.tx, programme, number); err != nil {
			return err
		}
		made := docket.Ref{Stream: board.ResolutionStream(programme, number), Version: r.Version}
		answer.Ref = docket.Ref{Stream: made.Stream, Version: r.Version + 1}
		env := docket.Envelope{Stream: made.Stream, Version: answer.Ref.Version, Kind: board.KindWithdrawn, ReliesOn: []docket.Ref{made}}
		if err := p.enter(env, w, nil); err != nil {
			return movedOn(err)
		}
		return p.commit()
	})
	return answer, err
}

// rested are the lists that rest on a resolution.
func rested(r store.Reader, programme string, number int64) ([]board.List, error) {
	lists, err := r.Lists(programme)
	if err != nil {
		return nil, err
	}
	var on []board.List
	for _, l := range lists {
		if l.RestsOn(number) {
			on = append(on, l)
		}
	}
	return on, nil
}

// RestedOn are the lists that rest on a resolution, the newest first.
func (o *Office) RestedOn(ctx context.Context, programme string, number int64) (lists []board.List, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		lists, err = rested(r, programme, number)
		return err
	})
	return lists, err
}

func (p *performance) resolution(number int64) (board.Resolution, error) {
	return resolutionIn(p.tx, p.programme.ID, number)
}

func resolutionIn(r store.Reader, programme string, number int64) (board.Resolution, error) {
	known, err := r.Resolution(programme, number)
	if errors.Is(err, store.ErrNone) {
		return known, fault.New(fault.NotFound, "board.no-resolution", "programme", programme, "resolution", number)
	}
	return known, err
}

// restsOn are the places of the resolutions that a list rests on, each of which
// must stand.
func (p *performance) restsOn(numbers []int64) ([]docket.Ref, error) {
	var places []docket.Ref
	for _, n := range numbers {
		r, err := p.resolution(n)
		if err != nil {
			return nil, err
		}
		if err := r.Stands(); err != nil {
			return nil, err
		}
		places = append(places, docket.Ref{Stream: board.ResolutionStream(p.programme.ID, n), Version: r.Version})
	}
	return places, nil
}
