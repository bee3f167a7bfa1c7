package portal

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/screen"
)

// The pages of the record: who belonged to what, who sat where, what is in
// force. Unlike claims, these facts are public from the first; they are asked
// for at the desk that answers the command line too.

// inquiry is one question that a reader puts by an address.
type inquiry struct {
	words
	sources sources // those that the page rests on so far
	site    *site
	r       *http.Request
	asks    ask.Query
	json    bool            // the same, for a program
	read    *roll.Record    // the roll, once it was asked for
	carried bool            // the day is later than what some source tells: said once, at the end
	keep    func(*document) // keeps the answer for the next reader; nil where it may not be kept
}

// recordPage is a page of the record: what was asked, what the answer is, and
// what it rests on.
type recordPage struct {
	Title     string
	Back      *phrase
	Lead      []phrase
	Problem   *problem
	Facts     []tileOf
	Forms     []form
	Blocks    []block
	Sources   []sourceLine
	Notes     []string
	Permanent string // the address that carries both dates
	Downloads []phrase
}

// problem is what is wrong with a question, and how to mend it.
type problem struct{ Title, Text string }

// tileOf is one main fact of a page.
type tileOf struct {
	Label, Class string
	Value        phrase
}

// form is a question that is asked again with other values.
type form struct {
	ID, Action, Label, Button, Hint string
	Hidden, Fields                  []field
}

// field is one of its values. With choices, it is one of them.
type field struct {
	ID, Name, Label, Type, Value, Hint string
	Choices                            []field
}

// block is a part of a page under its heading.
type block struct {
	ID, Title string
	Lead      []phrase
	Timeline  *timeline
	Sets      *sets
	Years     *yearChart
	Progress  *progress
	Steps     []phrase
	List      []phrase
	Tables    []recordTable
}

// recordTable is a table whose first column names the row.
type recordTable struct {
	Caption string
	None    string // what is said in place of a table without rows
	Columns []string
	Rows    []recordRow
}

// recordRow has as many cells as the table has columns.
type recordRow struct {
	ID, Class string
	Cells     [][]phrase
}

// answer makes a page, and what a program gets in its place: nil where the
// question isn't put yet.
type answer func(*inquiry) (recordPage, any, error)

// asked answers a question with a page, or for an address that ends in .json
// with the bytes that the command line gives for --json. A dated question
// without a date is sent on to the address that carries today's.
func (s *site) asked(dated bool, answer answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		values := r.URL.Query()
		q := &inquiry{
			words: s.words.remembering(), site: s, r: r, json: strings.HasSuffix(r.URL.Path, ".json"),
			asks: ask.Query{On: values.Get("on"), KnownOn: values.Get("known-on"), Rule: values.Get("rule"), Among: values.Get("among")},
		}
		q.sources.words = q.words
		if dated && q.asks.On == "" && !q.json {
			values.Set("on", s.desk.Today().String())
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, r.URL.Path+"?"+encoded(values), http.StatusFound)
			return
		}
		w.Header().Set("Content-Security-Policy", screen.FormsPolicy)
		of, today := s.shelved(r), s.desk.Today().String()
		if of != nil {
			q.keep = func(d *document) { s.shelf.put(of, today, r, d) }
			if d := s.shelf.take(of, today, r); d != nil {
				s.sendRecord(w, q, d)
				return
			}
		}
		page, data, err := answer(q)
		if err != nil {
			s.refuse(w, q, page, err)
			return
		}
		s.answered(w, q, page, data)
	}
}

// answered sends a page or its data.
func (s *site) answered(w http.ResponseWriter, q *inquiry, page recordPage, data any) {
	if q.json && data == nil {
		s.missing(w, q.r)
		return
	}
	if q.json {
		var raw bytes.Buffer // as the command line prints it
		enc := json.NewEncoder(&raw)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(data); err != nil {
			s.broken(w, q, err)
			return
		}
		s.sendRecord(w, q, newDocument("application/json", "", raw.Bytes()))
		return
	}
	page.Permanent = q.permanent()
	if data != nil {
		page.Downloads = append([]phrase{{Text: q.say("public.json"), Href: q.jsonAddress()}}, page.Downloads...)
	}
	html, err := q.render("record.html", q.finish(page))
	if err != nil {
		s.broken(w, q, err)
		return
	}
	s.sendRecord(w, q, newDocument("text/html; charset=utf-8", "", html))
}

