package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"iter"
	"strings"

	"github.com/openchancery/chancery/store"
)

// querier is what a connection and a transaction have in common.
type querier interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// reader asks within one transaction.
type reader struct {
	ctx        context.Context // of the transaction: it ends with it
	asked      context.Context // of who asked: it may end at any time
	broke      *error          // of an act: a question that failed fails it too; nil where somebody only reads
	q          querier
	statements statements
}

// tx asks and writes within one transaction.
type tx struct {
	reader
	failure error // of the first write or question that failed: the act fails with it
	values  []any // of the rows that are being written
	trust   trust
}

var (
	_ store.Reader = (*reader)(nil)
	_ store.Tx     = (*tx)(nil)
)

// scanner is a row that can be scanned.
type scanner interface{ Scan(...any) error }

// one scans a single row, or answers store.ErrNone.
func one[T any](r *reader, scan func(scanner) (T, error), text string, args ...any) (T, error) {
	for v, err := range each(r, scan, text, args...) {
		return v, err
	}
	var none T
	return none, store.ErrNone
}

// each yields every row of a question, one at a time.
func each[T any](r *reader, scan func(scanner) (T, error), text string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, free, err := r.statements.query(r.ctx, text, args)
		if err != nil {
			yield(none, r.failed(err))
			return
		}
		defer free()
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			err = r.failed(cmp.Or(err, r.asked.Err()))
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, r.failed(err))
		}
	}
}

// failed notes that a question of an act failed: SQLite may have rolled the act
// back, and what it wrote then would stand alone.
func (r *reader) failed(err error) error {
	if err != nil && r.broke != nil && *r.broke == nil {
		*r.broke = err
	}
	return err
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

// idsAtOnce is how many ids one question names.
const idsAtOnce = 500

// marks is "?,?,?" for n values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }
