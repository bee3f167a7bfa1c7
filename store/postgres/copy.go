package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/store"
)

// CopyOut gives whole tables of one state, in a read transaction. While it
// lasts the server keeps every row that is changed or removed meanwhile.
func (s *Store) CopyOut(ctx context.Context, look func(store.Copier) error) error {
	return s.Read(ctx, func(r store.Reader) error {
		c := &copier{r.(*reader)}
		// The state is taken at the first question, not at BEGIN.
		if _, err := c.Columns(tables[0].Name); err != nil {
			return fmt.Errorf("begin to copy: %w", err)
		}
		return look(c)
	})
}

// copier reads whole tables within one transaction.
type copier struct{ *reader }

// Columns are a table's columns, the key's first.
func (c *copier) Columns(table string) ([]string, error) {
	list, err := c.columns(table)
	return names(list), err
}

// tableColumn is a column of a table.
type tableColumn struct {
	name    string
	key     bool
	integer bool
}

func scanColumn(s scanner) (tableColumn, error) {
	var c tableColumn
	err := s.Scan(&c.name, &c.key, &c.integer)
	return c, err
}

func names(list []tableColumn) (names []string) {
	for _, c := range list {
		names = append(names, c.name)
	}
	return names
}

// columns are a table's columns, those of its key first and in its order;
// ErrNone for a table that isn't ours.
func (r *reader) columns(table string) ([]tableColumn, error) {
	if !slices.ContainsFunc(tables, func(t store.Table) bool { return t.Name == table }) {
		return nil, fmt.Errorf("table %s: %w", table, store.ErrNone)
	}
	return all(r, scanColumn, `SELECT a.attname::text, k.place IS NOT NULL, a.atttypid = 'bigint'::regtype
		FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
		LEFT JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place) ON k.attnum = a.attnum
		WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY k.place NULLS LAST, a.attnum`, table)
}

func scanRowOf(columns int) func(scanner) ([]any, error) {
	return func(s scanner) ([]any, error) {
		row, to := make([]any, columns), make([]any, columns)
		for i := range row {
			to[i] = &row[i]
		}
		return row, s.Scan(to...)
	}
}

// Rows are a table's rows, in the order of the key.
func (c *copier) Rows(table string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		columns, err := c.columns(table)
		if err != nil {
			yield(nil, fmt.Errorf("copy: %w", err))
			return
		}
		keys := slices.DeleteFunc(slices.Clone(columns), func(c tableColumn) bool { return !c.key })
		key := strings.Join(names(keys), ", ")
		list := paged[[]any]{
			first: fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT $1", strings.Join(names(columns), ", "), table, key),
			text: fmt.Sprintf("SELECT %s FROM %s WHERE (%s) > (%s) ORDER BY %s LIMIT $%d",
				strings.Join(names(columns), ", "), table, key, marks(1, len(keys)), key, len(keys)+1),
			of:   func(row []any) []any { return row[:len(keys)] },
			scan: scanRowOf(len(columns)),
		}
		for row, err := range each(c.reader, list) {
			if err != nil {
				err = fmt.Errorf("copy table %s: %w", table, err)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// CopyIn adds rows to a table, in one transaction, by COPY.
func (s *Store) CopyIn(ctx context.Context, table string, columns []string, rows [][]any) error {
	err := s.Write(ctx, func(st store.Tx) error {
		t := st.(*tx)
		has, err := t.columns(table)
		if err != nil {
			return err
		}
		// Names become part of a statement: they must be ours.
		if !slices.Equal(slices.Sorted(slices.Values(columns)), slices.Sorted(slices.Values(names(has)))) {
			return fmt.Errorf("columns %s: %w", strings.Join(columns, ", "), store.ErrNone)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := t.copyRows(table, columns, len(rows), func(i int, to []any) []any { return append(to, rows[i]...) }); err != nil {
			return err
		}
		if table == "jobs" { // River is told of none that are copied
			return t.wake(copiedJobs(columns, rows)...)
		}
		if table == "docket" { // what is appended next comes behind what was copied
			t.queue("SELECT setval('docket_seq_seq', greatest((SELECT max(seq) FROM docket), (SELECT last_value FROM docket_seq_seq)))", nil)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("copy into table %s: %w", table, err)
	}
	return nil
}

// copiedJobs are the jobs of copied rows that may still be done, by what River
// wants to know of them.
func copiedJobs(columns []string, rows [][]any) (jobs []store.Job) {
	at := func(row []any, column string) any { return row[slices.Index(columns, column)] }
	for _, row := range rows {
		var j store.Job
		j.Kind, _ = at(row, "kind").(string)
		j.Key, _ = at(row, "key").(string)
		due, _ := at(row, "due").(string)
		if j.Due.UnmarshalText([]byte(due)) == nil && at(row, "failed") == int64(0) {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// Rows prints each row of a table, all columns but the row's own sequence
// number, in the order of their printed texts, where 10 stands before 9. The
// server sorts them, on disk where they are many, and gives them one by one.
func (s *Store) Rows(ctx context.Context, table string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := s.printRows(ctx, table, func(row string) bool { return yield(row, nil) })
		if err != nil && !errors.Is(err, errEnough) {
			yield("", fmt.Errorf("read table %s: %w", table, err))
		}
	}
}

// errEnough says that nobody wants more rows.
var errEnough = errors.New("enough")

func (s *Store) printRows(ctx context.Context, table string, yield func(string) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return s.Read(ctx, func(sr store.Reader) error {
		r := sr.(*reader)
		columns, err := r.columns(table)
		if err != nil {
			return err
		}
		columns = slices.DeleteFunc(columns, func(c tableColumn) bool { return c.name == "seq" })
		list := names(columns)
		order := make([]string, len(columns))
		for i, c := range columns {
			order[i] = c.name
			if c.integer {
				order[i] += `::text COLLATE "C"`
			}
		}
		scan := scanRowOf(len(columns))
		text := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(list, ", "), table, strings.Join(order, ", "))
		return r.ask(text, nil, func(rows pgx.Rows) error {
			for rows.Next() {
				values, err := scan(rows)
				if err != nil {
					return err
				}
				if !yield(printRow(list, values)) {
					cancel() // or the rest would be read, to the table's end
					return errEnough
				}
			}
			return rows.Err()
		})
	})
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
