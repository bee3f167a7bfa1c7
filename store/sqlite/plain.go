package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Plain inserts rows as plainly as can be: what the rows of acts cost by
// themselves, for benchmarks to compare with. Its tables have the columns and
// the keys of those that the rows come from, and neither indexes nor triggers.
type Plain struct {
	db         *sql.DB
	on         *sql.Conn
	statements statements
	tables     []plainTable
}

// plainTable is the rows of one table.
type plainTable struct {
	name    string
	columns int
	rows    [][]any
	next    int
}

// NewPlain makes a database at to, with empty tables, and reads the rows to
// insert from tables of the database at from.
func NewPlain(ctx context.Context, from, to string, tables ...string) (_ *Plain, err error) {
	source, err := sql.Open("sqlite", dsn(from, "ro", "FULL"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	db, err := sql.Open("sqlite", dsn(to, "rwc", "FULL"))
	if err != nil {
		return nil, err
	}
	on, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p := &Plain{db: db, on: on, statements: newStatements(on)}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	for _, name := range tables {
		var layout string
		if err := source.QueryRowContext(ctx, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", name).Scan(&layout); err != nil {
			return nil, fmt.Errorf("read the layout of table %s: %w", name, err)
		}
		if _, err := on.ExecContext(ctx, layout); err != nil {
			return nil, err
		}
		t, err := plainRows(ctx, source, name)
		if err != nil {
			return nil, err
		}
		p.tables = append(p.tables, t)
	}
	return p, nil
}

// plainRows are all rows of a table.
func plainRows(ctx context.Context, source *sql.DB, name string) (t plainTable, err error) {
	rows, err := source.QueryContext(ctx, "SELECT * FROM "+name)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return t, err
	}
	t = plainTable{name: name, columns: len(columns)}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return t, err
		}
		t.rows = append(t.rows, row)
	}
	return t, rows.Err()
}

// Insert inserts the rows, a share of each table's to a transaction, until they
// are spent or the time is: it answers which part of them is in, and how long
// that took.
func (p *Plain) Insert(ctx context.Context, transactions int, most time.Duration) (part float64, took time.Duration, err error) {
	start := time.Now()
	for n := range transactions {
		if err := p.transaction(ctx, n, transactions); err != nil {
			return 0, 0, err
		}
		part, took = float64(n+1)/float64(transactions), time.Since(start)
		if took >= most {
			break
		}
	}
	return part, took, nil
}

func (p *Plain) transaction(ctx context.Context, n, of int) error {
	if _, err := p.statements.exec(ctx, "BEGIN", nil); err != nil {
		return err
	}
	for i := range p.tables {
		t := &p.tables[i]
		to := (n + 1) * len(t.rows) / of
		for _, size := range rowsAtOnce {
			text := "INSERT INTO " + t.name + " VALUES " + strings.TrimSuffix(strings.Repeat("("+marks(t.columns)+"),", size), ",")
			for ; to-t.next >= size; t.next += size {
				if _, err := p.statements.exec(ctx, text, slices.Concat(t.rows[t.next:t.next+size]...)); err != nil {
					return fmt.Errorf("insert into %s: %w", t.name, err)
				}
			}
		}
	}
	_, err := p.statements.exec(ctx, "COMMIT", nil)
	return err
}

// Rows is how many rows of a table there are to insert.
func (p *Plain) Rows(table string) int {
	for _, t := range p.tables {
		if t.name == table {
			return len(t.rows)
		}
	}
	return 0
}

// Close closes the database.
func (p *Plain) Close() error { return errors.Join(p.statements.close(), p.on.Close(), p.db.Close()) }
