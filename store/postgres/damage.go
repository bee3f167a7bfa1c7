package postgres

import (
	"iter"

	"github.com/openchancery/chancery/store"
)

// Damage has nothing to add here.
func (r *reader) Damage() iter.Seq2[store.Damage, error] {
	return func(func(store.Damage, error) bool) {}
}
