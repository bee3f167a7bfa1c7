package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/installation"
)

// What lies on a machine's own disk and is past its time goes from there, also where
// another machine did the day's job that removes such things: letters in clear, and
// copies of keys, by which somebody who was erased would stay readable.
func TestEachMachineRemovesWhatIsPastItsTimeFromItsOwnDisk(t *testing.T) {
	m, ctx := newMachines(t), context.Background()
	m.check(m.there.Close())
	m.bin.must(t, m.dir, "keys", "backup-store", "--days", "20")
	copies, err := filepath.Glob(filepath.Join(m.dir, "register.keys", "backups", "keystore-*.db"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("copies of the key store: %v, %v", copies, err)
	}
	old := filepath.Join(filepath.Dir(copies[0]), "keystore-"+time.Now().AddDate(0, 0, -40).Format(time.DateOnly)+".db")
	m.check(os.Rename(copies[0], old))
	letter, err := m.office.Out("letter", ".html", func(w io.Writer) error {
		_, err := io.WriteString(w, "Olena, 3 Quay Lane")
		return err
	})
	m.check(err)
	m.check(os.Chtimes(letter, time.Time{}, time.Now().AddDate(0, 0, -8)))
	m.check(m.office.Close())

	m.there = m.opened(m.other) // the day's jobs come to this one
	_, err = m.there.Jobs().Due(ctx)
	m.check(err)
	left := func() (names []string) {
		for _, path := range []string{letter, old} {
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				names = append(names, filepath.Base(path))
			}
		}
		return names
	}
	if len(left()) != 2 {
		t.Fatalf("the other machine reaches this one's disk: %v are left", left())
	}
	m.office = m.opened(m.dir)
	if len(left()) != 1 {
		t.Errorf("whoever opens the installation to act leaves %v", left())
	}
	tending, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	go func() {
		for len(left()) > 0 && tending.Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		stop()
	}()
	m.office.Tend(tending, installation.Tending{})
	if len(left()) > 0 {
		t.Errorf("left on the disk: %v", left())
	}
}
