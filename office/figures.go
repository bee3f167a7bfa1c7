package office

import (
	"context"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Statistics are the raw figures of an installation or of one programme, for
// its own staff: small numbers are not suppressed.
type Statistics struct {
	Claims     int64                    `json:"claims"`
	Numbers    int64                    `json:"numbers_given"` // to claims put on the record
	Standings  map[claim.Standing]int64 `json:"standings"`
	Awards     AwardStatistics          `json:"awards"`
	Dismissals int64                    `json:"dismissals"`
	Fund       FundStatistics           `json:"fund"`
	Paid       money.Totals             `json:"paid"`
	Entries    int64                    `json:"entries"`
	TreeHead   docket.Hash              `json:"tree_head"`
}

// AwardStatistics count awards; Total adds the stated amounts of our own and
// the reported ones.
type AwardStatistics struct {
	Count     int64        `json:"count"`
	Reported  int64        `json:"reported"`
	NotStated int64        `json:"not_stated"`
	Total     money.Totals `json:"total"`
}

// FundStatistics are the balances as people name them.
type FundStatistics struct {
	In      money.Totals `json:"in"`        // contributions
	Awarded money.Totals `json:"awarded"`   // booked as owed, ever
	Owed    money.Totals `json:"owed"`      // neither paid nor under way
	Transit money.Totals `json:"under_way"` // ordered, not confirmed
	Paid    money.Totals `json:"paid"`      // confirmed by the bank
	Left    money.Totals `json:"left"`      // in the bank
}

// Statistics counts; "" for all programmes. Entries and tree head are those of
// the whole installation.
func (o *Office) Statistics(ctx context.Context, programme string) (*Statistics, error) {
	s := &Statistics{Standings: map[claim.Standing]int64{}, Paid: money.Totals{}}
	s.Awards.Total = money.Totals{}
	err := o.Store.Read(ctx, func(r store.Reader) error {
		if programme != "" {
			if _, err := r.Programme(programme); errors.Is(err, store.ErrNone) {
				return fault.New(fault.NotFound, "programme.none", "programme", programme)
			} else if err != nil {
				return err
			}
		}
		programmes, err := r.Programmes()
		if err != nil {
			return err
		}
		for _, p := range programmes {
			if programme == "" || p.ID == programme {
				s.Numbers += p.LastSerial
			}
		}
		tallies, err := r.Tallies(programme)
		if err != nil {
			return err
		}
		for _, t := range tallies {
			s.count(t)
		}
		balances, err := r.Balances(programme)
		if err != nil {
			return err
		}
		s.Fund = fundStatistics(balances)
		return nil
	})
	if err != nil {
		return nil, err
	}
	head := o.Tree.Head()
	s.Entries, s.TreeHead = head.Size, head.Root
	return s, nil
}

func (s *Statistics) count(t store.Tally) {
	s.Claims += t.Claims
	s.Standings[t.Standing] += t.Claims
	switch t.Outcome {
	case claim.Dismissal:
		s.Dismissals += t.Claims
	case claim.Award:
		s.Awards.Count += t.Claims
		s.Awards.NotStated += t.Claims - t.Stated
		if t.Reported {
			s.Awards.Reported += t.Claims
		}
	}
	if t.Currency != "" {
		s.Awards.Total[t.Currency] += t.Awarded
		if t.Paid != 0 {
			s.Paid[t.Currency] += t.Paid
		}
	}
}

// fundStatistics turns balances, where credits are negative, into what people
// mean by them. What was paid is what left the bank.
func fundStatistics(balances map[fund.Account]money.Totals) FundStatistics {
	turned := func(account fund.Account, sign int64) money.Totals {
		totals := money.Totals{}
		for currency, minor := range balances[account] {
			totals[currency] = sign * minor
		}
		return totals
	}
	f := FundStatistics{
		In: turned(fund.Contributions, -1), Awarded: turned(fund.Awards, 1), Owed: turned(fund.Owed, -1),
		Transit: turned(fund.Transit, -1), Left: turned(fund.Bank, 1), Paid: money.Totals{},
	}
	for currency, in := range f.In {
		f.Paid[currency] = in - f.Left[currency]
	}
	return f
}

// Figures are the counts that press publishes, as of a head of the tree. A
// database that has gone on from that head is refused (office.figures-ahead):
// published figures are those of the head that they name.
func (o *Office) Figures(ctx context.Context, head docket.TreeHead) (press.Figures, error) {
	var figures press.Figures
	err := o.Store.Read(ctx, func(r store.Reader) error {
		size, err := r.TreeSize()
		if err != nil {
			return err
		}
		waiting, err := upTo(1, r.Unsequenced())
		if err != nil {
			return err
		}
		if size != head.Size || len(waiting) > 0 {
			return fault.New(fault.Conflict, "office.figures-ahead", "head", head.Size)
		}
		figures.Programmes, err = o.countAll(r)
		return err
	})
	if err != nil {
		return press.Figures{}, fmt.Errorf("count for publication: %w", err)
	}
	return figuresOf(figures, head), nil
}

// FiguresAtRest are Figures of one moment, up to which everything is given its
// leaf: on a store where acts come one after another they wait while it counts.
// It is for when there is no other. While another process sequences it is
// office.figures-ahead.
func (o *Office) FiguresAtRest(ctx context.Context) (figures press.Figures, err error) {
	mine, err := o.take(ctx, func(ctx context.Context, t *turn) error {
		figures, err = o.figuresAtRest(ctx, t)
		return err
	})
	if err == nil && !mine {
		head := o.Tree.Head()
		err = fault.New(fault.Conflict, "office.figures-ahead", "head", head.Size)
	}
	if err != nil {
		return press.Figures{}, fmt.Errorf("count for publication: %w", err)
	}
	return figures, nil
}

func (o *Office) figuresAtRest(ctx context.Context, t *turn) (figures press.Figures, err error) {
	o.sequence.Lock()
	defer o.sequence.Unlock()
	if err := o.extendTree(ctx); err != nil { // the bulk of it, while acts come in
		return figures, err
	}
	err = o.write(ctx, true, func(tx store.Tx, _ before) error {
		if err := t.hold(tx); err != nil {
			return err
		}
		for given := 1; given > 0; {
			if given, err = numberLeaves(tx); err != nil {
				return err
			}
		}
		figures.Programmes, err = o.countAll(tx)
		return err
	})
	if err == nil {
		err = o.extendTree(ctx)
	}
	return figuresOf(figures, o.Tree.Head()), err
}

func figuresOf(figures press.Figures, head docket.TreeHead) press.Figures {
	figures.AsOf, figures.TreeHead, figures.TreeSize = head.Instant.String(), head.Root.String(), head.Size
	return figures
}

// countAll counts every programme.
func (o *Office) countAll(r store.Reader) (all []press.ProgrammeFigures, err error) {
	programmes, err := r.Programmes()
	if err != nil {
		return nil, err
	}
	for _, p := range programmes {
		edition, err := o.edition(r, p.Edition)
		if err != nil {
			return nil, err
		}
		of, err := programmeFigures(r, edition)
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

func programmeFigures(r store.Reader, e *rulebook.Edition) (press.ProgrammeFigures, error) {
	language := e.Programme.Languages[0]
	figures := press.ProgrammeFigures{ID: e.ID, Title: e.Title.In(language), Currencies: e.Programme.Currencies, RecordsOnly: e.RecordsOnly()}
	row := map[string]*pressRow{}
	var order []string
	for _, c := range e.Categories {
		row[c.ID] = newPressRow(c.ID, c.Title.In(language))
		order = append(order, c.ID)
	}
	tallies, err := r.Tallies(e.ID)
	if err != nil {
		return figures, err
	}
	for _, t := range tallies {
		at, ok := row[t.Category]
		if !ok { // a category of an earlier edition
			at = newPressRow(t.Category, t.Category)
			row[t.Category], order = at, append(order, t.Category)
		}
		at.count(t)
	}
	for _, id := range order {
		figures.Rows = append(figures.Rows, row[id].row())
	}
	balances, err := r.Balances(e.ID)
	if err != nil {
		return figures, err
	}
	f := fundStatistics(balances)
	figures.In, figures.Left = f.In.Amounts(), f.Left.Amounts()
	return figures, nil
}

// pressRow gathers one category.
type pressRow struct {
	press.Row
	own, reported, paid, owed map[money.Currency]press.Sum
}

func newPressRow(id, title string) *pressRow {
	return &pressRow{
		Row: press.Row{ID: id, Title: title, Counts: map[press.Standing]int64{}},
		own: map[money.Currency]press.Sum{}, reported: map[money.Currency]press.Sum{},
		paid: map[money.Currency]press.Sum{}, owed: map[money.Currency]press.Sum{},
	}
}

func (p *pressRow) count(t store.Tally) {
	p.Counts[press.Standing(t.Standing)] += t.Claims
	outcomes, sums := &p.Own, p.own
	if t.Reported {
		outcomes, sums = &p.Reported, p.reported
	}
	switch t.Outcome {
	case claim.Dismissal:
		outcomes.Dismissals += t.Claims
	case claim.Award:
		outcomes.Awards += t.Claims
	}
	if t.Currency == "" {
		return
	}
	add(sums, t.Currency, t.Stated, t.Awarded)
	add(p.paid, t.Currency, t.PaidClaims, t.Paid)
	add(p.owed, t.Currency, t.OwedClaims, t.Owed)
}

func add(sums map[money.Currency]press.Sum, c money.Currency, claims, minor int64) {
	if claims == 0 {
		return
	}
	was := sums[c]
	sums[c] = press.Sum{Claims: was.Claims + claims, Amount: money.New(was.Amount.Minor()+minor, c)}
}

func (p *pressRow) row() press.Row {
	row := p.Row
	row.Own.Awarded, row.Reported.Awarded = inOrder(p.own), inOrder(p.reported)
	row.Paid, row.Owed = inOrder(p.paid), inOrder(p.owed)
	return row
}

// inOrder lists sums in the order of their currencies.
func inOrder(sums map[money.Currency]press.Sum) []press.Sum {
	totals := money.Totals{}
	for c, s := range sums {
		totals[c] = s.Amount.Minor()
	}
	var list []press.Sum
	for _, a := range totals.Amounts() {
		list = append(list, sums[a.Currency()])
	}
	return list
}
