package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/openchancery/chancery/api"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/receivertest"
	"github.com/openchancery/chancery/job"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/webhook"
)

// postman does the jobs that tell webhooks, as serve does.
func (h *house) postman() *job.Worker {
	nothing := func(context.Context) error { return nil }
	sender := webhook.New(webhook.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Now: h.now})
	return &job.Worker{Store: h.Office.Store, Kinds: job.Kinds(h.Office, nothing, nothing, sender.Send), Now: h.now}
}

func (h *house) post(w *job.Worker) {
	h.Helper()
	must(h.TB, h.Office.Announce(h.Context()))
	_, err := w.Due(h.Context())
	must(h.TB, err)
}

func (h *house) publish() {
	h.Helper()
	_, err := h.Office.Publish(h.Context())
	must(h.TB, err)
}

func (h *house) hook(actor, url string) (id, secret string) {
	h.Helper()
	var made struct{ ID, Secret string }
	h.ask(question{method: http.MethodPost, path: "/v1/webhooks", token: h.tokens[actor], body: map[string]any{"url": url}}).is(h.TB, http.StatusCreated, &made)
	return made.ID, made.Secret
}

// A webhook is told everything that is published of its actor's claims, of
// entries and rows of annexes, once each and in the log's order, after it was
// published and not before; nothing of anybody else's; and no more than ids.
func TestAWebhookIsToldEverythingOfItsOwnAndNothingElse(t *testing.T) {
	h := opened(t, nil)
	r, w := receivertest.Webhook(t), h.postman()
	h.file("officer", "0f1e2d3c-0000", departure("before", "3"))
	h.publish()
	_, secret := h.hook("officer", r.URL)
	ids := []claim.ID{h.file("officer", "0f1e2d3c-0001", departure("a", "3")), h.file("officer", "0f1e2d3c-0002", departure("b", "3"))}
	theirs := h.file("officer-2", "0f1e2d3c-0003", departure("c", "3"))
	h.post(w)
	if came := r.Came(); len(came) != 0 {
		t.Fatalf("told before it was published: %+v", came)
	}
	h.publish()
	h.post(w)
	if came := r.Came(); len(came) != 2 || came[0].Event.Data.Claim != string(ids[0]) || came[1].Event.Data.Claim != string(ids[1]) {
		t.Fatalf("%+v", came)
	}
	// A bulk act over all four: rows of one annex.
	examined, err := h.Office.Examine(t.Context(), h.by("officer"), "demo", 10)
	must(t, err)
	_, err = h.Office.RecordClaims(t.Context(), h.by("officer"), "demo", examined)
	must(t, err)
	h.publish()
	h.post(w)
	h.post(w) // nothing more
	came := r.Came()
	versions, last, seen := map[string]int64{}, "", map[string]bool{}
	for _, a := range came {
		e := a.Event
		if a.ID != e.ID || seen[a.ID] || e.Source != "register.example/log" || e.Subject != e.Data.Claim || e.Data.Claim == string(theirs) {
			t.Errorf("%+v", a)
		}
		want := fmt.Sprint(e.Data.Leaf)
		if e.Data.Row != nil {
			want = fmt.Sprintf("%d.%d", e.Data.Leaf, *e.Data.Row)
		}
		if e.ID != want || e.Data.After != last {
			t.Errorf("event %s (%s) after %q, the one before was %q", e.ID, want, e.Data.After, last)
		}
		if !a.SignedBy(t, secret) {
			t.Errorf("event %s isn't signed by the secret", e.ID)
		}
		for _, word := range []string{"Olena", "Quay", "a-departure", "officer", "category"} {
			if strings.Contains(string(a.Body), word) {
				t.Errorf("%s stands in %s", word, a.Body)
			}
		}
		seen[a.ID], last = true, e.ID
		versions[e.Data.Claim] = e.Data.Version
	}
	if len(came) != 5 || versions[string(ids[0])] != 2 || versions[string(ids[1])] != 2 || came[2].Event.Type != "claim.recorded.v1" || came[2].Event.Data.Row == nil {
		t.Errorf("%d events: %+v", len(came), came)
	}
}

