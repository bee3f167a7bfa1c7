// Package workbook files many claims by a spreadsheet. The spreadsheet is made of
// the rulebook: a column for each question of a category, with the answers that it
// takes. It comes back with what is wrong in each row, in the same file, until
// nothing is; then its rows are filed, each under the filer's own reference, so
// that a file that is given again files nothing twice.
package workbook

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/rulebook"
)

// The columns that a spreadsheet has beside those of the rulebook.
const (
	ResultColumn  = "result"        // the first: what came of the row; whatever stands there is left aside
	MandateColumn = "under_mandate" // the mandate that a representative files under
)

// Form is the spreadsheet of one category, in one language.
type Form struct {
	Edition  *rulebook.Edition
	Category *rulebook.Category
	Language string
	// Aside is the folder in which what is large of an XLSX lies in clear while it is
	// read or written; the system's where it is empty.
	Aside string

	columns []column
	at      map[string]int // by name
}

// column is one column of the spreadsheet.
type column struct {
	name   string
	title  string
	hint   string
	kind   rulebook.FieldType
	field  string            // id of the question; "" for a column of ours
	needed bool              // the claim is deficient without it, or can't be filed
	offers []string          // the words that it offers, in order; nil for any text
	means  map[string]string // by word in small letters: the canonical text
}

// New makes the form of a category. The fault is rulebook.category-unknown.
func New(e *rulebook.Edition, category, language string) (*Form, error) {
	columns, err := e.Columns(category, language)
	if err != nil {
		return nil, err
	}
	c, _ := e.Category(category)
	f := &Form{Edition: e, Category: c, Language: language, at: map[string]int{}}
	f.add(column{name: ResultColumn, title: f.say("bulk.column.result"), hint: f.say("bulk.hint.result")})
	for _, of := range columns {
		f.add(f.columnOf(of))
		if of.Name == rulebook.NumberColumn {
			f.add(column{name: MandateColumn, title: f.say("bulk.column.mandate"), hint: f.say("bulk.hint.mandate"), kind: rulebook.Text})
		}
	}
	return f, nil
}

// Sensitive reports whether a column asks something sensitive.
func (f *Form) Sensitive() bool {
	return slices.ContainsFunc(f.columns, func(c column) bool {
		field, known := f.Edition.Field(c.field)
		return known && field.Class == rulebook.Sensitive
	})
}

func (f *Form) add(c column) {
	f.at[c.name] = len(f.columns)
	f.columns = append(f.columns, c)
}

func (f *Form) say(code string) string { return catalogue.Label(f.Language, code) }

// columnOf is a column that the rulebook asks for.
func (f *Form) columnOf(of rulebook.Column) column {
	c := column{name: of.Name, title: of.Label, kind: of.Type, needed: of.Needed}
	switch of.Name {
	case rulebook.NumberColumn, rulebook.ReceivedColumn, rulebook.ClaimantColumn:
		c.title, c.hint = f.say("label.column."+of.Name), f.say("bulk.hint."+of.Name)
		c.needed = of.Name != rulebook.ReceivedColumn // none is the day of filing
		if of.Name == rulebook.ClaimantColumn {
			c.means = map[string]string{}
			for _, kind := range of.Options {
				c.offer(f.say("bulk.claimant."+kind), kind)
			}
		}
		return c
	}
	c.field = of.Name
	if _, known := f.Edition.Field(of.Name); !known {
		c.field = strings.TrimPrefix(of.Name, "field_")
	}
	field, _ := f.Edition.Field(c.field)
	c.hint = strings.TrimSpace(strings.Join([]string{field.Help.In(f.Language), f.takes(field)}, "\n"))
	f.offers(&c, field)
	return c
}

// takes says what may answer a question.
func (f *Form) takes(field *rulebook.Field) string {
	switch field.Type {
	case rulebook.Choice, rulebook.Boolean:
		return "" // it offers its words
	}
	text, _ := catalogue.Say(f.Language, "form.takes."+string(field.Type), map[string]string{"max": strconv.Itoa(field.Max), "currency": string(field.Currency)})
	return text
}

// offers fills in the words that a question offers. What is typed may be the
// answer's id as well, or its label in another language of the programme.
func (f *Form) offers(c *column, field *rulebook.Field) {
	c.means = map[string]string{}
	for _, o := range field.Options {
		c.offer(o.Label.In(f.Language), o.ID)
		for _, label := range o.Label {
			c.mean(label, o.ID)
		}
	}
	if field.Type == rulebook.Boolean {
		for _, v := range []string{"true", "false"} {
			c.offer(f.say("label.answer."+v), v)
			for _, language := range f.Edition.Programme.Languages {
				c.mean(catalogue.Label(language, "label.answer."+v), v)
			}
		}
		c.mean("1", "true") // what a spreadsheet keeps of TRUE and FALSE
		c.mean("0", "false")
	}
	unsaid := map[string]string{}
	if field.Unsure {
		unsaid[rulebook.UnsureText] = "label.answer.unsure"
	}
	if field.Decline {
		unsaid[rulebook.DeclinedText] = "label.answer.declined"
	}
	for _, text := range []string{rulebook.UnsureText, rulebook.DeclinedText} {
		if code, ok := unsaid[text]; !ok {
			continue
		} else if len(c.offers) > 0 {
			c.offer(f.say(code), text)
		} else {
			c.mean(f.say(code), text)
			c.mean(text, text)
		}
	}
}

func (c *column) offer(word, text string) {
	if !slices.Contains(c.offers, word) {
		c.offers = append(c.offers, word)
	}
	c.mean(word, text)
	c.mean(text, text)
}

// mean lets a word stand for an answer, unless it stands for another already.
func (c *column) mean(word, text string) {
	word = strings.ToLower(word)
	if _, taken := c.means[word]; !taken && word != "" {
		c.means[word] = text
	}
}
