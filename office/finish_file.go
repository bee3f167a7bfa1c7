package office

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// JobCheckFile is the job that has a file checked for malware; its key is the
// file's id.
const JobCheckFile = "check-file"

// JobUnshelve is the job that takes from the shelf what no row names any more; its
// key is the object's name.
const JobUnshelve = "unshelve"

// FinishFile says that all of a file is here. It is looked into, hashed and sealed;
// what can't be used goes at once, and the answer says why (State, Reason). The
// check for malware comes after. A file of a claim that is on file becomes a part of
// it by an entry of its own. Asked again it answers how the file stands.
//
// Faults: evidence.none, evidence.incomplete where some of it is missing.
func (o *Office) FinishFile(ctx context.Context, by By, id string) (File, error) {
	var f store.File
	var parts []store.FilePart
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		if f, _, err = o.fileFor(r, by, id); err != nil {
			return err
		}
		parts, err = r.FileParts(id)
		return err
	})
	if err != nil {
		return File{}, err
	}
	if f.State.Coming() {
		if f.Size >= 0 && f.Here != f.Size {
			return File{}, fault.New(fault.Conflict, "evidence.incomplete", "here", f.Here, "size", f.Size)
		}
		if err := o.finish(ctx, by, f, parts); err != nil {
			return File{}, err
		}
	}
	return o.File(ctx, by, id)
}

// finish looks into a file that is whole, and seals it.
func (o *Office) finish(ctx context.Context, by By, f store.File, parts []store.FilePart) error {
	content, err := o.newPieces(ctx, f, parts)
	if err != nil {
		return err
	}
	seen, err := o.seen(ctx, []store.File{f})
	if err != nil {
		return err
	}
	found, err := o.Screen.Look(ctx, seen[0].Name, content, f.Here, f.Archives)
	if err != nil {
		return fmt.Errorf("look into file %s: %w", f.ID, err)
	}
	f.Kind, f.Size = found.Kind, f.Here
	if found.Verdict != "" {
		return o.refuseFile(ctx, by, f, found)
	}
	infected := false
	if f.Class == string(rulebook.Sensitive) && o.Screen.Scans() { // once it is sealed to the desk nobody here can
		if infected, err = o.Screen.Scan(ctx, io.NewSectionReader(content, 0, f.Here)); err != nil {
			return fmt.Errorf("check file %s: %w", f.ID, err)
		}
	}
	for run := 0; ; run++ {
		whole := f
		at, err := o.sealFile(ctx, &whole, seen[0].Name, content)
		if err == nil {
			err = o.takeFile(ctx, by, whole, at, infected)
		}
		if run == mostRuns || fault.Code(err) != codeDeskReplaced {
			return err
		}
	}
}

// refuseFile lets go of a file that can't be used, and keeps why.
func (o *Office) refuseFile(ctx context.Context, by By, f store.File, found evidence.Finding) error {
	why, err := writeReason(found.Code, found.Values)
	if err != nil {
		return err
	}
	var gone []string
	err = o.write(ctx, true, func(tx store.Tx, _ before) error {
		now, _, err := o.fileFor(tx, by, f.ID)
		if err != nil || !now.State.Coming() {
			return err
		}
		if now.State, err = now.State.After(evidence.Refused, found.Verdict); err != nil {
			return err
		}
		now.Kind, now.Size, now.Reason, now.Changed = f.Kind, f.Size, why, o.instant()
		if gone, err = tx.DeleteFileParts(f.ID); err != nil {
			return err
		}
		return errors.Join(tx.PutFile(now), tx.AddCustody([]store.Custody{o.custody(now, by, string(now.State))}), o.unshelveLater(tx, gone))
	})
	if err != nil {
		return fmt.Errorf("refuse file %s: %w", f.ID, err)
	}
	return o.unshelve(ctx, gone)
}