// What can't be delivered is tried again, later each time, and holds up what
// comes after it; at last it waits for somebody, who sees it and has it tried
// again: then nothing was lost, and nothing changed its order.
func TestADeliveryThatFailsIsTriedAgainAndLosesNothing(t *testing.T) {
	h := opened(t, nil)
	r, w := receivertest.Webhook(t), h.postman()
	id, _ := h.hook("officer", r.URL)
	look := func() (seen struct{ State, Trouble, Again, Last string }) {
		h.ask(question{method: http.MethodGet, path: "/v1/webhooks/" + id, token: h.tokens["officer"]}).is(t, http.StatusOK, &seen)
		return seen
	}
	r.Answers(http.StatusServiceUnavailable)
	h.file("officer", "0f1e2d3c-0001", departure("a", "3"))
	h.publish()
	h.post(w)
	if seen := look(); seen.State != office.WebhookWaiting || !strings.HasPrefix(seen.Trouble, "webhook.refused") || seen.Again == "" {
		t.Errorf("%+v", seen)
	}
	h.file("officer", "0f1e2d3c-0002", departure("b", "3"))
	h.publish()
	for range job.MostAttempts { // each at its time
		must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error {
			j, err := tx.Job(office.JobWebhook, id)
			if err != nil || j.Failed {
				return err
			}
			j.Due = docket.At(j.Due.AddDate(-1, 0, 0))
			return tx.PutJob(j)
		}))
		h.post(w)
	}
	if seen := look(); seen.State != office.WebhookFailed || len(r.Came()) != 0 {
		t.Errorf("%+v, %d came", seen, len(r.Came()))
	}
	r.Answers(http.StatusOK)
	h.post(w)
	if len(r.Came()) != 0 {
		t.Error("what failed for good is tried without anybody's asking")
	}
	h.ask(question{method: http.MethodPost, path: "/v1/webhooks/" + id + "/retry", token: h.tokens["officer"]}).is(t, http.StatusNoContent, nil)
	h.post(w)
	came := r.Came()
	if seen := look(); seen.State != office.WebhookWell || len(came) != 2 || came[1].Event.Data.After != came[0].ID || seen.Last != came[1].ID {
		t.Errorf("%+v, %+v", seen, came)
	}
}

// A new secret: for a day both, then the new one alone; ended, nothing.
func TestASecretIsRotatedAndAWebhookEnded(t *testing.T) {
	h := opened(t, nil)
	r, w := receivertest.Webhook(t), h.postman()
	id, first := h.hook("officer", r.URL)
	var drawn struct{ Secret string }
	h.ask(question{method: http.MethodPost, path: "/v1/webhooks/" + id + "/secret", token: h.tokens["officer"]}).is(t, http.StatusOK, &drawn)
	h.file("officer", "0f1e2d3c-0001", departure("a", "3"))
	h.publish()
	h.post(w)
	if a := r.Came()[0]; !a.SignedBy(t, first) || !a.SignedBy(t, drawn.Secret) || first == drawn.Secret {
		t.Error("within a day it isn't signed with both")
	}
	for range 24 * 3600 * 100 {
		h.now()
	}
	h.tokens["officer"], _ = h.token("officer", office.Scopes()...)
	h.file("officer", "0f1e2d3c-0002", departure("b", "3"))
	h.publish()
	h.post(w)
	if a := r.Came()[1]; a.SignedBy(t, first) || !a.SignedBy(t, drawn.Secret) {
		t.Error("after a day it isn't signed with the new secret alone")
	}
	h.ask(question{method: http.MethodDelete, path: "/v1/webhooks/" + id, token: h.tokens["officer"]}).is(t, http.StatusNoContent, nil)
	h.file("officer", "0f1e2d3c-0003", departure("c", "3"))
	h.publish()
	h.post(w)
	if len(r.Came()) != 2 {
		t.Error("it is told on after its end")
	}
	h.ask(question{method: http.MethodGet, path: "/v1/webhooks/" + id, token: h.tokens["officer"]}).refused(t, http.StatusNotFound, "webhook.none")
}

// Where a house says so, an address within it isn't taken.
func TestAnAddressWithinTheHouseIsRefused(t *testing.T) {
	h := opened(t, func(o *api.Options) { o.Address = webhook.New(webhook.Options{}).CheckURL })
	for url, code := range map[string]string{"https://127.0.0.1/": "webhook.within", "http://receiver.example/": "webhook.url"} {
		h.ask(question{method: http.MethodPost, path: "/v1/webhooks", token: h.tokens["officer"], body: map[string]any{"url": url}}).
			refused(t, http.StatusUnprocessableEntity, code)
	}
}
