package tlog

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// alonePatience is how long one process waits for another that writes the tree's
// files. A writing takes some milliseconds; one that takes longer was stopped in
// the middle, and the lock can't be had until it goes on or ends.
var alonePatience = 5 * time.Second

// alone locks the heads for this process.
func (t *Tree) alone() (unlock func() error, err error) {
	f, ok := t.heads.(*os.File)
	if !ok {
		return func() error { return nil }, nil
	}
	for deadline := time.Now().Add(alonePatience); ; time.Sleep(10 * time.Millisecond) {
		err := filelock.Alone(f)
		switch {
		case err == nil:
			return func() error { return filelock.Free(f) }, nil
		case !errors.Is(err, filelock.ErrHeld):
			return nil, fmt.Errorf("lock the tree: %w", err)
		case time.Now().After(deadline):
			return nil, fault.New(fault.Conflict, "tlog.tree-held", "file", f.Name())
		}
	}
}
