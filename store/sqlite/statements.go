package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// statements keeps what was prepared on one connection: the same few texts
// serve every act, and most of a short question's time is its preparation.
type statements struct {
	on   querier
	kept map[string]*statement

	written map[manyRows]string
}

// manyRows is a statement that writes so many rows of so many columns.
type manyRows struct {
	head, tail    string
	columns, size int
}

// rows is the text of a statement that writes rows.
func (s statements) rows(head, tail string, columns, size int) string {
	at := manyRows{head, tail, columns, size}
	text, made := s.written[at]
	if !made {
		row := "(" + marks(columns) + ")"
		text = head + row + strings.Repeat(","+row, size-1) + tail
		s.written[at] = text
	}
	return text
}

// statement is busy while its rows are read: the same question within itself
// needs a statement of its own.
type statement struct {
	*sql.Stmt
	busy bool
}

func newStatements(on querier) statements {
	return statements{on: on, kept: map[string]*statement{}, written: map[manyRows]string{}}
}

func (s statements) prepared(ctx context.Context, text string) (*statement, error) {
	if kept, ok := s.kept[text]; ok {
		return kept, nil
	}
	stmt, err := s.on.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %.60q: %w", text, err)
	}
	kept := &statement{Stmt: stmt}
	s.kept[text] = kept
	return kept, nil
}

// query asks; free is called when the rows are closed.
func (s statements) query(ctx context.Context, text string, args []any) (rows *sql.Rows, free func(), err error) {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	if stmt.busy {
		rows, err = s.on.QueryContext(ctx, text, args...)
		return rows, func() {}, err
	}
	if rows, err = stmt.QueryContext(ctx, args...); err != nil {
		return nil, nil, err
	}
	stmt.busy = true
	return rows, func() { stmt.busy = false }, nil
}

func (s statements) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (s statements) close() error {
	var errs []error
	for _, stmt := range s.kept {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}
