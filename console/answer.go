package console

import (
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/place"
	"github.com/openchancery/chancery/reply"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// inWords is an answer as people read it, or something else that a rule reads.
func (d *desk) inWords(words screen.Words, e *rulebook.Edition, field, text string) string {
	f, ok := e.Field(field)
	if !ok {
		if on, err := day.Parse(text); err == nil {
			return words.Date(on)
		}
		return text
	}
	return reply.InWords(words, f, text, d.places(f))
}

// places is the list that a field's places are of; nil for none.
func (d *desk) places(f *rulebook.Field) *place.List {
	if f.Places == "" || d.Places == nil {
		return nil
	}
	list, err := d.Places()
	if err != nil {
		d.Log.Error("no list of places", "error", err) // the codes are shown all the same
		return nil
	}
	return list
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
