package screen

import "strconv"

// Problem is what is wrong with one field of a form, in the same words in the
// summary and at the field.
type Problem struct{ Field, Text string }

// Kind is how a field is answered.
type Kind string

// The kinds of fields.
const (
	Line    Kind = "line"   // one line of text
	Lines   Kind = "lines"  // several
	Radios  Kind = "radios" // one of a few
	Checks  Kind = "checks" // any of a few
	Select  Kind = "select" // one of many
	DayPart Kind = "date"   // day, month and year, each a box: name-day, name-month, name-year
	File    Kind = "file"
)

// Field is one question of a form, as the template "field" shows it. Its id is
// its name.
type Field struct {
	Kind    Kind
	Name    string
	Label   string
	Hint    string
	Problem string // what is wrong with it; "" nothing
	Value   string // what was answered; of checks and radios, Choices say it
	Heading bool   // the label is the page's first heading: one question a page
	Choices []Choice

	Day, Month, Year string // of a date

	Prefix, Suffix string   // beside a line: a currency, a unit
	Width          int      // of a line: for about so many characters; 0: the whole width
	Rows           int      // of lines; 0: five
	Input          string   // of a line: "numeric", "decimal", "tel", "email"; "" text
	Autocomplete   string   // as HTML names it; "off" if empty
	Lang           string   // of the answer, where it isn't the page's; ""
	Code           bool     // a code or reference: no spelling, capitals
	Max            int      // characters; 0: no limit shown to the browser
	Accept         string   // of a file: the kinds, as HTML has them
	Several        bool     // of a file: more than one
	Camera         bool     // of a file: a phone offers its camera
	Before         []string // names of other fields' hints that describe this one too
}

// Choice is one answer of radios, checks or a select.
type Choice struct {
	Value, Label, Hint string
	Checked            bool
	Or                 bool // after a line "or": none of the others
}

// DescribedBy are the ids of what a screen reader reads with the field.
func (f Field) DescribedBy() string {
	ids := ""
	if f.Hint != "" {
		ids = f.Name + "-hint"
	}
	if f.Problem != "" {
		ids += " " + f.Name + "-error"
	}
	return ids
}

// RowCount is the height of a field of several lines.
func (f Field) RowCount() string {
	if f.Rows == 0 {
		return "5"
	}
	return strconv.Itoa(f.Rows)
}

// WidthClass is the class that sets the width of a line.
func (f Field) WidthClass() string {
	for _, w := range []int{2, 4, 5, 10, 20, 30} {
		if f.Width > 0 && f.Width <= w {
			return "w" + strconv.Itoa(w)
		}
	}
	return ""
}

// ChoiceID is the id of the nth choice: a link in the summary leads to the
// first one.
func (f Field) ChoiceID(n int) string {
	if n == 0 {
		return f.Name
	}
	return f.Name + "-" + strconv.Itoa(n+1)
}

// Task is a row of a task list. The whole row is the link.
type Task struct {
	Path   string // "" where it can't be started yet
	Title  string
	Hint   string
	Status string // in words
	Done   bool
}

// Row is a row of a summary: what was asked, what was answered, and where that
// is changed.
type Row struct {
	Key    string
	Value  string // lines are kept
	Change string // path; "" where it can't be
}
