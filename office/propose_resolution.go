package office

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/store"
)

// resolutionEnd is what a proposal to withdraw a resolution is about.
type resolutionEnd struct {
	Number int64  `json:"number"`
	Reason string `json:"reason"`
}

// ProposeResolution keeps what the board is to resolve until a second person
// confirms it, where the edition asks for one.
func (o *Office) ProposeResolution(ctx context.Context, by By, programme string, terms board.Terms) (string, error) {
	err := o.Store.Read(ctx, func(r store.Reader) error {
		_, _, today, err := o.programme(r, programme)
		if err != nil {
			return err
		}
		return terms.Check(today)
	})
	if err != nil {
		return "", err
	}
	return o.proposeAbout(ctx, by, ActResolve, programme, terms)
}

// ProposeResolutionEnd keeps the withdrawal of a resolution, on a reason as a
// code, until a second person confirms it.
func (o *Office) ProposeResolutionEnd(ctx context.Context, by By, programme string, number int64, reason string) (string, error) {
	err := o.Store.Read(ctx, func(r store.Reader) error {
		known, err := resolutionIn(r, programme, number)
		if err == nil {
			_, err = known.Withdraw(reason)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return o.proposeAbout(ctx, by, ActWithdrawResolution, programme, resolutionEnd{number, reason})
}

func (o *Office) proposeAbout(ctx context.Context, by By, act Act, programme string, about any) (string, error) {
	text, err := json.Marshal(about)
	if err != nil {
		return "", fmt.Errorf("write what is proposed: %w", err)
	}
	return o.propose(ctx, by, act, store.Proposal{Programme: programme, Act: string(act), About: string(text)})
}

// resolveProposed enters a resolution, or its end, in the names of both.
func (o *Office) resolveProposed(ctx context.Context, by By, prop store.Proposal) (done Done, err error) {
	if Act(prop.Act) == ActResolve {
		var terms board.Terms
		if err := json.Unmarshal([]byte(prop.About), &terms); err != nil {
			return done, fmt.Errorf("read proposal %s: %w", prop.ID, err)
		}
		_, done, err = o.Resolve(ctx, by, prop.Programme, terms)
		return done, err
	}
	var end resolutionEnd
	if err := json.Unmarshal([]byte(prop.About), &end); err != nil {
		return done, fmt.Errorf("read proposal %s: %w", prop.ID, err)
	}
	w, err := o.WithdrawResolution(ctx, by, prop.Programme, end.Number, end.Reason)
	return Done{Ref: w.Ref}, err
}
