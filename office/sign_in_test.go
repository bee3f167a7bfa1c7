package office_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// passkey is one as the office sees it: a name and a key.
func passkey(name string) office.Proof {
	return office.Proof{Means: office.MeansPasskey, Name: name, Key: []byte("key of " + name)}
}

// comesIn signs in with a proof whose check counts.
func (h *house) comesIn(p office.Proof, kinds ...office.SessionKind) (string, office.Way, error) {
	h.Helper()
	return h.Office.SignIn(h.Context(), p, func(key []byte) ([]byte, error) {
		if !strings.HasPrefix(string(key), string(p.Key)) {
			return nil, errors.New("another key")
		}
		return append(key, '+'), nil
	}, kinds...)
}

func (h *house) invited(id string, replacing bool) string {
	h.Helper()
	token, _, err := h.Office.InviteActor(h.Context(), h.by("administrator"), id, replacing)
	must(h.TB, err)
	return token
}

// entered are the facts of all entries of a stream, with kind and means.
func (h *house) entered(stream docket.Stream) (all []string) {
	h.Helper()
	steps, err := h.Office.History(h.Context(), stream)
	must(h.TB, err)
	for _, s := range steps {
		all = append(all, string(s.Kind)+" "+s.Means+" "+string(s.Facts))
	}
	return all
}

