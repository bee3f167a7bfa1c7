package rulebook

import (
	"strconv"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// compiledWork is a step with its programs; those that its kind doesn't have
// are nil.
type compiledWork struct {
	*Work
	when, value, from, to, whole, own *program
	shares                            []*program
	series                            *Series
	currency                          money.Currency // of what stands after it
}

// programs are those that it may run.
func (w *compiledWork) programs() []*program {
	return append([]*program{w.when, w.value, w.from, w.to, w.whole, w.own}, w.shares...)
}

// working is an award while it is worked out.
type working struct {
	edition  *Edition
	c        *Case
	rule     *compiledValuation
	stands   decimal // what it comes to so far, in major units
	currency money.Currency
	parts    *[]Part // nil where no trace is kept

	interest money.Amount
	shares   []money.Amount
}

// note enters a part in the trace; with are names and texts in turn.
func (w *working) note(step, basis string, with ...string) {
	if w.parts == nil {
		return
	}
	p := Part{Step: step, Basis: basis, Gives: w.stands.String() + " " + string(w.currency)}
	for i := 0; i+1 < len(with); i += 2 {
		p.With = append(p.With, Input{Name: with[i], Text: with[i+1]})
	}
	*w.parts = append(*w.parts, p)
}

// work works the award of a rule out: what it begins with, then each step.
func (w *working) work() (err error) {
	r := w.rule
	w.currency = r.Currency
	switch {
	case r.grid != nil:
		err = w.count(r.grid)
	case r.amount != nil:
		w.stands, err = w.number(r.amount, w.currency)
		if len(r.steps) > 0 {
			w.note("amount", "")
		}
	default:
		w.stands = ofAmount(r.Sum)
		w.note("sum", "")
	}
	for i := 0; err == nil && i < len(r.steps); i++ {
		err = w.step(&r.steps[i])
	}
	return err
}

// number runs a program that gives money in a currency, or a number.
func (w *working) number(p *program, currency money.Currency) (decimal, error) {
	if err := p.inCurrency(w.c, currency); err != nil {
		return decimal{}, err
	}
	return p.number(scope{w.c})
}

func (w *working) step(s *compiledWork) error {
	if s.when != nil {
		if ok, err := s.when.holds(scope{w.c}); err != nil || !ok {
			if err == nil && w.parts != nil {
				*w.parts = append(*w.parts, Part{Step: string(s.Kind), Basis: s.Basis, Gives: passedOver})
			}
			return err
		}
	}
	switch s.Kind {
	case Convert:
		return w.convert(s)
	case ByIndex:
		return w.byIndex(s)
	case Interest:
		return w.bearInterest(s)
	case Apportion:
		return w.apportion(s)
	case Round:
		var err error
		w.stands, err = w.stands.round(int32(s.Decimals), s.Rounding)
		w.note(string(s.Kind), s.Basis, "decimals", strconv.Itoa(s.Decimals), "rounding", string(s.Rounding))
		return err
	}
	by, err := w.number(s.value, w.currency)
	if err != nil {
		return err
	}
	switch s.Kind {
	case Plus:
		w.stands, err = w.stands.add(by)
	case Less:
		if w.stands, err = w.stands.add(by.neg()); err == nil && w.stands.sign() < 0 {
			w.stands = decimal{}
		}
	case Times:
		w.stands, err = w.stands.mul(by)
	case AtLeast:
		if w.stands.cmp(by) < 0 {
			w.stands = by
		}
	case AtMost:
		if w.stands.cmp(by) > 0 {
			w.stands = by
		}
	}
	if w.parts != nil && err == nil {
		w.note(string(s.Kind), s.Basis, "value", by.String())
	}
	return err
}

// convert reckons on in another currency, at the rate of a day.
func (w *working) convert(s *compiledWork) error {
	on, err := s.to.date(scope{w.c})
	if err != nil {
		return err
	}
	rate, err := s.series.at(on)
	if err != nil {
		return err
	}
	product, err := w.stands.mul(rate)
	if err != nil {
		return err
	}
	w.stands, err = product.round(int32(s.Decimals), s.Rounding)
	w.currency = s.currency
	w.note(string(s.Kind), s.Basis, "on", on.String(), "rate", rate.String(), "series", s.Series)
	return err
}

// days are the two days between which a step works.
func (w *working) days(s *compiledWork) (from, to day.Date, err error) {
	if from, err = s.from.date(scope{w.c}); err != nil {
		return from, to, err
	}
	to, err = s.to.date(scope{w.c})
	return from, to, err
}

// byIndex brings a price of one day to the prices of another.
func (w *working) byIndex(s *compiledWork) error {
	from, to, err := w.days(s)
	if err != nil {
		return err
	}
	then, err := s.series.at(from)
	if err != nil {
		return err
	}
	now, err := s.series.at(to)
	if err != nil {
		return err
	}
	product, err := w.stands.mul(now)
	if err != nil {
		return err
	}
	w.stands, err = product.quoRounded(then, int32(s.Decimals), s.Rounding)
	w.note(string(s.Kind), s.Basis, "from", from.String(), "index_from", then.String(), "index_to", now.String(), "series", s.Series, "to", to.String())
	return err
}

// bearInterest adds simple interest, or states it beside the award. A last day
// before the first one gives none.
func (w *working) bearInterest(s *compiledWork) error {
	from, to, err := w.days(s)
	if err != nil {
		return err
	}
	rate, err := s.value.number(scope{w.c})
	if err != nil {
		return err
	}
	days, year := s.Days.between(from, to)
	product, err := w.stands.mul(rate)
	if err == nil {
		product, err = product.mul(whole(int64(max(days, 0))))
	}
	if err != nil {
		return err
	}
	interest, err := product.quoRounded(whole(int64(year)), int32(s.Decimals), s.Rounding)
	if err != nil {
		return err
	}
	if s.Apart {
		if w.interest, err = w.payable(interest); err != nil {
			return err
		}
	} else if w.stands, err = w.stands.add(interest); err != nil {
		return err
	}
	if w.parts != nil {
		w.note(string(s.Kind), s.Basis, "count", string(s.Days), "days", strconv.Itoa(max(days, 0)), "from", from.String(),
			"interest", interest.String(), "rate", rate.String(), "to", to.String())
	}
	return nil
}

// between are the days from one date to another, and those of a year.
func (c DayCount) between(from, to day.Date) (days, year int) {
	switch c {
	case Actual360:
		return from.DaysUntil(to), 360
	case Thirty360:
		return 360*(to.Year()-from.Year()) + 30*(to.Month()-from.Month()) + min(to.Day(), 30) - min(from.Day(), 30), 360
	}
	return from.DaysUntil(to), 365
}

// apportion parts what stands among its owners or heirs: by the largest
// remainder, so that the parts add up to it.
func (w *working) apportion(s *compiledWork) error {
	given := make([]decimal, len(s.shares))
	sum, all := decimal{}, whole(1)
	for i, p := range s.shares {
		n, err := p.number(scope{w.c})
		if err == nil && n.sign() < 0 {
			err = sharesNotWhole
		}
		if err == nil {
			sum, err = sum.add(n)
		}
		if err != nil {
			return err
		}
		given[i] = n
	}
	if s.whole != nil {
		var err error
		if all, err = s.whole.number(scope{w.c}); err != nil {
			return err
		}
	}
	if sum.cmp(all) != 0 {
		return sharesNotWhole
	}
	award, err := w.payable(w.stands)
	if err != nil {
		return err
	}
	weights, err := weightsOf(given)
	if err != nil {
		return err
	}
	parts, err := award.SplitBy(weights)
	if err != nil {
		return sharesNotWhole
	}
	if s.own == nil {
		w.shares = parts
		w.noteShares(s, given, all, parts)
		return nil
	}
	own, err := s.own.number(scope{w.c})
	if err != nil {
		return err
	}
	at, err := own.small32()
	if err != nil || at < 1 || int(at) > len(parts) {
		return noSuchShare
	}
	w.stands = ofAmount(parts[at-1])
	w.note(string(s.Kind), s.Basis, "own", own.String(), "share", given[at-1].String(), "whole", all.String())
	return nil
}

func (w *working) noteShares(s *compiledWork, given []decimal, all decimal, parts []money.Amount) {
	if w.parts == nil {
		return
	}
	with := []string{"whole", all.String()}
	for i := range parts {
		name := strconv.Itoa(i + 1)
		with = append(with, "share_"+name, given[i].String(), "part_"+name, parts[i].String())
	}
	w.note(string(s.Kind), s.Basis, with...)
}

// payable is a number as money; the arithmetic is notPayable for one below
// nothing or with more decimals than the currency.
func (w *working) payable(n decimal) (money.Amount, error) {
	a, ok := n.amount(w.currency)
	if !ok || a.Sign() < 0 {
		return money.Amount{}, notPayable{n, w.currency}
	}
	return a, nil
}

// notPayable is the error of an amount that can't be paid.
type notPayable struct {
	number   decimal
	currency money.Currency
}

// Error is the code.
func (notPayable) Error() string { return "amount not payable" }

// weightsOf are shares as whole numbers in the same proportion.
func weightsOf(shares []decimal) ([]int64, error) {
	scale := uint8(0)
	for _, s := range shares {
		if s.big != nil {
			return nil, numberTooLarge
		}
		scale = max(scale, s.scale)
	}
	weights := make([]int64, len(shares))
	for i, s := range shares {
		var ok bool
		if weights[i], ok = times(s.coef, pow10[scale-s.scale]); !ok {
			return nil, numberTooLarge
		}
	}
	return weights, nil
}

// count adds the points of a grid and finds what they come to.
func (w *working) count(g *Grid) error {
	points := decimal{}
	for i := range g.Criteria {
		c := &g.Criteria[i]
		if c.when != nil {
			if ok, err := c.when.holds(scope{w.c}); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		n, err := c.points.number(scope{w.c})
		if err == nil {
			points, err = points.add(n)
		}
		if err != nil {
			return err
		}
		if w.parts != nil {
			*w.parts = append(*w.parts, Part{Step: "criterion:" + c.ID, Basis: c.Basis, With: Inputs{{Name: "points", Text: n.String()}}, Gives: points.String()})
		}
	}
	if g.most.sign() > 0 && points.cmp(g.most) > 0 {
		points = g.most
	}
	var err error
	if g.PerPoint.IsZero() {
		if w.stands, err = inBand(g.bands, points); err == notInTable {
			w.stands, err = decimal{}, nil // below the first band nothing is due
		}
	} else {
		w.stands, err = points.mul(ofAmount(g.PerPoint))
	}
	if w.parts != nil {
		w.note("points", g.Basis, "points", points.String())
	}
	return err
}
