package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/internal/patience"
	"github.com/openchancery/chancery/store"
)

const schemaLeases = `
CREATE TABLE leases (
	name text COLLATE "C" NOT NULL PRIMARY KEY,
	holder text COLLATE "C" NOT NULL,
	token bigint NOT NULL,
	until bigint NOT NULL
);
`

// now is the database's clock, in milliseconds.
const now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

// takeLease compares and sets: of two who take a lease at once, the second
// waits for the first and then sees what that one left.
const takeLease = `INSERT INTO leases AS l (name, holder, token, until) VALUES ($1, $2, 1, ` + now + ` + $3)
	ON CONFLICT (name) DO UPDATE SET token = l.token + (l.holder <> excluded.holder OR l.until <= ` + now + `)::int,
		holder = excluded.holder, until = excluded.until WHERE l.holder = excluded.holder OR l.until <= ` + now + `
	RETURNING l.token`

// TakeLease takes a lease, or renews it, in a transaction of its own.
func (s *Store) TakeLease(ctx context.Context, name, holder string, lasts time.Duration) (store.Lease, error) {
	l := store.Lease{Name: name, Holder: holder}
	c, err := s.acquire(ctx)
	if err != nil {
		return store.Lease{}, err
	}
	defer c.Release()
	asking, cancel := context.WithTimeout(ctx, patience.Answer)
	defer cancel()
	err = c.QueryRow(asking, takeLease, name, holder, lasts.Milliseconds()).Scan(&l.Token)
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrHeld
	}
	if err != nil {
		return store.Lease{}, fmt.Errorf("take lease %s: %w", name, err)
	}
	return l, nil
}

const freeLease = "UPDATE leases SET until = 0 WHERE name = $1 AND token = $2 AND holder = $3"

// FreeLease gives a lease back.
func (s *Store) FreeLease(ctx context.Context, l store.Lease) error {
	c, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	asking, cancel := context.WithTimeout(ctx, patience.Answer)
	defer cancel()
	if _, err := c.Exec(asking, freeLease, l.Name, l.Token, l.Holder); err != nil {
		return fmt.Errorf("free lease %s: %w", l.Name, err)
	}
	return nil
}

func (r *reader) Held(l store.Lease) error { return r.heldBy(l, "") }

func (r *reader) Holder(name string) (string, error) {
	holder, err := one(r, value[string], "SELECT holder FROM leases WHERE name = $1 AND until > "+now, name)
	if errors.Is(err, store.ErrNone) {
		return "", nil
	}
	return holder, err
}

func (r *reader) Holders(prefix string) (map[string]string, error) {
	list, err := all(r, func(s scanner) (l store.Lease, err error) {
		err = s.Scan(&l.Name, &l.Holder)
		return l, err
	}, "SELECT name, holder FROM leases WHERE starts_with(name, $1) AND until > "+now, prefix)
	holders := make(map[string]string, len(list))
	for _, l := range list {
		holders[l.Name] = l.Holder
	}
	return holders, err
}

// Free gives a lease back with the act. Its row is compared with the act's own state:
// whoever took or renewed it since has changed it.
func (t *tx) Free(l store.Lease) error {
	t.queue(freeLease, []any{l.Name, l.Token, l.Holder})
	return t.failed
}

// heldHolding is how long the server waits for an act that holds a lease and
// says nothing: one that was stopped in the middle would otherwise keep the next
// from taking it.
const heldHolding = "SET LOCAL idle_in_transaction_session_timeout = '3s'"

// Hold keeps the lease's row from changing until the act is done: whoever takes
// it next waits for that.
func (t *tx) Hold(l store.Lease) error {
	t.queue(heldHolding, nil)
	err := t.heldBy(l, " FOR SHARE")
	if err != nil {
		return t.fail(err)
	}
	return nil
}

func (r *reader) heldBy(l store.Lease, how string) error {
	_, err := one(r, value[int64], "SELECT token FROM leases WHERE name = $1 AND token = $2 AND holder = $3"+how, l.Name, l.Token, l.Holder)
	if errors.Is(err, store.ErrNone) {
		return store.ErrLost
	}
	return err
}

func (t *tx) DropLeases(names ...string) error {
	t.queue("DELETE FROM leases WHERE name = ANY($1)", []any{names})
	return t.failed
}
