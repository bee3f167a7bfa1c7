package fund

import (
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Debt is what is owed on one award: its principal and interest, and what was
// paid or ordered of each, all in one currency. The zero value of an amount is
// nothing. Debts stand in the order of decision.
type Debt struct {
	Claim         string
	Category      string
	Principal     money.Amount
	Interest      money.Amount
	PaidPrincipal money.Amount
	PaidInterest  money.Amount
}

// TierSlice is a part of a debt that a tier pays.
type TierSlice struct {
	Tier     string
	Claim    string
	Interest bool
	Amount   money.Amount
}

// Distribute hands money out tier by tier, while it lasts, and answers the
// slices in the order in which they were given and what is left. A slice in
// order is never cut: the tier says whether it is passed over or ends the round.
// A rateable tier parts what there is in proportion, so that nothing is lost.
// What is owed in another currency than the money waits.
//
// The debts are those of one call; what a tier pays counts for the next one.
func Distribute(tiers []rulebook.Tier, debts []Debt, m money.Amount) ([]TierSlice, money.Amount, error) {
	d := distribution{left: m.Minor(), currency: m.Currency(), owed: make([]owed, len(debts))}
	for i, debt := range debts {
		if debt.Principal.Currency() != m.Currency() {
			continue
		}
		d.owed[i] = owed{
			unpaid: [2]int64{debt.Principal.Minor() - debt.PaidPrincipal.Minor(), debt.Interest.Minor() - debt.PaidInterest.Minor()},
			paid:   [2]int64{debt.PaidPrincipal.Minor(), debt.PaidInterest.Minor()},
		}
	}
	for i := range tiers {
		if d.left <= 0 {
			break
		}
		ended, err := d.tier(&tiers[i], debts)
		if err != nil {
			return nil, money.Amount{}, err
		}
		if ended {
			break
		}
	}
	return d.slices, money.New(d.left, d.currency), nil
}

// Together is one slice for each claim, in the order in which each got its first
// one: what several tiers give is one payment.
func Together(given []TierSlice) ([]Slice, error) {
	var slices []Slice
	at := map[string]int{}
	for _, g := range given {
		i, ok := at[g.Claim]
		if !ok {
			at[g.Claim] = len(slices)
			slices = append(slices, Slice{Claim: g.Claim, Amount: g.Amount})
			continue
		}
		sum, err := slices[i].Amount.Add(g.Amount)
		if err != nil {
			return nil, err
		}
		slices[i].Amount = sum
	}
	return slices, nil
}

// distribution is a round while it is made. Amounts are in minor units.
type distribution struct {
	left     int64
	currency money.Currency
	owed     []owed
	slices   []TierSlice
}

// owed is what is unpaid and paid of a debt: the principal, then the interest.
type owed struct{ unpaid, paid [2]int64 }

// tier runs one tier; ended is that no further tier may pay.
func (d *distribution) tier(t *rulebook.Tier, debts []Debt) (ended bool, err error) {
	part := 0
	if t.Interest {
		part = 1
	}
	for {
		due := make([]int64, len(debts))
		var sum int64
		for i := range debts {
			if t.Covers(debts[i].Category) {
				if due[i], err = d.due(t, &d.owed[i], part); err != nil {
					return false, err
				}
			}
			if sum += due[i]; sum < 0 {
				return false, &money.Error{Code: money.CodeTooLarge}
			}
		}
		if t.Rateable {
			return false, d.rateably(t, debts, due, sum, part)
		}
		progressed := false
		for i := range due {
			switch {
			case due[i] <= 0:
			case due[i] <= d.left:
				d.pay(t, debts[i].Claim, i, part, due[i])
				progressed = true
			case t.Stop == rulebook.Stop:
				return true, nil
			}
		}
		if !t.Repeat || !progressed {
			return false, nil
		}
	}
}

// due is what a tier would pay on one debt.
func (d *distribution) due(t *rulebook.Tier, o *owed, part int) (int64, error) {
	unpaid := o.unpaid[part]
	switch most, ok := t.UpTo[d.currency]; {
	case ok && t.More:
		return min(unpaid, most.Minor()), nil
	case ok:
		return max(0, min(unpaid, most.Minor()-o.paid[part])), nil
	case t.Share.IsZero():
		return unpaid, nil
	}
	share, err := money.New(unpaid, d.currency).Times(t.Share, money.Down)
	return share.Minor(), err
}

// rateably pays all that is due, or parts what there is in proportion to it.
func (d *distribution) rateably(t *rulebook.Tier, debts []Debt, due []int64, sum int64, part int) error {
	if sum > d.left {
		parts, err := money.New(d.left, d.currency).SplitBy(due)
		if err != nil {
			return err
		}
		for i := range parts {
			due[i] = parts[i].Minor()
		}
	}
	for i := range due {
		if due[i] > 0 {
			d.pay(t, debts[i].Claim, i, part, due[i])
		}
	}
	return nil
}

func (d *distribution) pay(t *rulebook.Tier, claim string, i, part int, amount int64) {
	d.left -= amount
	d.owed[i].unpaid[part] -= amount
	d.owed[i].paid[part] += amount
	d.slices = append(d.slices, TierSlice{Tier: t.ID, Claim: claim, Interest: t.Interest, Amount: money.New(amount, d.currency)})
}
