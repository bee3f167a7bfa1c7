package office_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// accountOf is an account with the body's identity provider.
func accountOf(subject string) office.Proof {
	return office.Proof{Means: office.MeansProvider, Name: "https://accounts.example\x00" + subject}
}

// gives is what a passkey gives beside its signature, where it can.
func gives(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// leads are the drafts that a proof leads to, whose signature is right.
func (h *house) leads(p office.Proof, secret []byte) []office.OwnFound {
	h.Helper()
	found, err := h.Office.OwnByProof(h.Context(), p, secret, func(key []byte) ([]byte, error) { return key, nil })
	must(h.TB, err)
	return found
}

// opens says whether a proof opens a draft, finds it only, or knows none.
func (h *house) opens(p office.Proof, secret []byte, id string) string {
	h.Helper()
	for _, f := range h.leads(p, secret) {
		if f.ID != id {
			continue
		}
		if len(f.Key) == 0 {
			return "asks for the code"
		}
		_, err := h.Office.Own(h.Context(), f.OwnKey)
		must(h.TB, err)
		return "opens"
	}
	return "knows none"
}

// What opens a draft, before and after something was told in confidence.
func TestADraftComesBackByAPasskeyOrAnAccount(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	k, _ := flooded(h, "b-injury")
	strong, weak, theirs := passkey("that gives a secret"), passkey("that gives none"), accountOf("olena-at-the-provider")
	must(t, o.EnrolOwn(ctx, k, strong, gives(1)))
	must(t, o.EnrolOwn(ctx, k, weak, nil))
	must(t, o.EnrolOwn(ctx, k, theirs, nil))
	if err := o.EnrolOwn(ctx, k, passkey("short"), gives(1)[:31]); err == nil {
		t.Error("a secret that could be guessed is taken")
	}
	type tries struct {
		proof  office.Proof
		secret []byte
		want   string
	}
	held := func(when string, list ...tries) {
		t.Helper()
		for _, c := range list {
			if got := h.opens(c.proof, c.secret, k.ID); got != c.want {
				t.Errorf("%s: %s %q with %d bytes: %s, want %s", when, c.proof.Means, c.proof.Name, len(c.secret), got, c.want)
			}
		}
	}
	held("before", tries{strong, gives(1), "opens"}, tries{strong, nil, "opens"}, tries{weak, nil, "opens"}, tries{theirs, nil, "opens"},
		tries{accountOf("somebody"), nil, "knows none"}, tries{passkey("another"), gives(1), "knows none"})
	_, err := o.OwnByProof(ctx, strong, gives(1), func([]byte) ([]byte, error) { return nil, errors.New("another signature") })
	wantCode(t, "a wrong signature", err, "signin.unknown")

	k, d := h.said(k, "statement", "Canary what was told in confidence")
	if !d.Closed {
		t.Fatal("it isn't closed")
	}
	after := []tries{
		{strong, gives(1), "opens"},
		{strong, gives(2), "asks for the code"},
		{strong, nil, "asks for the code"},
		{weak, gives(1), "asks for the code"},
		{theirs, nil, "asks for the code"},
	}
	held("after", after...)
	k, _, err = o.GiveOwnCode(ctx, k, true)
	must(t, err)
	held("with a new code", after...)
	ways, _, err := o.OwnWaysIn(ctx, k)
	must(t, err)
	if len(ways) != 3 || !ways[0].Opens || ways[1].Opens || ways[2].Opens {
		t.Errorf("ways in: %+v", ways)
	}
	if n := met(t, h.Places, [][]byte{gives(1), k.Key, []byte("olena-at-the-provider"), []byte("Canary")}); n > 0 {
		t.Errorf("%d pieces lie in clear", n)
	}
	h.sound()
}

// A passkey that is taken away opens nothing from then on, and neither does the
// telephone that was lost with it; everything else does.
func TestAPasskeyThatIsTakenAwayOpensNothing(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	k, _ := flooded(h, "a-departure")
	lost, kept := passkey("lost"), passkey("kept")
	must(t, o.EnrolOwn(ctx, k, lost, gives(1)))
	must(t, o.EnrolOwn(ctx, k, kept, gives(2)))
	session, err := o.EnterOwn(ctx, k.ID, lost)
	must(t, err)
	h.signedIn(session, true)
	_, err = o.UnenrolOwn(ctx, k, "0000000000000000")
	wantCode(t, "one that isn't there", err, "signin.no-way")
	ways, _, err := o.OwnWaysIn(ctx, k)
	must(t, err)
	now, err := o.UnenrolOwn(ctx, k, ways[0].ID())
	must(t, err)
	h.signedIn(session, false)
	if got := h.opens(lost, gives(1), k.ID); got != "knows none" {
		t.Errorf("the lost one %s", got)
	}
	if got := h.opens(kept, gives(2), k.ID); got != "opens" {
		t.Errorf("the other one %s", got)
	}
	_, err = o.Own(ctx, k)
	wantCode(t, "by the key that lay on the lost telephone", err, "draft.none")
	_, err = o.Own(ctx, now)
	must(t, err)
	_, err = o.EnterOwn(ctx, k.ID, lost)
	wantCode(t, "signing in with it", err, "session.none")
}

// Several drafts of one passkey, of which each is told; and none of anybody else's.
func TestOnePasskeyLeadsToSeveralDraftsAndToNobodyElses(t *testing.T) {
	h := opened(t)
	first, _ := flooded(h, "a-departure")
	second, _ := flooded(h, "a-departure")
	other, _ := flooded(h, "a-departure")
	hers, his := passkey("hers"), passkey("his")
	must(t, h.Office.EnrolOwn(t.Context(), first, hers, gives(1)))
	must(t, h.Office.EnrolOwn(t.Context(), second, hers, gives(1)))
	must(t, h.Office.EnrolOwn(t.Context(), other, his, gives(2)))
	found := h.leads(hers, gives(1))
	if len(found) != 2 || found[0].ID != second.ID || found[1].ID != first.ID {
		t.Errorf("hers leads to %+v", found)
	}
	if found := h.leads(his, gives(2)); len(found) != 1 || found[0].ID != other.ID {
		t.Errorf("his leads to %+v", found)
	}
	for n := range 10 {
		err := h.Office.EnrolOwn(t.Context(), first, passkey(string(rune('a'+n))), nil)
		if n < 9 {
			must(t, err)
			continue
		}
		wantCode(t, "the eleventh", err, "signin.too-many")
	}
}

// With a draft its ways in go too, however it goes; one that was sent is found as
// the claim that it became.
func TestAWayInGoesWithItsDraft(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	none := func(when, id string, p office.Proof) {
		t.Helper()
		must(t, o.Store.Read(ctx, func(r store.Reader) error {
			list, err := r.SignInsOf(string(office.SessionDraft), id)
			if len(list) > 0 {
				t.Errorf("%s there are ways in to it", when)
			}
			return err
		}))
		if got := h.opens(p, gives(1), id); got != "knows none" {
			t.Errorf("%s it %s", when, got)
		}
	}
	discarded, _ := flooded(h, "a-departure")
	must(t, o.EnrolOwn(ctx, discarded, passkey("hers"), gives(1)))
	must(t, o.DiscardOwn(ctx, discarded))
	none("discarded,", discarded.ID, passkey("hers"))

	sent, _ := flooded(h, "a-departure")
	must(t, o.EnrolOwn(ctx, sent, passkey("hers"), gives(1)))
	session, err := o.EnterOwn(ctx, sent.ID, passkey("hers"))
	must(t, err)
	if leads, err := o.LeadsToClaims(ctx, passkey("hers")); err != nil || leads {
		t.Errorf("leads to claims before there is one: %v, %v", leads, err)
	}
	answers, err := o.SendOwn(ctx, sent)
	must(t, err)
	none("sent,", sent.ID, passkey("hers"))
	h.signedIn(session, true) // whose line broke while it was sent is told that it has arrived
	if leads, err := o.LeadsToClaims(ctx, passkey("hers")); err != nil || !leads {
		t.Errorf("leads to claims: %v, %v", leads, err)
	}
	_, way, err := h.comesIn(passkey("hers"), office.SessionClaimant)
	must(t, err)
	if way.Subject != string(answers.Claims[0].ID) {
		t.Errorf("%+v", way)
	}
}

// A code that was lost after something was told in confidence is replaced by
// nobody at a counter; a passkey that gives a secret opens the draft, and shows
// the code or takes a new one.
func TestAPasskeyBringsBackWhatNoCounterCan(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	k, _ := flooded(h, "b-injury")
	_, lost, err := o.GiveOwnCode(ctx, k, false)
	must(t, err)
	_, _, err = o.SaveOwn(ctx, k, func(d *office.OwnDraft) error { d.Contact = map[string]string{"reach": "050 123 45 67"}; return nil })
	must(t, err)
	must(t, o.EnrolOwn(ctx, k, passkey("hers"), gives(1)))
	code, err := o.ReplaceOwnCode(ctx, h.by("officer"), "0501234567")
	must(t, err) // while nothing was told
	if got := h.opens(passkey("hers"), gives(1), k.ID); got != "opens" {
		t.Errorf("after the counter, the passkey %s", got)
	}
	there, err := o.OwnByCode(ctx, string(code))
	must(t, err)
	_, _ = h.said(there, "statement", "told")
	_, err = o.ReplaceOwnCode(ctx, h.by("officer"), "0501234567")
	wantCode(t, "at a counter", err, "draft.not-at-counter")
	found := h.leads(passkey("hers"), gives(1))
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	if d, err := o.Own(ctx, found[0].OwnKey); err != nil || d.Code != code || d.Claims[0].Answers["statement"] != "told" {
		t.Errorf("%+v, %v", d, err)
	}
	_, anew, err := o.GiveOwnCode(ctx, found[0].OwnKey, true)
	must(t, err)
	for what, old := range map[string]string{"the first code": string(lost), "the second": string(code)} {
		_, err = o.OwnByCode(ctx, old)
		wantCode(t, what, err, "claim.code-wrong")
	}
	_, err = o.OwnByCode(ctx, string(anew))
	must(t, err)
}

// What a ceremony keeps is read by its browser alone: neither an account nor a
// draft's key lies in the database meanwhile.
func TestACeremonyIsSealedUnderItsToken(t *testing.T) {
	h := opened(t)
	token, err := h.Office.BeginCeremony(t.Context(), "proved", []byte("the account of Olena"))
	must(t, err)
	if n := met(t, h.Places, [][]byte{[]byte("the account of Olena"), []byte(token)}); n > 0 {
		t.Errorf("%d pieces lie in clear", n)
	}
	for range 2 {
		if body, err := h.Office.Ceremony(t.Context(), "proved", token); err != nil || string(body) != "the account of Olena" {
			t.Errorf("%q, %v", body, err)
		}
	}
	_, err = h.Office.Ceremony(t.Context(), "sign-in", token)
	wantCode(t, "for something else", err, "signin.voucher")
	if body, err := h.Office.EndCeremony(t.Context(), "proved", token); err != nil || string(body) != "the account of Olena" {
		t.Errorf("%q, %v", body, err)
	}
	_, err = h.Office.Ceremony(t.Context(), "proved", token)
	wantCode(t, "afterwards", err, "signin.voucher")
}
