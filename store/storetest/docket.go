package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var dockets = []test{
	{"an entry comes back bit for bit", entryComesBack},
	{"of many entries in one call each gets its place", manyEntries},
	{"a taken place is refused, with everything beside it", placeTaken},
	{"a stream's last version counts its own entries alone", lastVersion},
	{"a stream's history is its entries and its rows, oldest first", history},
	{"the rows of an annex come in their order", annexRows},
	{"a row's place is taken once", rowTaken},
	{"each root under which rows stand comes once", annexRoots},
	{"what waits for a leaf comes in the order it was entered", unsequenced},
	{"leaves come from any number on, each with its entry", leavesFrom},
	{"a leaf without an entry says so", leafWithoutEntry},
	{"a leaf's number, and an entry's leaf, are given once", leafTaken},
	{"a place that stands in docket and annex is a stray", strays},
	{"versions, leaves and rows count past 31 bits", docketPast31},
}

func entryComesBack(t *testing.T, s store.Store) {
	e := entry("claim/x", 3)
	e.Bytes = []byte{0, 1, 0xff, '\'', 0}
	write(t, s, func(tx store.Tx) error { return tx.Append(e) })
	same(t, ask(t, s, func(r store.Reader) (docket.Entry, error) { return r.Entry(e.Ref()) }), e)
	for _, ref := range []docket.Ref{{Stream: "claim/x", Version: 2}, {Stream: "claim/X", Version: 3}, {Stream: "claim/", Version: 3}} {
		none(t, s, ref.String(), func(r store.Reader) (docket.Entry, error) { return r.Entry(ref) })
	}
}

func manyEntries(t *testing.T, s store.Store) {
	for _, n := range sizes {
		var batch []docket.Entry
		for i := range n {
			batch = append(batch, entry(docket.Stream(fmt.Sprintf("claim/%d-%d", n, i)), 1))
		}
		size := ask(t, s, store.Reader.TreeSize)
		write(t, s, func(tx store.Tx) error { return tx.Append(batch...) })
		same(t, waiting(t, s), batch)
		write(t, s, func(tx store.Tx) error { return tx.AddLeaves(leaves(size, batch)) })
		got := ask(t, s, func(r store.Reader) ([]store.LeafEntry, error) { return list(r.Leaves(size)) })
		same(t, got, foundLeaves(leaves(size, batch), batch))
	}
}

func foundLeaves(leaves []store.Leaf, entries []docket.Entry) []store.LeafEntry {
	found := make([]store.LeafEntry, len(leaves))
	for i := range leaves {
		found[i] = store.LeafEntry{Leaf: leaves[i], Entry: entries[i], Found: true}
	}
	return found
}

func placeTaken(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("claim/0007", 1)) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.Append(entry("claim/0007", 1)) })
	for _, n := range []int{8, 39, 41, 501} { // one of many
		refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.Append(entries(n)...) })
	}
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { // twice in one call
		return tx.Append(entry("claim/new", 1), entry("claim/new", 1))
	})
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("claim/0007", 2)) })
}

func lastVersion(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(entry("claim/0000", 1), entry("claim/0000", 2), entry("claim/00000", 9), entry("register/a", 1)); err != nil {
			return err
		}
		return tx.AppendAnnex(docket.Ref{Stream: "register/a", Version: 1}, hash("a"), rows(1, 3))
	})
	for stream, want := range map[docket.Stream]docket.Version{"claim/0000": 2, "claim/none": 0, "register/a": 1} {
		if got := ask(t, s, func(r store.Reader) (docket.Version, error) { return r.LastVersion(stream) }); got != want {
			t.Errorf("%s: last version %d, want %d", stream, got, want)
		}
	}
}

