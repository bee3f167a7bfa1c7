package fund

import (
	"cmp"
	"slices"

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
	Rateable bool // it is a share of what a tier parted among all of its debts
	Amount   money.Amount
}

// Distribute hands money out tier by tier, while it lasts, and answers the
// slices in the order in which they were given and what is left. A slice in
// order is never cut: the tier says whether it is passed over or ends the round.
// A rateable tier parts what there is in proportion, so that nothing is lost.
// What is owed in another currency than the money waits. What is unpaid in one
// rateable tier must fit into an int64 of minor units together.
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

// Begin is what of the slices one act may pay, where it takes so many claims at
// most: all up to the first claim too many, and the rest waits for the next
// round, which goes on there. What a rateable tier parts is paid whole or not
// at all; nothing is left where it alone is too much.
func Begin(given []TierSlice, most int) []TierSlice {
	seen := map[string]bool{}
	whole := 0 // how many come before the tier that is looked at
	for i, g := range given {
		if i > 0 && g.Tier != given[i-1].Tier {
			whole = i
		}
		if seen[g.Claim] = true; len(seen) <= most {
			continue
		}
		if g.Rateable {
			return given[:whole]
		}
		return given[:i]
	}
	return given
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

// owed is what is unpaid and paid of a debt: the principal, then the interest;
// and how far the tiers so far bring it.
type owed struct{ unpaid, paid, reached [2]int64 }

// due is what a tier would pay on one debt.
type due struct {
	debt   int // its place among the debts
	amount int64
}

// tier runs one tier; ended is that no further tier may pay.
func (d *distribution) tier(t *rulebook.Tier, debts []Debt) (ended bool, err error) {
	part := 0
	if t.Interest {
		part = 1
	}
	var open []due
	for i := range debts {
		if d.owed[i].none() || !t.Covers(debts[i].Category, debts[i].Principal) {
			continue
		}
		amount, err := d.due(t, &d.owed[i], part)
		if err != nil {
			return false, err
		}
		if amount > 0 {
			open = append(open, due{i, amount})
		}
	}
	switch {
	case t.Rateable:
		return false, d.rateably(t, debts, open, part)
	case t.Repeat:
		return d.again(t, debts, open, part), nil
	}
	short := d.inOrder(t, debts, open, part)
	return short && t.Stop == rulebook.Stop, nil
}

// none reports that nothing was ever owed: it is in another currency.
func (o *owed) none() bool { return *o == owed{} }

// due is how much a tier brings a debt further than it is. How far that is
// follows from the debt and the tiers before, not from what a round paid: the
// next round goes on where this one ends.
func (d *distribution) due(t *rulebook.Tier, o *owed, part int) (int64, error) {
	whole, before := o.unpaid[part]+o.paid[part], o.reached[part]
	most, limited := t.UpTo[d.currency]
	switch {
	case t.UpTo != nil && !limited:
		return 0, nil // a tier for other money
	case t.Repeat || !limited && t.Share.IsZero():
		o.reached[part] = whole
	case limited && t.More:
		o.reached[part] = before + min(whole-before, most.Minor())
	case limited:
		o.reached[part] = max(before, min(whole, most.Minor()))
	default:
		share, err := money.New(whole-before, d.currency).Times(t.Share, money.Down)
		if err != nil {
			return 0, err
		}
		o.reached[part] = before + share.Minor()
	}
	return max(0, o.reached[part]-o.paid[part]), nil
}

// inOrder pays each slice that the money covers; short is that it didn't cover
// one, at which the tier says whether to go on.
func (d *distribution) inOrder(t *rulebook.Tier, debts []Debt, open []due, part int) (short bool) {
	for _, o := range open {
		if o.amount <= d.left {
			d.pay(t, debts[o.debt].Claim, o.debt, part, o.amount)
			continue
		}
		short = true
		if t.Stop == rulebook.Stop {
			break
		}
	}
	return short
}

// again pays slices, everybody one before anybody two. As many as all can take
// whole, with the money there is, are given at once: a slice of a cent must not
// take an age.
func (d *distribution) again(t *rulebook.Tier, debts []Debt, open []due, part int) (ended bool) {
	slice := t.UpTo[d.currency].Minor()
	for len(open) > 0 {
		times := d.left / slice / int64(len(open))
		for _, o := range open {
			times = min(times, o.amount/slice)
		}
		round := open
		if times > 1 { // the last of them is left to the order
			round = make([]due, len(open))
			for i := range open {
				round[i] = due{open[i].debt, (times - 1) * slice}
			}
			d.inOrder(t, debts, round, part)
		}
		round = make([]due, len(open))
		for i, o := range open {
			round[i] = due{o.debt, min(slice, d.owed[o.debt].unpaid[part])}
		}
		before := d.left
		if short := d.inOrder(t, debts, round, part); short && t.Stop == rulebook.Stop {
			return true
		}
		if d.left == before {
			return false
		}
		next := make([]due, 0, len(open))
		for _, o := range open {
			if o.amount = d.owed[o.debt].unpaid[part]; o.amount > 0 {
				next = append(next, o)
			}
		}
		open = next
	}
	return false
}

// rateably pays all that is due, or parts what there is in proportion to it.
// Equal remainders go by claim, so that the order of the debts doesn't count.
func (d *distribution) rateably(t *rulebook.Tier, debts []Debt, open []due, part int) error {
	short, rest := false, d.left
	for _, o := range open {
		if short = o.amount > rest; short {
			break
		}
		rest -= o.amount
	}
	if short {
		byClaim := slices.Clone(open)
		slices.SortFunc(byClaim, func(a, b due) int { return cmp.Compare(debts[a.debt].Claim, debts[b.debt].Claim) })
		weights := make([]int64, len(byClaim))
		for i, o := range byClaim {
			weights[i] = o.amount
		}
		parts, err := money.New(d.left, d.currency).SplitBy(weights)
		if err != nil {
			return err
		}
		for i := range byClaim {
			byClaim[i].amount = parts[i].Minor()
		}
		slices.SortFunc(byClaim, func(a, b due) int { return cmp.Compare(a.debt, b.debt) })
		open = byClaim
	}
	for _, o := range open {
		if o.amount > 0 {
			d.pay(t, debts[o.debt].Claim, o.debt, part, o.amount)
		}
	}
	return nil
}

func (d *distribution) pay(t *rulebook.Tier, claim string, i, part int, amount int64) {
	d.left -= amount
	d.owed[i].unpaid[part] -= amount
	d.owed[i].paid[part] += amount
	d.slices = append(d.slices, TierSlice{Tier: t.ID, Claim: claim, Interest: t.Interest, Rateable: t.Rateable, Amount: money.New(amount, d.currency)})
}
