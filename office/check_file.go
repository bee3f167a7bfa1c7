package office

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

const (
	// toldAfter failed attempts somebody is told that a file couldn't be checked:
	// with the pauses between them that is within a minute.
	toldAfter = 4
	// scanPatience is how long one check may take before it is an attempt that failed.
	scanPatience = 12 * time.Second
	// scanPatiencePerMiB is added for each mebibyte of the file.
	scanPatiencePerMiB = 250 * time.Millisecond
)

// CheckFile has a file checked for malware: the job of its key does it. Where the
// scanner doesn't answer, the file says so after some attempts, and the job goes on.
// A file that waits no more is left as it is.
func (o *Office) CheckFile(ctx context.Context, id string, attempts int64) error {
	var f store.File
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		f, err = r.File(id)
		return err
	})
	if errors.Is(err, store.ErrNone) {
		return nil // it went with its draft or its claim
	}
	if err != nil || f.State != evidence.Waiting && f.State != evidence.Failed {
		return err
	}
	if !o.Screen.Scans() || f.Class == string(rulebook.Sensitive) { // set up no more; or nobody here can look any more
		return o.judgeFile(ctx, f, evidence.NoScanner)
	}
	infected, err := o.scan(ctx, f)
	switch {
	case err != nil && attempts+1 >= toldAfter && f.State == evidence.Waiting:
		return errors.Join(err, o.judgeFile(ctx, f, evidence.GaveUp))
	case err != nil:
		return fmt.Errorf("check file %s: %w", id, err)
	case infected:
		return o.judgeFile(ctx, f, evidence.Found)
	}
	return o.judgeFile(ctx, f, evidence.Passed)
}

func (o *Office) scan(ctx context.Context, f store.File) (infected bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, scanPatience+time.Duration(f.Size>>20)*scanPatiencePerMiB)
	defer cancel()
	content, err := o.fileContent(ctx, f)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	return o.Screen.Scan(ctx, content)
}

// judgeFile says what the check found.
func (o *Office) judgeFile(ctx context.Context, f store.File, event evidence.Event) error {
	return o.write(context.WithoutCancel(ctx), true, func(tx store.Tx, _ before) error {
		now, err := tx.File(f.ID)
		if errors.Is(err, store.ErrNone) || err == nil && now.State != f.State {
			return nil
		}
		if err != nil {
			return err
		}
		if now.State, err = now.State.After(event, ""); err != nil {
			return err
		}
		now.Changed, now.Reason = o.instant(), ""
		if now.State == evidence.Infected {
			if now.Reason, err = writeReason(infectedCode, nil); err != nil {
				return err
			}
		}
		by := By{Actor: Known{id: ownActor, means: ownMeans}}
		return errors.Join(tx.PutFile(now), tx.AddCustody([]store.Custody{o.custody(now, by, string(now.State))}))
	})
}

const (
	// silentAfter is when a file that is whole should have been taken in and judged,
	// or said why not.
	silentAfter = 2 * time.Minute
	// stalledAfter is when nothing more has come of a file for so long that its
	// owner is told how to go on.
	stalledAfter = 10 * time.Minute
	// silencesAtOnce bounds what one run looks at.
	silencesAtOnce = 1000
	// strayAfter is when what no row names may go from the shelf: who put it there
	// has long written its row by then, or never will.
	strayAfter = 24 * time.Hour
)

