package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/openchancery/chancery/store"
)

// CopyOut gives whole tables of one state, in a read transaction. While it
// lasts the write-ahead log can't be cut, and grows with what is written.
func (s *Store) CopyOut(ctx context.Context, look func(store.Copier) error) error {
	t, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin to copy: %w", err)
	}
	defer t.Rollback() // a read leaves nothing to keep
	// SQLite takes its state at the first question, not at BEGIN.
	var any int
	if err := t.QueryRowContext(ctx, "SELECT count(*) FROM meta").Scan(&any); err != nil {
		return fmt.Errorf("begin to copy: %w", err)
	}
	return look(&copier{ctx, t})
}

// copier reads whole tables within one transaction.
type copier struct {
	ctx context.Context
	t   *sql.Tx
}

// Columns are a table's columns, the key's first.
func (c *copier) Columns(table string) ([]string, error) {
	columns, _, err := c.columns(table)
	return columns, err
}

// columns also says how many of them are the key.
func (c *copier) columns(table string) (columns []string, key int, err error) {
	rows, err := c.t.QueryContext(c.ctx, `SELECT name, pk FROM pragma_table_info(?)
		ORDER BY CASE pk WHEN 0 THEN 1000 ELSE pk END, cid`, table)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var part int
		if err := rows.Scan(&name, &part); err != nil {
			return nil, 0, err
		}
		if part > 0 {
			key++
		}
		columns = append(columns, name)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	if len(columns) == 0 || !listed(table) {
		return nil, 0, fmt.Errorf("copy table %s: %w", table, store.ErrNone)
	}
	return columns, key, nil
}

// listed reports whether a table is one of ours.
func listed(table string) bool {
	return slices.ContainsFunc(tables, func(t store.Table) bool { return t.Name == table })
}

// Rows are a table's rows, in the order of the key.
func (c *copier) Rows(table string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		columns, key, err := c.columns(table)
		if err != nil {
			yield(nil, err)
			return
		}
		rows, err := c.t.QueryContext(c.ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s",
			strings.Join(columns, ", "), table, strings.Join(columns[:key], ", ")))
		if err != nil {
			yield(nil, fmt.Errorf("copy table %s: %w", table, err))
			return
		}
		defer rows.Close()
		into := make([]any, len(columns))
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				yield(nil, fmt.Errorf("copy table %s: %w", table, err))
				return
			}
			for i, v := range values {
				if raw, ok := v.([]byte); ok && raw == nil {
					values[i] = []byte{} // nil would go in as NULL
				}
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fmt.Errorf("copy table %s: %w", table, err))
		}
	}
}

// CopyIn adds rows to a table, in one transaction.
func (s *Store) CopyIn(ctx context.Context, table string, columns []string, rows [][]any) error {
	// Names become part of a statement: they must be ours.
	err := s.CopyOut(ctx, func(c store.Copier) error {
		has, err := c.Columns(table)
		if err == nil && (len(columns) != len(has) || slices.ContainsFunc(columns, func(name string) bool { return !slices.Contains(has, name) })) {
			err = fmt.Errorf("columns %s of table %s: %w", strings.Join(columns, ", "), table, store.ErrNone)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = s.Write(ctx, func(t store.Tx) error {
		return t.(*tx).insert(table+" ("+strings.Join(columns, ", ")+")", len(columns), len(rows), func(i int, to []any) []any {
			return append(to, rows[i]...)
		})
	})
	if err != nil {
		return fmt.Errorf("copy into table %s: %w", table, err)
	}
	return nil
}
