package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var ownDrafts = []test{
	{"a claimant's draft comes back by id and by tag, is set anew, and goes", ownDraft},
	{"of two who set one version of a claimant's draft one is told", ownDraftTaken},
	{"no two claimants' drafts have one tag, and those without have none", ownDraftTags},
	{"a person's drafts are found at the counter, and nobody's by nothing", ownDraftPerson},
	{"claimants' drafts expire on their day", ownDraftsExpire},
}

func anOwnDraft(id string, version int64) store.OwnDraft {
	return store.OwnDraft{
		ID: id, Programme: "demo", Version: version, Updated: docket.At(time.Date(2026, 11, 26, 9, 0, 0, 7e6, time.UTC)),
		Expires: day.Must(2027, 11, 26), Sealed: []byte{0, 255, '\''},
	}
}

func putOwn(t testing.TB, s store.Store, list ...store.OwnDraft) {
	t.Helper()
	for _, d := range list {
		write(t, s, func(tx store.Tx) error { return tx.PutOwnDraft(d) })
	}
}

func ownOf(id string) func(store.Reader) (store.OwnDraft, error) {
	return func(r store.Reader) (store.OwnDraft, error) { return r.OwnDraft(id) }
}

func ownByTag(tag string) func(store.Reader) (store.OwnDraft, error) {
	return func(r store.Reader) (store.OwnDraft, error) { return r.OwnDraftByTag([]byte(tag)) }
}

func ownDraft(t *testing.T, s store.Store) {
	none(t, s, "unknown", ownOf("a"))
	a, b := anOwnDraft("a", 1), anOwnDraft("b", 1)
	putOwn(t, s, a, b)
	same(t, ask(t, s, ownOf("a")), a)
	a.Version, a.Tag, a.ByCode, a.ByHouse, a.ByWays, a.Person = 2, []byte("tag"), []byte("code"), []byte("house"), []byte("ways"), []byte("person")
	a.Sealed, a.Expires = []byte("anew"), day.Must(2028, 2, 29)
	putOwn(t, s, a)
	same(t, ask(t, s, ownOf("a")), a)
	same(t, ask(t, s, ownByTag("tag")), a)
	same(t, ask(t, s, ownOf("b")), b)
	write(t, s, func(tx store.Tx) error { return tx.DeleteOwnDrafts([]string{"a", "unknown"}) })
	none(t, s, "deleted", ownOf("a"))
	none(t, s, "deleted", ownByTag("tag"))
	same(t, ask(t, s, ownOf("b")), b)
}

func ownDraftTaken(t *testing.T, s store.Store) {
	putOwn(t, s, anOwnDraft("a", 1), anOwnDraft("a", 2))
	for _, version := range []int64{1, 2, 4} {
		refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutOwnDraft(anOwnDraft("a", version)) })
	}
	putOwn(t, s, anOwnDraft("a", 3))
	write(t, s, func(tx store.Tx) error { return tx.DeleteOwnDrafts([]string{"a"}) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutOwnDraft(anOwnDraft("a", 4)) }) // it doesn't come back
}

func ownDraftTags(t *testing.T, s store.Store) {
	a, b := anOwnDraft("a", 1), anOwnDraft("b", 1)
	putOwn(t, s, a, b) // both without
	none(t, s, "no tag", ownByTag(""))
	a.Version, a.Tag = 2, []byte("tag")
	putOwn(t, s, a)
	b.Version, b.Tag = 2, []byte("tag")
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutOwnDraft(b) })
	a.Version, a.Tag = 3, []byte("another")
	putOwn(t, s, a, b)
	same(t, ask(t, s, ownByTag("tag")), b)
}

func ownDraftPerson(t *testing.T, s store.Store) {
	for _, id := range []string{"b", "a", "c", "d"} {
		d := anOwnDraft(id, 1)
		if id < "c" {
			d.Person = []byte("person")
		}
		putOwn(t, s, d)
	}
	for person, want := range map[string]int{"person": 2, "other": 0, "": 0} {
		found := ask(t, s, func(r store.Reader) ([]store.OwnDraft, error) { return r.OwnDraftsOfPerson([]byte(person)) })
		if len(found) != want || want == 2 && (found[0].ID != "a" || found[1].ID != "b") {
			t.Errorf("%q: %d drafts", person, len(found))
		}
	}
}

func ownDraftsExpire(t *testing.T, s store.Store) {
	for n, on := range []day.Date{day.Must(2027, 1, 2), day.Must(2027, 1, 1), day.Must(2027, 1, 3)} {
		d := anOwnDraft(fmt.Sprint(n), 1)
		d.Expires = on
		putOwn(t, s, d)
	}
	same(t, ask(t, s, func(r store.Reader) ([]string, error) { return r.ExpiredOwnDrafts(day.Must(2027, 1, 2)) }), []string{"1", "0"})
}
