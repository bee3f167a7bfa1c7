package console

import (
	"strings"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// inWords is an answer as people read it.
func inWords(words screen.Words, e *rulebook.Edition, field, text string) string {
	f, ok := e.Field(field)
	if !ok || text == "" {
		return text
	}
	switch f.Type {
	case rulebook.Boolean:
		return words.Say("console.answer." + text)
	case rulebook.Choice:
		for _, o := range f.Options {
			if o.ID == text {
				return o.Label.In(words.Lang)
			}
		}
	case rulebook.Date:
		if d, err := day.Parse(text); err == nil {
			return words.Date(d)
		}
	case rulebook.Amount:
		if !strings.Contains(text, " ") {
			text += " " + string(f.Currency)
		}
		var a money.Amount
		if a.UnmarshalText([]byte(text)) == nil && !a.IsZero() {
			return words.Amount(a)
		}
	}
	return text
}

// dayOf is the day, in the programme's time zone, since when a claim stands as it
// does.
func dayOf(q office.Queued) day.Date {
	zone, err := time.LoadLocation(q.Edition.Programme.TimeZone)
	if err != nil { // an edition with a zone that this machine doesn't know
		zone = time.UTC
	}
	return day.Of(q.Since.Time, zone)
}
