package sheet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/openchancery/chancery/fault"
)

// Reader goes through a file row by row. It is for one goroutine.
type Reader struct {
	name   string
	file   io.Closer
	plan   plan
	comma  byte
	tape   *tape
	ahead  *bufio.Reader
	csv    *csv.Reader
	origin int64 // place in the file at which csv began
	place  int64 // place of the row that Next gives next
	line   int   // line of the file at that place
	number int   // rows given so far, good and bad
	given  begin // of the row that Next gave last
	blank  int
	end    error
	cells  []string
	bad    []bool
}

// Open opens a file and holds its header against the map, which Check has
// found good: columns that the map names and the file lacks are told before
// any row is read. Close the reader.
func Open(ctx context.Context, path string, m *Map, fields []FieldSpec) (*Reader, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	r, err := From(ctx, path, file, m, fields)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r.file = file
	return r, nil
}

// openFile opens a file that can hold rows.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "sheet.file-not-found", "file", path)
	case err != nil:
		return nil, unreadable(path, err)
	case info.IsDir():
		return nil, fault.New(fault.Invalid, "sheet.file-is-directory", "file", path)
	case !info.Mode().IsRegular():
		// A pipe gives its rows once, and a file is read twice.
		return nil, fault.New(fault.Invalid, "sheet.file-not-regular", "file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return file, nil
}

func unreadable(path string, err error) error {
	return &caused{error: fault.New(fault.Invalid, "sheet.file-unreadable", "file", path, "detail", err), cause: err}
}

// caused is a fault that tells its cause among its values. The cause can be
// asked for, and is not said twice.
type caused struct {
	error
	cause error
}

// Unwrap gives the fault, then its cause.
func (c *caused) Unwrap() []error { return []error{c.error, c.cause} }

// From reads what Open would read from a file; the name is for errors.
func From(ctx context.Context, name string, source io.Reader, m *Map, fields []FieldSpec) (*Reader, error) {
	r := &Reader{name: name, comma: delimiters[m.Delimiter], tape: newTape(ctx, source), line: 1}
	start, err := sniff(name, r.tape)
	if err != nil {
		return nil, err
	}
	r.ahead = bufio.NewReaderSize(r.tape, readhead)
	r.place = start
	r.readFrom(start)
	header, err := r.readHeader(m, decoder{from: charmaps[m.Encoding]})
	if err != nil {
		return nil, err
	}
	r.plan = m.newPlan(header, fields)
	r.bad = make([]bool, len(header))
	return r, nil
}

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// Header is the file's column names.
func (r *Reader) Header() []string {
	names := make([]string, len(r.plan.header))
	for i, c := range r.plan.header {
		names[i] = c.name
	}
	return names
}

// Offset is how many bytes of the file have been read, for a progress bar.
func (r *Reader) Offset() int64 { return r.tape.size }

// BlankRows counts the rows passed over because nothing stands in any cell.
// They have a number all the same.
func (r *Reader) BlankRows() int { return r.blank }

// FileDigest is the SHA-256 of the whole file and its length in bytes, once
// Next has given io.EOF; false before that. Two passes that read the same
// bytes have the same.
func (r *Reader) FileDigest() (sum [32]byte, size int64, ok bool) {
	if r.end != io.EOF {
		return sum, 0, false
	}
	return [32]byte(r.tape.sum.Sum(nil)), r.tape.size, true
}

// Next gives the next row, io.EOF after the last. A row that can't be taken
// is a *RowError, after which Next goes on with the row that follows; every
// other error is the end: the file could not be read further, or ctx ended.
func (r *Reader) Next() (Row, error) {
	for r.end == nil {
		record, start, err := r.record()
		if err != nil {
			return Row{}, err
		}
		if record == nil {
			break
		}
		r.number++
		if allBlank(record) {
			r.blank++
			continue
		}
		r.given = start
		e := &RowError{File: r.name, Row: r.number, Line: start.line}
		row := r.plan.read(record, e, r)
		if len(e.Cells) > 0 {
			e.keep(r.tape.slice(start.place, r.place))
			return Row{}, e
		}
		return row, nil
	}
	return Row{}, r.end
}

// Refuse makes a bad row of the one that Next gave last: for what the file's
// reader can't know, such as a word that the rulebook has no meaning for.
func (r *Reader) Refuse(column string, why error) *RowError {
	e := &RowError{File: r.name, Row: r.number, Line: r.given.line}
	e.Cells = []Cell{{Column: shown(column), Fault: why}}
	e.keep(r.tape.slice(r.given.place, r.place))
	return e
}

// begin is where a row begins.
type begin struct {
	place int64
	line  int
}

// record gives the cells of the next row, as they stand in the file. At the
// end of the file it gives nil and notes the end.
func (r *Reader) record() ([]string, begin, error) {
	r.tape.startAt(r.place)
	cells, err := r.csv.Read()
	if err == io.EOF {
		r.end = io.EOF
		return nil, begin{}, nil
	}
	if r.tape.end != nil && r.tape.end != io.EOF && err != nil {
		r.end = r.tape.end
		if r.tape.ctx.Err() == nil {
			r.end = unreadable(r.name, r.tape.end)
		}
		return nil, begin{}, r.end
	}
	after := r.origin + r.csv.InputOffset()
	start := r.passEmptyLines(min(after, r.tape.size))
	switch {
	case r.plan.header == nil && (err != nil || r.tape.over):
		return nil, start, r.rowError(start)
	case r.tape.over || after-start.place > MaxRow:
		return nil, start, r.tooLong(start)
	case err != nil:
		return nil, start, r.brokenQuote(start, after)
	}
	if len(r.plan.header) > 0 {
		if err := r.wrongShape(start, after, cells); err != nil {
			return nil, start, err
		}
	}
	r.advance(after)
	return cells, start, nil
}

// passEmptyLines moves on over the empty lines before a row, which are no
// rows.
func (r *Reader) passEmptyLines(limit int64) begin {
	place := r.place
	for b := r.tape.slice(place, limit); len(b) > 0; {
		n := 0
		if b[0] == '\n' {
			n = 1
		} else if bytes.HasPrefix(b, []byte("\r\n")) {
			n = 2
		}
		if n == 0 {
			break
		}
		b, place = b[n:], place+int64(n)
	}
	r.advance(place)
	return begin{place: place, line: r.line}
}

// advance moves the place of the next row, counting lines.
func (r *Reader) advance(to int64) {
	r.line += bytes.Count(r.tape.slice(r.place, to), []byte{'\n'})
	r.place = to
}

// readFrom makes the CSV reader begin anew at a place of the file that the
// tape still keeps, or at its end.
func (r *Reader) readFrom(place int64) {
	r.tape.rewind(place)
	r.ahead.Reset(r.tape)
	r.csv = csv.NewReader(r.ahead)
	r.csv.Comma = rune(r.comma)
	r.csv.FieldsPerRecord = -1
	r.csv.ReuseRecord = true
	r.origin = place
}

func allBlank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}
