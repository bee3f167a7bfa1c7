package store

import (
	"context"
	"errors"
	"time"
)

// Lease is what one process holds at a time, for so long; by the store's clock,
// so that no process's own clock counts. Each taking has a token of its own,
// higher than all before: who was stopped for a while and goes on finds that
// another token stands there.
type Lease struct {
	Name   string
	Holder string // one taker of it: a process, or one turn of a process
	Token  int64
}

// ErrHeld answers who asks for a lease that another holds.
var ErrHeld = errors.New("another process holds this lease")

// ErrLost refuses an act of who held a lease and doesn't any more: nothing of
// the act is there.
var ErrLost = errors.New("another process has taken this lease since")

// Leases gives out leases.
type Leases interface {
	// TakeLease takes a lease for so long, or renews it: its token stays then.
	// ErrHeld where another holds it.
	TakeLease(ctx context.Context, name, holder string, lasts time.Duration) (Lease, error)
	// FreeLease gives a lease back, if it is still held.
	FreeLease(ctx context.Context, l Lease) error
}

// LeaseReader asks for them.
type LeaseReader interface {
	// Held is ErrLost where another token stands by now.
	Held(Lease) error
	// Holder is who holds the lease of that name at this moment; "" for nobody.
	Holder(name string) (string, error)
	// Holders are who hold a lease at this moment of which the name begins so, each by
	// the whole name.
	Holders(prefix string) (map[string]string, error)
}

// LeaseWriter holds on to them.
type LeaseWriter interface {
	// Hold lets the act happen only while the lease is held: who takes it next
	// waits until the act is done. ErrLost where another token stands by now.
	Hold(Lease) error
	// DropLeases removes the leases of these names, of things that are gone: who
	// holds one has lost it.
	DropLeases(names ...string) error
	// Free gives a lease back as a part of the act, if it is still held. An act that
	// was told of no other holder and gives a lease back on the strength of that is
	// refused with ErrAgain where somebody took or renewed that lease meanwhile.
	Free(Lease) error
}
