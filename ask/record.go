package ask

import (
	"context"

	"github.com/openchancery/chancery/roll"
)

// Record is everything that the roll holds, whenever it was learned: for who
// draws, lists or exports more than one answer. It is shared, and never
// changed. A roll without facts is a fault, ask.roll-empty.
func (d *Desk) Record(ctx context.Context) (*roll.Record, error) {
	_, record, err := d.whole(ctx, Query{})
	return record, err
}
