package storetest

import (
	"testing"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/store"
)

var boards = []test{
	{"a list comes back, and is brought up to date", lists},
	{"a resolution comes back, and is withdrawn", resolutions},
}

func lists(t *testing.T, s store.Store) {
	of := func(number int64) func(store.Reader) (board.List, error) {
		return func(r store.Reader) (board.List, error) { return r.List("demo", number) }
	}
	all := func(r store.Reader) ([]board.List, error) { return r.Lists("demo") }
	none(t, s, "unknown", of(1))
	digest := hash("reasons")
	first := board.List{
		Programme: "demo", Number: 1, Version: 1, State: board.Recommended, RecommendedBy: "director", Made: day.Must(2026, 5, 1),
		Said: board.Summary{List: 1, Claims: past31, Record: past31, RestsOn: []int64{3}, Technique: "grouping", Group: "bakhmut"},
	}
	large, elsewhere := first, first
	large.Number, elsewhere.Programme = past31, "other"
	write(t, s, func(tx store.Tx) error {
		for _, l := range []board.List{first, large, elsewhere} {
			if err := tx.PutList(l); err != nil {
				return err
			}
		}
		return nil
	})
	first.Version, first.State, first.DecidedBy, first.Decided = 2, board.Decided, "board-1", day.Must(2026, 6, 1)
	first.Result = board.Summary{List: 1, Claims: 2, Refuse: 1, SentBack: 1, LeftOut: 5, Reason: "as-recommended", Document: &digest}
	write(t, s, func(tx store.Tx) error { return tx.PutList(first) })
	same(t, ask(t, s, of(1)), first)
	same(t, ask(t, s, all), []board.List{large, first})
}

func resolutions(t *testing.T, s store.Store) {
	of := func(number int64) func(store.Reader) (board.Resolution, error) {
		return func(r store.Reader) (board.Resolution, error) { return r.Resolution("demo", number) }
	}
	all := func(r store.Reader) ([]board.Resolution, error) { return r.Resolutions("demo") }
	none(t, s, "unknown", of(1))
	digest, from := hash("finding"), day.Must(2022, 8, 1)
	first := board.Resolution{
		Programme: "demo", Number: 1, Version: 1, Made: day.Must(2026, 5, 1), By: "board-1",
		Said: board.Terms{Number: 1, Sort: board.OnPlace, Of: "UA14020010010010932", Finding: "destroyed", From: &from, On: day.Must(2026, 4, 30), Document: &digest},
	}
	large, elsewhere := first, first
	large.Number, elsewhere.Programme = past31, "other"
	write(t, s, func(tx store.Tx) error {
		for _, r := range []board.Resolution{large, first, elsewhere} {
			if err := tx.PutResolution(r); err != nil {
				return err
			}
		}
		return nil
	})
	first.Version, first.Withdrawn, first.Reason = 2, day.Must(2026, 7, 1), "new-evidence"
	write(t, s, func(tx store.Tx) error { return tx.PutResolution(first) })
	same(t, ask(t, s, of(1)), first)
	same(t, ask(t, s, all), []board.Resolution{first, large})
}
