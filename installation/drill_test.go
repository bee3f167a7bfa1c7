package installation_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// Whatever is done to the published files, verify says so, and they are written
// anew from the docket, the same byte for byte.
func TestDrillThePublishedFilesAreDamagedOrGone(t *testing.T) {
	places := staffed(t)
	i := opened(t, places)
	good := filesIn(t, places.Log)
	checked := func(what string, found bool) {
		t.Helper()
		v, err := i.Office.Verify(t.Context(), nil)
		must(t, err)
		if v.Sound() == found {
			t.Errorf("%s: verify found %+v", what, v.Findings)
		}
	}
	checked("untouched", false)
	harms := map[string]func() error{"all of it, removed": func() error { return os.RemoveAll(places.Log) }}
	newest := slices.DeleteFunc(slices.Sorted(maps.Keys(good)), func(path string) bool {
		return strings.Contains(path, ".p/") && !strings.HasSuffix(path, "/5") // older partial tiles are nobody's any more
	})
	if len(newest) != 3 {
		t.Fatalf("the newest files are %q", newest)
	}
	for _, path := range newest {
		file := filepath.Join(places.Log, path)
		harms[path+", removed"] = func() error { return os.Remove(file) }
		harms[path+", one byte changed"] = func() error {
			changed := slices.Clone(good[path])
			changed[len(changed)/2] ^= 1
			return os.WriteFile(file, changed, 0o644)
		}
		harms[path+", cut short"] = func() error { return os.Truncate(file, int64(len(good[path])/2)) }
	}
	for what, harm := range harms {
		must(t, harm())
		checked(what, true)
		_, err := i.Office.Republish(t.Context())
		must(t, err)
		checked(what+", and written anew", false)
		for path, content := range filesIn(t, places.Log) {
			if string(content) != string(good[path]) {
				t.Errorf("%s: %s is another after it was written anew", what, path)
			}
		}
	}
	must(t, i.Close())
	must(t, os.RemoveAll(places.Log))
	if found := complaints(t, places); found != "log:log.gone" {
		t.Errorf("without the published files doctor says %q", found)
	}
}

// The files of epochs that are over are missed, and written anew from the docket,
// the same byte for byte; only where leaves of one were lost it takes a mirror.
func TestDrillEarlierEpochsFilesAreGone(t *testing.T) {
	places := staffed(t)
	i := opened(t, places)
	for range 2 {
		_, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
		must(t, err)
		enter(t, i)
		_, err = i.Office.Publish(t.Context())
		must(t, err)
	}
	must(t, i.Close())
	if found := complaints(t, places); found != "" {
		t.Errorf("all there, and doctor says %q", found)
	}
	mirror := copyOf(t, places.Log)
	good := filesIn(t, places.Log)
	rebuilt := func() {
		t.Helper()
		must(t, os.RemoveAll(places.Log))
		if found := complaints(t, places); found != "log:log.epoch-gone log:log.epoch-gone log:log.gone" {
			t.Errorf("without all published files doctor says %q", found)
		}
		i := opened(t, places)
		_, err := i.Office.Republish(t.Context())
		must(t, err)
		must(t, i.Close())
	}
	rebuilt()
	if found := complaints(t, places); found != "" {
		t.Errorf("written anew, and doctor says %q", found)
	}
	back := filesIn(t, places.Log)
	for path, content := range good {
		if partial := strings.Contains(path, ".p/"); back[path] == nil && !partial || back[path] != nil && string(back[path]) != string(content) {
			t.Errorf("%s is not as it was", path)
		}
	}

	// The third epoch loses a leaf, and is over.
	restore(t, mirror)
	backup := copyOf(t, places.Data)
	i = opened(t, places)
	enter(t, i)
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	restore(t, backup)
	i = disaster(t, places)
	_, err = i.OpenEpoch(t.Context(), two(t, i), office.Loss)
	must(t, err)
	must(t, i.Close())
	mirror = copyOf(t, places.Log)
	must(t, os.RemoveAll(places.Log))
	i = opened(t, places)
	_, err = i.Office.Republish(t.Context())
	must(t, err)
	must(t, i.Close())
	if found := complaints(t, places); found != "log:log.epoch-lost" {
		t.Errorf("written anew without what was lost, doctor says %q", found)
	}
	restore(t, mirror)
	if found := complaints(t, places); found != "" {
		t.Errorf("put back from a mirror, and doctor says %q", found)
	}
}

// Somebody who can write to the folder of keys puts a desk's key of their own
// there: the docket names the one that was set by an act, and doctor compares.
func TestDrillAnothersDeskKeyIsPutIn(t *testing.T) {
	places := staffed(t)
	i := opened(t, places)
	_, ours, err := vault.NewDeskKey()
	must(t, err)
	_, theirs, err := vault.NewDeskKey()
	must(t, err)
	_, err = i.Office.UseDesk(t.Context(), two(t, i), ours)
	must(t, err)
	_, err = i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	if found := complaints(t, places); found != "" {
		t.Errorf("all is well, and doctor says %q", found)
	}
	file := filepath.Join(places.Keys, "desk.pub")
	for what, text := range map[string]string{"in its place": theirs, "after it": ours + "\n" + theirs} {
		must(t, os.WriteFile(file, []byte(text+"\n"), 0o600))
		if found := complaints(t, places); found != "keys:doctor.desk-differs" {
			t.Errorf("with another's %s doctor says %q", what, found)
		}
	}
	i = opened(t, places)
	_, err = i.Office.UseDesk(t.Context(), two(t, i), theirs) // two people say that it is theirs
	must(t, err)
	_, err = i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	if found := complaints(t, places); found != "" {
		t.Errorf("it was entered, and doctor says %q", found)
	}
}

// A machine whose clock was put back is told from what was entered before.
func TestDrillTheClockIsPutBack(t *testing.T) {
	places := staffed(t)
	for behind, want := range map[time.Duration]string{
		0: "", 30 * time.Second: "", 2 * time.Hour: "clock:doctor.clock-behind", 366 * 24 * time.Hour: "clock:doctor.clock-behind",
	} {
		o := installation.Options{Now: func() time.Time { return time.Now().Add(-behind) }}
		var found []string
		for _, e := range installation.Doctor(t.Context(), places.Data, o) {
			for _, c := range e.Complaints {
				found = append(found, e.Name+":"+fault.Code(c))
			}
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%s behind: doctor says %q, want %q", behind, got, want)
		}
	}
}

// filesIn are the files below a folder, by their path in it.
func filesIn(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	must(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err == nil {
			found[name], err = os.ReadFile(path)
		}
		return err
	}))
	return found
}
