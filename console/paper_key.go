package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/question"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// The names of the boxes beside those of a question: what can be said of an answer
// that isn't there, and which of two readings is taken.
const (
	markBox   = "-mark"
	takeBox   = "-take"
	markEmpty = "empty"
	markBad   = "illegible"
)

// keyPage is a part of a form, to be keyed.
type keyPage struct {
	Action, Title string
	Asks          []asked
	Scans         []scan
	Second        bool
	Sensitive     bool
}

// asked is one question with its number on the paper.
type asked struct {
	Number int
	OnlyIf bool
	Seen   bool // what the first person keyed stands in it: a long text is compared, not keyed again
	Fields []screen.Field
	Mark   screen.Field
	Marks  bool
}

// part shows a part of the form to whoever keys it.
func (d *desk) part(w http.ResponseWriter, r *http.Request) {
	if work, ok := d.paperWork(w, r); ok {
		d.showPart(w, r, http.StatusOK, work, nil, nil)
	}
}

// partOf is the part that an address names.
func (d *desk) partOf(w http.ResponseWriter, r *http.Request, work office.PaperWork) (part paperPart, n int, ok bool) {
	parts := partsOf(d.Words(r), work)
	n, err := strconv.Atoi(r.PathValue("part"))
	p := work.Paper
	if err != nil || n < 1 || n > len(parts) {
		d.Missing(w, r)
		return part, 0, false
	}
	if p.Stage == office.PaperWaiting || p.Stage == office.PaperChecking && p.Checker != visiting(r).by.Actor.ID() {
		d.refused(w, r, fault.New(fault.Conflict, "paper.stage"), paperRoot(work))
		return part, 0, false
	}
	return parts[n-1], n, true
}

// showPart shows the boxes; typed is nil where nobody typed yet: then what the same
// person keyed before stands in them.
func (d *desk) showPart(w http.ResponseWriter, r *http.Request, status int, work office.PaperWork, typed url.Values, wrong map[string]string) {
	part, n, ok := d.partOf(w, r, work)
	if !ok {
		return
	}
	words := d.Words(r)
	asker := question.Asker{Words: words}
	page := keyPage{Action: paperRoot(work) + "/part/" + strconv.Itoa(n), Title: part.Title, Second: work.Paper.Stage == office.PaperChecking, Sensitive: work.Sensitive()}
	fresh := typed == nil
	if fresh {
		typed = url.Values{}
	}
	delicate := work.Edition.Delicate(work.Category.ID)
	var problems []screen.Problem
	for _, id := range part.Fields {
		f, _ := work.Edition.Field(id)
		q := asked{Number: slices.Index(work.Category.Asks, id) + 1, OnlyIf: f.When != ""}
		if fresh {
			q.Seen = putReading(typed, f, work.Paper)
		}
		number := strconv.Itoa(q.Number)
		q.Fields = asker.Inputs(f, typed, false, true)
		q.Fields[0].Label = number + ". " + q.Fields[0].Label
		if text := wrong[id]; text != "" {
			q.Fields[0].Problem = text
			problems = append(problems, screen.Problem{Field: id, Text: text})
		}
		if q.Marks = paper.May(work.Category, id); q.Marks {
			q.Mark = markField(words, id, number, typed)
		}
		page.Asks = append(page.Asks, q)
	}
	var err error
	if page.Scans, _, err = d.scans(r, words, work); err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	d.show(w, r, status, "paper-key.html", screen.Page{Title: part.Title, Back: paperRoot(work), Problems: problems, Exit: delicate, Body: page})
}

// markField asks what is to be said of an answer that isn't there.
func markField(words screen.Words, id, number string, typed url.Values) screen.Field {
	mark := screen.Field{Kind: screen.Checks, Name: id + markBox, Label: words.Say("paper.mark.title", "n", number)}
	for _, one := range []string{markEmpty, markBad} {
		mark.Choices = append(mark.Choices, screen.Choice{Value: one, Label: words.Say("paper.mark." + one), Checked: slices.Contains(typed[id+markBox], one)})
	}
	return mark
}

// putReading fills in what the same person keyed before; of a long text that is
// checked, what the first person keyed, which it reports.
func putReading(typed url.Values, f *rulebook.Field, p office.OwnPaper) (firsts bool) {
	readings := p.First
	if p.Stage == office.PaperChecking {
		readings = p.Second
	}
	reading, there := readings[f.ID]
	if first, keyed := p.First[f.ID]; !there && keyed && p.Stage == office.PaperChecking && !paper.Twice(f) {
		reading, there, firsts = first, true, true
	}
	switch {
	case !there:
	case reading.Illegible:
		typed.Set(f.ID+markBox, markBad)
	case reading.Text == "":
		typed.Set(f.ID+markBox, markEmpty)
	default:
		question.Put(typed, f, reading.Text)
	}
	return firsts
}

