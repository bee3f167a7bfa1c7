package installation

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/openchancery/chancery/internal/filelock"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store/sqlite"
)

// Rebuild folds the docket into a scratch database beside nothing that counts,
// compares, and removes it, and any that was left where somebody was killed.
func (i *Installation) Rebuild(ctx context.Context, v *office.Verified, progress office.Progress) (err error) {
	folder, err := filelock.NewPassing(i.Data, "rebuild-")
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	defer func() { err = errors.Join(err, folder.Remove()) }()
	scratch, err := sqlite.OpenScratch(ctx, filepath.Join(folder.Path, databaseFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	return i.Office.Rebuild(ctx, scratch, v, progress)
}
