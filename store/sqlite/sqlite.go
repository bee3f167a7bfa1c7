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
	"strings"
	"sync"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/openchancery/chancery/store"
)

// Store is one SQLite database. The zero value is of no use: Open makes it.
type Store struct {
	writing sync.Mutex // one act at a time
	writer  *sql.Conn
	writers *sql.DB
	readers *sql.DB
	stmts   map[string]*sql.Stmt // of the writer, owned by writing
}

var _ store.Store = (*Store)(nil)

// Open opens the database at path, makes it when it isn't there, and brings
// its schema up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path, "FULL")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

// OpenScratch opens a database that need not survive a crash: the one into
// which verify rebuilds the tables.
func OpenScratch(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path, "OFF")
	if err != nil {
		return nil, fmt.Errorf("open scratch database %s: %w", path, err)
	}
	return s, nil
}

// OpenReadOnly opens the database beside a process that writes it.
func OpenReadOnly(path string) (*Store, error) {
	readers, err := sql.Open("sqlite", dsn(path, "ro", "OFF"))
	if err != nil {
		return nil, fmt.Errorf("open database %s to read: %w", path, err)
	}
	return &Store{readers: readers}, nil
}

func open(ctx context.Context, path, synchronous string) (*Store, error) {
	writers, err := sql.Open("sqlite", dsn(path, "rwc", synchronous))
	if err != nil {
		return nil, err
	}
	writer, err := writers.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, writers.Close())
	}
	s := &Store{writer: writer, writers: writers, stmts: map[string]*sql.Stmt{}}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, writers.Close())
	}
	if s.readers, err = sql.Open("sqlite", dsn(path, "ro", synchronous)); err != nil {
		return nil, errors.Join(err, writers.Close())
	}
	s.readers.SetMaxOpenConns(8)
	return s, nil
}

func dsn(path, mode, synchronous string) string {
	q := url.Values{"mode": {mode}, "_pragma": {
		"busy_timeout(10000)", "synchronous(" + synchronous + ")",
		"temp_store(memory)", "cache_size(-32000)", "foreign_keys(on)",
	}}
	if mode != "ro" {
		q["_pragma"] = append(q["_pragma"], "journal_mode(wal)", "wal_autocheckpoint(4000)")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// migrate applies what the schema still lacks, each step in a transaction of
// its own. A schema newer than this program is refused: an older program must
// not write into it.
func (s *Store) migrate(ctx context.Context) error {
	var at int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&at); err != nil {
		return err
	}
	if at > len(migrations) {
		return fmt.Errorf("the database has schema %d and this program knows %d: use the newer program", at, len(migrations))
	}
	for ; at < len(migrations); at++ {
		step := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d; COMMIT", migrations[at], at+1)
		if _, err := s.writer.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("bring the schema to %d: %w", at+1, err)
		}
	}
	return nil
}

// Tables is the one list of every table.
func (s *Store) Tables() []store.Table { return tables }

// Write runs act in one transaction on the one writing connection.
func (s *Store) Write(ctx context.Context, act func(store.Tx) error) (err error) {
	if s.writer == nil {
		return errors.New("the database is open to read only")
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	done := false
	defer func() {
		if !done {
			// Not ctx: a cancelled act must still give the writer free.
			_, rollback := s.writer.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			err = errors.Join(err, rollback)
		}
	}()
	if err := act(&tx{reader{ctx: ctx, q: s.writer, prepare: s.prepare}}); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	return nil
}

// Read runs look in one read transaction, so that it sees one state.
func (s *Store) Read(ctx context.Context, look func(store.Reader) error) error {
	t, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer t.Rollback() // a read leaves nothing to keep
	return look(&reader{ctx: ctx, q: t, prepare: t.PrepareContext})
}

// Close closes every connection; the last one folds the WAL into the file.
func (s *Store) Close() error {
	errs := []error{s.readers.Close()}
	if s.writers != nil {
		for _, stmt := range s.stmts {
			errs = append(errs, stmt.Close())
		}
		errs = append(errs, s.writer.Close(), s.writers.Close())
	}
	return errors.Join(errs...)
}

// prepare keeps the writer's statements: the same few serve every act.
func (s *Store) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[text]; ok {
		return stmt, nil
	}
	stmt, err := s.writer.PrepareContext(ctx, text)
	if err == nil {
		s.stmts[text] = stmt
	}
	return stmt, err
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

// columns are a table's columns without seq, and its key in order.
func (s *Store) columns(ctx context.Context, table string) (columns, key []string, err error) {
	rows, err := s.readers.QueryContext(ctx, "SELECT name FROM pragma_table_info(?) WHERE name <> 'seq' ORDER BY CASE pk WHEN 0 THEN 1000 ELSE pk END, cid", table)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, nil, err
		}
		columns = append(columns, name)
	}
	if len(columns) == 0 {
		return nil, nil, fmt.Errorf("read table %s: %w", table, store.ErrNone)
	}
	return columns, columns, rows.Err()
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
