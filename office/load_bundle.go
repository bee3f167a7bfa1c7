package office

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Loaded says what came of a bundle, or of a single fact.
type Loaded struct {
	Bundle  string       `json:"bundle,omitempty"`
	Entries []docket.Ref `json:"entries"` // of the docket; none where nothing was new
	Entered int64        `json:"entered"` // facts
	Streams int64        `json:"streams"` // things or treaties that they are about, in each act
	Already int64        `json:"already"` // facts that we knew, since the same day or an earlier one
}

// statement is one fact on its way into the docket.
type statement struct {
	stream docket.Stream
	id     string
	known  day.Date
	body   json.RawMessage
}

// bundle is a bundle of the roll or of treaties on its way into the docket.
type bundle struct {
	act         Act
	sort        string
	kind, facts docket.Kind // of its entry, and of its rows
	id, title   string
	known       day.Date
	statements  []statement
}

// loadBundle enters what is new of a bundle: one entry, its annex a row for each
// stream; where the bundle has more than fits into one act, several. A fact that
// is there since the same day or an earlier one is not entered again, so that a
// bundle that is loaded twice, or was cut off, changes nothing that is there.
func (o *Office) loadBundle(ctx context.Context, by By, b bundle) (Loaded, error) {
	all := Loaded{Bundle: b.id, Entries: []docket.Ref{}}
	if !docket.IsCode(b.id) {
		return all, fault.New(fault.Invalid, "office.bundle-id", "bundle", b.id)
	}
	if len(b.statements) == 0 {
		return all, fault.New(fault.Invalid, "office.bundle-empty", "bundle", b.id)
	}
	list := earliest(b.statements)
	for _, s := range list {
		if len(s.body) > mostInRow {
			return all, fault.New(fault.Invalid, "office.fact-too-long", "stream", s.stream, "most", mostInRow, "bytes", len(s.body))
		}
	}
	key := by.Key
	for n := 0; len(list) > 0; n++ {
		part := list[:min(len(list), o.factsInAct)]
		list = list[len(part):]
		if key != "" && n > 0 {
			by.Key = fmt.Sprintf("%s#%d", key, n)
		}
		ids := make([]string, len(part))
		for i, s := range part {
			ids[i] = s.id
		}
		done := Loaded{Entries: []docket.Ref{}}
		// Doing it twice is the same as once, with a key or without.
		_, err := o.performed(ctx, true, b.act, by, "", ids, &done, func(p *performance) error { return p.enterPart(b, part, &done) })
		if err != nil {
			return all, fmt.Errorf("load %s: %w", b.id, err)
		}
		all.Entries = append(all.Entries, done.Entries...)
		all.Entered, all.Streams, all.Already = all.Entered+done.Entered, all.Streams+done.Streams, all.Already+done.Already
	}
	return all, nil
}

// earliest are the statements in one order, whatever order they came in, each
// once, as it was learned first.
func earliest(list []statement) []statement {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b statement) int {
		return cmp.Or(cmp.Compare(a.stream, b.stream), cmp.Compare(a.id, b.id), a.known.Compare(b.known))
	})
	return slices.CompactFunc(list, func(a, b statement) bool { return a.stream == b.stream && a.id == b.id })
}

// enterPart enters what is new among statements that are in the order of their
// streams.
func (p *performance) enterPart(b bundle, part []statement, done *Loaded) error {
	fresh, err := p.unknown(part)
	if err != nil {
		return err
	}
	done.Already = int64(len(part) - len(fresh))
	if len(fresh) == 0 {
		return nil
	}
	rows, err := p.rowsOf(b.facts, fresh)
	if err != nil {
		return err
	}
	stream := bundleStream(b.sort, b.id)
	last, err := p.tx.LastVersion(stream)
	if err != nil {
		return err
	}
	done.Entered, done.Streams = int64(len(fresh)), int64(len(streamsOf(fresh)))
	said := bundleEntered{Bundle: b.id, Title: b.title, Known: b.known, Facts: done.Entered, Streams: done.Streams}
	env := docket.Envelope{Stream: stream, Version: last + 1, Kind: b.kind}
	if err := p.enter(env, said, rows); err != nil {
		return err
	}
	done.Entries = []docket.Ref{{Stream: env.Stream, Version: env.Version}}
	return p.commit()
}

// unknown are the statements that nobody has entered with the same day of
// learning or an earlier one.
func (p *performance) unknown(list []statement) ([]statement, error) {
	learned, err := p.tx.LearnedFacts(streamsOf(list))
	if err != nil {
		return nil, err
	}
	var fresh []statement
	for _, s := range list {
		if since, ok := learned[s.id]; !ok || s.known.Before(since) {
			fresh = append(fresh, s)
		}
	}
	return fresh, nil
}

func streamsOf(list []statement) []docket.Stream {
	var streams []docket.Stream
	for _, s := range list {
		if len(streams) == 0 || streams[len(streams)-1] != s.stream {
			streams = append(streams, s.stream)
		}
	}
	return streams
}

// mostInRow bounds the bytes of a row's facts, give or take the last, so that no
// line of an audit export outgrows what a verifier reads.
const mostInRow = 1 << 20

// rowsOf are the rows that state these facts: one for each stream, at its next
// version, or several where the facts are many.
func (p *performance) rowsOf(kind docket.Kind, list []statement) ([]docket.RowEnvelope, error) {
	stand, err := p.tx.FactStreams(streamsOf(list))
	if err != nil {
		return nil, err
	}
	var rows []docket.RowEnvelope
	var groups [][]statement
	for from := 0; from < len(list); {
		stream, to, size := list[from].stream, from, 0
		for to < len(list) && list[to].stream == stream && size < mostInRow {
			size += len(list[to].body)
			to++
		}
		version := stand[stream].Version + 1
		if n := len(rows); n > 0 && rows[n-1].Stream == stream {
			version = rows[n-1].Version + 1
		}
		rows, groups = append(rows, docket.RowEnvelope{Stream: stream, Version: version, Kind: kind}), append(groups, list[from:to])
		from = to
	}
	err = parallel(len(groups), func(i int) (err error) {
		said := factsEntered{}
		for _, s := range groups[i] {
			said.Facts = append(said.Facts, s.body)
		}
		rows[i].Facts, err = facts(said)
		return err
	})
	return rows, err
}
