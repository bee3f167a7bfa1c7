// Package tlog keeps the tree outside the database: the leaf hash of every
// entry and a head for every batch, appended to files beside the data
// directory and synced before anybody is told of the head. Who changes the
// database afterwards, and every hash in it, doesn't change these files; who
// holds a copy of the last head can tell.
//
// The files:
//
//	origin  the log's name, which is for ever: one line
//	leaves  160 bytes a leaf: number, hash, stream#version, spaces, newline
//	heads   one line of JSON a head: size, root, instant, and the roots of the
//	        complete subtrees, from which the next batch goes on
//
// Tiles, signed checkpoints and witnesses come beside them.
package tlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Tree is the tree's files. One process writes them, under the installation's
// lock.
type Tree struct {
	folder   string
	origin   string
	leaves   *os.File
	heads    *os.File
	head     docket.TreeHead
	frontier docket.Frontier
}

const recordSize = 160

// headLine is one line of the heads file.
type headLine struct {
	docket.TreeHead
	Subtrees []docket.Hash `json:"subtrees"`
}

// Create makes the folder with an empty tree of this origin.
func Create(folder, origin string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of heads: %w", err)
	}
	for name, content := range map[string]string{"origin": origin + "\n", "leaves": "", "heads": ""} {
		f, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return fault.New(fault.Conflict, "tlog.exists", "folder", folder)
		}
		if err != nil {
			return fmt.Errorf("make the tree's files: %w", err)
		}
		_, err = f.WriteString(content)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("make the tree's files: %w", err)
		}
	}
	return syncFolder(folder)
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open opens the tree at its last head. What a crash left behind that head is
// no part of the tree: a torn line of heads, leaves without a head. When
// writing, Extend cuts it off and writes it anew from the docket.
func Open(folder string, writing bool) (*Tree, error) {
	origin, err := os.ReadFile(filepath.Join(folder, "origin"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "tlog.missing", "folder", folder)
	}
	if err != nil {
		return nil, fmt.Errorf("open the tree: %w", err)
	}
	flags := os.O_RDONLY
	if writing {
		flags = os.O_RDWR
	}
	t := &Tree{folder: folder, origin: strings.TrimSpace(string(origin))}
	if t.leaves, err = os.OpenFile(filepath.Join(folder, "leaves"), flags, 0); err != nil {
		return nil, fmt.Errorf("open the tree: %w", err)
	}
	if t.heads, err = os.OpenFile(filepath.Join(folder, "heads"), flags, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("open the tree: %w", err), t.leaves.Close())
	}
	if err := t.resume(writing); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// resume reads the last whole line of heads.
func (t *Tree) resume(writing bool) error {
	size, err := t.heads.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	const tail = 8 << 10 // a line has at most 64 hashes
	from := max(0, size-tail)
	text := make([]byte, size-from)
	if _, err := t.heads.ReadAt(text, from); err != nil && err != io.EOF {
		return fmt.Errorf("read the last head: %w", err)
	}
	end := bytes.LastIndexByte(text, '\n') + 1
	if writing && int64(end) < int64(len(text)) {
		if err := t.heads.Truncate(from + int64(end)); err != nil {
			return fmt.Errorf("cut a torn head: %w", err)
		}
	}
	if writing {
		if _, err := t.heads.Seek(from+int64(end), io.SeekStart); err != nil {
			return err
		}
	}
	if end == 0 {
		t.head.Root = t.frontier.Root()
		return nil
	}
	line := text[bytes.LastIndexByte(text[:end-1], '\n')+1 : end]
	var last headLine
	if err := json.Unmarshal(line, &last); err != nil {
		return fault.New(fault.Unsound, "tlog.head-unreadable", "file", t.heads.Name(), "why", err)
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
		return err
	}
	if info.Size() < last.Size*recordSize {
		return fault.New(fault.Unsound, "tlog.leaves-short", "file", t.leaves.Name(), "leaves", info.Size()/recordSize, "head", last.Size)
	}
	return nil
}

// Origin is the log's name.
func (t *Tree) Origin() string { return t.origin }

// Head is the last head.
func (t *Tree) Head() docket.TreeHead { return t.head }

