package vault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
)

// applicationID marks a file as a key store of ours ("ChKy"); the version is
// the layout's.
const (
	applicationID = 0x43684b79
	storeVersion  = 1
)

// The tables hold no key in clear, and nothing of what is sealed. destroyed
// names the claims that were erased: a claim in it never gets a key again, and
// its blobs are told from blobs whose key was lost.
const storeLayout = `
CREATE TABLE wrapped_keys (
	claim_id TEXT NOT NULL,
	class    TEXT NOT NULL,
	wrapped  BLOB NOT NULL,
	PRIMARY KEY (claim_id, class)
) STRICT, WITHOUT ROWID;
CREATE TABLE destroyed (
	claim_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE marks (
	name  TEXT NOT NULL PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`

// fileStore is a file of wrapped keys. It caches nothing, so that a destroyed
// key is gone at once, for every process.
type fileStore struct {
	db      *sql.DB
	writing sync.Mutex // one writer at a time waits here, not in SQLite's lock
	writer  *sql.Conn  // the one connection that writes; used under writing
	asked   *sql.Stmt  // of it: the version of what others wrote
	changes int64      // made here, but for keys that were kept; owned by writing
	keeps   *groupcommit.Group[[]wrappedKey]

	unknown atomic.Pointer[error] // why it isn't known what is on disk: nothing is written any more

	mu   sync.Mutex
	kept map[string]*sql.Stmt // owned by mu: what single claims are asked with, prepared
}

// createKeystore makes the file and its tables. The file is made first, so
// that SQLite gives its own files the same mode.
func createKeystore(path string) (*fileStore, error) {
	if err := writePrivate(path, nil); err != nil {
		return nil, err
	}
	return furnishFile(path, "FULL")
}

// furnishFile makes the tables in an empty file. durable is the file's setting
// synchronous: a copy is made durable as a whole at its end.
func furnishFile(path, durable string) (*fileStore, error) {
	k, err := connect(path, durable)
	if err != nil {
		return nil, err
	}
	identity := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, storeVersion)
	if _, err := k.db.Exec(identity + storeLayout); err != nil {
		return nil, closing(k, storeFault(err))
	}
	return k, nil
}

// openKeystore opens a file that createKeystore made. SQLite finds a file that
// was cut short by the size in its first page.
func openKeystore(path string) (*fileStore, error) {
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if err := checkPrivate(file); err != nil && (file == path || !fault.Is(err, fault.NotFound)) {
			return nil, err
		}
	}
	k, err := connect(path, "FULL")
	if err != nil {
		return nil, closedFault(path, err)
	}
	var id, version int
	err = k.db.QueryRow("SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&id, &version)
	if err != nil {
		return nil, closedFault(path, closing(k, storeFault(err)))
	}
	if id != applicationID || version != storeVersion {
		return nil, closing(k, fault.New(fault.Unsound, "vault.file-foreign", "file", path))
	}
	return k, nil
}

// connect opens the database, which must be there: SQLite would else make one.
// secure_delete overwrites what is deleted; temporary tables stay in memory. On macOS a
// sync reaches the disk with fullfsync only; elsewhere that says nothing.
func connect(path, durable string) (*fileStore, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	pragmas := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(" + durable + ")", "secure_delete(ON)",
		"temp_store(MEMORY)", "cache_size(-16384)", "journal_size_limit(4194304)",
		"fullfsync(ON)", "checkpoint_fullfsync(ON)",
	}}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: pragmas.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5) // of which one writes
	k := &fileStore{db: db, kept: map[string]*sql.Stmt{}}
	k.keeps = groupcommit.New(keepsAtOnce, together(k.keepAll))
	if err := k.choose(context.Background()); err != nil {
		return nil, closing(k, storeFault(err))
	}
	return k, nil
}

// choose takes the connection that writes from then on. SQLite counts for each what the
// others wrote, and not what it wrote itself.
func (k *fileStore) choose(ctx context.Context) error {
	k.changes++ // another counts anew
	writer, err := k.db.Conn(ctx)
	if err != nil {
		return err
	}
	asked, err := writer.PrepareContext(ctx, "PRAGMA data_version")
	if err != nil {
		return errors.Join(err, writer.Close())
	}
	k.writer, k.asked = writer, asked
	return nil
}

