package office_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

// books are the ledger and the payments of a whole docket, folded from its
// entries alone: nothing here asks a table.
type books struct {
	accounts map[fund.Account]int64
	claims   map[docket.Stream]*account
	moved    int // entries that moved money
}

// account is one claim's money, in minor units.
type account struct{ award, ordered, paid int64 }

func TestTheLedgerSumsToZeroAtEveryEntry(t *testing.T) {
	i := reopened(t, played(t, manyClaims))
	b := books{accounts: map[fund.Account]int64{}, claims: map[docket.Stream]*account{}}
	must(t, i.Office.Store.Read(t.Context(), func(r store.Reader) error {
		for l, err := range r.Leaves(0) {
			must(t, err)
			env, err := l.Entry.Open()
			must(t, err)
			must(t, b.take(env))
			if env.Annex == nil {
				continue
			}
			for row, err := range r.AnnexRows(env.Annex.Root) {
				must(t, err)
				opened, err := row.Open()
				must(t, err)
				must(t, b.happen(opened))
			}
			must(t, b.even())
		}
		balances, err := r.Balances("demo")
		must(t, err)
		for name, minor := range b.accounts {
			if balances[name]["EUR"] != minor {
				t.Errorf("%s: the docket says %d, the table %d", name, minor, balances[name]["EUR"])
			}
		}
		return nil
	}))
	if b.moved < 7 || b.accounts[fund.Bank] <= 0 {
		t.Errorf("%d entries moved money: %v", b.moved, b.accounts)
	}
	t.Logf("%d entries moved money, %d claims were paid in part or whole: %v", b.moved, len(b.claims), b.accounts)
}

// take books an entry: its two sides make zero, and so do all accounts.
func (b *books) take(env docket.Envelope) error {
	postings, err := fund.Postings(env)
	if err != nil || len(postings) == 0 {
		return err
	}
	b.moved++
	sum, all := int64(0), int64(0)
	for _, p := range postings {
		if p.Amount.Currency() != "EUR" {
			return fmt.Errorf("%s moves %v", env.Stream, p.Amount)
		}
		b.accounts[p.Account] += p.Amount.Minor()
		sum += p.Amount.Minor()
	}
	for _, minor := range b.accounts {
		all += minor
	}
	if sum != 0 || all != 0 {
		return fmt.Errorf("%s#%d: its sides sum to %d, the ledger to %d", env.Stream, env.Version, sum, all)
	}
	for name, sign := range map[fund.Account]int64{fund.Bank: 1, fund.Awards: 1, fund.Contributions: -1, fund.Owed: -1, fund.Transit: -1} {
		if b.accounts[name]*sign < 0 {
			return fmt.Errorf("%s#%d: %s stands at %d", env.Stream, env.Version, name, b.accounts[name])
		}
	}
	if b.accounts[fund.Bank]+b.accounts[fund.Transit] < 0 {
		return fmt.Errorf("%s#%d: more is under way than the bank holds", env.Stream, env.Version)
	}
	return nil
}

// happen books one claim's row: nothing before its decision, nothing beyond
// its award, nothing twice.
func (b *books) happen(row docket.RowEnvelope) error {
	var facts struct {
		Award  money.Amount `json:"award"`
		Amount money.Amount `json:"amount"`
	}
	if err := json.Unmarshal(row.Facts, &facts); err != nil {
		return err
	}
	at, known := b.claims[row.Stream]
	if row.Kind == claim.KindDecided {
		if known {
			return fmt.Errorf("%s is decided twice", row.Stream)
		}
		b.claims[row.Stream] = &account{award: facts.Award.Minor()}
		return nil
	}
	slice := facts.Amount.Minor()
	switch row.Kind {
	case claim.KindPaymentOrdered:
		if !known || slice <= 0 || at.paid+at.ordered+slice > at.award {
			return fmt.Errorf("%s: %d is ordered, %+v", row.Stream, slice, at)
		}
		at.ordered += slice
	case claim.KindPaid, claim.KindPaymentReturned:
		if !known || slice <= 0 || slice > at.ordered {
			return fmt.Errorf("%s: %d is settled, %+v", row.Stream, slice, at)
		}
		if at.ordered -= slice; row.Kind == claim.KindPaid {
			at.paid += slice
		}
	}
	return nil
}

// even holds the claims' money against the accounts. It is asked after each
// bulk act; what an adoption makes owed is booked by the entry after it.
func (b *books) even() error {
	var award, ordered, paid int64
	for _, c := range b.claims {
		award, ordered, paid = award+c.award, ordered+c.ordered, paid+c.paid
	}
	out := -b.accounts[fund.Contributions] - b.accounts[fund.Bank]
	if ordered != -b.accounts[fund.Transit] || paid != out {
		return fmt.Errorf("claims: %d under way, %d paid; accounts: %v", ordered, paid, b.accounts)
	}
	if b.accounts[fund.Awards] > award {
		return fmt.Errorf("claims are awarded %d; accounts: %v", award, b.accounts)
	}
	return nil
}
