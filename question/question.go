// Package question is a question of a rulebook as a form has it: which boxes it has
// (Inputs), what stands in them of an answer (Put), the canonical text of what was
// typed (Read), and how an answer is shown (Shown). Claimants and clerks answer the
// same boxes.
package question

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/place"
	"github.com/openchancery/chancery/reply"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// Asker asks questions in a language.
type Asker struct {
	Words screen.Words
	List  func(*rulebook.Field) *place.List // the places that an address takes; nil for none
}

// The names of the boxes of one question, behind its id.
const (
	partDay, partMonth, partYear = "-day", "-month", "-year"
	partAbout                    = "-about"
	partUnsaid                   = "-unsaid"
	partLatin                    = "-latin"
	partPatronymic               = "-patronymic"
	partFormer                   = "-former"
	partPlace                    = "-place"
	partOldStreet                = "-old"
	partGone                     = "-gone"
)

// Inputs are the boxes of a question, the first with its label.
func (a Asker) Inputs(f *rulebook.Field, typed url.Values, heading, required bool) []screen.Field {
	say := a.Words.Say
	first := screen.Field{
		Name: f.ID, Label: f.Label.In(a.Words.Lang), Hint: f.Help.In(a.Words.Lang), Heading: heading, Value: typed.Get(f.ID),
		Suffix: f.Unit.In(a.Words.Lang),
	}
	if !required {
		first.Label = say("interview.optional", "label", first.Label)
	}
	if example := f.Example.In(a.Words.Lang); example != "" {
		first.Hint = strings.TrimSpace(first.Hint + " " + say("interview.example", "example", example))
	}
	line := func(part, code string, width int) screen.Field {
		return screen.Field{Kind: screen.Line, Name: f.ID + part, Label: say(code), Hint: a.hint(code + "-hint"), Value: typed.Get(f.ID + part), Width: width, Max: 300}
	}
	fields := []screen.Field{first}
	it := &fields[0]
	switch f.Type {
	case rulebook.Text:
		it.Kind, it.Max = screen.Line, f.Max
		if f.Max > 300 {
			it.Kind, it.Rows = screen.Lines, 8
		}
	case rulebook.Choice:
		it.Kind = screen.Radios
		for _, o := range f.Options {
			it.Choices = append(it.Choices, screen.Choice{Value: o.ID, Label: o.Label.In(a.Words.Lang), Checked: typed.Get(f.ID) == o.ID})
		}
	case rulebook.Boolean:
		it.Kind = screen.Radios
		for _, o := range []string{"true", "false"} {
			it.Choices = append(it.Choices, screen.Choice{Value: o, Label: say("interview.reply." + map[string]string{"true": "yes", "false": "no"}[o]), Checked: typed.Get(f.ID) == o})
		}
	case rulebook.Date, rulebook.PartialDate:
		it.Kind = screen.DayPart
		it.Day, it.Month, it.Year = typed.Get(f.ID+partDay), typed.Get(f.ID+partMonth), typed.Get(f.ID+partYear)
		if f.Type == rulebook.Date {
			it.Hint = strings.TrimSpace(it.Hint + " " + say("interview.date.hint"))
			break
		}
		it.Hint = strings.TrimSpace(it.Hint + " " + say("interview.date.partial"))
		fields = append(fields, tick(f.ID+partAbout, say("interview.date.about"), typed))
	case rulebook.Time:
		it.Kind, it.Width, it.Hint = screen.Line, 5, strings.TrimSpace(it.Hint+" "+say("interview.time.hint"))
	case rulebook.Amount:
		it.Kind, it.Width, it.Input, it.Prefix = screen.Line, 10, "decimal", string(f.Currency)
	case rulebook.Integer:
		it.Kind, it.Width, it.Input = screen.Line, 10, "numeric"
	case rulebook.FullName:
		it.Kind, it.Max, it.Autocomplete = screen.Line, 300, "name"
		former := line(partFormer, "interview.name.former", 0)
		former.Kind, former.Rows, former.Max = screen.Lines, 2, 0
		fields = append(fields, line(partPatronymic, "interview.name.patronymic", 20), line(partLatin, "interview.name.latin", 30), former)
	case rulebook.Whereabouts:
		it.Kind, it.Rows = screen.Lines, 3
		if f.Places != "" && (a.list(f) != nil || typed.Get(f.ID+partPlace) != "") {
			fields = append(fields, a.chosen(f, typed))
			it = &fields[0]
		}
		fields = append(fields, line(partOldStreet, "interview.address.old", 30), tick(f.ID+partGone, say("interview.address.gone"), typed))
	}
	if choices := a.unsaid(f, typed); len(choices) > 0 && (it.Kind == screen.Radios) {
		it.Choices = append(it.Choices, choices...)
	} else if len(choices) > 0 {
		fields = append(fields, screen.Field{Kind: screen.Checks, Name: f.ID + partUnsaid, Label: say("interview.unsaid"), Choices: choices})
	}
	return fields
}