func history(t *testing.T, s store.Store) {
	own := []docket.Entry{entry("claim/0000", 1), entry("claim/0000", 3), entry("claim/0000", 11)}
	owner := entry("register/a", 1)
	second, tenth := rows(2, 2), rows(2, 10)
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(append(reversed(own), owner, entry("register/b", 1), entry("claim/0001", 1))...); err != nil {
			return err
		}
		if err := tx.AppendAnnex(docket.Ref{Stream: "register/b", Version: 1}, hash("b"), tenth); err != nil {
			return err
		}
		return tx.AppendAnnex(owner.Ref(), hash("a"), second)
	})
	same(t, ask(t, s, func(r store.Reader) ([]store.Step, error) { return r.History("claim/0000") }), []store.Step{
		{Entry: own[0]},
		{Entry: owner, Row: &second[0], Root: hash("a")},
		{Entry: own[1]},
		{Entry: entry("register/b", 1), Row: &tenth[0], Root: hash("b")},
		{Entry: own[2]},
	})
	same(t, ask(t, s, func(r store.Reader) ([]store.Step, error) { return r.History("claim/none") }), []store.Step(nil))
}

func annexRows(t *testing.T, s store.Store) {
	for i, n := range sizes {
		version := docket.Version(i + 2)
		owner := entry(docket.Stream(fmt.Sprint("register/", n)), 1)
		all := rows(n, version)
		write(t, s, func(tx store.Tx) error {
			if err := tx.Append(owner); err != nil {
				return err
			}
			return tx.AppendAnnex(owner.Ref(), hash(n), reversed(all))
		})
		want := make([]store.AnnexRow, n)
		for i, row := range all {
			want[i] = store.AnnexRow{Row: row, Stored: row.Commitment()}
		}
		same(t, ask(t, s, func(r store.Reader) ([]store.AnnexRow, error) { return list(r.AnnexRows(hash(n))) }), want)
	}
	same(t, ask(t, s, func(r store.Reader) ([]store.AnnexRow, error) { return list(r.AnnexRows(hash("none"))) }), []store.AnnexRow(nil))
}

func rowTaken(t *testing.T, s store.Store) {
	a, b := docket.Ref{Stream: "register/a", Version: 1}, docket.Ref{Stream: "register/b", Version: 1}
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(entry(a.Stream, 1), entry(b.Stream, 1)); err != nil {
			return err
		}
		return tx.AppendAnnex(a, hash("a"), rows(41, 2))
	})
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AppendAnnex(b, hash("b"), rows(1, 2)) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AppendAnnex(b, hash("a"), rows(41, 3)) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { // the same claim twice in one act
		return tx.AppendAnnex(b, hash("b"), append(rows(1, 3), docket.Row{Index: 1, Stream: "claim/0000", Version: 3, Bytes: []byte("again")}))
	})
	write(t, s, func(tx store.Tx) error { return tx.AppendAnnex(b, hash("b"), rows(41, 3)) })
}

func annexRoots(t *testing.T, s store.Store) {
	roots := func() []docket.Hash {
		return ask(t, s, func(r store.Reader) ([]docket.Hash, error) { return list(r.AnnexRoots()) })
	}
	same(t, roots(), []docket.Hash(nil))
	var want []docket.Hash
	for i := range 12 {
		owner := entry(docket.Stream(fmt.Sprint("register/", i)), 1)
		write(t, s, func(tx store.Tx) error {
			if err := tx.Append(owner); err != nil {
				return err
			}
			return tx.AppendAnnex(owner.Ref(), hash("root", i), rows(1+i*i, docket.Version(2+i)))
		})
		want = append(want, hash("root", i))
	}
	slices.SortFunc(want, func(a, b docket.Hash) int { return bytes.Compare(a[:], b[:]) })
	same(t, roots(), want)
}

func unsequenced(t *testing.T, s store.Store) {
	all := []docket.Entry{entry("claim/z", 1), entry("claim/a", 1), entry("claim/z", 2), entry("claim/a", 2), entry("claim/m", 1)}
	for _, e := range all {
		write(t, s, func(tx store.Tx) error { return tx.Append(e) })
	}
	same(t, waiting(t, s), all)
	write(t, s, func(tx store.Tx) error { return tx.AddLeaves(leaves(0, all[:3])) })
	same(t, waiting(t, s), all[3:])
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("claim/z", 3)) })
	same(t, waiting(t, s), append(all[3:5:5], entry("claim/z", 3)))
}

