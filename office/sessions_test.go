package office_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// clock is one that a test sets.
type clock struct{ seconds atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2020, time.June, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(c.seconds.Load()) * time.Second)
}

func (c *clock) pass(d time.Duration) { c.seconds.Add(int64(d / time.Second)) }

func timed(t testing.TB) (*house, *clock) {
	t.Helper()
	c := &clock{}
	return staffedAt(t, c.now), c
}

// enters is a session that was begun.
func (h *house) enters(kind office.SessionKind, subject, means string, mark []byte) string {
	h.Helper()
	token, err := h.Office.BeginSession(h.Context(), kind, subject, means, mark)
	must(h.TB, err)
	return token
}

func (h *house) signedIn(token string, want bool) {
	h.Helper()
	s, err := h.Office.Session(h.Context(), token)
	if want {
		must(h.TB, err)
		return
	}
	wantCode(h.TB, fmt.Sprintf("session %+v", s), err, "session.none")
}

func TestASessionIsItsTokens(t *testing.T) {
	h, _ := timed(t)
	one, other := h.enters(office.SessionStaff, "officer", "passkey", nil), h.enters(office.SessionStaff, "officer", "passkey", nil)
	if one == other || len(one) < 43 {
		t.Errorf("tokens %q and %q", one, other)
	}
	s, err := h.Office.Session(t.Context(), one)
	must(t, err)
	if s.Kind != office.SessionStaff || s.Subject != "officer" || s.Means != "passkey" {
		t.Errorf("%+v", s)
	}
	begin := "A"
	if one[0] == 'A' {
		begin = "B"
	}
	for _, wrong := range []string{"", one[:42], one + "A", begin + one[1:], strings.Repeat("A", 43), "'; DROP TABLE sessions; --", strings.Repeat("A", 1<<20)} {
		h.signedIn(wrong, false)
	}
	for table, rows := range h.everything() {
		if text := strings.Join(rows, "\n"); strings.Contains(text, one) {
			t.Errorf("table %s holds a token", table)
		}
	}
	must(t, h.Office.EndSession(t.Context(), one))
	must(t, h.Office.EndSession(t.Context(), one))
	h.signedIn(one, false)
	h.signedIn(other, true)
	must(t, h.Office.EndSessionsOf(t.Context(), office.SessionStaff, "officer"))
	h.signedIn(other, false)
	if _, err := h.Office.BeginSession(t.Context(), "king", "officer", "code", nil); err == nil {
		t.Error("a session of no known kind was begun")
	}
}

func TestASessionEndsInTimeHoweverBusyAndWhenItIsIdle(t *testing.T) {
	h, c := timed(t)
	for _, of := range []struct {
		kind       office.SessionKind
		subject    string
		most, idle time.Duration
	}{
		{office.SessionStaff, "officer", 12 * time.Hour, 30 * time.Minute},
		{office.SessionRepresentative, "officer", 12 * time.Hour, 30 * time.Minute},
		{office.SessionClaimant, "5f", 15 * time.Minute, 15 * time.Minute},
		{office.SessionDraft, "d1", 30 * 24 * time.Hour, 24 * time.Hour},
	} {
		idle := h.enters(of.kind, of.subject, "code", nil)
		c.pass(of.idle - time.Second)
		h.signedIn(idle, true)
		if of.idle < of.most {
			c.pass(of.idle - time.Second)
			h.signedIn(idle, true) // it was seen in between
		}
		c.pass(of.idle)
		h.signedIn(idle, false)

		busy := h.enters(of.kind, of.subject, "code", nil)
		step := min(of.idle, of.most) / 2
		for passed := step; passed < of.most; passed += step {
			c.pass(step)
			h.signedIn(busy, true)
		}
		c.pass(step)
		h.signedIn(busy, false)
	}
}

// Looking at pages must not write a row for each.
func TestThatASessionWasSeenIsWrittenOnceAMinute(t *testing.T) {
	h, c := timed(t)
	token := h.enters(office.SessionStaff, "officer", "passkey", nil)
	before := strings.Join(h.everything()["sessions"], "\n")
	for range 59 {
		c.pass(time.Second)
		h.signedIn(token, true)
	}
	if strings.Join(h.everything()["sessions"], "\n") != before {
		t.Error("it was written within the minute")
	}
	c.pass(time.Second)
	h.signedIn(token, true)
	if strings.Join(h.everything()["sessions"], "\n") == before {
		t.Error("it was not written after a minute")
	}
}

func TestSessionsThatEndedAreSweptWhenAnotherBegins(t *testing.T) {
	h, c := timed(t)
	for range 5 {
		h.enters(office.SessionClaimant, "5f", "passkey", nil)
	}
	c.pass(15 * time.Minute)
	h.enters(office.SessionClaimant, "5f", "passkey", nil)
	if rows := h.everything()["sessions"]; len(rows) != 1 {
		t.Errorf("%d sessions are kept", len(rows))
	}
}

