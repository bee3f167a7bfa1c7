package office

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/store"
)

// Finding is one thing that verify found wrong, at its place.
type Finding struct {
	Code   string // of the catalogue
	Entry  string // stream#version of the entry or row; "" where there is none
	Leaf   int64  // its leaf; -1 where there is none
	Detail string
}

// Verified is what verify looked at and found.
type Verified struct {
	Entries  int64
	Rows     int64 // of annexes
	Head     docket.TreeHead
	Tables   int // compared with rebuilt ones; 0 without a rebuild
	Findings []Finding
	More     int64 // findings beyond mostFindings
}

// Sound reports that nothing was found.
func (v *Verified) Sound() bool { return len(v.Findings) == 0 }

// mostFindings bounds what one run lists: a copy of another database would
// differ everywhere.
const mostFindings = 10_000

func (v *Verified) find(code string, ref docket.Ref, leaf int64, detail any) {
	if len(v.Findings) == mostFindings {
		v.More++
		return
	}
	entry := ""
	if ref.Stream != "" {
		entry = ref.String()
	}
	v.Findings = append(v.Findings, Finding{Code: code, Entry: entry, Leaf: leaf, Detail: fmt.Sprint(detail)})
}

// Progress is told how far a long operation has come. It may be nil.
type Progress func(stage string, done, of int64)

func (p Progress) tell(stage string, done, of int64) {
	if p != nil {
		p(stage, done, of)
	}
}

// Verify re-hashes every entry and every row of every annex, holds them
// against the leaves in the database and the tree outside it, and checks what
// entries must be by themselves. It changes nothing. An error means that it
// couldn't look; what it found is in the answer.
//
// The tree outside decides: who rewrites every hash in the database leaves it
// consistent with itself and no longer with the tree.
func (o *Office) Verify(ctx context.Context, progress Progress) (*Verified, error) {
	v := &Verified{Head: o.Tree.Head()}
	err := o.Store.Read(ctx, func(r store.Reader) error {
		if err := o.verifyLeaves(r, v, progress); err != nil {
			return err
		}
		if err := verifyUnsequenced(r, v); err != nil {
			return err
		}
		strays, err := r.Strays()
		if err != nil {
			return err
		}
		for _, ref := range strays {
			v.find("verify.stray", ref, -1, "")
		}
		return verifyEditions(r, v)
	})
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return v, nil
}

// verifyLeaves walks the database's leaves and the tree's side by side.
func (o *Office) verifyLeaves(r store.Reader, v *Verified, progress Progress) error {
	outside, stop := iter.Pull2(o.Tree.Leaves(0))
	defer stop()
	heads, stopHeads := iter.Pull2(o.Tree.Heads())
	defer stopHeads()
	head, headErr, more := heads()
	streams := newStreamCheck()
	var tree docket.Frontier
	expected := int64(0)
	for l, err := range r.Leaves(0) {
		if err != nil {
			return err
		}
		for ; expected < l.Number; expected++ {
			if err := missingLeaf(v, outside, expected); err != nil {
				return err
			}
		}
		expected = l.Number + 1
		v.Entries++
		if v.Entries%1000 == 0 {
			progress.tell("entries", v.Entries, v.Head.Size)
		}
		if err := o.verifyLeaf(r, v, l, outside, &tree); err != nil {
			return err
		}
		if l.Found {
			if err := verifyEntry(r, v, l, streams); err != nil {
				return err
			}
		}
		for more && headErr == nil && head.Size == tree.Size() {
			if head.Root != tree.Root() {
				v.find("verify.head-differs", docket.Ref{}, -1, fmt.Sprintf("head of size %d", head.Size))
			}
			head, headErr, more = heads()
		}
	}
	if headErr != nil {
		return headErr
	}
	for ; expected < v.Head.Size; expected++ {
		if err := missingLeaf(v, outside, expected); err != nil {
			return err
		}
	}
	progress.tell("entries", v.Entries, v.Entries)
	return nil
}

// missingLeaf names what stands in the tree outside and not in the database:
// an entry that was cut off.
func missingLeaf(v *Verified, outside func() (docket.TreeLeaf, error, bool), number int64) error {
	was, err, ok := outside()
	if err != nil {
		v.find("verify.tree-unreadable", docket.Ref{}, number, err)
		return nil
	}
	if !ok {
		was = docket.TreeLeaf{Number: number}
	}
	v.find("verify.leaf-missing", was.Ref, number, "")
	return nil
}

