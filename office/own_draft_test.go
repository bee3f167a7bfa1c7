package office_test

import (
	"bytes"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// flooded is a draft of one person with a claim in each of these categories,
// answered as far as departure answers.
func flooded(h *house, categories ...string) (office.OwnKey, office.OwnDraft) {
	h.Helper()
	d := office.OwnDraft{OwnContent: office.OwnContent{Language: "en", People: []office.OwnPerson{{ID: "p1", Relation: "self"}}}}
	d.Serial = 1
	for _, category := range categories {
		c := h.Office.AddClaim(&d, "p1", category, "flood")
		c.Answers = maps.Clone(departure("own", 2, true).Answers)
		if category != "a-departure" {
			delete(c.Answers, "nights_away")
		}
	}
	k, begun, err := h.Office.BeginOwn(h.Context(), "demo", d.OwnContent)
	must(h.TB, err)
	return k, begun
}

// said sets an answer of the first claim.
func (h *house) said(k office.OwnKey, field, text string) (office.OwnKey, office.OwnDraft) {
	h.Helper()
	k, d, err := h.Office.SaveOwn(h.Context(), k, func(d *office.OwnDraft) error {
		d.Claims[0].Answers[field] = text
		return nil
	})
	must(h.TB, err)
	return k, d
}

func TestAClaimantsDraftIsKeptAndComesBackByItsCode(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	k, begun := flooded(h, "a-departure")
	if begun.Expires != day.Must(2021, 6, 1) || begun.Version != 1 || begun.Closed {
		t.Errorf("%+v", begun)
	}
	_, code, err := o.GiveOwnCode(ctx, k, false)
	must(t, err)
	if _, again, err := o.GiveOwnCode(ctx, k, false); err != nil || again != code {
		t.Errorf("asked for again: %s, %v", again, err)
	}
	_, saved := h.said(k, "nights_away", "7")
	there, err := o.OwnByCode(ctx, strings.ToLower(strings.ReplaceAll(string(code), "-", " ")))
	must(t, err)
	d, err := o.Own(ctx, there)
	if err != nil || d.Claims[0].Answers["nights_away"] != "7" || d.Version != saved.Version || d.Code != code {
		t.Errorf("%+v, %v", d, err)
	}
	was := k
	k, anew, err := o.GiveOwnCode(ctx, k, true)
	if err != nil || anew == code {
		t.Errorf("a new code: %s, %v", anew, err)
	}
	_, err = o.OwnByCode(ctx, string(code))
	wantCode(t, "by the code of before", err, "claim.code-wrong")
	_, err = o.Own(ctx, was)
	wantCode(t, "on another device", err, "draft.none")
	_, err = o.OwnByCode(ctx, "AAAA-AAAA-AAA")
	wantCode(t, "by what is no code", err, "claim.code-form")
	_, err = o.Own(ctx, office.OwnKey{ID: k.ID, Key: bytes.Repeat([]byte{1}, 32)})
	wantCode(t, "under another key", err, "draft.none")
	must(t, o.DiscardOwn(ctx, k))
	_, err = o.Own(ctx, k)
	wantCode(t, "once it was discarded", err, "draft.none")
	_, _, err = o.SaveOwn(ctx, k, func(*office.OwnDraft) error { return nil })
	wantCode(t, "saved after that", err, "draft.none")
	_, err = o.OwnByCode(ctx, string(anew))
	wantCode(t, "by its code after that", err, "claim.code-wrong")
	if shredded, err := o.Vault.Shredded(ctx); err != nil || len(shredded) != 1 || shredded[0] != k.ID {
		t.Errorf("shredded: %q, %v", shredded, err)
	}
	h.sound()
}

// Two windows that save at once lose nothing of each other.
func TestWindowsThatSaveAtOnceLoseNothing(t *testing.T) {
	h := opened(t)
	k, _ := flooded(h, "a-departure")
	var all sync.WaitGroup
	fields := []string{"contact", "nights_away", "family", "birth_date"}
	for _, field := range fields {
		all.Go(func() {
			text := map[string]string{"contact": "5 Quay Lane", "nights_away": "9", "family": "true", "birth_date": "1975-04-27"}[field]
			if _, _, err := h.Office.SaveOwn(t.Context(), k, func(d *office.OwnDraft) error { d.Claims[0].Answers[field] = text; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	d, err := h.Office.Own(t.Context(), k)
	must(t, err)
	got := d.Claims[0].Answers
	if got["contact"] != "5 Quay Lane" || got["nights_away"] != "9" || got["family"] != "true" || got["birth_date"] != "1975-04-27" || d.Version != 5 {
		t.Errorf("version %d: %v", d.Version, got)
	}
}

// Promise 19 for what isn't sent yet: who has all of the server's data and keys
// reads nothing of a draft in which something sensitive was told; nobody at a
// counter gives it a new code either.
func TestASensitiveDraftOpensForItsClaimantAlone(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	before, _ := flooded(h, "b-injury")
	_, _, err := o.GiveOwnCode(ctx, before, false)
	must(t, err)
	const told = "Canary what was told in confidence"
	k, d := h.said(before, "statement", told)
	if !d.Closed || bytes.Equal(k.Key, before.Key) {
		t.Fatalf("closed: %v", d.Closed)
	}
	_, err = o.Own(ctx, before)
	wantCode(t, "under the key that the house had", err, "draft.none")
	there, err := o.OwnByCode(ctx, string(d.Code))
	must(t, err)
	if again, err := o.Own(ctx, there); err != nil || again.Claims[0].Answers["statement"] != told {
		t.Errorf("by its code: %+v, %v", again, err)
	}
	looked := 0
	hidden := func(what string, text []byte) {
		looked += len(text)
		for _, secret := range [][]byte{[]byte(told), []byte("confidence"), k.Key, []byte(d.Code), []byte(strings.ReplaceAll(string(d.Code), "-", ""))} {
			if bytes.Contains(text, secret) {
				t.Errorf("%s holds %q", what, secret)
			}
		}
	}
	var row store.OwnDraft
	must(t, o.Store.Read(ctx, func(r store.Reader) (err error) { row, err = r.OwnDraft(k.ID); return err }))
	if len(row.ByHouse) > 0 || len(row.Person) > 0 {
		t.Error("the house keeps its key")
	}
	for _, name := range []string{"own", "own.key"} { // whatever the server's keys open of it
		opened, err := o.Vault.Open(ctx, []store.Blob{{Claim: claim.ID(k.ID), Class: "draft", Name: name, Sealed: row.Sealed}})
		must(t, err)
		hidden("what the vault opens", opened[0].Payload)
	}
	if n := met(t, h.Places, [][]byte{[]byte(told), k.Key, []byte(d.Code)}); n > 0 || looked == 0 {
		t.Errorf("%d pieces lie in clear, %d bytes looked at", n, looked)
	}
	_, err = o.ReplaceOwnCode(ctx, h.by("officer"), "0501234567")
	wantCode(t, "at a counter", err, "draft.not-at-counter")
}

func TestALostCodeIsReplacedAtACounter(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	k, _ := flooded(h, "a-departure")
	_, first, err := o.GiveOwnCode(ctx, k, false)
	must(t, err)
	_, _, err = o.SaveOwn(ctx, k, func(d *office.OwnDraft) error { d.Contact = map[string]string{"reach": "050 123 45 67"}; return nil })
	must(t, err)
	_, err = o.ReplaceOwnCode(ctx, h.by("treasurer"), "0501234567")
	wantCode(t, "by a treasurer", err, "policy.capacity-missing")
	_, err = o.ReplaceOwnCode(ctx, h.by("officer"), "0501234568")
	wantCode(t, "of nobody", err, "draft.not-at-counter")
	code, err := o.ReplaceOwnCode(ctx, h.by("officer"), "0501234567")
	must(t, err)
	_, err = o.OwnByCode(ctx, string(first))
	wantCode(t, "by the lost code", err, "claim.code-wrong")
	_, err = o.Own(ctx, k)
	wantCode(t, "on the device of before", err, "draft.none")
	there, err := o.OwnByCode(ctx, string(code))
	must(t, err)
	if d, err := o.Own(ctx, there); err != nil || d.Replaced.IsZero() || d.Claims[0].Answers["contact"] != "3 Quay Lane" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestAClaimantsDraftIsSentOnceAsOneAct(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	k, _ := flooded(h, "a-departure", "b-injury")
	k, d, err := o.SaveOwn(ctx, k, func(d *office.OwnDraft) error { delete(d.Claims[1].Answers, "family"); return nil })
	must(t, err)
	_, _, err = o.GiveOwnCode(ctx, k, false)
	must(t, err)
	_, err = o.SendOwn(ctx, k)
	wantCode(t, "with an open question", err, "draft.incomplete")
	k, _, err = o.SaveOwn(ctx, k, func(d *office.OwnDraft) error {
		for field, text := range map[string]string{"family": "true", "injured": "1", "statement": "told"} {
			d.Claims[1].Answers[field] = text
		}
		d.Claims[0].Answers["injured"] = "3" // of another form: nobody asks it here
		return nil
	})
	must(t, err)
	sent, err := o.SendOwn(ctx, k)
	must(t, err)
	if len(sent.Claims) != 2 || sent.Repeated || sent.Claims[0].ID != d.Claims[0].Becomes || sent.Claims[1].Category != "b-injury" {
		t.Fatalf("%+v", sent)
	}
	for _, c := range sent.Claims {
		who, own, _, err := o.ClaimantByCode(ctx, string(c.Reference), string(sent.Code))
		if err != nil || own.ID != c.ID || who.ID() != "claimant" {
			t.Errorf("by the draft's code: %+v, %v", own, err)
		}
		steps, err := o.History(ctx, c.ID.Stream())
		if err != nil || steps[0].Actor != "claimant" || steps[0].Capacity != office.Claimant || steps[0].Means != "code" {
			t.Errorf("%+v, %v", steps, err)
		}
		if a, err := o.Acknowledge(ctx, c.Ref); err != nil || a.Note == "" {
			t.Errorf("acknowledged: %+v, %v", a, err)
		}
	}
	again, err := o.SendOwn(ctx, k)
	if err != nil || !again.Repeated || len(again.Claims) != 2 || again.Claims[1].Reference != sent.Claims[1].Reference || again.Claims[0].Category != "a-departure" {
		t.Errorf("sent again: %+v, %v", again, err)
	}
	_, err = o.OwnByCode(ctx, string(sent.Code))
	wantCode(t, "its code opens no draft any more", err, "claim.code-wrong")
	must(t, o.FinishErasures(ctx))
	if shredded, err := o.Vault.Shredded(ctx); err != nil || len(shredded) != 1 || shredded[0] != k.ID {
		t.Errorf("shredded: %q, %v", shredded, err)
	}
	_, err = o.SendOwn(ctx, office.OwnKey{ID: strings.Repeat("0", 32), Key: k.Key})
	wantCode(t, "a draft that never was", err, "draft.none")
	h.sound()
}

// A year after its last change a draft is gone, whoever comes first.
func TestAClaimantsDraftExpires(t *testing.T) {
	h := opened(t)
	k, d := flooded(h, "a-departure")
	must(t, h.Close())
	at := d.Updated.AddDate(1, 0, 0)
	i, err := installation.Open(t.Context(), h.Data, installation.Options{Now: func() time.Time { return at }})
	must(t, err)
	defer i.Close()
	_, err = i.Office.Own(t.Context(), k)
	wantCode(t, "a year later", err, "draft.none")
	if n, err := i.Office.OverdueDrafts(t.Context()); n != 0 || err != nil {
		t.Errorf("%d overdue, %v", n, err)
	}
	if shredded, err := i.Office.Vault.Shredded(t.Context()); err != nil || len(shredded) != 1 || shredded[0] != k.ID {
		t.Errorf("shredded: %q, %v", shredded, err)
	}
}

// What was answered and isn't asked any more stays, and comes back with the
// question.
func TestWhatIsNotAskedAnyMoreStaysInTheDraft(t *testing.T) {
	h := opened(t)
	k, _ := flooded(h, "a-departure")
	e, err := h.Office.OpenEdition(t.Context(), "demo")
	must(t, err)
	_, d := h.said(k, "injured", "3")
	c, _, err := d.Case(e, d.Claims[0].ID, day.Must(2020, 6, 1))
	if _, there := c.Answers["injured"]; err != nil || there || d.Claims[0].Answers["injured"] != "3" {
		t.Errorf("%v, %v, %v", c.Answers, d.Claims[0].Answers, err)
	}
}
