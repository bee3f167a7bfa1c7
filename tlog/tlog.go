// Package tlog keeps the tree outside the database: the leaf hash of every
// entry and a head for every batch, appended to files beside the data
// directory and synced before anybody is told of the head. Who changes the
// database afterwards, and every hash in it, doesn't change these files; who
// holds a copy of the last head can tell.
//
// The files:
//
//	origin  the log's name, which is for ever: one line
//	leaves  256 bytes a leaf: number, hash, stream#version, spaces, a sum of
//	        the record, newline
//	heads   one line of JSON a head: size, root, instant, the roots of the
//	        complete subtrees, from which the next batch goes on, and a sum of
//	        the line
//
// From that tree the log is published (Publisher), by docs/log-format.md: tiles
// and bundles of commitments, and a signed checkpoint over them, into a folder
// or a bucket (Files). The newest checkpoint that was signed is kept in a place
// of its own (Kept), and nothing is signed that contradicts it. Log reads what
// is published and proves from it; Handler serves it.
package tlog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Tree is the tree's files. One process writes them at a time; within it, any
// number may read beside the one that extends.
type Tree struct {
	origin  string
	leaves  file
	heads   file
	writing bool // it may write them

	extending sync.Mutex // held by Extend
	unsynced  error      // why a sync failed; owned by extending

	mu       sync.RWMutex
	head     docket.TreeHead // owned by mu, as all below
	frontier docket.Frontier
	end      int64 // of the last head's line
}

// file is what the tree asks of an os.File.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Name() string
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	Sync() error
}

// Create makes the folder with an empty tree of this origin.
func Create(folder, origin string) error {
	if err := makeFolder(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of heads: %w", err)
	}
	// The origin last: without it the folder is no tree.
	for _, made := range [][2]string{{"leaves", ""}, {"heads", ""}, {"origin", origin + "\n"}} {
		f, err := os.OpenFile(filepath.Join(folder, made[0]), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return fault.New(fault.Conflict, "tlog.exists", "folder", folder)
		}
		if err != nil {
			return fmt.Errorf("make the tree's files: %w", err)
		}
		_, err = f.WriteString(made[1])
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("make the tree's files: %w", err)
		}
	}
	return syncFolder(folder)
}