// verifyLeaf holds one leaf against its entry and against the tree outside.
func (o *Office) verifyLeaf(r store.Reader, v *Verified, l store.LeafEntry, outside func() (docket.TreeLeaf, error, bool), tree *docket.Frontier) error {
	if l.Number >= v.Head.Size {
		// Not published yet: the database alone speaks for it.
		if !l.Found || l.Entry.Commitment() != l.Commitment {
			v.find("verify.entry-changed", l.Ref, l.Number, "")
		}
		return nil
	}
	was, err, ok := outside()
	if err != nil || !ok {
		v.find("verify.tree-unreadable", l.Ref, l.Number, err)
		return nil
	}
	tree.Append(was.Hash)
	switch {
	case was.Ref != l.Ref:
		v.find("verify.leaf-moved", was.Ref, l.Number, l.Ref)
	case !l.Found:
		v.find("verify.entry-missing", l.Ref, l.Number, "")
	case docket.LeafHash(l.Entry.Commitment()) != was.Hash:
		v.find("verify.entry-changed", l.Ref, l.Number, "")
	case l.Commitment != l.Entry.Commitment():
		v.find("verify.commitment-changed", l.Ref, l.Number, "")
	}
	return nil
}

// verifyEntry checks what an entry must be by itself: readable, in its place,
// balanced, with its annex whole and its edition here.
func verifyEntry(r store.Reader, v *Verified, l store.LeafEntry, streams *streamCheck) error {
	env, err := l.Entry.Open()
	if err != nil {
		v.find("verify.entry-unreadable", l.Ref, l.Number, err)
		return nil
	}
	if !streams.next(l.Ref) {
		v.find("verify.version-gap", l.Ref, l.Number, "")
	}
	if _, err := fund.Postings(env); err != nil {
		v.find("verify.unbalanced", l.Ref, l.Number, err)
	}
	if env.Edition != nil {
		if _, err := r.EditionBytes(*env.Edition); errors.Is(err, store.ErrNone) {
			v.find("verify.edition-missing", l.Ref, l.Number, *env.Edition)
		} else if err != nil {
			return err
		}
	}
	if env.Annex == nil {
		return nil
	}
	return verifyAnnex(r, v, l, *env.Annex, streams)
}

func verifyAnnex(r store.Reader, v *Verified, l store.LeafEntry, annex docket.Annex, streams *streamCheck) error {
	var tree docket.Frontier
	for row, err := range r.AnnexRows(annex.Root) {
		if err != nil {
			return err
		}
		v.Rows++
		if row.Index != tree.Size() {
			v.find("verify.row-missing", l.Ref, l.Number, fmt.Sprintf("row %d", tree.Size()))
		}
		tree.Append(docket.LeafHash(row.Commitment()))
		if _, err := row.Open(); err != nil {
			v.find("verify.row-unreadable", row.Ref(), l.Number, err)
			continue
		}
		if row.Stored != row.Commitment() {
			v.find("verify.row-changed", row.Ref(), l.Number, fmt.Sprintf("row %d of %s", row.Index, l.Ref))
		}
		if !streams.next(row.Ref()) {
			v.find("verify.version-gap", row.Ref(), l.Number, "")
		}
	}
	if tree.Size() != annex.Rows || tree.Root() != annex.Root {
		v.find("verify.annex-changed", l.Ref, l.Number, fmt.Sprintf("%d of %d rows", tree.Size(), annex.Rows))
	}
	return nil
}

// streamCheck holds that each stream's versions come without gap or repeat.
// It remembers one number a stream; the key is cut to 16 bytes of its hash to
// bound what ten million claims take.
type streamCheck struct {
	last map[[16]byte]int32
}

func newStreamCheck() *streamCheck { return &streamCheck{last: map[[16]byte]int32{}} }

func (s *streamCheck) next(ref docket.Ref) bool {
	sum := sha256.Sum256([]byte(ref.Stream))
	key := [16]byte(sum[:16])
	ok := s.last[key] == int32(ref.Version)-1
	s.last[key] = int32(ref.Version)
	return ok
}

// verifyUnsequenced checks the entries that have no leaf yet, as far as they
// speak for themselves.
func verifyUnsequenced(r store.Reader, v *Verified) error {
	entries, err := r.Unsequenced(leavesAtOnce)
	if err != nil {
		return err
	}
	for _, e := range entries {
		v.Entries++
		if _, err := e.Open(); err != nil {
			v.find("verify.entry-unreadable", e.Ref(), -1, err)
		}
	}
	return nil
}