func (k *fileStore) close() error {
	var errs []error
	k.writing.Lock() // whoever writes is waited for, and may still want what mu guards
	if k.writer != nil {
		errs = append(errs, k.asked.Close())
		if err := k.writer.Close(); !errors.Is(err, sql.ErrConnDone) {
			errs = append(errs, err)
		}
	}
	k.writing.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, stmt := range k.kept {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, k.db.Close())...)
}

// load reads the keys a batch at a time.
func (k *fileStore) load(ctx context.Context, claims []string) (held, error) {
	found := held{wrapped: make(map[slot][]byte, len(claims)), destroyed: map[string]bool{}}
	for batch := range slices.Chunk(claims, claimsAtOnce) {
		if err := loadKeys(ctx, k, batch, found.wrapped); err != nil {
			return held{}, storeFault(err)
		}
	}
	erasures, err := anyDestroyed(ctx, k)
	if err != nil || !erasures {
		return found, storeFault(err)
	}
	for batch := range slices.Chunk(claims, claimsAtOnce) {
		if err := loadDestroyed(ctx, k, batch, found.destroyed); err != nil {
			return held{}, storeFault(err)
		}
	}
	return found, nil
}

// querier is a key store or a transaction of one.
type querier interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// shortText is the longest text that is kept prepared: those of single claims,
// of which preparing is most of the time. Texts of batches come in many lengths.
const shortText = 150

// prepared is the statement of a short text, nil for a long one.
func (k *fileStore) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if len(text) > shortText {
		return nil, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if stmt, ok := k.kept[text]; ok {
		return stmt, nil
	}
	stmt, err := k.db.PrepareContext(ctx, text)
	if err == nil {
		k.kept[text] = stmt
	}
	return stmt, err
}

func (k *fileStore) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := k.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return k.db.QueryContext(ctx, text, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// keysTx is a transaction of the key store.
type keysTx struct {
	*sql.Tx
	of *fileStore
}

func (t keysTx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := t.of.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return t.QueryContext(ctx, text, args...)
	}
	return t.StmtContext(ctx, stmt).QueryContext(ctx, args...)
}

func (t keysTx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := t.of.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return t.ExecContext(ctx, text, args...)
	}
	return t.StmtContext(ctx, stmt).ExecContext(ctx, args...)
}

func loadKeys(ctx context.Context, from querier, claims []string, into map[slot][]byte) error {
	query := "SELECT claim_id, class, wrapped FROM wrapped_keys WHERE claim_id IN (" + placeholders("?", len(claims)) + ")"
	rows, err := from.query(ctx, query, arguments(claims)...)
	if err != nil {
		return err
	}
	return eachRow(rows, func() error {
		var at slot
		var wrapped []byte
		err := rows.Scan(&at.claim, &at.class, &wrapped)
		into[at] = wrapped
		return err
	})
}

// anyDestroyed spares installations that never erased anybody a third of the
// time of each bulk act.
func anyDestroyed(ctx context.Context, from querier) (bool, error) {
	rows, err := from.query(ctx, "SELECT EXISTS (SELECT 1 FROM destroyed)")
	if err != nil {
		return false, err
	}
	var some bool
	err = eachRow(rows, func() error { return rows.Scan(&some) })
	return some, err
}

func loadDestroyed(ctx context.Context, from querier, claims []string, into map[string]bool) error {
	query := "SELECT claim_id FROM destroyed WHERE claim_id IN (" + placeholders("?", len(claims)) + ")"
	rows, err := from.query(ctx, query, arguments(claims)...)
	if err != nil {
		return err
	}
	return eachRow(rows, func() error {
		var claim string
		err := rows.Scan(&claim)
		into[claim] = true
		return err
	})
}

func arguments(claims []string) []any {
	args := make([]any, len(claims))
	for i, claim := range claims {
		args[i] = claim
	}
	return args
}

