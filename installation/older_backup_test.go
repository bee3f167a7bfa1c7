package installation_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
	"github.com/openchancery/chancery/vault"
)

// asBefore is the content of a database in one without a table, as an older program
// had it.
func asBefore(t testing.TB, places installation.Places, without string) store.Store {
	t.Helper()
	now, err := sqlite.OpenReadOnly(filepath.Join(places.Data, "chancery.db"))
	must(t, err)
	defer func() { must(t, now.Close()) }()
	var old store.Store
	must(t, now.CopyOut(t.Context(), func(c store.Copier) error {
		columns := map[string][]string{}
		for _, table := range now.Tables() {
			if table.Name == without {
				continue
			}
			if columns[table.Name], err = c.Columns(table.Name); err != nil {
				return err
			}
		}
		if old, err = sqlite.OpenAs(t.Context(), filepath.Join(t.TempDir(), "old.db"), columns); err != nil {
			return err
		}
		for _, table := range old.Tables() {
			batch := store.NewBatch(old, table.Name, columns[table.Name])
			for row, err := range c.Rows(table.Name) {
				if err != nil {
					return err
				}
				if err := batch.Add(t.Context(), row); err != nil {
					return err
				}
			}
			if err := batch.Flush(t.Context()); err != nil {
				return err
			}
		}
		return nil
	}))
	t.Cleanup(func() { _ = old.Close() })
	return old
}

// unlike is a database whose tables are of no schema so far.
type unlike struct{ store.Store }

func (u unlike) Tables() []store.Table {
	return slices.DeleteFunc(slices.Clone(u.Store.Tables()), func(t store.Table) bool { return t.Name == "notes" })
}

// A backup that an older program made comes back in this one: its database is brought
// up to date as that program's own would be. One with a table that no program had so
// far is refused before anything is written.
func TestABackupOfAnOlderProgramComesBack(t *testing.T) {
	places, s := staffed(t), newSafe(t)
	before := publishedAll(t, opened(t, places))
	v, err := vault.Open(places.Keys, vault.Options{})
	must(t, err)
	defer func() { must(t, v.Close()) }()
	write := func(from store.Store) {
		t.Helper()
		_, err := backup.Write(t.Context(), s.folder, backup.Source{
			Store: from, Origin: logName, Log: "beside the data", Made: docket.At(time.Now()),
			Head:  docket.TreeHead{Size: before.Size, Root: before.Root},
			Still: func() error { return nil },
		}, backup.Seals{To: s.to.String(), Seal: func(w io.Writer) (io.WriteCloser, error) { return s.to.Seal(w) }, Mark: v.Lookup}, 0, nil)
		must(t, err)
	}
	write(asBefore(t, places, "sheets"))
	there := elsewhere(t, places)
	bring(t, places.Heads, there.Heads)
	bring(t, places.Log, there.Log)
	back, err := s.restore(there, nil)
	must(t, err)
	if back.Lost != 0 || back.Head.Root != before.Root {
		t.Errorf("%+v, was %s", back, before.Root)
	}
	publishedAll(t, opened(t, there))

	write(unlike{asBefore(t, places, "sheets")})
	nowhere := elsewhere(t, places)
	_, err = s.restore(nowhere, nil)
	wantCode(t, "of no program so far", err, "backup.schema")
	if _, err := os.Lstat(nowhere.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}
