package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// mostReceipt bounds a receipt, so that a phone can read it too.
const mostReceipt = 16 << 20

// receipt is what a good receipt proves.
type receipt struct {
	Reference  string      `json:"reference"`
	Number     string      `json:"number,omitempty"`
	Checkpoint checkpoint  `json:"checkpoint"`
	Witnessed  []witnessed `json:"witnessed,omitempty"`
	Steps      []step      `json:"steps"`
}

// step is one thing that was recorded of the claim.
type step struct {
	Leaf      int64           `json:"leaf"`
	Row       *int64          `json:"row,omitempty"`
	Stream    string          `json:"stream"`
	Version   int64           `json:"version"`
	Kind      string          `json:"kind"`
	Words     string          `json:"words"`
	Programme string          `json:"programme,omitempty"`
	Actor     string          `json:"actor"`
	Capacity  string          `json:"capacity"`
	Second    string          `json:"second,omitempty"` // the capacity of the second person
	Instant   string          `json:"instant"`
	Day       string          `json:"day,omitempty"`
	Facts     json.RawMessage `json:"facts,omitempty"`
	Opened    []string        `json:"opened,omitempty"` // names of what the receipt opens

	facts   value
	stream  string // the claim's own place: that of the row, where there is one
	version int64

	committed map[string]string // by name, what the entry or row commits to
}

// place is the claim's own place, as a manifest writes it.
func (s step) place() string { return fmt.Sprintf("%s#%d", s.stream, s.version) }

// checkReceipt holds a receipt against the six demands of the page. The first
// that fails is the answer.
func checkReceipt(file string, raw []byte, known trust, witnesses []key) (*receipt, *problem) {
	r, p := readReceipt(file, raw, known, witnesses)
	if p != nil && p.Means == "" {
		p.meaning("The receipt does not prove what it says", "Ask the office for the receipt again; if it fails again, show both to somebody you trust: a good receipt can always be given")
	}
	return r, p
}

func readReceipt(file string, raw []byte, known trust, witnesses []key) (*receipt, *problem) {
	if len(raw) > mostReceipt {
		return nil, wrong(file, "it is larger than %d MiB, and a receipt never is", mostReceipt>>20)
	}
	v, err := readJSON(raw)
	if err != nil {
		return nil, wrong(file, "%v", err)
	}
	f := fieldsOf(file, v)
	if format := f.text("format"); f.wrong == nil && format != "chancery/receipt/v1" {
		f.fail("the field \"format\" says %.60q; this program knows chancery/receipt/v1", format)
	}
	r := &receipt{Reference: f.text("reference")}
	if f.has("number") {
		r.Number = f.text("number")
	}
	if issued := f.text("issued"); f.wrong == nil && !isInstant(issued) {
		f.fail("the field \"issued\" is no instant such as 2026-01-31T09:00:00.007Z")
	}
	signed := f.text("checkpoint")
	var statements []value
	if f.has("epochs") {
		statements = f.need("epochs", '[').items
	}
	steps := f.need("steps", '[').items
	if f.only(); f.wrong != nil {
		return nil, f.wrong
	}
	by, p := keyOfReceipt(file, signed, statements, known)
	if p != nil {
		return nil, p
	}
	where := file + ", checkpoint"
	if r.Checkpoint, p = openCheckpoint(where, signed, by); p != nil {
		return nil, p
	}
	if r.Witnessed, p = allWitnessed(where, signed, witnesses); p != nil {
		return nil, p
	}
	for i, s := range steps {
		read, p := checkStep(fmt.Sprintf("%s, step %d", file, i+1), s, r.Checkpoint)
		if p != nil {
			return nil, p
		}
		r.Steps = append(r.Steps, read)
	}
	return r, r.hangsTogether(file)
}

