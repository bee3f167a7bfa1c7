package claim

import (
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Link enters that another claim is of the same person. linked are the claims
// that stand linked with this one already. What was decided stays; a claim that
// isn't valued yet is valued with it.
func (c Claim) Link(other Claim, ground string, linked []Linked) (Event, error) {
	if err := c.canLink(other, ground, linked); err != nil {
		return nil, err
	}
	return LinkedEvent{Claim: other.ID, Ground: ground}, nil
}

// LinkObject enters that another claim is of the same object and of another
// person.
func (c Claim) LinkObject(other Claim, ground string, linked []Linked) (Event, error) {
	if err := c.canLink(other, ground, linked); err != nil {
		return nil, err
	}
	return LinkedEvent{Claim: other.ID, Ground: ground, Object: true}, nil
}

func (c Claim) canLink(other Claim, ground string, linked []Linked) error {
	switch {
	case !docket.IsCode(ground):
		return groundForm(c)
	case c.ID == other.ID:
		return fault.New(fault.Invalid, "claim.linked-to-itself", "claim", c.Name())
	case c.Programme != other.Programme:
		return fault.New(fault.Invalid, "claim.other-programme", "claim", other.Name(), "programme", other.Programme)
	case isLinked(linked, other.ID):
		return fault.New(fault.Conflict, "claim.linked-already", "claim", c.Name(), "other", other.Name())
	}
	return nil
}

// Unlink enters that the other claim is not of the same person after all.
func (c Claim) Unlink(other Claim, ground string, linked []Linked) (Event, error) {
	switch {
	case !docket.IsCode(ground):
		return nil, groundForm(c)
	case !isLinked(linked, other.ID):
		return nil, fault.New(fault.Conflict, "claim.not-linked", "claim", c.Name(), "other", other.Name())
	}
	return UnlinkedEvent{Claim: other.ID, Ground: ground}, nil
}

// Linked is a claim that stands linked with another.
type Linked struct {
	ID     ID
	Object bool // of the same object alone, not of the same person
}

func isLinked(linked []Linked, id ID) bool {
	return slices.ContainsFunc(linked, func(l Linked) bool { return l.ID == id })
}

// Links are the claims that stand linked after these events, in the order in
// which they were linked.
func Links(events []Event) []Linked {
	var linked []Linked
	for _, e := range events {
		switch e := e.(type) {
		case LinkedEvent:
			linked = append(linked, Linked{e.Claim, e.Object})
		case UnlinkedEvent:
			linked = slices.DeleteFunc(linked, func(l Linked) bool { return l.ID == e.Claim })
		}
	}
	return linked
}
