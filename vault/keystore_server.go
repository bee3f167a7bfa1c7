package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
	"github.com/openchancery/chancery/internal/patience"
)

// serverLayout is that of storeLayout in a PostgreSQL. destroyed is the list of
// what was erased too: several machines erase, and each of their files would know
// but its own part.
const serverLayout = `
CREATE TABLE wrapped_keys (
	claim_id text COLLATE "C" NOT NULL,
	class text COLLATE "C" NOT NULL,
	wrapped bytea NOT NULL,
	PRIMARY KEY (claim_id, class)
);
CREATE TABLE destroyed (
	claim_id text COLLATE "C" NOT NULL PRIMARY KEY,
	day text COLLATE "C" NOT NULL,
	listed bigint NOT NULL GENERATED ALWAYS AS IDENTITY
);
CREATE TABLE marks (
	name text COLLATE "C" NOT NULL PRIMARY KEY,
	value bytea NOT NULL
);
CREATE VIEW key_store_number AS SELECT 1 AS number;
`

// Marks that a server's key store has beside those of a file.
const (
	usedMark    = "in-use"  // a folder of keys points here
	awayMark    = "moved"   // it is being moved, or was: nothing goes in any more
	unsweptMark = "unswept" // keys were destroyed since the tables' files were written anew
)

// guarded are the marks that say under which master key the store is. Who opened
// the store before another machine changed them must not go on.
var guarded = []string{masterMark, nextMark}

// serverStore is a PostgreSQL database of wrapped keys, which several machines
// reach: another one than the claims', so that no backup holds both. Its role
// owns it. The order in which things are done is that of a file: whoever destroys
// keeps others from keeping a key meanwhile.
type serverStore struct {
	pool  *pgxpool.Pool
	keeps *groupcommit.Group[[]wrappedKey]

	mu    sync.Mutex
	known map[string][]byte // guarded marks as this process read or wrote them last; owned by mu
}

var _ keystore = (*serverStore)(nil)

// openServer opens the key store in a database that prepareServer prepared.
func openServer(ctx context.Context, address string) (*serverStore, error) {
	k, layout, err := reach(ctx, address)
	if err == nil && layout == 0 {
		err = closing(k, fault.New(fault.NotFound, "vault.keys-database-empty"))
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// prepareServer opens the key store in a database, in which it makes the tables
// unless they are there.
func prepareServer(ctx context.Context, address string) (*serverStore, error) {
	k, layout, err := reach(ctx, address)
	if err != nil {
		return nil, err
	}
	if layout == 0 {
		if err := k.unoccupied(ctx); err != nil {
			return nil, closing(k, err)
		}
		_, err = k.pool.Exec(ctx, "BEGIN; "+serverLayout+" COMMIT")
		if err == nil { // as its owner: where it belongs to another, that one keeps others out
			_, _ = k.pool.Exec(ctx, `DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$`)
		}
	}
	if err != nil {
		return nil, closing(k, serverFault(ctx, err))
	}
	return k, nil
}

// unoccupied refuses a database in which something else lies: nobody but the keys' role
// may enter it from then on. What an extension brought is nobody's work.
func (k *serverStore) unoccupied(ctx context.Context) error {
	var other string
	err := k.pool.QueryRow(ctx, `SELECT coalesce((
		SELECT min(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
			AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')), '')`).Scan(&other)
	if err == nil && other != "" {
		return fault.New(fault.Conflict, "vault.keys-database-other", "table", other)
	}
	return serverFault(ctx, err)
}

// reach connects to a database and says which layout of a key store is there: 0
// for none. One that holds claims is refused.
func reach(ctx context.Context, address string) (*serverStore, int, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, 0, fault.New(fault.Invalid, "vault.keys-address")
	}
	patience.Bound(config.ConnConfig)
	if config.MaxConns < 4 {
		config.MaxConns = 4
	}
	config.MaxConns = min(config.MaxConns, int32(4*runtime.GOMAXPROCS(0)))
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, 0, serverFault(ctx, err)
	}
	k := &serverStore{pool: pool, known: map[string][]byte{}}
	k.keeps = groupcommit.New(keepsAtOnce, together(k.keepAll))
	layout, err := k.look(ctx)
	if err != nil {
		return nil, 0, closing(k, serverFault(ctx, err))
	}
	return k, layout, nil
}

