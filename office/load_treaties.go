package office

import (
	"context"

	"github.com/openchancery/chancery/treaty"
)

// LoadTreaties enters a bundle of facts about treaties: instruments with their
// clauses, and actions. It is otherwise as LoadRoll.
func (o *Office) LoadTreaties(ctx context.Context, by By, b treaty.Bundle) (Loaded, error) {
	if b.Known.IsZero() {
		b.Known = o.today()
	}
	statements := make([]statement, len(b.Facts))
	err := parallel(len(b.Facts), func(i int) error {
		f := b.Facts[i]
		if f.Known.IsZero() {
			f.Known = b.Known
		}
		if f.Bundle == "" {
			f.Bundle = b.ID
		}
		var err error
		statements[i], err = treatyStatement(f)
		return err
	})
	if err != nil {
		return Loaded{Bundle: b.ID}, err
	}
	return o.loadBundle(ctx, by, bundle{
		act: ActLoadTreaties, sort: sortTreaty, kind: kindTreatyBundle, facts: kindTreatyFacts,
		id: b.ID, title: b.Title, known: b.Known, statements: statements,
	})
}

func treatyStatement(f treaty.Fact) (statement, error) {
	if err := f.Check(); err != nil {
		return statement{}, err
	}
	body, err := facts(f)
	return statement{stream: treaty.Stream(f.Subject()), id: string(f.ID()), known: f.Known, body: body}, err
}
