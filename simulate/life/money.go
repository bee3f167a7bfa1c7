package life

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// pays takes an order of a payment, or the bank's answer to it.
func (b *books) pays(owner, row line, c *account) {
	round, cents := row.number("round"), row.cents("amount")
	at := c.rounds[round]
	if owner.number("round") != round || cents <= 0 {
		b.broken(row, "a payment stands in its round", "%s of round %d in %s", row.fact("amount"), round, owner.ref())
		return
	}
	switch row.Kind {
	case "claim.payment_ordered.v1":
		if at != nil {
			b.broken(row, "nobody is paid twice", "a second payment in round %d", round)
			return
		}
		c.rounds[round] = &payment{cents, "ordered"}
		c.ordered += cents
		c.standing = "payable"
		if c.reported || c.outcome != "award" {
			b.broken(row, "nothing is paid that is not decided", "outcome %q, reported %t", c.outcome, c.reported)
		}
	default:
		if at == nil || at.state != "ordered" || at.cents != cents {
			b.broken(row, "nobody is paid twice", "%d cents of round %d, of which there is %+v", cents, round, at)
			return
		}
		c.ordered -= cents
		at.state, c.standing = "returned", "returned"
		if row.Kind == "claim.paid.v1" {
			c.paid += cents
			at.state, c.standing = "paid", "payable"
			if c.paid == c.award {
				c.standing = "paid"
			}
		}
	}
	if c.paid+c.ordered > c.award || c.paid < 0 || c.ordered < 0 {
		b.broken(row, "paid ≤ owed ≤ awarded", "award %d, paid %d, under way %d", c.award, c.paid, c.ordered)
	}
}

// checkRound reckons anew what a round must pay: each claim in the order of
// decision up to the slice, while the money lasts.
func (b *books) checkRound(l line) {
	slice, ok := b.w.slices[l.Edition]
	if !ok || l.Edition != b.editions[l.Programme] {
		b.broken(l, "a round pays by the edition that is open", "")
		return
	}
	var due []string
	for id, c := range b.claims {
		if c.programme == l.Programme && c.outcome == "award" && !c.reported && c.award > c.paid+c.ordered {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(x, y string) int {
		return cmp.Or(cmp.Compare(b.claims[x].instalment, b.claims[y].instalment), cmp.Compare(b.claims[x].serial, b.claims[y].serial))
	})
	hand := b.balances[l.Programme]["bank"] + b.balances[l.Programme]["transit"]
	want, total := map[string]int64{}, int64(0)
	for _, id := range due {
		c := b.claims[id]
		cents := min(c.award-c.paid-c.ordered, slice)
		if cents <= hand {
			hand -= cents
			total += cents
			want[id] = cents
		}
	}
	got := map[string]int64{}
	for _, row := range l.rows {
		got[row.id()] = row.cents("amount")
	}
	if !maps.Equal(got, want) || l.number("payments") != int64(len(want)) || l.cents("total") != total {
		b.broken(l, "a round pays what the plan says", "%d payments, %d cents in all; it should be %d and %d: %s",
			l.number("payments"), l.cents("total"), len(want), total, firstDifference(got, want))
	}
}

func firstDifference(got, want map[string]int64) string {
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if got[id] != want[id] {
			return fmt.Sprintf("claim %s gets %d instead of %d", id, got[id], want[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		if got[id] != want[id] {
			return fmt.Sprintf("claim %s gets %d instead of nothing", id, got[id])
		}
	}
	return "the entry's sum differs from its rows"
}

// book holds an entry's postings against what it says, and keeps the accounts.
func (b *books) book(l line) {
	want := map[string]int64{}
	move := func(debit, credit string, cents int64) {
		want[debit] += cents
		want[credit] -= cents
	}
	switch l.Kind {
	case "fund.contribution_received.v1":
		move("bank", "contributions", l.cents("amount"))
	case "fund.owed_booked.v1":
		b.checkOwed(l)
		move("awards", "owed", b.awardsOf(l.Programme, l.number("instalment")))
	case "fund.round_ordered.v1":
		move("owed", "transit", l.cents("total"))
	case "fund.payments_settled.v1":
		for _, row := range l.rows {
			if row.Kind == "claim.paid.v1" {
				move("transit", "bank", row.cents("amount"))
			} else {
				move("transit", "owed", row.cents("amount"))
			}
		}
	}
	got, sum := map[string]int64{}, int64(0)
	list, _ := l.Facts["postings"].([]any)
	for _, p := range list {
		posting, _ := p.(map[string]any)
		cents := centsOf(fmt.Sprint(posting["amount"]))
		got[fmt.Sprint(posting["account"])] += cents
		sum += cents
	}
	maps.DeleteFunc(want, func(_ string, cents int64) bool { return cents == 0 })
	if sum != 0 {
		b.broken(l, "the ledger sums to zero", "%d", sum)
	}
	if !maps.Equal(got, want) {
		b.broken(l, "an entry books what it says", "%v, and it should be %v", got, want)
	}
	if b.balances[l.Programme] == nil {
		b.balances[l.Programme] = map[string]int64{}
	}
	for account, cents := range got {
		b.balances[l.Programme][account] += cents
	}
	if at := b.balances[l.Programme]; at["bank"]+at["transit"] < 0 || at["owed"] > 0 || at["transit"] > 0 {
		b.broken(l, "no more is paid than there is", "%v", at)
	}
}

// checkOwed: what an instalment makes the fund owe is booked once, right after.
func (b *books) checkOwed(l line) {
	at := b.owned[fmt.Sprintf("instalment/%s/%d", l.Programme, l.number("instalment"))]
	if at == nil || !at.adopted {
		b.broken(l, "nothing is owed that is not decided", "")
	}
}

func (b *books) awardsOf(programme string, number int64) (cents int64) {
	for _, c := range b.claims {
		if c.programme == programme && c.instalment == number && c.outcome == "award" && !c.reported && c.standing != "assessed" {
			cents += c.award
		}
	}
	return cents
}

// allPaid holds the end of a life: every award of ours was paid whole, and the
// accounts say the same.
func (b *books) allPaid() {
	for _, programme := range programmes {
		var paid int64
		for id, c := range b.claims {
			if c.programme != programme || c.reported {
				continue
			}
			paid += c.paid
			if c.outcome == "award" && c.paid != c.award {
				b.w.broken("what may be done is done", fmt.Sprintf("claim %s: %d paid of %d", id, c.paid, c.award))
			}
		}
		at := b.balances[programme]
		if at["owed"] != 0 || at["transit"] != 0 || at["bank"] != -at["contributions"]-paid {
			b.w.broken("the accounts say what was paid", fmt.Sprintf("%s: paid %d, %v", programme, paid, at))
		}
	}
}
