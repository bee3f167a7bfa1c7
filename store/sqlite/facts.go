package sqlite

import (
	"fmt"
	"iter"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// schemaFacts brings the roll and the treaties. Instruments have an index of
// their own: a list of treaties names each without its thousand actions.
const schemaFacts = `
CREATE TABLE facts (
	stream TEXT NOT NULL,
	version INTEGER NOT NULL,
	line INTEGER NOT NULL,
	id TEXT NOT NULL,
	what TEXT NOT NULL,
	known TEXT NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (stream, version, line)
) STRICT;
CREATE INDEX facts_instrument ON facts (stream, version, line) WHERE what = 'instrument';
CREATE TABLE fact_streams (
	stream TEXT PRIMARY KEY,
	version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_records (
	sort TEXT PRIMARY KEY,
	entries INTEGER NOT NULL,
	facts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

const factColumns = "stream, version, line, id, what, known, body"

func scanFact(s scanner) (store.Fact, error) {
	var f store.Fact
	var known string
	if err := s.Scan(&f.Stream, &f.Version, &f.Line, &f.ID, &f.What, &known, &f.Body); err != nil {
		return store.Fact{}, err
	}
	return f, f.Known.UnmarshalText([]byte(known))
}

func (r *reader) Facts(streams []docket.Stream) iter.Seq2[store.Fact, error] {
	return func(yield func(store.Fact, error) bool) {
		for chunk := range slices.Chunk(once(streams), idsAtOnce) {
			for f, err := range each(r, scanFact, "SELECT "+factColumns+" FROM facts WHERE stream IN ("+marks(len(chunk))+
				") ORDER BY stream, version, line", anys(chunk)...) {
				if !yield(f, err) || err != nil {
					return
				}
			}
		}
	}
}

// once are the streams in their order, each once.
func once(streams []docket.Stream) []docket.Stream {
	return slices.Compact(slices.Sorted(slices.Values(streams)))
}

// The streams of a sort stand between "sort/" and "sort0": 0 comes after /.

func (r *reader) AllFacts(sort, what string) iter.Seq2[store.Fact, error] {
	text := "SELECT " + factColumns + " FROM facts WHERE stream > ? AND stream < ?"
	if what == "instrument" { // said in the text, so that the index is found
		return each(r, scanFact, text+" AND what = 'instrument' ORDER BY stream, version, line", sort+"/", sort+"0")
	}
	return each(r, scanFact, text+" AND (?3 = '' OR what = ?3) ORDER BY stream, version, line", sort+"/", sort+"0", what)
}

// learned is a fact's id with a day.
type learned struct {
	id    string
	known string
}

func scanLearned(s scanner) (learned, error) {
	var l learned
	return l, s.Scan(&l.id, &l.known)
}

func (r *reader) LearnedFacts(streams []docket.Stream) (map[string]day.Date, error) {
	days := map[string]day.Date{}
	for chunk := range slices.Chunk(once(streams), idsAtOnce) {
		for l, err := range each(r, scanLearned, "SELECT id, min(known) FROM facts WHERE stream IN ("+marks(len(chunk))+") GROUP BY stream, id", anys(chunk)...) {
			if err != nil {
				return nil, fmt.Errorf("read what is known: %w", err)
			}
			var known day.Date
			if err := known.UnmarshalText([]byte(l.known)); err != nil {
				return nil, fmt.Errorf("read what is known: %w", err)
			}
			days[l.id] = known
		}
	}
	return days, nil
}

func scanFactStream(s scanner) (store.FactStream, error) {
	var f store.FactStream
	return f, s.Scan(&f.Stream, &f.Version)
}

func (r *reader) FactStreams(streams []docket.Stream) (map[docket.Stream]store.FactStream, error) {
	found := map[docket.Stream]store.FactStream{}
	for chunk := range slices.Chunk(once(streams), idsAtOnce) {
		for f, err := range each(r, scanFactStream, "SELECT stream, version FROM fact_streams WHERE stream IN ("+marks(len(chunk))+")", anys(chunk)...) {
			if err != nil {
				return nil, fmt.Errorf("read streams of facts: %w", err)
			}
			found[f.Stream] = f
		}
	}
	return found, nil
}

func (r *reader) AllFactStreams(sort string) iter.Seq2[store.FactStream, error] {
	return each(r, scanFactStream, "SELECT stream, version FROM fact_streams WHERE stream > ? AND stream < ? ORDER BY stream", sort+"/", sort+"0")
}

func (r *reader) FactRecord(sort string) (store.FactRecord, error) {
	for record, err := range each(r, func(s scanner) (store.FactRecord, error) {
		record := store.FactRecord{Sort: sort}
		return record, s.Scan(&record.Entries, &record.Facts)
	}, "SELECT entries, facts FROM fact_records WHERE sort = ?", sort) {
		return record, err
	}
	return store.FactRecord{Sort: sort}, nil
}

func (t *tx) AddFacts(facts []store.Fact) error {
	err := t.insert("facts ("+factColumns+")", 7, len(facts), func(i int, to []any) []any {
		f := &facts[i]
		return append(to, string(f.Stream), int64(f.Version), f.Line, f.ID, f.What, f.Known.String(), f.Body)
	})
	if err != nil {
		return fmt.Errorf("add facts: %w", err)
	}
	return nil
}

func (t *tx) MoveFactStreams(moves []store.FactMove) error {
	var fresh []store.FactMove
	for _, m := range moves {
		if m.Was == 0 {
			fresh = append(fresh, m)
			continue
		}
		n, err := t.exec("UPDATE fact_streams SET version = ? WHERE stream = ? AND version = ?", int64(m.Version), string(m.Stream), int64(m.Was))
		if err == nil && n != 1 {
			err = t.fail(fmt.Errorf("it doesn't stand at %d: %w", m.Was, store.ErrTaken))
		}
		if err != nil {
			return fmt.Errorf("move stream %s: %w", m.Stream, err)
		}
	}
	err := t.insert("fact_streams (stream, version)", 2, len(fresh), func(i int, to []any) []any {
		return append(to, string(fresh[i].Stream), int64(fresh[i].Version))
	})
	if err != nil {
		return fmt.Errorf("begin streams of facts: %w", err)
	}
	return nil
}

func (t *tx) PutFactRecord(r store.FactRecord) error {
	return t.put("fact_records", "sort, entries, facts", r.Sort, r.Entries, r.Facts)
}
