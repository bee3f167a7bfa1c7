package storetest

import (
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var mandates = []test{
	{"an actor joins an organisation, goes to another, and leaves", members},
	{"the claims of an organisation come back, the newest first, and no other's", claimsFor},
	{"a mandate comes back, is ended, and is found by its organisation and its claims", mandateBack},
}

func members(t *testing.T, s store.Store) {
	of := func(organisation string) []store.Member {
		return ask(t, s, func(r store.Reader) ([]store.Member, error) { return r.Members(organisation) })
	}
	none(t, s, "nobody's", func(r store.Reader) (store.Member, error) { return r.Member("lawyer") })
	for _, m := range []store.Member{{Actor: "lawyer", Organisation: "aid"}, {Actor: "clerk", Organisation: "aid"}, {Actor: "lawyer", Organisation: "bar"}} {
		write(t, s, func(tx store.Tx) error { return tx.PutMember(m) })
	}
	same(t, ask(t, s, func(r store.Reader) (store.Member, error) { return r.Member("lawyer") }), store.Member{Actor: "lawyer", Organisation: "bar"})
	same(t, of("aid"), []store.Member{{Actor: "clerk", Organisation: "aid"}})
	same(t, len(of("")), 2)
	write(t, s, func(tx store.Tx) error { return tx.PutMember(store.Member{Actor: "lawyer"}) })
	same(t, of("bar"), []store.Member(nil))
}

func mandateBack(t *testing.T, s store.Store) {
	b := claim.Mandate{
		ID: "b", Version: docket.Version(past31), Programme: "demo", Organisation: "aid", Kind: claim.ByAuthority,
		Scopes: []claim.Scope{claim.ScopeFile, claim.ScopeLetters}, From: day.Must(2026, 1, 2), Until: day.Must(2027, 1, 1),
	}
	a := claim.Mandate{ID: "a", Version: 1, Programme: "demo", Organisation: "aid", Kind: claim.AsGuardian, From: day.Must(2026, 1, 2)}
	none(t, s, "unknown", func(r store.Reader) (claim.Mandate, error) { return r.Mandate("b") })
	write(t, s, func(tx store.Tx) error { return tx.PutMandate(b) })
	write(t, s, func(tx store.Tx) error { return tx.PutMandate(a) })
	b.Ended, b.Version = day.Must(2026, 5, 6), docket.Version(past31+1)
	write(t, s, func(tx store.Tx) error { return tx.PutMandate(b) })
	same(t, ask(t, s, func(r store.Reader) (claim.Mandate, error) { return r.Mandate("b") }), b)
	page := func(after claim.MandateID, limit int) []claim.Mandate {
		return ask(t, s, func(r store.Reader) ([]claim.Mandate, error) { return r.Mandates("aid", after, limit) })
	}
	same(t, page("", 9), []claim.Mandate{a, b})
	same(t, page("", 1), []claim.Mandate{a})
	same(t, page("a", 9), []claim.Mandate{b})

	write(t, s, func(tx store.Tx) error {
		return tx.InsertMandated([]store.Mandated{{Claim: "2", Mandate: "b"}, {Claim: "1", Mandate: "b"}, {Claim: "3", Mandate: "a"}})
	})
	same(t, ask(t, s, func(r store.Reader) (map[claim.ID]claim.MandateID, error) {
		return r.MandatesOf([]claim.ID{"1", "3", "9"})
	}),
		map[claim.ID]claim.MandateID{"1": "b", "3": "a"})
	same(t, ask(t, s, func(r store.Reader) ([]claim.ID, error) { return r.ClaimsUnder("b") }), []claim.ID{"1", "2"})
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		return tx.InsertMandated([]store.Mandated{{Claim: "1", Mandate: "a"}})
	})
}

func claimsFor(t *testing.T, s store.Store) {
	for id, organisation := range map[claim.MandateID]string{"a": "aid", "b": "aid", "c": "bar"} {
		write(t, s, func(tx store.Tx) error {
			return tx.PutMandate(claim.Mandate{ID: id, Version: 1, Programme: "demo", Organisation: organisation, Kind: claim.ByAuthority, From: day.Must(2026, 1, 2)})
		})
	}
	list := someClaims(5)
	list[4].Filed = list[3].Filed // of one act: their ids say which comes first
	insert(t, s, list...)
	write(t, s, func(tx store.Tx) error {
		return tx.InsertMandated([]store.Mandated{
			{Claim: claimID(0), Mandate: "a"}, {Claim: claimID(1), Mandate: "c"}, {Claim: claimID(3), Mandate: "b"}, {Claim: claimID(4), Mandate: "a"},
		})
	})
	page := func(organisation string, after claim.ID, limit int) []store.Mandated {
		return ask(t, s, func(r store.Reader) ([]store.Mandated, error) { return r.ClaimsFor(organisation, after, limit) })
	}
	newest, next, oldest := store.Mandated{Claim: claimID(4), Mandate: "a"}, store.Mandated{Claim: claimID(3), Mandate: "b"}, store.Mandated{Claim: claimID(0), Mandate: "a"}
	same(t, page("aid", "", 9), []store.Mandated{newest, next, oldest})
	same(t, page("aid", "", 1), []store.Mandated{newest})
	same(t, page("aid", claimID(4), 1), []store.Mandated{next})
	same(t, page("aid", claimID(3), 9), []store.Mandated{oldest})
	same(t, page("aid", claimID(0), 9), []store.Mandated(nil))
	same(t, page("bar", "", 9), []store.Mandated{{Claim: claimID(1), Mandate: "c"}})
	same(t, page("nobody", "", 9), []store.Mandated(nil))
}
