package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// Bytes that rest go bad: flipped, cut off, zeroed, or those of another place,
// in every file of an installation. Verify says so and names the place, or
// nothing that the tables hold has changed; neither it nor doctor dies or hangs.
func TestBytesGoBad(t *testing.T) {
	chance, look, root := faulttest.Chance(t), startAsking(t, "-look"), ground(t)
	dir := filepath.Join(root, "register")
	if l := traced(t, faulttest.Trace{Root: root}); l.Code != 0 {
		t.Fatal(l.errs)
	}
	var good looked
	look.about("nothing", question{Dir: dir}, &good)
	if good.noticed() {
		t.Fatalf("undamaged: %+v", good)
	}
	for _, sort := range []struct {
		what, files string
		step, most  int
	}{
		{"the database", "register/chancery.db", 64, 25},
		{"the published log: tiles, bundles, checkpoint", "register.log/*", 1, 6},
		{"the tree and the checkpoint outside the database", "register.heads/*", 4, 8},
		{"the key store", "register.keys/keystore.db", 64, 10},
	} {
		tried, survived, kept := 0, 0, map[string]int{}
		for _, file := range filesOf(t, root, sort.files) {
			path := filepath.Join(root, file)
			was, err := os.ReadFile(path)
			must(t, err)
			for _, d := range faulttest.Damages(chance, len(was), sort.step, sort.most) {
				bad := d.Of(was)
				if slices.Equal(bad, was) {
					continue
				}
				must(t, os.WriteFile(path, bad, 0o600))
				var l looked
				look.about(file+": "+d.What, question{Dir: dir}, &l)
				changed := l.differs(good)
				if only := strings.Join(changed, ", "); !l.noticed() && len(changed) > 0 && allKept(changed) {
					kept[only]++
					continue
				}
				tried++
				if l.noticed() || len(changed) == 0 && !strings.HasPrefix(file, "register.log") {
					survived++
				} else {
					t.Errorf("%s: %s, and nobody says so; changed: %v", file, d.What, changed)
				}
			}
			must(t, os.WriteFile(path, was, 0o600))
		}
		if len(kept) > 0 {
			t.Logf("%s: not noticed, where nothing outside vouches for the rows: %v", sort.what, kept)
		}
		faulttest.Tried(t, 5, "bytes flipped, cut, zeroed or misplaced in "+sort.what, tried, survived)
	}
}

// differs are the tables whose rows are others.
func (l looked) differs(good looked) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(good.Tables)) {
		if l.Tables[name] != good.Tables[name] {
			list = append(list, name)
		}
	}
	return list
}

func allKept(tables []string) bool {
	return !slices.ContainsFunc(tables, func(name string) bool { return !strings.HasPrefix(name, "kept ") })
}

// filesOf are the files of an installation, one or all that lie in a folder.
func filesOf(t *testing.T, root, which string) (list []string) {
	t.Helper()
	folder, all := strings.CutSuffix(which, "/*")
	if !all {
		return []string{which}
	}
	must(t, filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, err := d.Info()
			if err == nil && info.Size() > 0 && !passed(path) {
				name, _ := filepath.Rel(root, path)
				list = append(list, name)
			}
		}
		return err
	}))
	return list
}

// passed reports whether a file is a partial tile of a size that its tile has
// passed: it stays for who reads by an older checkpoint, and the newest rests on
// none of it.
func passed(path string) bool {
	size, err := strconv.Atoi(filepath.Base(path))
	if err != nil || !strings.HasSuffix(filepath.Dir(path), ".p") {
		return false
	}
	others, _ := os.ReadDir(filepath.Dir(path))
	return slices.ContainsFunc(others, func(other os.DirEntry) bool {
		n, err := strconv.Atoi(other.Name())
		return err == nil && n > size
	})
}
