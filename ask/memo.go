package ask

import (
	"context"
	"fmt"
	"sync"

	"github.com/openchancery/chancery/store"
)

// mostKept bounds the answers that a desk keeps.
const mostKept = 32

// memo keeps answers that take a look at everything, while no fact is added.
type memo[T any] struct {
	mu   sync.Mutex
	kept map[string]T // owned by mu
}

// answer is the answer kept under a name for the facts of a sort as they stand,
// or what work comes to. Two that ask at once may both work.
func (m *memo[T]) answer(ctx context.Context, d *Desk, sort, name string, work func() (T, error)) (T, error) {
	var none T
	var now store.FactRecord
	err := d.office.Store.Read(ctx, func(r store.Reader) (err error) {
		now, err = r.FactRecord(sort)
		return err
	})
	if err != nil {
		return none, fmt.Errorf("read how many facts there are: %w", err)
	}
	name = fmt.Sprintf("%+v %s", now, name)
	m.mu.Lock()
	value, ok := m.kept[name]
	m.mu.Unlock()
	if ok {
		return value, nil
	}
	if value, err = work(); err != nil {
		return none, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.kept) >= mostKept || m.kept == nil {
		m.kept = map[string]T{}
	}
	m.kept[name] = value
	return value, nil
}