func eachRow(rows *sql.Rows, read func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := read(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func placeholders(one string, n int) string {
	return strings.TrimSuffix(strings.Repeat(one+",", n), ",")
}

func (k *fileStore) keep(ctx context.Context, keys []wrappedKey) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.keeps.Do(ctx, keys)
}

func (k *fileStore) keepAll(keys []wrappedKey) error {
	ctx := context.Background() // it is for several callers: none of them may end it
	k.writing.Lock()
	defer k.writing.Unlock()
	return k.commit(ctx, func(tx keysTx) error {
		erasures, err := anyDestroyed(ctx, tx)
		if err != nil {
			return err
		}
		for batch := range slices.Chunk(keys, rowsAtOnce) {
			if erasures {
				destroyed := map[string]bool{}
				if err := loadDestroyed(ctx, tx, claimsOfKeys(batch), destroyed); err != nil {
					return err
				}
				if err := refuseDestroyed(destroyed, batch); err != nil {
					return err
				}
			}
			if err := keepBatch(ctx, tx, batch); err != nil {
				return err
			}
		}
		return nil
	})
}

func keepBatch(ctx context.Context, tx keysTx, keys []wrappedKey) error {
	args := make([]any, 0, 3*len(keys))
	for _, key := range keys {
		args = append(args, key.claim, key.class, key.wrapped)
	}
	insert := "INSERT INTO wrapped_keys (claim_id, class, wrapped) VALUES " +
		placeholders("(?,?,?)", len(keys)) + " ON CONFLICT DO NOTHING"
	done, err := tx.exec(ctx, insert, args...)
	if err != nil {
		return err
	}
	if added, err := done.RowsAffected(); err != nil || int(added) == len(keys) {
		return err
	}
	there := map[slot][]byte{}
	if err := loadKeys(ctx, tx, claimsOfKeys(keys), there); err != nil {
		return err
	}
	return refuseOthers(there, keys)
}

// destroy overwrites the keys of the claims, remembers that they were erased,
// and cuts the write-ahead log, where the rows stood too. The days stand in the
// list beside the file alone.
func (k *fileStore) destroy(ctx context.Context, erasures []Erasure) error {
	err := k.write(ctx, func(tx keysTx) error {
		for _, e := range erasures {
			if _, err := tx.ExecContext(ctx, "INSERT INTO destroyed (claim_id) VALUES (?) ON CONFLICT DO NOTHING", e.Claim); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM wrapped_keys WHERE claim_id = ?", e.Claim); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return k.clean(ctx)
}

// erasures is none: the list lies beside the file.
func (k *fileStore) erasures(context.Context) ([]Erasure, error) { return nil, nil }

// sweep has nothing to do: what was destroyed is overwritten at once.
func (k *fileStore) sweep(context.Context) error { return nil }

// notDestroyed are the claims that the key store doesn't know for erased.
func (k *fileStore) notDestroyed(ctx context.Context, claims []string) (left []string, err error) {
	known := map[string]bool{}
	for batch := range slices.Chunk(claims, claimsAtOnce) {
		if err := loadDestroyed(ctx, k, batch, known); err != nil {
			return nil, storeFault(err)
		}
	}
	return slices.DeleteFunc(claims, func(claim string) bool { return known[claim] }), nil
}

// clean empties the write-ahead log, where rows stand that were written over.
func (k *fileStore) clean(ctx context.Context) error {
	var busy, logged, moved int
	err := k.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved)
	if err != nil {
		return storeFault(err)
	}
	if busy != 0 {
		return fault.New(fault.Conflict, "vault.log-not-cut")
	}
	return nil
}

// rewrap wraps anew, in one commit, the next n keys behind the slot, and gives
// the last of them; done when there is none.
func (k *fileStore) rewrap(ctx context.Context, behind slot, n int, anew func(wrappedKey) ([]byte, error)) (last slot, count int, err error) {
	last = behind
	err = k.write(ctx, func(tx keysTx) error {
		var batch []wrappedKey
		rows, err := tx.QueryContext(ctx, `SELECT claim_id, class, wrapped FROM wrapped_keys
			WHERE (claim_id, class) > (?, ?) ORDER BY claim_id, class LIMIT ?`, behind.claim, behind.class, n)
		if err != nil {
			return err
		}
		err = eachRow(rows, func() error {
			var key wrappedKey
			err := rows.Scan(&key.claim, &key.class, &key.wrapped)
			batch = append(batch, key)
			return err
		})
		if err != nil {
			return err
		}
		set, err := tx.PrepareContext(ctx, "UPDATE wrapped_keys SET wrapped = ? WHERE claim_id = ? AND class = ?")
		if err != nil {
			return err
		}
		defer set.Close()
		for _, key := range batch {
			wrapped, err := anew(key)
			if err != nil {
				return err
			}
			if wrapped == nil {
				continue
			}
			if _, err := set.ExecContext(ctx, wrapped, key.claim, key.class); err != nil {
				return err
			}
		}
		if count = len(batch); count > 0 {
			last = batch[count-1].slot
		}
		return nil
	})
	return last, count, err
}

// count is how many keys there are.
func (k *fileStore) count(ctx context.Context) (keys int64, err error) {
	err = k.db.QueryRowContext(ctx, "SELECT count(*) FROM wrapped_keys").Scan(&keys)
	return keys, storeFault(err)
}

// write runs one transaction that is on disk when write returns.
func (k *fileStore) write(ctx context.Context, do func(keysTx) error) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	k.changes++
	return k.commit(ctx, do)
}

// commit is write where writing is held. It leaves the version as it is.
func (k *fileStore) commit(ctx context.Context, do func(keysTx) error) error {
	if err := k.writable(); err != nil {
		return err
	}
	tx, err := k.writer.BeginTx(ctx, nil)
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		if err = k.choose(ctx); err == nil {
			tx, err = k.writer.BeginTx(ctx, nil)
		}
	}
	if err != nil {
		return storeFault(err)
	}
	if err := do(keysTx{tx, k}); err != nil {
		_ = tx.Rollback() // it has failed already, and err says why
		return storeFault(err)
	}
	err = tx.Commit()
	if engine, ok := errors.AsType[*sqlite.Error](err); ok && engine.Code()&0xff == sqlite3.SQLITE_IOERR {
		k.unknown.CompareAndSwap(nil, &err)
	}
	return storeFault(err)
}

func (k *fileStore) version(wait bool) version {
	if wait {
		k.writing.Lock()
	} else if !k.writing.TryLock() {
		return version{}
	}
	defer k.writing.Unlock()
	var others int64
	if err := k.asked.QueryRowContext(context.Background()).Scan(&others); err != nil {
		return version{} // the next look at the keys says why
	}
	return version{of: k, own: k.changes, others: others}
}

func (k *fileStore) writable() error {
	if why := k.unknown.Load(); why != nil {
		return fault.New(fault.Unsound, "vault.state-unknown", "why", *why)
	}
	return nil
}

// setMarks writes marks over those that stand there; one without a value is
// taken away.
func (k *fileStore) setMarks(ctx context.Context, marks map[string][]byte) error {
	return k.write(ctx, func(tx keysTx) error {
		for name, value := range marks {
			set := "INSERT INTO marks (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2"
			if value == nil {
				set = "DELETE FROM marks WHERE name = ?1 AND ?2 IS NULL"
			}
			if _, err := tx.ExecContext(ctx, set, name, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// mark is the mark of that name; nil where there is none.
func (k *fileStore) mark(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := k.db.QueryRowContext(ctx, "SELECT value FROM marks WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, storeFault(err)
}

// closedFault names the file that SQLite may not open: its own words don't, and it is
// not the database of the claims.
func closedFault(path string, err error) error {
	engine, ok := errors.AsType[*sqlite.Error](err)
	if !ok || fault.Code(err) != "" {
		return err
	}
	switch engine.Code() & 0xff {
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY:
		return fault.New(fault.Conflict, "vault.keystore-closed", "file", path, "folder", filepath.Dir(path))
	}
	return err
}

// storeFault tells a damaged file, which is a case for the backup, from what
// may pass: a full disk, a lock, a call cut short.
func storeFault(err error) error {
	engine, ok := errors.AsType[*sqlite.Error](err)
	switch {
	case err == nil || fault.Code(err) != "":
		return err
	case ok && (engine.Code()&0xff == sqlite3.SQLITE_CORRUPT || engine.Code()&0xff == sqlite3.SQLITE_NOTADB):
		return fault.New(fault.Unsound, "vault.keystore-damaged", "reason", engine.Error())
	}
	return fmt.Errorf("key store: %w", err)
}