// makeFolder makes a folder, with those above it that are missing. When it
// returns their names are on disk: what is synced in a folder that has no name
// after a loss of power is lost.
func makeFolder(folder string, perm fs.FileMode) error {
	above := []string{filepath.Dir(folder)}
	for _, err := os.Stat(above[0]); errors.Is(err, fs.ErrNotExist); _, err = os.Stat(above[0]) {
		above = append([]string{filepath.Dir(above[0])}, above...)
	}
	if err := os.MkdirAll(folder, perm); err != nil {
		return err
	}
	for _, at := range above {
		if err := syncFolder(at); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open opens the tree at its last head, and changes nothing, but makes that head
// durable where it may write. What a crash left behind that head is no part of
// the tree: a torn line of heads, leaves without a head. Extend cuts it off and
// writes it anew from the docket.
func Open(folder string, writing bool) (*Tree, error) {
	origin, err := Origin(folder)
	if err != nil {
		return nil, err
	}
	flags := os.O_RDONLY
	if writing {
		flags = os.O_RDWR
	}
	leaves, err := os.OpenFile(filepath.Join(folder, "leaves"), flags, 0)
	if err != nil {
		return nil, fmt.Errorf("open the tree: %w", err)
	}
	heads, err := os.OpenFile(filepath.Join(folder, "heads"), flags, 0)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the tree: %w", err), leaves.Close())
	}
	t, err := open(origin, leaves, heads)
	if err == nil && writing {
		t.writing = true
		if err = t.settle(); err != nil {
			err = errors.Join(fmt.Errorf("open the tree: %w", err), t.Close())
		}
	}
	return t, err
}

// Origin is the name of the log whose tree is in a folder, in whatever state that is.
func Origin(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "origin"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fault.New(fault.NotFound, "tlog.missing", "folder", folder)
	}
	if err != nil {
		return "", fmt.Errorf("open the tree: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func open(origin string, leaves, heads file) (*Tree, error) {
	t := &Tree{origin: origin, leaves: leaves, heads: heads}
	if err := t.resume(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Reread goes on from the last head on disk: another process may have extended
// the tree since this one last did. A head that isn't this one's own is made
// durable before anything rests on it.
func (t *Tree) Reread() error {
	t.extending.Lock()
	defer t.extending.Unlock()
	return t.reread()
}

func (t *Tree) reread() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	head, frontier, end := t.head, t.frontier, t.end
	err := t.resume()
	if err == nil && t.writing && (t.head.Size != head.Size || t.head.Root != head.Root) {
		if err = t.settle(); err != nil {
			err = fmt.Errorf("make the last head durable: %w", err)
		}
	}
	if err != nil {
		t.head, t.frontier, t.end = head, frontier, end
	}
	return err
}

// resume reads the last whole line of heads.
func (t *Tree) resume() error {
	line, err := t.lastHead()
	if err != nil {
		return err
	}
	if line == nil {
		t.frontier = docket.Frontier{}
		t.head = docket.TreeHead{Root: t.frontier.Root()}
		return nil
	}
	last, err := parseHead(line, t.heads.Name())
	if err != nil {
		return err
	}
	if t.frontier, err = docket.Resume(last.Size, last.Subtrees); err != nil {
		return err
	}
	if t.frontier.Root() != last.Root {
		return fault.New(fault.Unsound, "tlog.head-differs", "file", t.heads.Name(), "size", last.Size)
	}
	t.head = last.TreeHead
	info, err := t.leaves.Stat()
	if err != nil {
		return fmt.Errorf("open the tree: %w", err)
	}
	if info.Size()/recordSize < last.Size {
		return fault.New(fault.Unsound, "tlog.leaves-short", "file", t.leaves.Name(), "leaves", info.Size()/recordSize, "head", last.Size)
	}
	return nil
}

// settle writes the last head once more, and syncs it. Who wrote it may have been
// refused the sync, or stopped before it: the system shows such a line, which is
// on no disk, and a later sync of other lines makes it no more durable.
func (t *Tree) settle() error {
	line, err := t.lastHead()
	if err == nil && line != nil {
		_, err = t.heads.WriteAt(line, t.end-int64(len(line)))
		err = errors.Join(err, t.heads.Sync())
	}
	return err
}

// lastHead is the last line of heads that ends in a newline, nil where there
// is none; t.end is where it ends.
func (t *Tree) lastHead() ([]byte, error) {
	info, err := t.heads.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the last head: %w", err)
	}
	// A line has at most 64 hashes, so this holds a whole one and a torn one.
	const tail = 16 << 10
	from := max(0, info.Size()-tail)
	text := make([]byte, info.Size()-from)
	if _, err := t.heads.ReadAt(text, from); err != nil {
		return nil, fmt.Errorf("read the last head: %w", err)
	}
	end := bytes.LastIndexByte(text, '\n') + 1
	if end == 0 && from > 0 {
		// Not a torn line: to take the tree for empty would write it over.
		return nil, fault.New(fault.Unsound, "tlog.head-unreadable", "file", t.heads.Name(), "why", "its end is no line")
	}
	t.end = from + int64(end)
	if end == 0 {
		return nil, nil
	}
	return text[bytes.LastIndexByte(text[:end-1], '\n')+1 : end], nil
}

// Origin is the log's name.
func (t *Tree) Origin() string { return t.origin }

// Head is the last head.
func (t *Tree) Head() docket.TreeHead {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.head
}

// Extend appends leaves and then a head over them, each synced before the
// next; without leaves it changes nothing. It is the same for normal work and
// after a crash or a full disk: leaves that were written without their head
// are written again. After a sync that failed nobody knows what is on disk,
// and it refuses until the tree is opened anew.
//
// Another process may have extended the tree meanwhile, also one that was
// stopped for a while and believes that it is still its turn: the file is locked
// for the time of the writing, and what stands there by then stays. Leaves that
// stand there must be the same.
func (t *Tree) Extend(leaves []docket.TreeLeaf, at docket.Instant) (_ docket.TreeHead, err error) {
	t.extending.Lock()
	defer t.extending.Unlock()
	if len(leaves) == 0 {
		return t.Head(), nil
	}
	unlock, err := t.alone()
	if err != nil {
		return docket.TreeHead{}, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if leaves, err = t.lacking(leaves); err != nil || len(leaves) == 0 {
		return t.Head(), err
	}
	if err := t.extend(leaves, at); err != nil {
		return docket.TreeHead{}, fmt.Errorf("extend the tree: %w", err)
	}
	return t.Head(), nil
}

// lacking are those of the leaves that don't stand in the file yet, as it is now.
func (t *Tree) lacking(leaves []docket.TreeLeaf) ([]docket.TreeLeaf, error) {
	if t.unsynced != nil {
		return leaves, nil // what stands there is not to be relied on: extend refuses
	}
	before := t.Head().Size
	if err := t.reread(); err != nil {
		return nil, err
	}
	if now := t.Head().Size; now == before {
		return leaves, nil
	}
	for stands, err := range t.Leaves(leaves[0].Number) {
		if err != nil {
			return nil, err
		}
		if len(leaves) == 0 {
			break
		}
		if stands != leaves[0] {
			return nil, fault.New(fault.Unsound, "tlog.leaf-order", "leaf", leaves[0].Number, "expected", t.Head().Size)
		}
		leaves = leaves[1:]
	}
	return leaves, nil
}

func (t *Tree) extend(leaves []docket.TreeLeaf, at docket.Instant) error {
	if t.unsynced != nil {
		return fault.New(fault.Unsound, "tlog.unsynced", "why", t.unsynced)
	}
	// A copy: the tree stands as it did until the new head is on disk.
	next, err := docket.Resume(t.frontier.Size(), t.frontier.Roots())
	if err != nil {
		return err
	}
	records := make([]byte, 0, len(leaves)*recordSize)
	for _, l := range leaves {
		if l.Number != next.Size() {
			return fault.New(fault.Unsound, "tlog.leaf-order", "leaf", l.Number, "expected", next.Size())
		}
		if records, err = appendRecord(records, l); err != nil {
			return err
		}
		next.Append(l.Hash)
	}
	if err := t.write(t.leaves, records, t.frontier.Size()*recordSize); err != nil {
		return err
	}
	line := headLine{TreeHead: docket.TreeHead{Size: next.Size(), Root: next.Root(), Instant: at}, Subtrees: next.Roots()}
	text, err := line.text()
	if err != nil {
		return err
	}
	if err := t.write(t.heads, text, t.end); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frontier, t.head, t.end = next, line.TreeHead, t.end+int64(len(text))
	return nil
}

// write puts text at an offset in place of all that stands from there on.
func (t *Tree) write(f file, text []byte, at int64) error {
	if err := f.Truncate(at); err != nil {
		return err
	}
	if _, err := f.WriteAt(text, at); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		t.unsynced = err
		return err
	}
	return nil
}

// Leaves are the leaves up to the head, from a number on. A record that was
// damaged is an error in its place, after which the others follow; a file that
// can't be read ends them.
func (t *Tree) Leaves(from int64) iter.Seq2[docket.TreeLeaf, error] {
	size := t.Head().Size
	return func(yield func(docket.TreeLeaf, error) bool) {
		section := io.NewSectionReader(t.leaves, from*recordSize, max(0, size-from)*recordSize)
		lines := bufio.NewReaderSize(section, 1<<16)
		record := make([]byte, recordSize)
		for n := from; n < size; n++ {
			if _, err := io.ReadFull(lines, record); err != nil {
				yield(docket.TreeLeaf{Number: n}, fmt.Errorf("read leaf %d: %w", n, err))
				return
			}
			if !yield(parseRecord(record, n)) {
				return
			}
		}
	}
}

// Heads are all the heads up to the last one, oldest first.
func (t *Tree) Heads() iter.Seq2[docket.TreeHead, error] {
	t.mu.RLock()
	end := t.end
	t.mu.RUnlock()
	return func(yield func(docket.TreeHead, error) bool) {
		lines := bufio.NewReader(io.NewSectionReader(t.heads, 0, end))
		for {
			line, err := lines.ReadBytes('\n')
			if err == io.EOF {
				return
			}
			var h headLine
			if err == nil {
				h, err = parseHead(line, t.heads.Name())
			}
			if !yield(h.TreeHead, err) || err != nil {
				return
			}
		}
	}
}

// Close gives the files free.
func (t *Tree) Close() error { return errors.Join(t.leaves.Close(), t.heads.Close()) }
