package office

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// enclose attaches the files of a draft to the claims that are being filed of it:
// what has arrived is named by claim.filed.v1, what is still on its way follows by an
// entry of its own once it is whole. Files of claims that are not filed with it go.
func (o *Office) enclose(p *performance, draft string, ready *Prepared) error {
	list, err := p.tx.FilesOfDraft(draft)
	if err != nil || len(list) == 0 {
		return err
	}
	at := make(map[claim.ID]*prepared, len(ready.filings))
	for i := range ready.filings {
		f := &ready.filings[i]
		f.withdrawEnclosed() // of an earlier run of this act
		at[f.id] = f
	}
	var gone []string
	var lines []store.Custody
	for _, f := range list {
		filing, filed := at[f.Claim]
		if !filed {
			gone = append(gone, f.ID)
			continue
		}
		f.Draft = ""
		whole, err := p.tx.File(f.ID) // with its content
		if err != nil {
			return err
		}
		f.Sealed = whole.Sealed
		if f.State.Arrived() {
			filing.encloseFile(f)
			f.Version, f.Sealed = 1, nil
			lines = append(lines, o.custody(f, p.by, "entered"))
		}
		if err := p.tx.PutFile(f); err != nil {
			return err
		}
	}
	objects, err := p.tx.DeleteFiles(gone...)
	return errors.Join(err, o.unshelveLater(p.tx, objects), p.tx.AddCustody(lines))
}

// encloseFile names a file in the entry that is being made.
func (f *prepared) encloseFile(file store.File) {
	f.event.Evidence, f.said = append(f.event.Evidence, claim.Enclosed{File: file.ID, Replaces: file.Replaces}), nil
	f.commitments = append(f.commitments, fileCommitment(file))
	for _, b := range fileBlob(file) {
		b.Version = 1
		f.blobs = append(f.blobs, b)
	}
}

// withdrawEnclosed takes back what encloseFile did.
func (f *prepared) withdrawEnclosed() {
	f.event.Evidence, f.said = nil, nil
	f.commitments = slices.DeleteFunc(slices.Clone(f.commitments), func(c docket.Commitment) bool { return strings.HasPrefix(c.Name, EvidencePrefix) })
	f.blobs = slices.DeleteFunc(slices.Clone(f.blobs), func(b store.Blob) bool { return strings.HasPrefix(b.Name, EvidencePrefix) })
}

// letGoFiles removes the files of drafts that are not sent, and notes that the keys
// under which they rest are to be destroyed.
func (o *Office) letGoFiles(tx store.Tx, drafts ...string) error {
	var gone, claims []string
	for _, draft := range drafts {
		list, err := tx.FilesOfDraft(draft)
		if err != nil {
			return err
		}
		for _, f := range list {
			gone, claims = append(gone, f.ID), append(claims, string(f.Claim))
		}
	}
	if len(gone) == 0 {
		return nil
	}
	slices.Sort(claims)
	objects, err := tx.DeleteFiles(gone...)
	return errors.Join(err, o.unshelveLater(tx, objects), tx.DropJobs(JobCheckFile, gone...), o.shredLater(tx, slices.Compact(claims)))
}

// letGoFilesOf removes all files of claims that are erased.
func (o *Office) letGoFilesOf(tx store.Tx, ids []claim.ID) (objects int64, err error) {
	list, err := tx.DeleteFilesOf(ids)
	return int64(len(list)), errors.Join(err, o.unshelveLater(tx, list))
}

// Enclosure is a small file that is filed with its claim, in one act: less than
// MaxEnclosure bytes. What is larger comes by BeginFile.
type Enclosure struct {
	Name    string
	Content []byte
}

// MaxEnclosure is the size that an Enclosure stays below, in bytes.
const MaxEnclosure = smallFile

// sumsOf are the hashes of small files, which are part of what a filing says.
func sumsOf(files []Enclosure) (sums []string) {
	for _, f := range files {
		sums = append(sums, docket.Hash(sha256.Sum256(f.Content)).String())
	}
	return sums
}

