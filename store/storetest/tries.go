package storetest

import (
	"testing"

	"github.com/openchancery/chancery/store"
)

var tries = []test{
	{"a count comes back, and is set anew", triesCounted},
	{"counts that are over are forgotten, and of the others the oldest where there are too many", triesSwept},
}

func someTries(n, minutes int) store.Tries {
	h := hash("tries", n)
	return store.Tries{Tag: h[:], Count: int64(n), Until: noon(minutes)}
}

func triesStand(t *testing.T, s store.Store, want store.Tries) {
	t.Helper()
	same(t, ask(t, s, func(r store.Reader) (store.Tries, error) { return r.Tries(want.Tag) }), want)
}

func noTries(t *testing.T, s store.Store, gone store.Tries) {
	t.Helper()
	none(t, s, "a count", func(r store.Reader) (store.Tries, error) { return r.Tries(gone.Tag) })
}

func triesCounted(t *testing.T, s store.Store) {
	one := someTries(1, 15)
	noTries(t, s, one)
	for range 2 {
		write(t, s, func(tx store.Tx) error { return tx.PutTries(one) })
		triesStand(t, s, one)
		one.Count, one.Until = past31, noon(20)
	}
}

func triesSwept(t *testing.T, s store.Store) {
	var list []store.Tries
	for n := range 6 {
		list = append(list, someTries(n, 10+n))
	}
	write(t, s, func(tx store.Tx) error {
		for _, one := range list {
			if err := tx.PutTries(one); err != nil {
				return err
			}
		}
		return nil
	})
	write(t, s, func(tx store.Tx) error { return tx.SweepTries(noon(11), 3) })
	for _, gone := range list[:3] {
		noTries(t, s, gone)
	}
	for _, stays := range list[3:] {
		triesStand(t, s, stays)
	}
}