// keyPart keeps what was keyed of a part. What is right is kept also where
// something else is wrong.
func (d *desk) keyPart(w http.ResponseWriter, r *http.Request) {
	work, ok := d.paperWork(w, r)
	if !ok {
		return
	}
	part, n, ok := d.partOf(w, r, work)
	if !ok {
		return
	}
	if err := r.ParseForm(); err != nil {
		d.refused(w, r, fault.New(fault.Invalid, "console.form"), paperRoot(work))
		return
	}
	words := d.Words(r)
	readings, wrong := paper.Readings{}, map[string]string{}
	for _, id := range part.Fields {
		f, _ := work.Edition.Field(id)
		reading, there, code := readReading(f, work, r.PostForm)
		switch {
		case code != "":
			wrong[id] = words.Say(code, "label", f.Label.In(words.Lang), "most", words.Number(int64(f.Max)))
		case there:
			readings[id] = reading
		}
	}
	k, err := d.office.KeyPaper(r.Context(), visiting(r).by, work.Key, readings)
	if err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	d.keepPaper(w, r, k)
	if len(wrong) > 0 {
		work.Key = k
		d.showPart(w, r, http.StatusUnprocessableEntity, work, r.PostForm, wrong)
		return
	}
	to := paperRoot(work)
	if n < len(partsOf(words, work)) && r.PostForm.Get("then") == "next" {
		to += "/part/" + strconv.Itoa(n+1)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// readReading is what was keyed for a question: false where nothing was, and the
// code of what is wrong with it.
func readReading(f *rulebook.Field, work office.PaperWork, typed url.Values) (reading paper.Reading, there bool, wrong string) {
	text, code := question.Read(f, typed)
	marks := typed[f.ID+markBox]
	switch {
	case code != "":
		return reading, false, code
	case len(marks) > 1 || len(marks) == 1 && text != "":
		return reading, false, "paper.mark.both"
	case len(marks) == 1 && !paper.May(work.Category, f.ID):
		return reading, false, "interview.problem.needed"
	case len(marks) == 1:
		return paper.Reading{Illegible: marks[0] == markBad}, true, ""
	case text == "":
		return reading, false, ""
	}
	return paper.Reading{Text: text}, true, question.ProblemOf(f, work.Edition, work.Category.ID, text)
}

// differPage shows where two people read the paper differently.
type differPage struct {
	Action, Keyer, Checker string
	May                    bool // who looks decides
	Rows                   []difference
	Scans                  []scan
	Sensitive              bool
}

type difference struct {
	Number               int
	Question             string
	First, Second, Taken string
	Take                 screen.Field
	Fields               []screen.Field
}

// differ shows the differences to both; who checks decides.
func (d *desk) differ(w http.ResponseWriter, r *http.Request) {
	if work, ok := d.paperWork(w, r); ok {
		d.showDiffer(w, r, http.StatusOK, work, url.Values{}, nil)
	}
}

func (d *desk) showDiffer(w http.ResponseWriter, r *http.Request, status int, work office.PaperWork, typed url.Values, wrong map[string]string) {
	words, p := d.Words(r), work.Paper
	asker := question.Asker{Words: words}
	said := func(f *rulebook.Field, reading paper.Reading) string {
		switch {
		case reading.Illegible:
			return words.Say("paper.mark.illegible")
		case reading.Text == "":
			return words.Say("paper.mark.empty")
		}
		return asker.Shown(f, reading.Text)
	}
	page := differPage{
		Action: paperRoot(work) + "/differ", Keyer: p.Keyer, Checker: p.Checker, Sensitive: work.Sensitive(),
		May: p.Stage == office.PaperChecking && p.Checker == visiting(r).by.Actor.ID(),
	}
	var problems []screen.Problem
	for _, id := range p.Differences(work.Edition, work.Category) {
		f, _ := work.Edition.Field(id)
		row := difference{Number: slices.Index(work.Category.Asks, id) + 1, Question: f.Label.In(words.Lang), First: said(f, p.First[id]), Second: said(f, p.Second[id])}
		if decided, done := p.Decided[id]; done {
			row.Taken = said(f, decided)
		}
		row.Take = screen.Field{Kind: screen.Radios, Name: id + takeBox, Label: words.Say("paper.differ.take", "n", strconv.Itoa(row.Number)), Problem: wrong[id]}
		for _, one := range []string{"first", "second", "anew"} {
			row.Take.Choices = append(row.Take.Choices, screen.Choice{Value: one, Label: words.Say("paper.differ." + one), Checked: typed.Get(id+takeBox) == one})
		}
		if wrong[id] != "" {
			problems = append(problems, screen.Problem{Field: id + takeBox, Text: wrong[id]})
		}
		row.Fields = asker.Inputs(f, typed, false, true)
		page.Rows = append(page.Rows, row)
	}
	var err error
	if page.Scans, _, err = d.scans(r, words, work); err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	d.show(w, r, status, "paper-differ.html", screen.Page{Title: words.Say("paper.differ.title"), Back: paperRoot(work), Problems: problems, Body: page})
}

// decidePaper keeps what who checks decides.
func (d *desk) decidePaper(w http.ResponseWriter, r *http.Request) {
	work, ok := d.paperWork(w, r)
	if !ok {
		return
	}
	if err := r.ParseForm(); err != nil {
		d.refused(w, r, fault.New(fault.Invalid, "console.form"), paperRoot(work))
		return
	}
	words, p := d.Words(r), work.Paper
	decided, wrong := paper.Readings{}, map[string]string{}
	for _, id := range p.Differences(work.Edition, work.Category) {
		f, _ := work.Edition.Field(id)
		switch r.PostForm.Get(id + takeBox) {
		case "first":
			decided[id] = p.First[id]
		case "second":
			decided[id] = p.Second[id]
		case "anew":
			reading, there, code := readReading(f, work, r.PostForm)
			if code == "" && !there {
				code = "interview.problem.needed"
			}
			if code != "" {
				wrong[id] = words.Say(code, "label", f.Label.In(words.Lang), "most", words.Number(int64(f.Max)))
				continue
			}
			decided[id] = reading
		}
	}
	k, err := d.office.DecidePaper(r.Context(), visiting(r).by, work.Key, decided)
	if err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	d.keepPaper(w, r, k)
	if len(wrong) > 0 {
		work.Key = k
		d.showDiffer(w, r, http.StatusUnprocessableEntity, work, r.PostForm, wrong)
		return
	}
	http.Redirect(w, r, paperRoot(work), http.StatusSeeOther)
}