// sealFile seals the whole under the claim's key, a large one onto the shelf. at is
// the version by which the desk's key stood, to which what is sensitive is sealed.
func (o *Office) sealFile(ctx context.Context, f *store.File, name string, content io.ReaderAt) (at docket.Version, err error) {
	if f.Class == string(rulebook.Sensitive) {
		err := o.Store.Read(ctx, func(r store.Reader) (err error) {
			at, err = o.checkDesk(r)
			return err
		})
		if err != nil {
			return at, fmt.Errorf("seal file %s: %w", f.ID, err)
		}
	}
	sum := sha256.New()
	item := Item{Claim: string(f.Claim), Class: f.Class, Name: EvidencePrefix + f.ID}
	whole := io.TeeReader(io.NewSectionReader(content, 0, f.Here), sum)
	var salt docket.Salt
	if f.Here < smallFile {
		payload, err := io.ReadAll(whole)
		if err != nil {
			return at, err
		}
		item.Payload, item.Salt = payload, o.salt("file/"+f.ID)
		sealed, err := o.sealKept(ctx, item)
		if err != nil {
			return at, fmt.Errorf("seal file %s: %w", f.ID, err)
		}
		f.Sealed, f.Commitment, salt = sealed[0].Blob, sealed[0].Commitment, item.Salt
	} else {
		// Its pieces were sealed under the claim's key for what is personal; that for
		// what is sensitive may be made here.
		var stream SealedStream
		f.Object, f.Stored, err = o.Shelf.Put(ctx, func(w io.Writer) error {
			var keep func(context.Context) error
			stream, keep, err = o.Vault.SealStream(ctx, item, whole, w)
			if err != nil {
				return err
			}
			return keep(ctx)
		})
		if err != nil {
			return at, fmt.Errorf("seal file %s: %w", f.ID, err)
		}
		f.Commitment, salt = stream.Commitment, stream.Salt
	}
	hash := docket.Hash(sum.Sum(nil))
	facts, err := factsItem(f, fileFacts{Name: name, SHA256: &hash, Salt: &salt})
	if err != nil {
		return at, err
	}
	sealed, err := o.sealKept(ctx, facts)
	if err != nil {
		return at, fmt.Errorf("seal the facts of file %s: %w", f.ID, err)
	}
	f.Facts = sealed[0].Blob
	return at, nil
}

// takeFile says that a file is whole, lets its pieces go, and has it checked. Where
// its claim is on file it is named by an entry in the same act. What is sensitive is
// taken while the desk's key stands by the version at, under which it was sealed.
func (o *Office) takeFile(ctx context.Context, by By, f store.File, at docket.Version, infected bool) error {
	var gone []string
	err := o.write(ctx, true, func(tx store.Tx, _ before) error {
		gone = nil
		now, programme, err := o.fileFor(tx, by, f.ID)
		if err != nil {
			return err
		}
		if !now.State.Coming() { // somebody else was faster, or an earlier run of this
			if now.Object != f.Object {
				gone = append(gone, f.Object)
			}
			return nil
		}
		if f.Class == string(rulebook.Sensitive) {
			if stands, err := tx.StandsAt(deskStream, at); err != nil || !stands {
				return cmp.Or(err, fault.New(fault.Conflict, codeDeskReplaced))
			}
		}
		now.Kind, now.Size, now.Object, now.Stored, now.Commitment, now.Facts, now.Sealed = f.Kind, f.Size, f.Object, f.Stored, f.Commitment, f.Facts, f.Sealed
		if err := o.arrive(&now, infected); err != nil {
			return err
		}
		lines := []store.Custody{o.custody(now, by, "received")}
		if now.State != evidence.Waiting {
			lines = append(lines, o.custody(now, by, string(now.State)))
		} else if err := tx.Enqueue(store.Job{Kind: JobCheckFile, Key: f.ID, Due: now.Changed}); err != nil {
			return err
		}
		if gone, err = tx.DeleteFileParts(f.ID); err != nil {
			return err
		}
		if err := errors.Join(o.replaces(tx, now), o.unshelveLater(tx, gone)); err != nil {
			return err
		}
		if now.Draft == "" {
			if now, err = o.enterFile(ctx, tx, by, programme, now); err != nil {
				return err
			}
			lines = append(lines, o.custody(now, by, "entered"))
		}
		return errors.Join(tx.PutFile(now), tx.AddCustody(lines))
	})
	if err != nil {
		if f.Object != "" && !errors.Is(err, store.ErrUnknown) {
			err = errors.Join(err, o.Shelf.Remove(context.WithoutCancel(ctx), f.Object))
		}
		return fmt.Errorf("take in file %s: %w", f.ID, err)
	}
	return o.unshelve(ctx, gone)
}

// arrive is the state of a file that is whole and was looked into.
func (o *Office) arrive(f *store.File, infected bool) (err error) {
	f.Changed = o.instant()
	if f.State, err = f.State.After(evidence.Whole, ""); err != nil {
		return err
	}
	switch {
	case !o.Screen.Scans():
		f.State, err = f.State.After(evidence.NoScanner, "")
	case infected:
		f.State, err = f.State.After(evidence.Found, "")
	case f.Class == string(rulebook.Sensitive):
		f.State, err = f.State.After(evidence.Passed, "")
	}
	if err == nil && f.State == evidence.Infected {
		f.Reason, err = writeReason(infectedCode, nil)
	}
	return err
}

// infectedCode is the reason of an infected file.
const infectedCode = "evidence.refused.infected"

