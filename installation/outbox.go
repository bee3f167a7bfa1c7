package installation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/openchancery/chancery/fault"
)

// What is made to be printed, mailed or taken elsewhere holds what people told
// us, in clear. It lies in one folder beside the data, which only the
// installation's own user may look into, and is gone after some days: who needs
// it later has it made again.

// OutboxDays is how long a file lies in the outbox.
const OutboxDays = 7

// Outbox is the folder of what goes out. It is in no backup.
func (p Places) Outbox() string { return filepath.Clean(p.Data) + ".outbox" }

// notInOutbox refuses a folder in the outbox, or around it, for what is to stay: a job
// removes what lies there.
func (p Places) notInOutbox(folder string) error {
	at, err := real(folder)
	if err != nil {
		return err
	}
	outbox, err := real(p.Outbox())
	if err == nil && (within(at, outbox) || within(outbox, at)) {
		err = fault.New(fault.Invalid, "installation.in-outbox", "folder", folder, "outbox", p.Outbox(), "days", OutboxDays)
	}
	return err
}

// Out writes a file for the outbox, under a name that begins and ends as asked
// and is nobody else's, and answers its path. A write that fails leaves nothing.
func (p Places) Out(begins, ends string, write func(io.Writer) error) (path string, err error) {
	if _, err := p.OpenOutbox(); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(p.Outbox(), begins+"-*"+ends) // of mode 0600
	if err != nil {
		return "", fmt.Errorf("write to the outbox: %w", err)
	}
	err = write(f)
	err = errors.Join(err, f.Close())
	if err != nil {
		return "", errors.Join(fmt.Errorf("write to the outbox: %w", err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// OpenOutbox makes the outbox where it is missing, and answers its path.
func (p Places) OpenOutbox() (string, error) {
	if err := makePrivate(p.Outbox()); err != nil {
		return "", err
	}
	return p.Outbox(), p.checkOutbox()
}

// checkOutbox refuses a folder that others can look into.
func (p Places) checkOutbox() error {
	info, err := os.Lstat(p.Outbox())
	if err != nil {
		return fmt.Errorf("open the outbox: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return fault.New(fault.Invalid, "installation.outbox-open", "folder", p.Outbox())
	}
	return nil
}

// ClearOutbox removes what has lain in the outbox for OutboxDays: a schedule
// calls it.
func (i *Installation) ClearOutbox(context.Context) error {
	entries, err := os.ReadDir(i.Outbox())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("clear the outbox: %w", err)
	}
	before := i.Office.Now().Add(-OutboxDays * 24 * time.Hour)
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().After(before) {
			continue
		}
		errs = append(errs, err, os.RemoveAll(filepath.Join(i.Outbox(), e.Name())))
	}
	return errors.Join(errs...)
}