// ReconcileFiles finds what fell silent, and makes it go on or say so: a file that
// is whole and was never finished, one that waits and has no job, one of which
// nothing comes any more. A schedule calls it.
func (o *Office) ReconcileFiles(ctx context.Context) error {
	if o.Shelf == nil {
		return nil
	}
	now := o.Now()
	var coming, waiting []store.File
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		if coming, err = r.FilesIn(evidence.Receiving, docket.At(now.Add(-silentAfter)), silencesAtOnce); err != nil {
			return err
		}
		waiting, err = r.FilesIn(evidence.Waiting, docket.At(now.Add(-silentAfter)), silencesAtOnce)
		return err
	})
	if err != nil {
		return err
	}
	var failed error
	for _, f := range coming {
		failed = errors.Join(failed, o.reconcile(ctx, f, now))
	}
	if len(waiting) > 0 {
		failed = errors.Join(failed, o.write(ctx, true, func(tx store.Tx, _ before) error {
			jobs := make([]store.Job, len(waiting))
			for i, f := range waiting {
				jobs[i] = store.Job{Kind: JobCheckFile, Key: f.ID, Due: docket.At(now)}
			}
			return tx.Enqueue(jobs...) // those that are there stay as they are
		}))
	}
	return failed
}

// reconcile goes on with one file of which nothing came for a while.
func (o *Office) reconcile(ctx context.Context, f store.File, now time.Time) error {
	if f.Size >= 0 && f.Here == f.Size { // all of it is here, and nobody said so
		_, err := o.FinishFile(ctx, By{Actor: Known{id: ownActor, means: ownMeans}}, f.ID)
		return err
	}
	if now.Sub(f.Changed.Time) < stalledAfter {
		return nil
	}
	return o.write(ctx, true, func(tx store.Tx, _ before) error {
		stands, err := tx.File(f.ID)
		if errors.Is(err, store.ErrNone) || err == nil && (stands.State != f.State || stands.Here != f.Here) {
			return nil
		}
		if err != nil {
			return err
		}
		return o.stall(tx, By{Actor: Known{id: ownActor, means: ownMeans}}, stands)
	})
}

// StallFile says at once that nothing more comes of a file for now: of what an
// ordinary form sends, nobody can go on where it stopped.
func (o *Office) StallFile(ctx context.Context, by By, id string) error {
	return o.write(context.WithoutCancel(ctx), true, func(tx store.Tx, _ before) error {
		f, _, err := o.fileFor(tx, by, id)
		if err != nil || f.State != evidence.Receiving {
			return err
		}
		return o.stall(tx, by, f)
	})
}

func (o *Office) stall(tx store.Tx, by By, f store.File) (err error) {
	if f.State, err = f.State.After(evidence.Silence, ""); err != nil {
		return err
	}
	f.Changed = o.instant()
	return errors.Join(tx.PutFile(f), tx.AddCustody([]store.Custody{o.custody(f, by, string(f.State))}))
}

// SweepShelf takes from the shelf what a crash left there and no row names. A
// schedule calls it.
func (o *Office) SweepShelf(ctx context.Context) error {
	if o.Shelf == nil {
		return nil
	}
	var some []string
	sweep := func() error {
		var named map[string]bool
		err := o.Store.Read(ctx, func(r store.Reader) (err error) {
			named, err = r.ShelvedObjects(some)
			return err
		})
		for _, name := range some {
			if err == nil && !named[name] {
				err = o.Shelf.Remove(ctx, name)
			}
		}
		some = some[:0]
		return err
	}
	for name, err := range o.Shelf.Old(ctx, o.Now().Add(-strayAfter)) {
		if err != nil {
			return err
		}
		if some = append(some, name); len(some) == silencesAtOnce {
			if err := sweep(); err != nil {
				return err
			}
		}
	}
	return sweep()
}

// ShelvedNames are the objects on the shelf that files have, in their order: what a
// backup copies. Pieces of files that are on their way aren't among them.
func (o *Office) ShelvedNames(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for behind := ""; ; {
			var names []string
			err := o.Store.Read(ctx, func(r store.Reader) (err error) {
				names, err = r.ShelvedNames(behind, silencesAtOnce)
				return err
			})
			if err != nil {
				yield("", err)
				return
			}
			for _, name := range names {
				if !yield(name, nil) {
					return
				}
			}
			if len(names) < silencesAtOnce {
				return
			}
			behind = names[len(names)-1]
		}
	}
}

