package docket

import (
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/fault"
)

// RowEnvelope is one row of an annex: a small entry of its own, which takes
// the next version of its claim's stream. Who did it, when and by which
// edition stands once, in the entry that owns the annex.
type RowEnvelope struct {
	Stream      Stream          `json:"stream"`
	Version     Version         `json:"version"`
	Kind        Kind            `json:"kind"`
	Commitments []Commitment    `json:"commitments,omitempty"`
	Facts       json.RawMessage `json:"facts,omitempty"`
}

// Row is a row as it rests: its place in the annex, its place in its stream,
// its salt and its canonical bytes.
type Row struct {
	Index   int64 // from 0
	Stream  Stream
	Version Version
	Salt    Salt
	Bytes   []byte
}

// Seal writes the row in canonical bytes under the salt.
func (r RowEnvelope) Seal(index int64, salt Salt) (Row, error) {
	if r.Version < 1 || r.Kind == "" {
		return Row{}, fault.New(fault.Invalid, "docket.incomplete", "stream", r.Stream, "kind", r.Kind)
	}
	if err := r.Stream.check(); err != nil {
		return Row{}, err
	}
	raw, err := r.canonical()
	if err != nil {
		return Row{}, fmt.Errorf("write annex row %s of %s: %w", r.Kind, r.Stream, err)
	}
	return Row{Index: index, Stream: r.Stream, Version: r.Version, Salt: salt, Bytes: raw}, nil
}

// Commitment is the record that the annex's tree holds of the row.
func (r Row) Commitment() Hash { return RowCommitment(r.Salt, r.Bytes) }

// Ref is the row's place in its stream.
func (r Row) Ref() Ref { return Ref{r.Stream, r.Version} }

// Open reads the row's bytes back, with the checks of Entry.Open.
func (r Row) Open() (RowEnvelope, error) {
	var env RowEnvelope
	if err := openCanonical(r.Bytes, &env); err != nil {
		return RowEnvelope{}, fmt.Errorf("annex row %s: %w", r.Ref(), err)
	}
	if env.Stream != r.Stream || env.Version != r.Version {
		return RowEnvelope{}, fault.New(fault.Unsound, "docket.place", "entry", r.Ref(), "says", Ref{env.Stream, env.Version})
	}
	return env, nil
}

// AnnexOf is the root over the rows in their order.
func AnnexOf(rows []Row) Annex {
	var tree Frontier
	for _, r := range rows {
		tree.Append(LeafHash(r.Commitment()))
	}
	return Annex{Root: tree.Root(), Rows: tree.Size()}
}
