package office

import (
	"context"
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// kindEpochOpened: the log goes on under a new key, or from an older state.
const kindEpochOpened docket.Kind = "log.epoch_opened.v1"

// EpochReason is why an epoch is opened.
type EpochReason string

// The reasons.
const (
	KeyRotation    EpochReason = "key-rotation"    // the old key is retired in good order
	KeyLost        EpochReason = "key-lost"        // nobody can sign with the old key
	KeyCompromised EpochReason = "key-compromised" // somebody else can
	Loss           EpochReason = "loss"            // the log goes on from an older state
)

// EpochReasons lists them, for help and checks.
func EpochReasons() []EpochReason {
	return []EpochReason{KeyRotation, KeyLost, KeyCompromised, Loss}
}

// Epoch is what an epoch's opening says (docs/log-format.md, section 5). It is
// the format of the docket.
type Epoch struct {
	Number         int64       `json:"epoch"`
	Reason         EpochReason `json:"reason"`
	Key            string      `json:"key"` // verifier key of the new epoch
	PreviousOrigin string      `json:"previous_origin"`
	PreviousSize   int64       `json:"previous_size"`
	PreviousRoot   docket.Hash `json:"previous_root"`
	Kept           int64       `json:"kept"`
	Lost           int64       `json:"lost"`
}

func (e Epoch) stream() docket.Stream { return docket.Stream(fmt.Sprintf("log/%d", e.Number)) }

// OpenEpoch enters that the log goes on in a new epoch. It takes two people.
// The installation does the rest and may ask again after a crash: the same
// epoch with the same key is answered as it was the first time, another one is
// refused.
func (o *Office) OpenEpoch(ctx context.Context, by By, e Epoch) (done Done, err error) {
	by.Key = fmt.Sprintf("epoch/%d", e.Number)
	_, err = o.perform(ctx, ActOpenEpoch, by, "", []string{string(e.Reason), e.Key}, &done, func(p *performance) error {
		last, err := p.tx.LastVersion(e.stream())
		if err != nil {
			return err
		}
		if last > 0 {
			return fault.New(fault.Conflict, "log.epoch-open", "epoch", e.Number)
		}
		done.Ref = docket.Ref{Stream: e.stream(), Version: 1}
		if err := p.enter(docket.Envelope{Stream: e.stream(), Version: 1, Kind: kindEpochOpened}, e, nil); err != nil {
			return err
		}
		return p.commit()
	})
	return done, err
}

// MayOpenEpoch refuses whoever may not open an epoch, and enters nothing: two
// people answer for what they have seen before anything comes of it.
func (o *Office) MayOpenEpoch(ctx context.Context, by By) error {
	actor, second, err := capacityFor(ActOpenEpoch, nil)
	if err != nil {
		return err
	}
	return o.Store.Read(ctx, func(r store.Reader) error {
		if err := may(r, by.Actor, actor, ActOpenEpoch); err != nil {
			return err
		}
		return consents(r, by, second, ActOpenEpoch)
	})
}

// EpochBegun reports whether the opening of this epoch was entered.
func (o *Office) EpochBegun(ctx context.Context, number int64) (begun bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		last, err := r.LastVersion(Epoch{Number: number}.stream())
		begun = last > 0
		return err
	})
	return begun, err
}

// DatabaseSize is how many leaves the database holds, and whether the last of
// them is that of the tree outside (log.fork where it isn't: then the database
// is not an older state but another one).
func (o *Office) DatabaseSize(ctx context.Context) (size int64, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if size, err = r.TreeSize(); err != nil || size == 0 {
			return err
		}
		head := o.Tree.Head()
		head.Size = min(head.Size, size)
		return o.sameTree(r, head)
	})
	return size, err
}
