// Package sqlite keeps an installation in one SQLite file: WAL, a commit that
// returns only after fsync, one writer, many readers beside it. It is the
// embedded default: nothing else to install.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
	"github.com/openchancery/chancery/store"
)

// Store is one SQLite database. The zero value is of no use: Open makes it.
type Store struct {
	acts       *groupcommit.Group[act]
	writing    chan struct{} // holds one token: one batch of acts at a time
	writer     *sql.Conn
	writers    *sql.DB
	statements statements // of the writer, owned by who holds the token
	readers    *sql.DB
	reading    chan struct{} // room for those who read at once
	tables     []store.Table // nil: all, since the schema is the newest
	idle       readConns
	checkpoints

	distrusted atomic.Int64          // so many acts ask, before one is told anything unasked
	unknown    atomic.Pointer[error] // why it isn't known what is on disk: no act is taken any more
}

var _ store.Store = (*Store)(nil)

// Commits sync with fdatasync, as SQLite's own builds do on Linux: a file's times need
// not be on disk, and on a file system with a journal they are half of what a commit
// waits for. It holds for the whole process, the key store too. Where there is none
// (macOS, Windows), it stays fsync.
var _, _ = sqlite.Fdatasync(true)

// Open opens the database at path, makes it when it isn't there, and brings
// its schema up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path, "FULL", len(migrations))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

// OpenScratch opens a database that need not survive a crash: the one into
// which verify rebuilds the tables.
func OpenScratch(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path, "OFF", len(migrations))
	if err != nil {
		return nil, fmt.Errorf("open scratch database %s: %w", path, err)
	}
	return s, nil
}

// OpenReadOnly opens a database to read, beside a process that writes it or
// without one.
func OpenReadOnly(path string) (*Store, error) {
	readers, err := sql.Open("sqlite", dsn(path, "ro", "OFF"))
	if err != nil {
		return nil, fmt.Errorf("open database %s to read: %w", path, err)
	}
	var at int
	err = readers.QueryRow("PRAGMA user_version").Scan(&at)
	switch {
	case err == nil && at > len(migrations):
		err = newer(at)
	case err == nil && at < len(migrations):
		// Who writes brings it up to date; reading can't.
		err = fault.New(fault.Conflict, "store.schema-older", "schema", at, "known", len(migrations))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s to read: %w", path, err), readers.Close())
	}
	return &Store{readers: readers, reading: make(chan struct{}, readsAtOnce)}, nil
}

// newer is the fault of a database that a newer program wrote: an older one
// must not touch what it doesn't know.
func newer(at int) error {
	return fault.New(fault.Conflict, "store.schema-newer", "schema", at, "known", len(migrations))
}

