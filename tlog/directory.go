package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Directory publishes into a folder, as static files that any web server can
// give out: everybody may read them, the owner alone writes. The folder is
// made when the first file is put. No name and no symbolic link leads out.
func Directory(path string) Files { return &directory{path: path} }

type directory struct {
	path string
	// standing are the folders whose names are on disk, as far as this process
	// has seen to it: each is synced upwards once, and not with every file.
	standing sync.Map
}

// passing is where a file is written before it has its name.
const passing = ".writing-"

// in opens the folder, does the work, and says what it was about.
func (d *directory) in(name string, work func(*os.Root) error) error {
	if err := checkName(name); err != nil {
		return err
	}
	root, err := os.OpenRoot(d.path)
	if err == nil {
		err = errors.Join(work(root), root.Close())
	} else if info, _ := os.Stat(d.path); info != nil && !info.IsDir() {
		// What OpenRoot says then is a text that nothing can be told by.
		err = &fs.PathError{Op: "open", Path: d.path, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(d.path, filepath.FromSlash(name)), err)
	}
	return nil
}

func (d *directory) Get(_ context.Context, name string) (content []byte, err error) {
	err = d.in(name, func(root *os.Root) error {
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		content, err = readAll(f, name)
		return errors.Join(err, f.Close())
	})
	return content, err
}

func (d *directory) Put(_ context.Context, name string, content []byte) error {
	return d.write(name, content, (*os.Root).Rename)
}

func (d *directory) Create(ctx context.Context, name string, content []byte) error {
	err := d.write(name, content, func(root *os.Root, from, to string) error {
		err := root.Link(from, to) // unlike a rename, it never replaces
		return errors.Join(err, root.Remove(from))
	})
	if errors.Is(err, fs.ErrExist) {
		was, err := d.Get(ctx, name)
		if err != nil {
			return err
		}
		if err := sameContent(was, content, name); err != nil {
			return err
		}
		// It may have been written by one who was stopped before the folder
		// was on disk.
		return d.in(name, func(root *os.Root) error { return d.syncUpwards(root, path.Dir(name)) })
	}
	return err
}

// write puts the content beside the place, on disk, and then into it.
func (d *directory) write(name string, content []byte, into func(root *os.Root, from, to string) error) error {
	if err := d.stand(); err != nil {
		return err
	}
	return d.in(name, func(root *os.Root) error {
		folder := path.Dir(name)
		if _, err := root.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			d.standing.Clear() // it is new, or somebody has removed it
		}
		if err := root.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		// One process publishes, so that one name for each place is enough,
		// and what a crash leaves is written over.
		from := path.Join(folder, passing+path.Base(name))
		f, err := root.OpenFile(from, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = f.Write(content)
		if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
			return errors.Join(err, root.Remove(from))
		}
		if err := into(root, from, name); err != nil {
			return err
		}
		return d.syncUpwards(root, folder)
	})
}

// stand makes the folder itself, with a name that is on disk.
func (d *directory) stand() error {
	if _, err := os.Stat(d.path); errors.Is(err, fs.ErrNotExist) {
		d.standing.Clear()
	}
	if _, stands := d.standing.Load("."); stands {
		return nil
	}
	if err := makeFolder(d.path, 0o755); err != nil {
		return err
	}
	d.standing.Store(".", true)
	return nil
}

// syncUpwards makes a folder's names durable, and its own name.
func (d *directory) syncUpwards(root *os.Root, folder string) error {
	f, err := root.Open(folder)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if _, stands := d.standing.Load(folder); stands || folder == "." {
		return nil
	}
	if err := d.syncUpwards(root, path.Dir(folder)); err != nil {
		return err
	}
	d.standing.Store(folder, true)
	return nil
}

func (d *directory) Delete(_ context.Context, name string) error {
	err := d.in(name, func(root *os.Root) error {
		if err := root.Remove(name); err != nil {
			return err
		}
		// The folder goes with the last of its files; one that holds others
		// says so and stays.
		folder := path.Dir(name)
		for folder != "." && root.Remove(folder) == nil {
			d.standing.Delete(folder)
			folder = path.Dir(folder)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d *directory) List(_ context.Context, folder string) (names []string, err error) {
	folder = strings.TrimSuffix(folder, "/")
	err = d.in(folder, func(root *os.Root) error {
		return fs.WalkDir(root.FS(), folder, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasPrefix(entry.Name(), passing) {
				names = append(names, name)
			}
			return err
		})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}
