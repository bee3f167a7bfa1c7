package ask

import (
	"context"
	"sync"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
)

// memory keeps records of the whole roll as they were known on the days asked
// for last: to make one of a large roll takes longer than to answer from it.
type memory struct {
	mu    sync.Mutex
	whole *roll.Record // of which they are; owned by mu, as are the others
	days  []day.Date   // the last made at the end
	made  map[day.Date]*roll.Record
}

// mostKept bounds how many are kept.
const mostKept = 4

// Remembering is a desk that answers from the whole roll in memory, for a
// process that answers many questions; New's reads what one question needs.
// The answers are the same.
func Remembering(o *office.Office, language string) *Desk {
	d := New(o, language)
	d.memory = &memory{}
	return d
}

// wholeRoll is everything that the roll holds, kept in memory by the office.
func (d *Desk) wholeRoll(ctx context.Context) (*roll.Record, error) { return d.office.Roll(ctx) }

// known is the record of what was known on a day.
func (m *memory) known(whole *roll.Record, on day.Date) *roll.Record {
	if on.IsZero() {
		return whole
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.whole != whole {
		m.whole, m.days, m.made = whole, nil, map[day.Date]*roll.Record{}
	}
	if r, ok := m.made[on]; ok {
		return r
	}
	r := whole.KnownOn(on)
	if r == whole {
		return r // nothing was learned later: nothing to keep
	}
	if len(m.days) == mostKept {
		delete(m.made, m.days[0])
		m.days = m.days[1:]
	}
	m.days, m.made[on] = append(m.days, on), r
	return r
}

// Record is everything that the roll holds, as it was known on the query's day:
// for who draws, lists or exports more than one answer. It is shared, and never
// changed. A roll without facts is a fault, ask.roll-empty.
func (d *Desk) Record(ctx context.Context, q Query) (*roll.Record, error) {
	_, record, err := d.whole(ctx, q)
	return record, err
}
