package docket

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/openchancery/chancery/fault"
)

// Entries and rows are written straight in their canonical form, member by
// member in the order of the names: a claim that is filed spends more on
// encoding/json and on sorting what that wrote than on being sealed. What comes
// out is what Marshal would write, byte by byte, which a law holds it to.

// writer writes the members of one object in their order.
type writer struct {
	out     []byte
	err     error // the first
	written bool  // the facts are in their canonical form already
}

// member begins a member that is written always.
func (w *writer) member(name string) {
	if last := w.out[len(w.out)-1]; last != '{' {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, '"')
	w.out = append(w.out, name...)
	w.out = append(w.out, '"', ':')
}

// text writes a member that is left out where it is empty and may be.
func (w *writer) text(name, s string, always bool) {
	if s == "" && !always {
		return
	}
	w.member(name)
	w.quoted(s)
}

func (w *writer) quoted(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			raw, err := json.Marshal(s)
			w.fail(err)
			w.value(raw, 0)
			return
		}
	}
	w.out = append(w.out, '"')
	w.out = append(w.out, s...)
	w.out = append(w.out, '"')
}

func (w *writer) number(name string, n int64, always bool) {
	if n == 0 && !always {
		return
	}
	w.member(name)
	w.value(strconv.AppendInt(nil, n, 10), 0)
}

func (w *writer) hash(name string, h *Hash) {
	if h == nil {
		return
	}
	w.member(name)
	w.out = append(w.out, '"')
	w.out = h.append(w.out)
	w.out = append(w.out, '"')
}

// value writes JSON that somebody else made, in its canonical form; depth is how
// deep within the entry it stands.
func (w *writer) value(raw []byte, depth int) {
	c := canon{in: raw, out: w.out}
	err := c.value(depth)
	c.space()
	if err == nil && c.at != len(c.in) {
		err = fault.New(fault.Invalid, "docket.json-trailing")
	}
	w.fail(err)
	if err == nil {
		w.out = c.out
	}
}

func (w *writer) open()  { w.out = append(w.out, '{') }
func (w *writer) close() { w.out = append(w.out, '}') }

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) commitments(list []Commitment) {
	if len(list) == 0 {
		return
	}
	w.member("commitments")
	for i := range list {
		w.out = append(w.out, "[,"[min(i, 1)])
		w.open()
		w.hash("hash", &list[i].Hash)
		w.text("name", list[i].Name, true)
		w.close()
	}
	w.out = append(w.out, ']')
}

func (w *writer) facts(raw json.RawMessage) {
	switch {
	case len(raw) == 0:
	case w.written:
		w.member("facts")
		w.out = append(w.out, raw...)
	default:
		w.member("facts")
		w.value(raw, 1)
	}
}

// roomFor is how many bytes an entry takes beside its facts, mostly.
const roomFor = 640

// canonical is the envelope as Marshal would write it; written says that its facts are
// in their canonical form.
func (e *Envelope) canonical(written bool) ([]byte, error) {
	w := &writer{out: make([]byte, 0, roomFor+len(e.Facts)+128*len(e.Commitments)), written: written}
	w.open()
	w.text("actor", e.Actor, true)
	if e.Annex != nil {
		w.member("annex")
		w.open()
		w.hash("root", &e.Annex.Root)
		w.number("rows", e.Annex.Rows, true)
		w.close()
	}
	w.text("capacity", e.Capacity, true)
	w.commitments(e.Commitments)
	w.text("day", e.Day.String(), true)
	w.hash("edition", e.Edition)
	w.facts(e.Facts)
	w.text("for_whom", e.ForWhom, false)
	w.number("format", int64(e.Format), true)
	w.text("instant", e.Instant.String(), true)
	w.text("kind", string(e.Kind), true)
	w.text("means", e.Means, true)
	w.text("programme", e.Programme, false)
	for i, on := range e.ReliesOn {
		if i == 0 {
			w.member("relies_on")
		}
		w.out = append(w.out, "[,"[min(i, 1)])
		w.quoted(on.String())
	}
	if len(e.ReliesOn) > 0 {
		w.out = append(w.out, ']')
	}
	if s := e.Second; s != nil {
		w.member("second")
		w.open()
		w.text("actor", s.Actor, true)
		w.text("capacity", s.Capacity, true)
		w.text("means", s.Means, true)
		w.close()
	}
	if s := e.Source; s != nil {
		w.member("source")
		w.open()
		w.hash("hash", s.Hash)
		w.number("line", s.Line, false)
		w.text("name", s.Name, true)
		w.number("row", s.Row, false)
		w.close()
	}
	w.text("stream", string(e.Stream), true)
	w.number("version", int64(e.Version), true)
	w.close()
	return w.out, w.err
}

