package office_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// aDraft is a draft that lacks its signature.
func aDraft(change func(*office.Draft)) office.Draft {
	f := departure("drafted", 2, false)
	d := office.Draft{Programme: "demo", Category: f.Category, DraftContent: office.DraftContent{Claimant: f.Claimant, Answers: f.Answers}}
	if change != nil {
		change(&d)
	}
	return d
}

func TestADraftIsItsDraftersOwn(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	first, err := o.SaveDraft(ctx, by, aDraft(nil))
	must(t, err)
	if first.Expires != day.Must(2021, 6, 1) || len(first.ID) != 32 {
		t.Errorf("%+v", first)
	}
	second := first
	second.Programme, second.Answers = "", map[string]string{"contact": "4 Quay Lane"}
	second, err = o.SaveDraft(ctx, by, second)
	must(t, err)
	got, err := o.Draft(ctx, by, first.ID)
	if err != nil || got.Programme != "demo" || len(got.Answers) != 1 || got.Answers["contact"] != "4 Quay Lane" || !got.Updated.After(first.Updated.Time) {
		t.Errorf("%+v, %v", got, err)
	}
	if list, err := o.Drafts(ctx, by); err != nil || len(list) != 1 || list[0].ID != first.ID || list[0].Answers != nil {
		t.Errorf("%+v, %v", list, err)
	}
	before := h.everything()
	other := h.by("officer-2")
	_, err = o.Draft(ctx, other, first.ID)
	wantCode(t, "read by another", err, "draft.none")
	_, err = o.SaveDraft(ctx, other, second)
	wantCode(t, "written over by another", err, "draft.none")
	_, err = o.SendDraft(ctx, other, first.ID, nil)
	wantCode(t, "sent by another", err, "draft.none")
	wantCode(t, "discarded by another", o.DiscardDraft(ctx, other, first.ID), "draft.none")
	_, err = o.Draft(ctx, h.by("treasurer"), first.ID)
	wantCode(t, "read by a treasurer", err, "policy.capacity-missing")
	for _, c := range []struct {
		what, code string
		change     func(*office.Draft)
	}{
		{"of no programme", "programme.none", func(d *office.Draft) { d.Programme = "none" }},
		{"of no category", "rulebook.category-unknown", func(d *office.Draft) { d.Category = "none" }},
		{"with what isn't asked", "rulebook.field-not-asked", func(d *office.Draft) { d.Answers["injured"] = "2" }},
		{"with an answer that is none", "rulebook.answer-invalid", func(d *office.Draft) { d.Answers["family"] = "perhaps" }},
		{"of no claimant", "claim.claimant-kind", func(d *office.Draft) { d.Claimant = "" }},
		{"with a sensitive answer", "draft.sensitive", func(d *office.Draft) {
			d.Category, d.Answers = "b-injury", map[string]string{"statement": "told in confidence"}
		}},
	} {
		_, err := o.SaveDraft(ctx, by, aDraft(c.change))
		wantCode(t, c.what, err, c.code)
	}
	unchanged(h, before)
}

func TestADraftIsSentOnceAndLeavesNothing(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	d, err := o.SaveDraft(ctx, by, aDraft(nil))
	must(t, err)
	draft := connected(t, filepath.Join(h.Data, "chancery.db"))
	var sealed []byte
	must(t, draft.QueryRow("SELECT sealed FROM drafts WHERE id = ?", d.ID).Scan(&sealed))
	must(t, draft.Close())
	pieces := [][]byte{sealed[:32], sealed[len(sealed)-32:]}
	if n := met(t, h.Places, pieces); n < 2 {
		t.Fatalf("%d pieces are found before: the search is blind", n)
	}
	_, err = o.SendDraft(ctx, by, d.ID, map[string]string{"injured": "2"})
	wantCode(t, "with what isn't asked", err, "rulebook.field-not-asked")
	sent, err := o.SendDraft(ctx, by, d.ID, map[string]string{"signed": "true"})
	must(t, err)
	again, err := o.SendDraft(ctx, by, d.ID, nil)
	if err != nil || !again.Repeated || again.ID != sent.ID || again.Reference != sent.Reference {
		t.Errorf("sent again: %+v, %v", again, err)
	}
	_, err = o.Draft(ctx, by, d.ID)
	wantCode(t, "once it was sent", err, "draft.none")
	if n := met(t, h.Places, pieces); n > 0 {
		t.Errorf("%d pieces of the draft are left", n)
	}
	h.record(sent.ID) // the answers given at sending are there
	h.withdraw(sent.ID)
	_, err = h.erase(sent.ID)
	must(t, err)
	if again, err := o.SendDraft(ctx, by, d.ID, nil); err != nil || again != (office.FilingAnswer{Erased: true}) {
		t.Errorf("sent again once its claim was erased: %+v, %v", again, err)
	}
	h.sound()
}

