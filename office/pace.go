package office

import (
	"context"

	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/store"
)

// Pace is how long claims of one category took from their filing to a step, in
// days: half of them took at most Median. Four of five lay between Low and High;
// Range is false where fewer than press.Small lie beyond an end, and then they
// are not told.
type Pace struct {
	Step      string // an event, as rulebooks name it
	Claims    int64
	Median    int64
	Range     bool
	Low, High int64
}

// Paces are how long claims of a category took to each step. A step that fewer
// than press.Small claims have come to is left out: a number over a handful of
// people says something about each of them.
func (o *Office) Paces(ctx context.Context, programme, category string) (paces []Pace, err error) {
	var counts []store.Pace
	err = o.Store.Read(ctx, func(r store.Reader) error {
		counts, err = r.Paces(programme, category)
		return err
	})
	if err != nil {
		return nil, err
	}
	for from := 0; from < len(counts); {
		to := from
		var claims int64
		for to < len(counts) && counts[to].Step == counts[from].Step {
			claims += counts[to].Claims
			to++
		}
		if claims >= press.Small {
			of := counts[from:to]
			pace := Pace{Step: of[0].Step, Claims: claims, Median: quantile(of, claims, 50)}
			if pace.Range = claims/10 >= press.Small; pace.Range {
				pace.Low, pace.High = quantile(of, claims, 10), quantile(of, claims, 90)
			}
			paces = append(paces, pace)
		}
		from = to
	}
	return paces, nil
}

// quantile is the least number of days in which so many in a hundred came there.
func quantile(counts []store.Pace, claims, percent int64) int64 {
	need := (claims*percent + 99) / 100
	for _, c := range counts {
		if need -= c.Claims; need <= 0 {
			return c.Days
		}
	}
	return counts[len(counts)-1].Days
}
