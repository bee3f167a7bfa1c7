package press

import (
	"encoding/json"

	"github.com/openchancery/chancery/money"
)

// Published are figures that anybody may see, as of one state of the docket.
type Published struct {
	AsOf       string      `json:"as_of"`
	TreeHead   string      `json:"tree_head"`
	TreeSize   int64       `json:"tree_size"`
	Claims     Count       `json:"claims"` // over all programmes; shown if each one's is
	Programmes []Programme `json:"programmes"`
}

// Programme is what is published of one programme.
type Programme struct {
	ID         string           `json:"id"`
	Title      string           `json:"title"`
	Currencies []money.Currency `json:"currencies"`
	Total      Line             `json:"total"`
	Categories []Line           `json:"categories"`
	Funds      []Fund           `json:"funds"`

	RecordsOnly bool `json:"records_only,omitempty"`
}

// MarshalJSON writes the programme. Of one that records claims and values none
// there are no outcomes and no money, not even as zeros.
func (p Programme) MarshalJSON() ([]byte, error) {
	if !p.RecordsOnly {
		type plain Programme
		return json.Marshal(plain(p))
	}
	type recorded struct {
		ID        string         `json:"id,omitempty"`
		Title     string         `json:"title,omitempty"`
		Claims    Count          `json:"claims"`
		Standings StandingCounts `json:"standings"`
	}
	of := func(l Line) recorded {
		var standings StandingCounts
		for _, s := range l.Standings {
			if s.Standing.OfRegister() {
				standings = append(standings, s)
			}
		}
		return recorded{l.ID, l.Title, l.Claims, standings}
	}
	out := struct {
		ID          string     `json:"id"`
		Title       string     `json:"title"`
		Total       recorded   `json:"total"`
		Categories  []recorded `json:"categories"`
		RecordsOnly bool       `json:"records_only"`
	}{p.ID, p.Title, of(p.Total), []recorded{}, true}
	for _, l := range p.Categories {
		out.Categories = append(out.Categories, of(l))
	}
	return json.Marshal(out)
}

// OfRegister reports whether a claim can stand so where nobody values it.
func (s Standing) OfRegister() bool {
	switch s {
	case Filed, Deficient, Recorded, Refused, Withdrawn:
		return true
	}
	return false
}

// Line is a category of a programme, or all of them together.
type Line struct {
	ID        string           `json:"id,omitempty"`
	Title     string           `json:"title,omitempty"`
	Claims    Count            `json:"claims"`
	Standings StandingCounts   `json:"standings"`
	Own       LineOutcomes     `json:"own"`
	Reported  ReportedOutcomes `json:"reported"`
}

// DecidedHere is how many of the claims that stand as decided the programme's
// own commission decided, and DecidedElsewhere those of which another body is
// reported to have. Both are worked out from what is published of the line, and
// withheld where that doesn't do.
func (l Line) DecidedHere() Count {
	here := l.Own.Dismissals.plus(l.Own.Awards, 1)
	for _, s := range []Standing{Payable, Paid, Returned} {
		here = here.plus(l.Standings.Of(s), -1)
	}
	if here.Withheld() {
		return l.Standings.Of(Decided).plus(l.Reported.Awards, -1).plus(l.Reported.Dismissals, -1)
	}
	return here
}

// DecidedElsewhere is the other part of the decided: see DecidedHere.
func (l Line) DecidedElsewhere() Count {
	if c := l.Reported.Awards.plus(l.Reported.Dismissals, 1); !c.Withheld() {
		return c
	}
	return l.Standings.Of(Decided).plus(l.DecidedHere(), -1)
}

// StandingCounts are a line's claims by standing, in the order of Standings.
type StandingCounts []StandingCount

// StandingCount is how many claims of a line have one standing.
type StandingCount struct {
	Standing Standing
	Count    Count
}

// MarshalJSON is one object, {"filed": 12, "deficient": null, …}.
func (cs StandingCounts) MarshalJSON() ([]byte, error) {
	m := make(map[Standing]Count, len(cs))
	for _, c := range cs {
		m[c.Standing] = c.Count
	}
	return json.Marshal(m)
}

