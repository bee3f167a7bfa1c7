package shelf

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// abandonedAfter is when nobody writes any more at what lies under incoming.
const abandonedAfter = 24 * time.Hour

// sweep removes what a crash left half written.
func (f *folder) sweep(path string, info fs.FileInfo) error {
	if time.Since(info.ModTime()) < abandonedAfter {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
