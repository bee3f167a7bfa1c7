package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var facts = []test{
	{"facts come back in the order of their places, of those streams only", factsComeBack},
	{"all facts of a sort come, and those of another don't", factsOfASort},
	{"instruments are found among any number of actions", instruments},
	{"a fact that was learned twice counts from the earlier day", learnedTwice},
	{"a place is taken once", factTaken},
	{"a stream moves on from where it stood, and from nowhere else", factStreams},
	{"a record comes back, and is brought up to date", factRecords},
	{"of many facts and streams each comes back", manyFacts},
}

func aFact(stream docket.Stream, version docket.Version, line int64) store.Fact {
	return store.Fact{
		Stream: stream, Version: version, Line: line, ID: fmt.Sprintf("%s#%d.%d", stream, version, line), What: "membership",
		Known: day.Must(2018, 11, 21), Body: fmt.Appendf(nil, `{"'%s'": %d, "é":"\u0000"}`, stream, line),
	}
}

func moved(stream docket.Stream, was, version docket.Version) store.FactMove {
	return store.FactMove{FactStream: store.FactStream{Stream: stream, Version: version}, Was: was}
}

func factsOf(t testing.TB, s store.Store, streams ...docket.Stream) []store.Fact {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]store.Fact, error) { return list(r.Facts(streams)) })
}

func allFacts(t testing.TB, s store.Store, sort, what string) []store.Fact {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]store.Fact, error) { return list(r.AllFacts(sort, what)) })
}

func factsComeBack(t *testing.T, s store.Store) {
	want := []store.Fact{
		aFact("roll/cis", 2, 1), aFact("roll/cis", 2, 9), aFact("roll/cis", 2, 10), aFact("roll/cis", 10, 1),
		aFact("roll/cis", docket.Version(past31), past31), aFact("roll/csto", 1, 1),
	}
	other := aFact("roll/cis-2", 1, 1)
	write(t, s, func(tx store.Tx) error { return tx.AddFacts(append(reversed(want), other)) })
	same(t, factsOf(t, s, "roll/csto", "roll/none", "roll/cis", "roll/cis"), want)
	same(t, factsOf(t, s), []store.Fact(nil))
}

func factsOfASort(t *testing.T, s store.Store) {
	thing := aFact("roll/cis", 1, 2)
	thing.What = "thing"
	of := []store.Fact{aFact("roll/-", 1, 1), aFact("roll/cis", 1, 1), thing, aFact("roll/zz/z", 1, 1)}
	others := []store.Fact{aFact("roll", 1, 1), aFact("roll0/a", 1, 1), aFact("rolls/a", 1, 1), aFact("treaty/a", 1, 1)}
	write(t, s, func(tx store.Tx) error { return tx.AddFacts(slices.Concat(others, of)) })
	same(t, allFacts(t, s, "roll", ""), of)
	same(t, allFacts(t, s, "roll", "thing"), []store.Fact{thing})
	same(t, allFacts(t, s, "none", ""), []store.Fact(nil))
}

func instruments(t *testing.T, s store.Store) {
	var every, want []store.Fact
	for n := range 70 {
		for line := range int64(3) {
			f := aFact(docket.Stream(fmt.Sprintf("treaty/%03d", n)), 1, line+1)
			if f.What = "action"; line == 1 {
				f.What = "instrument"
				want = append(want, f)
			}
			every = append(every, f)
		}
	}
	write(t, s, func(tx store.Tx) error { return tx.AddFacts(every) })
	same(t, allFacts(t, s, "treaty", "instrument"), want)
	same(t, allFacts(t, s, "treaty", ""), every)
}

func learnedTwice(t *testing.T, s store.Store) {
	on := func(version docket.Version, id string, known day.Date) store.Fact {
		f := aFact("roll/cis", version, 1)
		f.ID, f.Known = id, known
		return f
	}
	write(t, s, func(tx store.Tx) error {
		other := aFact("roll/csto", 1, 1)
		return tx.AddFacts([]store.Fact{on(1, "a", day.Must(2018, 11, 21)), on(2, "a", day.Must(1999, 12, 31)), on(3, "a", day.Must(2020, 1, 1)), on(4, "b", day.Must(2020, 1, 1)), other})
	})
	same(t, ask(t, s, func(r store.Reader) (map[string]day.Date, error) {
		return r.LearnedFacts([]docket.Stream{"roll/cis", "roll/none", "roll/cis"})
	}), map[string]day.Date{"a": day.Must(1999, 12, 31), "b": day.Must(2020, 1, 1)})
	same(t, ask(t, s, func(r store.Reader) (map[string]day.Date, error) { return r.LearnedFacts(nil) }), map[string]day.Date{})
}

