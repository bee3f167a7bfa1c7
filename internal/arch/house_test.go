package arch

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// house is loaded once for all the tests.
var house = sync.OnceValues(func() ([]Package, error) {
	const root = "../.."
	if err := lookIntoEveryFolder(root); err != nil {
		return nil, err
	}
	return Load(root)
})

// lookIntoEveryFolder tells go test on what these tests depend. What go list
// reads it doesn't see, and it would answer "ok (cached)" after somebody had
// opened a new room.
func lookIntoEveryFolder(root string) error {
	return filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // another test's file, gone meanwhile
			return nil
		case err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "..":
			return fs.SkipDir
		}
		return err
	})
}

func loaded(t *testing.T) []Package {
	t.Helper()
	packages, err := house()
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 3 {
		t.Fatalf("only %d packages were found: the rules would hold for nothing", len(packages))
	}
	return packages
}

func TestRoomsKnowOnlyWhatTheyMay(t *testing.T) {
	for _, b := range ImportBreaches(Rooms, loaded(t)) {
		t.Error(b)
	}
}

func TestTheRulesOfTheHouse(t *testing.T) {
	for _, r := range Rules {
		t.Run(r.Name, func(t *testing.T) {
			for _, b := range r.Check(loaded(t)) {
				t.Errorf("%s\n\twhy: %s", b, r.Why)
			}
		})
	}
}

// The table itself: each room has one row and a reason, and no row lets two
// rooms know each other, directly or by way of others.
func TestTheImportTableIsSound(t *testing.T) {
	rows := make(map[string]Room, len(Rooms))
	for _, r := range Rooms {
		if _, twice := rows[r.Path]; twice || r.Why == "" {
			t.Errorf("%s: has a second row, or no reason", r.Path)
		}
		rows[r.Path] = r
	}
	var visit func(path string, way []string)
	visit = func(path string, way []string) {
		if slices.Contains(way, path) {
			t.Fatalf("rooms know each other: %s -> %s", strings.Join(way, " -> "), path)
		}
		r, ok := rows[path]
		if !ok {
			t.Errorf("%s may know %s, which has no row", way[len(way)-1], path)
		}
		for _, known := range r.Knows {
			if known != "..." {
				visit(known, append(slices.Clone(way), path))
			}
		}
	}
	for _, r := range Rooms {
		visit(r.Path, nil)
	}
	for _, r := range Rooms {
		for _, known := range r.Knows {
			if r.Pure && known != "..." && !rows[known].Pure {
				t.Errorf("%s is pure and may know %s, which is not", r.Path, known)
			}
		}
	}
}