// sendRecord sends an answer and keeps it. Any page on any site may read the
// data: they are public.
func (s *site) sendRecord(w http.ResponseWriter, q *inquiry, d *document) {
	if q.json {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if q.keep != nil {
		q.keep(d)
	}
	d.send(w, q.r)
}

// finish puts what every page of the record has around a page.
func (q *inquiry) finish(page recordPage) frame {
	page.Sources = q.sources.list
	page.Notes = append(page.Notes, q.knownNote())
	if q.carried {
		page.Notes = append(page.Notes, q.say("public.carried"))
	}
	return frame{Title: page.Title, Body: page, Record: true, Roll: true}
}

// knownNote says by what was known the page answers.
func (q *inquiry) knownNote() string {
	if q.asks.KnownOn == "" {
		return q.say("public.known.all", "date", q.date(q.site.desk.Today()))
	}
	return q.say("public.known.on", "date", q.partial(q.asks.KnownOn))
}

// permanent is the address of the page with both of its dates.
func (q *inquiry) permanent() string {
	values := q.r.URL.Query()
	if values.Get("known-on") == "" {
		values.Set("known-on", q.site.desk.Today().String())
	}
	return q.r.URL.EscapedPath() + "?" + encoded(values)
}

// jsonAddress is where a program finds the same.
func (q *inquiry) jsonAddress() string {
	at := q.r.URL.EscapedPath() + ".json"
	if values := q.r.URL.Query(); len(values) > 0 {
		at += "?" + encoded(values)
	}
	return at
}

// encoded writes values as an address has them; two dots and what else may
// stand there as it is, so that people can read it.
func encoded(values url.Values) string { return strings.ReplaceAll(values.Encode(), "%3A", ":") }

// name is the part of the address that names something, without .json.
func (q *inquiry) name(part string) string { return strings.TrimSuffix(q.r.PathValue(part), ".json") }

// value is one of the address's values.
func (q *inquiry) value(name string) string { return strings.TrimSpace(q.r.URL.Query().Get(name)) }

// link is an address in the record that carries the dates of this one. Pairs
// are more values: name, value …; those without a value are left out.
func (q *inquiry) link(path string, pairs ...string) string {
	values := url.Values{}
	pairs = append([]string{"on", q.asks.On, "known-on", q.asks.KnownOn}, pairs...)
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Del(pairs[i])
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + encoded(values)
}

// at is where a thing of the roll has its page; "" where it has none.
func (q *inquiry) at(sort roll.Sort, id roll.ID) string {
	switch sort {
	case roll.Body, roll.Organ:
		return q.link("/roll/bodies/" + url.PathEscape(string(id)))
	case roll.State:
		return q.link("/roll/states/" + url.PathEscape(string(id)))
	case roll.Series:
		return q.link("/roll/meetings/" + url.PathEscape(string(id)))
	}
	return ""
}

// refuse says what is wrong with a question and how to mend it, on the page
// that was made so far: its form stands there to try again.
func (s *site) refuse(w http.ResponseWriter, q *inquiry, page recordPage, err error) {
	var wrong *fault.Fault
	if !errors.As(err, &wrong) {
		s.broken(w, q, err)
		return
	}
	status := http.StatusBadRequest
	title := q.say("public.wrong.title")
	if wrong.Kind == fault.NotFound {
		status, title = http.StatusNotFound, q.say("public.not-found.title")
	}
	text := catalogue.Sentence(s.words.lang, wrong)
	w.Header().Set("Cache-Control", "no-store")
	if q.json {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"code": wrong.Code, "error": text})
		return
	}
	page = recordPage{Title: title, Forms: page.Forms, Back: page.Back, Problem: &problem{q.say("public.problem"), text}}
	html, err := q.render("record.html", q.finish(page))
	if err != nil {
		s.broken(w, q, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(html) // a reader who has gone is no fault
}

// broken says that the fault is ours.
func (s *site) broken(w http.ResponseWriter, q *inquiry, err error) {
	if q.r.Context().Err() != nil {
		return // the reader has gone
	}
	s.figures.log.Error("portal: record not read", "path", q.r.URL.Path, "error", err)
	s.without(w, http.StatusInternalServerError, q.say("public.later.title"), q.say("public.later.text"), "")
}
