package docket_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// As for envelopes: read and written the same for ever.
func TestRowsOfAnnexesForEver(t *testing.T) {
	for _, c := range []struct {
		file       string
		says       docket.RowEnvelope
		commitment string
	}{
		{"row-v1-least.json", docket.RowEnvelope{Stream: "claim/5f0c", Version: 2, Kind: "claim.withdrawn.v1"}, "68222ff428ee2a3185279fa848d4eb87ce569f92e85a836c0c331a9d34b17241"},
		{"row-v1-most.json", docket.RowEnvelope{
			Stream: "claim/5f0c", Version: 4, Kind: "claim.decided.v1",
			Commitments: []docket.Commitment{{Name: "trace.assessed", Hash: hashOf("trace")}},
			Facts:       json.RawMessage(`{"award":"2500.00 USD","instalment":1,"outcome":"award","rule":"fixed-sum"}`),
		}, "d314f8129d3c49c35023055bf1eaabdaa28881ce5a295cd9a3dca652a2265019"},
	} {
		golden := goldenBytes(t, c.file)
		row := docket.Row{Index: 7, Stream: c.says.Stream, Version: c.says.Version, Salt: saltOf("golden"), Bytes: golden}
		got, err := row.Open()
		if err != nil || !reflect.DeepEqual(got, c.says) {
			t.Errorf("%s is read as %+v (%v)", c.file, got, err)
		}
		again, err := got.Seal(7, row.Salt)
		if err != nil || !reflect.DeepEqual(again, row) {
			t.Errorf("%s is written as %s (%v)", c.file, again.Bytes, err)
		}
		if again.Commitment().String() != c.commitment {
			t.Errorf("%s is committed to as %s, want %s", c.file, again.Commitment(), c.commitment)
		}
	}
}

func TestWhatARowIsRefusedFor(t *testing.T) {
	whole := docket.RowEnvelope{Stream: "claim/5f0c", Version: 2, Kind: "claim.recorded.v1", Facts: json.RawMessage(`{"number":"HF-1"}`)}
	for _, c := range []struct {
		name string
		less func(*docket.RowEnvelope)
		code string
	}{
		{"nothing is amiss", func(*docket.RowEnvelope) {}, ""},
		{"no stream", func(r *docket.RowEnvelope) { r.Stream = "" }, "docket.stream-form"},
		{"a stream with a space", func(r *docket.RowEnvelope) { r.Stream = "claim/5f 0c" }, "docket.stream-form"},
		{"no version", func(r *docket.RowEnvelope) { r.Version = 0 }, "docket.incomplete"},
		{"no kind", func(r *docket.RowEnvelope) { r.Kind = "" }, "docket.incomplete"},
		{"facts with a float", func(r *docket.RowEnvelope) { r.Facts = json.RawMessage(`[0.5]`) }, "docket.json-number"},
	} {
		r := whole
		c.less(&r)
		if _, err := r.Seal(0, saltOf("any")); fault.Code(err) != c.code {
			t.Errorf("written, %s: %v, want %q", c.name, err, c.code)
		}
	}
	sealed, err := whole.Seal(0, saltOf("any"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*docket.Row)
		code   string
	}{
		{"nothing is amiss", func(*docket.Row) {}, ""},
		{"of another claim", func(r *docket.Row) { r.Stream = "claim/5f0d" }, "docket.place"},
		{"of another version", func(r *docket.Row) { r.Version = 3 }, "docket.place"},
		{"with a space", func(r *docket.Row) { r.Bytes = []byte(strings.Replace(string(r.Bytes), ":", ": ", 1)) }, "docket.not-canonical"},
		{"cut short", func(r *docket.Row) { r.Bytes = r.Bytes[:9] }, "docket.json-syntax"},
	} {
		r := sealed
		c.change(&r)
		if _, err := r.Open(); fault.Code(err) != c.code {
			t.Errorf("read, %s: %v, want %q", c.name, err, c.code)
		}
	}
}

// One claimant's receipt joins two proofs: the row is in the annex, the entry
// that owns the annex is in the docket.
func TestAReceiptForOneRowOfABulkAct(t *testing.T) {
	const rows, entries, mine, bulk = 62, 19, 17, 5
	var annex []docket.Row
	var rowLeaves []docket.Hash
	for i := range rows {
		row, err := docket.RowEnvelope{Stream: docket.Stream(fmt.Sprintf("claim/%d", i)), Version: 2, Kind: "claim.withdrawn.v1"}.
			Seal(int64(i), saltOf(fmt.Sprint("row ", i)))
		if err != nil {
			t.Fatal(err)
		}
		annex, rowLeaves = append(annex, row), append(rowLeaves, docket.LeafHash(row.Commitment()))
	}
	owner := least
	owner.Annex = ptr(docket.AnnexOf(annex))
	var tree []docket.Hash
	var owning docket.Entry
	for i := range entries {
		env := least
		env.Version = docket.Version(i + 1)
		if i == bulk {
			env.Annex = owner.Annex
		}
		entry, err := env.Seal(saltOf(fmt.Sprint("entry ", i)))
		if err != nil {
			t.Fatal(err)
		}
		if i == bulk {
			owning = entry
		}
		tree = append(tree, docket.LeafHash(entry.Commitment()))
	}
	inAnnex, err := docket.InclusionProof(rowLeaves, mine)
	if err != nil {
		t.Fatal(err)
	}
	inDocket, err := docket.InclusionProof(tree, bulk)
	if err != nil {
		t.Fatal(err)
	}

	// What the claimant checks, with the row, the entry, their salts, both
	// proofs and the published head.
	says, err := owning.Open()
	if err != nil {
		t.Fatal(err)
	}
	receipt := func(row docket.Row, of docket.Annex) error {
		if err := docket.CheckInclusion(inAnnex, mine, of.Rows, docket.LeafHash(row.Commitment()), of.Root); err != nil {
			return err
		}
		return docket.CheckInclusion(inDocket, bulk, entries, docket.LeafHash(owning.Commitment()), docket.Root(tree))
	}
	if err := receipt(annex[mine], *says.Annex); err != nil {
		t.Errorf("my row: %v", err)
	}
	if err := receipt(annex[mine+1], *says.Annex); fault.Code(err) != "docket.proof" {
		t.Errorf("my neighbour's row by my proof: %v", err)
	}
	unsalted := annex[mine]
	unsalted.Salt = docket.Salt{}
	if err := receipt(unsalted, *says.Annex); fault.Code(err) != "docket.proof" {
		t.Errorf("my row without its salt: %v", err)
	}
	if err := receipt(annex[mine], docket.Annex{Root: says.Annex.Root, Rows: 2 * rows}); fault.Code(err) != "docket.proof" {
		t.Errorf("an annex said to be twice as long: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestTheOrderOfAnAnnexCounts(t *testing.T) {
	a := docket.Row{Stream: "claim/a", Version: 2, Bytes: []byte("a")}
	b := docket.Row{Stream: "claim/b", Version: 2, Bytes: []byte("b")}
	roots := map[docket.Hash]string{}
	for name, rows := range map[string][]docket.Row{
		"none": nil, "a": {a}, "b": {b}, "a b": {a, b}, "b a": {b, a}, "a a": {a, a}, "a b b": {a, b, b},
	} {
		annex := docket.AnnexOf(rows)
		if annex.Rows != int64(len(rows)) {
			t.Errorf("%s: %d rows", name, annex.Rows)
		}
		if other, ok := roots[annex.Root]; ok {
			t.Errorf("%s and %s have one root", name, other)
		}
		roots[annex.Root] = name
	}
}
