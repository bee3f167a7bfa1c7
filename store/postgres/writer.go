package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/openchancery/chancery/internal/patience"
	"github.com/openchancery/chancery/store"
)

// Rows of a table are sent along with everything else, by one statement: fewRows and
// fewer with their values in it, which the server reads soonest, more as a list for each
// column. From manyRows on they go by COPY, which waits for the server by itself.
const (
	fewRows  = 16
	manyRows = 200
)

// each row's values are appended to a list by a rowFunc: strings, int64 and
// byte strings, nothing else.
type rowFunc func(i int, to []any) []any

// into is a table with the columns that are written.
type into struct {
	table   string
	columns []string
	insert  string // before the rows
}

func intoTable(table, columns string) into {
	list := strings.FieldsFunc(columns, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
	return into{table, list, "INSERT INTO " + table + " (" + strings.Join(list, ", ") + ") "}
}

// marks is "$from, …" for n values.
func marks(from, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(from+i)
	}
	return strings.Join(list, ", ")
}

// values are those of one row. A byte string is never NULL.
func values(columns, i int, args rowFunc) []any {
	row := args(i, make([]any, 0, columns))
	for k, v := range row {
		if b, ok := v.([]byte); ok && b == nil {
			row[k] = []byte{}
		}
	}
	return row
}

// insert adds n rows.
func (t *tx) insert(to into, n int, args rowFunc) error {
	switch {
	case n == 0:
		return t.failed
	case n < manyRows:
		rows, list := rowsOf(len(to.columns), n, args)
		t.queue(to.insert+rows, list)
		return t.failed
	}
	return t.copyRows(to.table, to.columns, n, args)
}

// copyRows adds rows by COPY, behind what was kept.
func (t *tx) copyRows(table string, columns []string, n int, args rowFunc) error {
	if err := t.flush(); err != nil {
		return err
	}
	err := patience.While(t.conn, patience.Bulk, func() error {
		_, err := t.conn.CopyFrom(t.ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			return values(len(columns), i, args), nil
		}))
		return err
	})
	if err != nil {
		return t.fail(meaning(err))
	}
	return nil
}

// change is a statement that writes one row, in two forms: with the row's
// values, and with a list of values for each column, which VALUES stands for.
type change struct {
	one, many string
	columns   int
}

// write writes n rows, each of which must be there to be written: otherwise the
// act is refused with store.ErrTaken.
func (t *tx) write(c change, n int, args rowFunc) error {
	exactly := func(n int) func(pgconn.CommandTag) error {
		return func(tag pgconn.CommandTag) error {
			if written := tag.RowsAffected(); written != int64(n) {
				return fmt.Errorf("%d of %d don't stand as this act saw them: %w", int64(n)-written, n, store.ErrTaken)
			}
			return nil
		}
	}
	t.checked = t.checked || n > 0
	switch {
	case n == 0:
		return t.failed
	case n == 1:
		t.queue(c.one, values(c.columns, 0, args)).Exec(exactly(1))
		return t.failed
	}
	from, lists := unnested(c.columns, n, args)
	t.queue(strings.Replace(c.many, "VALUES", from, 1), lists).Exec(exactly(n))
	if n < manyRows {
		return t.failed
	}
	return t.flushMany()
}

// rowsOf are n rows as what follows INSERT INTO, and the values or lists that it names.
func rowsOf(columns, n int, args rowFunc) (rows string, list []any) {
	if n > fewRows {
		from, lists := unnested(columns, n, args)
		return "SELECT * FROM " + from, lists
	}
	each := make([]string, n)
	for i := range each {
		each[i] = "(" + marks(len(list)+1, columns) + ")"
		list = append(list, values(columns, i, args)...)
	}
	return "VALUES " + strings.Join(each, ", "), list
}

// unnested are n rows as a source to select from, and the lists that it names as $1
// and so on.
func unnested(columns, n int, args rowFunc) (from string, lists []any) {
	lists, types := columnLists(columns, n, args)
	parts := make([]string, columns)
	for k := range parts {
		parts[k] = fmt.Sprintf("$%d::%s[]", k+1, types[k])
	}
	return "unnest(" + strings.Join(parts, ", ") + ")", lists
}

// columnLists turns rows into lists of values, one for each column.
func columnLists(columns, n int, args rowFunc) (lists []any, types []string) {
	rows := make([][]any, n)
	for i := range rows {
		rows[i] = values(columns, i, args)
	}
	for k := range columns {
		switch rows[0][k].(type) {
		case string:
			lists, types = append(lists, column[string](rows, k)), append(types, "text")
		case int64:
			lists, types = append(lists, column[int64](rows, k)), append(types, "bigint")
		default:
			lists, types = append(lists, column[[]byte](rows, k)), append(types, "bytea")
		}
	}
	return lists, types
}

func column[T any](rows [][]any, k int) []T {
	list := make([]T, len(rows))
	for i, row := range rows {
		list[i], _ = row[k].(T) // a row's values have the types of the first's
	}
	return list
}

// exec writes at once; it answers how many rows it wrote.
func (t *tx) exec(text string, args ...any) (rows int64, err error) {
	t.queue(text, args).Exec(func(tag pgconn.CommandTag) error {
		rows = tag.RowsAffected()
		return nil
	})
	err = t.flushMany()
	return rows, err
}

// puts is a table of which one row is written, or set when its key is there.
// It sets the row that the act saw: where another act changed or removed that
// one meanwhile it is store.ErrAgain, and where one put it there store.ErrTaken.
// ON CONFLICT would bring back what was removed.
type puts string

// put is the statement for a table with so many columns of the key, first.
func put(table, columns string, key int) puts {
	list := strings.Split(columns, ", ")
	var set, where []string
	for i, name := range list {
		text := fmt.Sprintf("%s = $%d", name, i+1)
		if i < key {
			where = append(where, text)
		} else {
			set = append(set, text)
		}
	}
	return puts("WITH seen AS (UPDATE " + table + " SET " + strings.Join(set, ", ") + " WHERE " + strings.Join(where, " AND ") +
		" RETURNING 1) INSERT INTO " + table + " (" + columns + ") SELECT " + marks(1, len(list)) + " WHERE NOT EXISTS (SELECT FROM seen)")
}

func (t *tx) put(into puts, row ...any) error {
	t.queue(string(into), values(len(row), 0, func(_ int, to []any) []any { return slices.Concat(to, row) }))
	return t.failed
}
