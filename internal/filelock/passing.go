package filelock

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Passing is a folder for what nobody needs once its work is done. Who made it
// removes it; where that one was killed, whoever makes the next one does.
type Passing struct {
	Path string
	lock *os.File
}

// NewPassing makes one in another folder ("" is the system's for such), by a name
// that begins so, and removes those of the same beginning whose makers are gone.
func NewPassing(in, begin string) (*Passing, error) {
	in = cmp.Or(in, os.TempDir())
	removeLeft(in, begin)
	for {
		path, err := os.MkdirTemp(in, begin)
		if err != nil {
			return nil, err
		}
		lock, err := os.Open(path)
		if err == nil {
			err = Alone(lock)
		}
		if err == nil {
			_, err = os.Stat(path)
		}
		switch {
		case err == nil:
			return &Passing{path, lock}, nil
		case errors.Is(err, ErrHeld) || errors.Is(err, fs.ErrNotExist): // another took it for left, before it was locked
			_ = lock.Close()
		default:
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), lock.Close(), os.RemoveAll(path))
		}
	}
}

// Become makes it a folder that stays, by another name beside it.
func (p *Passing) Become(path string) error {
	if err := os.Rename(p.Path, path); err != nil {
		return err
	}
	return p.lock.Close()
}

// Remove removes the folder with all that is in it.
func (p *Passing) Remove() error { return errors.Join(os.RemoveAll(p.Path), p.lock.Close()) }

// removeLeft removes what the killed left. What somebody has, or another user owns,
// stays.
func removeLeft(in, begin string) {
	entries, err := os.ReadDir(in)
	if err != nil {
		return // whoever makes a folder there is told
	}
	for _, e := range entries {
		number, named := strings.CutPrefix(e.Name(), begin)
		if !e.IsDir() || !named || number == "" || strings.Trim(number, "0123456789") != "" { // MkdirTemp adds digits
			continue
		}
		path := filepath.Join(in, e.Name())
		lock, err := os.Open(path)
		if err != nil {
			continue // gone, or not ours
		}
		if Alone(lock) == nil {
			_ = os.RemoveAll(path)
		}
		_ = lock.Close()
	}
}
