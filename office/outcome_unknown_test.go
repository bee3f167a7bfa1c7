package office_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// lateStore is one whose first commit nobody hears the outcome of: the server has all of
// it, and carries it out later.
type lateStore struct {
	store.Store
	first func(store.Tx) error
	then  func() // before the second
}

func (s *lateStore) Write(ctx context.Context, act func(store.Tx) error) error {
	if s.first == nil {
		s.first = act
		return fmt.Errorf("commit: %w: the line was cut", store.ErrUnknown)
	}
	s.then()
	return s.Store.Write(ctx, act)
}

// awayVault is one whose keys' database doesn't answer.
type awayVault struct {
	office.Vault
	away bool
}

func (v *awayVault) Seal(ctx context.Context, items []office.Item) ([]office.Sealed, func(context.Context) error, error) {
	if v.away {
		return nil, nil, fault.New(fault.Conflict, "vault.keys-away", "why", "cut")
	}
	return v.Vault.Seal(ctx, items)
}

// An act of which nobody knows whether it was done is run again, and that run meets a key
// store that is away: this says nothing of the first, which may still be on its way.
func TestAKeyStoreThatIsAwayDoesNotSayThatAnActWasNotDone(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("one", 3, true))
	list := h.examined(ids...)
	its, away := h.Office.Store, &awayVault{Vault: h.Office.Vault}
	late := &lateStore{Store: its, then: func() { away.away = true }}
	h.Office.Vault, h.Office.Store = away, late
	_, err := h.Office.RecordClaims(t.Context(), keyed(h.by("officer", "officer-2"), "once"), "demo", list)
	wantCode(t, "the second run finds the keys away", err, "office.outcome-unknown")
	away.away = false
	must(t, its.Write(t.Context(), late.first))
	h.Office.Store = its
	if c := h.claim(ids[0]); c.Standing != claim.Recorded {
		t.Errorf("it is %s", c.Standing)
	}
}
