package office

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Files come in pieces. Each piece that was acknowledged is sealed and durable,
// whatever happens to the line, the program or the machine after it.

// BeginFile announces a file. Nothing of it is here yet; its id is what AppendFile
// and FinishFile are given.
//
// Faults: draft.none or claim.none for another's, evidence.too-large,
// evidence.too-many past MostFiles, evidence.not-replaceable,
// claim.cannot-have-evidence-added.
func (o *Office) BeginFile(ctx context.Context, by By, owner FileOwner, facts FileFacts) (File, error) {
	if o.Shelf == nil || o.Screen == nil {
		return File{}, fault.New(fault.Conflict, "evidence.not-taken")
	}
	if facts.Size > MaxFile {
		return File{}, fault.New(fault.Invalid, "evidence.too-large", "most", mebibytes(MaxFile))
	}
	f := store.File{
		Draft: owner.Draft, Actor: by.Actor.id, State: evidence.Receiving, Class: string(rulebook.Personal),
		Size: max(facts.Size, -1), Begun: o.instant(), Replaces: facts.Replaces, Archives: facts.Archives,
	}
	if facts.Sensitive {
		f.Class = string(rulebook.Sensitive)
	}
	f.Changed = f.Begun
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		f.Claim, err = o.mayBegin(r, by, owner, facts)
		return err
	})
	if err != nil {
		return File{}, err
	}
	var id [16]byte
	o.Entropy("file/"+string(f.Claim)+"/"+f.Begun.String()+"/"+facts.Name, id[:])
	f.ID = hex.EncodeToString(id[:])
	item, err := factsItem(&f, fileFacts{Name: fileName(facts.Name)})
	if err != nil {
		return File{}, err
	}
	sealed, err := o.sealKept(ctx, item)
	if err != nil {
		return File{}, fmt.Errorf("seal the name of a file: %w", err)
	}
	f.Facts = sealed[0].Blob
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		if _, err := o.mayBegin(tx, by, owner, facts); err != nil {
			return err // sent or discarded meanwhile
		}
		return errors.Join(tx.AddFiles([]store.File{f}), tx.AddCustody([]store.Custody{o.custody(f, by, "begun")}))
	})
	if err != nil {
		return File{}, err
	}
	seen, err := o.seen(ctx, []store.File{f})
	if err != nil {
		return File{}, err
	}
	return seen[0], nil
}

func mebibytes(n int64) int64 { return n >> 20 }

// mayBegin checks that one more file may come, and answers the claim under whose
// key it rests.
func (o *Office) mayBegin(r store.Reader, by By, owner FileOwner, facts FileFacts) (claim.ID, error) {
	id, _, err := o.holds(r, by, owner)
	if err != nil {
		return "", err
	}
	if owner.Draft == "" {
		c, err := r.Claims([]claim.ID{id})
		if err != nil {
			return "", err
		}
		if _, err := c[0].AddEvidence([]claim.Enclosed{{}}); err != nil {
			return "", err
		}
	}
	there, err := filesOf(r, owner.Draft, id)
	switch {
	case err != nil:
		return "", err
	case len(there) >= MostFiles:
		return "", fault.New(fault.Invalid, "evidence.too-many", "most", MostFiles)
	case facts.Replaces == "":
		return id, nil
	}
	for _, f := range there {
		if f.ID == facts.Replaces && f.ReplacedBy == "" {
			return id, nil
		}
	}
	return "", fault.New(fault.Conflict, "evidence.not-replaceable")
}

// mostName is the longest name of a file that is kept, in bytes.
const mostName = 200

// fileName is what is kept of the name that somebody's device gives: its last
// element, without what would steer a terminal or a page, no longer than it may be.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f {
			return -1
		}
		return r
	}, name)
	if len(name) > mostName { // the ending says the kind, and stays
		ending := name[strings.LastIndexByte(name, '.')+1:]
		if len(ending) > 10 {
			ending = ""
		}
		keep := name[:mostName-len(ending)-1]
		for !utf8.ValidString(keep) {
			keep = keep[:len(keep)-1]
		}
		name = keep + "." + ending
	}
	return name
}

// custody is a line about a file.
func (o *Office) custody(f store.File, by By, what string) store.Custody {
	return store.Custody{Claim: f.Claim, File: f.ID, Instant: o.instant(), Actor: by.Actor.id, What: what, Reason: f.Reason}
}
