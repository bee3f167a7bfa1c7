package postgres

import (
	"cmp"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/openchancery/chancery/store"
)

// reader asks within one transaction.
type reader struct{ *session }

var (
	_ store.Reader = (*reader)(nil)
	_ store.Tx     = (*tx)(nil)
)

// scanner is a row that can be scanned.
type scanner interface{ Scan(...any) error }

// one scans a single row, or answers store.ErrNone.
func one[T any](r *reader, scan func(scanner) (T, error), text string, args ...any) (T, error) {
	list, err := all(r, scan, text, args...)
	if err == nil && len(list) > 0 {
		return list[0], nil
	}
	var none T
	if err == nil {
		err = store.ErrNone
	}
	return none, err
}

// all is every row of a question that is known to be short.
func all[T any](r *reader, scan func(scanner) (T, error), text string, args ...any) (list []T, err error) {
	err = r.ask(text, args, func(rows pgx.Rows) error {
		return collect(rows, scan, func(v T) { list = append(list, v) })
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// collect gives every row to keep.
func collect[T any](rows pgx.Rows, scan func(scanner) (T, error), keep func(T)) error {
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return err
		}
		keep(v)
	}
	return rows.Err()
}

// The rows of a page: the first is short, since many ask for a few only.
const (
	firstPage = 50
	laterPage = 1000
)

// paged is a question that may have any number of rows. Its text holds the
// rows behind a key, in its order, and ends in LIMIT; the key and the limit
// are its last arguments.
type paged[T any] struct {
	first string // without a key, where no key is before all rows
	text  string
	args  []any
	key   []any         // before all rows
	of    func(T) []any // the key of a row
	scan  func(scanner) (T, error)
}

// each yields every row, page by page, so that between two rows anything else
// can be asked, and no more than a page is held.
func each[T any](r *reader, q paged[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		key, limit, text := q.key, firstPage, cmp.Or(q.first, q.text)
		for {
			page, err := all(r, q.scan, text, slices.Concat(q.args, key, []any{limit})...)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range page {
				if !yield(v, nil) {
					return
				}
			}
			if len(page) < limit {
				return
			}
			key, limit, text = q.of(page[len(page)-1]), laterPage, q.text
		}
	}
}

// value scans a row of one column.
func value[T any](s scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
}

// flag scans 0 and 1.
type flag struct{ to *bool }

// ScanInt64 implements pgtype.Int64Scanner.
func (f flag) ScanInt64(v pgtype.Int8) error {
	*f.to = v.Int64 != 0
	return nil
}

// bit is how a flag stands in a table.
func bit(set bool) int64 {
	if set {
		return 1
	}
	return 0
}

// texts are ids as an array.
func texts[T ~string](ids []T) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}
