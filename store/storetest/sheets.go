package storetest

import (
	"slices"
	"testing"

	"github.com/openchancery/chancery/store"
)

var sheets = []test{
	{"a spreadsheet comes back, is set anew, and goes with what lies on the shelf", sheet},
	{"of two who set one version of a spreadsheet one is told", sheetTaken},
	{"an organisation's spreadsheets come newest first, and nobody else's", sheetsOf},
	{"spreadsheets expire at their moment", sheetsExpire},
	{"what a spreadsheet has on the shelf is named", sheetsShelved},
}

func aSheet(id string, version int64) store.Sheet {
	return store.Sheet{
		ID: id, Organisation: "aid", Actor: "lawyer", Version: version, Given: noon(1), Expires: noon(8), Stage: "given",
		Object: "given-" + id, ByHouse: []byte("house"), ByBrowser: []byte("browser"), Sealed: []byte{0, 255, '\''},
	}
}

func putSheets(t testing.TB, s store.Store, list ...store.Sheet) {
	t.Helper()
	for _, h := range list {
		write(t, s, func(tx store.Tx) error { return tx.PutSheet(h) })
	}
}

func sheetOf(id string) func(store.Reader) (store.Sheet, error) {
	return func(r store.Reader) (store.Sheet, error) { return r.Sheet(id) }
}

func deleteSheets(t testing.TB, s store.Store, ids ...string) (objects []string) {
	t.Helper()
	write(t, s, func(tx store.Tx) (err error) {
		objects, err = tx.DeleteSheets(ids)
		return err
	})
	slices.Sort(objects)
	return objects
}

func sheet(t *testing.T, s store.Store) {
	none(t, s, "unknown", sheetOf("a"))
	a, b := aSheet("a", 1), aSheet("b", 1)
	b.ByHouse = nil
	putSheets(t, s, a, b)
	same(t, ask(t, s, sheetOf("a")), a)
	a.Version, a.Stage, a.Done, a.Rows, a.Back, a.Sealed = 2, "filing", past31, past31+1, "back-a", []byte("anew")
	putSheets(t, s, a)
	same(t, ask(t, s, sheetOf("a")), a)
	same(t, ask(t, s, sheetOf("b")), b)
	same(t, deleteSheets(t, s, "a", "unknown"), []string{"back-a", "given-a"})
	none(t, s, "deleted", sheetOf("a"))
	same(t, ask(t, s, sheetOf("b")), b)
}

func sheetTaken(t *testing.T, s store.Store) {
	putSheets(t, s, aSheet("a", 1), aSheet("a", 2))
	for _, version := range []int64{1, 2, 4} {
		refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutSheet(aSheet("a", version)) })
	}
	putSheets(t, s, aSheet("a", 3))
	deleteSheets(t, s, "a")
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutSheet(aSheet("a", 4)) }) // it doesn't come back
}

func sheetsOf(t *testing.T, s store.Store) {
	older, newer, other := aSheet("b", 1), aSheet("a", 1), aSheet("c", 1)
	newer.Given, other.Organisation = noon(2), "bar"
	putSheets(t, s, older, newer, other)
	of := func(organisation string) []store.Sheet {
		return ask(t, s, func(r store.Reader) ([]store.Sheet, error) { return r.SheetsOf(organisation) })
	}
	same(t, of("aid"), []store.Sheet{newer, older})
	same(t, of("bar"), []store.Sheet{other})
	if list := of(""); len(list) > 0 {
		t.Errorf("nobody's: %v", list)
	}
}

func sheetsExpire(t *testing.T, s store.Store) {
	for n, on := range []int{3, 2, 4} {
		h := aSheet(string(rune('a'+n)), 1)
		h.Expires = noon(on)
		putSheets(t, s, h)
	}
	expired := func(limit int) []string {
		return ask(t, s, func(r store.Reader) ([]string, error) { return r.ExpiredSheets(noon(3), limit) })
	}
	same(t, expired(9), []string{"b", "a"})
	same(t, expired(1), []string{"b"})
}

func sheetsShelved(t *testing.T, s store.Store) {
	a := aSheet("a", 1)
	a.Back = "back-a"
	putSheets(t, s, a, aSheet("b", 1))
	same(t, ask(t, s, func(r store.Reader) (map[string]bool, error) {
		return r.ShelvedObjects([]string{"given-a", "back-a", "given-b", "back-b", ""})
	}), map[string]bool{"given-a": true, "back-a": true, "given-b": true})
}
