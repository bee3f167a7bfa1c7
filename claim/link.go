package claim

import (
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Link enters that another claim is of the same person. linked are the claims
// that stand linked with this one already. What was decided stays; a claim that
// isn't valued yet is valued with it.
func (c Claim) Link(other Claim, ground string, linked []ID) (Event, error) {
	switch {
	case !docket.IsCode(ground):
		return nil, groundForm(c)
	case c.ID == other.ID:
		return nil, fault.New(fault.Invalid, "claim.linked-to-itself", "claim", c.Name())
	case c.Programme != other.Programme:
		return nil, fault.New(fault.Invalid, "claim.other-programme", "claim", other.Name(), "programme", other.Programme)
	case slices.Contains(linked, other.ID):
		return nil, fault.New(fault.Conflict, "claim.linked-already", "claim", c.Name(), "other", other.Name())
	}
	return LinkedEvent{Claim: other.ID, Ground: ground}, nil
}

// Unlink enters that the other claim is not of the same person after all.
func (c Claim) Unlink(other Claim, ground string, linked []ID) (Event, error) {
	switch {
	case !docket.IsCode(ground):
		return nil, groundForm(c)
	case !slices.Contains(linked, other.ID):
		return nil, fault.New(fault.Conflict, "claim.not-linked", "claim", c.Name(), "other", other.Name())
	}
	return UnlinkedEvent{Claim: other.ID, Ground: ground}, nil
}

// Links are the claims that stand linked after these events, in the order in
// which they were linked.
func Links(events []Event) []ID {
	var linked []ID
	for _, e := range events {
		switch e := e.(type) {
		case LinkedEvent:
			linked = append(linked, e.Claim)
		case UnlinkedEvent:
			linked = slices.DeleteFunc(linked, func(id ID) bool { return id == e.Claim })
		}
	}
	return linked
}
