package ask

import (
	"context"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
)

// Remembering is a desk that answers from the whole roll in memory, for a
// process that answers many questions; New's reads what one question needs.
// The answers are the same.
func Remembering(o *office.Office, language string) *Desk {
	d := New(o, language)
	d.remember = true
	return d
}

// wholeRoll is everything that the roll holds, kept in memory by the office.
func (d *Desk) wholeRoll(ctx context.Context) (*roll.Record, error) { return d.office.Roll(ctx) }

// Record is everything that the roll holds, as it was known on the query's day:
// for who draws, lists or exports more than one answer. It is shared, and never
// changed. A roll without facts is a fault, ask.roll-empty.
func (d *Desk) Record(ctx context.Context, q Query) (*roll.Record, error) {
	_, record, err := d.whole(ctx, q)
	return record, err
}