// Who is invited makes a passkey, comes in by it, and stands in the docket with
// it from then on.
func TestWhoIsInvitedSignsInByAPasskey(t *testing.T) {
	h, c := timed(t)
	token := h.invited("officer", false)
	for range 2 { // looking spends nothing
		is, err := h.Office.Invited(t.Context(), token)
		must(t, err)
		if is.Actor != "officer" || is.Replacing || !is.Until.Equal(c.now().Add(72*time.Hour)) {
			t.Errorf("%+v", is)
		}
	}
	_, _, err := h.comesIn(passkey("p"), office.SessionStaff)
	wantCode(t, "before it was enrolled", err, "signin.unknown")
	session, err := h.Office.EnrolInvited(t.Context(), token, passkey("p"))
	must(t, err)
	h.signedIn(session, true)
	_, err = h.Office.EnrolInvited(t.Context(), token, passkey("q"))
	wantCode(t, "the invitation again", err, "signin.voucher")

	session, way, err := h.comesIn(passkey("p"), office.SessionStaff)
	must(t, err)
	if way != (office.Way{Kind: office.SessionStaff, Subject: "officer"}) {
		t.Errorf("%+v", way)
	}
	wrong := passkey("p")
	wrong.Key = []byte("another")
	_, _, err = h.comesIn(wrong, office.SessionStaff)
	wantCode(t, "a signature by another key", err, "signin.unknown")
	_, _, err = h.comesIn(passkey("p"), office.SessionClaimant, office.SessionDraft)
	wantCode(t, "an officer's passkey as a claimant's", err, "signin.unknown")

	// What is entered in the session names the means, as do the entries of the way there.
	known, _, err := h.Office.KnownBySession(t.Context(), session)
	must(t, err)
	h.open("demo", demoRulebook(t))
	answers, err := h.Office.FileClaims(t.Context(), office.By{Actor: known}, "demo", []office.Filing{departure("a", 2, true)})
	must(t, err)
	if got := h.entered(answers[0].ID.Stream()); !strings.HasPrefix(got[0], "claim.filed.v1 passkey ") {
		t.Errorf("%q", got)
	}
	want := `actor.added.v1 credential {"capacities":["officer"]}
actor.invited.v1 credential 
actor.enrolled.v1 invitation {"means":"passkey"}`
	if got := strings.Join(h.entered("actor/officer"), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	h.sound()
}

func TestAnInvitationIsGoodForAWhileOnceAndForWhoStands(t *testing.T) {
	h, c := timed(t)
	none := func(what, token string) {
		t.Helper()
		_, err := h.Office.Invited(t.Context(), token)
		wantCode(t, what, err, "signin.voucher")
		_, err = h.Office.EnrolInvited(t.Context(), token, passkey("p"))
		wantCode(t, what, err, "signin.voucher")
	}
	first := h.invited("officer", false)
	second := h.invited("officer", false)
	none("one before another", first)
	none("no token", "")
	none("a token of nobody's", strings.Repeat("A", 43))
	ceremony, err := h.Office.BeginCeremony(t.Context(), "register", nil)
	must(t, err)
	none("a token for something else", ceremony)
	c.pass(72*time.Hour - time.Second)
	_, err = h.Office.Invited(t.Context(), second)
	must(t, err)
	c.pass(time.Second)
	none("one that is over", second)
	ended := h.invited("treasurer", false)
	must(t, h.Office.EndActor(t.Context(), h.by("administrator"), "treasurer"))
	none("one for who was ended", ended)
	_, _, err = h.Office.InviteActor(t.Context(), h.by("administrator"), "treasurer", false)
	wantCode(t, "inviting who was ended", err, "actor.none")
	_, _, err = h.Office.InviteActor(t.Context(), h.by("officer"), "officer", false)
	wantCode(t, "inviting oneself", err, "policy.capacity-missing")
}

// Who lost their passkey is invited anew: what they had is worth nothing from
// then on.
func TestAnInvitationThatReplacesEndsWhatThereWas(t *testing.T) {
	h, _ := timed(t)
	old, err := h.Office.EnrolInvited(t.Context(), h.invited("officer", false), passkey("lost"))
	must(t, err)
	replacing := h.invited("officer", true)
	h.signedIn(old, true) // the invitation alone ends nothing
	_, err = h.Office.EnrolInvited(t.Context(), replacing, passkey("new"))
	must(t, err)
	h.signedIn(old, false)
	_, _, err = h.comesIn(passkey("lost"), office.SessionStaff)
	wantCode(t, "the lost one", err, "signin.unknown")
	_, _, err = h.comesIn(passkey("new"), office.SessionStaff)
	must(t, err)
	if got := h.entered("actor/officer"); got[len(got)-1] != `actor.enrolled.v1 invitation {"means":"passkey","replacing":true}` {
		t.Errorf("%q", got)
	}
}

// One person who could come in as two would be two people where two are needed.
func TestAWayInIsOnePersons(t *testing.T) {
	h, _ := timed(t)
	account := office.Proof{Means: office.MeansProvider, Name: "https://id.example\x00subject-1"}
	_, err := h.Office.EnrolInvited(t.Context(), h.invited("officer", false), account)
	must(t, err)
	token := h.invited("officer-2", false)
	_, err = h.Office.EnrolInvited(t.Context(), token, account)
	wantCode(t, "the same account for another", err, "signin.taken")
	_, err = h.Office.EnrolInvited(t.Context(), token, passkey("own")) // the refusal spent nothing
	must(t, err)
	session, way, err := h.Office.SignIn(t.Context(), account, nil, office.SessionStaff)
	must(t, err)
	if way.Subject != "officer" {
		t.Errorf("%+v", way)
	}
	s, err := h.Office.Session(t.Context(), session)
	must(t, err)
	if s.Means != "oidc" {
		t.Errorf("%+v", s)
	}
	for table, rows := range h.everything() {
		if strings.Contains(strings.Join(rows, "\n"), "subject-1") {
			t.Errorf("table %s holds the account's name", table)
		}
	}
}

func TestWhoIsSignedInAddsAndRemovesWaysIn(t *testing.T) {
	h, _ := timed(t)
	first, err := h.Office.EnrolInvited(t.Context(), h.invited("officer", false), passkey("one"))
	must(t, err)
	ways, err := h.Office.WaysIn(t.Context(), first)
	must(t, err)
	wantCode(t, "the only one", h.Office.Unenrol(t.Context(), first, ways[0].ID()), "signin.last")
	must(t, h.Office.Enrol(t.Context(), first, passkey("two")))
	second, _, err := h.comesIn(passkey("two"), office.SessionStaff)
	must(t, err)
	wantCode(t, "one that isn't there", h.Office.Unenrol(t.Context(), second, "0123456789abcdef"), "signin.no-way")
	must(t, h.Office.Unenrol(t.Context(), second, ways[0].ID()))
	h.signedIn(first, false) // it was begun by what is gone
	h.signedIn(second, true)
	_, _, err = h.comesIn(passkey("one"), office.SessionStaff)
	wantCode(t, "what was removed", err, "signin.unknown")
	for n := range 9 {
		must(t, h.Office.Enrol(t.Context(), second, passkey(strings.Repeat("x", n+1))))
	}
	wantCode(t, "too many", h.Office.Enrol(t.Context(), second, passkey("more")), "signin.too-many")
	if got := h.entered("actor/officer")[4]; got != `actor.unenrolled.v1 passkey {"means":"passkey"}` {
		t.Errorf("%q", got)
	}
	h.sound()
}

// The first administrator comes in by what stands on the terminal of serve:
// once, and never again once anybody was let in.
func TestTheFirstAdministratorIsLetInOnceByTheTerminal(t *testing.T) {
	h, c := timed(t)
	setUp := func() string {
		t.Helper()
		token, _, err := h.Office.SetUp(t.Context(), installation.FirstActor)
		must(t, err)
		return token
	}
	before, now := setUp(), setUp() // the program started again
	_, err := h.Office.Invited(t.Context(), before)
	wantCode(t, "what an earlier start printed", err, "signin.voucher")
	is, err := h.Office.Invited(t.Context(), now)
	must(t, err)
	if is.Actor != installation.FirstActor || !is.Until.Equal(c.now().Add(24*time.Hour)) {
		t.Errorf("%+v", is)
	}
	c.pass(24 * time.Hour)
	_, err = h.Office.EnrolInvited(t.Context(), now, passkey("p"))
	wantCode(t, "after a day", err, "signin.voucher")
	session, err := h.Office.EnrolInvited(t.Context(), setUp(), passkey("p"))
	must(t, err)
	h.signedIn(session, true)
	if got := h.entered(docket.Stream("actor/" + installation.FirstActor)); got[len(got)-1] != `actor.enrolled.v1 installation {"means":"passkey"}` {
		t.Errorf("%q", got)
	}
	if again := setUp(); again != "" {
		t.Error("a second one was made")
	}
	// Whoever removes all ways in doesn't open the door again.
	must(t, h.Office.EndActor(t.Context(), h.by("administrator"), installation.FirstActor))
	if again := setUp(); again != "" {
		t.Error("one was made when nobody was left to sign in")
	}
}

func TestWhereSomebodySignsInAlreadyTheTerminalLetsNobodyIn(t *testing.T) {
	h, _ := timed(t)
	_, err := h.Office.EnrolInvited(t.Context(), h.invited("officer", false), passkey("p"))
	must(t, err)
	token, _, err := h.Office.SetUp(t.Context(), installation.FirstActor)
	must(t, err)
	if token != "" {
		t.Error("a token was made")
	}
}

func TestAnActorWithoutACredentialSignsInByPasskeyAlone(t *testing.T) {
	h, _ := timed(t)
	must(t, h.Office.AddActor(t.Context(), h.by("administrator"), "officer-9", []string{office.Officer}, nil))
	_, err := h.Office.EnrolInvited(t.Context(), h.invited("officer-9", false), passkey("p"))
	must(t, err)
	_, way, err := h.comesIn(passkey("p"), office.SessionStaff)
	must(t, err)
	if way.Subject != "officer-9" {
		t.Errorf("%+v", way)
	}
	if all := strings.Join(h.everything()["credentials"], "\n"); strings.Contains(all, "officer-9") {
		t.Error("a credential was made")
	}
}

func TestACeremonyEndsOnceAndInTime(t *testing.T) {
	h, c := timed(t)
	token, err := h.Office.BeginCeremony(t.Context(), "sign-in", []byte("challenge"))
	must(t, err)
	_, err = h.Office.EndCeremony(t.Context(), "register", token)
	wantCode(t, "for another purpose", err, "signin.voucher")
	body, err := h.Office.EndCeremony(t.Context(), "sign-in", token)
	must(t, err)
	if string(body) != "challenge" {
		t.Errorf("%q", body)
	}
	_, err = h.Office.EndCeremony(t.Context(), "sign-in", token)
	wantCode(t, "again", err, "signin.voucher")
	late, err := h.Office.BeginCeremony(t.Context(), "sign-in", nil)
	must(t, err)
	c.pass(office.CeremonyTime)
	_, err = h.Office.EndCeremony(t.Context(), "sign-in", late)
	wantCode(t, "too late", err, "signin.voucher")
	_, err = h.Office.BeginCeremony(t.Context(), "sign-in", nil)
	must(t, err)
	if rows := h.everything()["vouchers"]; len(rows) != 1 {
		t.Errorf("%d vouchers are kept", len(rows))
	}
}

// A claimant's passkey leads to each of their claims, and to nobody else's.
func TestAClaimantsPasskeyLeadsToEachOfTheirClaims(t *testing.T) {
	h := opened(t)
	ids := h.filed(3)
	at := func(id claim.ID) string { return h.enters(office.SessionClaimant, string(id), "code", nil) }
	must(t, h.Office.Enrol(t.Context(), at(ids[0]), passkey("hers")))
	must(t, h.Office.Enrol(t.Context(), at(ids[1]), passkey("hers")))
	must(t, h.Office.Enrol(t.Context(), at(ids[2]), passkey("his")))
	session, way, err := h.comesIn(passkey("hers"), office.SessionClaimant, office.SessionDraft)
	must(t, err)
	if way.Subject != string(ids[1]) {
		t.Errorf("came to %s, which isn't the newest", way.Subject)
	}
	known, _, err := h.Office.KnownBySession(t.Context(), session)
	must(t, err)
	_, err = h.Office.WithdrawClaim(t.Context(), office.By{Actor: known}, "demo", ids[0])
	if err == nil {
		t.Error("signed in to one claim, another was withdrawn")
	}
	ways, err := h.Office.Ways(t.Context(), session)
	must(t, err)
	if len(ways) != 2 {
		t.Errorf("%+v", ways)
	}
	_, err = h.Office.GoOver(t.Context(), session, office.Way{Kind: office.SessionClaimant, Subject: string(ids[2])})
	wantCode(t, "over to another's", err, "session.none")
	over, err := h.Office.GoOver(t.Context(), session, office.Way{Kind: office.SessionClaimant, Subject: string(ids[0])})
	must(t, err)
	h.signedIn(session, false)
	s, err := h.Office.Session(t.Context(), over)
	must(t, err)
	if s.Subject != string(ids[0]) || s.Means != "passkey" {
		t.Errorf("%+v", s)
	}
}

func TestWhoSignedInToADraftThatIsSentComesToTheClaim(t *testing.T) {
	h := opened(t)
	d := departure("a", 2, true)
	draft, err := h.Office.SaveDraft(t.Context(), h.by("officer"), office.Draft{Programme: "demo", Category: d.Category, DraftContent: office.DraftContent{Claimant: d.Claimant, Received: d.Received, Answers: d.Answers}})
	must(t, err)
	session := h.enters(office.SessionDraft, draft.ID, "code", nil)
	must(t, h.Office.Enrol(t.Context(), session, passkey("hers")))
	sent, err := h.Office.SendDraft(t.Context(), h.by("officer"), draft.ID, nil)
	must(t, err)
	h.signedIn(session, false)
	_, way, err := h.comesIn(passkey("hers"), office.SessionClaimant, office.SessionDraft)
	must(t, err)
	if way != (office.Way{Kind: office.SessionClaimant, Subject: string(sent.ID)}) {
		t.Errorf("%+v", way)
	}
}
