package storetest

import (
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var papers = []test{
	{"a form on paper comes back, is set anew, and goes", paperForm},
	{"forms on paper are listed as they came", paperList},
}

func aPaperForm(id string) store.PaperForm {
	return store.PaperForm{
		ID: id, Programme: "demo", Category: "a-departure", Claim: "5f0c", Stage: "keying", Keyer: "officer-1", Received: day.Must(2026, 11, 20),
		Updated: docket.At(time.Date(2026, 11, 26, 9, 0, 0, 7e6, time.UTC)),
	}
}

func paperOf(id string) func(store.Reader) (store.PaperForm, error) {
	return func(r store.Reader) (store.PaperForm, error) { return r.PaperForm(id) }
}

func putPaper(t *testing.T, s store.Store, list ...store.PaperForm) {
	t.Helper()
	for _, f := range list {
		write(t, s, func(tx store.Tx) error { return tx.PutPaperForm(f) })
	}
}

func paperForm(t *testing.T, s store.Store) {
	none(t, s, "unknown", paperOf("a"))
	a, b := aPaperForm("a"), aPaperForm("b")
	putPaper(t, s, a, b)
	same(t, ask(t, s, paperOf("a")), a)
	a.Stage, a.Checker, a.Keyer, a.Received, a.Updated = "checking", "officer-2", "officer-3", day.Must(2026, 11, 19), docket.At(a.Updated.Add(time.Hour))
	putPaper(t, s, a)
	same(t, ask(t, s, paperOf("a")), a)
	same(t, ask(t, s, paperOf("b")), b)
	write(t, s, func(tx store.Tx) error { return tx.DeletePaperForms([]string{"a", "unknown"}) })
	none(t, s, "deleted", paperOf("a"))
	same(t, ask(t, s, paperOf("b")), b)
}

func paperList(t *testing.T, s store.Store) {
	for id, on := range map[string]day.Date{"b": day.Must(2026, 11, 2), "a": day.Must(2026, 11, 2), "c": day.Must(2026, 11, 1)} {
		f := aPaperForm(id)
		f.Received = on
		putPaper(t, s, f)
	}
	for limit, want := range map[int][]string{10: {"c", "a", "b"}, 2: {"c", "a"}} {
		list := ask(t, s, func(r store.Reader) ([]store.PaperForm, error) { return r.PaperForms(limit) })
		var ids []string
		for _, f := range list {
			ids = append(ids, f.ID)
		}
		same(t, ids, want)
	}
}
