package rulebook

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// Read makes answers of canonical texts, each by the type of its field. An
// empty text is no answer. An amount may leave its currency out, since the
// field has one.
//
// The faults name the field and never the text, which may be personal:
// rulebook.category-unknown, rulebook.field-not-asked, rulebook.answer-invalid
// (with type and, of a choice, nothing more), rulebook.answer-too-long.
func (e *Edition) Read(category string, raw map[string]string) (Answers, error) {
	c, ok := e.categories[category]
	if !ok {
		return nil, fault.New(fault.Invalid, "rulebook.category-unknown", "programme", e.ID, "category", category)
	}
	answers := make(Answers, len(raw))
	for id, text := range raw {
		if !c.asks[id] {
			return nil, e.firstNotAsked(c, raw)
		}
		if text == "" {
			continue
		}
		v, err := e.fields[id].read(text)
		if err != nil {
			return nil, e.firstUnreadable(c, raw)
		}
		answers[id] = v
	}
	return answers, nil
}

// fieldForm is what a field may be called. Anything else may be an answer, typed
// into the wrong place, and isn't repeated.
var fieldForm = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// firstNotAsked names the first id, in the order of ids, that the form doesn't
// ask: a map's own order would give another fault each time.
func (e *Edition) firstNotAsked(c *compiledCategory, raw map[string]string) error {
	var first string
	for id := range raw {
		if !c.asks[id] && (first == "" || id < first) {
			first = id
		}
	}
	if !fieldForm.MatchString(first) {
		first = "…"
	}
	return fault.New(fault.Invalid, "rulebook.field-not-asked", "field", first, "category", c.ID)
}

// firstUnreadable gives the fault of the first field, in the order of the form.
// Ids that the form doesn't ask come before it.
func (e *Edition) firstUnreadable(c *compiledCategory, raw map[string]string) error {
	for id := range raw {
		if !c.asks[id] {
			return e.firstNotAsked(c, raw)
		}
	}
	for _, id := range c.Asks {
		if text := raw[id]; text != "" {
			if _, err := e.fields[id].read(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// read makes a value of one text that is not empty.
func (f *Field) read(text string) (Value, error) {
	if why := f.unsaid(text); why != said {
		return Value{kind: f.Type, unsaid: why}, nil
	}
	v, ok := Value{kind: f.Type, text: text}, true
	var err error
	switch f.Type {
	case Text:
		if utf8.RuneCountInString(text) > f.Max {
			return Value{}, fault.New(fault.Invalid, "rulebook.answer-too-long", "field", f.ID, "most", f.Max)
		}
		ok = utf8.ValidString(text) && !strings.ContainsFunc(text, unprintable)
	case Choice:
		ok = slices.ContainsFunc(f.Options, func(o Option) bool { return o.ID == text })
	case Time:
		ok = isTimeOfDay(text)
	case Date:
		v.text = ""
		v.date, err = day.Parse(text)
	case PartialDate:
		v.text, ok = readWhen(text)
	case FullName:
		var n Name
		n, ok = ParseName(text)
		v.text = n.String()
	case Whereabouts:
		var a Address
		a, ok = ParseAddress(text)
		ok = ok && (a.Place == "" || f.Places != "")
		v.text = a.String()
	case Amount:
		v.text = ""
		v.amount, err = f.readAmount(text)
	case Integer:
		v.text = ""
		v.number, err = strconv.ParseInt(text, 10, 64)
		ok = err == nil && strconv.FormatInt(v.number, 10) == text
	case Boolean:
		v.text = ""
		ok = text == "true" || text == "false"
		if text == "true" {
			v.number = 1
		}
	}
	if err != nil || !ok {
		return Value{}, fault.New(fault.Invalid, "rulebook.answer-invalid", "field", f.ID, "type", f.Type)
	}
	return v, nil
}

// unsaid is why a text says that there is no answer, where the field takes that.
func (f *Field) unsaid(text string) unsaid {
	switch {
	case f.Unsure && text == UnsureText:
		return unsure
	case f.Decline && text == DeclinedText:
		return declined
	}
	return said
}

// whenForm is how a partial date is written: 2022, 2022-03, 2022-03-14, about
// 2022-03, or one of several, 2022-03/2022-05, 2022-03-14/16.
var whenForm = regexp.MustCompile(`^((about )?[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?/[0-9]{2,4}(-[0-9]{2}){0,2})$`)

// readWhen reads a partial date. It is bounded on both sides: what could be any
// day at all tells a rule nothing, and is answered as "I don't know".
func readWhen(text string) (string, bool) {
	w, err := day.ParseWhen(text)
	if err != nil || !whenForm.MatchString(text) || w.First().IsZero() || w.Last().IsZero() {
		return "", false
	}
	return w.String(), true
}

func (f *Field) readAmount(text string) (money.Amount, error) {
	if decimal, ok := strings.CutSuffix(text, " "+string(f.Currency)); ok {
		text = decimal
	}
	return money.Parse(text, f.Currency)
}

// isTimeOfDay reports whether it is "00:00" to "23:59".
func isTimeOfDay(s string) bool {
	if len(s) != 5 || s[2] != ':' {
		return false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s[:2] <= "23" && s[3] <= '5'
}

// unprintable are control characters other than those that a person types in a
// text of several lines: they could forge what a terminal or a log shows.
func unprintable(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// TextsByClass parts answers by the class of their fields: their canonical texts;
// a class without answers isn't there. Ids that the edition doesn't know are left
// out.
func (e *Edition) TextsByClass(a Answers) map[Class]map[string]string {
	parts := make(map[Class]map[string]string, len(Classes))
	for id, v := range a {
		f, ok := e.fields[id]
		if !ok {
			continue
		}
		texts := parts[f.Class]
		if texts == nil {
			texts = map[string]string{}
			parts[f.Class] = texts
		}
		texts[id] = v.Text()
	}
	return parts
}

// Missing lists the fields that the category asks and that have no answer, in
// the order of the form. Of a category that the edition doesn't know it lists
// none.
func (e *Edition) Missing(category string, a Answers) []string {
	c, ok := e.categories[category]
	if !ok {
		return nil
	}
	var missing []string
	for _, id := range c.Asks {
		if _, ok := a[id]; !ok {
			missing = append(missing, id)
		}
	}
	return missing
}