func leavesFrom(t *testing.T, s store.Store) {
	all := entries(50)
	if size := ask(t, s, store.Reader.TreeSize); size != 0 {
		t.Errorf("an empty tree has %d leaves", size)
	}
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(all...); err != nil {
			return err
		}
		return tx.AddLeaves(leaves(0, all))
	})
	want := foundLeaves(leaves(0, all), all)
	for _, from := range []int64{0, 1, 39, 49, 50, 51, past31} {
		got := ask(t, s, func(r store.Reader) ([]store.LeafEntry, error) { return list(r.Leaves(from)) })
		same(t, got, want[min(from, 50):])
	}
	if size := ask(t, s, store.Reader.TreeSize); size != 50 {
		t.Errorf("the tree has %d leaves", size)
	}
	for _, n := range []int{0, 17, 49} {
		got := ask(t, s, func(r store.Reader) (store.Leaf, error) { return r.Leaf(all[n].Ref()) })
		same(t, got, want[n].Leaf)
	}
	none(t, s, "no leaf yet", func(r store.Reader) (store.Leaf, error) { return r.Leaf(entry("claim/none", 1).Ref()) })
}

func leafWithoutEntry(t *testing.T, s store.Store) {
	lost := entry("claim/lost", 1)
	write(t, s, func(tx store.Tx) error { return tx.AddLeaves(leaves(0, []docket.Entry{lost})) })
	got := ask(t, s, func(r store.Reader) ([]store.LeafEntry, error) { return list(r.Leaves(0)) })
	if len(got) != 1 || got[0].Found || got[0].Leaf != leaves(0, []docket.Entry{lost})[0] {
		t.Errorf("got %+v", got)
	}
}

func leafTaken(t *testing.T, s store.Store) {
	all := entries(3)
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(all...); err != nil {
			return err
		}
		return tx.AddLeaves(leaves(0, all[:2]))
	})
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AddLeaves(leaves(1, all[2:])) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AddLeaves(leaves(2, all[:1])) })
}

// docketOf46 writes entries of which two have no leaf yet, one with an annex.
func docketOf46(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(append(entries(45), entry("register/a", 1))...); err != nil {
			return err
		}
		if err := tx.AddLeaves(leaves(0, entries(44))); err != nil {
			return err
		}
		return tx.AppendAnnex(docket.Ref{Stream: "register/a", Version: 1}, hash("a"), rows(45, 2))
	})
}

func strays(t *testing.T, s store.Store) {
	docketOf46(t, s)
	same(t, ask(t, s, store.Reader.Strays), []docket.Ref(nil))
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("claim/0003", 2)) })
	same(t, ask(t, s, store.Reader.Strays), []docket.Ref{{Stream: "claim/0003", Version: 2}})
}

func docketPast31(t *testing.T, s store.Store) {
	e := entry("account/demo/bank", docket.Version(past31))
	leaf := store.Leaf{Number: past31, Ref: e.Ref(), Commitment: e.Commitment()}
	row := docket.Row{Index: past31, Stream: "claim/x", Version: docket.Version(past31 + 1), Bytes: []byte("row")}
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(e); err != nil {
			return err
		}
		if err := tx.AppendAnnex(e.Ref(), hash("a"), []docket.Row{row}); err != nil {
			return err
		}
		return tx.AddLeaves([]store.Leaf{leaf})
	})
	read(t, s, func(r store.Reader) error {
		size, err := r.TreeSize()
		if err != nil || size != past31+1 {
			t.Errorf("tree of %d, %v", size, err)
		}
		last, err := r.LastVersion(e.Stream)
		if err != nil || last != e.Version {
			t.Errorf("last version %d, %v", last, err)
		}
		steps, err := r.History("claim/x")
		if err != nil || len(steps) != 1 || steps[0].Row.Index != row.Index || steps[0].Row.Version != row.Version {
			t.Errorf("history %+v, %v", steps, err)
		}
		return nil
	})
	got := ask(t, s, func(r store.Reader) ([]store.LeafEntry, error) { return list(r.Leaves(past31)) })
	same(t, got, []store.LeafEntry{{Leaf: leaf, Entry: e, Found: true}})
}
