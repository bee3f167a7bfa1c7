package life

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
)

// public are the answers of the demo's form that may stand in the clear.
var public = []string{"signed", "incident_date", "place", "family", "nights_away", "injured", "claimed"}

// fileClaim begins a claim.
func (b *books) fileClaim(owner, row line) {
	c := &account{
		programme: owner.Programme, category: row.fact("category"), standing: "filed", version: 1,
		received: row.fact("received"), facts: map[string]string{}, rounds: map[int64]*payment{},
	}
	b.answers(row, c)
	b.claims[row.id()] = c
}

// answers takes public answers, and sees that they are public.
func (b *books) answers(row line, c *account) {
	list, _ := row.Facts["answers"].(map[string]any)
	for field, v := range list {
		if !slices.Contains(public, field) {
			b.broken(row, "nothing secret in a leaf", "an answer to %s", field)
		}
		c.facts[field] = fmt.Sprint(v)
	}
}

// registers takes what the register, the claimant and who keeps the data do.
func (b *books) registers(owner, row line, c *account) {
	switch row.Kind {
	case "claim.found_deficient.v1":
		b.finding(row, c, "deficient")
		c.standing = "deficient"
	case "claim.deficiency_answered.v1":
		b.answers(row, c)
		c.standing = "filed"
	case "claim.recorded.v1":
		b.finding(row, c, "record")
		b.numbered(owner, row, c)
		c.standing = "recorded"
	case "claim.refused.v1":
		b.finding(row, c, "refuse "+row.fact("ground"))
		c.standing = "refused"
	case "claim.withdrawn.v1":
		c.standing = "withdrawn"
	case "claim.outcome_reported.v1":
		c.reported, c.standing, c.outcome, c.award = true, row.fact("standing"), row.fact("outcome"), row.cents("award")
		if row.fact("number") != "" {
			b.numbered(owner, row, c)
		}
	case "claim.held.v1":
		c.holds = append(c.holds, row.fact("ground"))
	case "claim.released.v1":
		if !slices.Contains(c.holds, row.fact("ground")) {
			b.broken(row, "a hold ends once", "")
		}
		c.holds = slices.DeleteFunc(c.holds, func(g string) bool { return g == row.fact("ground") })
	case "claim.erased.v1":
		b.erases(owner, row, c)
	}
}

func (b *books) numbered(owner, row line, c *account) {
	number := row.fact("number")
	if other, ok := b.numbers[number]; ok {
		b.broken(row, "a number is given once", "%s is that of %s too", number, other)
	}
	prefix := map[string]string{"demo": "HF-", "quay": "QY-"}[owner.Programme]
	serial, err := strconv.ParseInt(strings.TrimPrefix(number, prefix), 10, 64)
	if err != nil || !strings.HasPrefix(number, prefix) {
		b.broken(row, "a number is given once", "%s is none of %s", number, owner.Programme)
	}
	b.numbers[number], c.number, c.serial = row.id(), number, serial
}

// erases: nobody is erased who is owed, waits for a decision, or is held; and
// the keys are gone a month after at most.
func (b *books) erases(owner, row line, c *account) {
	open := slices.Contains([]string{"filed", "deficient", "recorded", "assessed"}, c.standing) && !c.reported
	due := c.award - c.paid
	if c.reported || c.outcome != "award" {
		due = 0
	}
	if open || due != 0 || c.ordered != 0 || len(c.holds) > 0 || c.erased {
		b.broken(row, "nobody is erased who is wronged by it", "%s, due %d, under way %d, held on %v", c.standing, due, c.ordered, c.holds)
	}
	at, err := time.Parse("2006-01-02T15:04:05.000Z", owner.Instant)
	day := max(owner.Day, at.Format(time.DateOnly))
	gone, goneErr := time.Parse(time.DateOnly, day)
	if want := gone.AddDate(0, 0, 31).Format(time.DateOnly); err != nil || goneErr != nil || row.fact("keys_gone_by") != want {
		b.broken(row, "no deadline is early or late", "keys gone by %s, and it should be %s", row.fact("keys_gone_by"), want)
	}
	c.erased = true
}

