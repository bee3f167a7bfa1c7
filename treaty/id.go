package treaty

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"unicode/utf8"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// ID is a hash over what the fact says: its canonical JSON without when we
// learned it and which bundle brought it. The same fact learned twice is one,
// and counts from the earlier day.
func (f Fact) ID() FactID {
	f.Known, f.Bundle = day.Date{}, ""
	raw, ok := f.canonical(make([]byte, 0, 512))
	if !ok {
		var err error
		if raw, err = docket.Marshal(f); err != nil {
			// Check refuses such a fact; here it only needs a name.
			raw, _ = json.Marshal(f)
		}
	}
	sum := sha256.Sum256(raw)
	return FactID(hex.EncodeToString(sum[:16]))
}

// canonical is what docket.Marshal makes of an action, ten times as fast: lists
// have 50,000 of them, and each needs its id whenever it is read. False for
// what it leaves to docket.Marshal. A test holds the two together.
func (f Fact) canonical(b []byte) ([]byte, bool) {
	a := f.Action
	if a == nil || f.Instrument != nil {
		return nil, false
	}
	w := &writer{b: append(b, `{"action":`...), ok: true}
	w.open = true
	w.b = append(w.b, '{')
	w.must("action", string(a.Kind))
	w.may("against", a.Against)
	w.may("by", a.By)
	w.may("code", a.Code)
	w.may("condition", a.Condition)
	w.may("corrects", string(a.Corrects))
	w.may("document", a.Document)
	w.may("effective", a.Effect.String())
	w.may("notification", a.Notification)
	w.may("on", a.On.String())
	w.truth("organisation", a.Org)
	w.may("party", a.Party)
	w.may("predecessor", a.Predecessor)
	w.truth("predecessor_ended", a.Ended)
	w.list("provisions", a.Provisions)
	w.list("territories", a.Territories)
	w.may("text", a.Text)
	w.must("treaty", a.Treaty)
	w.may("with", a.With)
	w.b = append(w.b, '}')
	w.may("doubt", f.Doubt)
	w.must("known", f.Known.String())
	w.may("note", f.Note)
	w.b = append(w.b, `,"source":{`...)
	w.open = true
	w.may("link", f.Source.Link)
	w.must("name", f.Source.Name)
	w.may("seen", f.Source.Seen.String())
	return append(w.b, '}', '}'), w.ok
}

// writer writes the members of an object, in the order in which it is told.
type writer struct {
	b    []byte
	open bool // nothing stands in the object yet
	ok   bool // every text is one that JSON can hold
}

func (w *writer) name(name string) {
	if !w.open {
		w.b = append(w.b, ',')
	}
	w.open = false
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

func (w *writer) may(name, value string) {
	if value != "" {
		w.must(name, value)
	}
}

func (w *writer) must(name, value string) {
	w.name(name)
	w.text(value)
}

func (w *writer) truth(name string, is bool) {
	if is {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *writer) list(name string, values []string) {
	if len(values) == 0 {
		return
	}
	w.name(name)
	for i, v := range values {
		w.b = append(w.b, "[,"[min(i, 1)])
		w.text(v)
	}
	w.b = append(w.b, ']')
}

// text writes a text that needs no escape; others are left to docket.Marshal.
func (w *writer) text(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			w.ok = false
		}
	}
	w.ok = w.ok && utf8.ValidString(s)
	w.b = append(append(append(w.b, '"'), s...), '"')
}
