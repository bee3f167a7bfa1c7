package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openchancery/chancery/store"
)

const schemaLeases = `
CREATE TABLE leases (
	name TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	token INTEGER NOT NULL,
	until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

// now is the database's clock, in milliseconds.
const now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"

func (s *Store) TakeLease(ctx context.Context, name, holder string, lasts time.Duration) (store.Lease, error) {
	l := store.Lease{Name: name, Holder: holder}
	err := s.Write(ctx, func(st store.Tx) (err error) {
		t := st.(*tx)
		n, err := t.exec(`INSERT INTO leases (name, holder, token, until) VALUES (?, ?, 1, `+now+` + ?)
			ON CONFLICT (name) DO UPDATE SET token = token + (holder <> excluded.holder OR until <= `+now+`),
				holder = excluded.holder, until = excluded.until WHERE holder = excluded.holder OR until <= `+now,
			name, holder, lasts.Milliseconds())
		if err != nil {
			return err
		}
		if n == 0 {
			return store.ErrHeld
		}
		l.Token, err = one(&t.reader, value[int64], "SELECT token FROM leases WHERE name = ?", name)
		return err
	})
	if err != nil {
		return store.Lease{}, fmt.Errorf("take lease %s: %w", name, err)
	}
	return l, nil
}

func (s *Store) FreeLease(ctx context.Context, l store.Lease) error {
	err := s.Write(ctx, func(t store.Tx) error { return t.Free(l) })
	if err != nil {
		return fmt.Errorf("free lease %s: %w", l.Name, err)
	}
	return nil
}

func (r *reader) Held(l store.Lease) error {
	_, err := one(r, value[int64], "SELECT 1 FROM leases WHERE name = ? AND token = ? AND holder = ?", l.Name, l.Token, l.Holder)
	if errors.Is(err, store.ErrNone) {
		return store.ErrLost
	}
	return err
}

func (r *reader) Holder(name string) (string, error) {
	holder, err := one(r, value[string], "SELECT holder FROM leases WHERE name = ? AND until > "+now, name)
	if errors.Is(err, store.ErrNone) {
		return "", nil
	}
	return holder, err
}

func (r *reader) Holders(prefix string) (map[string]string, error) {
	holders := map[string]string{}
	for l, err := range each(r, func(s scanner) (l store.Lease, err error) {
		err = s.Scan(&l.Name, &l.Holder)
		return l, err
	}, "SELECT name, holder FROM leases WHERE substr(name, 1, length(?1)) = ?1 AND until > "+now, prefix) {
		if err != nil {
			return nil, err
		}
		holders[l.Name] = l.Holder
	}
	return holders, nil
}

func (t *tx) Free(l store.Lease) error {
	_, err := t.exec("UPDATE leases SET until = 0 WHERE name = ? AND token = ? AND holder = ?", l.Name, l.Token, l.Holder)
	return err
}

// Hold needs no lock of its own: one act at a time writes.
func (t *tx) Hold(l store.Lease) error { return t.Held(l) }

func (t *tx) DropLeases(names ...string) error {
	_, err := byChunks(t, "DELETE FROM leases WHERE name IN (%s)", names)
	return err
}
