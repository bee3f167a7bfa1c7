package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var casework = []test{
	{"a queue gives each claim that stands so once, oldest first", queueOfStanding},
	{"a queue of one category gives that category alone", queueOfCategory},
	{"an officer's queue is what was assigned to them, in the order of assigning", queueOfOfficer},
	{"a flag's queue is what bears it, and what nobody has is what isn't assigned", queueOfFlag},
	{"who counts a queue stops at most", queueCounted},
	{"a note is added, set and taken out; a task that is done is in nobody's list", notes},
	{"an officer's filters are their own", filters},
	{"a proposal comes back whole, and a claim is in one at most", proposals},
	{"a feature finds its claims until it is dropped", features},
	{"an erased claim takes its casework along, and no other's", dropCasework},
}

func queueOf(t *testing.T, s store.Store, q store.QueueQuery) (ids []claim.ID) {
	t.Helper()
	q.Programme = "demo"
	for {
		page, next := []claim.Claim(nil), ""
		read(t, s, func(r store.Reader) (err error) {
			page, next, err = r.Queue(q)
			return err
		})
		for _, c := range page {
			ids = append(ids, c.ID)
		}
		if q.After = next; next == "" {
			return ids
		}
	}
}

func queueOfStanding(t *testing.T, s store.Store) {
	insert(t, s, someClaims(45)...)
	update(t, s, next(aClaim(7)))
	var want []claim.ID
	for n := range 45 {
		if n != 7 {
			want = append(want, claimID(n))
		}
	}
	for _, limit := range []int{1, 4, 44, 45, 100} {
		same(t, queueOf(t, s, store.QueueQuery{Standing: claim.Filed, Limit: limit}), want)
	}
	same(t, queueOf(t, s, store.QueueQuery{Standing: claim.Recorded, Limit: 2}), []claim.ID{claimID(7)})
	none(t, s, "a cursor that is none", func(r store.Reader) ([]claim.Claim, error) {
		page, _, err := r.Queue(store.QueueQuery{Programme: "demo", Standing: claim.Filed, After: "x", Limit: 1})
		return page, err
	})
}

func queueOfCategory(t *testing.T, s store.Store) {
	list := someClaims(9)
	for i := range list {
		list[i].Category = []string{"a", "b", "c"}[i%3]
	}
	list[4].Programme = "other"
	insert(t, s, list...)
	same(t, queueOf(t, s, store.QueueQuery{Standing: claim.Filed, Category: "b", Limit: 1}), []claim.ID{claimID(1), claimID(7)})
	same(t, queueOf(t, s, store.QueueQuery{Standing: claim.Filed, Category: "d", Limit: 1}), []claim.ID(nil))
}

func assigned(n int, to string, minute int) store.Assignment {
	return store.Assignment{Claim: claimID(n), Programme: "demo", Actor: to, By: "officer-1", At: noon(minute)}
}

func queueOfOfficer(t *testing.T, s store.Store) {
	insert(t, s, someClaims(6)...)
	write(t, s, func(tx store.Tx) error {
		for n, a := range []store.Assignment{assigned(0, "officer-1", 9), assigned(1, "officer-2", 1), assigned(2, "officer-1", 3), assigned(3, "officer-1", 3)} {
			if err := tx.PutAssignment(a); err != nil {
				return fmt.Errorf("%d: %w", n, err)
			}
		}
		return nil
	})
	update(t, s, next(aClaim(3)))
	q := store.QueueQuery{Assigned: "officer-1", Limit: 1}
	same(t, queueOf(t, s, q), []claim.ID{claimID(2), claimID(3), claimID(0)})
	q.Standing = claim.Filed
	same(t, queueOf(t, s, q), []claim.ID{claimID(2), claimID(0)})
	same(t, queueOf(t, s, store.QueueQuery{Standing: claim.Filed, Nobodys: true, Limit: 2}), []claim.ID{claimID(4), claimID(5)})
	write(t, s, func(tx store.Tx) error { return tx.PutAssignment(assigned(2, "officer-2", 20)) })
	write(t, s, func(tx store.Tx) error { return tx.DropAssignment(claimID(0)) })
	same(t, queueOf(t, s, q), []claim.ID(nil))
	found := ask(t, s, func(r store.Reader) (map[claim.ID]store.Assignment, error) {
		return r.Assignments([]claim.ID{claimID(0), claimID(1), claimID(2)})
	})
	same(t, found, map[claim.ID]store.Assignment{claimID(1): assigned(1, "officer-2", 1), claimID(2): assigned(2, "officer-2", 20)})
}

func flagged(n int, flag string, minute int) store.Flag {
	return store.Flag{Claim: claimID(n), Programme: "demo", Flag: flag, By: "officer-1", At: noon(minute)}
}

