package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/store"
)

// Erased is what an erasure came to.
type Erased struct {
	Ref        docket.Ref
	KeysGoneBy day.Date // the day from which no copy of a key is left anywhere
	Blobs      int64    // sealed answers and traces removed
	Requests   int64    // emptied of what was asked and answered
}

// Erase erases what a claim holds in confidence: its sealed answers and traces,
// the keyed hashes of what was asked of it, and the keys that opened them. It
// takes two people. What was entered stays, and with it every proof.
//
// The entry comes first, with the rows that go, in one transaction; then the
// keys are destroyed. Keys that went first could leave a claim that nobody
// erased and nobody can read; an entry whose keys are still there says so in
// the table of what is to be shredded, and a job that entered with it makes sure
// that it is done. An error with an answer means just that: it is erased, and
// something is left to finish.
func (o *Office) Erase(ctx context.Context, by By, programme string, id claim.ID, ground string) (Erased, error) {
	var done Erased
	_, err := o.perform(ctx, ActEraseClaim, by, programme, grounded{id, ground}, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		p.about = "" // this answer says nothing of the claimant's, and is the one to keep
		gone := []claim.ID{id}
		if flaw.On(flaw.ErasureLeavesBlob) {
			gone = nil
		}
		if done.Blobs, err = p.tx.DeleteBlobs(gone); err != nil {
			return err
		}
		if err := p.tx.DeleteCorrespondence([]claim.ID{id}); err != nil {
			return err
		}
		files, err := o.letGoFilesOf(p.tx, gone)
		if err != nil {
			return err
		}
		done.Blobs += files // those on the shelf: small ones are among the blobs
		if done.Requests, err = p.tx.ForgetAnswers([]claim.ID{id}); err != nil {
			return err
		}
		if err := p.tx.DropCasework(gone); err != nil {
			return err
		}
		if err := dropSubject(p.tx, SessionClaimant, string(id)); err != nil {
			return err
		}
		// The backups' day is that of UTC, the entry's that of the programme:
		// the later one counts.
		done.KeysGoneBy = o.Vault.ErasedBy(day.Latest(p.day, day.Of(p.instant.Time, time.UTC)))
		event, err := c.Erase(ground, claim.Erasure{On: p.day, KeysGoneBy: done.KeysGoneBy, Blobs: done.Blobs, Requests: done.Requests})
		if err != nil {
			return err
		}
		if done.Ref, err = p.stepAll(docket.Envelope{}, nil, []step{{claim: c, event: event}}); err != nil {
			return movedOn(err)
		}
		if err := o.shredLater(p.tx, []string{string(id)}); err != nil {
			return err
		}
		return movedOn(p.commit())
	})
	if err != nil {
		return Erased{}, err
	}
	return done, o.FinishErasures(context.WithoutCancel(ctx))
}

// JobShred is the job that makes sure of a shredding; its key is the id.
const JobShred = "shred"

// shredLater notes ids, in the act's own transaction, whose keys must be
// destroyed, and enters the jobs that make sure of it.
func (o *Office) shredLater(tx store.Tx, ids []string) error {
	jobs := make([]store.Job, len(ids))
	for n, id := range ids {
		jobs[n] = store.Job{Kind: JobShred, Key: id, Due: o.instant()}
	}
	return errors.Join(tx.Shred(ids), tx.Enqueue(jobs...))
}

// FinishErasures destroys the keys of what was erased, sent, discarded or
// expired, and cuts the database's log, where it was interrupted before. It
// does nothing when nothing is left.
func (o *Office) FinishErasures(ctx context.Context) error {
	var ids []string
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		ids, err = r.Shredding()
		return err
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	if err := o.Vault.Destroy(ctx, ids...); err != nil {
		return fmt.Errorf("destroy keys: %w", err)
	}
	if err := o.Store.Scrub(ctx); err != nil {
		return err
	}
	return o.write(ctx, true, func(tx store.Tx, _ before) error {
		return errors.Join(tx.Shredded(ids), tx.DropJobs(JobShred, ids...))
	})
}

// metaShredded is how many ids had been shredded when the tables were last
// rid of them all. A database from before knows of fewer.
const metaShredded = "shredded"

// Reshred makes good what an older copy brings back. The rows of whatever was
// ever shredded go again, where the database was put back; keys of claims that
// the docket says are erased are destroyed again, where those were. It does
// nothing when both have seen all of it.
func (o *Office) Reshred(ctx context.Context) error {
	ids, err := o.Vault.Shredded(ctx)
	if err != nil {
		return err
	}
	seen, back := "0", []string(nil) // back: claims whose keys may have come back
	err = o.Store.Read(ctx, func(r store.Reader) error {
		known, err := r.Meta(metaShredded)
		if err == nil {
			seen = known
		} else if !errors.Is(err, store.ErrNone) {
			return err
		}
		erased, err := r.ErasedClaims()
		gone := make(map[string]bool, len(ids))
		for _, id := range ids {
			gone[id] = true
		}
		for _, id := range erased {
			if !gone[string(id)] {
				back = append(back, string(id))
			}
		}
		return err
	})
	if err != nil || seen == strconv.Itoa(len(ids)) && len(back) == 0 {
		return err
	}
	ids = append(ids, back...)
	claims := make([]claim.ID, len(ids))
	for i, id := range ids {
		claims[i] = claim.ID(id)
	}
	err = o.write(ctx, true, func(tx store.Tx, _ before) error {
		_, blobs := tx.DeleteBlobs(claims)
		_, files := o.letGoFilesOf(tx, claims)
		_, answers := tx.ForgetAnswers(claims)
		objects, sheets := tx.DeleteSheets(ids)
		return errors.Join(blobs, files, answers, sheets, o.unshelveLater(tx, objects), tx.DropCasework(claims), tx.DeleteCorrespondence(claims), tx.DeleteDrafts(ids), tx.DeleteOwnDrafts(ids), o.shredLater(tx, ids))
	})
	if err != nil {
		return fmt.Errorf("erase again: %w", err)
	}
	if err := o.FinishErasures(ctx); err != nil {
		return err
	}
	return o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.PutMeta(metaShredded, strconv.Itoa(len(ids))) })
}

// notShredded refuses claims that were erased in a time of which the docket
// knows nothing, since it was put back from before: without it, the rules would
// be run over no answers at all, as if nobody had given any.
func (o *Office) notShredded(ctx context.Context, list []material) error {
	bare := slices.DeleteFunc(slices.Clone(list), func(m material) bool { return m.sensitive || len(m.blobs) > 0 })
	if len(bare) == 0 {
		return nil
	}
	ids, err := o.Vault.Shredded(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	slices.Sort(ids)
	for _, m := range bare {
		if _, shredded := slices.BinarySearch(ids, string(m.claim.ID)); shredded {
			return fault.New(fault.Conflict, "claim.erasure-not-entered", "claim", m.claim.Name())
		}
	}
	return nil
}

// Unfinished counts the erasures, of claims and drafts, whose keys may not be
// destroyed yet.
func (o *Office) Unfinished(ctx context.Context) (n int, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		ids, err := r.Shredding()
		n = len(ids)
		return err
	})
	return n, err
}
