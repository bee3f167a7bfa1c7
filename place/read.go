package place

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// maxPlaces bounds a list: the whole of KATOTTG has some thirty thousand.
const maxPlaces = 500_000

// katottg is the form of a code of KATOTTG.
var katottg = regexp.MustCompile(`^UA[0-9]{17}$`)

// columns are what a file's columns may be called, in either of two forms: the
// official one has a column for the code of each level, and a place's own code is
// the last of them in its row; the flat one has a column for the code and one for
// the parent.
var columns = map[string]string{
	"перший рівень": "1", "другий рівень": "2", "третій рівень": "3", "четвертий рівень": "4", "додатковий рівень": "5",
	"level 1": "1", "level 2": "2", "level 3": "3", "level 4": "4", "additional level": "5",
	"категорія обєкта": "level", "категорія": "level", "category": "level", "level": "level",
	"назва обєкта": "name", "назва": "name", "name": "name",
	"код": "code", "код катоттг": "code", "code": "code", "parent": "parent", "код вищого рівня": "parent",
	"latin": "latin", "назва латиницею": "latin",
	"from": "from", "дата початку": "from", "чинний з": "from",
	"to": "to", "дата закінчення": "to", "чинний до": "to",
	"koatuu": "old", "коатуу": "old", "код коатуу": "old",
}

// letters are the Cyrillic letters that look like those of a level: files hold
// both.
var letters = strings.NewReplacer("О", "O", "К", "K", "Р", "P", "Н", "H", "М", "M", "Т", "T", "С", "C", "Х", "X", "В", "B")

// Read makes a list of a file in CSV (UTF-8, with commas, semicolons or tabs), as
// a spreadsheet exports the official codifier. Lines before the row of column
// names are passed over. The date is that of the snapshot.
//
// The faults are rulebook-independent: place.unreadable (why), place.no-columns,
// place.too-many, and, with the line, place.code, place.level, place.name,
// place.date, place.twice, place.no-parent, place.in-itself.
func Read(src []byte, date day.Date) (*List, error) {
	if !utf8.Valid(src) {
		return nil, fault.New(fault.Invalid, "place.unreadable", "why", "not UTF-8")
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(src))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = delimiter(src), -1, true
	r.LazyQuotes = true // settlements have names with quotes in them
	var at map[string]int
	l := &List{Date: date}
	var lines []int
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "place.unreadable", "why", err)
		}
		line, _ := r.FieldPos(0)
		if at == nil {
			at = heading(row)
			continue
		}
		p, ok, err := placeOf(row, at, line)
		if err != nil {
			return nil, err
		}
		if ok {
			l.places, lines = append(l.places, p), append(lines, line)
		}
		if len(l.places) > maxPlaces {
			return nil, fault.New(fault.Invalid, "place.too-many", "most", maxPlaces)
		}
	}
	if at == nil || len(l.places) == 0 {
		return nil, fault.New(fault.Invalid, "place.no-columns")
	}
	if err := l.build(lines); err != nil {
		return nil, err
	}
	return l, nil
}

// delimiter is what the first lines are parted by.
func delimiter(src []byte) rune {
	head := src[:min(len(src), 4096)]
	most, best := 0, ','
	for _, d := range []rune{',', ';', '\t'} {
		if n := bytes.Count(head, []byte(string(d))); n > most {
			most, best = n, d
		}
	}
	return best
}

// heading is where each column stands, nil for a row that names none.
func heading(row []string) map[string]int {
	at := map[string]int{}
	for i, cell := range row {
		cell, _, _ = strings.Cut(cell, "(")
		if what, ok := columns[fold(cell)]; ok {
			if _, twice := at[what]; !twice {
				at[what] = i
			}
		}
	}
	_, code := at["code"]
	_, first := at["1"]
	_, name := at["name"]
	_, level := at["level"]
	if (code || first) && name && level {
		return at
	}
	return nil
}

// placeOf makes a place of a row; ok is false for one without anything in it.
func placeOf(row []string, at map[string]int, line int) (p Place, ok bool, err error) {
	cell := func(what string) string {
		if i, ok := at[what]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	p = Place{Code: letters.Replace(cell("code")), Parent: letters.Replace(cell("parent")), Name: cell("name"), Latin: cell("latin"), Old: cell("old")}
	if p.Code == "" {
		for _, level := range []string{"1", "2", "3", "4", "5"} {
			if code := letters.Replace(cell(level)); code != "" {
				p.Code, p.Parent = code, p.Code
			}
		}
	}
	if p.Code == "" && p.Name == "" {
		return Place{}, false, nil
	}
	wrong := func(code, text string) (Place, bool, error) {
		return Place{}, false, fault.New(fault.Invalid, code, "line", line, "text", clip(text))
	}
	if !katottg.MatchString(p.Code) {
		return wrong("place.code", p.Code)
	}
	if p.Level = Level(letters.Replace(strings.ToUpper(cell("level")))); !slices.Contains(Levels, p.Level) {
		return wrong("place.level", cell("level"))
	}
	if p.Name == "" || utf8.RuneCountInString(p.Name) > 200 {
		return wrong("place.name", p.Name)
	}
	for what, to := range map[string]*day.Date{"from": &p.From, "to": &p.To} {
		text := cell(what)
		if text == "" {
			continue
		}
		if *to, err = readDate(text); err != nil {
			return wrong("place.date", text)
		}
	}
	return p, true, nil
}

// readDate reads 2021-01-30 and 30.01.2021.
func readDate(s string) (day.Date, error) {
	if parts := strings.Split(s, "."); len(parts) == 3 && len(parts[2]) == 4 {
		d, err1 := strconv.Atoi(parts[0])
		m, err2 := strconv.Atoi(parts[1])
		y, err3 := strconv.Atoi(parts[2])
		if err := errors.Join(err1, err2, err3); err != nil {
			return day.Date{}, err
		}
		return day.New(y, m, d)
	}
	return day.Parse(s)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// build orders the places and looks whether each lies in one that is there.
// lines are where they stand in the file.
func (l *List) build(lines []int) error {
	lineOf := make(map[string]int, len(l.places))
	for i := range l.places {
		if first, ok := lineOf[l.places[i].Code]; ok {
			return fault.New(fault.Invalid, "place.twice", "line", lines[i], "text", l.places[i].Code, "first", first)
		}
		lineOf[l.places[i].Code] = lines[i]
	}
	slices.SortFunc(l.places, func(a, b Place) int { return strings.Compare(a.Code, b.Code) })
	l.within, l.old = map[string][]int{}, map[string]int{}
	for i := range l.places {
		p := &l.places[i]
		if p.Parent != "" && lineOf[p.Parent] == 0 {
			return fault.New(fault.Invalid, "place.no-parent", "line", lineOf[p.Code], "text", p.Parent)
		}
		l.within[p.Parent] = append(l.within[p.Parent], i)
		if _, taken := l.old[p.Old]; p.Old != "" && !taken {
			l.old[p.Old] = i
		}
		l.names = append(l.names, name{fold(p.Name), i})
		if latin := fold(p.Spelled()); latin != fold(p.Name) {
			l.names = append(l.names, name{latin, i})
		}
	}
	for i := range l.places {
		if way := l.Way(l.places[i].Code); len(way) > len(Levels) {
			return fault.New(fault.Invalid, "place.in-itself", "line", lineOf[l.places[i].Code], "text", l.places[i].Code)
		}
	}
	slices.SortFunc(l.names, func(a, b name) int {
		if c := strings.Compare(a.folded, b.folded); c != 0 {
			return c
		}
		return a.at - b.at
	})
	return nil
}