func (k *serverStore) look(ctx context.Context) (layout int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience.Connect)
	defer cancel()
	var claims, keys bool
	if err := k.pool.QueryRow(ctx, "SELECT to_regclass('docket') IS NOT NULL, to_regclass('key_store_number') IS NOT NULL").Scan(&claims, &keys); err != nil {
		return 0, err
	}
	if claims {
		return 0, fault.New(fault.Invalid, "vault.keys-with-claims")
	}
	for _, name := range []string{"synchronous_commit", "fsync", "full_page_writes"} {
		var value string
		if err := k.pool.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return 0, err
		}
		if value != "on" && (name != "synchronous_commit" || value == "off" || value == "local") {
			return 0, fault.New(fault.Conflict, "store.not-durable", "setting", name, "value", value)
		}
	}
	if !keys {
		return 0, nil
	}
	if err := k.pool.QueryRow(ctx, "SELECT number FROM key_store_number").Scan(&layout); err != nil {
		return 0, err
	}
	if layout != 1 {
		return 0, fault.New(fault.Unsound, "vault.keys-layout", "layout", layout)
	}
	return layout, nil
}

// unused refuses a database that is, or was, a key store. What an attempt left
// that never came to its end is taken away.
func (k *serverStore) unused(ctx context.Context) error {
	var used bool
	err := k.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM wrapped_keys) OR EXISTS (SELECT FROM destroyed)
		OR EXISTS (SELECT FROM marks WHERE name = ANY($1))`, []string{usedMark, awayMark}).Scan(&used)
	if err == nil && used {
		err = fault.New(fault.Conflict, "vault.keys-database-taken")
	}
	if err == nil {
		_, err = k.pool.Exec(ctx, "DELETE FROM marks")
	}
	return serverFault(ctx, err)
}

func (k *serverStore) close() error {
	k.pool.Close()
	return nil
}

// load reads the marks last: keys that are wrapped under a newer master key than
// this process knows are told from damaged ones by them.
func (k *serverStore) load(ctx context.Context, claims []string) (held, error) {
	found := held{wrapped: make(map[slot][]byte, len(claims)), destroyed: map[string]bool{}}
	var batch pgx.Batch
	for some := range slices.Chunk(claims, claimsAtOnce) {
		batch.Queue("SELECT claim_id, class, wrapped FROM wrapped_keys WHERE claim_id = ANY($1)", some).Query(keysInto(found.wrapped))
	}
	for some := range slices.Chunk(claims, claimsAtOnce) {
		batch.Queue("SELECT claim_id FROM destroyed WHERE claim_id = ANY($1)", some).Query(namesInto(found.destroyed))
	}
	k.queueGuard(&batch)
	if err := k.pool.SendBatch(ctx, &batch).Close(); err != nil {
		return held{}, serverFault(ctx, err)
	}
	return found, nil
}

// version is none: others write there at any time, and only the server knows.
func (k *serverStore) version(bool) version { return version{} }

func keysInto(into map[slot][]byte) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var at slot
		var wrapped []byte
		_, err := pgx.ForEachRow(rows, []any{&at.claim, &at.class, &wrapped}, func() error {
			into[at] = bytes.Clone(wrapped)
			return nil
		})
		return err
	}
}

func namesInto(into map[string]bool) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var name string
		_, err := pgx.ForEachRow(rows, []any{&name}, func() error {
			into[name] = true
			return nil
		})
		return err
	}
}

// queueGuard asks whether the store is where and as this process knows it.
func (k *serverStore) queueGuard(batch *pgx.Batch) {
	batch.Queue("SELECT name, value FROM marks WHERE name = ANY($1)", append([]string{awayMark}, guarded...)).Query(func(rows pgx.Rows) error {
		stand := map[string][]byte{}
		var name string
		var value []byte
		if _, err := pgx.ForEachRow(rows, []any{&name, &value}, func() error {
			stand[name] = bytes.Clone(value)
			return nil
		}); err != nil {
			return err
		}
		if stand[awayMark] != nil {
			return fault.New(fault.Conflict, "vault.keys-moved")
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, name := range guarded {
			if !bytes.Equal(stand[name], k.known[name]) {
				return fault.New(fault.Conflict, "vault.master-changed")
			}
		}
		return nil
	})
}

func (k *serverStore) keep(ctx context.Context, keys []wrappedKey) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.keeps.Do(ctx, keys)
}

// writable is so: what a server doesn't know it says itself.
func (k *serverStore) writable() error { return nil }

// keepAll locks the table beside other keepers, and against whoever destroys or
// changes the master key, before it asks what was destroyed.
func (k *serverStore) keepAll(keys []wrappedKey) error {
	ctx := context.Background() // it is for several callers: none of them may end it
	claims, classes, wrapped := columns(keys)
	return k.write(ctx, func(tx pgx.Tx) error {
		var batch pgx.Batch
		batch.Queue("LOCK TABLE wrapped_keys IN ROW EXCLUSIVE MODE")
		k.queueGuard(&batch)
		destroyed := map[string]bool{}
		batch.Queue("SELECT claim_id FROM destroyed WHERE claim_id = ANY($1)", claimsOfKeys(keys)).Query(func(rows pgx.Rows) error {
			if err := namesInto(destroyed)(rows); err != nil {
				return err
			}
			return refuseDestroyed(destroyed, keys)
		})
		var added int64
		batch.Queue(`INSERT INTO wrapped_keys (claim_id, class, wrapped)
			SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING`, claims, classes, wrapped).Exec(func(done pgconn.CommandTag) error {
			added = done.RowsAffected()
			return nil
		})
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil || int(added) == len(keys) {
			return err
		}
		there := map[slot][]byte{}
		rows, err := tx.Query(ctx, "SELECT claim_id, class, wrapped FROM wrapped_keys WHERE claim_id = ANY($1)", claimsOfKeys(keys))
		if err == nil {
			err = keysInto(there)(rows)
		}
		if err != nil {
			return err
		}
		return refuseOthers(there, keys)
	})
}

func columns(keys []wrappedKey) (claims, classes []string, wrapped [][]byte) {
	for _, key := range keys {
		claims, classes, wrapped = append(claims, key.claim), append(classes, key.class), append(wrapped, key.wrapped)
	}
	return claims, classes, wrapped
}

// alone locks the table against whoever keeps a key: those who do are waited
// for, and those who come see what was done here.
const alone = "LOCK TABLE wrapped_keys IN SHARE ROW EXCLUSIVE MODE"

func (k *serverStore) destroy(ctx context.Context, erasures []Erasure) error {
	var claims, days []string
	for _, e := range erasures {
		claims, days = append(claims, e.Claim), append(days, e.Day.String())
	}
	err := k.write(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, alone); err != nil {
			return err
		}
		var away bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM marks WHERE name = $1)", awayMark).Scan(&away); err != nil {
			return err
		}
		if away {
			return fault.New(fault.Conflict, "vault.keys-moved")
		}
		if _, err := tx.Exec(ctx, `INSERT INTO destroyed (claim_id, day)
			SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`, claims, days); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, "DELETE FROM wrapped_keys WHERE claim_id = ANY($1)", claims)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return putMark(ctx, tx, unsweptMark, []byte{1})
	})
	if err != nil {
		return err
	}
	return k.clean(ctx)
}

// clean gives free what was deleted. Its bytes stand in the table's file until
// they are written over, or until sweep.
func (k *serverStore) clean(ctx context.Context) error { return k.vacuum(ctx, "VACUUM wrapped_keys") }

// sweep writes the table's file anew, without what was destroyed. Nobody reads or
// keeps a key meanwhile.
func (k *serverStore) sweep(ctx context.Context) error {
	unswept, err := k.mark(ctx, unsweptMark)
	if err != nil || unswept == nil {
		return err
	}
	if err := k.vacuum(ctx, "VACUUM (FULL) wrapped_keys"); err != nil {
		return err
	}
	_, err = k.pool.Exec(ctx, "DELETE FROM marks WHERE name = $1", unsweptMark)
	return serverFault(ctx, err)
}

// vacuum can't run while others hold the table: then it says that it is left to
// do.
func (k *serverStore) vacuum(ctx context.Context, how string) error {
	err := k.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		return patience.While(c.Conn(), patience.Bulk, func() error {
			_, err := c.Exec(ctx, how)
			return err
		})
	})
	if said, ok := errors.AsType[*pgconn.PgError](err); ok && said.Code == lockWait {
		return fault.New(fault.Conflict, "vault.log-not-cut")
	}
	return serverFault(ctx, err)
}

func (k *serverStore) erasures(ctx context.Context) (list []Erasure, err error) {
	rows, err := k.pool.Query(ctx, "SELECT claim_id, day FROM destroyed ORDER BY listed")
	if err != nil {
		return nil, serverFault(ctx, err)
	}
	var claim, on string
	_, err = pgx.ForEachRow(rows, []any{&claim, &on}, func() error {
		d, err := day.Parse(on)
		if err != nil {
			return fault.New(fault.Unsound, "vault.keystore-damaged", "reason", err.Error())
		}
		list = append(list, Erasure{claim, d})
		return nil
	})
	return list, serverFault(ctx, err)
}

func (k *serverStore) notDestroyed(ctx context.Context, claims []string) (left []string, err error) {
	known := map[string]bool{}
	for some := range slices.Chunk(claims, claimsAtOnce) {
		rows, err := k.pool.Query(ctx, "SELECT claim_id FROM destroyed WHERE claim_id = ANY($1)", some)
		if err == nil {
			err = namesInto(known)(rows)
		}
		if err != nil {
			return nil, serverFault(ctx, err)
		}
	}
	return slices.DeleteFunc(claims, func(claim string) bool { return known[claim] }), nil
}

func (k *serverStore) rewrap(ctx context.Context, behind slot, n int, anew func(wrappedKey) ([]byte, error)) (last slot, count int, err error) {
	last = behind
	err = k.write(ctx, func(tx pgx.Tx) error {
		var batch pgx.Batch
		batch.Queue("LOCK TABLE wrapped_keys IN ROW EXCLUSIVE MODE")
		k.queueGuard(&batch)
		var some, changed []wrappedKey
		batch.Queue(`SELECT claim_id, class, wrapped FROM wrapped_keys
			WHERE (claim_id, class) > ($1, $2) ORDER BY claim_id, class LIMIT $3`, behind.claim, behind.class, n).Query(func(rows pgx.Rows) error {
			var key wrappedKey
			_, err := pgx.ForEachRow(rows, []any{&key.claim, &key.class, &key.wrapped}, func() error {
				some = append(some, wrappedKey{key.slot, bytes.Clone(key.wrapped)})
				return nil
			})
			return err
		})
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		for _, key := range some {
			wrapped, err := anew(key)
			if err != nil {
				return err
			}
			if wrapped != nil {
				changed = append(changed, wrappedKey{key.slot, wrapped})
			}
		}
		if count = len(some); count > 0 {
			last = some[count-1].slot
		}
		claims, classes, wrapped := columns(changed)
		_, err := tx.Exec(ctx, `UPDATE wrapped_keys k SET wrapped = n.wrapped FROM unnest($1::text[], $2::text[], $3::bytea[]) AS n (claim_id, class, wrapped)
			WHERE k.claim_id = n.claim_id AND k.class = n.class`, claims, classes, wrapped)
		return err
	})
	return last, count, err
}

func (k *serverStore) count(ctx context.Context) (keys int64, err error) {
	err = k.pool.QueryRow(ctx, "SELECT count(*) FROM wrapped_keys").Scan(&keys)
	return keys, serverFault(ctx, err)
}

// mark reads a mark, and takes it for what this process knows of the store.
func (k *serverStore) mark(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := k.pool.QueryRow(ctx, "SELECT value FROM marks WHERE name = $1", name).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		value, err = nil, nil
	}
	if err != nil {
		return nil, serverFault(ctx, err)
	}
	k.know(map[string][]byte{name: value})
	return value, nil
}

func (k *serverStore) know(marks map[string][]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, name := range guarded {
		if value, ok := marks[name]; ok {
			k.known[name] = value
		}
	}
}

func (k *serverStore) setMarks(ctx context.Context, marks map[string][]byte) error {
	err := k.write(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, alone); err != nil {
			return err
		}
		var batch pgx.Batch
		k.queueGuard(&batch)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(marks)) {
			if err := putMark(ctx, tx, name, marks[name]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		k.know(marks)
	}
	return err
}

func putMark(ctx context.Context, tx pgx.Tx, name string, value []byte) (err error) {
	if value == nil {
		_, err = tx.Exec(ctx, "DELETE FROM marks WHERE name = $1", name)
	} else {
		_, err = tx.Exec(ctx, "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2", name, value)
	}
	return err
}

// write runs one transaction that is on disk when write returns.
func (k *serverStore) write(ctx context.Context, do func(pgx.Tx) error) error {
	return serverFault(ctx, pgx.BeginFunc(ctx, k.pool, do))
}

// The server's words for what may pass.
const (
	lockWait = "55P03"
	deadlock = "40P01"
)

// serverFault tells a server that is away, or busy, from what is wrong.
func serverFault(ctx context.Context, err error) error {
	if err == nil || fault.Code(err) != "" || ctx.Err() != nil {
		return err
	}
	said, answered := errors.AsType[*pgconn.PgError](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	switch {
	case answered && (said.Code == lockWait || said.Code == deadlock):
		return fault.New(fault.Conflict, "vault.keys-busy")
	case answered && said.Code[:2] != "57" && said.Code[:2] != "08" && !connecting:
		return fault.New(fault.Conflict, "vault.keys-refused", "why", said.Message)
	case answered, connecting, network, pgconn.SafeToRetry(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return fault.New(fault.Conflict, "vault.keys-away", "why", err.Error())
	}
	return err
}