func queueOfFlag(t *testing.T, s store.Store) {
	insert(t, s, someClaims(5)...)
	list := []store.Flag{flagged(0, "urgent", 5), flagged(1, "urgent", 2), flagged(1, "doubt", 1), flagged(2, "doubt", 1)}
	write(t, s, func(tx store.Tx) error {
		for _, f := range append(list, list[0]) { // said twice is said once
			if err := tx.PutFlag(f); err != nil {
				return err
			}
		}
		return tx.PutAssignment(assigned(1, "officer-2", 1))
	})
	same(t, queueOf(t, s, store.QueueQuery{Flag: "urgent", Limit: 1}), []claim.ID{claimID(1), claimID(0)})
	same(t, queueOf(t, s, store.QueueQuery{Flag: "urgent", Assigned: "officer-2", Limit: 1}), []claim.ID{claimID(1)})
	same(t, queueOf(t, s, store.QueueQuery{Flag: "urgent", Nobodys: true, Limit: 5}), []claim.ID{claimID(0)})
	same(t, ask(t, s, func(r store.Reader) (map[claim.ID][]store.Flag, error) {
		return r.Flags([]claim.ID{claimID(1), claimID(3)})
	}), map[claim.ID][]store.Flag{claimID(1): {list[2], list[1]}})
	write(t, s, func(tx store.Tx) error { return tx.DropFlag(claimID(1), "urgent") })
	same(t, queueOf(t, s, store.QueueQuery{Flag: "urgent", Limit: 5}), []claim.ID{claimID(0)})
}

func queueCounted(t *testing.T, s store.Store) {
	list := someClaims(8)
	list[3].Category = "rare"
	insert(t, s, list...)
	for _, c := range []struct {
		category   string
		most, want int
	}{{"", 100, 8}, {"", 8, 8}, {"", 5, 5}, {"rare", 5, 1}, {"none", 5, 0}} {
		same(t, ask(t, s, func(r store.Reader) (int, error) { return r.Waiting("demo", claim.Filed, c.category, c.most) }), c.want)
	}
}

func notes(t *testing.T, s store.Store) {
	note := store.Note{Claim: claimID(1), Number: 1, By: "officer-1", At: noon(1), Sealed: []byte{0, 255, '\''}}
	undated := store.Note{Claim: claimID(1), Number: 2, By: "officer-1", At: noon(2), For: "officer-2", Sealed: []byte{1}}
	late := store.Note{Claim: claimID(2), Number: 1, By: "officer-1", At: noon(3), For: "officer-2", Due: day.Must(2020, 7, 1), Sealed: []byte{2}}
	early := store.Note{Claim: claimID(3), Number: past31, By: "officer-1", At: noon(4), For: "officer-2", Due: day.Must(2020, 6, 1), Sealed: []byte{3}}
	write(t, s, func(tx store.Tx) error {
		for _, n := range []store.Note{note, undated, late, early} {
			if err := tx.PutNote(n); err != nil {
				return err
			}
		}
		return nil
	})
	of := func(id claim.ID) []store.Note {
		return ask(t, s, func(r store.Reader) ([]store.Note, error) { return r.Notes(id) })
	}
	tasks := func(actor string, limit int) []store.Note {
		return ask(t, s, func(r store.Reader) ([]store.Note, error) { return r.Tasks(actor, limit) })
	}
	same(t, of(claimID(1)), []store.Note{note, undated})
	same(t, tasks("officer-2", 10), []store.Note{early, late, undated})
	same(t, tasks("officer-2", 2), []store.Note{early, late})
	same(t, tasks("", 10), []store.Note(nil))
	early.Done = true
	write(t, s, func(tx store.Tx) error { return tx.PutNote(early) })
	same(t, tasks("officer-2", 10), []store.Note{late, undated})
	same(t, of(claimID(3)), []store.Note{early})
	write(t, s, func(tx store.Tx) error { return tx.DropNote(claimID(1), 2) })
	same(t, of(claimID(1)), []store.Note{note})
}

func filters(t *testing.T, s store.Store) {
	a, b := store.Filter{Actor: "officer-1", Name: "b", Query: "standing=filed"}, store.Filter{Actor: "officer-1", Name: "a", Query: ""}
	other := store.Filter{Actor: "officer-2", Name: "a", Query: "x"}
	write(t, s, func(tx store.Tx) error {
		for _, f := range []store.Filter{a, b, other} {
			if err := tx.PutFilter(f); err != nil {
				return err
			}
		}
		return nil
	})
	of := func() []store.Filter {
		return ask(t, s, func(r store.Reader) ([]store.Filter, error) { return r.Filters("officer-1") })
	}
	same(t, of(), []store.Filter{b, a})
	b.Query = "flag=urgent"
	write(t, s, func(tx store.Tx) error { return tx.PutFilter(b) })
	write(t, s, func(tx store.Tx) error { return tx.DropFilter("officer-1", "b") })
	same(t, of(), []store.Filter{b})
}

