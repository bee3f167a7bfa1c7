package office

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/treaty"
)

// The kinds of the streams of facts: those of a thing of the roll and of a
// treaty, and those of the bundles, whose annexes bring most of them. What they
// hold is public, and nothing of a claim.
const (
	kindRollFacts    docket.Kind = "roll.facts_entered.v1"
	kindTreatyFacts  docket.Kind = "treaty.facts_entered.v1"
	kindRollBundle   docket.Kind = "roll.bundle_entered.v1"
	kindTreatyBundle docket.Kind = "treaty.bundle_entered.v1"
)

// The sorts of the streams of facts.
const (
	sortRoll   = "roll"
	sortTreaty = "treaty"
)

// factsEntered is what an entry or row of a stream of facts says: roll.Fact or
// treaty.Fact, each as it was entered.
type factsEntered struct {
	Facts []json.RawMessage `json:"facts"`
}

// bundleEntered is what the entry of a bundle says of its annex.
type bundleEntered struct {
	Bundle  string   `json:"bundle"`
	Title   string   `json:"title,omitempty"`
	Known   day.Date `json:"known"` // of those of its facts that name no other day
	Facts   int64    `json:"facts"`
	Streams int64    `json:"streams"`
}

// bundleStream is where the entries of a bundle stand: one each time that it
// brought something.
func bundleStream(sort, id string) docket.Stream {
	return docket.Stream("bundle/" + sort + "/" + id)
}

// decodeFact reads one fact as it stands in an entry of a kind: its id, the
// stream in which it belongs, what it states and when it was learned.
func decodeFact(kind docket.Kind, raw json.RawMessage) (store.Fact, error) {
	var f store.Fact
	switch kind {
	case kindRollFacts:
		var said roll.Fact
		if err := json.Unmarshal(raw, &said); err != nil {
			return f, err
		}
		f = store.Fact{Stream: roll.Stream(said.Subject()), ID: string(said.ID()), What: said.Kind(), Known: said.Known}
	case kindTreatyFacts:
		var said treaty.Fact
		if err := json.Unmarshal(raw, &said); err != nil {
			return f, err
		}
		f = store.Fact{Stream: treaty.Stream(said.Subject()), ID: string(said.ID()), What: "action", Known: said.Known}
		if said.Instrument != nil {
			f.What = "instrument"
		}
	default:
		return f, fault.New(fault.Unsound, "office.facts-kind", "kind", kind)
	}
	var err error
	f.Body, err = docket.Canonical(raw) // in the act as in a rebuild, which reads canonical bytes
	return f, err
}

// decodeFacts reads what an entry or row of a stream of facts says.
func decodeFacts(stream docket.Stream, version docket.Version, kind docket.Kind, said json.RawMessage) ([]store.Fact, error) {
	var entered factsEntered
	if err := json.Unmarshal(said, &entered); err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	facts := make([]store.Fact, len(entered.Facts))
	for i, raw := range entered.Facts {
		f, err := decodeFact(kind, raw)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", kind, err)
		}
		if f.Stream != stream || f.Known.IsZero() {
			return nil, fault.New(fault.Unsound, "office.fact-astray", "entry", docket.Ref{Stream: stream, Version: version}, "belongs", f.Stream)
		}
		f.Version, f.Line = version, int64(i+1)
		facts[i] = f
	}
	return facts, nil
}

// foldedFacts are the facts that were folded and aren't written yet.
type foldedFacts struct {
	facts   []store.Fact
	moves   map[docket.Stream]*store.FactMove
	records map[string]store.FactRecord
}

// isFacts reports whether a stream is one of facts.
func isFacts(s docket.Stream) bool { return s.Sort() == sortRoll || s.Sort() == sortTreaty }

// takeFacts folds the entries or rows of streams of facts that one entry of the
// docket brings.
func (t *tables) takeFacts(rows ...docket.RowEnvelope) error {
	if len(rows) == 0 {
		return nil
	}
	said := make([][]store.Fact, len(rows))
	err := parallel(len(rows), func(i int) (err error) {
		r := rows[i]
		said[i], err = decodeFacts(r.Stream, r.Version, r.Kind, r.Facts)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.loadFactStreams(rows); err != nil {
		return err
	}
	count := map[string]int64{}
	for i, r := range rows {
		move := t.facts.moves[r.Stream]
		if move.Version != r.Version-1 {
			return fmt.Errorf("stream %s stands at version %d, not %d: %w", r.Stream, move.Version, r.Version-1, store.ErrTaken)
		}
		move.Version = r.Version
		t.facts.facts = append(t.facts.facts, said[i]...)
		count[r.Stream.Sort()] += int64(len(said[i]))
	}
	for sort, n := range count {
		record, ok := t.facts.records[sort]
		if !ok {
			if record, err = t.tx.FactRecord(sort); err != nil {
				return err
			}
		}
		record.Entries++
		record.Facts += n
		t.facts.records[sort] = record
	}
	return nil
}

// loadFactStreams loads how far the streams of rows have come, all at once.
func (t *tables) loadFactStreams(rows []docket.RowEnvelope) error {
	if t.facts.moves == nil { // most acts have no fact
		t.facts.moves, t.facts.records = map[docket.Stream]*store.FactMove{}, map[string]store.FactRecord{}
	}
	var missing []docket.Stream
	for _, r := range rows {
		if _, ok := t.facts.moves[r.Stream]; !ok {
			missing = append(missing, r.Stream)
		}
	}
	stand, err := t.tx.FactStreams(missing)
	if err != nil {
		return err
	}
	for _, stream := range missing {
		version := stand[stream].Version // 0 for one that isn't there
		t.facts.moves[stream] = &store.FactMove{FactStream: store.FactStream{Stream: stream, Version: version}, Was: version}
	}
	return nil
}

// flush writes what was folded, in one order.
func (f *foldedFacts) flush(tx store.Tx) error {
	if err := tx.AddFacts(f.facts); err != nil {
		return err
	}
	moves := make([]store.FactMove, 0, len(f.moves))
	for _, m := range f.moves {
		moves = append(moves, *m)
	}
	slices.SortFunc(moves, func(a, b store.FactMove) int { return cmp.Compare(a.Stream, b.Stream) })
	if err := tx.MoveFactStreams(moves); err != nil {
		return err
	}
	for _, sort := range []string{sortRoll, sortTreaty} {
		if record, ok := f.records[sort]; ok {
			if err := tx.PutFactRecord(record); err != nil {
				return err
			}
		}
	}
	return nil
}