// open brings the database to a schema, where it is of one before.
func open(ctx context.Context, path, synchronous string, schema int) (*Store, error) {
	// SQLite would make the file for all to read, and gives its own files
	// beside it the same mode.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	address := dsn(path, "rw", synchronous)
	if synchronous == "FULL" {
		if err := gather(); err != nil {
			return nil, err
		}
		address += "&vfs=" + gathering
	}
	writers, err := sql.Open("sqlite", address)
	if err != nil {
		return nil, err
	}
	writer, err := writers.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, writers.Close())
	}
	s := &Store{
		writing: make(chan struct{}, 1), writer: writer, writers: writers, statements: newStatements(writer),
		reading: make(chan struct{}, readsAtOnce),
	}
	s.acts = groupcommit.New(actsAtOnce, s.commit)
	s.writing <- struct{}{}
	if s.readers, err = sql.Open("sqlite", dsn(path, "ro", synchronous)); err != nil {
		return nil, errors.Join(err, s.statements.close(), writer.Close(), writers.Close())
	}
	if err := s.settle(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.migrate(ctx, schema); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.beginCheckpoints(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func dsn(path, mode, synchronous string) string {
	q := url.Values{"mode": {mode}, "_pragma": {
		"busy_timeout(10000)", "synchronous(" + synchronous + ")",
		"temp_store(memory)", "foreign_keys(on)",
	}}
	if mode == "ro" {
		// There are several readers, and the system keeps the pages too.
		q["_pragma"] = append(q["_pragma"], "cache_size(-4000)")
	}
	if mode != "ro" {
		q["_pragma"] = append(q["_pragma"], "cache_size(-32000)")
		// With recursive triggers, REPLACE can't slip past those of the docket.
		q["_pragma"] = append(q["_pragma"], "journal_mode(wal)", "wal_autocheckpoint(4000)", "recursive_triggers(on)",
			"secure_delete(on)")
		// On macOS a sync reaches the disk only so; elsewhere these say nothing.
		q["_pragma"] = append(q["_pragma"], "fullfsync(on)", "checkpoint_fullfsync(on)")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// migrate applies what the schema still lacks, each step in a transaction of
// its own.
func (s *Store) migrate(ctx context.Context, schema int) error {
	var at int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&at); err != nil {
		return err
	}
	if at > len(migrations) {
		return newer(at)
	}
	for ; at < schema; at++ {
		step := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d; COMMIT", migrations[at], at+1)
		if _, err := s.writer.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("bring the schema to %d: %w", at+1, err)
		}
	}
	return nil
}

// Tables is the one list of every table; of those that it has, in a database of an
// older schema.
func (s *Store) Tables() []store.Table {
	if s.tables != nil {
		return s.tables
	}
	return tables
}

// Close closes every connection; the last one folds the WAL into the file.
func (s *Store) Close() error {
	errs := []error{s.idle.close(), s.readers.Close()}
	if s.writers != nil {
		errs = append(errs, s.checkpoints.end(), s.statements.close(), s.writer.Close(), s.writers.Close())
	}
	return errors.Join(errs...)
}

// Rows prints each row of a table, all columns but the row's own sequence
// number, in the order of its key.
func (s *Store) Rows(ctx context.Context, table string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		columns, order, err := s.columns(ctx, table)
		if err != nil {
			yield("", err)
			return
		}
		rows, err := s.readers.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s",
			strings.Join(columns, ", "), table, strings.Join(order, ", ")))
		if err != nil {
			yield("", fmt.Errorf("read table %s: %w", table, err))
			return
		}
		defer rows.Close()
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				yield("", err)
				return
			}
			if !yield(printRow(columns, values), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield("", fmt.Errorf("read table %s: %w", table, err))
		}
	}
}

func printRow(columns []string, values []any) string {
	var b strings.Builder
	for i, name := range columns {
		if v, ok := values[i].([]byte); ok {
			fmt.Fprintf(&b, "%s=%x ", name, v)
			continue
		}
		fmt.Fprintf(&b, "%s=%v ", name, values[i])
	}
	return strings.TrimSuffix(b.String(), " ")
}

// columns are a table's columns without seq, the key's first, and the order in
// which rows are walked: that of their printed texts, where 10 stands before 9.
func (s *Store) columns(ctx context.Context, table string) (columns, order []string, err error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT name, type = 'INTEGER' FROM pragma_table_info(?)
		WHERE name <> 'seq' ORDER BY CASE pk WHEN 0 THEN 1000 ELSE pk END, cid`, table)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var integer bool
		if err := rows.Scan(&name, &integer); err != nil {
			return nil, nil, err
		}
		columns = append(columns, name)
		if integer {
			name = "CAST(" + name + " AS TEXT)"
		}
		order = append(order, name)
	}
	if len(columns) == 0 {
		return nil, nil, fmt.Errorf("read table %s: %w", table, store.ErrNone)
	}
	return columns, order, rows.Err()
}

// taken turns a broken uniqueness into the error that office knows.
func taken(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_UNIQUE:
			return fmt.Errorf("%w: %w", store.ErrTaken, err)
		}
	}
	return err
}
