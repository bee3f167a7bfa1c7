package installation_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/filelock"
	"github.com/openchancery/chancery/office"
)

// A rebuild was killed and left its scratch database, as large as the tables. The next one
// removes that, and neither what another works on nor what somebody else put there.
func TestWhatAKilledRebuildLeftGoesWithTheNextOne(t *testing.T) {
	places := staffed(t)
	at := func(name string) string {
		folder := filepath.Join(places.Data, name)
		must(t, os.Mkdir(folder, 0o700))
		must(t, os.WriteFile(filepath.Join(folder, "chancery.db"), []byte("scratch"), 0o600))
		return folder
	}
	left, worked, notes := at("rebuild-1"), at("rebuild-3"), at("rebuild-notes")
	held, err := os.Open(worked)
	must(t, err)
	defer func() { _ = held.Close() }()
	must(t, filelock.Alone(held))
	i, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	defer func() { _ = i.Close() }()
	must(t, i.Rebuild(t.Context(), &office.Verified{}, nil))
	for folder, want := range map[string]bool{left: false, worked: true, notes: true} {
		_, err := os.Lstat(filepath.Join(folder, "chancery.db"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if there := err == nil; there != want {
			t.Errorf("%s is there: %t", folder, there)
		}
	}
	if all, err := filepath.Glob(filepath.Join(places.Data, "rebuild-*")); err != nil || len(all) != 2 {
		t.Errorf("%q, %v", all, err)
	}
}
