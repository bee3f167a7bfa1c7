package shelf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// folder is a shelf on this machine:
//
//	ab/abcd…     an object
//	incoming/…   one that is being written; what a crash leaves there is nobody's
type folder struct{ at string }

const incoming = "incoming"

// Folder opens a shelf in a folder; one that isn't there is made when something
// is put into it. Nobody but its owner can read there.
func Folder(at string) Shelf { return &folder{at} }

func (f *folder) path(name string) string { return filepath.Join(f.at, name[:2], name) }

func (f *folder) Put(_ context.Context, write func(io.Writer) error) (name string, size int64, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("put evidence on the shelf %s: %w", f.at, err)
		}
	}()
	if err := f.furnish(incoming); err != nil {
		return "", 0, err
	}
	file, err := os.CreateTemp(filepath.Join(f.at, incoming), "")
	if err != nil {
		return "", 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	out := sum(file)
	if err := errors.Join(write(out), file.Sync(), file.Close()); err != nil {
		return "", 0, err
	}
	name = out.name()
	if err := f.furnish(name[:2]); err != nil {
		return "", 0, err
	}
	if err := os.Rename(file.Name(), f.path(name)); err != nil {
		return "", 0, err
	}
	return name, out.n, syncFolder(filepath.Join(f.at, name[:2]))
}

// furnish makes a folder on the shelf, durably.
func (f *folder) furnish(name string) error {
	at := filepath.Join(f.at, name)
	if _, err := os.Stat(at); err == nil {
		return nil
	}
	if err := os.MkdirAll(at, 0o700); err != nil {
		return err
	}
	return errors.Join(syncFolder(f.at), syncFolder(filepath.Dir(f.at)))
}

func syncFolder(at string) error {
	f, err := os.Open(at)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (f *folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	file, err := os.Open(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(name)
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (f *folder) Remove(_ context.Context, names ...string) error {
	var failed error
	for _, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
		if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

func (f *folder) Old(ctx context.Context, before time.Time) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ended := errors.New("enough")
		err := filepath.WalkDir(f.at, func(path string, d fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil || d.IsDir() {
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			}
			name := d.Name()
			if strings.Contains(path, string(filepath.Separator)+incoming+string(filepath.Separator)) {
				name = incoming + "/" + name
			} else if checkName(name) != nil {
				return nil
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if strings.HasPrefix(name, incoming) { // what a crash left
				return f.sweep(path, info)
			}
			if info.ModTime().Before(before) && !yield(name, nil) {
				return ended
			}
			return nil
		})
		if err != nil && !errors.Is(err, ended) {
			yield("", fmt.Errorf("look along the shelf %s: %w", f.at, err))
		}
	}
}
