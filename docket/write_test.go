package docket_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"pgregory.net/rapid"
)

// Entries and rows are written by hand and not by encoding/json, for speed: the
// bytes are those that Marshal makes of them, and what it refuses is refused.
func TestEntriesAreWrittenAsMarshalWritesThem(t *testing.T) {
	t.Run("entries", rapid.MakeCheck(func(t *rapid.T) {
		e := anyEnvelope(t)
		want, refused := docket.Marshal(e)
		got, err := e.Seal(docket.Salt{})
		if (err == nil) != (refused == nil) || err == nil && !bytes.Equal(got.Bytes, want) {
			t.Fatalf("%s (%v), want %s (%v)", got.Bytes, err, want, refused)
		}
	}))
	t.Run("rows", rapid.MakeCheck(func(t *rapid.T) {
		r := docket.RowEnvelope{
			Stream: "claim/5f0c", Version: anyVersion(t), Kind: docket.Kind("k" + anyText().Draw(t, "kind")),
			Commitments: anyCommitments(t), Facts: anyFacts(t),
		}
		want, refused := docket.Marshal(r)
		got, err := r.Seal(0, docket.Salt{})
		if (err == nil) != (refused == nil) || err == nil && !bytes.Equal(got.Bytes, want) {
			t.Fatalf("%s (%v), want %s (%v)", got.Bytes, err, want, refused)
		}
	}))
}

func anyEnvelope(t *rapid.T) docket.Envelope {
	text := func(name string) string { return anyText().Draw(t, name) }
	e := docket.Envelope{
		Format: 1, Programme: text("programme"), Stream: "round/harbour-fire/3", Version: anyVersion(t),
		Kind: docket.Kind("k" + text("kind")), Actor: "a" + text("actor"), Capacity: "c" + text("capacity"), Means: "m" + text("means"),
		ForWhom: text("for whom"), Commitments: anyCommitments(t), Facts: anyFacts(t),
		Instant: docket.At(time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "instant"), 7_999_999)),
		Day:     day.Must(rapid.IntRange(1, 9999).Draw(t, "year"), 2, rapid.IntRange(1, 28).Draw(t, "day")),
	}
	for range rapid.IntRange(0, 2).Draw(t, "relies on") {
		e.ReliesOn = append(e.ReliesOn, docket.Ref{Stream: docket.Stream(text("stream")), Version: anyVersion(t)})
	}
	hash := hashOf(text("hashed"))
	if rapid.Bool().Draw(t, "edition") {
		e.Edition = &hash
	}
	if rapid.Bool().Draw(t, "second") {
		e.Second = &docket.Second{Actor: text("actor"), Capacity: text("capacity"), Means: text("means")}
	}
	if rapid.Bool().Draw(t, "annex") {
		e.Annex = &docket.Annex{Root: hash, Rows: rapid.Int64().Draw(t, "rows")}
	}
	if rapid.Bool().Draw(t, "source") {
		e.Source = &docket.Source{Name: text("source"), Row: rapid.Int64Range(0, 3).Draw(t, "row"), Line: rapid.Int64Range(0, 3).Draw(t, "line")}
		if rapid.Bool().Draw(t, "file") {
			e.Source.Hash = &hash
		}
	}
	return e
}

func anyVersion(t *rapid.T) docket.Version {
	return docket.Version(rapid.OneOf(rapid.Int64Range(1, 12), rapid.Int64Range(1<<53-1, 1<<53+1)).Draw(t, "version"))
}

func anyCommitments(t *rapid.T) (list []docket.Commitment) {
	for range rapid.IntRange(0, 2).Draw(t, "commitments") {
		name := anyText().Draw(t, "name")
		list = append(list, docket.Commitment{Name: name, Hash: hashOf(name)})
	}
	return list
}

// anyFacts are facts, or what no facts can be.
func anyFacts(t *rapid.T) json.RawMessage {
	switch rapid.IntRange(0, 9).Draw(t, "facts") {
	case 0:
		return nil
	case 1:
		return json.RawMessage(rapid.SampledFrom([]string{"", " ", "null", "1.5", "{}}", `{"a":1,"a":2}`, "\"a\xff\"", deep(31), deep(32)}).Draw(t, "odd"))
	}
	return written(t, anyJSON(3).Draw(t, "value"))
}