// hint is a sentence where there is one.
func (a Asker) hint(code string) string {
	if a.Words.Knows(code) {
		return a.Words.Say(code)
	}
	return ""
}

// tick is a box that is ticked or not.
func tick(name, label string, typed url.Values) screen.Field {
	return screen.Field{Kind: screen.Checks, Name: name, Choices: []screen.Choice{{Value: "yes", Label: label, Checked: typed.Get(name) == "yes"}}}
}

// unsaid are the answers that say there is none. Of radios they are choices of
// the question itself.
func (a Asker) unsaid(f *rulebook.Field, typed url.Values) (choices []screen.Choice) {
	chosen := typed.Get(f.ID + partUnsaid)
	if f.Type == rulebook.Choice || f.Type == rulebook.Boolean {
		chosen = typed.Get(f.ID)
	}
	if f.Unsure {
		choices = append(choices, screen.Choice{Value: rulebook.UnsureText, Label: a.Words.Say("interview.reply.unsure"), Checked: chosen == rulebook.UnsureText, Or: true})
	}
	if f.Decline {
		choices = append(choices, screen.Choice{Value: rulebook.DeclinedText, Label: a.Words.Say("interview.reply.declined"), Checked: chosen == rulebook.DeclinedText, Or: !f.Unsure})
	}
	return choices
}

// Put fills in the boxes of a question from its answer.
func Put(typed url.Values, f *rulebook.Field, text string) {
	if text == rulebook.UnsureText || text == rulebook.DeclinedText {
		typed.Set(f.ID+partUnsaid, text)
		typed.Set(f.ID, text) // of radios
		if f.Type != rulebook.Choice && f.Type != rulebook.Boolean {
			typed.Del(f.ID)
		}
		return
	}
	switch f.Type {
	case rulebook.Date, rulebook.PartialDate:
		about, is := strings.CutPrefix(text, "about ")
		if is {
			typed.Set(f.ID+partAbout, "yes")
		}
		for n, part := range strings.SplitN(about, "-", 3) {
			typed.Set(f.ID+[]string{partYear, partMonth, partDay}[n], strings.TrimPrefix(part, "0"))
		}
	case rulebook.Amount:
		typed.Set(f.ID, strings.TrimSuffix(text, " "+string(f.Currency)))
	case rulebook.FullName:
		name, _ := rulebook.ParseName(text)
		typed.Set(f.ID, name.Full)
		typed.Set(f.ID+partLatin, name.Latin)
		typed.Set(f.ID+partPatronymic, name.Patronymic)
		typed.Set(f.ID+partFormer, strings.Join(name.Former, "\n"))
	case rulebook.Whereabouts:
		at, _ := rulebook.ParseAddress(text)
		typed.Set(f.ID, at.Words)
		typed.Set(f.ID+partPlace, at.Place)
		typed.Set(f.ID+partOldStreet, at.OldStreet)
		if at.Gone {
			typed.Set(f.ID+partGone, "yes")
		}
	default:
		typed.Set(f.ID, text)
	}
}

// Read is the canonical text of what was typed, "" for no answer; or the code of
// what is wrong with it.
func Read(f *rulebook.Field, typed url.Values) (text, wrong string) {
	box := func(part string) string { return strings.TrimSpace(typed.Get(f.ID + part)) }
	unsaid := box(partUnsaid)
	defer func() {
		if unsaid != "" && wrong == "" {
			if text != "" && text != unsaid {
				wrong = "interview.problem.both"
				return
			}
			text = unsaid
		}
	}()
	switch f.Type {
	case rulebook.Date, rulebook.PartialDate:
		return readDate(f, box)
	case rulebook.Amount:
		return plainAmount(box("")), ""
	case rulebook.Integer:
		return strings.Join(strings.Fields(box("")), ""), ""
	case rulebook.Time:
		text := strings.ReplaceAll(box(""), ".", ":")
		if len(text) == len("9:30") {
			text = "0" + text
		}
		return text, ""
	case rulebook.FullName:
		name := rulebook.Name{Full: box(""), Latin: box(partLatin), Patronymic: box(partPatronymic)}
		for former := range strings.Lines(box(partFormer)) {
			if former = strings.TrimSpace(former); former != "" {
				name.Former = append(name.Former, former)
			}
		}
		if name.Full == "" {
			if name.Latin+name.Patronymic+strings.Join(name.Former, "") != "" {
				return "", "interview.problem.name"
			}
			return "", ""
		}
		return name.String(), ""
	case rulebook.Whereabouts:
		at := rulebook.Address{Words: strings.Join(strings.FieldsFunc(box(""), func(r rune) bool { return r == '\n' || r == '\r' }), ", "), Place: box(partPlace), OldStreet: box(partOldStreet), Gone: box(partGone) == "yes"}
		if at.Words == "" && at.Place == "" {
			if at.OldStreet != "" || at.Gone {
				return "", "interview.problem.address"
			}
			return "", ""
		}
		return at.String(), ""
	case rulebook.Text:
		return strings.ReplaceAll(box(""), "\r\n", "\n"), ""
	}
	return box(""), ""
}

