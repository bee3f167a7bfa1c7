package office

import (
	"context"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Receipt is the proof of everything that the published log holds of a claim,
// asked for by reference or number. What happened since stands in pending; it
// comes into a later receipt. A claim that was filed and is not published yet
// has no receipt (claim.not-published): it has its acknowledgement.
func (o *Office) Receipt(ctx context.Context, text string) (receipt docket.Receipt, pending []docket.Ref, err error) {
	published, err := o.Log.Published(ctx)
	if err != nil {
		return receipt, nil, err
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		c, err := findClaim(r, text)
		if err != nil {
			return err
		}
		history, err := r.History(c.ID.Stream())
		if err != nil {
			return err
		}
		receipt = docket.Receipt{
			Format: docket.ReceiptFormat, Reference: string(c.Reference), Issued: o.instant(),
			Checkpoint: published.Checkpoint, Epochs: published.Epochs,
		}
		for _, s := range history {
			step, ok, err := o.proveStep(ctx, r, published, s)
			if err != nil {
				return err
			}
			if !ok || len(pending) > 0 {
				pending = append(pending, s.Entry.Ref())
				continue
			}
			receipt.Steps = append(receipt.Steps, step)
			if receipt.Number == "" {
				receipt.Number, err = numberIn(s)
			}
			if err != nil {
				return err
			}
		}
		if len(receipt.Steps) == 0 {
			return fault.New(fault.Conflict, "claim.not-published", "claim", c.Name())
		}
		return nil
	})
	if err != nil {
		return docket.Receipt{}, nil, err
	}
	if err := receipt.Check(published.Head()); err != nil { // nobody is handed a proof that doesn't hold
		return docket.Receipt{}, nil, fmt.Errorf("prove claim %s: %w", receipt.Reference, err)
	}
	return receipt, pending, nil
}

// proveStep proves one step; false where its entry isn't published yet.
func (o *Office) proveStep(ctx context.Context, r store.Reader, in Published, s store.Step) (docket.ReceiptStep, bool, error) {
	leaf, err := r.Leaf(s.Entry.Ref())
	if errors.Is(err, store.ErrNone) || err == nil && leaf.Number >= in.Size {
		return docket.ReceiptStep{}, false, nil
	}
	if err != nil {
		return docket.ReceiptStep{}, false, err
	}
	step := docket.ReceiptStep{Leaf: leaf.Number, Proven: s.Entry.NewProven()}
	proof, err := o.Log.Inclusion(ctx, in, leaf.Number)
	if err != nil {
		return step, false, err
	}
	step.Proof = append(step.Proof, proof...)
	if s.Row == nil {
		return step, true, nil
	}
	row := docket.ReceiptRow{Index: s.Row.Index, Proven: s.Row.NewProven()}
	if proof, err = rowProof(r, s.Root, s.Row.Index); err != nil {
		return step, false, err
	}
	row.Proof = append(row.Proof, proof...)
	step.Row = &row
	return step, true, nil
}

// rowProof is the audit path of a row in its annex.
func rowProof(r store.Reader, root docket.Hash, index int64) ([]docket.Hash, error) {
	var leaves []docket.Hash
	for row, err := range r.AnnexRows(root) {
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, docket.LeafHash(row.Commitment()))
	}
	return docket.InclusionProof(leaves, index)
}

// numberIn is the number that a step gives the claim, "" where it gives none.
func numberIn(s store.Step) (string, error) {
	kind, facts := docket.Kind(""), []byte(nil)
	if s.Row != nil {
		row, err := s.Row.Open()
		if err != nil {
			return "", err
		}
		kind, facts = row.Kind, row.Facts
	} else {
		env, err := s.Entry.Open()
		if err != nil {
			return "", err
		}
		kind, facts = env.Kind, env.Facts
	}
	event, err := claim.Decode(kind, facts)
	switch e := event.(type) {
	case claim.RecordedEvent:
		return string(e.Number), err
	case claim.OutcomeReported:
		return string(e.Number), err
	}
	return "", err
}
