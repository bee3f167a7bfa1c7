package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/store"
)

var tables = []test{
	{"every table has a class and a reason, and can be read", tableList},
	{"an unknown table is none", unknownTable},
	{"rows come in one order, in which they can be compared", rowOrder},
}

func tableList(t *testing.T, s store.Store) {
	seen := map[string]bool{}
	for _, table := range s.Tables() {
		switch table.Class {
		case store.Docket, store.Derived, store.Kept:
		default:
			t.Errorf("%s: class %q", table.Name, table.Class)
		}
		if seen[table.Name] || table.Reason == "" {
			t.Errorf("%s: stands twice, or has no reason", table.Name)
		}
		seen[table.Name] = true
	}
	dump(t, s)
}

func unknownTable(t *testing.T, s store.Store) {
	for _, err := range s.Rows(context.Background(), "none") {
		if !errors.Is(err, store.ErrNone) {
			t.Errorf("got %v", err)
		}
		return
	}
	t.Error("it has rows")
}

// Verify walks a used and a rebuilt table side by side, and takes the lower of
// two rows that differ first: their texts must come in the order of texts,
// whatever order the keys themselves have, and whatever order they were
// written in.
func rowOrder(t *testing.T, s store.Store) {
	var acts []func(store.Tx) error
	for _, n := range []int{1, 2, 9, 10, 11} {
		number, version := int64(n), docket.Version(n)
		acts = append(acts,
			func(tx store.Tx) error { return tx.InsertClaims([]claim.Claim{next(aClaim(n))}) },
			func(tx store.Tx) error { return tx.Append(entry("account/demo/bank", version)) },
			func(tx store.Tx) error {
				return tx.AppendAnnex(docket.Ref{Stream: "register/a", Version: version}, hash(n), nil)
			},
			func(tx store.Tx) error { return tx.PutProgramme(store.Programme{ID: fmt.Sprint("p", n)}) },
			func(tx store.Tx) error { return tx.PutActor(store.Actor{ID: fmt.Sprint("a", n)}) },
			func(tx store.Tx) error {
				return tx.PutInstalment(commission.Instalment{Programme: "demo", Number: number})
			},
			func(tx store.Tx) error { return tx.PutList(board.List{Programme: "demo", Number: number}) },
			func(tx store.Tx) error { return tx.PutResolution(board.Resolution{Programme: "demo", Number: number}) },
			func(tx store.Tx) error { return tx.AddFacts([]store.Fact{aFact("roll/cis", version, number)}) },
			func(tx store.Tx) error {
				return tx.MoveFactStreams([]store.FactMove{moved(docket.Stream(fmt.Sprint("roll/s", n)), 0, version)})
			},
			func(tx store.Tx) error {
				return tx.PutFactRecord(store.FactRecord{Sort: fmt.Sprint("s", n), Entries: number})
			},
			func(tx store.Tx) error { return tx.InsertFilings([]store.Filing{{Claim: claimID(n)}}) },
			func(tx store.Tx) error {
				return tx.PutMember(store.Member{Actor: fmt.Sprint("m", n), Organisation: "aid"})
			},
			func(tx store.Tx) error { return tx.PutMandate(claim.Mandate{ID: claim.MandateID(fmt.Sprint("m", n))}) },
			func(tx store.Tx) error {
				return tx.InsertMandated([]store.Mandated{{Claim: claimID(n), Mandate: "m"}})
			},
			func(tx store.Tx) error { return tx.PutRound(fund.Round{Programme: "demo", Number: number}) },
			func(tx store.Tx) error {
				return tx.PutPayments([]store.Payment{{Claim: claimID(1), Programme: "demo", Round: number}})
			},
			func(tx store.Tx) error {
				return tx.Post("demo", docket.Ref{Stream: "account/demo/bank", Version: version},
					slices.Repeat([]fund.Posting{{Account: fund.Bank, Amount: euros(1)}}, n))
			},
		)
	}
	for _, act := range reversed(acts) {
		write(t, s, act)
	}
	for _, table := range s.Tables() {
		if table.Class != store.Derived {
			continue
		}
		rows, err := list(s.Rows(context.Background(), table.Name))
		if err != nil || len(rows) == 0 || !slices.IsSorted(rows) {
			t.Errorf("%s: %v\n%q", table.Name, err, rows)
		}
	}
}
