package installation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// makePrivate makes a folder that its owner alone may look into, or makes the
// empty one that is there such a folder. Its name is on disk when it returns,
// and so are the names of folders above it that had to be made.
func makePrivate(folder string) error {
	above := []string{filepath.Dir(folder)}
	for _, err := os.Stat(above[0]); errors.Is(err, fs.ErrNotExist); _, err = os.Stat(above[0]) {
		above = append([]string{filepath.Dir(above[0])}, above...)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return fmt.Errorf("keep folder to its owner: %w", err)
	}
	for _, at := range above {
		if err := syncFolder(at); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
	}
	return nil
}

// writeWhole writes a file that its owner alone may read: after a crash it is
// there whole, or not at all.
func writeWhole(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-") // with mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
