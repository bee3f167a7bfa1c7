package press_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
)

// drawRow draws a category: mostly empty and small cells, some large.
func drawRow(t *rapid.T, id string, currencies []money.Currency) press.Row {
	size := rapid.SampledFrom([]int64{0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 9, 40, 1300})
	draw := func(name string) int64 { return size.Draw(t, id+" "+name) }
	r := press.Row{ID: id, Title: "Category " + id, Counts: map[press.Standing]int64{}}
	few := rapid.IntRange(1, len(press.Standings())).Draw(t, id+" standings")
	for _, s := range press.Standings()[:few] {
		if s != press.Decided {
			r.Counts[s] = draw(string(s))
		}
	}
	awaiting := draw("awaiting")
	r.Own = press.Outcomes{
		Awards:     awaiting + r.Counts[press.Payable] + r.Counts[press.Paid] + r.Counts[press.Returned],
		Dismissals: draw("dismissed"),
	}
	r.Reported = press.Outcomes{Awards: draw("reported awards"), Dismissals: draw("reported dismissals")}
	r.Counts[press.Decided] = awaiting + r.Own.Dismissals + r.Reported.Awards + r.Reported.Dismissals
	for _, c := range currencies {
		drawSums(t, &r, c, int64(len(currencies)))
	}
	return r
}

// drawSums draws the amounts of one currency, in which part of the awards are.
func drawSums(t *rapid.T, r *press.Row, c money.Currency, parts int64) {
	each := rapid.SampledFrom([]int64{1, 300, 15_000, 2_000_000})
	sum := func(claims int64, name string) press.Sum {
		if claims == 0 {
			return press.Sum{Amount: money.New(0, c)}
		}
		return press.Sum{Claims: claims, Amount: money.New(claims*each.Draw(t, name)+rapid.Int64Range(0, 99).Draw(t, name+" cents"), c)}
	}
	own := r.Own.Awards / parts
	paid := sum(min(own, r.Counts[press.Paid]), "paid")
	owed := sum(own-paid.Claims, "owed")
	all, _ := paid.Amount.Add(owed.Amount)
	r.Paid, r.Owed = append(r.Paid, paid), append(r.Owed, owed)
	r.Own.Awarded = append(r.Own.Awarded, press.Sum{Claims: own, Amount: all})
	r.Reported.Awarded = append(r.Reported.Awarded, sum(r.Reported.Awards/parts, "reported"))
}

func drawProgramme(t *rapid.T) press.ProgrammeFigures {
	f := press.ProgrammeFigures{ID: "p", Title: "Programme", Currencies: []money.Currency{"EUR"}}
	if rapid.Bool().Draw(t, "two currencies") {
		f.Currencies = append(f.Currencies, "USD")
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "categories") {
		f.Rows = append(f.Rows, drawRow(t, fmt.Sprint(i), f.Currencies))
	}
	for _, c := range f.Currencies {
		paid := int64(0)
		for _, r := range f.Rows {
			for _, s := range r.Paid {
				if s.Amount.Currency() == c {
					paid += s.Amount.Minor()
				}
			}
		}
		f.In = append(f.In, money.New(paid+700_000, c))
		f.Left = append(f.Left, money.New(700_000, c))
	}
	return f
}

// truth is every cell as it was counted, by the name it has in a puzzle, with
// the claims behind it and the number of cells that make it up.
type truth map[string]cell

type cell struct{ value, claims, parts int64 }

func (tr truth) add(line int, name string, value, claims int64) {
	for _, key := range []string{fmt.Sprint(line), "total"} {
		c := tr[key+"/"+name]
		c.value, c.claims = c.value+value, c.claims+claims
		if claims > 0 {
			c.parts++
		}
		tr[key+"/"+name] = c
	}
}

