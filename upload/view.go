package upload

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

//go:embed upload.js
var script []byte

// Script makes uploads go on where a line broke. Without it the form does.
func Script() []byte { return script }

// View is what a page shows of an owner's files: the template evidence.html of room
// screen takes it as its Body.
type View struct {
	Title  string
	Lead   string // what is asked for
	Accept string // for the field: endings
	Rows   []Row
	Form   string // where the form is posted to
	Tus    string // where a file is begun by tus; "" leaves the form alone
	State  string // where a file's state is asked for: its id is added
	Next   string // the path that goes on; "" for none
	Most   string // how large a file may be, in words
	Said   string // a sentence on what was just done; "" for none

	Replaces string // the file in whose place the next one comes; "" for none
}

// Row is one file.
type Row struct {
	ID, Name    string
	Size        string // in words; "" while unknown
	State       string // in words
	Why         string // why it can't be used, in words
	Next        string // what to do next, in words
	Done, Wrong bool
	Coming      bool
	Bytes       int64  // as announced, -1 where it wasn't: for the script
	At          string // where it goes on, for the script
	Remove      string // where taking it back is posted to; "" where an entry names it
	Replaced    bool
	Hash        string // of the content, SHA-256; "" where the page doesn't show it
	Instead     string // where another is sent in its place; "" where it can't be
}

// Proves shows the hash of a file that is whole.
func (r *Row) Proves(f office.File) {
	if f.SHA256 != (docket.Hash{}) {
		r.Hash = f.SHA256.String()
	}
}

// Rows are files in words. at and remove are addresses by id.
func Rows(words screen.Words, files []office.File, at, remove func(id string) string) []Row {
	rows := make([]Row, 0, len(files))
	for _, f := range files {
		row := Tell(words, f)
		if f.State.Coming() {
			row.At = at(f.ID)
		}
		if f.Entry == 0 {
			row.Remove = remove(f.ID)
		}
		rows = append(rows, row)
	}
	return rows
}

// Tell is a file in words.
func Tell(words screen.Words, f office.File) Row {
	row := Row{
		ID: f.ID, Name: f.Name, State: words.Say("evidence.state." + string(f.State)), Bytes: f.Size,
		Coming: f.State.Coming(), Replaced: f.ReplacedBy != "",
	}
	if row.Name == "" {
		row.Name = words.Say("evidence.no-name")
	}
	if f.Size >= 0 {
		row.Size = Size(words, f.Size)
	}
	if row.Coming && f.Size > 0 {
		row.State = words.Say("evidence.state.part", "here", Size(words, f.Here), "size", row.Size)
	}
	if f.Reason != "" {
		row.Why = words.Say(f.Reason, inWords(words, f.Values)...)
	}
	next := f.Next()
	if next != evidence.Nothing {
		row.Next = words.Say("evidence.next." + string(next))
	}
	if row.Replaced {
		row.State, row.Why = words.Say("evidence.state.replaced"), ""
	}
	row.Done, row.Wrong = next == evidence.Nothing, f.State.Blocks() && !row.Replaced
	return row
}

// inWords are the values of a reason as a sentence takes them.
func inWords(words screen.Words, values []any) []string {
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		name, value := fmt.Sprint(values[i]), values[i+1]
		text := fmt.Sprint(value)
		if n, ok := value.(float64); ok { // read from JSON
			text = words.Number(int64(n))
		}
		if name == "kind" {
			text = words.Say("evidence.kind." + text)
		}
		pairs = append(pairs, name, text)
	}
	return pairs
}

// Size is a size in words.
func Size(words screen.Words, n int64) string {
	switch {
	case n < 1000:
		return words.Say("evidence.size.bytes", "n", words.Number(n))
	case n < 1_000_000:
		return words.Say("evidence.size.kb", "n", words.Number((n+500)/1000))
	}
	tenths := (n + 50_000) / 100_000
	return words.Say("evidence.size.mb", "n", words.Number(tenths/10)+words.Say("screen.decimal")+fmt.Sprint(tenths%10))
}

// State answers how a file stands, in the words of the page, for the script: JSON with
// state, words, why, next, done, wrong, coming, here and size.
func (u *Uploads) State(w http.ResponseWriter, r *http.Request, by office.By, id string, words screen.Words) {
	f, err := u.Office.File(r.Context(), by, id)
	if err != nil {
		u.refuse(w, r, err)
		return
	}
	row := Tell(words, f)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"state": f.State, "words": row.State, "why": row.Why, "next": row.Next,
		"done": row.Done, "wrong": row.Wrong, "coming": row.Coming, "here": f.Here, "size": f.Size,
	})
}

// Accept is what the field of a form offers: endings of names.
func Accept(endings []string) string { return strings.Join(endings, ",") }
