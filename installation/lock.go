package installation

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/openchancery/chancery/fault"
)

// serving stands in the lock of a process that carries out the commands of
// others.
const serving = "serve"

// lock takes the installation for this process alone, and says in the file who
// has it. as is serving, or "".
func lock(path, as string) (*os.File, error) {
	f, err := flock(path, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return signed(f, as)
}

// share takes the installation beside other processes that share it, so that
// nobody has it alone meanwhile. The file names who took it last: none of them
// carries out the commands of others, and what one left that did is no news.
func share(path, _ string) (*os.File, error) {
	f, err := flock(path, syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	return signed(f, "")
}

// signed writes into a lock who has it, over what the last one wrote.
func signed(f *os.File, as string) (*os.File, error) {
	line := strings.TrimSpace(fmt.Sprintf("%d %s", os.Getpid(), as)) + "\n"
	err := f.Truncate(0)
	if err == nil {
		_, err = f.WriteString(line)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the installation: %w", err), f.Close())
	}
	return f, nil
}

// flock locks a file, or says who has it. The kernel gives it free when the
// process ends, however it ends.
func flock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the installation: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(heldBy(path), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the installation: %w", err), f.Close())
	}
	return f, nil
}

// heldBy says who holds the installation: a command, which will be done soon,
// or chancery serve.
func heldBy(path string) error {
	text, _ := os.ReadFile(path) // what can't be read names nobody
	process, as, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if process == "" {
		process = "?"
	}
	if as == serving {
		return fault.New(fault.Conflict, "installation.served", "process", process)
	}
	return fault.New(fault.Conflict, "installation.locked", "process", process, "file", path)
}
