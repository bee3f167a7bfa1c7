package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/store"
)

// ClaimPage is a page of claims and the cursor of the next, "" after the last.
func (o *Office) ClaimPage(ctx context.Context, q store.ClaimQuery) (page []claim.Claim, next string, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		page, next, err = r.ClaimPage(q)
		if errors.Is(err, store.ErrNone) {
			return fault.New(fault.Invalid, "claim.cursor", "cursor", q.After)
		}
		return err
	})
	return page, next, err
}

// Step is one item of a stream's history, opened: an entry of its own, or a
// row of a bulk act, for which Owner names the entry.
type Step struct {
	Ref         docket.Ref          `json:"entry"`
	Owner       *docket.Ref         `json:"in,omitempty"`
	Kind        docket.Kind         `json:"kind"`
	Actor       string              `json:"actor"`
	Capacity    string              `json:"capacity"`
	ForWhom     string              `json:"for_whom,omitempty"`
	Means       string              `json:"means,omitempty"` // how the actor proved who they are
	Second      *docket.Second      `json:"second,omitempty"`
	Instant     docket.Instant      `json:"instant"`
	Source      *docket.Source      `json:"source,omitempty"`
	Commitments []docket.Commitment `json:"commitments,omitempty"`
	Facts       json.RawMessage     `json:"facts,omitempty"`
}

// History is everything that happened in a stream, oldest first.
func (o *Office) History(ctx context.Context, stream docket.Stream) (history []Step, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		steps, err := r.History(stream)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			return fault.New(fault.NotFound, "docket.no-stream", "stream", stream)
		}
		for _, s := range steps {
			step, err := openStep(s)
			if err != nil {
				return err
			}
			history = append(history, step)
		}
		return nil
	})
	return history, err
}

func openStep(s store.Step) (Step, error) {
	env, err := s.Entry.Open()
	if err != nil {
		return Step{}, err
	}
	step := Step{
		Ref: s.Entry.Ref(), Kind: env.Kind, Actor: env.Actor, Capacity: env.Capacity, Second: env.Second, ForWhom: env.ForWhom, Means: env.Means,
		Instant: env.Instant, Source: env.Source, Commitments: env.Commitments, Facts: env.Facts,
	}
	if s.Row == nil {
		return step, nil
	}
	row, err := s.Row.Open()
	if err != nil {
		return Step{}, err
	}
	if env.Annex == nil || env.Annex.Root != s.Root { // the table says so, the entry doesn't
		return Step{}, fault.New(fault.Unsound, "office.no-annex", "entry", step.Ref)
	}
	owner := step.Ref
	step.Ref, step.Owner, step.Kind = s.Row.Ref(), &owner, row.Kind
	step.Commitments, step.Facts = row.Commitments, row.Facts
	return step, nil
}

// AuditLine is one line of the audit export: an entry with its leaf and salt,
// or a row of the annex of the entry before it. Nothing sealed is in it.
type AuditLine struct {
	Leaf    *int64          `json:"leaf,omitempty"` // of an entry
	Row     *int64          `json:"row,omitempty"`  // of a row: its index in the annex
	Stream  docket.Stream   `json:"stream"`
	Version docket.Version  `json:"version"`
	Salt    docket.Hash     `json:"salt"`
	Entry   json.RawMessage `json:"entry"` // the canonical bytes
}

// AuditFormat names version 1 of the audit export.
const AuditFormat = "chancery/audit/v1"

// AuditHeader is the first line of the audit export: what the lines after it
// claim to be the content of, and the figures that follow from them.
type AuditHeader struct {
	Format     string          `json:"format"` // AuditFormat
	Origin     string          `json:"origin"`
	Checkpoint string          `json:"checkpoint"` // the signed note
	Epochs     []string        `json:"epochs,omitempty"`
	Figures    press.Published `json:"figures"`
}

// ExportAudit writes the header and every entry below the head's size, each
// followed by the rows of its annex, as one JSON object a line, and says how
// many lines. From it an auditor recomputes every commitment and every figure.
func (o *Office) ExportAudit(ctx context.Context, to io.Writer, header AuditHeader, head docket.TreeHead, progress Progress) (lines int64, err error) {
	out := json.NewEncoder(to)
	out.SetEscapeHTML(false) // the bytes of an entry must stand in the line as they are
	write := func(line any) error {
		lines++
		return out.Encode(line)
	}
	if err := write(header); err != nil {
		return lines, fmt.Errorf("export the header: %w", err)
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		for l, err := range r.Leaves(0) {
			if err != nil {
				return err
			}
			if l.Number >= head.Size {
				return nil
			}
			if !l.Found {
				return fault.New(fault.Unsound, "office.leaf-differs", "entry", l.Ref, "leaf", l.Number)
			}
			if err := exportEntry(r, l, write); err != nil {
				return err
			}
			progress.tell("export", l.Number+1, head.Size)
		}
		return nil
	})
	return lines, err
}

// AuditHeader is the checkpoint that an export is of, the head that it signs,
// and the figures as of it. Figures are those of the present state, so that all
// of it must be published first (log.not-all-published).
func (o *Office) AuditHeader(ctx context.Context) (AuditHeader, docket.TreeHead, error) {
	head := o.Tree.Head()
	published, err := o.Log.Published(ctx)
	if err != nil {
		return AuditHeader{}, head, err
	}
	if published.Size != head.Size || published.Root != head.Root {
		return AuditHeader{}, head, fault.New(fault.Conflict, "log.not-all-published", "published", published.Size, "size", head.Size)
	}
	figures, err := o.Figures(ctx, head)
	if err != nil {
		return AuditHeader{}, head, err
	}
	h := AuditHeader{Format: AuditFormat, Origin: published.Origin, Checkpoint: published.Checkpoint, Epochs: published.Epochs}
	h.Figures, err = press.Publish(figures)
	return h, head, err
}

func exportEntry(r store.Reader, l store.LeafEntry, write func(any) error) error {
	line := AuditLine{Leaf: &l.Number, Stream: l.Ref.Stream, Version: l.Ref.Version, Salt: docket.Hash(l.Entry.Salt), Entry: l.Entry.Bytes}
	if err := write(line); err != nil {
		return err
	}
	env, err := l.Entry.Open()
	if err != nil || env.Annex == nil {
		return err
	}
	for row, err := range r.AnnexRows(env.Annex.Root) {
		if err != nil {
			return err
		}
		if err := write(AuditLine{Row: &row.Index, Stream: row.Stream, Version: row.Version, Salt: docket.Hash(row.Salt), Entry: row.Bytes}); err != nil {
			return err
		}
	}
	return nil
}