func factTaken(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error { return tx.AddFacts([]store.Fact{aFact("roll/cis", 1, 1)}) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		return tx.AddFacts([]store.Fact{aFact("roll/cis", 1, 2), aFact("roll/cis", 1, 1)})
	})
}

func factStreams(t *testing.T, s store.Store) {
	stand := func(streams ...docket.Stream) map[docket.Stream]store.FactStream {
		return ask(t, s, func(r store.Reader) (map[docket.Stream]store.FactStream, error) { return r.FactStreams(streams) })
	}
	same(t, stand("roll/cis"), map[docket.Stream]store.FactStream{})
	write(t, s, func(tx store.Tx) error {
		return tx.MoveFactStreams([]store.FactMove{moved("roll/cis", 0, 1), moved("roll/csto", 0, 3)})
	})
	write(t, s, func(tx store.Tx) error {
		return tx.MoveFactStreams([]store.FactMove{moved("roll/cis", 1, docket.Version(past31)), moved("roll/eaeu", 0, 1)})
	})
	same(t, stand("roll/csto", "roll/cis", "roll/none"), map[docket.Stream]store.FactStream{
		"roll/cis": {Stream: "roll/cis", Version: docket.Version(past31)}, "roll/csto": {Stream: "roll/csto", Version: 3},
	})
	write(t, s, func(tx store.Tx) error { return tx.MoveFactStreams([]store.FactMove{moved("rolls/a", 0, 1)}) })
	all := ask(t, s, func(r store.Reader) ([]store.FactStream, error) { return list(r.AllFactStreams("roll")) })
	same(t, all, []store.FactStream{
		{Stream: "roll/cis", Version: docket.Version(past31)}, {Stream: "roll/csto", Version: 3}, {Stream: "roll/eaeu", Version: 1},
	})
	for _, wrong := range []store.FactMove{moved("roll/csto", 2, 3), moved("roll/csto", 0, 1), moved("roll/none", 1, 2)} {
		refused(t, s, store.ErrTaken, func(tx store.Tx) error {
			return tx.MoveFactStreams([]store.FactMove{moved("roll/eaeu", 1, 2), wrong})
		})
	}
}

func factRecords(t *testing.T, s store.Store) {
	of := func(sort string) store.FactRecord {
		return ask(t, s, func(r store.Reader) (store.FactRecord, error) { return r.FactRecord(sort) })
	}
	same(t, of("roll"), store.FactRecord{Sort: "roll"})
	write(t, s, func(tx store.Tx) error { return tx.PutFactRecord(store.FactRecord{Sort: "roll", Entries: 1, Facts: 2}) })
	want := store.FactRecord{Sort: "roll", Entries: past31, Facts: past31 + 1}
	write(t, s, func(tx store.Tx) error { return tx.PutFactRecord(want) })
	same(t, of("roll"), want)
	same(t, of("treaty"), store.FactRecord{Sort: "treaty"})
}

func manyFacts(t *testing.T, s store.Store) {
	for version, n := range append(sizes, 1100) {
		version := docket.Version(version + 1)
		list, moves, streams := make([]store.Fact, n), make([]store.FactMove, n), make([]docket.Stream, n)
		stand := make(map[docket.Stream]store.FactStream, n)
		for i := range list {
			streams[i] = docket.Stream(fmt.Sprintf("roll/%d-%04d", n, i))
			list[i], moves[i] = aFact(streams[i], version, 1), moved(streams[i], 0, version)
			stand[streams[i]] = moves[i].FactStream
		}
		write(t, s, func(tx store.Tx) error {
			if err := tx.AddFacts(reversed(list)); err != nil {
				return err
			}
			return tx.MoveFactStreams(reversed(moves))
		})
		same(t, factsOf(t, s, reversed(streams)...), list)
		for i := range moves {
			moves[i].Was, moves[i].Version = version, version+1
			stand[streams[i]] = moves[i].FactStream
		}
		write(t, s, func(tx store.Tx) error { return tx.MoveFactStreams(moves) })
		same(t, ask(t, s, func(r store.Reader) (map[docket.Stream]store.FactStream, error) { return r.FactStreams(streams) }), stand)
		same(t, len(ask(t, s, func(r store.Reader) (map[string]day.Date, error) { return r.LearnedFacts(streams) })), n)
	}
}
