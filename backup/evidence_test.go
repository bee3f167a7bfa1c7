package backup_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/openchancery/chancery/backup"
)

// shelved is evidence of these contents, by the hash of each.
func shelved(contents map[string]string) *backup.Evidence {
	return &backup.Evidence{
		Names: func(context.Context) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				for _, name := range slices.Sorted(maps.Keys(contents)) {
					if !yield(name, nil) {
						return
					}
				}
			}
		},
		Open: func(_ context.Context, name string) (io.ReadCloser, error) {
			if contents[name] == "" {
				return nil, fs.ErrNotExist
			}
			return io.NopCloser(strings.NewReader(contents[name])), nil
		},
		Gone: func(err error) bool { return errors.Is(err, fs.ErrNotExist) },
	}
}

// What the disk of the backups made of a file that somebody sent is copied anew, and so
// are the blobs where their index is gone; what the register itself has lost or damaged
// keeps nothing else out of a backup.
func TestDamagedEvidenceIsCopiedAnewOrNamed(t *testing.T) {
	nameOf := func(content string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(content))) }
	content := strings.Repeat("a letter", 1000)
	name := nameOf(content)
	for _, c := range []struct {
		what             string
		damage           func(t *testing.T, object, dest string, on map[string]string)
		damaged, missing int64
		backups          int // after how many it is found
	}{
		{"nothing", func(*testing.T, string, string, map[string]string) {}, 0, 0, 1},
		{"cut short", func(t *testing.T, object, _ string, _ map[string]string) { must(t, os.Truncate(object, 100)) }, 1, 0, 1},
		{"gone", func(t *testing.T, object, _ string, _ map[string]string) { must(t, os.Remove(object)) }, 1, 0, 1},
		{"a byte flipped", func(t *testing.T, object, _ string, _ map[string]string) {
			must(t, os.WriteFile(object, []byte(strings.Replace(content, "l", "L", 1)), 0o600))
		}, 1, 0, 7},
		{"the index of blobs gone", func(t *testing.T, _, dest string, _ map[string]string) {
			must(t, os.Remove(filepath.Join(dest, "index-000001")))
		}, 1, 0, 1},
		{"gone from the shelf, and in the backup", func(_ *testing.T, _, _ string, on map[string]string) { on[name] = "" }, 0, 0, 1},
		{"gone from both", func(t *testing.T, object, _ string, on map[string]string) { must(t, os.Remove(object)); on[name] = "" }, 1, 1, 1},
		{"damaged on the shelf, and in no backup", func(_ *testing.T, _, _ string, on map[string]string) { on[nameOf("another")] = "anothre" }, 0, 1, 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, dest, on := opened(t), t.TempDir(), map[string]string{name: content, nameOf("more"): "more"}
			putBlobs(t, s, 0, 3)
			back := func() backup.Report {
				t.Helper()
				from := source(s)
				from.Evidence = shelved(on)
				r, err := backup.Write(t.Context(), dest, from, plain(0), 0, nil)
				must(t, err)
				return r
			}
			if first := back(); first.Objects != 2 || first.Damaged+first.Missing > 0 {
				t.Fatalf("%+v", first)
			}
			c.damage(t, filepath.Join(dest, "evidence", name[:2], name), dest, on)
			var damaged, missing, last int64
			for range c.backups {
				r := back()
				damaged, missing, last = damaged+r.Damaged, r.Missing, r.Number
			}
			if damaged != c.damaged || missing != c.missing {
				t.Errorf("%d damaged, %d missing; want %d, %d", damaged, missing, c.damaged, c.missing)
			}
			comesBack(t, dest, last, dump(t, s))
		})
	}
}

// badly is evidence of which some can't be read: at all, or only as far as a bad
// sector.
func badly(on map[string]string, at, amid string) *backup.Evidence {
	e := shelved(on)
	open := e.Open
	e.Open = func(ctx context.Context, name string) (io.ReadCloser, error) {
		switch on[name] {
		case at:
			return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EACCES}
		case amid:
			return io.NopCloser(io.MultiReader(strings.NewReader(amid[:3]), iotest.ErrReader(&fs.PathError{Op: "read", Path: name, Err: syscall.EIO}))), nil
		}
		return open(ctx, name)
	}
	return e
}

// A file that can't be read where it rests keeps nothing else out of a backup: it is
// named, and copied once it is read again. What an earlier backup has of it is kept.
func TestEvidenceThatCanNotBeReadIsNamedAndTheRestBackedUp(t *testing.T) {
	nameOf := func(content string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(content))) }
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 3)
	on := map[string]string{}
	for _, content := range []string{"well", "no right", "a bad sector"} {
		on[nameOf(content)] = content
	}
	back := func(e *backup.Evidence, objects int64, lacking ...string) {
		t.Helper()
		from := source(s)
		from.Evidence = e
		r, err := backup.Write(t.Context(), dest, from, plain(0), 0, nil)
		must(t, err)
		var named []string
		for _, l := range r.Lacking {
			named = append(named, on[l.Object])
		}
		slices.Sort(named)
		if r.Objects != objects || r.Unread != int64(len(lacking)) || r.Missing != 0 || !slices.Equal(named, lacking) {
			t.Errorf("backup %d: %d objects, %d unread, %d missing, named %q; want %d and %q", r.Number, r.Objects, r.Unread, r.Missing, named, objects, lacking)
		}
		comesBack(t, dest, r.Number, dump(t, s))
	}
	back(badly(on, "no right", "a bad sector"), 1, "a bad sector", "no right")
	back(badly(on, "", "a bad sector"), 2, "a bad sector")
	back(badly(on, "no right", "nothing"), 3)
	back(badly(on, "no right", "a bad sector"), 3)
}

// Where the shelf itself is away not every object is waited for.
func TestAShelfThatIsAwayIsNotAskedForEachObject(t *testing.T) {
	s, dest, on, asked := opened(t), t.TempDir(), map[string]string{}, 0
	for n := range 200 {
		content := fmt.Sprint("file ", n)
		on[fmt.Sprintf("%x", sha256.Sum256([]byte(content)))] = content
	}
	from := source(s)
	from.Evidence = shelved(on)
	from.Evidence.Open = func(context.Context, string) (io.ReadCloser, error) { asked++; return nil, syscall.ECONNREFUSED }
	r, err := backup.Write(t.Context(), dest, from, plain(0), 0, nil)
	must(t, err)
	if r.Unread != 200 || asked > 20 || len(r.Lacking) > 20 {
		t.Errorf("%d unread, asked %d times, %d named", r.Unread, asked, len(r.Lacking))
	}
}

// A disk of the backups that takes nothing more ends the backup: that is no fault of a
// file's.
func TestABackupEndsWhereItsOwnDiskFails(t *testing.T) {
	s, dest, content := opened(t), t.TempDir(), "a letter"
	name := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
	must(t, os.MkdirAll(filepath.Join(dest, "evidence"), 0o700))
	must(t, os.WriteFile(filepath.Join(dest, "evidence", name[:2]), nil, 0o600))
	from := source(s)
	from.Evidence = shelved(map[string]string{name: content})
	if r, err := backup.Write(t.Context(), dest, from, plain(0), 0, nil); err == nil {
		t.Errorf("made: %+v", r)
	}
}
