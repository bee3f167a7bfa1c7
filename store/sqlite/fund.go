package sqlite

import (
	"fmt"
	"iter"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

func scanRound(s scanner) (fund.Round, error) {
	var r fund.Round
	var ordered string
	if err := s.Scan(&r.Programme, &r.Number, &r.Version, &r.Payments, &ordered, &r.Paid, &r.Returned); err != nil {
		return fund.Round{}, err
	}
	return r, r.Ordered.UnmarshalText([]byte(ordered))
}

func (r *reader) Round(programme string, number int64) (fund.Round, error) {
	return one(r, scanRound, `SELECT programme, number, version, payments, ordered, paid, returned
		FROM rounds WHERE programme = ? AND number = ?`, programme, number)
}

func (r *reader) LastRound(programme string) (int64, error) {
	return one(r, value[int64], "SELECT coalesce(max(number), 0) FROM rounds WHERE programme = ?", programme)
}

func scanPayment(s scanner) (store.Payment, error) {
	var p store.Payment
	var amount string
	if err := s.Scan(&p.Claim, &p.Programme, &p.Round, &amount, &p.State); err != nil {
		return store.Payment{}, err
	}
	return p, p.Amount.UnmarshalText([]byte(amount))
}

func (r *reader) Payments(programme string, round int64, state store.PaymentState) iter.Seq2[store.Payment, error] {
	return each(r, scanPayment, `SELECT claim_id, programme, round, amount, state FROM payments
		WHERE programme = ? AND round = ? AND state = ? ORDER BY claim_id`, programme, round, string(state))
}

func (r *reader) Balances(programme string) (map[fund.Account]money.Totals, error) {
	balances := map[fund.Account]money.Totals{}
	for sum, err := range each(r, scanBalance, `SELECT account, currency, sum(minor) FROM balances
			WHERE ?1 = '' OR programme = ?1 GROUP BY account, currency`, programme) {
		if err != nil {
			return nil, fmt.Errorf("read balances: %w", err)
		}
		if balances[sum.account] == nil {
			balances[sum.account] = money.Totals{}
		}
		balances[sum.account][sum.currency] = sum.minor
	}
	return balances, nil
}

// balance is the balance of one account in one currency.
type balance struct {
	account  fund.Account
	currency money.Currency
	minor    int64
}

func scanBalance(s scanner) (balance, error) {
	var b balance
	err := s.Scan(&b.account, &b.currency, &b.minor)
	return b, err
}

func (t *tx) PutRound(r fund.Round) error {
	return t.put("rounds", "programme, number, version, payments, ordered, paid, returned",
		r.Programme, r.Number, int64(r.Version), r.Payments, r.Ordered.String(), r.Paid, r.Returned)
}

func (t *tx) PutPayments(payments []store.Payment) error {
	_, err := t.write("INSERT OR FAIL INTO payments (claim_id, programme, round, amount, state) VALUES ",
		" ON CONFLICT (claim_id, programme, round) DO UPDATE SET state = excluded.state", 5, len(payments), func(i int, to []any) []any {
			p := &payments[i]
			return append(to, string(p.Claim), p.Programme, p.Round, p.Amount.String(), string(p.State))
		})
	if err != nil {
		return fmt.Errorf("write payments: %w", err)
	}
	return nil
}

func (t *tx) Post(programme string, ref docket.Ref, postings []fund.Posting) error {
	if err := t.insert("postings (stream, version, line, programme, account, currency, minor)", 7, len(postings), func(i int, to []any) []any {
		p := &postings[i]
		return append(to, string(ref.Stream), int64(ref.Version), i+1, programme, string(p.Account), string(p.Amount.Currency()), p.Amount.Minor())
	}); err != nil {
		return fmt.Errorf("post entry %s: %w", ref, err)
	}
	_, err := t.write("INSERT OR FAIL INTO balances (programme, account, currency, minor) VALUES ",
		" ON CONFLICT (programme, account, currency) DO UPDATE SET minor = minor + excluded.minor", 4, len(postings), func(i int, to []any) []any {
			p := &postings[i]
			return append(to, programme, string(p.Account), string(p.Amount.Currency()), p.Amount.Minor())
		})
	if err != nil {
		return fmt.Errorf("bring balances up to date: %w", err)
	}
	return nil
}
