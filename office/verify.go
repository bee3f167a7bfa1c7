package office

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/openchancery/chancery/claim"
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
	Why    error // the fault behind it, where there is one: it has a sentence of its own
}

// Verified is what verify looked at and found.
type Verified struct {
	Entries  int64
	Rows     int64 // of annexes
	Head     docket.TreeHead
	Readings int64 // lines of the reading log
	Tables   int   // compared with rebuilt ones; 0 without a rebuild
	Findings []Finding
	More     int64 // findings beyond mostFindings
}

// Sound reports that nothing was found.
func (v *Verified) Sound() bool { return len(v.Findings) == 0 }

// logLost is the code of what is missing of the published log since a loss that two
// people accepted.
const logLost = "verify.log-lost"

// OnlyLost reports that all that was found is missing since a loss that two people
// accepted: what is on file is as it was entered.
func (v *Verified) OnlyLost() bool {
	return !v.Sound() && v.More == 0 && !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Code != logLost })
}

// mostFindings bounds what one run lists: a copy of another database would
// differ everywhere.
const mostFindings = 10_000

func (v *Verified) find(code string, ref docket.Ref, leaf int64, detail any) {
	v.add(finding(code, ref, leaf, detail))
}

func finding(code string, ref docket.Ref, leaf int64, detail any) Finding {
	entry := ""
	if ref.Stream != "" {
		entry = ref.String()
	}
	why, _ := detail.(error)
	return Finding{Code: code, Entry: entry, Leaf: leaf, Detail: fmt.Sprint(detail), Why: why}
}