// enclosed is a small file on its way into an act.
type enclosed struct {
	file store.File
	name string
	hash docket.Hash
	salt docket.Salt
}

// prepareEnclosures looks into the small files of a filing, and makes what is to be
// sealed of them: the content first, then the facts, file by file.
//
// Faults: evidence.too-large; the code of the refusal with the number of the file,
// from 1.
func (o *Office) prepareEnclosures(ready *prepared) error {
	if len(ready.filing.Files) == 0 {
		return nil
	}
	if o.Screen == nil {
		return fault.New(fault.Conflict, "evidence.not-taken")
	}
	if len(ready.filing.Files) > MostFiles {
		return fault.New(fault.Invalid, "evidence.too-many", "most", MostFiles)
	}
	for n, e := range ready.filing.Files {
		size := int64(len(e.Content))
		if size >= MaxEnclosure {
			return fault.New(fault.Invalid, "evidence.too-large-to-enclose", "file", n+1, "most", MaxEnclosure>>10)
		}
		found, err := o.Screen.Look(context.Background(), e.Name, bytes.NewReader(e.Content), size, false)
		if err != nil {
			return fmt.Errorf("look into file %d: %w", n+1, err)
		}
		if found.Verdict != "" {
			return fault.New(fault.Invalid, "evidence.enclosure-refused", "file", n+1, "verdict", string(found.Verdict), "kind", found.Kind)
		}
		var id [16]byte
		o.Entropy(fmt.Sprintf("file/%s/%d", ready.id, n+1), id[:])
		f := enclosed{name: fileName(e.Name), hash: sha256.Sum256(e.Content), file: store.File{
			ID: hex.EncodeToString(id[:]), Claim: ready.id, Version: 1, Class: string(rulebook.Personal), State: evidence.Receiving,
			Kind: found.Kind, Size: size, Here: size,
		}}
		f.salt = o.salt("file/" + f.file.ID)
		facts, err := factsItem(&f.file, fileFacts{Name: f.name, SHA256: &f.hash, Salt: &f.salt})
		if err != nil {
			return err
		}
		ready.enclosed = append(ready.enclosed, f)
		ready.items = append(ready.items, Item{Class: f.file.Class, Name: EvidencePrefix + f.file.ID, Payload: e.Content, Salt: f.salt}, facts)
	}
	return nil
}

// sortEnclosed takes apart what was sealed for a filing: the facts of its files rest
// beside them, and no entry commits to them.
func (f *prepared) sortEnclosed() {
	for i := range f.enclosed {
		e := &f.enclosed[i]
		for n, b := range f.blobs {
			if b.Name == "file."+e.file.ID {
				e.file.Facts = b.Sealed
				f.blobs = slices.Delete(slices.Clone(f.blobs), n, n+1)
				break
			}
		}
		f.commitments = slices.DeleteFunc(slices.Clone(f.commitments), func(c docket.Commitment) bool {
			if c.Name == EvidencePrefix+e.file.ID {
				e.file.Commitment = c.Hash
			}
			return c.Name == "file."+e.file.ID
		})
		f.event.Evidence = append(f.event.Evidence, claim.Enclosed{File: e.file.ID})
	}
}

// putEnclosed writes the rows of the small files that are filed in this act.
func (p *performance) putEnclosed(ready []*prepared) error {
	var files []store.File
	var lines []store.Custody
	var jobs []store.Job
	for _, r := range ready {
		for _, e := range r.enclosed {
			f := e.file
			f.Actor, f.Begun = p.by.Actor.id, p.instant
			if err := p.o.arrive(&f, false); err != nil {
				return err
			}
			f.Changed = p.instant
			line := p.o.custody(f, p.by, "received")
			line.Number, line.Instant = 1, p.instant
			files, lines = append(files, f), append(lines, line)
			if f.State == evidence.Waiting {
				jobs = append(jobs, store.Job{Kind: JobCheckFile, Key: f.ID, Due: p.instant})
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	return errors.Join(p.tx.AddFiles(files), p.tx.AddCustody(lines), p.tx.Enqueue(jobs...))
}
