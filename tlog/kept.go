package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// Kept is the newest signed checkpoint, in a place that the database's backups
// do not reach. It is changed by compare-and-swap alone: of two that publish
// at once, one is refused before anything of its is seen.
type Kept interface {
	// Load is the checkpoint, nil before the first.
	Load(ctx context.Context) ([]byte, error)
	// Swap puts next in the place of old; where another stands, it is a fault
	// (Conflict) and nothing is changed.
	Swap(ctx context.Context, old, next []byte) error
}

// KeptFile keeps the checkpoint in a file. Its folder must be there.
func KeptFile(path string) Kept { return keptFile(path) }

type keptFile string

func (k keptFile) Load(context.Context) ([]byte, error) {
	text, err := os.ReadFile(string(k))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

func (k keptFile) Swap(ctx context.Context, old, next []byte) (err error) {
	unlock, err := lockFile(string(k) + ".lock")
	if err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	stands, err := k.Load(ctx)
	if err != nil {
		return err
	}
	if string(stands) != string(old) {
		return fault.New(fault.Conflict, "tlog.kept-changed", "file", string(k))
	}
	from := string(k) + ".writing"
	f, err := os.OpenFile(from, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	_, err = f.Write(next)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	if err := os.Rename(from, string(k)); err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	return syncFolder(filepath.Dir(string(k)))
}

// lockFile waits until the file is this one's alone.
func lockFile(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := filelock.WaitAlone(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
