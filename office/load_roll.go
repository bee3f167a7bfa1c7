package office

import (
	"context"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// LoadRoll enters a bundle of facts into the roll. Facts that name no day of
// learning were learned on the bundle's, and without one today. A fact that
// can't be is a fault of roll's, and nothing of the bundle is entered; of a
// bundle of more than MostInOneAct facts, which takes several acts, the parts
// that were done before stay, and loading it again goes on.
func (o *Office) LoadRoll(ctx context.Context, by By, b roll.Bundle) (Loaded, error) {
	b = b.Dated(o.today())
	statements := make([]statement, len(b.Facts))
	err := parallel(len(b.Facts), func(i int) error {
		f := b.Facts[i]
		if err := f.Check(); err != nil {
			return err
		}
		body, err := facts(f)
		statements[i] = statement{stream: roll.Stream(f.Subject()), id: string(f.ID()), known: f.Known, body: body}
		return err
	})
	if err != nil {
		return Loaded{Bundle: b.ID}, err
	}
	return o.loadBundle(ctx, by, bundle{
		act: ActLoadRoll, sort: sortRoll, kind: kindRollBundle, facts: kindRollFacts,
		id: b.ID, title: b.Title, known: b.Known, statements: statements,
	})
}

// today is the day in UTC, which is that of the installation's own acts.
func (o *Office) today() day.Date { return day.Of(o.instant().Time, time.UTC) }