// digits are the boxes of a date.
var digits = regexp.MustCompile(`^[0-9]{1,4}$`)

func readDate(f *rulebook.Field, box func(string) string) (text, wrong string) {
	d, m, y := box(partDay), box(partMonth), box(partYear)
	if d+m+y == "" {
		return "", ""
	}
	partial := f.Type == rulebook.PartialDate
	wrong = "interview.problem.date"
	if partial {
		wrong = "interview.problem.partial-date"
	}
	switch {
	case len(y) != 4 || !digits.MatchString(y), m == "" && (d != "" || !partial), d == "" && !partial:
		return "", wrong
	}
	text = y
	for _, part := range []string{m, d} {
		if part == "" {
			break
		}
		if !digits.MatchString(part) || len(part) > 2 {
			return "", wrong
		}
		text += "-" + strings.Repeat("0", 2-len(part)) + part
	}
	if partial && box(partAbout) == "yes" {
		text = "about " + text
	}
	return text, ""
}

// cents is a decimal comma.
var cents = regexp.MustCompile(`,([0-9]{1,2})$`)

// plainAmount is an amount without what people put between its digits.
func plainAmount(typed string) string {
	s := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\'', '’':
			return -1
		}
		return r
	}, typed)
	s = cents.ReplaceAllString(s, ".$1")
	if strings.Count(s, ",") > 0 && !cents.MatchString(s) {
		s = strings.ReplaceAll(s, ",", "") // thousands, as in English
	}
	return s
}

// ProblemOf is the code of what the form says of an answer; "" nothing.
func ProblemOf(f *rulebook.Field, e *rulebook.Edition, category, text string) string {
	_, err := e.Read(category, map[string]string{f.ID: text})
	switch {
	case err == nil:
		return ""
	case fault.Code(err) == "rulebook.answer-too-long":
		return "interview.problem.long"
	}
	return "interview.problem." + string(f.Type)
}

// Shown is an answer in words.
func (a Asker) Shown(f *rulebook.Field, text string) string {
	if text == "" {
		return a.Words.Say("interview.not-answered")
	}
	return reply.InWords(a.Words, f, text, a.list(f))
}

// chosen is the place that was chosen from the list, with the way to choose one, which
// the interview has. After sending it stays as it is, and is changed in words.
func (a Asker) chosen(f *rulebook.Field, typed url.Values) screen.Field {
	code := typed.Get(f.ID + partPlace)
	it := screen.Field{Kind: ChosenPlace, Name: f.ID + partPlace, Label: a.Words.Say("interview.address.place"), Value: code, Hint: reply.Place(a.list(f), code)}
	if a.List != nil {
		it.Autocomplete = f.ID
	}
	return it
}

// ChosenPlace is a kind of field of our own: the place that was chosen, and a button that
// leads to the list.
const ChosenPlace screen.Kind = "chosen-place"

// list are the places that an address takes; nil for none.
func (a Asker) list(f *rulebook.Field) *place.List {
	if a.List == nil {
		return nil
	}
	return a.List(f)
}

// ReadDay is the whole day that stands in the boxes of one.
func ReadDay(d, m, y string) (day.Date, bool) {
	box := map[string]string{partDay: strings.TrimSpace(d), partMonth: strings.TrimSpace(m), partYear: strings.TrimSpace(y)}
	text, wrong := readDate(&rulebook.Field{Type: rulebook.Date}, func(part string) string { return box[part] })
	on, err := day.Parse(text)
	return on, wrong == "" && err == nil
}