// canonical is the row as Marshal would write it.
func (r *RowEnvelope) canonical() ([]byte, error) {
	w := &writer{out: make([]byte, 0, roomFor/4+len(r.Facts)+128*len(r.Commitments))}
	w.open()
	w.commitments(r.Commitments)
	w.facts(r.Facts)
	w.text("kind", string(r.Kind), true)
	w.text("stream", string(r.Stream), true)
	w.number("version", int64(r.Version), true)
	w.close()
	return w.out, w.err
}

// MarshalTexts is Marshal of texts by name, such as answers by field.
func MarshalTexts(texts map[string]string) ([]byte, error) {
	names, size := make([]string, 0, len(texts)), 2
	for name, text := range texts {
		if !plain(name, "-_.") { // for its escapes, and for its place in the order
			return Marshal(texts)
		}
		names, size = append(names, name), size+len(name)+len(text)+6
	}
	slices.Sort(names)
	w := &writer{out: make([]byte, 0, size)}
	w.open()
	for _, name := range names {
		w.text(name, texts[name], true)
	}
	w.close()
	return w.out, w.err
}

// Written is the canonical JSON of an object that an Object wrote.
type Written struct{ raw []byte }

// JSON is that object; nobody changes it.
func (w Written) JSON() json.RawMessage { return w.raw }

// Object writes an object in its canonical form, member by member, for events of which
// there are many. The members are given in the order of their names, all of plain
// letters; any other order is refused in the end.
type Object struct {
	w    writer
	last string // the name of the member before
}

// NewObject begins an object that will have some so many bytes.
func NewObject(size int) *Object {
	o := &Object{w: writer{out: make([]byte, 0, size)}}
	o.w.open()
	return o
}

func (o *Object) member(name string) {
	if name <= o.last {
		o.w.fail(fault.New(fault.Invalid, "docket.json-syntax", "at", len(o.w.out)))
	}
	o.last = name
	o.w.member(name)
}

// Text writes a member.
func (o *Object) Text(name, text string) {
	o.member(name)
	o.w.quoted(text)
}

// Any writes a member that is left out where it is empty.
func (o *Object) Any(name, text string) {
	if text != "" {
		o.Text(name, text)
	}
}

// Texts writes a member of texts by name, List one of texts in their order, Value one of
// any JSON; each is left out where it is empty.
func (o *Object) Texts(name string, texts map[string]string) {
	if len(texts) == 0 {
		return
	}
	raw, err := MarshalTexts(texts)
	o.w.fail(err)
	o.member(name)
	o.w.out = append(o.w.out, raw...)
}

// List is described at Texts.
func (o *Object) List(name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	o.member(name)
	for i, text := range texts {
		o.w.out = append(o.w.out, "[,"[min(i, 1)])
		o.w.quoted(text)
	}
	o.w.out = append(o.w.out, ']')
}

// Value is described at Texts.
func (o *Object) Value(name string, raw []byte) {
	if len(raw) > 0 {
		o.member(name)
		o.w.value(raw, 1)
	}
}

// End is the object, or why it could not be written.
func (o *Object) End() (Written, error) {
	o.w.close()
	return Written{o.w.out}, o.w.err
}
