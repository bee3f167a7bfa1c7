package press

import (
	"slices"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// Publish makes figures fit for everybody. It withholds
//
//   - every count of 1 to 4, in a category, a total or a subtotal (a 0 is shown);
//   - every amount that fewer than five claims share, and every amount whose
//     count is withheld;
//   - as many more cells as it takes, so that nobody can work one of those out.
//
// From what is left, each withheld count could be any of five numbers at least,
// some of them 5 or more; an amount withheld for itself could be less or more by
// half (though never more than the fund took in); and what subtraction gives
// speaks of five claims at least. What is shown is exact.
//
// The same figures are always published in the same way. Figures that
// contradict themselves are an error of kind fault.Unsound and are not
// published at all: a cell can only be protected if the totals are what they
// say they are.
func Publish(f Figures) (Published, error) {
	p := Published{AsOf: f.AsOf, TreeHead: f.TreeHead, TreeSize: f.TreeSize, Claims: Shown(0)}
	seen := map[string]bool{}
	for _, programme := range f.Programmes {
		if seen[programme.ID] {
			return Published{}, fault.New(fault.Unsound, "press.named-twice", "programme", programme.ID, "name", programme.ID)
		}
		seen[programme.ID] = true
		published, err := programme.publish()
		if err != nil {
			return Published{}, err
		}
		p.Programmes = append(p.Programmes, published)
		p.Claims = p.Claims.plus(published.Total.Claims, 1) // with one withheld, the sum would tell it
	}
	return p, nil
}

// publish protects the table of claims first and then, by currency, those of
// the amounts, which follow it.
func (f ProgrammeFigures) publish() (Programme, error) {
	if err := f.check(); err != nil {
		return Programme{}, err
	}
	claims, err := protectClaims(f.Rows)
	if err != nil {
		return Programme{}, err
	}
	p := Programme{ID: f.ID, Title: f.Title, Currencies: slices.Clone(f.Currencies), RecordsOnly: f.RecordsOnly}
	for line := range claims.lines {
		l := claims.publishedLine(line)
		if line < claims.total() {
			l.ID, l.Title = f.Rows[line].ID, f.Rows[line].Title
			p.Categories = append(p.Categories, l)
		} else {
			p.Total = l
		}
	}
	for _, c := range f.Currencies {
		if err := f.addAmounts(&p, claims, c); err != nil {
			return Programme{}, err
		}
	}
	return p, nil
}

// check holds what the tables can't see: that nothing stands in the figures
// twice, or in a currency that would not be shown.
func (f ProgrammeFigures) check() error {
	for i, c := range f.Currencies {
		if slices.Contains(f.Currencies[:i], c) {
			return fault.New(fault.Unsound, "press.named-twice", "programme", f.ID, "name", string(c))
		}
	}
	seen := map[string]bool{}
	for _, r := range f.Rows {
		if seen[r.ID] {
			return fault.New(fault.Unsound, "press.named-twice", "programme", f.ID, "name", r.ID)
		}
		seen[r.ID] = true
		for _, sums := range [][]Sum{r.Own.Awarded, r.Reported.Awarded, r.Paid, r.Owed} {
			amounts := make([]money.Amount, len(sums))
			for i, s := range sums {
				amounts[i] = s.Amount
			}
			if err := f.checkCurrencies(amounts); err != nil {
				return err
			}
		}
	}
	if err := f.checkCurrencies(f.In); err != nil {
		return err
	}
	return f.checkCurrencies(f.Left)
}

// checkCurrencies holds that a list has one amount at most in each of the
// programme's currencies, and none in another.
func (f ProgrammeFigures) checkCurrencies(amounts []money.Amount) error {
	for i, a := range amounts {
		if !slices.Contains(f.Currencies, a.Currency()) {
			return fault.New(fault.Unsound, "press.other-currency", "programme", f.ID, "currency", string(a.Currency()))
		}
		for _, b := range amounts[:i] {
			if a.Currency() == b.Currency() {
				return fault.New(fault.Unsound, "press.named-twice", "programme", f.ID, "name", string(a.Currency()))
			}
		}
	}
	return nil
}

// cell is what is published of a cell of the table of claims.
func (t *table) cell(line, column int) Count {
	if a := t.net.arcs[t.at(line, column)]; !a.withheld {
		return Shown(a.value)
	}
	return Count{}
}

// publishedLine reads a line of the table of claims off.
func (t *table) publishedLine(line int) Line {
	l := Line{Claims: t.cell(line, colClaims)}
	for _, s := range Standings() {
		count := t.decided(line)
		if c, ok := s.column(); ok {
			count = t.cell(line, c)
		}
		l.Standings = append(l.Standings, StandingCount{s, count})
	}
	l.Own.Awards, l.Own.Dismissals = t.cell(line, colOwn), t.cell(line, colDismissed)
	l.Reported.Awards, l.Reported.Dismissals = t.cell(line, colReportedAward), t.cell(line, colReportedDismissed)
	return l
}

// decided is how many claims of a line are decided: what its parts add up to,
// or what all the other standings leave of the claims. Where one of the two can
// be had from what is published, to show it gives nothing away.
func (t *table) decided(line int) Count {
	parts, rest := Shown(0), t.cell(line, colClaims)
	for _, c := range []int{colDismissed, colReportedAward, colReportedDismissed, colAwaiting} {
		parts = parts.plus(t.cell(line, c), 1)
	}
	for _, s := range Standings() {
		if c, ok := s.column(); ok {
			rest = rest.plus(t.cell(line, c), -1)
		}
	}
	if parts.Withheld() {
		return rest
	}
	return parts
}

// addAmounts protects a programme's amounts in one currency and adds them to
// its lines and funds.
func (f ProgrammeFigures) addAmounts(p *Programme, claims *table, c money.Currency) error {
	var own, reported []purse
	for _, r := range f.Rows {
		o, err := r.ownPurse(c)
		if err != nil {
			return err
		}
		rep, err := r.reportedPurse(c)
		if err != nil {
			return err
		}
		own, reported = append(own, o), append(reported, rep)
	}
	awards, err := newLedger(awardColumns(), own)
	if err != nil {
		return err
	}
	awards.protect(claims.ranks(colClaims), func(line, column int) bool {
		count := [colsOfAwards]int{colAwarded: colOwn, colPaidOut: colPaid, colOwed: colOwn}[column]
		return column == colOwed || !claims.cell(line, count).Withheld()
	})
	others, err := newLedger(reportedColumns(), reported)
	if err != nil {
		return err
	}
	others.protect(claims.ranks(colClaims), func(line, _ int) bool { return !claims.cell(line, colReportedAward).Withheld() })
	for line := range awards.lines {
		l := &p.Total
		if line < awards.total() {
			l = &p.Categories[line]
		}
		l.Own.Awarded = append(l.Own.Awarded, awards.amount(line, colAwarded, c))
		l.Own.Paid = append(l.Own.Paid, awards.amount(line, colPaidOut, c))
		l.Own.Owed = append(l.Own.Owed, awards.amount(line, colOwed, c))
		l.Reported.Awarded = append(l.Reported.Awarded, others.amount(line, colAwarded, c))
	}
	p.Funds = append(p.Funds, f.fund(p.Total, c))
	return nil
}

// amount is what is published of a cell of a ledger.
func (l ledger) amount(line, column int, c money.Currency) Amount {
	if a := l.net.arcs[l.at(line, column)]; !a.withheld {
		return ShownAmount(money.New(a.value, c))
	}
	return WithheldAmount(c)
}

// fund is a programme's money in one currency. What is left goes with what was
// paid: money in less money left is money paid.
func (f ProgrammeFigures) fund(total Line, c money.Currency) Fund {
	in := func(amounts []money.Amount) Amount {
		for _, a := range amounts {
			if a.Currency() == c {
				return ShownAmount(a)
			}
		}
		return ShownAmount(money.New(0, c))
	}
	fund := Fund{
		Currency: c, In: in(f.In), Left: in(f.Left),
		Awarded: total.Own.Awarded.In(c), Paid: total.Own.Paid.In(c), Owed: total.Own.Owed.In(c),
	}
	if fund.Paid.Withheld() {
		fund.Left = WithheldAmount(c)
	}
	return fund
}