// Of is the count of one standing.
func (cs StandingCounts) Of(s Standing) Count {
	for _, c := range cs {
		if c.Standing == s {
			return c.Count
		}
	}
	return Count{}
}

// LineOutcomes are what the programme's own commission decided, and what came
// of its awards.
type LineOutcomes struct {
	Awards     Count   `json:"awards"`
	Dismissals Count   `json:"dismissals"`
	Awarded    Amounts `json:"awarded"`
	Paid       Amounts `json:"paid"`
	Owed       Amounts `json:"owed"`
}

// ReportedOutcomes are what another body is reported to have decided.
type ReportedOutcomes struct {
	Awards     Count   `json:"awards"`
	Dismissals Count   `json:"dismissals"`
	Awarded    Amounts `json:"awarded"`
}

// Fund is a programme's money in one currency.
type Fund struct {
	Currency money.Currency `json:"currency"`
	In       Amount         `json:"in"`
	Awarded  Amount         `json:"awarded"`
	Paid     Amount         `json:"paid"`
	Owed     Amount         `json:"owed"`
	Left     Amount         `json:"left"`
}

// Count is a number of claims, or the mark of one that is withheld. Why it is
// withheld, being small itself or standing in the way of one that is, can't be
// told: whoever knew which is which would know of the second that it is at
// least Small, and could often work out the first. The zero value is withheld.
type Count struct {
	n     int64
	shown bool
}

// Shown is a count that is published.
func Shown(n int64) Count { return Count{n, true} }

// Number is the count, or false where it is withheld.
func (c Count) Number() (int64, bool) { return c.n, c.shown }

// plus is the sum of two published counts (the difference, for a sign of -1),
// withheld if one of them is.
func (c Count) plus(d Count, sign int64) Count {
	if !c.shown || !d.shown {
		return Count{}
	}
	return Shown(c.n + sign*d.n)
}

// Plus is the sum of two published counts, withheld if one of them is: what
// anybody can add up gives nothing away.
func (c Count) Plus(d Count) Count { return c.plus(d, 1) }

// Withheld reports whether there is no number to show.
func (c Count) Withheld() bool { return !c.shown }

// MarshalJSON is the number, or null where it is withheld.
func (c Count) MarshalJSON() ([]byte, error) {
	if !c.shown {
		return []byte("null"), nil
	}
	return json.Marshal(c.n)
}

// Amount is a sum of money, or the mark of one that is withheld, which still
// says in which currency it would be.
type Amount struct {
	currency money.Currency
	amount   money.Amount
	shown    bool
}

// ShownAmount is an amount that is published.
func ShownAmount(a money.Amount) Amount { return Amount{a.Currency(), a, true} }

// WithheldAmount is one that isn't.
func WithheldAmount(c money.Currency) Amount { return Amount{currency: c} }

// Currency is the amount's currency, withheld or not.
func (a Amount) Currency() money.Currency { return a.currency }

// Money is the amount, or false where it is withheld.
func (a Amount) Money() (money.Amount, bool) { return a.amount, a.shown }

// Withheld reports whether there is no amount to show.
func (a Amount) Withheld() bool { return !a.shown }

// MarshalJSON is the decimal as text, "1234.50", or null where it is withheld.
func (a Amount) MarshalJSON() ([]byte, error) {
	if !a.shown {
		return []byte("null"), nil
	}
	return json.Marshal(a.amount.Decimal())
}

// Amounts are the amounts of one kind, one for each currency of the programme,
// in its order.
type Amounts []Amount

// In is the amount in one currency.
func (as Amounts) In(c money.Currency) Amount {
	for _, a := range as {
		if a.currency == c {
			return a
		}
	}
	return WithheldAmount(c)
}

// MarshalJSON is one object, {"EUR": "1234.50", "USD": null}.
func (as Amounts) MarshalJSON() ([]byte, error) {
	m := make(map[money.Currency]Amount, len(as))
	for _, a := range as {
		m[a.currency] = a
	}
	return json.Marshal(m)
}
