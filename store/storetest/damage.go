package storetest

import (
	"testing"

	"github.com/openchancery/chancery/store"
)

var damage = []test{
	{"nothing is wrong in the pages of what was written, with annexes, leaves and entries that wait", undamaged},
}

func undamaged(t *testing.T, s store.Store) {
	docketOf46(t, s)
	got := ask(t, s, func(r store.Reader) ([]store.Damage, error) { return list(r.Damage()) })
	same(t, got, []store.Damage(nil))
}
