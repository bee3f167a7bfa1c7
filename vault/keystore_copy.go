package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/patience"
)

// A copy of a key store is a file, also where the store is in a database: the
// same copy goes back into either.

// ownMarks are the marks that a copy takes along.
var ownMarks = []string{masterMark, nextMark, lookupMark}

// moment looks at the store as it stands at one moment.
func (k *serverStore) moment(ctx context.Context, look func(pgx.Tx) error) error {
	err := k.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		return patience.While(c.Conn(), patience.Bulk, func() error {
			return pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, look)
		})
	})
	return serverFault(ctx, err)
}

// eachKey reads all keys in their order.
func eachKey(ctx context.Context, tx pgx.Tx, visit func(wrappedKey) error) error {
	rows, err := tx.Query(ctx, "SELECT claim_id, class, wrapped FROM wrapped_keys ORDER BY claim_id, class")
	if err != nil {
		return err
	}
	var key wrappedKey
	_, err = pgx.ForEachRow(rows, []any{&key.claim, &key.class, &key.wrapped}, func() error {
		return visit(wrappedKey{key.slot, bytes.Clone(key.wrapped)})
	})
	return err
}

// copyInto writes a file of the store as it stands at one moment. A copy in the
// midst of a change of the master key opens with either.
func (k *serverStore) copyInto(ctx context.Context, path string) (err error) {
	to, err := furnishFile(path, "OFF")
	if err != nil {
		return err
	}
	err = k.moment(ctx, func(tx pgx.Tx) error {
		var some []wrappedKey
		flush := func() error {
			keys := some
			some = some[:0]
			return to.write(ctx, func(t keysTx) error {
				for batch := range slices.Chunk(keys, rowsAtOnce) {
					if err := keepBatch(ctx, t, batch); err != nil {
						return err
					}
				}
				return nil
			})
		}
		err := eachKey(ctx, tx, func(key wrappedKey) error {
			if some = append(some, key); len(some) < keysToACommit {
				return nil
			}
			return flush()
		})
		if err == nil {
			err = flush()
		}
		if err != nil {
			return err
		}
		return copyRest(ctx, tx, to)
	})
	// Closed, the file holds all that its log did.
	if err := errors.Join(err, to.close()); err != nil {
		return err
	}
	return syncFile(path)
}

// copyRest copies what is no key.
func copyRest(ctx context.Context, tx pgx.Tx, to *fileStore) error {
	gone, marks := map[string]bool{}, map[string][]byte{}
	rows, err := tx.Query(ctx, "SELECT claim_id FROM destroyed")
	if err == nil {
		err = namesInto(gone)(rows)
	}
	if err != nil {
		return err
	}
	var erasures []Erasure
	for _, claim := range slices.Sorted(maps.Keys(gone)) {
		erasures = append(erasures, Erasure{Claim: claim})
	}
	for _, name := range ownMarks {
		var value []byte
		err := tx.QueryRow(ctx, "SELECT value FROM marks WHERE name = $1", name).Scan(&value)
		if err == nil {
			marks[name] = value
		} else if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
	}
	if err := to.setMarks(ctx, marks); err != nil {
		return err
	}
	return to.destroy(ctx, erasures)
}