func TestADraftIsDiscarded(t *testing.T) {
	h := opened(t)
	d, err := h.Office.SaveDraft(t.Context(), h.by("officer"), aDraft(nil))
	must(t, err)
	must(t, h.Office.DiscardDraft(t.Context(), h.by("officer"), d.ID))
	wantCode(t, "again", h.Office.DiscardDraft(t.Context(), h.by("officer"), d.ID), "draft.none")
	_, err = h.Office.SaveDraft(t.Context(), h.by("officer"), d)
	wantCode(t, "saved after that", err, "draft.none")
	if shredded, err := h.Office.Vault.Shredded(t.Context()); err != nil || len(shredded) != 1 || shredded[0] != d.ID {
		t.Errorf("shredded: %q, %v", shredded, err)
	}
	h.sound()
}

// A draft is gone on its day, at the first opening to write; a change gives it
// another year.
func TestADraftExpires(t *testing.T) {
	h := opened(t)
	save := func(h *house, d office.Draft) office.Draft {
		kept, err := h.Office.SaveDraft(t.Context(), h.by("officer"), d)
		must(t, err)
		return kept
	}
	old, changed := save(h, aDraft(nil)), save(h, aDraft(nil))
	at := func(y, m, d int) *house {
		must(t, h.Close())
		now := time.Date(y, time.Month(m), d, 12, 0, 0, 0, time.UTC)
		i, err := installation.Open(t.Context(), h.Data, installation.Options{Now: func() time.Time { return now }})
		must(t, err)
		t.Cleanup(func() { _ = i.Close() })
		h = &house{TB: t, Installation: i, people: h.people}
		return h
	}
	left := func(h *house) int {
		list, err := h.Office.Drafts(t.Context(), h.by("officer"))
		must(t, err)
		return len(list)
	}
	changed = save(at(2021, 5, 31), changed)
	if n := left(h); n != 2 || changed.Expires != day.Must(2022, 5, 31) {
		t.Errorf("%d drafts the day before, the other until %s", n, changed.Expires)
	}
	if n := left(at(2021, 6, 1)); n != 1 {
		t.Errorf("%d drafts on the day", n)
	}
	_, err := h.Office.Draft(t.Context(), h.by("officer"), old.ID)
	wantCode(t, "the one that expired", err, "draft.none")
	if shredded, err := h.Office.Vault.Shredded(t.Context()); err != nil || len(shredded) != 1 || shredded[0] != old.ID {
		t.Errorf("shredded: %q, %v", shredded, err)
	}
	if n := left(at(2024, 1, 1)); n != 0 {
		t.Errorf("%d drafts years later", n)
	}
	if n, err := h.Office.OverdueDrafts(t.Context()); n != 0 || err != nil {
		t.Errorf("%d overdue, %v", n, err)
	}
}

// A clock that was a year ahead when somebody looked leaves no draft there past
// its day.
func TestADraftExpiresThoughTheClockWasAheadOnItsDay(t *testing.T) {
	h := opened(t)
	must(t, h.Close())
	var now time.Time
	open := func(y int) *installation.Installation {
		now = time.Date(y, time.June, 1, 12, 0, 0, 0, time.UTC)
		i, err := installation.Open(t.Context(), h.Data, installation.Options{Now: func() time.Time { return now }})
		must(t, err)
		return i
	}
	i := open(2022)
	now = now.AddDate(-1, 0, 0) // put right while it runs
	d, err := i.Office.SaveDraft(t.Context(), h.by("officer"), aDraft(nil))
	must(t, err)
	must(t, i.Close())
	i = open(2022)
	defer i.Close()
	_, err = i.Office.Draft(t.Context(), h.by("officer"), d.ID)
	wantCode(t, "on its day", err, "draft.none")
}