func (v *Verified) add(f Finding) {
	if len(v.Findings) == mostFindings {
		v.More++
		return
	}
	v.Findings = append(v.Findings, f)
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
// consistent with itself and no longer with the tree. An entry that isn't in
// the tree yet has nothing but the database to speak for it.
func (o *Office) Verify(ctx context.Context, progress Progress) (*Verified, error) {
	v := &Verified{Head: o.Tree.Head()}
	// Before the database is looked at: an entry comes before its keys go.
	shredded, err := o.Vault.Shredded(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		c := newCheck(r, o.Tree, v, progress)
		defer c.close()
		var err error
		if c.blobs.gone, err = goneFrom(r, shredded); err != nil {
			return err
		}
		c.blobs.locked, c.files = map[claim.ID]bool{}, fileCheck{ctx: ctx, o: o}
		c.blobs.damaged = func(blobs []Committed) ([]error, error) { return o.Vault.Damaged(ctx, blobs) }
		c.blobs.keyless = func(claims []string) ([]string, error) { return o.Vault.Keyless(ctx, claims) }
		for _, part := range []func() error{c.leaves, c.waiting, c.strays, c.strayAnnexes, c.editionBytes, c.erasedBlobs, c.strayFiles, c.readings, c.damage} {
			if err := part(); err != nil {
				if err := c.cutShort(err); err != nil {
					return err
				}
				break
			}
		}
		for _, gap := range c.gaps {
			v.add(gap)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	for wrong := range o.Log.Check(ctx) {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("verify: %w", ctx.Err())
		}
		if fault.Code(wrong) == "" && v.Sound() { // a disk or a network: nothing was found, and not all was seen
			return nil, fmt.Errorf("verify: %w", wrong)
		}
		code := "verify.log-differs"
		if fault.Code(wrong) == "log.epoch-lost" {
			code = logLost
		}
		v.find(code, docket.Ref{}, -1, wrong)
	}
	return v, nil
}

// check is one run of Verify.
type check struct {
	r        store.Reader
	v        *Verified
	progress Progress

	outside     func() (docket.TreeLeaf, error, bool) // the next leaf of the tree outside
	stopOutside func()
	ended       bool // it could not be read to its end
	heads       func() (docket.TreeHead, error, bool)
	stopHeads   func()
	head        docket.TreeHead // the next one to be held against tree
	moreHeads   bool
	tree        docket.Frontier // over the leaves outside, so far

	streams  streamCheck
	blobs    blobCheck
	files    fileCheck
	gaps     []Finding            // listed last: most follow from what is named before
	editions map[docket.Hash]bool // found to be here
	annexes  map[docket.Hash]bool // carried by an entry
	headed   []headedAt           // heads of the reading log, as the docket says
}

func newCheck(r store.Reader, tree Tree, v *Verified, progress Progress) *check {
	c := &check{
		r: r, v: v, progress: progress,
		streams: streamCheck{}, editions: map[docket.Hash]bool{}, annexes: map[docket.Hash]bool{},
	}
	c.outside, c.stopOutside = iter.Pull2(tree.Leaves(0))
	c.heads, c.stopHeads = iter.Pull2(tree.Heads())
	return c
}

func (c *check) close() {
	c.stopOutside()
	c.stopHeads()
}

// leaves walks the database's leaves and the tree's side by side.
func (c *check) leaves() error {
	c.nextHead()
	expected := int64(0)
	for l, err := range c.r.Leaves(math.MinInt64) {
		if err != nil {
			return err
		}
		if l.Number < 0 {
			c.v.find("verify.stray", l.Ref, l.Number, "a leaf before the first")
			continue
		}
		if err := c.lost(expected, l.Number); err != nil {
			return err
		}
		expected = l.Number + 1
		c.v.Entries++
		if c.v.Entries%1000 == 0 {
			c.progress.tell("entries", c.v.Entries, c.v.Head.Size)
		}
		if err := c.leaf(l); err != nil {
			return err
		}
	}
	if err := c.lost(expected, c.v.Head.Size); err != nil {
		return err
	}
	c.progress.tell("entries", c.v.Entries, c.v.Entries)
	return nil
}

// lost names what stands in the tree outside and not in the database: entries
// that were cut off. Past the tree nobody knows how many they were.
func (c *check) lost(from, to int64) error {
	for number := from; number < min(to, c.v.Head.Size); number++ {
		was, ok := c.published(number)
		if ok {
			c.grow(was.Hash)
		} else {
			c.moreHeads = false // without the leaf, no head can be held against the leaves
		}
		c.v.find("verify.leaf-missing", was.Ref, number, "")
		c.streams.set(was.Ref)
		if err := c.leafless(was); err != nil {
			return err
		}
	}
	if begin := max(from, c.v.Head.Size); begin < to {
		c.v.find("verify.leaf-missing", docket.Ref{}, begin, fmt.Sprintf("up to leaf %d", to-1))
	}
	return nil
}

// leafless looks for the entry whose leaf is missing: it may still be there,
// and its annex with it.
func (c *check) leafless(was docket.TreeLeaf) error {
	entry, err := c.r.Entry(was.Ref)
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	if docket.LeafHash(entry.Commitment()) != was.Hash {
		c.v.find("verify.entry-changed", was.Ref, was.Number, "")
		return nil
	}
	return c.entry(store.LeafEntry{Leaf: store.Leaf{Number: was.Number, Ref: was.Ref}, Entry: entry, Found: true})
}

// published is the leaf with this number in the tree outside. One that can't
// be read is named, and the others follow; where the file ends, that is named
// once.
func (c *check) published(number int64) (docket.TreeLeaf, bool) {
	if c.ended {
		return docket.TreeLeaf{}, false
	}
	was, err, ok := c.outside()
	if err == nil && ok && was.Number == number {
		return was, true
	}
	c.ended = !ok || was.Number != number
	c.v.find("verify.tree-unreadable", docket.Ref{}, number, err)
	return docket.TreeLeaf{}, false
}

// grow appends the next leaf to the tree, and holds the heads against it that
// were published over it.
func (c *check) grow(leaf docket.Hash) {
	c.tree.Append(leaf)
	for c.moreHeads && c.head.Size <= c.tree.Size() {
		if c.head.Size != c.tree.Size() || c.head.Root != c.tree.Root() {
			c.v.find("verify.head-differs", docket.Ref{}, -1, fmt.Sprintf("head of size %d", c.head.Size))
		}
		c.nextHead()
	}
}

func (c *check) nextHead() {
	var err error
	if c.head, err, c.moreHeads = c.heads(); err != nil {
		c.v.find("verify.head-differs", docket.Ref{}, -1, err)
		c.moreHeads = false
	}
}

// leaf holds one leaf against its entry and against the tree outside.
func (c *check) leaf(l store.LeafEntry) error {
	was := docket.TreeLeaf{Number: l.Number, Hash: docket.LeafHash(l.Commitment), Ref: l.Ref}
	if l.Number < c.v.Head.Size {
		if outside, ok := c.published(l.Number); ok {
			was = outside
		} // else the database alone speaks for it, and the next head for both
		c.grow(was.Hash)
	}
	found := len(c.v.Findings)
	switch {
	case was.Ref != l.Ref:
		c.v.find("verify.leaf-moved", was.Ref, l.Number, l.Ref)
	case !l.Found:
		c.v.find("verify.entry-missing", l.Ref, l.Number, "")
	case docket.LeafHash(l.Entry.Commitment()) != was.Hash:
		c.v.find("verify.entry-changed", l.Ref, l.Number, "")
	case l.Commitment != l.Entry.Commitment():
		c.v.find("verify.commitment-changed", l.Ref, l.Number, "")
	}
	if was.Ref != l.Ref || !l.Found {
		c.streams.set(was.Ref)
	} else {
		c.step(l.Ref, l.Number, "")
	}
	if _, err := l.Entry.Open(); !l.Found || err != nil && len(c.v.Findings) > found {
		return nil // it is named already
	}
	return c.entry(l)
}

// step takes the next version of a stream.
func (c *check) step(ref docket.Ref, leaf int64, detail string) {
	if !c.streams.next(ref) && len(c.gaps) < mostFindings {
		c.gaps = append(c.gaps, finding("verify.version-gap", ref, leaf, detail))
	}
}

// entry checks what an entry must be by itself: readable, in its place,
// balanced, with its annex whole and its edition here.
func (c *check) entry(l store.LeafEntry) error {
	env, err := l.Entry.Open()
	if err != nil {
		c.v.find("verify.entry-unreadable", l.Ref, l.Number, err)
		return nil
	}
	if _, err := fund.Postings(env); err != nil {
		c.v.find("verify.unbalanced", l.Ref, l.Number, err)
	}
	if env.Edition != nil && !c.editions[*env.Edition] {
		_, err := c.r.EditionBytes(*env.Edition)
		switch {
		case errors.Is(err, store.ErrNone):
			c.v.find("verify.edition-missing", l.Ref, l.Number, *env.Edition)
		case err != nil:
			return err
		default:
			c.editions[*env.Edition] = true
		}
	}
	if env.Stream == readingsStream {
		c.keepHead(l)
	}
	if err := c.commits(l.Ref, l.Number, env.Kind, env.Commitments); err != nil || env.Annex == nil {
		return err
	}
	return c.annex(l, *env.Annex)
}

func (c *check) annex(l store.LeafEntry, annex docket.Annex) error {
	c.annexes[annex.Root] = true
	var tree docket.Frontier
	expected := int64(0)
	lost := func(to int64) {
		switch {
		case to == expected+1:
			c.v.find("verify.row-missing", l.Ref, l.Number, fmt.Sprintf("row %d", expected))
		case to > expected:
			c.v.find("verify.row-missing", l.Ref, l.Number, fmt.Sprintf("rows %d to %d", expected, to-1))
		}
		expected = max(expected, to)
	}
	for row, err := range c.r.AnnexRows(annex.Root) {
		if err != nil {
			return err
		}
		c.v.Rows++
		tree.Append(docket.LeafHash(row.Commitment()))
		lost(min(row.Index, annex.Rows))
		expected = max(expected, row.Index+1)
		if err := c.row(l, annex, row); err != nil {
			return err
		}
	}
	lost(annex.Rows)
	if tree.Size() != annex.Rows || tree.Root() != annex.Root {
		c.v.find("verify.annex-changed", l.Ref, l.Number, fmt.Sprintf("%d of %d rows", tree.Size(), annex.Rows))
	}
	return nil
}

// row checks one row, and names it by the place that its bytes say, if they
// can be read: that is what the entry commits to.
func (c *check) row(l store.LeafEntry, annex docket.Annex, row store.AnnexRow) error {
	place, detail := row.Ref(), fmt.Sprintf("row %d of %s", row.Index, l.Ref)
	opened, err := row.Open()
	if err != nil {
		var said docket.RowEnvelope
		if json.Unmarshal(row.Bytes, &said) == nil && said.Stream != "" {
			place = docket.Ref{Stream: said.Stream, Version: said.Version}
		}
	}
	switch {
	case row.Stored != row.Commitment(), row.Index < 0, row.Index >= annex.Rows:
		c.v.find("verify.row-changed", place, l.Number, detail)
	case err != nil && place != row.Ref():
		c.v.find("verify.row-changed", place, l.Number, fmt.Sprintf("%s stands at %s", detail, row.Ref()))
	case err != nil:
		c.v.find("verify.row-unreadable", place, l.Number, fmt.Sprintf("%s: %v", detail, err))
	default:
		c.step(place, l.Number, detail)
	}
	c.streams.set(place)
	if err != nil {
		return nil // it is named
	}
	return c.commits(place, l.Number, opened.Kind, opened.Commitments)
}

// streamCheck holds that each stream's versions come without gap or repeat.
// It remembers one number a stream; the key is cut to 16 bytes of its hash to
// bound what ten million claims take.
type streamCheck map[[16]byte]docket.Version

func streamKey(s docket.Stream) [16]byte {
	sum := sha256.Sum256([]byte(s))
	return [16]byte(sum[:16])
}

// next takes the next version of a stream, and says whether it is that.
func (s streamCheck) next(ref docket.Ref) bool {
	key := streamKey(ref.Stream)
	ok := s[key] == ref.Version-1
	s[key] = ref.Version
	return ok
}

// set passes over an entry that was named already, so that those after it in
// its stream aren't named for its sake.
func (s streamCheck) set(ref docket.Ref) {
	if ref.Stream != "" {
		s[streamKey(ref.Stream)] = ref.Version
	}
}

// waiting checks the entries that have no leaf yet, as far as they speak for
// themselves.
func (c *check) waiting() error {
	for e, err := range c.r.Unsequenced() {
		if err != nil {
			return err
		}
		c.v.Entries++
		c.step(e.Ref(), -1, "")
		if err := c.entry(store.LeafEntry{Leaf: store.Leaf{Number: -1, Ref: e.Ref()}, Entry: e, Found: true}); err != nil {
			return err
		}
	}
	return nil
}

func (c *check) strays() error {
	strays, err := c.r.Strays()
	for _, ref := range strays {
		c.v.find("verify.stray", ref, -1, "")
	}
	return err
}

// strayAnnexes names the rows under a root that no entry carries, by the first
// of them.
func (c *check) strayAnnexes() error {
	for root, err := range c.r.AnnexRoots() {
		if err != nil {
			return err
		}
		if c.annexes[root] {
			continue
		}
		var first docket.Ref
		rows := 0
		for row, err := range c.r.AnnexRows(root) {
			if err != nil {
				return err
			}
			if rows == 0 {
				first = row.Ref()
			}
			rows++
		}
		c.v.find("verify.stray", first, -1, fmt.Sprintf("%d rows under %s", rows, root))
	}
	return nil
}

// editionBytes holds the bytes of every edition against its hash.
func (c *check) editionBytes() error {
	hashes, err := c.r.EditionHashes()
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		source, err := c.r.EditionBytes(hash)
		if err != nil && !errors.Is(err, store.ErrNone) { // none: a hash of another length
			return err
		}
		if err != nil || sha256.Sum256(source) != hash {
			c.v.find("verify.edition-changed", docket.Ref{}, -1, hash)
		}
	}
	return nil
}