// LosePieces says of every file that was on its way that nothing of it is here: after
// a restore, since a backup holds no pieces. Their owners are told to send them again.
func (o *Office) LosePieces(ctx context.Context) error {
	for _, state := range []evidence.State{evidence.Receiving, evidence.Stalled} {
		for begun := true; begun; {
			err := o.write(ctx, true, func(tx store.Tx, _ before) error {
				list, err := tx.FilesIn(state, o.instant(), silencesAtOnce)
				begun = false
				for _, f := range list {
					if err != nil || state == evidence.Stalled && f.Here == 0 {
						continue
					}
					begun, f.Here = true, 0
					if _, err = tx.DeleteFileParts(f.ID); err != nil {
						return err
					}
					if state == evidence.Stalled {
						err = tx.PutFile(f)
						continue
					}
					err = o.stall(tx, By{Actor: Known{id: ownActor, means: ownMeans}}, f)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// FileHealth is how the files stand, for the page of health and for doctor.
type FileHealth struct {
	Silent int64 // files that fell silent: whole or waiting, unjudged, and nobody was told. It must be 0.
	Failed int64 // files that couldn't be checked: their owners were told, and somebody must look
	States map[evidence.State]int64
}

// FileHealth counts.
func (o *Office) FileHealth(ctx context.Context) (h FileHealth, err error) {
	// What the schedule had two periods to find.
	limit := docket.At(o.Now().Add(-silentAfter - 2*time.Minute))
	stalled := docket.At(o.Now().Add(-stalledAfter - 2*time.Minute))
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if h.States, err = r.CountFiles(); err != nil {
			return err
		}
		h.Failed = h.States[evidence.Failed]
		for _, state := range []evidence.State{evidence.Receiving, evidence.Waiting} {
			list, err := r.FilesIn(state, limit, silencesAtOnce)
			if err != nil {
				return err
			}
			for _, f := range list {
				if state == evidence.Waiting || f.Here == f.Size || f.Changed.Before(stalled.Time) {
					h.Silent++
				}
			}
		}
		return nil
	})
	return h, err
}

// CheckAgain has files checked once more that couldn't be, or that came while no
// scanner was set up; at most limit of them. It answers how many.
func (o *Office) CheckAgain(ctx context.Context, by By, limit int) (n int, err error) {
	if o.Screen == nil || !o.Screen.Scans() {
		return 0, fault.New(fault.Conflict, "evidence.no-scanner")
	}
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		if err := mayNow(tx, by.Actor, ActOpenFile); err != nil || by.Actor.isClaimant() {
			return errors.Join(err, mayClaimant(ActExamine, Claimant))
		}
		n = 0
		for _, state := range []evidence.State{evidence.Failed, evidence.Quarantined} {
			list, err := tx.FilesIn(state, o.instant(), limit-n)
			if err != nil {
				return err
			}
			for _, f := range list {
				if f.Class == string(rulebook.Sensitive) {
					continue // it opens at the desk alone
				}
				whole, err := tx.File(f.ID)
				if err != nil {
					return err
				}
				if whole.State, err = whole.State.After(evidence.Again, ""); err != nil {
					return err
				}
				whole.Changed = o.instant()
				if err := errors.Join(tx.PutFile(whole), tx.Enqueue(store.Job{Kind: JobCheckFile, Key: f.ID, Due: whole.Changed}), tx.AddCustody([]store.Custody{o.custody(whole, by, "again")})); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	})
	return n, err
}

// unblocked refuses claims that wait for their claimants on account of a file that
// can't be used: nobody reviews what can't be read.
func (p *performance) unblocked(steps []step) error {
	ids := make([]claim.ID, len(steps))
	for i, s := range steps {
		ids[i] = s.claim.ID
	}
	blocked, err := p.tx.BlockedClaims(ids)
	if err != nil || len(blocked) == 0 {
		return err
	}
	for _, s := range steps {
		if s.claim.ID == blocked[0] {
			return fault.New(fault.Conflict, "claim.evidence-blocks", "claim", s.claim.Name(), "claims", len(blocked))
		}
	}
	return nil
}
