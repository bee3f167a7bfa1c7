package workbook

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/xuri/excelize/v2"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

const (
	// mostBytes bounds a file, and mostUnpacked what an XLSX unpacks to.
	mostBytes, mostUnpacked = 128 << 20, 1 << 30
	// mostRows is as many rows as one file may have.
	mostRows = 100_000
	// headRows is in how many rows from the top the names of the columns may stand.
	headRows = 5
)

// Format is what sort of file a spreadsheet is.
type Format string

// The formats.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
)

// FormatOf tells an XLSX, which is a zip, from a CSV.
func FormatOf(content []byte) Format {
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return XLSX
	}
	return CSV
}

// Load reads a file into memory, so that what was checked is what is filed. The
// faults are bulk.too-large and those of the file system.
func Load(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > mostBytes {
		return nil, fault.New(fault.Invalid, "bulk.too-large", "most", mostBytes>>20)
	}
	return os.ReadFile(path)
}

// line is a row of the file, as its cells stand.
type line struct {
	number int // from 1
	cells  []string
}

// lines goes through the rows of a spreadsheet. The faults are bulk.unreadable
// and what each answers. What is large of an XLSX lies in the folder aside meanwhile.
func lines(content []byte, aside string, each func(line) error) error {
	if FormatOf(content) == CSV {
		return csvLines(content, each)
	}
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: mostUnpacked, TmpDir: aside})
	if err != nil {
		return fault.New(fault.Invalid, "bulk.unreadable")
	}
	defer func() { _ = file.Close() }()
	sheets := file.GetSheetList()
	if len(sheets) == 0 {
		return fault.New(fault.Invalid, "bulk.unreadable")
	}
	sheet := sheets[0]
	if slices.Contains(sheets, claimsSheet) {
		sheet = claimsSheet
	}
	rows, err := file.Rows(sheet)
	if err != nil {
		return fault.New(fault.Invalid, "bulk.unreadable")
	}
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return errors.Join(fault.New(fault.Invalid, "bulk.unreadable"), rows.Close())
		}
		if err := each(line{n, cells}); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	if rows.Error() != nil {
		return fault.New(fault.Invalid, "bulk.unreadable")
	}
	return rows.Close()
}

func csvLines(content []byte, each func(line) error) error {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	first, _, _ := bytes.Cut(content, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	for _, other := range []byte{';', '\t'} {
		if bytes.Count(first, []byte{other}) > bytes.Count(first, []byte{byte(r.Comma)}) {
			r.Comma = rune(other)
		}
	}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fault.New(fault.Invalid, "bulk.unreadable")
		}
		n, _ := r.FieldPos(0)
		if err := each(line{n, cells}); err != nil {
			return err
		}
	}
}

// row is a row of claims, its cells in the order of the form's columns.
type row struct {
	number int
	cells  []string
	there  []bool // by column of the form: whether the file has it
}

// rows goes through the rows of claims: those below the names of the columns that
// aren't empty. The faults are those of lines, bulk.not-ours where no row names the
// columns, bulk.column-unknown, bulk.column-twice and bulk.too-many.
func (f *Form) rows(content []byte, each func(row) error) error {
	var order []int // by column of the file: the form's column, -1 for none
	there := make([]bool, len(f.columns))
	seen, claims := 0, 0
	err := lines(content, f.Aside, func(l line) (err error) {
		if order == nil {
			if seen++; seen > headRows {
				return fault.New(fault.Invalid, "bulk.not-ours")
			}
			order, err = f.order(l.cells)
			for _, at := range order {
				if at >= 0 {
					there[at] = true
				}
			}
			return err
		}
		r := row{l.number, make([]string, len(f.columns)), there}
		empty := true
		for i, text := range l.cells {
			if i >= len(order) || order[i] < 0 {
				if typed(text) != "" {
					return fault.New(fault.Invalid, "bulk.cell-beside", "line", l.number)
				}
				continue
			}
			r.cells[order[i]] = typed(text)
			empty = empty && (order[i] == 0 || r.cells[order[i]] == "")
		}
		if empty {
			return nil
		}
		if claims++; claims > mostRows {
			return fault.New(fault.Invalid, "bulk.too-many", "most", mostRows)
		}
		return each(r)
	})
	if err == nil && order == nil {
		err = fault.New(fault.Invalid, "bulk.not-ours")
	}
	return err
}

// order reads the names of the columns; nil where this isn't their row.
func (f *Form) order(cells []string) ([]int, error) {
	names := make([]string, len(cells))
	for i, text := range cells {
		names[i] = typed(text)
	}
	if !slices.Contains(names, rulebook.NumberColumn) || !slices.Contains(names, rulebook.ClaimantColumn) {
		return nil, nil
	}
	order, there := make([]int, len(names)), map[string]bool{}
	for i, name := range names {
		at, known := f.at[name]
		switch {
		case name == "":
			at = -1
		case !known:
			return nil, fault.New(fault.Invalid, "bulk.column-unknown", "column", columnName(i), "category", f.Category.ID)
		case there[name]:
			return nil, fault.New(fault.Invalid, "bulk.column-twice", "column", name)
		}
		order[i], there[name] = at, true
	}
	return order, nil
}

// columnName is the letter of a column, from 0.
func columnName(i int) string {
	name, err := excelize.ColumnNumberToName(i + 1)
	if err != nil {
		return fmt.Sprint(i + 1)
	}
	return name
}
