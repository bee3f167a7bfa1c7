package press_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
)

// The tables of this file are written as a clerk would draw them: a line for
// each category and a last one of totals, x for what is withheld.

// drawn reads "name: filed recorded withdrawn" into a programme.
func drawn(table string) press.ProgrammeFigures {
	f := press.ProgrammeFigures{ID: "p", Title: "Programme"}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		var name string
		var filed, recorded, withdrawn int64
		fmt.Sscan(line, &name, &filed, &recorded, &withdrawn)
		f.Rows = append(f.Rows, press.Row{ID: name, Counts: map[press.Standing]int64{
			press.Filed: filed, press.Recorded: recorded, press.Withdrawn: withdrawn,
		}})
	}
	return f
}

// published is the same table as it goes out, the sum of each line at its end.
func published(p press.Programme) string {
	var b strings.Builder
	for _, l := range append(p.Categories, p.Total) {
		name := l.ID
		if name == "" {
			name = "total"
		}
		fmt.Fprintf(&b, "%s", name)
		for _, c := range []press.Count{
			l.Standings.Of(press.Filed), l.Standings.Of(press.Recorded), l.Standings.Of(press.Withdrawn), l.Claims,
		} {
			if n, shown := c.Number(); shown {
				fmt.Fprintf(&b, " %d", n)
			} else {
				b.WriteString(" x")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestPublish(t *testing.T) {
	for _, c := range []struct{ name, counted, published string }{
		{"nothing is small, nothing is withheld", `
homes  120  80 30
wounds  40  35  5`, `
homes 120 80 30 230
wounds 40 35 5 80
total 160 115 35 310`},
		{"a count of 0 is shown", `
homes  120  80 30
wounds  40   0  5`, `
homes 120 80 30 230
wounds 40 0 5 45
total 160 80 35 275`},
		{"one small count takes three others along: its line, its column and the corner between them", `
homes  120  80 30
wounds  40  35  3`, `
homes x 80 x 230
wounds x 35 x 78
total 160 115 33 308`},
		{"of several the smallest category is taken along", `
homes  120  80 30
cars    50  60 20
wounds  40  35  3`, `
homes 120 80 30 230
cars x 60 x 130
wounds x 35 x 78
total 210 175 53 438`},
		{"two small ones that would tell each other are covered by a third", `
homes  120  80 30
wounds   1  35  1`, `
homes x x x 230
wounds x x x 37
total 121 115 31 267`},
		{"a programme of three claims shows where there are none", `
homes  2 0 0
wounds 1 0 0`, `
homes x 0 0 x
wounds x 0 0 x
total x 0 0 x`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := published(publishOne(t, drawn(c.counted))); got != strings.TrimSpace(c.published)+"\n" {
				t.Errorf("published\n%swant%s", got, c.published)
			}
		})
	}
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// paidRow is a category in which all awards are 1,000.00 EUR.
func paidRow(id string, awaiting, paid, dismissed int64) press.Row {
	return press.Row{
		ID: id, Counts: map[press.Standing]int64{press.Decided: awaiting + dismissed, press.Paid: paid},
		Own: press.Outcomes{
			Awards: awaiting + paid, Dismissals: dismissed,
			Awarded: []press.Sum{{Claims: awaiting + paid, Amount: eur((awaiting + paid) * 100_000)}},
		},
		Paid: []press.Sum{{Claims: paid, Amount: eur(paid * 100_000)}},
		Owed: []press.Sum{{Claims: awaiting, Amount: eur(awaiting * 100_000)}},
	}
}

func funded(rows ...press.Row) press.ProgrammeFigures {
	return press.ProgrammeFigures{
		ID: "p", Currencies: []money.Currency{"EUR"}, Rows: rows,
		In: []money.Amount{eur(90_000_000)}, Left: []money.Amount{eur(20_000_000)},
	}
}

// TestFewPaidWithholdsWhatIsLeft: money in less money left is money paid.
func TestFewPaidWithholdsWhatIsLeft(t *testing.T) {
	p := publishOne(t, funded(paidRow("homes", 60, 3, 9)))
	fund := p.Funds[0]
	if fund.In.Withheld() || !fund.Paid.Withheld() || !fund.Left.Withheld() {
		t.Errorf("%+v", fund)
	}
	p = publishOne(t, funded(paidRow("homes", 60, 300, 9)))
	if left, shown := p.Funds[0].Left.Money(); !shown || left != eur(20_000_000) {
		t.Errorf("left: %v", left)
	}
}

// TestFewUnpaidAreNotToldBySubtraction: what is awarded less what is paid is
// owed, to two people.
func TestFewUnpaidAreNotToldBySubtraction(t *testing.T) {
	p := publishOne(t, funded(paidRow("homes", 2, 300, 9), paidRow("cars", 40, 500, 12)))
	own := p.Categories[0].Own
	if !own.Owed.In("EUR").Withheld() || !(own.Paid.In("EUR").Withheld() || own.Awarded.In("EUR").Withheld()) {
		t.Errorf("%+v", own)
	}
}

// TestOneProgrammeWithheldWithholdsTheSum: the others would be taken from it.
func TestOneProgrammeWithheldWithholdsTheSum(t *testing.T) {
	small, large := drawn("homes 1 1 1"), drawn("homes 10 20 30")
	small.ID = "small"
	p, err := press.Publish(press.Figures{Programmes: []press.ProgrammeFigures{large, small}})
	if err != nil || !p.Claims.Withheld() || p.Programmes[0].Total.Claims.Withheld() {
		t.Errorf("%v, %+v", err, p.Claims)
	}
	if p, err = press.Publish(press.Figures{Programmes: []press.ProgrammeFigures{large}}); err != nil || p.Claims != press.Shown(60) {
		t.Errorf("%v, %+v", err, p.Claims)
	}
}

func TestUnsoundFiguresAreNotPublished(t *testing.T) {
	sound := func() press.ProgrammeFigures {
		return funded(paidRow("homes", 60, 300, 9), paidRow("cars", 60, 300, 9))
	}
	for _, c := range []struct {
		code  string
		spoil func(*press.ProgrammeFigures)
	}{
		{"press.outcomes-disagree", func(f *press.ProgrammeFigures) { f.Rows[0].Own.Awards++ }},
		{"press.outcomes-disagree", func(f *press.ProgrammeFigures) { f.Rows[0].Counts[press.Decided]-- }},
		{"press.outcomes-disagree", func(f *press.ProgrammeFigures) { f.Rows[0].Own.Awards = 12 }},
		{"press.below-nothing", func(f *press.ProgrammeFigures) { f.Rows[0].Counts[press.Filed] = -1 }},
		{"press.unknown-standing", func(f *press.ProgrammeFigures) { f.Rows[0].Counts["lost"] = 7 }},
		{"press.sums-disagree", func(f *press.ProgrammeFigures) { f.Rows[0].Paid[0].Amount = eur(1) }},
		{"press.sums-disagree", func(f *press.ProgrammeFigures) { f.Rows[0].Owed[0].Claims = 0 }},
		{"press.sums-disagree", func(f *press.ProgrammeFigures) { f.Rows[0].Own.Awarded[0].Claims = 9999 }},
		{"press.named-twice", func(f *press.ProgrammeFigures) { f.Rows[1].ID = "homes" }},
		{"press.named-twice", func(f *press.ProgrammeFigures) { f.In = append(f.In, eur(5)) }},
		{"press.named-twice", func(f *press.ProgrammeFigures) { f.Currencies = append(f.Currencies, "EUR") }},
		{"press.other-currency", func(f *press.ProgrammeFigures) { f.Left = []money.Amount{money.New(1, "USD")} }},
		{"press.too-large", func(f *press.ProgrammeFigures) { f.Rows[0].Counts[press.Filed] = 1 << 62 }},
	} {
		f := sound()
		c.spoil(&f)
		_, err := press.Publish(press.Figures{Programmes: []press.ProgrammeFigures{f}})
		if fault.Code(err) != c.code || !fault.Is(err, fault.Unsound) {
			t.Errorf("want %s, got %v", c.code, err)
		}
	}
	if _, err := press.Publish(press.Figures{Programmes: []press.ProgrammeFigures{sound(), sound()}}); fault.Code(err) != "press.named-twice" {
		t.Errorf("two programmes of one id: %v", err)
	}
}

// TestPublishedAsJSON: null is withheld, amounts are text.
func TestPublishedAsJSON(t *testing.T) {
	got, err := json.Marshal(publishOne(t, funded(paidRow("homes", 60, 3, 9))).Categories[0].Own)
	want := `{"awards":63,"dismissals":9,"awarded":{"EUR":"63000.00"},"paid":{"EUR":null},"owed":{"EUR":null}}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\n%s", err, got, want)
	}
}
