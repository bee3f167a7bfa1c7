package ask

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/treaty"
)

// Step is one step of an explanation with its sentence.
type Step struct {
	treaty.Step
	Text string `json:"text"`
}

// TreatyStatus is how a treaty stands on a day, with sentences.
type TreatyStatus struct {
	treaty.Status
	Missing      []string `json:"missing"`       // in sentences
	MissingSteps []Step   `json:"missing_steps"` // the same with code and values
	Explanation  []Step   `json:"explanation"`
}

// TreatyProjection is how a treaty would stand after what is assumed.
type TreatyProjection struct {
	Assumed     []treaty.Fact   `json:"assumed"`
	Now         TreatyStatus    `json:"now"`
	Then        TreatyStatus    `json:"then"`
	NotRatified []treaty.Signed `json:"not_ratified"` // who signed and has not yet ratified, today
}

// Coming is one thing that follows from the acts so far and has not happened.
type Coming struct {
	Treaty string   `json:"treaty"`
	Title  string   `json:"title"`
	On     day.Date `json:"on"`
	Party  string   `json:"party,omitempty"`
	What   string   `json:"what"` // the code
	Text   string   `json:"text"`
}

// TreatyNotice is the draft of a depositary's notification.
type TreatyNotice struct {
	treaty.Notice
	Paragraphs []Step `json:"paragraphs"`
}

// TreatyAction is one action of a treaty's file with the name by which a
// notice or a rectification is asked for.
type TreatyAction struct {
	ID treaty.FactID `json:"id"`
	treaty.Fact
}

func (d *Desk) steps(list []treaty.Step) []Step {
	all := make([]Step, len(list))
	for i, s := range list {
		all[i] = Step{s, d.sayStep(s)}
	}
	return all
}

// sayStep is a step's sentence, with the word for what kind of act it was.
func (d *Desk) sayStep(s treaty.Step) string {
	values := slices.Clone(s.Values)
	for i, v := range values {
		if v.Name == "kind" {
			values[i].Text = catalogue.Label(d.language, "label.treaty."+v.Text)
		}
	}
	return d.say(s.Code, values)
}

// stated puts a status into words.
func (d *Desk) stated(s treaty.Status) TreatyStatus {
	told := TreatyStatus{Status: s, Missing: make([]string, len(s.Missing)), MissingSteps: d.steps(s.Missing), Explanation: d.steps(s.Explanation)}
	for i, m := range told.MissingSteps {
		told.Missing[i] = m.Text
	}
	return told
}

// file is a treaty's file and the days of the question.
func (d *Desk) file(ctx context.Context, id string, q Query) (times, *treaty.File, error) {
	t, err := d.times(q)
	if err != nil {
		return t, nil, err
	}
	f, err := d.office.Treaty(ctx, id)
	return t, f, err
}

// TreatyStatus answers whether a treaty is in force, since when, and why.
func (d *Desk) TreatyStatus(ctx context.Context, id string, q Query) (TreatyStatus, error) {
	t, f, err := d.file(ctx, id, q)
	if err != nil {
		return TreatyStatus{}, err
	}
	return d.stated(f.Status(t.on, t.known)), nil
}

// TreatyProject answers how a treaty would stand if what is assumed happened:
// "MD ratifies 2026-12-01", "funds_secured found 2027-01-15".
func (d *Desk) TreatyProject(ctx context.Context, id string, assumptions []string, q Query) (TreatyProjection, error) {
	t, f, err := d.file(ctx, id, q)
	if err != nil {
		return TreatyProjection{}, err
	}
	if len(assumptions) == 0 {
		return TreatyProjection{}, fault.New(fault.Invalid, "ask.nothing-assumed", "verbs", treaty.Verbs())
	}
	p, err := f.Project(assumptions, t.on, t.known)
	if err != nil {
		return TreatyProjection{}, err
	}
	return TreatyProjection{p.Assumed, d.stated(p.Now), d.stated(p.Then), p.Now.NotRatified}, nil
}

// Treaties answers which treaties there are.
func (d *Desk) Treaties(ctx context.Context, q Query) ([]treaty.Instrument, error) {
	t, err := d.times(q)
	if err != nil {
		return nil, err
	}
	return d.office.Treaties(ctx, t.known)
}

// TreatyActions answers which acts on a treaty were known, in the order of
// their dates.
func (d *Desk) TreatyActions(ctx context.Context, id string, q Query) ([]TreatyAction, error) {
	t, f, err := d.file(ctx, id, q)
	if err != nil {
		return nil, err
	}
	all := []TreatyAction{}
	for _, fact := range f.Facts(t.known) {
		if fact.Action != nil {
			all = append(all, TreatyAction{fact.ID(), fact})
		}
	}
	return all, nil
}

// TreatyNotice drafts the notification of an action, which is named by its id
// or by so much of it as names it alone; "" is the last by its date.
func (d *Desk) TreatyNotice(ctx context.Context, id, action string, q Query) (TreatyNotice, error) {
	t, f, err := d.file(ctx, id, q)
	if err != nil {
		return TreatyNotice{}, err
	}
	n, err := f.Notice(wholeName(f, t.known, action), t.known)
	if err != nil {
		return TreatyNotice{}, err
	}
	return TreatyNotice{n, d.steps(n.Paragraphs)}, nil
}

// wholeName is the id of the one action whose id begins so, or the text itself.
func wholeName(f *treaty.File, known day.Date, text string) treaty.FactID {
	var found []treaty.FactID
	for _, fact := range f.Facts(known) {
		if text == "" && fact.Action != nil {
			found = []treaty.FactID{fact.ID()}
		}
		if id := fact.ID(); len(text) >= 4 && len(id) >= len(text) && string(id[:len(text)]) == text {
			found = append(found, id)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return treaty.FactID(text)
}

// Upcoming answers what is coming after a day in one treaty, or in all where id
// is "", in order.
func (d *Desk) Upcoming(ctx context.Context, id string, q Query) ([]Coming, error) {
	t, err := d.times(q)
	if err != nil {
		return nil, err
	}
	return d.coming.answer(ctx, d, "treaty", fmt.Sprint(t.on, t.known, id), func() ([]Coming, error) { return d.upcoming(ctx, id, t) })
}

func (d *Desk) upcoming(ctx context.Context, id string, t times) ([]Coming, error) {
	ids := []string{id}
	if id == "" {
		all, err := d.office.Treaties(ctx, t.known)
		if err != nil {
			return nil, err
		}
		ids = ids[:0]
		for _, is := range all {
			ids = append(ids, is.ID)
		}
	}
	coming := []Coming{}
	for _, id := range ids {
		f, err := d.office.Treaty(ctx, id)
		if err != nil {
			return nil, err
		}
		title := cmp.Or(f.Instrument(t.known).Title, id)
		for _, c := range f.Upcoming(t.on, t.known) {
			coming = append(coming, Coming{id, title, c.On, c.Party, c.Step.Code, d.sayStep(c.Step)})
		}
	}
	slices.SortStableFunc(coming, func(a, b Coming) int { return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.Title, b.Title)) })
	return coming, nil
}
