package blank

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// Item is one thing on a sheet: what is said, and room to write.
type Item struct {
	Kind    string // head, part, question, address, proofs, list, sign
	Number  int    // of a question, from 1
	Again   bool   // it goes on from the sheet before
	Title   string
	OnlyIf  string // when it is to be answered; "" always
	Needed  bool   // the form can't be sent without it
	Hint    string
	Text    []string // paragraphs
	Options []string // boxes to tick, one of them
	Narrow  bool     // the options stand in two columns
	Boxes   []Boxes  // groups of boxes for a digit each
	Lines   []Line
	Ticks   []string // boxes to tick beside an answer
	Rows    []int    // of a table, by number
	Unit    string
}

// Boxes are boxes for so many digits.
type Boxes struct {
	Label string
	N     int
}

// Line is room for so many lines of handwriting.
type Line struct {
	Label string
	N     int
}

// writer puts the questions of a category into items.
type writer struct {
	e        *rulebook.Edition
	category *rulebook.Category
	words    screen.Words
	numbers  map[string]int // of each question
}

// items are all of the form, in its order.
func (w *writer) items() []Item {
	for n, id := range w.category.Asks {
		w.numbers[id] = n + 1
	}
	say := w.words.Say
	list := []Item{{Kind: "head", Title: w.category.Title.In(w.words.Lang), Text: []string{say("paper.how.write"), say("paper.how.skip"), say("paper.how.proofs"), say("paper.how.free")}}}
	declared := ""
	if n := len(w.e.Sections); n > 1 && !w.e.Sections[n-1].Evidence {
		declared = w.e.Sections[n-1].ID
	}
	ask := func(section string) {
		for _, id := range w.category.Asks {
			if f, ok := w.e.Field(id); ok && f.Section == section {
				list = append(list, w.question(f))
			}
		}
	}
	proofs := false
	for _, s := range w.e.Sections {
		if s.ID == declared {
			break
		}
		has := slices.ContainsFunc(w.category.Asks, func(id string) bool { f, ok := w.e.Field(id); return ok && f.Section == s.ID })
		if has || s.Evidence {
			list = append(list, Item{Kind: "part", Title: s.Title.In(w.words.Lang), Hint: s.Hint.In(w.words.Lang)})
		}
		ask(s.ID)
		if s.Evidence {
			proofs = true
			list = append(list, w.proofs()...)
		}
	}
	if len(w.e.Sections) == 0 {
		list = append(list, Item{Kind: "part", Title: say("paper.part.questions")})
		ask("")
	}
	if !proofs {
		list = append(list, Item{Kind: "part", Title: say("paper.part.proofs")})
		list = append(list, w.proofs()...)
	}
	list = append(list, Item{Kind: "part", Title: say("paper.post.part")}, Item{Kind: "address", Title: say("paper.post.title"), Hint: say("paper.post.hint"), Lines: []Line{{"", 4}}})
	list = append(list, Item{Kind: "part", Title: say("paper.part.declare"), Hint: say("paper.declare.true")})
	if declared != "" {
		ask(declared)
	}
	return append(list, Item{Kind: "sign", Lines: []Line{{say("paper.sign.name"), 1}, {say("paper.sign.signature"), 1}, {say("paper.sign.helper"), 1}}, Boxes: w.day()})
}

// proofs are what may show the loss, and the list of what comes with the form.
func (w *writer) proofs() []Item {
	var list []Item
	for _, one := range []struct {
		code   string
		proofs []rulebook.Proof
	}{{"interview.proof.best", w.category.Evidence.Best}, {"interview.proof.good", w.category.Evidence.Good}, {"interview.proof.accepted", w.category.Evidence.Accepted}} {
		it := Item{Kind: "proofs", Title: w.words.Say(one.code)}
		for _, p := range one.proofs {
			it.Text = append(it.Text, p.Text.In(w.words.Lang))
		}
		if len(it.Text) > 0 {
			list = append(list, it)
		}
	}
	rows := make([]int, 8)
	for n := range rows {
		rows[n] = n + 1
	}
	return append(list, Item{Kind: "list", Title: w.words.Say("paper.proofs.list"), Hint: w.words.Say("paper.proofs.copies"), Rows: rows})
}

// question is one question with room for its answer.
func (w *writer) question(f *rulebook.Field) Item {
	say, lang := w.words.Say, w.words.Lang
	it := Item{
		Kind: "question", Number: w.numbers[f.ID], Title: f.Label.In(lang), Hint: f.Help.In(lang), OnlyIf: w.onlyIf(f), Unit: f.Unit.In(lang),
		Needed: slices.Contains(w.category.Requires, f.ID),
	}
	if example := f.Example.In(lang); example != "" {
		it.Hint = strings.TrimSpace(it.Hint + " " + say("interview.example", "example", example))
	}
	w.room(f, &it)
	if f.Unsure {
		it.tick(say("interview.reply.unsure"))
	}
	if f.Decline {
		it.tick(say("interview.reply.declined"))
	}
	it.Narrow = len(it.Options) > 3 && !slices.ContainsFunc(it.Options, func(o string) bool { return len([]rune(o)) > 36 })
	return it
}

