package installation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// serving stands in the lock of chancery serve. One that has the installation alone
// carries out the commands of others.
const serving = "serve"

// own takes the data directory, heads and log: alone, or where others may act on the
// same docket, beside them.
func (i *Installation) own(ctx context.Context, o Options, shared bool) (err error) {
	if i.lock = o.held; i.lock == nil {
		as, take := "", lock
		if o.Serving {
			as = serving
		}
		if shared {
			take = share
		}
		if i.lock, err = take(filepath.Join(i.Places.Data, lockFile), as); err != nil {
			return err
		}
	}
	if shared {
		if err := i.brokenOff(); err != nil {
			return err
		}
	}
	if err := i.readyForSeveral(ctx); err != nil {
		return err
	}
	i.held, err = i.holdLog(shared)
	return err
}

// holding are folders that are held until it is closed, or the process ends.
type holding []*os.File

// Close gives them free.
func (h holding) Close() (err error) {
	for _, f := range h {
		err = errors.Join(err, f.Close())
	}
	return err
}

// holdLog holds the folders of heads and log: alone, or beside those that share the
// docket. Two data directories that go on from one log would give it two histories,
// and the lock on each tells nothing of the other. What can't be opened or locked, on
// a file system that knows no such locks, isn't held: who needs it says what is wrong.
func (p Places) holdLog(shared bool) (held holding, err error) {
	hold := filelock.Alone
	if shared {
		hold = filelock.Beside
	}
	for _, folder := range []string{p.Heads, p.Log} {
		f, err := os.Open(folder) // a bucket's address is the name of none
		if err != nil {
			continue
		}
		held = append(held, f)
		if err := hold(f); errors.Is(err, filelock.ErrHeld) {
			return nil, errors.Join(fault.New(fault.Conflict, "installation.log-held", "folder", folder, "dir", p.Data), held.Close())
		}
	}
	return held, nil
}

// lock takes the installation for this process alone, and says in the file who
// has it. as is serving, or "".
func lock(path, as string) (*os.File, error) {
	f, err := taken(path, filelock.Alone)
	if err != nil {
		return nil, err
	}
	return signed(f, as)
}

// share takes the installation beside other processes that share it, so that
// nobody has it alone meanwhile. The file names none of them: each would write over
// another, and what the last one that had it alone left is no news. Each has a place
// in it locked instead, which the kernel gives free with the process, and says whose
// it is.
func share(path, as string) (*os.File, error) {
	f, err := taken(path, filelock.Beside)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the installation: %w", err), f.Close())
	}
	mine := syscall.Flock_t{Type: syscall.F_RDLCK, Start: placeOf(as), Len: 1}
	_ = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &mine) // without it nobody is named, and that is all
	return f, nil
}

// placeOf is the byte of the lock's file that those who share it lock, all who do
// the same work the same one.
func placeOf(as string) int64 {
	if as == serving {
		return 1
	}
	return 0
}

// sharer is a process that shares the installation and does such work; 0 where none
// does, or where it can't be told.
func sharer(f *os.File, as string) int {
	theirs := syscall.Flock_t{Type: syscall.F_WRLCK, Start: placeOf(as), Len: 1}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &theirs); err != nil || theirs.Type == syscall.F_UNLCK {
		return 0
	}
	return int(theirs.Pid)
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

// taken locks a file, alone or beside others, or says who has it.
func taken(path string, how func(*os.File) error) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the installation: %w", err)
	}
	err = how(f)
	if errors.Is(err, filelock.ErrHeld) {
		return nil, errors.Join(heldBy(f), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the installation: %w", err), f.Close())
	}
	return f, nil
}

// heldBy says who holds the installation: a command, which will be done soon, or
// chancery serve. A process that holds it alone stands in the file; those that share
// it the kernel knows.
func heldBy(f *os.File) error {
	text, _ := io.ReadAll(f) // what can't be read names nobody
	process, as, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if process != "" && as == serving {
		return fault.New(fault.Conflict, "installation.served", "process", process)
	}
	if process == "" {
		if serves := sharer(f, serving); serves > 0 {
			return fault.New(fault.Conflict, "installation.serving", "process", serves)
		}
		if other := sharer(f, ""); other > 0 {
			process = strconv.Itoa(other)
		}
	}
	return fault.New(fault.Conflict, "installation.locked", "process", process, "file", f.Name())
}
