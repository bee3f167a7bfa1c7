package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var erasures = []test{
	{"all blobs of the claims named go, and no others", deleteBlobs},
	{"the places of blobs are those that were put", blobPlaces},
	{"of a forgotten answer only the tag stays", forgetAnswers},
	{"a draft comes back, is set anew, and goes", drafts},
	{"drafts expire on their day", expiredDrafts},
	{"what must be shredded is noted once, and struck off", shredding},
	{"what was deleted is scrubbed, as often as asked", scrub},
}

// twoBlobs puts two blobs for each of n claims and answers their ids.
func twoBlobs(t testing.TB, s store.Store, n int) (ids []claim.ID, places []store.BlobPlace) {
	t.Helper()
	var list []store.Blob
	for i := range n {
		for version := range docket.Version(2) {
			b := store.Blob{Claim: claimID(i), Version: version + 1, Name: "answers.personal", Class: "personal", Sealed: []byte{1}}
			list = append(list, b)
			places = append(places, store.BlobPlace{Claim: b.Claim, Version: b.Version, Name: b.Name})
		}
		ids = append(ids, claimID(i))
	}
	write(t, s, func(tx store.Tx) error { return tx.PutBlobs(list) })
	return ids, places
}

// count is what a write says it wrote.
func count(t testing.TB, s store.Store, want int64, act func(store.Tx) (int64, error)) {
	t.Helper()
	write(t, s, func(tx store.Tx) error {
		n, err := act(tx)
		if n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
		return err
	})
}

func placesOf(t testing.TB, s store.Store, ids []claim.ID) []store.BlobPlace {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]store.BlobPlace, error) { return r.BlobPlaces(ids) })
}

func deleteBlobs(t *testing.T, s store.Store) {
	ids, places := twoBlobs(t, s, 503)
	gone := slices.Concat(ids[:1], ids[2:502]) // one in between stays, and one at the end
	count(t, s, 2*501, func(tx store.Tx) (int64, error) { return tx.DeleteBlobs(gone) })
	count(t, s, 0, func(tx store.Tx) (int64, error) { return tx.DeleteBlobs(gone) })
	same(t, placesOf(t, s, ids), slices.Concat(places[2:4], places[2*502:]))
}

func blobPlaces(t *testing.T, s store.Store) {
	ids, places := twoBlobs(t, s, 501)
	found := placesOf(t, s, append(ids, claimID(9999)))
	slices.SortFunc(found, func(a, b store.BlobPlace) int {
		return slices.Compare([]string{string(a.Claim), fmt.Sprint(a.Version)}, []string{string(b.Claim), fmt.Sprint(b.Version)})
	})
	same(t, found, places)
	same(t, placesOf(t, s, nil), []store.BlobPlace(nil))
}

func forgetAnswers(t *testing.T, s store.Store) {
	var batch []store.Answer
	want := map[string]store.Answer{}
	var tags [][]byte
	for n := range 501 {
		tag := hash("tag", n)
		a := store.Answer{Tag: tag[:], Fingerprint: []byte{2}, Answer: []byte("{}"), Claim: claimID(n / 2)}
		if n == 500 {
			a.Claim = ""
		}
		batch, tags = append(batch, a), append(tags, a.Tag)
		if n < 4 {
			a = store.Answer{Tag: a.Tag}
		}
		if a.Forgotten() != (n < 4) {
			t.Errorf("answer %d: forgotten: %v", n, a.Forgotten())
		}
		want[string(a.Tag)] = a
	}
	write(t, s, func(tx store.Tx) error { return tx.PutAnswers(batch) })
	count(t, s, 4, func(tx store.Tx) (int64, error) {
		return tx.ForgetAnswers([]claim.ID{claimID(0), claimID(1), claimID(9999), ""})
	})
	count(t, s, 0, func(tx store.Tx) (int64, error) { return tx.ForgetAnswers([]claim.ID{claimID(0)}) })
	same(t, ask(t, s, func(r store.Reader) (map[string]store.Answer, error) { return r.Answers(tags) }), want)
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutAnswers(batch[:1]) }) // the key stays used
}

func aDraft(id, actor string) store.Draft {
	return store.Draft{
		ID: id, Actor: actor, Programme: "demo", Category: "a-departure",
		Updated: docket.At(time.Date(2026, 11, 26, 9, 0, 0, 7e6, time.UTC)), Expires: day.Must(2027, 11, 26), Sealed: []byte{0, 255, '\''},
	}
}

func drafts(t *testing.T, s store.Store) {
	of := func(id string) func(store.Reader) (store.Draft, error) {
		return func(r store.Reader) (store.Draft, error) { return r.Draft(id) }
	}
	theirs := func(actor string) []store.Draft {
		return ask(t, s, func(r store.Reader) ([]store.Draft, error) { return r.Drafts(actor) })
	}
	none(t, s, "unknown", of("b"))
	b, a, other := aDraft("b", "officer"), aDraft("a", "officer"), aDraft("c", "officer-2")
	write(t, s, func(tx store.Tx) error {
		for _, d := range []store.Draft{b, a, other} {
			if err := tx.PutDraft(d); err != nil {
				return err
			}
		}
		return nil
	})
	b.Sealed, b.Category, b.Expires = []byte("anew"), "b-injury", day.Must(2028, 2, 29)
	write(t, s, func(tx store.Tx) error { return tx.PutDraft(b) })
	same(t, ask(t, s, of("b")), b)
	same(t, theirs("officer"), []store.Draft{a, b})
	same(t, theirs("nobody"), []store.Draft(nil))
	write(t, s, func(tx store.Tx) error { return tx.DeleteDrafts([]string{"a", "unknown"}) })
	same(t, theirs("officer"), []store.Draft{b})
	same(t, theirs("officer-2"), []store.Draft{other})
}

func expiredDrafts(t *testing.T, s store.Store) {
	late, soon := aDraft("a", "officer"), aDraft("b", "officer-2")
	soon.Expires = late.Expires.AddDays(-1)
	write(t, s, func(tx store.Tx) error {
		if err := tx.PutDraft(late); err != nil {
			return err
		}
		return tx.PutDraft(soon)
	})
	for days, want := range [][]store.Draft{nil, {soon}, {soon, late}} {
		on := late.Expires.AddDays(days - 2)
		same(t, ask(t, s, func(r store.Reader) ([]store.Draft, error) { return r.ExpiredDrafts(on) }), want)
	}
}

func shredding(t *testing.T, s store.Store) {
	noted := func() []string { return ask(t, s, store.Reader.Shredding) }
	ids := make([]string, 501)
	for n := range ids {
		ids[n] = fmt.Sprintf("%04d", n)
	}
	same(t, noted(), []string(nil))
	write(t, s, func(tx store.Tx) error { return tx.Shred(ids) })
	write(t, s, func(tx store.Tx) error { return tx.Shred(ids[:41]) })
	same(t, noted(), ids)
	write(t, s, func(tx store.Tx) error { return tx.Shredded(append(ids[1:500:500], "unknown")) })
	same(t, noted(), []string{ids[0], ids[500]})
}

func scrub(t *testing.T, s store.Store) {
	ids, _ := twoBlobs(t, s, 3)
	write(t, s, func(tx store.Tx) error {
		_, err := tx.DeleteBlobs(ids[:1])
		return err
	})
	before := dump(t, s)
	for range 2 {
		if err := s.Scrub(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	same(t, dump(t, s), before)
}