func truthOf(f press.ProgrammeFigures, currency money.Currency) (counts, amounts truth) {
	counts, amounts = truth{}, truth{}
	for i, r := range f.Rows {
		single := map[string]int64{
			"dismissed": r.Own.Dismissals, "reported": r.Reported.Awards, "rdismissed": r.Reported.Dismissals,
			"awaiting": r.Own.Awards - r.Counts[press.Payable] - r.Counts[press.Paid] - r.Counts[press.Returned],
		}
		for _, s := range press.Standings() {
			if s != press.Decided {
				single[string(s)] = r.Counts[s]
			}
		}
		for name, n := range single {
			counts.add(i, name, n, n)
			counts.add(i, "claims", n, n)
			switch name {
			case "awaiting", "payable", "paid", "returned":
				counts.add(i, "own", n, n)
			}
			switch name {
			case "awaiting", "dismissed", "reported", "rdismissed":
				counts.add(i, "decided", n, n)
			}
		}
		for name, sums := range map[string][]press.Sum{"awarded": r.Own.Awarded, "paid": r.Paid, "owed": r.Owed, "reported": r.Reported.Awarded} {
			for _, s := range sums {
				if s.Amount.Currency() == currency {
					amounts.add(i, name, s.Amount.Minor(), s.Claims)
				}
			}
		}
	}
	return counts, amounts
}

// terms are all cells of a published programme by name.
func terms(p press.Programme, c money.Currency) (counts, amounts []term) {
	line := func(l press.Line, key string) {
		counts = append(counts, count(key+"/claims", l.Claims), count(key+"/own", l.Own.Awards),
			count(key+"/dismissed", l.Own.Dismissals), count(key+"/reported", l.Reported.Awards), count(key+"/rdismissed", l.Reported.Dismissals))
		for _, s := range l.Standings {
			counts = append(counts, count(key+"/"+string(s.Standing), s.Count))
		}
		amounts = append(amounts, amount(key+"/awarded", l.Own.Awarded.In(c)), amount(key+"/paid", l.Own.Paid.In(c)),
			amount(key+"/owed", l.Own.Owed.In(c)), amount(key+"/reported", l.Reported.Awarded.In(c)))
	}
	for i, l := range p.Categories {
		line(l, fmt.Sprint(i))
	}
	line(p.Total, "total")
	return counts, amounts
}

// TestNobodyWorksAWithheldCountOut is the law of the room: what is shown is
// exact, what is small is not shown, and the reader with the afternoon gets
// nowhere: not by elimination, not by drawing bounds closer, and not by linear
// programming, which is all there is to know.
func TestNobodyWorksAWithheldCountOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawProgramme(t)
		p := publishOne(t, f)
		counts, _ := truthOf(f, "EUR")
		cells, _ := terms(p, "EUR")
		puzzle := claimsPuzzle(p)
		found := append(puzzle.solved(), puzzle.narrowed()...)
		for _, c := range cells {
			want := counts[c.name]
			if strings.HasSuffix(c.name, "/decided") && want.value >= press.Small {
				continue // it guards nothing: it is shown where its parts are
			}
			switch {
			case c.known && c.n != want.value:
				t.Fatalf("%s is shown as %d and was counted as %d", c.name, c.n, want.value)
			case c.known && 0 < c.n && c.n < press.Small:
				t.Fatalf("%s is shown: %d", c.name, c.n)
			case !c.known && want.value == 0:
				t.Fatalf("%s is 0 and withheld", c.name)
			case !c.known && slices.Contains(found, c.name):
				t.Fatalf("%s can be worked out: %d", c.name, want.value)
			}
			if !c.known {
				openCount(t, puzzle, c.name, want)
			}
		}
		for _, l := range append(slices.Clone(p.Categories), p.Total) {
			for _, c := range []press.Count{l.DecidedHere(), l.DecidedElsewhere()} {
				if n, shown := c.Number(); shown && (n < 0 || 0 < n && n < press.Small) {
					t.Fatalf("of the decided of %q, %d are told apart", l.ID, n)
				}
			}
		}
		for key := range p.Categories { // nobody publishes it, but subtraction does
			name := fmt.Sprint(key, "/awaiting")
			if w := counts[name]; 0 < w.value && w.value < press.Small {
				openCount(t, puzzle, name, w)
			}
		}
	})
}

