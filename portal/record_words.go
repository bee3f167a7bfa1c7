package portal

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// phrase is a piece of text on a page of the record, with the sources that it
// rests on.
type phrase struct {
	Text, Href string
	Class      string // "doubt", "note", "aside", "open" …; "" for plain text
	Small      string
	Cites      []int
}

// plainly are phrases that are nothing but text.
func plainly(texts ...string) []phrase {
	var out []phrase
	for _, t := range texts {
		if t != "" {
			out = append(out, phrase{Text: t})
		}
	}
	return out
}

// date is a day for reading: "21 November 2018"; "" for none.
func (w words) date(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	return w.say("public.date.day", "day", strconv.Itoa(d.Day()), "month", w.say("portal.month."+strconv.Itoa(d.Month())), "year", strconv.Itoa(d.Year()))
}

// partial is a date of which perhaps only the month or the year is known.
func (w words) partial(text string) string {
	parts := strings.Split(text, "-")
	switch len(parts) {
	case 3:
		if d, err := day.Parse(text); err == nil {
			return w.date(d)
		}
	case 2:
		return w.say("public.date.month", "month", w.say("portal.month."+strings.TrimLeft(parts[1], "0")), "year", parts[0])
	}
	return text
}

// when is a date as a source gives it, and no more exact: "before May 2019".
func (w words) when(d day.When) string {
	if d.IsZero() {
		return w.say("public.date.unknown")
	}
	if on, ok := d.Day(); ok {
		return w.date(on)
	}
	text := d.String()
	if word, rest, ok := strings.Cut(text, " "); ok {
		return w.say("public.date."+word, "date", w.partial(rest))
	}
	if from, to, ok := strings.Cut(text, "/"); ok {
		if len(to) < len(from) { // the end leaves out what it shares with the beginning
			to = from[:len(from)-len(to)] + to
		}
		return w.say("public.date.range", "from", w.partial(from), "to", w.partial(to))
	}
	return w.partial(text)
}

// span is a time from one date to another, for reading.
func (w words) span(from, to string) string { return w.say("public.span", "from", from, "to", to) }

// until is the end of a time, as far as the source tells it.
func (w words) until(u roll.Until) string {
	switch {
	case u.Ended && u.To.IsZero():
		return w.say("public.until.unknown")
	case u.Ended:
		return w.when(u.To)
	case !u.Told.IsZero():
		return w.say("public.until.told", "date", w.date(u.Told))
	}
	return w.say("public.until.open")
}

// coded is the word for a code of the record's vocabulary. Bodies and lists
// have words of their own, which stand as they are.
func (w words) coded(group, code string) string {
	key := "public." + group + "." + code
	text, known := w.said[key]
	if !known {
		ok := false
		if text, ok = w.sentence(key, nil); !ok {
			text = strings.ReplaceAll(code, "_", " ")
		}
		if w.said != nil {
			w.said[key] = text
		}
	}
	return text
}

// status is a status for reading; "" is the one that can't be told.
func (w words) status(s roll.Status) string {
	if s == "" {
		return w.say("public.status.open")
	}
	return w.coded("status", string(s))
}

// statuses are several, in one line.
func (w words) statuses(list []roll.Status) string {
	var out []string
	for _, s := range list {
		out = append(out, w.status(s))
	}
	return strings.Join(out, ", ")
}

// told is an answer of three for reading.
func (w words) told(t day.Tri) string { return w.say("public.tri." + t.String()) }

// list is words in a row: "A, B, C"; what stands for none where there is none.
func (w words) list(items []string) string {
	if len(items) == 0 {
		return w.say("public.nobody")
	}
	return strings.Join(items, ", ")
}

// codedAll is a list of codes for reading.
func (w words) codedAll(group string, codes []string) string {
	var out []string
	for _, c := range codes {
		out = append(out, w.coded(group, c))
	}
	return strings.Join(out, ", ")
}

// sources are those that a page rests on, each with its number on the page.
type sources struct {
	words words
	list  []sourceLine
	known map[roll.Source]int
}

// sourceLine is one of them at the page's end.
type sourceLine struct {
	Number           int
	Name, Link, Seen string
	Href             string // where Link or Name is an address
}

// number is the source's number on the page.
func (s *sources) number(of roll.Source) int {
	if n, ok := s.known[of]; ok {
		return n
	}
	if s.known == nil {
		s.known = map[roll.Source]int{}
	}
	line := sourceLine{Number: len(s.list) + 1, Name: of.Name, Link: of.Link, Href: address(of.Link)}
	if line.Href == "" {
		line.Href = address(of.Name)
	} else {
		line.Link = ""
	}
	if !of.Seen.IsZero() {
		line.Seen = s.words.say("public.source.seen", "date", s.words.date(of.Seen))
	}
	s.list = append(s.list, line)
	s.known[of] = line.Number
	return line.Number
}

// address is a text if it is the address of a page in the web.
func address(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return text
}

// cite are the numbers of the sources of facts, each once, in order.
func (s *sources) cite(facts ...roll.Cited) []int {
	var out []int
	for _, c := range facts {
		if n := s.number(c.Source); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// remarks are what there is to say of the facts beside what they say: how sure
// each is, what its note says, that another is preferred.
func (s *sources) remarks(facts []roll.Cited) []phrase {
	var out []phrase
	var said []string
	several := len(s.cite(facts...)) > 1 // else the line names it already
	add := func(class, text string, of roll.Source) {
		if text != "" && !slices.Contains(said, class+text) {
			said = append(said, class+text)
			p := phrase{Class: class, Text: text}
			if several {
				p.Cites = []int{s.number(of)}
			}
			out = append(out, p)
		}
	}
	for _, c := range facts {
		if c.SetAside {
			add("superseded", s.words.say("public.set-aside"), c.Source)
		}
		if c.Doubt != "" {
			add("doubt", s.words.say("public.doubt", "doubt", c.Doubt), c.Source)
		}
		add("note", c.Note, c.Source)
	}
	return out
}
