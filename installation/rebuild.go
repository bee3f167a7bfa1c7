package installation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/openchancery/chancery/internal/filelock"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store/sqlite"
)

// A scratch database is as large as the tables. One that a process left which was killed
// goes with the next rebuild; one that somebody works on is held, and what is younger than
// scratchMade may be about to be.
const (
	scratchFolder = "rebuild-"
	scratchMade   = time.Minute
)

var scratchForm = regexp.MustCompile("^" + scratchFolder + `\d+$`)

// Rebuild folds the docket into a scratch database beside nothing that counts,
// compares, and removes it.
func (i *Installation) Rebuild(ctx context.Context, v *office.Verified, progress office.Progress) (err error) {
	if err := i.clearScratch(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(i.Data, scratchFolder)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if held, err := os.Open(folder); err == nil { // where it can't be held it is young enough for a while
		defer held.Close()
		_ = filelock.Alone(held)
	}
	scratch, err := sqlite.OpenScratch(ctx, filepath.Join(folder, databaseFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	return i.Office.Rebuild(ctx, scratch, v, progress)
}

// clearScratch removes what killed rebuilds left.
func (i *Installation) clearScratch() (err error) {
	entries, err := os.ReadDir(i.Data)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	for _, e := range entries {
		info, gone := e.Info()
		if gone != nil || !info.IsDir() || !scratchForm.MatchString(e.Name()) || time.Since(info.ModTime()) < scratchMade {
			continue
		}
		folder := filepath.Join(i.Data, e.Name())
		held, gone := os.Open(folder)
		if gone != nil {
			continue
		}
		if filelock.Alone(held) == nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
		err = errors.Join(err, held.Close())
	}
	return err
}
