package tlog

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/openchancery/chancery/fault"
)

// alonePatience is how long one process waits for another that writes the tree's
// files. A writing takes some milliseconds; one that takes longer was stopped in
// the middle, and the lock can't be had until it goes on or ends.
var alonePatience = 5 * time.Second

// alone locks the heads for this process. The kernel gives the lock free when the
// process ends, however it ends.
func (t *Tree) alone() (unlock func() error, err error) {
	f, ok := t.heads.(*os.File)
	if !ok {
		return func() error { return nil }, nil
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("lock the tree: %w", err)
	}
	flock := func(how int) (err error) {
		return errors.Join(conn.Control(func(fd uintptr) { err = syscall.Flock(int(fd), how) }), err)
	}
	for deadline := time.Now().Add(alonePatience); ; time.Sleep(10 * time.Millisecond) {
		err := flock(syscall.LOCK_EX | syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() error { return flock(syscall.LOCK_UN) }, nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, fmt.Errorf("lock the tree: %w", err)
		case time.Now().After(deadline):
			return nil, fault.New(fault.Conflict, "tlog.tree-held", "file", f.Name())
		}
	}
}