// verifyEditions holds the bytes of every edition against its hash.
func verifyEditions(r store.Reader, v *Verified) error {
	hashes, err := r.EditionHashes()
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		source, err := r.EditionBytes(hash)
		if err != nil {
			return err
		}
		if sha256.Sum256(source) != hash {
			v.find("verify.edition-changed", docket.Ref{}, -1, hash)
		}
	}
	return nil
}

// Rebuild folds the whole docket into scratch, an empty store, and compares
// every derived table with the one in use, row by row.
func (o *Office) Rebuild(ctx context.Context, scratch store.Store, v *Verified, progress Progress) error {
	if err := o.replay(ctx, scratch, v, progress); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	for _, t := range o.Store.Tables() {
		if t.Class != store.Derived {
			continue
		}
		if err := compareTable(ctx, o.Store, scratch, t.Name, v); err != nil {
			return fmt.Errorf("compare table %s: %w", t.Name, err)
		}
		v.Tables++
		progress.tell("tables", int64(v.Tables), 0)
	}
	return nil
}

// replayAtOnce is how many entries one transaction of a rebuild folds.
const replayAtOnce = 500

func (o *Office) replay(ctx context.Context, scratch store.Store, v *Verified, progress Progress) error {
	return o.Store.Read(ctx, func(r store.Reader) error {
		next, stop := iter.Pull2(everyEntry(r))
		defer stop()
		for done, folded := false, int64(0); !done; {
			err := scratch.Write(ctx, func(tx store.Tx) error {
				t := newTables(tx)
				for range replayAtOnce {
					at, err, ok := next()
					if done = !ok; done {
						break
					}
					if err != nil {
						return err
					}
					if err := replayOne(r, tx, &t, at); err != nil {
						// An entry that doesn't fold is a finding, not the end:
						// the others are compared all the same.
						v.find("verify.does-not-fold", at.Ref, at.Number, err)
						if fault.Is(err, fault.Unsound) || errors.Is(err, store.ErrNone) || errors.Is(err, store.ErrTaken) {
							continue
						}
						return err
					}
					folded++
				}
				progress.tell("rebuild", folded, v.Entries)
				return t.flush()
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// everyEntry is all of the docket: the leaves in their order, then what has no
// leaf yet.
func everyEntry(r store.Reader) iter.Seq2[store.LeafEntry, error] {
	return func(yield func(store.LeafEntry, error) bool) {
		for l, err := range r.Leaves(0) {
			if err == nil && !l.Found {
				continue // verify has named it
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
		waiting, err := r.Unsequenced(leavesAtOnce)
		if err != nil {
			yield(store.LeafEntry{}, err)
			return
		}
		for _, e := range waiting {
			if !yield(store.LeafEntry{Leaf: store.Leaf{Number: -1, Ref: e.Ref()}, Entry: e, Found: true}, nil) {
				return
			}
		}
	}
}

func replayOne(r store.Reader, tx store.Tx, t *tables, at store.LeafEntry) error {
	env, err := at.Entry.Open()
	if err != nil {
		return err
	}
	if at.Number < 0 {
		if err := tx.Append(at.Entry); err != nil { // so that it waits for its leaf there too
			return err
		}
	}
	var rows []docket.RowEnvelope
	if env.Annex != nil {
		for row, err := range r.AnnexRows(env.Annex.Root) {
			if err != nil {
				return err
			}
			opened, err := row.Open()
			if err != nil {
				return err
			}
			rows = append(rows, opened)
		}
		if err := tx.AppendAnnex(at.Entry.Ref(), env.Annex.Root, nil); err != nil {
			return err
		}
	}
	return t.take(env, rows)
}

// compareTable walks both tables in the order of their keys and names the
// first rows that differ.
func compareTable(ctx context.Context, used, rebuilt store.Store, table string, v *Verified) error {
	a, stopA := iter.Pull2(used.Rows(ctx, table))
	defer stopA()
	b, stopB := iter.Pull2(rebuilt.Rows(ctx, table))
	defer stopB()
	rowA, errA, okA := a()
	rowB, errB, okB := b()
	for okA || okB {
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		switch {
		case okA && (!okB || rowA < rowB):
			v.find("verify.table-row-unexplained", docket.Ref{}, -1, table+": "+rowA)
			rowA, errA, okA = a()
		case okB && (!okA || rowB < rowA):
			v.find("verify.table-row-lacking", docket.Ref{}, -1, table+": "+rowB)
			rowB, errB, okB = b()
		default:
			rowA, errA, okA = a()
			rowB, errB, okB = b()
		}
	}
	return nil
}