// keyOfReceipt is the key that must have signed the checkpoint: one that was
// given, or one to which the receipt's statements lead from there.
func keyOfReceipt(file, signed string, statements []value, known trust) (key, *problem) {
	before := epoch{}
	for i, v := range statements {
		where := fmt.Sprintf("%s, epochs, item %d", file, i+1)
		e, p := readEpoch(where, v.text)
		if p != nil {
			return key{}, p
		}
		if i > 0 && (e.Origin != before.Origin || e.Number != before.Number+1) {
			return key{}, wrong(where, "it opens epoch %d of %.200q, and the one before opened epoch %d of %.200q", e.Number, e.Origin, before.Number, before.Origin)
		}
		_, direct := known[e.key.name]
		_, from := known[e.PreviousOrigin]
		if before = e; !direct && !from && !knowsLater(known, e) {
			return key{}, noKey(where, e.PreviousOrigin, known)
		}
		if direct || from && (e.handsOver() || !knowsLater(known, e)) {
			if p := known.follow(where, e); p != nil {
				return key{}, p
			}
		}
	}
	origin, _, _ := strings.Cut(signed, "\n")
	if k, ok := known[origin]; ok {
		if len(statements) > 0 && before.key.name != origin {
			return key{}, wrong(file+", checkpoint", "it is of %.200q, and the statements lead to %q", origin, before.key.name)
		}
		return k, nil
	}
	return key{}, noKey(file+", checkpoint", origin, known)
}

// knowsLater says that a key of a later epoch of the log was given: the
// statements before it need not be followed.
func knowsLater(known trust, e epoch) bool {
	for name := range known {
		if origin, n := epochOf(name); origin == e.Origin && n > e.Number {
			return true
		}
	}
	return false
}

func noKey(where, origin string, known trust) *problem {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	return wrong(where, "it is of the log %.200q, and the key you gave is for %s", origin, strings.Join(names, ", ")).
		meaning("Nothing can be concluded: it was not held against that log's key", "Give the key of that log or epoch with --key; its operator publishes it")
}

// envelope is what an entry or a row says of itself, at the place where it
// stands.
func envelope(where, text, stream string, version int64) (value, *problem) {
	v, err := readJSON([]byte(text))
	if err != nil {
		return v, wrong(where+", entry", "%v", err)
	}
	if len(v.raw) != len(text) {
		return v, wrong(where+", entry", "white space stands around it, and its bytes must be in canonical form (RFC 8785)")
	}
	return v, atPlace(where+", entry", v, stream, version)
}

// atPlace wants canonical bytes that name the place at which they stand.
func atPlace(where string, v value, stream string, version int64) *problem {
	f := fieldsOf(where, v)
	if !v.isCanonical() {
		f.fail("the bytes are not in canonical form (RFC 8785)")
	}
	saysStream, saysVersion := f.text("stream"), f.number("version", 1)
	if f.text("kind"); saysStream != stream || saysVersion != version {
		f.fail("it is the entry of %.200s#%d, and stands here as %.200s#%d", saysStream, saysVersion, stream, version)
	}
	return f.wrong
}

func checkStep(where string, v value, c checkpoint) (step, *problem) {
	f := fieldsOf(where, v)
	s := step{Leaf: f.number("leaf", 0), Stream: f.text("stream"), Version: f.number("version", 1)}
	salt, text, proof := f.hash("salt"), f.text("entry"), f.hashes("proof")
	var row, openings value
	if f.has("row") {
		row = f.need("row", '{')
	}
	if f.has("openings") {
		openings = f.need("openings", '[')
	}
	if f.only(); f.wrong != nil {
		return s, f.wrong
	}
	entry, p := envelope(where, text, s.Stream, s.Version)
	if p != nil {
		return s, p
	}
	committed := commitment(entryTag, salt, []byte(text))
	if !leads(proof, leafHash(committed), s.Leaf, c.Size, c.Root) {
		return s, wrong(where, "the proof does not lead from this entry, as leaf %d, to the checkpoint's root", s.Leaf)
	}
	if p := s.take(where+", entry", entry); p != nil {
		return s, p
	}
	said := entry
	if row.sort != 0 {
		if said, p = s.takeRow(where+", row", row, entry); p != nil {
			return s, p
		}
	}
	kind, _ := said.member("kind")
	s.facts, _ = said.member("facts")
	s.Kind, s.Words, s.Facts = kind.text, inWords(kind.text, s.facts), s.facts.raw
	list, _ := said.member("commitments")
	s.committed = make(map[string]string, len(list.items))
	for _, c := range list.items {
		is, _ := c.member("name")
		of, _ := c.member("hash")
		s.committed[is.text] = of.text
	}
	return s, s.open(where, openings)
}

