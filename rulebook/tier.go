package rulebook

import (
	"slices"

	"github.com/openchancery/chancery/money"
)

// Tier is one step of a payment plan: who gets how much before the next tier
// begins.
type Tier struct {
	ID         string
	Basis      string
	Categories []string                        // none named is all
	AwardsTo   map[money.Currency]money.Amount // only awards of at most this; nil for all
	Interest   bool                            // it pays interest; otherwise the principal
	UpTo       map[money.Currency]money.Amount
	More       bool         // UpTo comes on top of what the tiers before give; otherwise it counts it
	Share      money.Factor // of what the tiers before leave; no factor is all of it
	Rateable   bool         // where money is short, all get the same proportion; otherwise each in the order of decision
	Repeat     bool
	Stop       StopRule // of a tier in order
}

// Covers reports whether the tier pays awards of a category and size.
func (t *Tier) Covers(category string, award money.Amount) bool {
	if len(t.Categories) > 0 && !slices.Contains(t.Categories, category) {
		return false
	}
	if t.AwardsTo == nil {
		return true
	}
	over, err := award.Compare(t.AwardsTo[award.Currency()])
	return err == nil && over <= 0
}

func (d *decoder) tiers(n *node, plan StopRule) []Tier {
	var all []Tier
	first := map[string]*node{}
	for _, item := range n.list() {
		t := Tier{
			ID: item.get("id").str(), Basis: item.get("basis").str(), Categories: item.get("categories").strs(),
			Interest: item.get("of").str() == "interest", More: item.get("counts").str() == "more",
			Rateable: item.get("spread").str() == "rateable", Repeat: item.get("repeat").truth(), Stop: plan,
		}
		d.once(item.get("id"), first)
		if stop := item.get("stop"); stop != nil {
			t.Stop = StopRule(stop.str())
		}
		if upTo := item.get("up_to"); upTo != nil && upTo.kind == mapNode {
			t.UpTo = d.sums(upTo)
		}
		if awards := item.get("awards_to"); awards != nil && awards.kind == mapNode {
			t.AwardsTo = d.sums(awards)
		}
		if share := item.get("share"); share != nil {
			t.Share, _ = money.ParseFactor(share.str())
		}
		switch {
		case t.UpTo != nil && item.get("share") != nil:
			d.say(item, "not-exactly-one", "up_to, share", "there", "up_to, share")
		case t.Repeat && t.UpTo == nil:
			d.say(item.get("repeat"), "needs-key", "up_to", "key", "repeat")
		case t.Repeat && t.Rateable:
			d.say(item.get("repeat"), "tier-rateable-repeats", "in-order")
		case t.UpTo == nil && item.get("counts") != nil:
			d.say(item.get("counts"), "needs-key", "up_to", "key", "counts")
		}
		t.More = t.More || t.Repeat
		all = append(all, t)
	}
	return all
}

// sums reads an amount by currency.
func (d *decoder) sums(n *node) map[money.Currency]money.Amount {
	sums := make(map[money.Currency]money.Amount, len(n.keys))
	for i, k := range n.keys {
		a := d.sum(&node{
			kind: textNode, text: n.items[i].str() + " " + k.text,
			line: n.items[i].line, column: n.items[i].column, path: n.items[i].path,
		})
		if !a.IsZero() {
			sums[a.Currency()] = a
		}
	}
	return sums
}

func (c *checker) checkTiers() {
	categories := c.ids("categories")
	for _, n := range c.root.get("payment").get("tiers").list() {
		c.checkRuleCategories(n, categories)
		for _, amounts := range []*node{n.get("up_to"), n.get("awards_to")} {
			if amounts == nil || amounts.kind != mapNode {
				continue
			}
			for _, k := range amounts.keys {
				c.ofProgramme(k, money.Currency(k.text))
			}
		}
	}
}
