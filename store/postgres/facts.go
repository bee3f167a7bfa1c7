package postgres

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
	stream text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	line bigint NOT NULL,
	id text COLLATE "C" NOT NULL,
	what text COLLATE "C" NOT NULL,
	known text COLLATE "C" NOT NULL,
	body bytea NOT NULL,
	PRIMARY KEY (stream, version, line)
);
CREATE INDEX facts_instrument ON facts (stream, version, line) WHERE what = 'instrument';
CREATE TABLE fact_streams (
	stream text COLLATE "C" PRIMARY KEY,
	version bigint NOT NULL
);
CREATE TABLE fact_records (
	sort text COLLATE "C" PRIMARY KEY,
	entries bigint NOT NULL,
	facts bigint NOT NULL
);
`

const factColumns = "stream, version, line, id, what, known, body"

var (
	intoFacts       = intoTable("facts", factColumns)
	intoFactStreams = intoTable("fact_streams", "stream, version")
	putFactRecord   = put("fact_records", "sort, entries, facts", 1)
	moveFactStream  = change{
		one:     "UPDATE fact_streams SET version = $2 WHERE stream = $1 AND version = $3",
		many:    "UPDATE fact_streams s SET version = v.version FROM VALUES AS v (stream, version, was) WHERE s.stream = v.stream AND s.version = v.was",
		columns: 3,
	}
)

func scanFact(s scanner) (store.Fact, error) {
	var f store.Fact
	var known string
	if err := s.Scan(&f.Stream, &f.Version, &f.Line, &f.ID, &f.What, &known, &f.Body); err != nil {
		return store.Fact{}, err
	}
	return f, f.Known.UnmarshalText([]byte(known))
}

// facts pages through the facts that where names, in the order of their
// places; where takes args.
func (r *reader) facts(where string, args ...any) iter.Seq2[store.Fact, error] {
	n := len(args)
	return each(r, paged[store.Fact]{
		text: fmt.Sprintf("SELECT %s FROM facts WHERE %s AND (stream, version, line) > (%s) ORDER BY stream, version, line LIMIT $%d",
			factColumns, where, marks(n+1, 3), n+4),
		args: args, key: []any{"", int64(0), int64(0)},
		of: func(f store.Fact) []any { return []any{string(f.Stream), int64(f.Version), f.Line} }, scan: scanFact,
	})
}

// streamsAtOnce is how many streams one question names: each later page of its
// answer looks for them again.
const streamsAtOnce = 500

func (r *reader) Facts(streams []docket.Stream) iter.Seq2[store.Fact, error] {
	return func(yield func(store.Fact, error) bool) {
		sorted := slices.Compact(slices.Sorted(slices.Values(streams)))
		for chunk := range slices.Chunk(sorted, streamsAtOnce) {
			for f, err := range r.facts("stream = ANY($1)", texts(chunk)) {
				if !yield(f, err) || err != nil {
					return
				}
			}
		}
	}
}

// The streams of a sort stand between "sort/" and "sort0": 0 comes after /.

func (r *reader) AllFacts(sort, what string) iter.Seq2[store.Fact, error] {
	if what == "instrument" { // said in the text, so that the index is found
		return r.facts("stream > $1 AND stream < $2 AND what = 'instrument'", sort+"/", sort+"0")
	}
	return r.facts("stream > $1 AND stream < $2 AND ($3 = '' OR what = $3)", sort+"/", sort+"0", what)
}

func (r *reader) LearnedFacts(streams []docket.Stream) (map[string]day.Date, error) {
	days := map[string]day.Date{}
	if len(streams) == 0 {
		return days, r.failed
	}
	type learned struct{ id, known string }
	list, err := all(r, func(s scanner) (learned, error) {
		var l learned
		return l, s.Scan(&l.id, &l.known)
	}, "SELECT id, min(known) FROM facts WHERE stream = ANY($1) GROUP BY stream, id", texts(streams))
	for _, l := range list {
		var known day.Date
		if err == nil {
			err = known.UnmarshalText([]byte(l.known))
		}
		days[l.id] = known
	}
	if err != nil {
		return nil, fmt.Errorf("read what is known: %w", err)
	}
	return days, nil
}

func scanFactStream(s scanner) (store.FactStream, error) {
	var f store.FactStream
	return f, s.Scan(&f.Stream, &f.Version)
}

func (r *reader) FactStreams(streams []docket.Stream) (map[docket.Stream]store.FactStream, error) {
	found := map[docket.Stream]store.FactStream{}
	if len(streams) == 0 {
		return found, r.failed
	}
	list, err := all(r, scanFactStream, "SELECT stream, version FROM fact_streams WHERE stream = ANY($1)", texts(streams))
	if err != nil {
		return nil, fmt.Errorf("read streams of facts: %w", err)
	}
	for _, f := range list {
		found[f.Stream] = f
	}
	return found, nil
}

func (r *reader) AllFactStreams(sort string) iter.Seq2[store.FactStream, error] {
	return each(r, paged[store.FactStream]{
		text: "SELECT stream, version FROM fact_streams WHERE stream > $1 AND stream < $2 AND stream > $3 ORDER BY stream LIMIT $4",
		args: []any{sort + "/", sort + "0"}, key: []any{""},
		of: func(f store.FactStream) []any { return []any{string(f.Stream)} }, scan: scanFactStream,
	})
}

func (r *reader) FactRecord(sort string) (store.FactRecord, error) {
	record := store.FactRecord{Sort: sort}
	list, err := all(r, func(s scanner) (store.FactRecord, error) {
		record := store.FactRecord{Sort: sort}
		return record, s.Scan(&record.Entries, &record.Facts)
	}, "SELECT entries, facts FROM fact_records WHERE sort = $1", sort)
	if err == nil && len(list) > 0 {
		record = list[0]
	}
	return record, err
}

func (t *tx) AddFacts(facts []store.Fact) error {
	return t.insert(intoFacts, len(facts), func(i int, to []any) []any {
		f := &facts[i]
		return append(to, string(f.Stream), int64(f.Version), f.Line, f.ID, f.What, f.Known.String(), f.Body)
	})
}

func (t *tx) MoveFactStreams(moves []store.FactMove) error {
	var fresh, moved []store.FactMove
	for _, m := range moves {
		if m.Was == 0 {
			fresh = append(fresh, m)
		} else {
			moved = append(moved, m)
		}
	}
	if err := t.write(moveFactStream, len(moved), func(i int, to []any) []any {
		return append(to, string(moved[i].Stream), int64(moved[i].Version), int64(moved[i].Was))
	}); err != nil {
		return err
	}
	return t.insert(intoFactStreams, len(fresh), func(i int, to []any) []any {
		return append(to, string(fresh[i].Stream), int64(fresh[i].Version))
	})
}

func (t *tx) PutFactRecord(r store.FactRecord) error {
	return t.put(putFactRecord, r.Sort, r.Entries, r.Facts)
}
