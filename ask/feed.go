package ask

import (
	"time"

	"github.com/openchancery/chancery/dossier"
)

// coming's entries are named by what they say: one that moves to another day
// is another entry.
func (c Coming) id(origin string) string {
	return "tag:" + origin + ",2026:treaty/" + c.Treaty + "/" + c.What + "/" + c.Party + "/" + c.On.String()
}

// ComingCalendar is what is coming as a calendar; origin is the host that gives
// it.
func ComingCalendar(all []Coming, origin string, now time.Time) dossier.Calendar {
	calendar := dossier.Calendar{Name: "Treaties: what is coming", Origin: origin, Stamp: now}
	for _, c := range all {
		calendar.Entries = append(calendar.Entries, dossier.Happening{ID: c.id(origin), Title: c.Text, Text: c.Title, On: c.On})
	}
	return calendar
}

// ComingFeed is what is coming as a feed; origin is the host that gives it.
func ComingFeed(all []Coming, origin string, now time.Time) dossier.Feed {
	feed := dossier.Feed{ID: "tag:" + origin + ",2026:treaties/coming", Title: "Treaties: what is coming", Author: origin, Updated: now}
	for _, c := range all {
		feed.Entries = append(feed.Entries, dossier.Entry{ID: c.id(origin), Title: c.Text, Text: c.Title, Updated: now})
	}
	return feed
}
