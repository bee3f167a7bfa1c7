package docket

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Kind says which act an entry records: "claim.filed.v1". It fixes what the
// facts may hold, for ever.
type Kind string

// Envelope is version 1 of what every entry says, whatever its act. Facts
// belong to the kind. In the streams of claims, commission and fund an entry
// holds ids, codes, dates and amounts: no personal data and no free text.
type Envelope struct {
	Format      int             `json:"format"`                // 1
	Programme   string          `json:"programme,omitempty"`   // "" for the installation's own acts
	Stream      Stream          `json:"stream"`                //
	Version     Version         `json:"version"`               // 1, 2, 3 … within the stream
	Kind        Kind            `json:"kind"`                  //
	Actor       string          `json:"actor"`                 // who did it, by id
	Capacity    string          `json:"capacity"`              // in which capacity: officer, commissioner …
	Means       string          `json:"means"`                 // how the actor was known: credential …
	ForWhom     string          `json:"for_whom,omitempty"`    // for which claimant or body
	Second      *Second         `json:"second,omitempty"`      // the second person, where two are needed
	Instant     Instant         `json:"instant"`               // when the act was entered
	Day         day.Date        `json:"day"`                   // the legal day in the programme's time zone
	Edition     *Hash           `json:"edition,omitempty"`     // the rulebook's bytes, where a rule was applied
	ReliesOn    []Ref           `json:"relies_on,omitempty"`   // entries without which this one could not be
	Source      *Source         `json:"source,omitempty"`      // where it comes from, if not from the actor
	Commitments []Commitment    `json:"commitments,omitempty"` // sealed blobs that stand beside it
	Annex       *Annex          `json:"annex,omitempty"`       // the table of a bulk act
	Facts       json.RawMessage `json:"facts,omitempty"`       // what this kind says beyond the envelope
}

// Second is the other person of an act that needs two.
type Second struct {
	Actor    string `json:"actor"`
	Capacity string `json:"capacity"`
	Means    string `json:"means"`
}

// Source names where a record came from: a file by its hash and the row in
// it, a letter, another body's register.
type Source struct {
	Name string `json:"name"`           // short code, "us-tsa"
	Hash *Hash  `json:"hash,omitempty"` // of the whole file
	Row  int64  `json:"row,omitempty"`  // data row, the first is 1
	Line int64  `json:"line,omitempty"` // line of the file on which the row begins
}

// File is the source without the place in it: what a bulk act over many rows
// says. It is nil for no source.
func (s *Source) File() *Source {
	if s == nil {
		return nil
	}
	return &Source{Name: s.Name, Hash: s.Hash}
}

// Commitment binds a sealed blob to the entry: BlobCommitment of its plaintext.
type Commitment struct {
	Name string `json:"name"` // "answers.personal", "trace"
	Hash Hash   `json:"hash"`
}

// Annex is the table of a bulk act: so many rows under one Merkle root.
type Annex struct {
	Root Hash  `json:"root"`
	Rows int64 `json:"rows"`
}

// Instant is a moment in UTC, to the millisecond.
type Instant struct{ time.Time }

const instantForm = "2006-01-02T15:04:05.000Z"

// At is t in UTC, cut to the millisecond.
func At(t time.Time) Instant { return Instant{t.UTC().Truncate(time.Millisecond)} }

// String is RFC 3339 with milliseconds, in UTC.
func (i Instant) String() string { return i.UTC().Format(instantForm) }

// MarshalText writes the one form that the docket knows.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// MarshalJSON shadows the one of time.Time, which prints in another form.
func (i Instant) MarshalJSON() ([]byte, error) { return []byte(`"` + i.String() + `"`), nil }

// UnmarshalJSON reads the one form that the docket knows.
func (i *Instant) UnmarshalJSON(text []byte) error {
	t, err := time.Parse(`"`+instantForm+`"`, string(text))
	// time.Parse is kinder than the form: it takes a comma for the point.
	if err != nil || `"`+(Instant{t}).String()+`"` != string(text) {
		return fault.New(fault.Invalid, "docket.instant", "text", string(text))
	}
	i.Time = t
	return nil
}

// UnmarshalText reads the one form that the docket knows.
func (i *Instant) UnmarshalText(text []byte) error {
	return i.UnmarshalJSON([]byte(`"` + string(text) + `"`))
}

// Entry is an entry as it rests: its place, its salt and its canonical bytes.
type Entry struct {
	Stream  Stream
	Version Version
	Salt    Salt
	Bytes   []byte
}

// Seal writes the envelope in canonical bytes under the salt. An entry says
// always who did what, in which capacity, how the actor was known, and when.
func (e Envelope) Seal(salt Salt) (Entry, error) { return e.seal(salt, false) }

// SealWritten is Seal with these facts, which are not brought into their canonical form
// once more.
func (e Envelope) SealWritten(facts Written, salt Salt) (Entry, error) {
	e.Facts = facts.raw
	return e.seal(salt, true)
}

func (e Envelope) seal(salt Salt, written bool) (Entry, error) {
	e.Format = 1
	if e.Version < 1 || e.Kind == "" || e.Actor == "" || e.Capacity == "" || e.Means == "" || e.Instant.IsZero() || e.Day.IsZero() {
		return Entry{}, fault.New(fault.Invalid, "docket.incomplete", "stream", e.Stream, "kind", e.Kind)
	}
	if err := e.Stream.check(); err != nil {
		return Entry{}, err
	}
	raw, err := e.canonical(written)
	if err != nil {
		return Entry{}, fmt.Errorf("write entry %s of %s: %w", e.Kind, e.Stream, err)
	}
	return Entry{Stream: e.Stream, Version: e.Version, Salt: salt, Bytes: raw}, nil
}

// Commitment is the record that the published tree holds of the entry.
func (e Entry) Commitment() Hash { return EntryCommitment(e.Salt, e.Bytes) }

// Ref is the entry's place.
func (e Entry) Ref() Ref { return Ref{e.Stream, e.Version} }

// Open reads the entry's bytes back. It checks that they are canonical and
// that they name the place where the entry stands: an entry moved to another
// place is as wrong as an altered one.
func (e Entry) Open() (Envelope, error) {
	var env Envelope
	if err := openCanonical(e.Bytes, &env); err != nil {
		return Envelope{}, fmt.Errorf("entry %s: %w", e.Ref(), err)
	}
	if env.Format != 1 {
		return Envelope{}, fault.New(fault.Unsound, "docket.format", "entry", e.Ref(), "format", env.Format)
	}
	if env.Stream != e.Stream || env.Version != e.Version {
		return Envelope{}, fault.New(fault.Unsound, "docket.place", "entry", e.Ref(), "says", Ref{env.Stream, env.Version})
	}
	return env, nil
}

// openCanonical decodes bytes that must already be canonical.
func openCanonical(raw []byte, into any) error {
	canonical, err := Canonical(raw)
	if err != nil {
		return err
	}
	if string(canonical) != string(raw) {
		return fault.New(fault.Unsound, "docket.not-canonical")
	}
	return json.Unmarshal(raw, into)
}
