//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// There is no such file for Windows: its LockFileEx locks no folder, and the vault, heads
// and log are held by theirs.
const (
	alone     = syscall.LOCK_EX | syscall.LOCK_NB
	beside    = syscall.LOCK_SH | syscall.LOCK_NB
	waitAlone = syscall.LOCK_EX
	free      = syscall.LOCK_UN
)

// take asks the kernel, which holds a lock for the opened file and not for the
// process: two that open it in one process keep each other out.
func take(f *os.File, how int) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var asked error
	if err := conn.Control(func(fd uintptr) { asked = syscall.Flock(int(fd), how) }); err != nil {
		return err
	}
	if errors.Is(asked, syscall.EWOULDBLOCK) {
		return ErrHeld
	}
	return asked
}