// finding holds the register's answer against the demo's rules, as its text
// says them.
func (b *books) finding(row line, c *account, got string) {
	want := "record"
	date := c.facts["incident_date"]
	switch {
	case c.facts["signed"] != "true", c.category == "c-belongings" && c.facts["claimed"] == "":
		want = "deficient"
	case date < "2019-11-03" || date > "2019-11-17":
		want = "refuse outside-period"
	case c.facts["place"] == "elsewhere":
		want = "refuse outside-territory"
	case c.received > "2021-06-30":
		want = "refuse filed-late"
	}
	if got != want {
		b.broken(row, "the register answers as the rulebook says", "%s, and it should be %s (received %s, %v)", got, want, c.received, c.facts)
	}
}

// decides takes a proposal, or its adoption.
func (b *books) decides(owner, row line, c *account) {
	if owner.Kind != "commission.instalment_proposed.v1" && owner.Kind != "commission.instalment_adopted.v1" || owner.number("instalment") != row.number("instalment") {
		b.broken(row, "a claim is decided in its instalment", "in %s", owner.ref())
	}
	if row.Kind == "claim.assessed.v1" {
		if c.reported || c.instalment != 0 {
			b.broken(row, "no claim in two instalments", "reported %t, instalment %d", c.reported, c.instalment)
		}
		c.standing, c.instalment, c.proposed = "assessed", row.number("instalment"), row
		b.valued(row, c)
		return
	}
	if c.instalment != row.number("instalment") {
		b.broken(row, "no claim in two instalments", "%d and %d", c.instalment, row.number("instalment"))
	}
	for _, fact := range []string{"outcome", "award", "ground", "rule"} {
		if row.fact(fact) != c.proposed.fact(fact) {
			b.broken(row, "what is decided was proposed", "%s: %s, proposed was %s", fact, row.fact(fact), c.proposed.fact(fact))
		}
	}
	c.standing, c.outcome, c.award = "decided", row.fact("outcome"), row.cents("award")
}

// valued holds a proposed outcome against the demo's rules and what the
// claimant told.
func (b *books) valued(row line, c *account) {
	told := b.w.told(claim.ID(row.id()))
	if told == nil {
		return // nobody was told what became of the filing
	}
	got := row.fact("outcome") + " " + row.fact("award") + row.fact("ground")
	if want := worth(c, told); got != want {
		b.broken(row, "the commission values as the rulebook says", "%q, and it should be %q", got, want)
	}
}

func worth(c *account, told map[string]string) string {
	number := func(field string) int64 {
		n, _ := strconv.ParseInt(c.facts[field], 10, 64)
		return n
	}
	award := func(cents int64) string { return fmt.Sprintf("award %d.%02d EUR", cents/100, cents%100) }
	family := c.facts["family"] == "true"
	switch {
	case c.category == "a-departure" && number("nights_away") < 1:
		return "dismissal no-departure"
	case c.category == "a-departure" && family:
		return award(500000)
	case c.category == "a-departure":
		return award(250000)
	case c.category == "b-injury" && number("injured") < 1:
		return "dismissal no-injury"
	case c.category == "b-injury" && told["medical_record"] != "true":
		return "dismissal injury-not-shown"
	case c.category == "b-injury" && family:
		return award(min(250000*number("injured"), 1000000))
	case c.category == "b-injury":
		return award(250000)
	case centsOf(c.facts["claimed"]) == 0:
		return "dismissal nothing-claimed"
	case told["proof"] == "" || told["proof"] == "none":
		return "dismissal loss-not-shown"
	}
	return award(min(centsOf(c.facts["claimed"]), 10_000_000))
}

// told is what a claimant told; nil where nobody knows whose claim it is.
func (w *world) told(id claim.ID) map[string]string {
	for _, f := range w.claims {
		if f.id == id {
			return f.filing.Answers
		}
	}
	return nil
}
