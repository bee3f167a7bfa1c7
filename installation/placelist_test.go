package installation_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
)

// A snapshot is kept by its date and never changes; the newest counts, and one
// that can't be read is not kept at all.
func TestListsOfPlacesAreDatedSnapshots(t *testing.T) {
	at := installation.Places{Data: t.TempDir()}
	lists := at.PlaceLists()
	if list, err := lists.Current(); list != nil || err != nil {
		t.Fatalf("nothing is loaded, and there is %v, %v", list, err)
	}
	const head, region, city = "code,level,parent,name\n", "UA14000000000000001,O,,Донецька\n", "UA14020010010000004,M,UA14000000000000001,Бахмут\n"
	older, newer := day.Must(2025, 1, 15), day.Must(2026, 1, 15)
	load := func(src string, on day.Date, want string) {
		t.Helper()
		if _, err := lists.Load([]byte(src), on); fault.Code(err) != want {
			t.Errorf("of %s: %v, want %q", on, err, want)
		}
	}
	counts := func(on day.Date, places int) {
		t.Helper()
		for _, l := range []*installation.PlaceLists{lists, at.PlaceLists()} { // one that looked before, and one that begins
			if list, err := l.Current(); err != nil || list == nil || list.Date != on || list.Len() != places {
				t.Errorf("what counts is %+v, %v", list, err)
			}
		}
	}
	load(head+city, newer, "place.no-parent")
	if entries, err := os.ReadDir(filepath.Join(at.Data, "places")); err == nil && len(entries) > 0 {
		t.Errorf("a list that can't be read was kept: %v", entries)
	}
	load(head+region+city, newer, "")
	counts(newer, 2)
	load(head+region+city, newer, "") // given twice
	load(head+region, newer, "place.other-then")
	load(head+region, older, "") // an older one is kept and doesn't count
	counts(newer, 2)
	load(head+region, day.Must(2026, 6, 1), "")
	counts(day.Must(2026, 6, 1), 1)
	if info, err := os.Stat(filepath.Join(at.Data, "places", "katottg-2026-01-15.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the snapshot: %v, %v", info, err)
	}
}