// tick adds a box to tick: to the options where there are some.
func (it *Item) tick(text string) {
	if len(it.Options) > 0 {
		it.Options = append(it.Options, text)
		return
	}
	it.Ticks = append(it.Ticks, text)
}

// room is the room that a question of a type needs.
func (w *writer) room(f *rulebook.Field, it *Item) {
	say := w.words.Say
	switch f.Type {
	case rulebook.Choice:
		for _, o := range f.Options {
			it.Options = append(it.Options, o.Label.In(w.words.Lang))
			if text := o.Text.In(w.words.Lang); text != "" {
				it.Text = append(it.Text, text)
			}
		}
	case rulebook.Boolean:
		it.Options = []string{say("interview.reply.yes"), say("interview.reply.no")}
	case rulebook.Date:
		it.Boxes = w.day()
	case rulebook.PartialDate:
		it.Boxes = w.day()
		it.Hint = strings.TrimSpace(it.Hint + " " + say("paper.date.partial"))
		it.tick(say("interview.date.about"))
	case rulebook.Time:
		it.Boxes = []Boxes{{say("paper.hour"), 2}, {say("paper.minute"), 2}}
	case rulebook.Amount:
		it.Lines, it.Unit = []Line{{"", 1}}, string(f.Currency)
	case rulebook.Integer:
		it.Boxes = []Boxes{{"", 6}}
	case rulebook.FullName:
		it.Lines = []Line{{"", 1}, {say("interview.name.patronymic"), 1}, {say("interview.name.latin"), 1}, {say("interview.name.former"), 1}}
	case rulebook.Whereabouts:
		it.Lines = []Line{{"", 2}, {say("interview.address.old"), 1}}
		it.tick(say("interview.address.gone"))
	default:
		it.Lines = []Line{{"", linesFor(f.Max)}}
		if f.Max > 1000 {
			it.Hint = strings.TrimSpace(it.Hint + " " + say("paper.more"))
		}
	}
}

// linesFor is how many lines of handwriting a text of so many characters gets: a
// long one goes on on another sheet.
func linesFor(most int) int {
	switch {
	case most <= 80:
		return 1
	case most <= 300:
		return 2
	case most <= 1000:
		return 6
	}
	return 12
}

func (w *writer) day() []Boxes {
	return []Boxes{{w.words.Say("screen.day"), 2}, {w.words.Say("screen.month"), 2}, {w.words.Say("screen.year"), 4}}
}

// onlyIf says when a question is to be answered, by the numbers of others.
func (w *writer) onlyIf(f *rulebook.Field) string {
	if f.When == "" {
		return ""
	}
	if c, ok := w.e.OnlyIf(f.ID); ok {
		if text, ok := w.condition(c); ok {
			return w.words.Say("paper.only-if", "what", text)
		}
	}
	var numbers []string
	for _, id := range w.e.AskedAfter(f.ID) {
		if n, here := w.numbers[id]; here {
			numbers = append(numbers, strconv.Itoa(n))
		}
	}
	if len(numbers) == 0 {
		return w.words.Say("paper.only-if-fits")
	}
	return w.words.Say("paper.only-if-after", "questions", strings.Join(numbers, ", "))
}

// condition puts a condition into words; false where it turns on what this form
// doesn't ask.
func (w *writer) condition(c rulebook.AskedIf) (string, bool) {
	if len(c.Parts) > 0 {
		parts := make([]string, len(c.Parts))
		for n, part := range c.Parts {
			var ok bool
			if parts[n], ok = w.condition(part); !ok {
				return "", false
			}
		}
		return strings.Join(parts, " "+w.words.Say("paper.if-"+string(c.Op))+" "), true
	}
	n, here := w.numbers[c.Field]
	f, ok := w.e.Field(c.Field)
	if !here || !ok {
		return "", false
	}
	value := c.Value
	switch f.Type {
	case rulebook.Boolean:
		value = w.words.Say("interview.reply." + map[string]string{"true": "yes", "false": "no"}[c.Value])
	case rulebook.Choice:
		i := slices.IndexFunc(f.Options, func(o rulebook.Option) bool { return o.ID == c.Value })
		if i < 0 {
			return "", false
		}
		value = f.Options[i].Label.In(w.words.Lang)
	}
	return w.words.Say("paper.if-"+string(c.Op), "n", strconv.Itoa(n), "value", value), true
}
