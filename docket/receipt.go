package docket

import (
	"encoding/json"

	"github.com/openchancery/chancery/fault"
)

// Receipt proves to an outsider, offline, what was recorded of one claim as of
// its checkpoint: docs/log-format.md, section 7. Its JSON is the file that a
// claimant keeps; a field is never renamed, retyped or reused.
type Receipt struct {
	Format     string        `json:"format"` // ReceiptFormat
	Reference  string        `json:"reference"`
	Number     string        `json:"number,omitempty"`
	Issued     Instant       `json:"issued"`
	Checkpoint string        `json:"checkpoint"`       // the signed note
	Epochs     []string      `json:"epochs,omitempty"` // the statements that lead to its key, oldest first
	Steps      []ReceiptStep `json:"steps"`            // the claim's stream from its first version on
}

// ReceiptFormat names version 1 of the receipt.
const ReceiptFormat = "chancery/receipt/v1"

// ReceiptStep is one thing that happened to the claim: an entry of its own, or
// a row of a bulk act with the entry that owns it.
type ReceiptStep struct {
	Leaf int64 `json:"leaf"`
	Proven
	Row      *ReceiptRow `json:"row,omitempty"`
	Openings []Opening   `json:"openings,omitempty"`
}

// ReceiptRow is a row with its place in the annex.
type ReceiptRow struct {
	Index int64 `json:"index"`
	Proven
}

// Proven are an entry's or row's bytes with what proves their place in a tree.
type Proven struct {
	Stream  Stream  `json:"stream"`
	Version Version `json:"version"`
	Salt    Hash    `json:"salt"`
	Entry   string  `json:"entry"` // the canonical bytes
	Proof   []Hash  `json:"proof"` // audit path, the leaf's sibling first
}

// Opening opens one commitment of a step: what was sealed, and its salt.
type Opening struct {
	Name      string `json:"name"`
	Salt      Hash   `json:"salt"`
	Plaintext string `json:"plaintext"`
}

// NewProven holds an entry's bytes with a proof still to come.
func (e Entry) NewProven() Proven {
	return Proven{Stream: e.Stream, Version: e.Version, Salt: Hash(e.Salt), Entry: string(e.Bytes), Proof: []Hash{}}
}

// NewProven holds a row's bytes with a proof still to come.
func (r Row) NewProven() Proven {
	return Proven{Stream: r.Stream, Version: r.Version, Salt: Hash(r.Salt), Entry: string(r.Bytes), Proof: []Hash{}}
}

// Check holds every step against a head of the tree: that the entries and rows
// are what they say, that the proofs lead to the root, that the steps are one
// stream from its first version on. It does not look at the checkpoint's
// signature: whoever has the log's key does that. The office checks so what it
// hands out; a claimant's check is chancery-verify's, which doesn't trust this
// one.
func (r Receipt) Check(head TreeHead) error {
	if r.Format != ReceiptFormat || len(r.Steps) == 0 {
		return fault.New(fault.Unsound, "docket.receipt-form")
	}
	var stream Stream
	for n, s := range r.Steps {
		own, err := s.check(head)
		if err != nil {
			return err
		}
		if n == 0 {
			stream = own.Stream
		}
		if own != (Ref{stream, Version(n + 1)}) {
			return fault.New(fault.Unsound, "docket.receipt-gap", "entry", own, "expected", Ref{stream, Version(n + 1)})
		}
	}
	return nil
}

// check answers the step's place in the claim's own stream.
func (s ReceiptStep) check(head TreeHead) (Ref, error) {
	entry := Entry{Stream: s.Stream, Version: s.Version, Salt: Salt(s.Salt), Bytes: []byte(s.Entry)}
	env, err := entry.Open()
	if err != nil {
		return Ref{}, err
	}
	if err := CheckInclusion(s.Proof, s.Leaf, head.Size, LeafHash(entry.Commitment()), head.Root); err != nil {
		return Ref{}, err
	}
	if s.Row == nil {
		return entry.Ref(), nil
	}
	row := Row{Index: s.Row.Index, Stream: s.Row.Stream, Version: s.Row.Version, Salt: Salt(s.Row.Salt), Bytes: []byte(s.Row.Entry)}
	if _, err := row.Open(); err != nil {
		return Ref{}, err
	}
	if env.Annex == nil {
		return Ref{}, fault.New(fault.Unsound, "docket.receipt-form")
	}
	return row.Ref(), CheckInclusion(s.Row.Proof, row.Index, env.Annex.Rows, LeafHash(row.Commitment()), env.Annex.Root)
}

// JSON is the file.
func (r Receipt) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}
