package store

import (
	"iter"

	"github.com/openchancery/chancery/docket"
)

// Damage is one thing that the database's engine finds wrong in its own pages:
// a value of another type than its column's, a row that an index doesn't know,
// or knows elsewhere. What is read there depends on the way by which it is read.
type Damage struct {
	Table  string     // "" where it is in none, or the engine doesn't say in which
	Ref    docket.Ref // of the entry or row of the docket, as its table or an index of it says; empty elsewhere
	Detail string     // in the engine's words, which hold no values
}

// DamageReader asks the engine about its own pages.
type DamageReader interface {
	// Damage reads every page. A place of the docket may come twice, by the
	// name that its table gives it and by that of an index.
	Damage() iter.Seq2[Damage, error]
}
