package storetest

import (
	"fmt"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/store"
)

var tokens = []test{
	{"a token comes back, and is ended", tokenBack},
	{"who filed a claim is found by it, and what somebody filed page by page", filings},
	{"a webhook comes back, goes on, and is ended", webhooks},
}

func tokenBack(t *testing.T, s store.Store) {
	of := func(id string) func(store.Reader) (store.Token, error) {
		return func(r store.Reader) (store.Token, error) { return r.Token(id) }
	}
	none(t, s, "unknown", of("b"))
	b := store.Token{ID: "b", Actor: "officer", Scopes: []string{"file", "read-own"}, Hash: []byte{0, 255}, Made: noon(0), Expires: noon(90)}
	a := store.Token{ID: "a", Actor: "officer-2", Scopes: []string{"bulk"}, Hash: []byte{1}, Made: noon(1), Expires: noon(2)}
	write(t, s, func(tx store.Tx) error { return tx.PutToken(b) })
	write(t, s, func(tx store.Tx) error { return tx.PutToken(a) })
	same(t, ask(t, s, of("b")), b)
	b.Ended = true
	write(t, s, func(tx store.Tx) error { return tx.PutToken(b) })
	same(t, ask(t, s, func(r store.Reader) ([]store.Token, error) { return r.Tokens() }), []store.Token{a, b})
}

func filings(t *testing.T, s store.Store) {
	for _, n := range sizes {
		var list []store.Filing
		var ids []claim.ID
		want := map[claim.ID]string{}
		actor := fmt.Sprint("actor-", n)
		for i := range n {
			f := store.Filing{Claim: claim.ID(fmt.Sprintf("%03d-%04d", n, i)), Actor: actor, Filed: noon(i / 3)}
			list, ids, want[f.Claim] = append(list, f), append(ids, f.Claim), actor
		}
		write(t, s, func(tx store.Tx) error { return tx.InsertFilings(list) })
		same(t, ask(t, s, func(r store.Reader) (map[claim.ID]string, error) { return r.FilersOf(append(ids, "none")) }), want)
		var got []store.Filing
		for after := (store.Filing{}); ; after = got[len(got)-1] {
			page := ask(t, s, func(r store.Reader) ([]store.Filing, error) { return r.FiledBy(actor, after, 7) })
			if len(page) > 7 {
				t.Fatalf("a page of %d", len(page))
			}
			if got = append(got, page...); len(page) == 0 {
				break
			}
		}
		same(t, got, list)
	}
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		return tx.InsertFilings([]store.Filing{{Claim: "001-0000", Actor: "another", Filed: noon(0)}})
	})
}

func webhooks(t *testing.T, s store.Store) {
	of := func(id string) func(store.Reader) (store.Webhook, error) {
		return func(r store.Reader) (store.Webhook, error) { return r.Webhook(id) }
	}
	theirs := func(actor string) []store.Webhook {
		return ask(t, s, func(r store.Reader) ([]store.Webhook, error) { return r.Webhooks(actor) })
	}
	none(t, s, "unknown", of("b"))
	b := store.Webhook{ID: "b", Actor: "officer", URL: "https://example.org/hook", Sealed: []byte{0, 255}, Made: noon(0)}
	a := store.Webhook{ID: "a", Actor: "officer-2", URL: "https://example.com/", Sealed: []byte{1}, Made: noon(1), Leaf: past31, Row: 3}
	for _, w := range []store.Webhook{a, b} {
		write(t, s, func(tx store.Tx) error { return tx.PutWebhook(w) })
	}
	b.Leaf, b.Row, b.Last, b.Sent, b.Ended = past31+1, past31, "leaf", past31, true
	write(t, s, func(tx store.Tx) error { return tx.PutWebhook(b) })
	same(t, ask(t, s, of("b")), b)
	same(t, theirs("officer-2"), []store.Webhook{a})
	same(t, theirs(""), []store.Webhook{a, b})
	same(t, theirs("nobody"), []store.Webhook(nil))
}
