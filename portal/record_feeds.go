package portal

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/roll"
)

// Feeds for readers' own programs: the meetings that were held, and what is
// coming in the treaties.

// feedOrigin makes the ids of entries the world's. It stays the same wherever
// the pages are served.
const feedOrigin = "chancery.record"

// meetingsFeed is a calendar of meetings, of one series or of all.
func (s *site) meetingsFeed(w http.ResponseWriter, r *http.Request) {
	q := s.feed(r)
	record, err := q.record()
	if err != nil {
		s.refuse(w, q, recordPage{}, err)
		return
	}
	var series roll.ID
	name := q.say("public.feed.meetings")
	if text := r.PathValue("id"); text != "" {
		if series, err = record.Find(text, s.desk.Today(), roll.Series); err != nil {
			s.refuse(w, q, recordPage{}, err)
			return
		}
		name = record.Ref(series, s.desk.Today()).Name
	}
	entries, _ := dossier.Meetings(record.Facts(), series)
	s.calendar(w, q, dossier.Calendar{Name: name, Origin: feedOrigin, Stamp: q.midnight(), Entries: entries}, "meetings.ics")
}

// feed is the inquiry that a feed is: of today, by all that we know.
func (s *site) feed(r *http.Request) *inquiry {
	q := &inquiry{words: s.words, site: s, r: r}
	q.sources.words = q.words
	return q
}

// upcoming keeps what is coming in all treaties for some minutes: it is asked
// of each treaty anew, and programs that read feeds ask often.
type upcoming struct {
	mu     sync.Mutex // one asks, the others wait for its answer
	asked  time.Time
	coming []ask.Coming
}

// feedEvery is how long it is kept.
const feedEvery = 5 * time.Minute

func (u *upcoming) get(ctx context.Context, now time.Time, desk *ask.Desk) ([]ask.Coming, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.asked.IsZero() && now.Sub(u.asked) < feedEvery {
		return u.coming, nil
	}
	coming, err := desk.Upcoming(ctx, "", ask.Query{})
	if err == nil {
		u.asked, u.coming = now, coming
	}
	return coming, err
}

// midnight is when a feed counts as made: one day's readers get one feed.
func (q *inquiry) midnight() time.Time { return dayStart(q.site.desk.Today()) }

func dayStart(d day.Date) time.Time {
	return time.Date(d.Year(), time.Month(d.Month()), d.Day(), 0, 0, 0, 0, time.UTC)
}

func (s *site) calendar(w http.ResponseWriter, q *inquiry, c dossier.Calendar, file string) {
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		s.broken(w, q, err)
		return
	}
	s.feedOut(w, q, "text/calendar; charset=utf-8", file, b.Bytes())
}

func (s *site) feedOut(w http.ResponseWriter, q *inquiry, kind, file string, body []byte) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	d := newDocument(kind, "", body)
	d.file = file
	d.send(w, q.r)
}

// comingCalendar is what is coming in the treaties, as a calendar.
func (s *site) comingCalendar(w http.ResponseWriter, r *http.Request) {
	q := s.feed(r)
	coming, err := s.upcoming.get(r.Context(), s.figures.now(), s.desk)
	if err != nil {
		s.refuse(w, q, recordPage{}, err)
		return
	}
	c := dossier.Calendar{Name: q.say("public.feed.treaties"), Origin: feedOrigin, Stamp: q.midnight()}
	for _, one := range coming {
		c.Entries = append(c.Entries, dossier.Happening{ID: comingID(one), Title: one.Title, Text: one.Text, On: one.On})
	}
	s.calendar(w, q, c, "treaties.ics")
}

// comingID names what is coming: it stays the same when its day changes.
func comingID(c ask.Coming) string {
	return url.PathEscape(c.Treaty) + "/" + c.What + "/" + url.PathEscape(c.Party)
}

// comingAtom is the same as a feed for news readers.
func (s *site) comingAtom(w http.ResponseWriter, r *http.Request) {
	q := s.feed(r)
	coming, err := s.upcoming.get(r.Context(), s.figures.now(), s.desk)
	if err != nil {
		s.refuse(w, q, recordPage{}, err)
		return
	}
	f := dossier.Feed{
		ID: "tag:" + feedOrigin + ",2026:treaties", Title: q.say("public.feed.treaties"), Author: q.body,
		Self: "/treaties/feed.atom", Link: "/treaties", Updated: q.midnight(),
	}
	learned := map[string]time.Time{}
	for _, one := range coming {
		if _, ok := learned[one.Treaty]; !ok {
			if learned[one.Treaty], err = q.lastLearned(one.Treaty); err != nil {
				s.refuse(w, q, recordPage{}, err)
				return
			}
		}
		f.Entries = append(f.Entries, dossier.Entry{
			ID: "tag:" + feedOrigin + ",2026:" + comingID(one), Title: one.Title, Text: one.Text,
			Link: treatyPath(one.Treaty), Published: learned[one.Treaty], Updated: learned[one.Treaty],
		})
	}
	slices.SortStableFunc(f.Entries, func(a, b dossier.Entry) int { return b.Updated.Compare(a.Updated) })
	if len(f.Entries) > 0 {
		f.Updated = f.Entries[0].Updated
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		s.broken(w, q, err)
		return
	}
	s.feedOut(w, q, "application/atom+xml; charset=utf-8", "treaties.atom", b.Bytes())
}

// lastLearned is when the last act on a treaty came to be known: since then its
// coming dates are as they are.
func (q *inquiry) lastLearned(id string) (time.Time, error) {
	actions, err := q.site.desk.TreatyActions(q.r.Context(), id, q.asks)
	var last day.Date
	for _, a := range actions {
		last = day.Latest(last, a.Known)
	}
	return dayStart(last), err
}
