package dossier

import (
	"encoding/xml"
	"io"
	"time"

	"github.com/openchancery/chancery/fault"
)

// Feed is a feed of entries, the newest first.
type Feed struct {
	ID       string // an IRI that stays the same for ever
	Title    string
	Subtitle string
	Author   string // who publishes it
	Self     string // the feed's own address
	Link     string // the page that it is a feed of
	Updated  time.Time
	Entries  []Entry
}

// Entry is one entry of a feed.
type Entry struct {
	ID        string // an IRI that stays the same for ever
	Title     string
	Text      string // plain text
	Link      string // the page that says more
	Published time.Time
	Updated   time.Time
}

type (
	atomFeed struct {
		XMLName   xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID        string      `xml:"id"`
		Title     string      `xml:"title"`
		Subtitle  string      `xml:"subtitle,omitempty"`
		Updated   string      `xml:"updated"`
		Author    atomAuthor  `xml:"author"`
		Links     []atomLink  `xml:"link"`
		Generator string      `xml:"generator"`
		Entries   []atomEntry `xml:"entry"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		ID        string     `xml:"id"`
		Title     string     `xml:"title"`
		Updated   string     `xml:"updated"`
		Published string     `xml:"published,omitempty"`
		Links     []atomLink `xml:"link"`
		Content   atomText   `xml:"content"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
)

// Write writes the feed as Atom (RFC 4287). A feed or entry that lacks what
// the format asks for is an error, and nothing is written.
func (f Feed) Write(w io.Writer) error {
	out := atomFeed{
		ID: f.ID, Title: f.Title, Subtitle: f.Subtitle, Updated: atomTime(f.Updated), Author: atomAuthor{f.Author},
		Links: links(f.Self, f.Link), Generator: "Chancery",
	}
	if err := needed(f.ID, map[string]bool{"id": f.ID == "", "title": f.Title == "", "author": f.Author == "", "updated": f.Updated.IsZero()}); err != nil {
		return err
	}
	for _, e := range f.Entries {
		if err := needed(e.ID, map[string]bool{"id": e.ID == "", "title": e.Title == "", "updated": e.Updated.IsZero()}); err != nil {
			return err
		}
		entry := atomEntry{ID: e.ID, Title: e.Title, Updated: atomTime(e.Updated), Links: links("", e.Link), Content: atomText{"text", e.Text}}
		if !e.Published.IsZero() {
			entry.Published = atomTime(e.Published)
		}
		out.Entries = append(out.Entries, entry)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// needed is an error for the first field, by name, that is missing.
func needed(what string, missing map[string]bool) error {
	for _, field := range []string{"id", "title", "author", "updated"} {
		if missing[field] {
			return fault.New(fault.Invalid, "dossier.feed-field-missing", "feed", what, "field", field)
		}
	}
	return nil
}

func links(self, page string) []atomLink {
	var all []atomLink
	if self != "" {
		all = append(all, atomLink{"self", self})
	}
	if page != "" {
		all = append(all, atomLink{"alternate", page})
	}
	return all
}

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
