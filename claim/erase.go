package claim

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
)

// Kept refuses whatever needs the claim's sealed answers once they are erased:
// to read them, to run the rules over them again, to go on with the claim.
func (c Claim) Kept() error {
	if c.Erased.IsZero() {
		return nil
	}
	return fault.New(fault.Conflict, "claim.inputs-erased", "claim", c.Name(), "on", c.Erased, "gone", c.KeysGoneBy)
}

// Hold keeps the claim from being erased, whoever asks for it: a court or an
// audit still needs what it holds. Each ground is a hold of its own.
func (c Claim) Hold(ground string) (Event, error) {
	switch {
	case !docket.IsCode(ground):
		return nil, groundForm(c)
	case !c.Erased.IsZero():
		return nil, c.Kept()
	case slices.Contains(c.Holds, ground):
		return nil, fault.New(fault.Conflict, "claim.held-already", "claim", c.Name(), "ground", ground)
	}
	return HeldEvent{Ground: ground}, nil
}

// Release ends the hold on that ground. Others stay.
func (c Claim) Release(ground string) (Event, error) {
	switch {
	case !docket.IsCode(ground):
		return nil, groundForm(c)
	case !slices.Contains(c.Holds, ground):
		return nil, fault.New(fault.Conflict, "claim.not-held", "claim", c.Name(), "ground", ground, "holds", strings.Join(c.Holds, ", "))
	}
	return ReleasedEvent{Ground: ground}, nil
}

// Erasure is what erasing a claim comes to.
type Erasure struct {
	On, KeysGoneBy  day.Date
	Blobs, Requests int64
}

// Erase lets the claim's sealed answers go. It is refused as long as somebody
// would be wronged by it: a payee whose money is owed or under way, since a
// payment that comes back couldn't be sent again; a court that holds the
// claim; and a claimant who waits for a decision, since nobody could decide on
// erased answers. What another office decided is not ours to decide, so that
// such a claim is erased as it stands.
func (c Claim) Erase(ground string, e Erasure) (Event, error) {
	due, err := c.Due()
	switch {
	case !docket.IsCode(ground):
		return nil, groundForm(c)
	case !c.Erased.IsZero():
		return nil, fault.New(fault.Conflict, "claim.erased-already", "claim", c.Name(), "on", c.Erased, "gone", c.KeysGoneBy)
	case len(c.Holds) > 0 && !flaw.On(flaw.HoldIgnored):
		return nil, fault.New(fault.Conflict, "claim.held", "claim", c.Name(), "holds", strings.Join(c.Holds, ", "))
	case err != nil:
		return nil, err
	case c.Ordered.Sign() > 0:
		return nil, fault.New(fault.Conflict, "claim.erase-under-way", "claim", c.Name(), "ordered", c.Ordered)
	case due.Sign() > 0:
		return nil, fault.New(fault.Conflict, "claim.erase-owed", "claim", c.Name(), "due", due)
	case c.Open() && !c.Reported:
		return nil, fault.New(fault.Conflict, "claim.erase-undecided", "claim", c.Name(), "standing", c.Standing)
	}
	return ErasedEvent{Ground: ground, On: e.On, KeysGoneBy: e.KeysGoneBy, Blobs: e.Blobs, Requests: e.Requests}, nil
}

// groundForm refuses a ground in words: it would stand in the docket for ever,
// and words may name somebody. They are not repeated.
func groundForm(c Claim) error {
	return fault.New(fault.Invalid, "claim.ground-form", "claim", c.Name())
}
