package dossier

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Happening is one entry of a calendar: something on a day, or over some.
type Happening struct {
	ID    string // stays the same for ever, so that a reader's calendar changes its entry
	Title string
	Place string
	Text  string
	Link  string
	On    day.Date // its first day
	To    day.Date // its last; no date: On alone
}

// Calendar is a feed of happenings.
type Calendar struct {
	Name    string
	Origin  string    // the host that gives the feed: it makes the ids the world's
	Stamp   time.Time // when the feed was made
	Entries []Happening
}

// Write writes the calendar as iCalendar (RFC 5545): events of whole days,
// lines of at most 75 octets. A happening without a day is left out.
func (c Calendar) Write(w io.Writer) error {
	var b strings.Builder
	line := func(name, value string) { foldLine(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Chancery//Chancery//EN")
	line("CALSCALE", "GREGORIAN")
	if c.Name != "" {
		line("X-WR-CALNAME", icalText(c.Name))
	}
	for _, h := range c.Entries {
		if h.On.IsZero() {
			continue
		}
		line("BEGIN", "VEVENT")
		line("UID", icalText(h.ID+"@"+c.Origin))
		line("DTSTAMP", c.Stamp.UTC().Format("20060102T150405Z"))
		line("DTSTART;VALUE=DATE", icalDay(h.On))
		line("DTEND;VALUE=DATE", icalDay(day.Latest(h.On, h.To).AddDays(1))) // the day after the last
		line("SUMMARY", icalText(h.Title))
		for _, more := range []struct{ name, value string }{
			{"LOCATION", icalText(h.Place)}, {"DESCRIPTION", icalText(h.Text)}, {"URL", h.Link},
		} {
			if more.value != "" {
				line(more.name, more.value)
			}
		}
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

func icalDay(d day.Date) string { return fmt.Sprintf("%04d%02d%02d", d.Year(), d.Month(), d.Day()) }

// icalText escapes a text. Control characters have no place in one.
func icalText(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// foldLine writes a content line in pieces of at most 75 octets, and breaks no
// character.
func foldLine(b *strings.Builder, line string) {
	const most = 75
	room := most
	for len(line) > room {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut])
		b.WriteString("\r\n ")
		line, room = line[cut:], most-1
	}
	b.WriteString(line)
	b.WriteString("\r\n")
}

// Meetings are the meetings among facts, of one series or ("") of all, as
// happenings by their days; left counts those that are left out because their
// day isn't known.
func Meetings(facts []roll.Fact, series roll.ID) (entries []Happening, left int) {
	g := gather(facts)
	for _, m := range g.meetings {
		if series != "" && m.series != series {
			continue
		}
		on, to := m.on()
		first, known := on.Day()
		if !known {
			left++
			continue
		}
		last, _ := to.Day()
		h := Happening{ID: m.id(), Title: g.meetingName(m), Place: m.place(), On: first, To: last}
		var lines []string
		if themes := m.themes(); len(themes) > 0 {
			lines = append(lines, strings.Join(themes, "; "))
		}
		for _, f := range m.facts {
			lines = append(lines, remark(f))
			if h.Link == "" && isLink(f.Source.Link) {
				h.Link = f.Source.Link
			}
		}
		h.Text = strings.Join(lines, "\n")
		entries = append(entries, h)
	}
	slices.SortStableFunc(entries, func(a, b Happening) int { return a.On.Compare(b.On) })
	return entries, left
}
