package office_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
)

// What the entries of tokens say, for ever: each golden file is what was written
// under its kind, member for member.
func TestKindsOfTokensForEver(t *testing.T) {
	h := staffed(t)
	var secret string
	expires := docket.At(time.Date(2027, 12, 1, 0, 0, 0, 0, time.UTC))
	made, err := h.Office.AddToken(t.Context(), h.by("administrator"), "officer", []string{office.ScopeFile, office.ScopeReadOwn}, expires, func(text string) error {
		secret = text
		return nil
	})
	must(t, err)
	if _, _, err := h.Office.AuthenticateToken(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	must(t, h.Office.EndToken(t.Context(), h.by("administrator"), made.ID))
	_, _, err = h.Office.AuthenticateToken(t.Context(), secret)
	wantCode(t, "by a token that was ended", err, "token.wrong")
	steps, err := h.Office.History(t.Context(), "actor/officer")
	must(t, err)
	if len(steps) != 3 {
		t.Fatalf("%d entries", len(steps))
	}
	for _, s := range steps[1:] {
		var want, got map[string]any
		must(t, json.Unmarshal(goldenFile(t, string(s.Kind)+".json"), &want))
		must(t, json.Unmarshal(s.Facts, &got))
		want["token"] = made.ID // random
		a, err := docket.Marshal(got)
		must(t, err)
		b, err := docket.Marshal(want)
		must(t, err)
		if string(a) != string(b) {
			t.Errorf("%s says %s, said %s", s.Kind, a, b)
		}
	}
	h.sound() // and a rebuild folds them to the same tables
}

// program has a token of an officer for all that a token may do.
func (h *house) program() office.Known {
	h.Helper()
	var secret string
	_, err := h.Office.AddToken(context.Background(), h.by("administrator"), "officer", office.Scopes(), docket.At(h.Office.Now().Add(time.Hour*24*365)), func(text string) error {
		secret = text
		return nil
	})
	must(h.TB, err)
	who, _, err := h.Office.AuthenticateToken(context.Background(), secret)
	must(h.TB, err)
	return who
}

// What a token filed is looked up by its filer also after a rebuild, and a
// claim that was filed at the desk isn't reached by a token.
func TestATokenReachesWhatItFiledAndNothingElse(t *testing.T) {
	h := opened(t)
	who := h.program()
	done, _, err := h.Office.FileOwn(t.Context(), office.By{Actor: who, Key: "one"}, "demo", "case 7", departure("", 2, true))
	must(t, err)
	atDesk := h.file(departure("desk", 2, true))[0]
	if _, _, err := h.Office.OwnClaim(t.Context(), who, done.ID); err != nil {
		t.Error(err)
	}
	_, _, err = h.Office.OwnClaim(t.Context(), who, atDesk)
	wantCode(t, "a claim filed at the desk", err, "claim.none")
	_, err = h.Office.WithdrawClaim(t.Context(), office.By{Actor: who}, "demo", atDesk)
	wantCode(t, "withdrawn by the token", err, "claim.none")
	_, err = h.Office.BeginFile(t.Context(), office.By{Actor: who}, office.FileOwner{Claim: atDesk}, office.FileFacts{Name: "a.pdf", Size: 1})
	wantCode(t, "a file by the token", err, "claim.none")
	_, err = h.Office.RecordClaims(t.Context(), office.By{Actor: who}, "demo", h.examined(done.ID))
	wantCode(t, "what an officer may and no program", err, "token.scope-missing")
	h.sound()
}