// fill puts what a file holds in the place of what the store holds, in one step:
// all of it is there afterwards, or nothing has changed. What was erased by the
// one or the other stays erased. It is for who has the store alone.
func (k *serverStore) fill(ctx context.Context, from *fileStore, listed []Erasure, today day.Date) error {
	err := k.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		return patience.While(c.Conn(), patience.Bulk, func() error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return fillWithin(ctx, tx, from, listed, today) })
		})
	})
	if err != nil {
		return serverFault(ctx, err)
	}
	for _, name := range guarded { // as they stand now
		if _, err := k.mark(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func fillWithin(ctx context.Context, tx pgx.Tx, from *fileStore, listed []Erasure, today day.Date) error {
	if _, err := tx.Exec(ctx, "LOCK TABLE wrapped_keys, destroyed, marks IN ACCESS EXCLUSIVE MODE; TRUNCATE wrapped_keys"); err != nil {
		return err
	}
	if err := copyKeys(ctx, tx, from); err != nil {
		return err
	}
	gone := map[string]bool{}
	rows, err := from.query(ctx, "SELECT claim_id FROM destroyed")
	if err != nil {
		return storeFault(err)
	}
	if err := eachRow(rows, func() error {
		var claim string
		err := rows.Scan(&claim)
		gone[claim] = true
		return err
	}); err != nil {
		return storeFault(err)
	}
	var claims, days []string
	for _, e := range listed {
		claims, days = append(claims, e.Claim), append(days, e.Day.String())
		delete(gone, e.Claim)
	}
	for _, claim := range slices.Sorted(maps.Keys(gone)) { // the list was lost: at the latest it was today
		claims, days = append(claims, claim), append(days, today.String())
	}
	if _, err := tx.Exec(ctx, `INSERT INTO destroyed (claim_id, day) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`, claims, days); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM wrapped_keys WHERE claim_id IN (SELECT claim_id FROM destroyed)"); err != nil {
		return err
	}
	for _, name := range append(slices.Clone(ownMarks), awayMark) {
		value, err := from.mark(ctx, name) // a file has no mark that it was moved
		if err != nil {
			return err
		}
		if err := putMark(ctx, tx, name, value); err != nil {
			return err
		}
	}
	return nil
}

func copyKeys(ctx context.Context, tx pgx.Tx, from *fileStore) error {
	rows, err := from.db.QueryContext(ctx, "SELECT claim_id, class, wrapped FROM wrapped_keys ORDER BY claim_id, class")
	if err != nil {
		return storeFault(err)
	}
	defer rows.Close()
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"wrapped_keys"}, []string{"claim_id", "class", "wrapped"}, pgx.CopyFromFunc(func() ([]any, error) {
		if !rows.Next() {
			return nil, storeFault(rows.Err())
		}
		key, err := scanned(rows)
		return []any{key.claim, key.class, key.wrapped}, err
	}))
	return err
}

func scanned(rows *sql.Rows) (key wrappedKey, err error) {
	err = rows.Scan(&key.claim, &key.class, &key.wrapped)
	return key, storeFault(err)
}

// sum is of all keys, in their order, by which a copy is held to its original.
func (k *serverStore) sum(ctx context.Context) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	err = k.moment(ctx, func(tx pgx.Tx) error {
		return eachKey(ctx, tx, func(key wrappedKey) error {
			_, err := fmt.Fprintf(h, "%q %q %x\n", key.claim, key.class, key.wrapped)
			return err
		})
	})
	return [sha256.Size]byte(h.Sum(nil)), err
}

func (k *fileStore) sum(ctx context.Context) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	rows, err := k.db.QueryContext(ctx, "SELECT claim_id, class, wrapped FROM wrapped_keys ORDER BY claim_id, class")
	if err != nil {
		return sum, storeFault(err)
	}
	err = eachRow(rows, func() error {
		key, err := scanned(rows)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%q %q %x\n", key.claim, key.class, key.wrapped)
		return err
	})
	return [sha256.Size]byte(h.Sum(nil)), storeFault(err)
}

// sameKeys holds a copy to its original.
func sameKeys(ctx context.Context, file *fileStore, server *serverStore) error {
	a, err := file.sum(ctx)
	if err != nil {
		return err
	}
	b, err := server.sum(ctx)
	if err == nil && a != b {
		err = fault.New(fault.Unsound, "vault.keys-differ")
	}
	return err
}

// empty removes the keys of a store that was moved elsewhere. What was erased,
// and that it was moved, stays.
func (k *serverStore) empty(ctx context.Context) error {
	_, err := k.pool.Exec(ctx, "TRUNCATE wrapped_keys") // its file goes with it
	return serverFault(ctx, err)
}

// syncFile makes a file durable.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
