// Package ask is the questions to the roll and the treaties as people put them:
// with words for names, texts for dates, and sentences in the answers. The
// command line and the public pages ask through it, so that both answer alike.
// What holds is the domain's to say; nothing is decided here.
package ask

import (
	"context"
	"time"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
)

// Desk answers questions from one installation, in one language.
type Desk struct {
	office   *office.Office
	language string
	remember bool // answer from the whole roll in memory; else each question reads what it needs

	checks memo[Check] // kept, as they take a look at everything
	coming memo[[]Coming]
}

// New is a desk for an office, with the sentences of a language ("en").
func New(o *office.Office, language string) *Desk { return &Desk{office: o, language: language} }

// Query is what questions share, as a person writes it. All of it may be "".
type Query struct {
	On      string // the day that is asked about, "2018-11-21"; "": today
	KnownOn string // by what was known on a day; "": by all that we know
	Rule    string // the name of a body's rule; "": the body's own default
	Among   string // a group: "ussr-15"
}

// times are the days of a question.
type times struct {
	on, known day.Date
}

// Today is the day on which a question without a date is answered.
func (d *Desk) Today() day.Date { return day.Of(d.office.Now(), time.UTC) }

func (d *Desk) times(q Query) (times, error) {
	t := times{on: d.Today()}
	var err error
	if q.On != "" {
		if t.on, err = date("on", q.On); err != nil {
			return t, err
		}
	}
	if q.KnownOn != "" {
		t.known, err = date("known-on", q.KnownOn)
	}
	return t, err
}

// date reads a day that somebody wrote for what name says.
func date(name, text string) (day.Date, error) {
	d, err := day.Parse(text)
	if err != nil {
		return d, fault.New(fault.Invalid, "ask.date", "name", name, "text", text)
	}
	return d, nil
}

// dated is a date for JSON: null where there is none.
func dated(d day.Date) *day.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// say is the sentence of a code, the code itself where there is none.
func (d *Desk) say(code string, values []fault.Value) string {
	texts := make(map[string]string, len(values))
	for _, v := range values {
		texts[v.Name] = v.Text
	}
	if text, ok := catalogue.Say(d.language, code, texts); ok {
		return text
	}
	return code
}

// names is the record of all names, as they were known on a day.
func (d *Desk) names(ctx context.Context, known day.Date) (*roll.Record, error) {
	read := d.office.RollNames
	if d.remember {
		read = d.wholeRoll
	}
	record, err := read(ctx)
	if err != nil {
		return nil, err
	}
	return d.knownBy(record, known)
}

// about is the record of what was known on a day of some things, with the names
// of whom it speaks of.
func (d *Desk) about(ctx context.Context, known day.Date, subjects ...roll.ID) (*roll.Record, error) {
	read := func(ctx context.Context) (*roll.Record, error) { return d.office.RollAbout(ctx, subjects...) }
	if d.remember {
		read = d.wholeRoll
	}
	record, err := read(ctx)
	if err != nil {
		return nil, err
	}
	return d.knownBy(record, known)
}

// knownBy is a record as it was known on a day; that nothing was, is a fault.
func (d *Desk) knownBy(record *roll.Record, known day.Date) (*roll.Record, error) {
	if record.Len() == 0 {
		return nil, empty()
	}
	then := record.KnownOn(known)
	if then.Len() == 0 {
		return nil, fault.New(fault.NotFound, "ask.not-known-then", "known_on", known, "first", record.Facts()[0].Known)
	}
	return then, nil
}

// empty is the fault of a roll in which there is nothing.
func empty() error {
	return fault.New(fault.NotFound, "ask.roll-empty")
}
