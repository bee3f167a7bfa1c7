package postgres

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

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
		FROM rounds WHERE programme = $1 AND number = $2`, programme, number)
}

func (r *reader) LastRound(programme string) (int64, error) {
	return one(r, value[int64], "SELECT coalesce(max(number), 0) FROM rounds WHERE programme = $1", programme)
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
	return each(r, paged[store.Payment]{
		text: `SELECT claim_id, programme, round, amount, state FROM payments
			WHERE programme = $1 AND round = $2 AND state = $3 AND claim_id > $4 ORDER BY claim_id LIMIT $5`,
		args: []any{programme, round, string(state)}, key: []any{""}, of: func(p store.Payment) []any { return []any{string(p.Claim)} }, scan: scanPayment,
	})
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

func (r *reader) Balances(programme string) (map[fund.Account]money.Totals, error) {
	sums, err := all(r, scanBalance, `SELECT account, currency, sum(minor)::bigint FROM balances
		WHERE $1 = '' OR programme = $1 GROUP BY account, currency`, programme)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	balances := map[fund.Account]money.Totals{}
	for _, sum := range sums {
		if balances[sum.account] == nil {
			balances[sum.account] = money.Totals{}
		}
		balances[sum.account][sum.currency] = sum.minor
	}
	return balances, nil
}

var putRound = put("rounds", "programme, number, version, payments, ordered, paid, returned", 2)

func (t *tx) PutRound(r fund.Round) error {
	return t.put(putRound, r.Programme, r.Number, int64(r.Version), r.Payments, r.Ordered.String(), r.Paid, r.Returned)
}

var putPayments = change{
	one: "INSERT INTO payments (claim_id, programme, round, amount, state) VALUES (" + marks(1, 5) + `)
		ON CONFLICT (claim_id, programme, round) DO UPDATE SET state = excluded.state`,
	many: `INSERT INTO payments (claim_id, programme, round, amount, state) SELECT * FROM VALUES
		ON CONFLICT (claim_id, programme, round) DO UPDATE SET state = excluded.state`,
	columns: 5,
}

func (t *tx) PutPayments(payments []store.Payment) error {
	err := t.write(putPayments, len(payments), func(i int, to []any) []any {
		p := &payments[i]
		return append(to, string(p.Claim), p.Programme, p.Round, p.Amount.String(), string(p.State))
	})
	if err != nil {
		return fmt.Errorf("write payments: %w", err)
	}
	return nil
}

var intoPostings = intoTable("postings", "stream, version, line, programme, account, currency, minor")

const addToBalance = `INSERT INTO balances (programme, account, currency, minor) VALUES ($1, $2, $3, $4)
	ON CONFLICT (programme, account, currency) DO UPDATE SET minor = balances.minor + excluded.minor`

func (t *tx) Post(programme string, ref docket.Ref, postings []fund.Posting) error {
	if err := t.insert(intoPostings, len(postings), func(i int, to []any) []any {
		p := &postings[i]
		return append(to, string(ref.Stream), int64(ref.Version), int64(i+1), programme, string(p.Account), string(p.Amount.Currency()), p.Amount.Minor())
	}); err != nil {
		return fmt.Errorf("post entry %s: %w", ref, err)
	}
	// One statement would meet the same balance twice; and acts that take the
	// accounts in one order don't wait for each other in a ring.
	ordered := slices.SortedStableFunc(slices.Values(postings), func(a, b fund.Posting) int { return cmp.Compare(a.Account, b.Account) })
	for _, p := range ordered {
		t.queue(addToBalance, []any{programme, string(p.Account), string(p.Amount.Currency()), p.Amount.Minor()})
	}
	return t.failed
}
