package dossier

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// format is a kind of CSV file, which is recognised by its header.
type format struct {
	name    string
	columns []string // all of them stand in the header, in any order
	may     []string // these may stand there too
	read    func(r *rollReader, s *sheet)
}

// formats are the CSV files that are read: other people's lists, and each sort
// of fact as WriteCSV writes it.
func formats() []format {
	all := []format{
		{"memberships", []string{"organisation", "state", "status", "from", "to", "source", "confidence", "note"}, []string{"known"}, readMemberships},
		{"offices", []string{"organisation", "office", "person", "kind", "from", "to", "source", "confidence", "note"}, []string{"known"}, readOffices},
		{"meetings", []string{"series", "edition", "date", "place", "attendance_known", "source", "note"}, []string{"known"}, readMeetings},
		{"igo_membership", []string{"igo", "cow_ccode", "cow_abb", "status", "first_year", "last_year", "open_at_end_of_data"}, []string{"known"}, readSpells},
		{"igo_list", []string{"igo", "name", "ionum", "long_name", "start_year", "dead_year", "first_data_year", "last_data_year"}, []string{"known"}, readOrganisations},
		{"cow_states", []string{"stateabb", "ccode", "statenme", "styear", "stmonth", "stday", "endyear", "endmonth", "endday", "version"}, []string{"known"}, readStates},
	}
	for _, own := range Sheets() {
		if own.read == nil {
			continue
		}
		all = append(all, format{own.Name, own.must, own.columns(), own.into})
	}
	return all
}

// sheet is a CSV file that is read row by row.
type sheet struct {
	*reader
	file    string
	header  []string
	columns map[string]int
	rows    *csv.Reader
	fields  []string // of the row at hand
	line    int
}

// next goes to the next row; false at the end. A row with too few or too many
// fields is an error and passed over.
func (s *sheet) next() bool {
	for {
		fields, err := s.rows.Read()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err == nil {
			s.fields = fields
			s.line, _ = s.rows.FieldPos(0)
			return true
		}
		line, detail := 0, err.Error()
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			line, detail = wrong.Line, wrong.Err.Error()
		}
		if errors.Is(err, csv.ErrFieldCount) {
			s.wrong(place{s.file, line}, "dossier.csv-fields", "fields", len(fields), "columns", len(s.header))
			continue
		}
		s.wrong(place{s.file, line}, "dossier.csv-syntax", "detail", detail)
		return false
	}
}

func (s *sheet) at() place { return place{s.file, s.line} }

// get is a field of the row at hand; "" where the file has no such column.
func (s *sheet) get(column string) string {
	i, ok := s.columns[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(s.fields[i])
}

// must is get where something has to stand.
func (s *sheet) must(column string) string {
	text := s.get(column)
	if text == "" {
		s.wrong(s.at(), "dossier.field-missing", "field", column)
	}
	return text
}

// when is a date as the list gives it.
func (s *sheet) when(column string) day.When {
	w, err := day.ParseWhen(s.get(column))
	if err != nil {
		s.wrong(s.at(), "dossier.not-a-date", "field", column, "text", s.get(column))
	}
	return w
}

// known is the day on which the row was learned, no date where it says none.
func (s *sheet) known() day.Date {
	text := s.get("known")
	if text == "" {
		return day.Date{}
	}
	d, err := day.Parse(text)
	if err != nil {
		s.wrong(s.at(), "dossier.not-a-day", "field", "known", "text", text)
	}
	return d
}

// state is the state that a column gives the code of.
func (s *sheet) state(column string) roll.ID {
	code := s.must(column)
	if code == "" {
		return ""
	}
	id, ok := StateOf(code)
	if !ok {
		s.wrong(s.at(), "dossier.unknown-state", "field", column, "text", code)
	}
	return id
}

// readCSV reads a CSV file by its header.
func (r *rollReader) readCSV(file string, text []byte) {
	rows := csv.NewReader(bytes.NewReader(text))
	header, err := rows.Read()
	if err != nil {
		r.wrong(place{file, 1}, "dossier.csv-syntax", "detail", err.Error())
		return
	}
	s := &sheet{reader: r.reader, file: file, header: slices.Clone(header), columns: map[string]int{}, rows: rows}
	rows.ReuseRecord = true
	for i, name := range s.header {
		s.header[i] = strings.ToLower(strings.TrimSpace(name))
		s.columns[s.header[i]] = i
	}
	if f, ok := recognise(s.header); ok {
		f.read(r, s)
		return
	}
	var known []string
	for _, f := range formats() {
		known = append(known, f.name+": "+strings.Join(f.columns, ","))
	}
	r.wrong(place{file, 1}, "dossier.csv-header-unknown", "header", strings.Join(header, ","), "known", strings.Join(known, "\n  "))
}

// recognise is the format that a header is of: all its columns are there, and
// none that it doesn't know.
func recognise(header []string) (format, bool) {
	for _, f := range formats() {
		fits := true
		for _, c := range f.columns {
			fits = fits && slices.Contains(header, c)
		}
		for i, c := range header {
			fits = fits && (slices.Contains(f.columns, c) || slices.Contains(f.may, c)) && slices.Index(header, c) == i
		}
		if fits {
			return f, true
		}
	}
	return format{}, false
}
