package office

import (
	"context"
	"iter"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Published is the log as everybody sees it.
type Published struct {
	Origin     string // of its present epoch
	Checkpoint string // the signed note
	Size       int64
	Root       docket.Hash
	Epochs     []string // the statements that lead to its key, oldest first
}

// Head is the tree that the checkpoint is of.
func (p Published) Head() docket.TreeHead { return docket.TreeHead{Size: p.Size, Root: p.Root} }

// Log is what office asks of the published log.
type Log interface {
	// Published is the newest checkpoint that is signed and public; of size 0
	// and without a note while there is none.
	Published(ctx context.Context) (Published, error)
	// Publish brings the log up to head. commitments are those of the leaves
	// from a number on, as they rest in the database now.
	// Before anything is signed or shown for good it asks whether this process may
	// still do so.
	Publish(ctx context.Context, head docket.TreeHead, commitments func(from int64) iter.Seq2[docket.Hash, error], mine func(context.Context) error) (Published, error)
	// Rebuild writes the public files anew, up to what was signed. It signs
	// nothing, and writes nothing that doesn't make the signed root. Before it
	// shows a checkpoint it asks as Publish does.
	Rebuild(ctx context.Context, commitments func(from int64) iter.Seq2[docket.Hash, error], mine func(context.Context) error) (Published, error)
	// Check reads every published file, and holds them against what was signed
	// and that against the tree outside the database; it gives what is wrong.
	Check(ctx context.Context) iter.Seq[error]
	// Inclusion is the audit path of a leaf in the published tree.
	Inclusion(ctx context.Context, in Published, leaf int64) ([]docket.Hash, error)
	// Origin is the name under which the log is published now.
	Origin() string
	// Sign signs a text with the log's key; it is no checkpoint.
	Sign(text string) (note string, err error)
}

// Publish sequences what waits and publishes the tree: after it, everything
// that was acknowledged before it began is in the public log. Where another
// process has the turn, that one does it, and what is public now is answered.
func (o *Office) Publish(ctx context.Context) (Published, error) {
	return o.inTurn(ctx, func(ctx context.Context, t *turn) (Published, error) {
		if err := o.sequenceAll(ctx, t); err != nil {
			return Published{}, err
		}
		return o.Log.Publish(ctx, o.Tree.Head(), func(from int64) iter.Seq2[docket.Hash, error] { return o.commitments(ctx, from) }, t.held)
	})
}

// PublishNow is Publish for who waits to see it done: where another process has the turn
// and doesn't come to what waits, since it was killed in it, this one goes on once that
// turn is over.
func (o *Office) PublishNow(ctx context.Context) (Published, error) {
	for end := time.Now().Add(2 * leaseLasts); ; {
		before, err := o.waitsLongest(ctx)
		if err != nil {
			return Published{}, err
		}
		published, err := o.Publish(ctx)
		if err != nil || before == (docket.Ref{}) || time.Now().After(end) {
			return published, err
		}
		if now, err := o.waitsLongest(ctx); err != nil || now != before {
			return published, err
		}
		select {
		case <-ctx.Done():
			return Published{}, ctx.Err()
		case <-time.After(leaseLasts / 16):
		}
	}
}

// Republish puts back what was lost or changed of the public files, from the
// docket.
func (o *Office) Republish(ctx context.Context) (Published, error) {
	return o.inTurn(ctx, func(ctx context.Context, t *turn) (Published, error) {
		return o.Log.Rebuild(ctx, func(from int64) iter.Seq2[docket.Hash, error] { return o.commitments(ctx, from) }, t.held)
	})
}

func (o *Office) inTurn(ctx context.Context, do func(context.Context, *turn) (Published, error)) (published Published, err error) {
	// Another's newer head would make this one look like an older database.
	o.publishing.Lock()
	defer o.publishing.Unlock()
	mine, err := o.take(ctx, func(ctx context.Context, t *turn) (err error) {
		published, err = do(ctx, t)
		return err
	})
	switch {
	case err != nil:
		return Published{}, err
	case !mine:
		return o.Log.Published(ctx)
	}
	return published, nil
}

// commitments are those of the leaves from a number on, each hashed anew from
// the entry: what is published is what the docket holds.
func (o *Office) commitments(ctx context.Context, from int64) iter.Seq2[docket.Hash, error] {
	return func(yield func(docket.Hash, error) bool) {
		enough := false
		err := o.Store.Read(ctx, func(r store.Reader) error {
			for l, err := range r.Leaves(from) {
				if err != nil {
					return err
				}
				if !l.Found || l.Entry.Commitment() != l.Commitment {
					return fault.New(fault.Unsound, "office.leaf-differs", "entry", l.Ref, "leaf", l.Number)
				}
				if enough = !yield(l.Commitment, nil); enough {
					return nil
				}
			}
			return nil
		})
		if err != nil && !enough { // who has had enough isn't asked again
			yield(docket.Hash{}, err)
		}
	}
}

// Unpublished is what was acknowledged and isn't in the published log yet.
type Unpublished struct {
	Entries int64          // all of them
	Oldest  docket.Ref     // the one that waits longest; zero for none
	Since   docket.Instant // when it was entered
	Overdue []docket.Ref   // past the time that their acknowledgements name; at most mostOverdue
}

// mostOverdue bounds the list: one is bad enough.
const mostOverdue = 1000

// Unpublished lists what the published log still lacks.
func (o *Office) Unpublished(ctx context.Context) (u Unpublished, err error) {
	published, err := o.Log.Published(ctx)
	if err != nil {
		return u, err
	}
	due := docket.At(o.Now().Add(-PublishWithin))
	err = o.Store.Read(ctx, func(r store.Reader) error {
		for l, err := range everyEntryFrom(r, published.Size) {
			if err != nil {
				return err
			}
			env, err := l.Entry.Open()
			if err != nil {
				return err
			}
			if u.Entries++; u.Entries == 1 {
				u.Oldest, u.Since = l.Ref, env.Instant
			}
			if env.Instant.Before(due.Time) && len(u.Overdue) < mostOverdue {
				u.Overdue = append(u.Overdue, l.Ref)
			}
		}
		return nil
	})
	return u, err
}

// Waiting reports whether anything is entered that isn't among the first so many
// leaves, which are published.
func (o *Office) Waiting(ctx context.Context, published int64) (waiting bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		size, err := r.TreeSize()
		if waiting = size > published; err != nil || waiting {
			return err
		}
		some, err := upTo(1, r.Unsequenced())
		waiting = len(some) > 0
		return err
	})
	return waiting, err
}
