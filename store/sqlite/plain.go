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
// themselves, for benchmarks to compare with. Its tables have the columns, the
// keys and the indexes of those that the rows come from, and no triggers.
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

// PlainRows are rows to insert: those of a table of the database at File, in the
// order in which they came, which another database may know: that at Beside, if any,
// whose tables are named with beside.
type PlainRows struct{ File, Table, Order, Beside string }

// NewPlain makes a database at to, with empty tables, and reads the rows to
// insert.
func NewPlain(ctx context.Context, to string, all ...PlainRows) (_ *Plain, err error) {
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
	for _, rows := range all {
		t, err := p.take(ctx, rows)
		if err != nil {
			return nil, fmt.Errorf("take the rows of table %s: %w", rows.Table, err)
		}
		p.tables = append(p.tables, t)
	}
	return p, nil
}

// take makes a table as it stands in its database, and reads its rows.
func (p *Plain) take(ctx context.Context, from PlainRows) (t plainTable, err error) {
	source, err := sql.Open("sqlite", dsn(from.File, "ro", "FULL"))
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	layouts, err := source.QueryContext(ctx, "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC", from.Table)
	if err != nil {
		return t, err
	}
	defer layouts.Close()
	for layouts.Next() {
		var layout string
		if err := layouts.Scan(&layout); err != nil {
			return t, err
		}
		if _, err := p.on.ExecContext(ctx, layout); err != nil {
			return t, err
		}
	}
	if err := layouts.Err(); err != nil {
		return t, err
	}
	return plainRows(ctx, source, from)
}

func plainRows(ctx context.Context, source *sql.DB, from PlainRows) (t plainTable, err error) {
	on, err := source.Conn(ctx)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, on.Close()) }()
	if from.Beside != "" {
		if _, err := on.ExecContext(ctx, "ATTACH ? AS beside", from.Beside); err != nil {
			return t, err
		}
	}
	rows, err := on.QueryContext(ctx, "SELECT * FROM "+from.Table+" ORDER BY "+from.Order)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return t, err
	}
	t = plainTable{name: from.Table, columns: len(columns)}
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
