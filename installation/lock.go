package installation

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/openchancery/chancery/fault"
)

// lock takes the installation for this process alone, and says in the file who
// has it.
func lock(path string) (*os.File, error) {
	f, err := flock(path, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

// share takes the installation beside other processes that share it, so that
// nobody has it alone meanwhile.
func share(path string) (*os.File, error) { return flock(path, syscall.LOCK_SH) }

// flock locks a file, or says who has it. The kernel gives it free when the
// process ends, however it ends.
func flock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the installation: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, readErr := os.ReadFile(path)
		who := strings.TrimSpace(string(holder))
		if readErr != nil || who == "" {
			who = "?"
		}
		return nil, errors.Join(fault.New(fault.Conflict, "installation.locked", "process", who, "file", path), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the installation: %w", err), f.Close())
	}
	return f, nil
}
