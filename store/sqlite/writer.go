package sqlite

import (
	"cmp"
	"fmt"
)

// exec writes; it answers how many rows the database says it wrote.
func (t *tx) exec(text string, args ...any) (int64, error) {
	if err := cmp.Or(t.failure, t.asked.Err()); err != nil {
		return 0, t.fail(err)
	}
	result, err := t.statements.exec(t.ctx, text, args)
	if err == nil {
		var rows int64
		if rows, err = result.RowsAffected(); err == nil {
			return rows, nil
		}
	}
	return 0, t.fail(taken(err))
}

// fail remembers why the act can't be done.
func (t *tx) fail(err error) error {
	t.failure = err
	return err
}

// rowsAtOnce are the numbers of rows that one statement carries, largest
// first: past some dozens the gain in speed is spent and the statement only
// grows.
var rowsAtOnce = []int{40, 16, 8, 4, 2, 1}

// each row's values are appended to a list by a rowFunc.
type rowFunc func(i int, to []any) []any

// Statements say OR FAIL: they would otherwise keep a journal of their own, to
// undo their first rows when a later one is refused. Here the whole act is
// undone then.

// insert adds n rows to "table (column, …)".
func (t *tx) insert(into string, columns, n int, args rowFunc) error {
	_, err := t.write("INSERT OR FAIL INTO "+into+" VALUES ", "", columns, n, args)
	return err
}

// write writes n rows by as few statements as possible: before the rows of
// values stands head, after them tail.
func (t *tx) write(head, tail string, columns, n int, args rowFunc) (int64, error) {
	var written int64
	from := 0
	for _, size := range rowsAtOnce {
		if n-from < size {
			continue
		}
		text := t.statements.rows(head, tail, columns, size)
		for ; n-from >= size; from += size {
			t.values = t.values[:0]
			for i := range size {
				t.values = args(from+i, t.values)
			}
			rows, err := t.exec(text, t.values...)
			if err != nil {
				return written, err
			}
			written += rows
		}
	}
	return written, nil
}

// put writes one row, or sets it when its key is there.
func (t *tx) put(table, columns string, values ...any) error {
	_, err := t.exec("INSERT OR REPLACE INTO "+table+" ("+columns+") VALUES ("+marks(len(values))+")", values...)
	if err != nil {
		return fmt.Errorf("write %s: %w", table, err)
	}
	return nil
}