func aProposal(id string, minute int, claims ...int) store.Proposal {
	p := store.Proposal{ID: id, Programme: "demo", Act: "refuse", About: "standing=filed", Actor: "officer-1", Means: "passkey", At: noon(minute), Mark: []byte{0, 1}}
	for _, n := range claims {
		p.Claims = append(p.Claims, store.ProposedClaim{Claim: claimID(n), Version: docket.Version(past31)})
	}
	return p
}

func proposals(t *testing.T, s store.Store) {
	var many []int
	for n := range 501 {
		many = append(many, n)
	}
	later, first := aProposal("a", 9, many...), aProposal("b", 2, 1001)
	write(t, s, func(tx store.Tx) error { return tx.AddProposal(later) })
	write(t, s, func(tx store.Tx) error { return tx.AddProposal(first) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AddProposal(aProposal("c", 3, 2000, 77)) })
	one := func(id string) store.Proposal {
		return ask(t, s, func(r store.Reader) (store.Proposal, error) { return r.Proposal(id) })
	}
	same(t, one("a"), later)
	same(t, one("b"), first)
	first.Second, first.SecondMeans, first.Consented, first.Mark = "officer-2", "passkey", noon(30), []byte{9}
	write(t, s, func(tx store.Tx) error { return tx.ConsentToProposal(first) })
	same(t, one("b"), first)
	bare := func(p store.Proposal) store.Proposal { p.Claims = nil; return p }
	of := func(limit int) []store.Proposal {
		return ask(t, s, func(r store.Reader) ([]store.Proposal, error) { return r.Proposals("demo", limit) })
	}
	same(t, of(5), []store.Proposal{bare(first), bare(later)})
	same(t, of(1), []store.Proposal{bare(first)})
	in := func() map[claim.ID]string {
		return ask(t, s, func(r store.Reader) (map[claim.ID]string, error) {
			return r.Proposed([]claim.ID{claimID(77), claimID(1001), claimID(2000)})
		})
	}
	same(t, in(), map[claim.ID]string{claimID(77): "a", claimID(1001): "b"})
	write(t, s, func(tx store.Tx) error { return tx.DropProposal("a") })
	same(t, in(), map[claim.ID]string{claimID(1001): "b"})
	none(t, s, "a proposal that was dropped", func(r store.Reader) (store.Proposal, error) { return r.Proposal("a") })
	write(t, s, func(tx store.Tx) error { return tx.AddProposal(aProposal("c", 3, 77)) })
}

func features(t *testing.T, s store.Store) {
	var list []store.Feature
	for n := range 501 {
		list = append(list, store.Feature{Tag: []byte{0, byte(n % 2)}, Claim: claimID(n)})
	}
	write(t, s, func(tx store.Tx) error { return tx.AddFeatures(append(slices.Clone(list), list[3])) })
	write(t, s, func(tx store.Tx) error { return tx.AddFeatures(list[:5]) })
	of := func(tag byte, limit int) []claim.ID {
		return ask(t, s, func(r store.Reader) ([]claim.ID, error) { return r.Featured([]byte{0, tag}, limit) })
	}
	same(t, len(of(0, 1000)), 251)
	same(t, of(1, 2), []claim.ID{claimID(1), claimID(3)})
	same(t, of(2, 2), []claim.ID(nil))
	write(t, s, func(tx store.Tx) error { return tx.DropFeatures([]claim.ID{claimID(1), claimID(7)}) })
	same(t, of(1, 3), []claim.ID{claimID(3), claimID(5), claimID(9)})
}

func dropCasework(t *testing.T, s store.Store) {
	insert(t, s, someClaims(3)...)
	write(t, s, func(tx store.Tx) error {
		for n := range 2 {
			if err := tx.PutAssignment(assigned(n, "officer-1", 1)); err != nil {
				return err
			}
			if err := tx.PutFlag(flagged(n, "urgent", 1)); err != nil {
				return err
			}
			if err := tx.PutNote(store.Note{Claim: claimID(n), Number: 1, By: "officer-1", At: noon(1), Sealed: []byte{1}}); err != nil {
				return err
			}
			if err := tx.AddFeatures([]store.Feature{{Tag: []byte{1}, Claim: claimID(n)}}); err != nil {
				return err
			}
		}
		return tx.AddProposal(aProposal("a", 1, 0, 1))
	})
	write(t, s, func(tx store.Tx) error { return tx.DropCasework([]claim.ID{claimID(0), claimID(2)}) })
	for _, table := range []string{"assignments", "flags", "notes", "features", "proposed"} {
		rows, err := list(s.Rows(t.Context(), table))
		if err != nil || len(rows) != 1 {
			t.Errorf("%s has %d rows, want the other claim's (%v)", table, len(rows), err)
		}
	}
}
