package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

var funds = []test{
	{"a round comes back, and is brought up to date", rounds},
	{"of many payments each comes back in its state", payments},
	{"a payment changes its state and nothing else", paymentState},
	{"balances are the sums of the postings", balances},
	{"an entry is posted once", postedOnce},
	{"a balance past what 64 bits hold is refused, not wrapped round", balanceTooLarge},
}

func rounds(t *testing.T, s store.Store) {
	of := func(r store.Reader) (fund.Round, error) { return r.Round("demo", past31) }
	last := func(r store.Reader) (int64, error) { return r.LastRound("demo") }
	none(t, s, "unknown", of)
	if n := ask(t, s, last); n != 0 {
		t.Errorf("the last of none is %d", n)
	}
	round := fund.Round{Programme: "demo", Number: past31, Version: 1, Payments: past31, Ordered: euros(past31)}
	write(t, s, func(tx store.Tx) error {
		if err := tx.PutRound(round); err != nil {
			return err
		}
		return tx.PutRound(fund.Round{Programme: "other", Number: past31 + 1})
	})
	round.Version, round.Paid, round.Returned = 2, past31-1, 1
	write(t, s, func(tx store.Tx) error { return tx.PutRound(round) })
	same(t, ask(t, s, of), round)
	if n := ask(t, s, last); n != past31 {
		t.Errorf("the last is %d", n)
	}
	same(t, ask(t, s, func(r store.Reader) (fund.Round, error) { return r.Round("other", past31+1) }),
		fund.Round{Programme: "other", Number: past31 + 1})
}

func paymentsOf(t testing.TB, s store.Store, round int64, state store.PaymentState) []store.Payment {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]store.Payment, error) { return list(r.Payments("demo", round, state)) })
}

func payments(t *testing.T, s store.Store) {
	for round, n := range sizes {
		ordered := make([]store.Payment, n)
		for i := range ordered {
			ordered[i] = store.Payment{Claim: claimID(i), Programme: "demo", Round: int64(round + 1), Amount: money.New(int64(i+1), "EUR"), State: store.PaymentOrdered}
		}
		write(t, s, func(tx store.Tx) error { return tx.PutPayments(reversed(ordered)) })
		same(t, paymentsOf(t, s, int64(round+1), store.PaymentOrdered), ordered)
		settled := slices.Clone(ordered)
		for i := range settled {
			settled[i].State = []store.PaymentState{store.PaymentPaid, store.PaymentReturned}[i%2]
		}
		write(t, s, func(tx store.Tx) error { return tx.PutPayments(settled) })
		same(t, paymentsOf(t, s, int64(round+1), store.PaymentOrdered), []store.Payment(nil))
		got := append(paymentsOf(t, s, int64(round+1), store.PaymentPaid), paymentsOf(t, s, int64(round+1), store.PaymentReturned)...)
		slices.SortFunc(got, byText[store.Payment])
		slices.SortFunc(settled, byText[store.Payment])
		same(t, got, settled)
	}
}

func paymentState(t *testing.T, s store.Store) {
	p := store.Payment{Claim: claimID(1), Programme: "demo", Round: past31, Amount: money.New(past31, "JPY"), State: store.PaymentOrdered}
	other := p
	other.Programme = "other"
	write(t, s, func(tx store.Tx) error { return tx.PutPayments([]store.Payment{p, other}) })
	p.State = store.PaymentReturned
	write(t, s, func(tx store.Tx) error { return tx.PutPayments([]store.Payment{p}) })
	same(t, paymentsOf(t, s, past31, store.PaymentReturned), []store.Payment{p})
	same(t, ask(t, s, func(r store.Reader) ([]store.Payment, error) {
		return list(r.Payments("other", past31, store.PaymentOrdered))
	}),
		[]store.Payment{other})
}

func post(t testing.TB, s store.Store, programme string, version docket.Version, postings ...fund.Posting) {
	t.Helper()
	ref := docket.Ref{Stream: fund.AccountStream(programme, fund.Bank), Version: version}
	write(t, s, func(tx store.Tx) error { return tx.Post(programme, ref, postings) })
}

func balances(t *testing.T, s store.Store) {
	of := func(programme string) map[fund.Account]money.Totals {
		return ask(t, s, func(r store.Reader) (map[fund.Account]money.Totals, error) { return r.Balances(programme) })
	}
	same(t, of(""), map[fund.Account]money.Totals{})
	post(t, s, "demo", 1, fund.Posting{Account: fund.Bank, Amount: euros(100)}, fund.Posting{Account: fund.Contributions, Amount: euros(-100)})
	post(t, s, "demo", 2,
		fund.Posting{Account: fund.Bank, Amount: euros(-30)}, fund.Posting{Account: fund.Owed, Amount: euros(30)},
		fund.Posting{Account: fund.Bank, Amount: dollars(past31)}, fund.Posting{Account: fund.Contributions, Amount: dollars(-past31)},
		fund.Posting{Account: fund.Bank, Amount: euros(-1)}, fund.Posting{Account: fund.Owed, Amount: euros(1)})
	post(t, s, "other", 1, fund.Posting{Account: fund.Bank, Amount: euros(5)}, fund.Posting{Account: fund.Contributions, Amount: euros(-5)})
	same(t, of("demo"), map[fund.Account]money.Totals{
		fund.Bank: {"EUR": 6900, "USD": past31 * 100}, fund.Contributions: {"EUR": -10_000, "USD": -past31 * 100}, fund.Owed: {"EUR": 3100},
	})
	same(t, of("other"), map[fund.Account]money.Totals{fund.Bank: {"EUR": 500}, fund.Contributions: {"EUR": -500}})
	same(t, of("none"), map[fund.Account]money.Totals{})
	sums := money.Totals{}
	for _, totals := range of("") {
		for _, amount := range totals.Amounts() {
			if err := sums.Add(amount); err != nil {
				t.Fatal(err)
			}
		}
	}
	same(t, sums, money.Totals{"EUR": 0, "USD": 0})
}

func postedOnce(t *testing.T, s store.Store) {
	both := []fund.Posting{{Account: fund.Bank, Amount: euros(1)}, {Account: fund.Contributions, Amount: euros(-1)}}
	post(t, s, "demo", 1, both...)
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		return tx.Post("demo", docket.Ref{Stream: fund.AccountStream("demo", fund.Bank), Version: 1}, both)
	})
}

func balanceTooLarge(t *testing.T, s store.Store) {
	const most = int64(1<<63 - 1)
	post(t, s, "demo", 1, fund.Posting{Account: fund.Bank, Amount: money.New(most, "EUR")})
	before := dump(t, s)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		return tx.Post("demo", docket.Ref{Stream: "account/demo/bank", Version: 2}, []fund.Posting{{Account: fund.Bank, Amount: money.New(1, "EUR")}})
	})
	if err == nil {
		t.Error("it was booked: " + fmt.Sprint(dump(t, s)["balances"]))
	}
	same(t, dump(t, s), before)
}
