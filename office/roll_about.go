package office

import (
	"context"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/store"
)

// RollAbout is the record of every thing that the roll knows by name, and of
// all that stands in the streams of these subjects. A question about a body
// needs no more, and reads no more than that of a large roll.
func (o *Office) RollAbout(ctx context.Context, subjects ...roll.ID) (record *roll.Record, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		streams := make([]docket.Stream, len(subjects))
		for i, id := range subjects {
			streams[i] = roll.Stream(id)
		}
		facts, err := readFacts[roll.Fact](r.Facts(streams))
		if err != nil {
			return err
		}
		// What is judged of a thing stands beside it.
		for _, what := range []string{"thing", "preference", "withdrawal"} {
			named, err := readFacts[roll.Fact](r.AllFacts(sortRoll, what))
			if err != nil {
				return err
			}
			for _, f := range named {
				if !slices.Contains(subjects, f.Subject()) { // those stand above
					facts = append(facts, f)
				}
			}
		}
		record = roll.NewRecord(facts)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the roll: %w", err)
	}
	return record, nil
}