// Extend appends leaves and then a head over them, each synced before the
// next. It is the same for normal work and after a crash: leaves that were
// written without their head are written again.
func (t *Tree) Extend(leaves []docket.TreeLeaf, at docket.Instant) (docket.TreeHead, error) {
	if err := t.extend(leaves, at); err != nil {
		return docket.TreeHead{}, fmt.Errorf("extend the tree: %w", err)
	}
	return t.head, nil
}

func (t *Tree) extend(leaves []docket.TreeLeaf, at docket.Instant) error {
	// A copy: the tree stands as it did until the new head is on disk.
	next, err := docket.Resume(t.frontier.Size(), t.frontier.Roots())
	if err != nil {
		return err
	}
	var records bytes.Buffer
	for _, l := range leaves {
		if l.Number != next.Size() {
			return fault.New(fault.Unsound, "tlog.leaf-order", "leaf", l.Number, "expected", next.Size())
		}
		record := fmt.Sprintf("%d %s %s", l.Number, l.Hash, l.Ref)
		if len(record) >= recordSize {
			return fault.New(fault.Invalid, "tlog.leaf-long", "leaf", l.Number)
		}
		fmt.Fprintf(&records, "%-*s\n", recordSize-1, record)
		next.Append(l.Hash)
	}
	at0 := t.frontier.Size() * recordSize
	if err := t.leaves.Truncate(at0); err != nil {
		return err
	}
	if _, err := t.leaves.WriteAt(records.Bytes(), at0); err != nil {
		return err
	}
	if err := t.leaves.Sync(); err != nil {
		return err
	}
	line := headLine{TreeHead: docket.TreeHead{Size: next.Size(), Root: next.Root(), Instant: at}, Subtrees: next.Roots()}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if _, err := t.heads.Write(append(text, '\n')); err != nil {
		return err
	}
	if err := t.heads.Sync(); err != nil {
		return err
	}
	t.frontier, t.head = next, line.TreeHead
	return nil
}

// Leaves are the leaves up to the head, from a number on.
func (t *Tree) Leaves(from int64) iter.Seq2[docket.TreeLeaf, error] {
	return func(yield func(docket.TreeLeaf, error) bool) {
		section := io.NewSectionReader(t.leaves, from*recordSize, max(0, t.head.Size-from)*recordSize)
		lines := bufio.NewReaderSize(section, 1<<16)
		record := make([]byte, recordSize)
		for n := from; n < t.head.Size; n++ {
			_, err := io.ReadFull(lines, record)
			var leaf docket.TreeLeaf
			if err == nil {
				leaf, err = parseRecord(record, n)
			}
			if !yield(leaf, err) || err != nil {
				return
			}
		}
	}
}

func parseRecord(record []byte, n int64) (docket.TreeLeaf, error) {
	leaf := docket.TreeLeaf{Number: n}
	var number int64
	var hash, ref string
	if _, err := fmt.Sscanf(string(record), "%d %s %s", &number, &hash, &ref); err != nil || number != n {
		return leaf, fault.New(fault.Unsound, "tlog.leaf-unreadable", "leaf", n)
	}
	if err := leaf.Hash.UnmarshalText([]byte(hash)); err != nil {
		return leaf, fault.New(fault.Unsound, "tlog.leaf-unreadable", "leaf", n)
	}
	return leaf, leaf.Ref.UnmarshalText([]byte(ref))
}

// Heads are all the heads, oldest first.
func (t *Tree) Heads() iter.Seq2[docket.TreeHead, error] {
	return func(yield func(docket.TreeHead, error) bool) {
		f, err := os.Open(filepath.Join(t.folder, "heads"))
		if err != nil {
			yield(docket.TreeHead{}, err)
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var h headLine
			if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
				yield(docket.TreeHead{}, fault.New(fault.Unsound, "tlog.head-unreadable", "file", f.Name(), "why", err))
				return
			}
			if h.Size > t.head.Size {
				return // written beside us, after we opened
			}
			if !yield(h.TreeHead, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(docket.TreeHead{}, err)
		}
	}
}

// Close gives the files free.
func (t *Tree) Close() error {
	errs := []error{t.leaves.Close()}
	if t.heads != nil {
		errs = append(errs, t.heads.Close())
	}
	return errors.Join(errs...)
}
