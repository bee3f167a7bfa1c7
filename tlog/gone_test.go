package tlog_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/tlog"
)

// A tree is gone when not one of its files is there, of whatever level; what lies
// there beside them, and older partial tiles, are none of its files.
func TestATreeIsGoneWhenNoFileOfItIsThere(t *testing.T) {
	for _, c := range []struct {
		size   int64
		theirs []string
		others []string
	}{
		{1, []string{"tile/entries/000.p/1", "tile/0/000.p/1", "tile/0/000"}, []string{"checkpoint", "tile/0/000.p/2", "tile/1/000.p/1"}},
		{256, []string{"tile/entries/000", "tile/0/000", "tile/1/000.p/1"}, []string{"tile/0/000.p/255", "tile/0/001"}},
		{70_000, []string{"tile/entries/000", "tile/entries/273.p/112", "tile/0/272", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"}, []string{"tile/entries/274", "tile/1/001.p/16"}},
	} {
		look := func(name string) bool {
			folder := t.TempDir()
			path := filepath.Join(folder, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
			gone, err := tlog.Read(tlog.Directory(folder), nil).Gone(t.Context(), tlog.Checkpoint{Size: c.size})
			if err != nil {
				t.Fatal(err)
			}
			return gone
		}
		for _, name := range c.theirs {
			if look(name) {
				t.Errorf("%d leaves: gone, and %s is there", c.size, name)
			}
		}
		for _, name := range c.others {
			if !look(name) {
				t.Errorf("%d leaves: there for %s, which is none of its files", c.size, name)
			}
		}
	}
}
