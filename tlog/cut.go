package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Cut takes the tree in a folder back to a smaller size, after a disaster from
// which the database came back older. What it was is kept beside it, under the
// name of the epoch that ends: leaves.NAME and heads.NAME. Nobody may have the
// tree open. After a crash it is given again.
func Cut(folder, name string, size int64, at docket.Instant) (err error) {
	t, err := Open(folder, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	head := t.Head()
	if size > head.Size {
		return fault.New(fault.Invalid, "tlog.cut-beyond", "size", size, "head", head.Size)
	}
	if size == head.Size {
		return nil // it was cut already, or nothing is lost
	}
	for _, file := range []string{"leaves", "heads"} {
		if err := keepCopy(filepath.Join(folder, file), filepath.Join(folder, file+"."+name)); err != nil {
			return fmt.Errorf("keep the tree as it was: %w", err)
		}
	}
	heads, err := t.headsUpTo(size, at)
	if err != nil {
		return err
	}
	// The heads decide what the tree is: leaves beyond them are written over.
	return replaceFile(filepath.Join(folder, "heads"), heads)
}

// headsUpTo are the lines of all heads up to a size, with one of that very
// size as the last.
func (t *Tree) headsUpTo(size int64, at docket.Instant) ([]byte, error) {
	var frontier docket.Frontier
	for leaf, err := range t.Leaves(0) {
		if err != nil {
			return nil, err
		}
		if leaf.Number == size {
			break
		}
		frontier.Append(leaf.Hash)
	}
	var text []byte
	var last int64
	all := make([]byte, t.end)
	if _, err := t.heads.ReadAt(all, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	for line := range bytes.Lines(all) {
		h, err := parseHead(line, t.heads.Name())
		if err != nil {
			return nil, err
		}
		if h.Size > size {
			break
		}
		text, last = append(text, line...), h.Size
	}
	if last == size {
		return text, nil
	}
	line, err := headLine{TreeHead: docket.TreeHead{Size: size, Root: frontier.Root(), Instant: at}, Subtrees: frontier.Roots()}.text()
	return append(text, line...), err
}

// keepCopy copies a file under a new name, whole or not at all; a copy that is
// there stays.
func keepCopy(from, to string) error {
	if _, err := os.Lstat(to); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	content, err := os.Open(from)
	if err != nil {
		return err
	}
	defer content.Close()
	return replaceBy(to, func(f io.Writer) error {
		_, err := io.Copy(f, content)
		return err
	})
}

func replaceFile(path string, content []byte) error {
	return replaceBy(path, func(f io.Writer) error {
		_, err := f.Write(content)
		return err
	})
}

// replaceBy writes a file beside the path and puts it in its place once it is
// on disk.
func replaceBy(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = write(f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