// replaces marks the file in whose place another came.
func (o *Office) replaces(tx store.Tx, f store.File) error {
	if f.Replaces == "" || f.State.Blocks() {
		return nil
	}
	old, err := tx.File(f.Replaces)
	if errors.Is(err, store.ErrNone) {
		return nil // taken back meanwhile
	}
	if err != nil {
		return err
	}
	old.ReplacedBy = f.ID
	return tx.PutFile(old)
}

// enterFile enters a file that came after its claim was filed.
func (o *Office) enterFile(ctx context.Context, tx store.Tx, by By, programme string, f store.File) (store.File, error) {
	found, err := tx.Claims([]claim.ID{f.Claim})
	if err != nil {
		return f, err
	}
	c := found[0]
	p, err := o.forEvidence(ctx, tx, by, c)
	if err != nil {
		return f, err
	}
	event, err := c.AddEvidence([]claim.Enclosed{{File: f.ID, Replaces: f.Replaces}})
	if err != nil {
		return f, err
	}
	s := step{claim: c, event: event, commitments: []docket.Commitment{fileCommitment(f)}, blobs: fileBlob(f)}
	if _, err := p.stepAll(docket.Envelope{ForWhom: p.forWhom()}, nil, []step{s}); err != nil {
		return f, err
	}
	f.Version, f.Sealed = c.Version+1, nil
	return f, p.commit()
}

// forEvidence begins the act that enters a file. What fell silent on its way and is
// finished by a schedule is entered by the installation: its coming was allowed when
// it was begun.
func (o *Office) forEvidence(ctx context.Context, tx store.Tx, by By, c claim.Claim) (*performance, error) {
	if by.Actor.id != ownActor {
		p, err := o.admit(ctx, tx, ActAddEvidence, by, c.Programme)
		if err != nil {
			return nil, err
		}
		return p, p.headReadings()
	}
	p := o.begin(ctx, tx, by, ownCapacity, "")
	var today day.Date
	var err error
	if p.programme, p.edition, today, err = o.programme(tx, c.Programme); err != nil {
		return nil, err
	}
	p.day = today
	return p, p.headReadings()
}

// fileCommitment is what the entry that names a file says of its content.
func fileCommitment(f store.File) docket.Commitment {
	return docket.Commitment{Name: EvidencePrefix + f.ID, Hash: f.Commitment}
}

// fileBlob is a small file's content as it rests among the claim's blobs.
func fileBlob(f store.File) []store.Blob {
	if f.Object != "" {
		return nil
	}
	return []store.Blob{{Claim: f.Claim, Name: EvidencePrefix + f.ID, Class: f.Class, Sealed: f.Sealed}}
}

// DiscardFile takes a file back that no entry names: it goes without a trace. One
// that an entry names stays; another can be sent in its place.
//
// Faults: evidence.none, evidence.entered.
func (o *Office) DiscardFile(ctx context.Context, by By, id string) error {
	var gone []string
	err := o.write(ctx, false, func(tx store.Tx, _ before) error {
		f, _, err := o.fileFor(tx, by, id)
		if err != nil {
			return err
		}
		if f.Version > 0 {
			return fault.New(fault.Conflict, "evidence.entered")
		}
		if gone, err = tx.DeleteFiles(id); err != nil {
			return err
		}
		return errors.Join(tx.DropJobs(JobCheckFile, id), o.unshelveLater(tx, gone))
	})
	if err != nil {
		return err
	}
	return o.unshelve(ctx, gone)
}

// unshelveLater enters the jobs that make sure that objects go.
func (o *Office) unshelveLater(tx store.Tx, objects []string) error {
	jobs := make([]store.Job, 0, len(objects))
	for _, name := range objects {
		jobs = append(jobs, store.Job{Kind: JobUnshelve, Key: name, Due: o.instant()})
	}
	return tx.Enqueue(jobs...)
}

// unshelve takes objects from the shelf that no row names any more, and strikes off
// their jobs. What fails is done by them.
func (o *Office) unshelve(ctx context.Context, objects []string) error {
	if len(objects) == 0 || o.Shelf == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	if o.Shelf.Remove(ctx, objects...) != nil {
		return nil // their jobs try again, and tell of it
	}
	return o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.DropJobs(JobUnshelve, objects...) })
}

// Unshelve does the job: it takes an object from the shelf, unless a row names it.
func (o *Office) Unshelve(ctx context.Context, object string) error {
	var named map[string]bool
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		named, err = r.ShelvedObjects([]string{object})
		return err
	})
	if err != nil || named[object] || o.Shelf == nil {
		return err
	}
	return o.Shelf.Remove(ctx, object)
}
