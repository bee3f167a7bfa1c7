package sheet

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/fault"
)

// RowError says why a row of the file can't be taken. The reader can go on
// after it. Raw holds the row, and with it what may be personal: it goes into
// the reject file and nowhere else, and neither Error nor the faults show it.
type RowError struct {
	File  string
	Row   int    // under the header, from 1
	Line  int    // of the file, where the row begins
	Cells []Cell // what is wrong, by column, at least one
	Raw   []byte // the row as in the file without its last line end, at most MaxRaw bytes of it
	Cut   bool   // the row is longer than Raw
}

// MaxRaw is how much of a bad row is kept.
const MaxRaw = 64 << 10

// Cell is what is wrong with one cell, or with the row as a whole.
type Cell struct {
	Column string // its name in the header; "" for the row as a whole
	Fault  error  // a *fault.Fault with file, row, line and column among its values
}

// Error is the form for logs: places and codes, no cell's text.
func (e *RowError) Error() string {
	s := fmt.Sprintf("%s: row %d (line %d)", e.File, e.Row, e.Line)
	for _, c := range e.Cells {
		s += fmt.Sprintf(": %s", fault.Code(c.Fault))
		if c.Column != "" {
			s += fmt.Sprintf(" in %q", c.Column)
		}
	}
	return s
}

// Unwrap gives the faults, the first column's first.
func (e *RowError) Unwrap() []error {
	all := make([]error, len(e.Cells))
	for i, c := range e.Cells {
		all[i] = c.Fault
	}
	return all
}

// Code and Column are those of the first cell that is wrong.
func (e *RowError) Code() string { return fault.Code(errors.Join(e.Unwrap()...)) }

// Column is the first column that is wrong, "" for the row as a whole.
func (e *RowError) Column() string { return e.Cells[0].Column }

// add notes one more thing that is wrong with the row.
func (e *RowError) add(column, code string, pairs ...any) {
	column = shown(column)
	values := append([]any{"file", e.File, "row", e.Row, "line", e.Line, "column", column}, pairs...)
	e.Cells = append(e.Cells, Cell{Column: column, Fault: fault.New(fault.Invalid, code, values...)})
}

// keep keeps the row's bytes, as many as MaxRaw.
func (e *RowError) keep(raw []byte) {
	raw = bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte{'\n'}), []byte{'\r'})
	if len(raw) > MaxRaw {
		raw, e.Cut = raw[:MaxRaw], true
	}
	e.Raw = append([]byte(nil), raw...)
}
