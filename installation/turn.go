package installation

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/openchancery/chancery/fault"
)

// turns gives out the turn to sequence and publish, where several processes act
// on one docket.
type turns interface {
	// Turn takes the turn, unless another process has it. The database gives it
	// free when the process ends, or its connection.
	Turn(ctx context.Context) (end func() error, mine bool, err error)
}

// turn is office.Turn of an installation that several processes share. The
// database says whose turn it is, on all machines; the lock on the heads says so
// on this one, even where the database was changed over meanwhile.
func (i *Installation) turn(database turns) func(context.Context) (func() error, bool, error) {
	return func(ctx context.Context) (func() error, bool, error) {
		end, mine, err := database.Turn(ctx)
		if err != nil || !mine {
			return nil, false, err
		}
		heads, err := lockHeads(i.Heads)
		if err == nil {
			err = i.tree.Reread() // as the last one left it
			if err == nil {
				return func() error { return errors.Join(heads.Close(), end()) }, true, nil
			}
			err = errors.Join(err, heads.Close())
		}
		err = errors.Join(err, end())
		if fault.Code(err) == "installation.locked" {
			return nil, false, nil
		}
		return nil, false, err
	}
}

// lockHeads takes the tree's files for this process.
func lockHeads(folder string) (*os.File, error) {
	return flock(filepath.Join(folder, "origin"), syscall.LOCK_EX)
}