func TestWhoseActorIsEndedIsSignedOutAtOnce(t *testing.T) {
	h := staffed(t)
	var theirs []string
	for range 3 {
		theirs = append(theirs, h.enters(office.SessionStaff, "officer", "passkey", nil), h.enters(office.SessionRepresentative, "officer", "oidc", nil))
	}
	another := h.enters(office.SessionStaff, "officer-2", "passkey", nil)
	known, _, err := h.Office.KnownBySession(t.Context(), theirs[0])
	must(t, err)
	if known.ID() != "officer" {
		t.Errorf("known as %s", known.ID())
	}
	must(t, h.Office.EndActor(t.Context(), h.by(installation.FirstActor), "officer"))
	for _, token := range theirs {
		h.signedIn(token, false)
	}
	h.signedIn(another, true)
	if rows := h.everything()["sessions"]; len(rows) != 1 {
		t.Errorf("%d sessions are kept", len(rows))
	}
	// Who was known before is stopped at the act itself.
	_, _, err = h.Office.GiveCode(t.Context(), office.By{Actor: known}, "", "5f")
	wantCode(t, "an act by who was ended", err, "policy.actor-unknown")
	_, err = h.Office.BeginSession(t.Context(), office.SessionStaff, "officer", "passkey", nil)
	wantCode(t, "signing in who was ended", err, "session.none")
	_, err = h.Office.BeginSession(t.Context(), office.SessionStaff, "nobody", "passkey", nil)
	wantCode(t, "signing in nobody", err, "session.none")
}

func TestAClaimantsSessionEndsWithTheCodeItWasBegunWith(t *testing.T) {
	h := opened(t)
	f := departure("a", 2, true)
	f.Code = true
	answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{f})
	must(t, err)
	a := answers[0]
	_, mark, err := h.Office.ClaimByCode(t.Context(), string(a.Reference), string(a.Code))
	must(t, err)
	byCode, byPasskey := h.enters(office.SessionClaimant, string(a.ID), "code", mark), h.enters(office.SessionClaimant, string(a.ID), "passkey", nil)
	h.signedIn(byCode, true)
	known, _, err := h.Office.KnownBySession(t.Context(), byCode)
	must(t, err)
	_, _, err = h.Office.GiveCode(t.Context(), office.By{Actor: known}, "demo", a.ID)
	wantCode(t, "what is an officer's, by a claimant", err, "policy.not-claimants")
	_, _, err = h.Office.GiveCode(t.Context(), h.by("officer"), "demo", a.ID)
	must(t, err)
	h.signedIn(byCode, false)
	h.signedIn(byPasskey, true)
	_, err = h.Office.BeginSession(t.Context(), office.SessionClaimant, string(a.ID), "code", bytes.Repeat([]byte{7}, 32))
	wantCode(t, "with the mark of another code", err, "session.none")
}

func TestTriesAreCountedForTheWholeInstallation(t *testing.T) {
	h, c := timed(t)
	remote, thing := office.Limit{Of: "from 192.0.2.7", Most: 4}, office.Limit{Of: "reference K4T9", Most: 2}
	take := func(want bool, limits ...office.Limit) {
		t.Helper()
		wait, err := h.Office.TakeTry(t.Context(), limits...)
		must(t, err)
		if (wait > 0) != want || wait > office.TriesWhile {
			t.Errorf("wait %v", wait)
		}
	}
	take(false, remote, thing)
	must(t, h.Office.GiveBackTry(t.Context(), remote, thing))
	take(false, remote, thing)
	take(false, remote, thing)
	take(true, remote, thing) // no try of the thing is left; one more of the place is spent
	take(false, remote)
	take(true, remote, office.Limit{Of: "another", Most: 2}) // the place has none left,
	take(false, office.Limit{Of: "another", Most: 1})        // and what lies behind lost nothing
	for table, rows := range h.everything() {
		if strings.Contains(strings.Join(rows, "\n"), "192.0.2.7") {
			t.Errorf("table %s holds an address", table)
		}
	}
	c.pass(office.TriesWhile)
	take(false, remote, thing)

	// Who counts much takes some ahead, of what is left.
	asks := office.Limit{Of: "asks", Most: 7}
	for _, want := range []office.Allowance{{Taken: 5, Left: 2}, {Taken: 2}, {}} {
		got, err := h.Office.TakeAllowance(t.Context(), asks, time.Minute, 5)
		must(t, err)
		if wait := got.Until.Sub(h.Office.Now()); got.Taken != want.Taken || got.Left != want.Left || wait <= 0 || wait > time.Minute {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	c.pass(-24 * time.Hour) // the clock was ahead: nobody waits for that day
	got, err := h.Office.TakeAllowance(t.Context(), asks, time.Minute, 5)
	if err != nil || got.Taken != 5 {
		t.Errorf("once the clock is right: %+v, %v", got, err)
	}
	c.pass(24 * time.Hour)

	// Of many at once no more than those that are left get through.
	many := office.Limit{Of: "many", Most: 5}
	var through atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if wait, err := h.Office.TakeTry(t.Context(), many); err == nil && wait == 0 {
				through.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if through.Load() != 5 {
		t.Errorf("%d of 5 got through", through.Load())
	}
}

func TestCountsThatAreOverAreForgotten(t *testing.T) {
	h, c := timed(t)
	for n := range 100 {
		_, err := h.Office.TakeTry(t.Context(), office.Limit{Of: fmt.Sprint(n), Most: 5})
		must(t, err)
	}
	c.pass(office.TriesWhile)
	for range 64 {
		_, err := h.Office.TakeTry(t.Context(), office.Limit{Of: "last", Most: 5})
		must(t, err)
	}
	if rows := h.everything()["tries"]; len(rows) != 1 {
		t.Errorf("%d counts are kept", len(rows))
	}
}