// openCount holds how far a withheld count is from being known.
func openCount(t *rapid.T, p *puzzle, name string, want cell) {
	least, most := p.between(name)
	if least == nil {
		t.Fatalf("%s = %d is in no equation with an unknown", name, want.value)
	}
	if most != nil && most.Cmp(big.NewRat(press.Small, 1)) < 0 {
		t.Fatalf("%s = %d can be told to be below %d: at most %v", name, want.value, press.Small, most)
	}
	if most != nil && new(big.Rat).Sub(most, least).Cmp(big.NewRat(press.Small-1, 1)) < 0 {
		t.Fatalf("%s = %d can only be from %v to %v", name, want.value, least, most)
	}
}

// TestNobodyWorksAWithheldAmountOut is the same for money.
func TestNobodyWorksAWithheldAmountOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawProgramme(t)
		p := publishOne(t, f)
		for _, currency := range f.Currencies {
			_, amounts := truthOf(f, currency)
			_, cells := terms(p, currency)
			puzzle := moneyPuzzle(p, currency, false)
			withFund := moneyPuzzle(p, currency, true)
			found := append(withFund.solved(), withFund.narrowed()...)
			for _, c := range cells {
				want := amounts[c.name]
				few := 0 < want.claims && want.claims < press.Small
				switch {
				case c.known && c.n != want.value:
					t.Fatalf("%s is shown as %d and was counted as %d", c.name, c.n, want.value)
				case c.known && few:
					t.Fatalf("%s of %d claims is shown", c.name, want.claims)
				case !c.known && want.claims == 0:
					t.Fatalf("%s is of no claim and withheld", c.name)
				case !c.known && slices.Contains(found, c.name):
					t.Fatalf("%s can be worked out: %d", c.name, want.value)
				}
				if !c.known {
					openAmount(t, puzzle, c.name, want)
				}
			}
			remaindersAreOfMany(t, p, amounts, currency)
		}
	})
}

// openAmount holds how far a withheld amount is from being known.
func openAmount(t *rapid.T, p *puzzle, name string, want cell) {
	least, most := p.between(name)
	if least == nil || (most != nil && most.Cmp(least) == 0) {
		t.Fatalf("%s = %d is the only possible value", name, want.value)
	}
	if want.claims >= press.Small {
		return
	}
	if most != nil && most.Cmp(big.NewRat(want.value*3, 2)) < 0 {
		t.Fatalf("%s = %d is known to be at most %v", name, want.value, most)
	}
	if least.Cmp(big.NewRat(want.value, 2)) > 0 {
		t.Fatalf("%s = %d is known to be at least %v", name, want.value, least)
	}
}

// remaindersAreOfMany holds that a published total less the published cells of
// its column is the amount of no claims or of many.
func remaindersAreOfMany(t *rapid.T, p press.Programme, amounts truth, c money.Currency) {
	_, cells := terms(p, c)
	for _, name := range []string{"awarded", "paid", "owed", "reported"} {
		claims, total := int64(0), false
		for _, cell := range cells {
			for line := range p.Categories {
				if cell.name == fmt.Sprint(line, "/", name) && !cell.known {
					claims += amounts[cell.name].claims
				}
			}
			total = total || (cell.name == "total/"+name && cell.known)
		}
		if total && claims > 0 && claims < press.Small {
			t.Fatalf("what is left of %s is the amount of %d claims", name, claims)
		}
	}
}

// TestAmountsGoWithTheirCounts holds that a withheld count takes its amount
// along.
func TestAmountsGoWithTheirCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawProgramme(t)
		p := publishOne(t, f)
		for _, l := range append(p.Categories, p.Total) {
			for _, c := range f.Currencies {
				for _, pair := range []struct {
					count  press.Count
					amount press.Amount
				}{
					{l.Own.Awards, l.Own.Awarded.In(c)},
					{l.Standings.Of(press.Paid), l.Own.Paid.In(c)},
					{l.Reported.Awards, l.Reported.Awarded.In(c)},
				} {
					if m, shown := pair.amount.Money(); pair.count.Withheld() && shown && m.Sign() > 0 {
						t.Fatalf("category %q: the count is withheld and the amount shown: %v", l.ID, m)
					}
				}
			}
		}
	})
}

