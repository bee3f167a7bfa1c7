package storetest

import (
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var damage = []test{
	{"nothing is wrong in the pages of what was written, with annexes, leaves and entries that wait", undamaged},
}

func undamaged(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(append(entries(45), entry("register/a", 1))...); err != nil {
			return err
		}
		if err := tx.AddLeaves(leaves(0, entries(44))); err != nil {
			return err
		}
		return tx.AppendAnnex(docket.Ref{Stream: "register/a", Version: 1}, hash("a"), rows(45, 2))
	})
	got := ask(t, s, func(r store.Reader) ([]store.Damage, error) { return list(r.Damage()) })
	same(t, got, []store.Damage(nil))
}