// take reads who, in which capacity and when: it stands in the entry, for all
// rows of its annex too.
func (s *step) take(where string, entry value) *problem {
	f := fieldsOf(where, entry)
	if format := f.number("format", 1); f.wrong == nil && format != 1 {
		f.fail("the format is %d; this program knows format 1", format)
	}
	s.Actor, s.Capacity, s.Instant = f.text("actor"), f.text("capacity"), f.text("instant")
	if f.wrong == nil && !isInstant(s.Instant) {
		f.fail("the field \"instant\" is no instant")
	}
	if f.has("programme") {
		s.Programme = f.text("programme")
	}
	if f.has("day") {
		s.Day = f.text("day")
	}
	if f.has("second") {
		second := fieldsOf(where+", second", f.need("second", '{'))
		if s.Second = second.text("capacity"); f.wrong == nil {
			f.wrong = second.wrong
		}
	}
	s.stream, s.version = s.Stream, s.Version
	return f.wrong
}

func (s *step) takeRow(where string, row, entry value) (value, *problem) {
	f := fieldsOf(where, row)
	index, salt, text, proof := f.number("index", 0), f.hash("salt"), f.text("entry"), f.hashes("proof")
	s.Row, s.stream, s.version = &index, f.text("stream"), f.number("version", 1)
	if f.only(); f.wrong != nil {
		return row, f.wrong
	}
	root, rows, p := annexOf(where, entry)
	if p != nil {
		return row, p
	}
	said, p := envelope(where, text, s.stream, s.version)
	if p != nil {
		return said, p
	}
	if !leads(proof, leafHash(commitment(rowTag, salt, []byte(text))), index, rows, root) {
		return said, wrong(where, "the proof does not lead from this row, at place %d, to the root of the entry's annex", index)
	}
	return said, nil
}

// annexOf is the root and the number of rows of an entry's annex.
func annexOf(where string, entry value) (hash, int64, *problem) {
	if _, ok := entry.member("annex"); !ok {
		return hash{}, 0, wrong(where, "the entry has no annex to which a row could belong")
	}
	annex, _ := entry.member("annex")
	f := fieldsOf(where+", annex", annex)
	root, rows := f.hash("root"), f.number("rows", 0)
	return root, rows, f.wrong
}

func (s *step) open(where string, openings value) *problem {
	for i, v := range openings.items {
		f := fieldsOf(fmt.Sprintf("%s, openings, item %d", where, i+1), v)
		name, salt, plaintext := f.text("name"), f.hash("salt"), f.text("plaintext")
		if f.only(); f.wrong != nil {
			return f.wrong
		}
		if want := commitment(blobTag, salt, []byte(plaintext)).String(); s.committed[name] != want {
			return wrong(f.where, "what it opens as %.100q is not what the entry commits to under that name", name)
		}
		s.Opened = append(s.Opened, name)
	}
	return nil
}

// hangsTogether checks the claim's own stream from step to step, and the names
// that the receipt gives the claim.
func (r *receipt) hangsTogether(file string) *problem {
	if len(r.Steps) == 0 {
		return wrong(file, "it has no steps")
	}
	number := ""
	for i, s := range r.Steps {
		where := fmt.Sprintf("%s, step %d", file, i+1)
		switch {
		case !strings.HasPrefix(s.stream, "claim/") || s.stream != r.Steps[0].stream:
			return wrong(where, "it belongs to %.200q, and the receipt is of %.200q", s.stream, r.Steps[0].stream)
		case s.version != int64(i+1):
			return wrong(where, "it is version %d of the claim, and version %d is due here", s.version, i+1)
		case i == 0 && s.Kind != "claim.filed.v1":
			return wrong(where, "the first step of a claim is its filing, and this is %.100q", s.Kind)
		}
		if n, ok := s.facts.member("number"); ok && i > 0 {
			number = n.text
		}
	}
	undashed := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	reference, _ := r.Steps[0].facts.member("reference")
	if r.Reference == "" || undashed(reference.text) != undashed(r.Reference) {
		return wrong(file+", reference", "it says %.100q, and the claim was filed as %.100q", r.Reference, reference.text)
	}
	if number != r.Number {
		return wrong(file+", number", "it says %.100q, and the recorded steps give the claim the number %.100q", r.Number, number)
	}
	return nil
}