// TestPublishedTheSameWayEveryTime: no map's order shows.
func TestPublishedTheSameWayEveryTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawProgramme(t)
		a, _ := json.Marshal(publishOne(t, f))
		b, _ := json.Marshal(publishOne(t, f))
		if string(a) != string(b) {
			t.Fatalf("%s\n%s", a, b)
		}
	})
}

// TestOneWhoKnowsThisProgramme publishes every category of two and three
// standings with small numbers. A reader who has this programme can strike out
// every table that it would have published differently; still each withheld
// cell keeps two values at least.
func TestOneWhoKnowsThisProgramme(t *testing.T) {
	standings := []press.Standing{press.Filed, press.Recorded, press.Refused, press.Withdrawn}
	for _, c := range []struct{ cells, most int }{{2, 15}, {3, 9}} {
		bad, all := struckOut(t, 1, standings[:c.cells], c.most)
		if bad > 0 {
			t.Errorf("%d of %d publications of %d standings leave one value", bad, all, c.cells)
		}
	}
	// Two categories with a handful of claims between them are where it ends:
	// there, a few tables have no other that looks the same.
	if bad, all := struckOut(t, 2, standings[:2], 6); bad*20 > all {
		t.Errorf("%d of %d publications of two categories leave one value", bad, all)
	}
}

// struckOut publishes all tables and counts the publications, and those of them
// in which a withheld cell has one value only in all tables published so.
func struckOut(t *testing.T, categories int, standings []press.Standing, most int) (bad, all int) {
	seen := map[string][][]int64{}
	for _, cells := range everyTable(categories*len(standings), most) {
		text := shownCells(publishOne(t, smallProgramme(standings, cells)), standings)
		seen[text] = append(seen[text], cells)
	}
	for _, tables := range seen {
		p := publishOne(t, smallProgramme(standings, tables[0]))
		var values []map[int64]bool
		hidden := int64(0)
		for i, n := range tables[0] {
			if p.Categories[i/len(standings)].Standings.Of(standings[i%len(standings)]).Withheld() {
				hidden += n - 1
				seen := map[int64]bool{}
				for _, cells := range tables {
					seen[cells[i]] = true
				}
				values = append(values, seen)
			}
		}
		if hidden >= int64(most) {
			continue // a table that looks the same may hold numbers beyond most
		}
		all++
		if slices.ContainsFunc(values, func(v map[int64]bool) bool { return len(v) < 2 }) {
			bad++
		}
	}
	return bad, all
}

// everyTable lists all combinations of so many numbers from 0 to most.
func everyTable(cells, most int) [][]int64 {
	all := [][]int64{nil}
	for range cells {
		var longer [][]int64
		for _, t := range all {
			for n := range int64(most) + 1 {
				longer = append(longer, append(slices.Clone(t), n))
			}
		}
		all = longer
	}
	return all
}

func smallProgramme(standings []press.Standing, cells []int64) press.ProgrammeFigures {
	f := press.ProgrammeFigures{ID: "p"}
	for ; len(cells) > 0; cells = cells[len(standings):] {
		counts := map[press.Standing]int64{}
		for i, s := range standings {
			counts[s] = cells[i]
		}
		f.Rows = append(f.Rows, press.Row{ID: fmt.Sprint(len(cells)), Counts: counts})
	}
	return f
}

// shownCells is what tells one publication from another.
func shownCells(p press.Programme, standings []press.Standing) string {
	var b strings.Builder
	for _, l := range append(slices.Clone(p.Categories), p.Total) {
		fmt.Fprint(&b, l.Claims)
		for _, s := range standings {
			fmt.Fprint(&b, l.Standings.Of(s))
		}
	}
	return b.String()
}

// publishOne publishes a single programme.
func publishOne(t interface{ Fatalf(string, ...any) }, f press.ProgrammeFigures) press.Programme {
	p, err := press.Publish(press.Figures{Programmes: []press.ProgrammeFigures{f}})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return p.Programmes[0]
}
