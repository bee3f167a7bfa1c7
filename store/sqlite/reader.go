package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/openchancery/chancery/store"
)

// querier is what a connection and a transaction have in common.
type querier interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// reader asks within one transaction.
type reader struct {
	ctx     context.Context // of the transaction: it ends with it
	q       querier
	prepare func(context.Context, string) (*sql.Stmt, error)
}

// tx asks and writes within one transaction.
type tx struct{ reader }

var (
	_ store.Reader = (*reader)(nil)
	_ store.Tx     = (*tx)(nil)
)

// scanner is a row that can be scanned.
type scanner interface{ Scan(...any) error }

// one scans a single row, or answers store.ErrNone.
func one[T any](r *reader, scan func(scanner) (T, error), text string, args ...any) (T, error) {
	var none T
	stmt, err := r.prepare(r.ctx, text)
	if err != nil {
		return none, fmt.Errorf("prepare: %w", err)
	}
	v, err := scan(stmt.QueryRowContext(r.ctx, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return none, store.ErrNone
	}
	return v, err
}

// each yields every row of a question, one at a time.
func each[T any](r *reader, scan func(scanner) (T, error), text string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := r.q.QueryContext(r.ctx, text, args...)
		if err != nil {
			yield(none, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, err)
		}
	}
}

// all is every row of a question that is known to be short.
func all[T any](r *reader, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	var list []T
	for v, err := range each(r, scan, text, args...) {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// value scans a row of one column.
func value[T any](s scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
}

// rowsAtOnce is how many rows one INSERT carries: past some dozens the gain in
// speed is spent and the statement only grows.
const rowsAtOnce = 40

// insert writes n rows by as few statements as possible; args appends the
// values of row i. into is "table (column, …)", rest what follows the values.
// It answers how many rows the database says it wrote.
func (t *tx) insert(into string, columns int, rest string, n int, args func(i int, to []any) []any) (int64, error) {
	var written int64
	values := make([]any, 0, columns*rowsAtOnce)
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	for from := 0; from < n; {
		count := min(rowsAtOnce, n-from)
		if count < rowsAtOnce {
			count = 1 // two statements in all, so that each is prepared once
		}
		values = values[:0]
		for i := range count {
			values = args(from+i, values)
		}
		text := "INSERT INTO " + into + " VALUES " + row + strings.Repeat(","+row, count-1) + rest
		stmt, err := t.prepare(t.ctx, text)
		if err != nil {
			return written, fmt.Errorf("prepare insert into %s: %w", into, err)
		}
		result, err := stmt.ExecContext(t.ctx, values...)
		if err != nil {
			return written, taken(err)
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return written, err
		}
		written += rows
		from += count
	}
	return written, nil
}

// idsAtOnce is how many ids one question names.
const idsAtOnce = 500

// marks is "?,?,?" for n values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }
