package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// RejectFile holds the rows that were not taken, each with its reasons, so
// that the office can mend them and send them again. It is a CSV of its own:
//
//	row     the row's number under the header
//	line    the line of the file where it begins
//	column  the columns that are wrong, "; " between them; empty for the row as a whole
//	reason  why, a sentence for each column, a line's end between them
//	cut     "yes" where raw is not the whole row
//	raw     the row's bytes as they stand in the file, in its own encoding
//
// It holds people's answers, so only its owner may read it (mode 0600). The
// raw column is what the office wrote, to the byte: a cell that begins with
// "=" is a formula to a spreadsheet program. Open it in a text editor, or
// import it as text.
type RejectFile struct {
	path string
	file *os.File
	csv  *csv.Writer
	rows int
}

// rejectHeader is the first line, by which a reject file is known again.
const rejectHeader = "row,line,column,reason,cut,raw"

// CreateRejects makes the file at a path. An earlier reject file there is
// replaced; anything else that stands there is left alone and an error.
func CreateRejects(path string) (*RejectFile, error) {
	if err := clearRejects(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, rejectFault(path, err)
	}
	f := &RejectFile{path: path, file: file, csv: csv.NewWriter(file)}
	if err := errors.Join(file.Chmod(0o600), f.csv.Write(strings.Split(rejectHeader, ","))); err != nil {
		return nil, errors.Join(rejectFault(path, err), file.Close())
	}
	return f, nil
}

// ClearRejects removes the reject file of an earlier run, once every row of
// that file is good: left there it would be taken for this run's. What is no
// reject file stays.
func ClearRejects(path string) error {
	if err := clearRejects(path); fault.Code(err) != "sheet.reject-path-taken" {
		return err
	}
	return nil
}

// clearRejects removes an earlier reject file. It is removed rather than
// emptied: whoever has it open, or another name for it, gets no new rows.
func clearRejects(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return rejectFault(path, err)
	}
	if !info.Mode().IsRegular() || !isRejectFile(path, info.Size()) {
		return fault.New(fault.Conflict, "sheet.reject-path-taken", "file", path)
	}
	if err := os.Remove(path); err != nil {
		return rejectFault(path, err)
	}
	return nil
}

// isRejectFile reports whether a file begins like a reject file, or is empty.
func isRejectFile(path string, size int64) bool {
	if size == 0 {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	first, err := bufio.NewReaderSize(file, 256).ReadString('\n')
	return err == nil && strings.TrimRight(first, "\r\n") == rejectHeader
}

func rejectFault(path string, err error) error {
	return &caused{error: fault.New(fault.Invalid, "sheet.reject-not-written", "file", path, "detail", err), cause: err}
}

// Add writes one row. The sentences come from the catalogue: say makes one of
// a fault.
func (f *RejectFile) Add(e *RowError, say func(error) string) error {
	var columns, reasons []string
	for _, c := range e.Cells {
		if c.Column != "" {
			columns = append(columns, c.Column)
		}
		reasons = append(reasons, say(c.Fault))
	}
	cut := ""
	if e.Cut {
		cut = "yes"
	}
	f.rows++
	err := f.csv.Write([]string{
		strconv.Itoa(e.Row), strconv.Itoa(e.Line), strings.Join(columns, "; "), strings.Join(reasons, "\n"), cut, string(e.Raw),
	})
	if err != nil {
		return rejectFault(f.path, err)
	}
	return nil
}

// Rows is how many rows the file holds.
func (f *RejectFile) Rows() int { return f.rows }

// Close sees the file to the disk. A file without a row is removed.
func (f *RejectFile) Close() error {
	f.csv.Flush()
	err := errors.Join(f.csv.Error(), f.file.Sync(), f.file.Close())
	if f.rows == 0 {
		err = errors.Join(err, os.Remove(f.path))
	}
	err = errors.Join(err, syncDir(filepath.Dir(f.path)))
	if err != nil {
		return rejectFault(f.path, err)
	}
	return nil
}

// syncDir sees to the disk that a file was made, or removed.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
