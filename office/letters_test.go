package office_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/store"
)

// aftercare is what the demo's rulebook says of what comes after a claim was
// sent.
const aftercare = `
deadlines:
  - {id: answer, for: claimant, from: found-deficient, within: P30D, text: {en: Bring what is missing.}}
  - {id: review, for: claimant, from: refused, within: P60D, text: {en: Ask for a review.}}
  - {id: look, for: register, from: filed, within: P90D, text: {en: Answer the claim.}}
letters:
  - id: arrived
    on: filed
    subject: {en: "Your claim {reference}"}
    text: {en: "Dear {claimant_name}, your claim arrived on {received}."}
retention:
  - {id: letters, of: letters, from: withdrawn, keep: P1Y, basis: invented}
`

// cared is a house whose programme has letters, deadlines and a retention.
func cared(t testing.TB) *house {
	t.Helper()
	h := staffed(t)
	h.open("demo", demoRulebook(t)+aftercare)
	return h
}

func (h *house) followed() {
	h.Helper()
	_, err := h.Office.Sequence(context.Background())
	must(h.TB, err)
	must(h.TB, h.Office.FollowUp(context.Background()))
}

func (h *house) letters(id claim.ID) []office.Letter {
	h.Helper()
	h.followed()
	letters, err := h.Office.Letters(context.Background(), id)
	must(h.TB, err)
	return letters
}

func (h *house) deficient(ids ...claim.ID) {
	h.Helper()
	_, err := h.Office.FindDeficient(context.Background(), h.by("officer"), "demo", h.examined(ids...))
	must(h.TB, err)
}

// claimant is who claims, by a new code.
func (h *house) claimant(id claim.ID) office.By {
	h.Helper()
	ctx := context.Background()
	code, _, err := h.Office.GiveCode(ctx, h.by("officer"), "demo", id)
	must(h.TB, err)
	known, _, _, err := h.Office.ClaimantByCode(ctx, string(h.claim(id).Reference), string(code))
	must(h.TB, err)
	return office.By{Actor: known}
}

func lettersOn(letters []office.Letter) (on []string) {
	for _, l := range letters {
		on = append(on, l.On)
	}
	return on
}

func TestALetterSaysWhatWhyAndUntilWhen(t *testing.T) {
	h := cared(t)
	ids := h.file(departure("fit", 2, true), departure("unsigned", 2, false), elsewhere(departure("away", 2, true)))
	h.record(ids[0])
	h.deficient(ids[1])
	_, err := h.Office.RefuseClaims(t.Context(), h.by("officer", "officer-2"), "demo", h.examined(ids[2]))
	must(t, err)
	first := h.letters(ids[0])
	if got := lettersOn(first); !slices.Equal(got, []string{"filed", "recorded"}) {
		t.Fatalf("letters %v", got)
	}
	if c := first[0].Content; c.Subject != "Your claim "+string(c.Reference) || c.Text != "Dear Olena fit, your claim arrived on 2020-05-01." || c.Language != "en" {
		t.Errorf("the rulebook's letter: %+v", c)
	}
	missing := h.letters(ids[1])[1].Content
	if len(missing.Missing) != 1 || missing.Deadlines[0].Ends.String() != "2020-07-01" || missing.Deadlines[0].For != "claimant" {
		t.Errorf("what is missing: %+v", missing)
	}
	refused := h.letters(ids[2])[1].Content
	if refused.Ground == "" || refused.Deadlines[0].Text != "Ask for a review." || refused.Deadlines[0].Ends.String() != "2020-07-31" {
		t.Errorf("a refusal: %+v", refused)
	}
	rule := slices.IndexFunc(refused.Reasons, func(r office.Reason) bool { return r.Change })
	if rule < 0 || !slices.ContainsFunc(refused.Reasons[rule].Facts, func(f office.LetterFact) bool { return f.Answer != "" && f.Question != "" }) {
		t.Errorf("no rule with a fact of the claimant's: %+v", refused.Reasons)
	}
	h.adopt(h.propose())
	decided := h.letters(ids[0])
	if got := decided[len(decided)-1]; got.On != "awarded" || !slices.ContainsFunc(got.Content.Reasons, func(r office.Reason) bool { return r.Outcome == "award" }) {
		t.Errorf("an award: %+v", got)
	}
	for _, r := range h.readings(ids[2]) {
		if r.Purpose == office.PurposeLetter && (r.Manner != office.ByRule || r.Actor != "installation" || len(r.Opened) == 0) {
			t.Errorf("the reading log: %+v", r)
		}
	}
	if !slices.ContainsFunc(h.readings(ids[2]), func(r office.Reading) bool { return r.Purpose == office.PurposeLetter }) {
		t.Error("a letter was written of a trace, and the reading log doesn't know")
	}
	h.sound()
}

// A second run, a run that failed on its way, and one that a crash took back,
// write nothing twice and forget nothing.
func TestFollowingTheDocketAgainWritesNothingTwice(t *testing.T) {
	h := cared(t)
	ids := h.filed(450) // more than one transaction follows
	h.followed()
	count := func() (n int) {
		for _, id := range ids {
			letters, err := h.Office.Letters(t.Context(), id)
			must(t, err)
			n += len(letters)
		}
		return n
	}
	if n := count(); n != len(ids) {
		t.Fatalf("%d letters for %d claims", n, len(ids))
	}
	h.followed()
	must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error { return tx.PutMeta("followed", "0/0") }))
	h.followed()
	if n := count(); n != len(ids) {
		t.Errorf("%d letters for %d claims, after the docket was followed again", n, len(ids))
	}
	parts := h.Office.Parts
	broken := errors.New("the disk is full")
	parts.Store = stoppingStore{parts.Store, broken}
	h.record(ids[0])
	_, err := h.Office.Sequence(t.Context())
	must(t, err)
	if err := office.New(parts).FollowUp(t.Context()); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if n := count(); n != len(ids) {
		t.Errorf("a run that failed left %d letters", n-len(ids))
	}
	h.followed()
	if n := count(); n != len(ids)+1 {
		t.Errorf("the letter is lost: %d", n)
	}
}

// stoppingStore fails each act at its end.
type stoppingStore struct {
	store.Store
	with error
}

func (s stoppingStore) Write(ctx context.Context, act func(store.Tx) error) error {
	return s.Store.Write(ctx, func(tx store.Tx) error {
		if err := act(tx); err != nil {
			return err
		}
		return s.with
	})
}

func TestWhatIsOldIsNoNews(t *testing.T) {
	h := cared(t)
	ids := h.filed(1)
	h.later(31 * 24 * time.Hour)
	if letters := h.letters(ids[0]); len(letters) != 0 {
		t.Errorf("a letter on what happened a month ago: %v", lettersOn(letters))
	}
	h.record(ids[0])
	if letters := h.letters(ids[0]); !slices.Equal(lettersOn(letters), []string{"recorded"}) {
		t.Errorf("letters %v", lettersOn(letters))
	}
}

// What is sensitive is not opened for a letter: the letter says so.
func TestNoLetterHoldsWhatIsSensitive(t *testing.T) {
	h := cared(t)
	id := h.file(injury("hurt", "He fell from the crane."))[0]
	h.decide(id)
	letters := h.letters(id)
	last := letters[len(letters)-1].Content
	if !last.AtDesk {
		t.Errorf("the reasons rest on sensitive answers, and the letter doesn't say so: %+v", last)
	}
	if text := fmt.Sprintf("%+v", letters); strings.Contains(text, "crane") {
		t.Errorf("a sensitive answer: %s", text)
	}
}

func TestACodeTellsThatALetterIsOursAndNothingElse(t *testing.T) {
	h := cared(t)
	id := h.filed(1)[0]
	l := h.letters(id)[0]
	ours, err := h.Office.IsOurs(t.Context(), strings.ToLower(string(l.Code)))
	if err != nil || ours.State != store.LetterShown || !ours.Made.Equal(l.Made.Time) {
		t.Errorf("%+v, %v", ours, err)
	}
	for _, code := range []string{"", "nonsense", string(h.claim(id).Reference), string(claim.NewCode([11]byte{1, 2, 3}))} {
		if _, err := h.Office.IsOurs(t.Context(), code); fault.Code(err) != "letter.not-ours" {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestLettersGoWithTheirTimeAndWithTheirClaim(t *testing.T) {
	h := cared(t)
	ids := h.filed(2)
	must(t, h.Office.SetContact(t.Context(), h.by("officer"), "demo", ids[1], office.Contact{Channel: office.ByMail, Mail: "a@example.org"}))
	h.followed()
	h.withdraw(ids...)
	h.followed()
	must(t, h.Office.ClearLetters(t.Context()))
	if n := len(h.letters(ids[0])); n != 2 {
		t.Fatalf("%d letters before their day", n)
	}
	_, err := h.erase(ids[1])
	must(t, err)
	if n := len(h.letters(ids[1])); n != 0 {
		t.Errorf("%d letters of an erased claim", n)
	}
	h.later(366 * 24 * time.Hour)
	must(t, h.Office.ClearLetters(t.Context()))
	if n := len(h.letters(ids[0])); n != 0 {
		t.Errorf("%d letters after their day", n)
	}
	h.sound()
}

func TestAContactIsHeldAgainstItsFormAndKeptSealed(t *testing.T) {
	h := cared(t)
	id := h.filed(1)[0]
	by := h.claimant(id)
	for _, c := range []struct {
		code  string
		given office.Contact
	}{
		{"letter.contact-missing", office.Contact{}},
		{"letter.contact-missing", office.Contact{Channel: office.ByMail}},
		{"letter.contact-missing", office.Contact{Channel: office.ByPost, Mail: "a@example.org"}},
		{"letter.contact-form", office.Contact{Channel: office.ByMail, Mail: "Olena <a@example.org>"}},
		{"letter.contact-form", office.Contact{Channel: office.ByMail, Mail: "a@example.org\r\nBcc: all@example.org"}},
		{"letter.contact-long", office.Contact{Channel: office.ByPhone, Phone: strings.Repeat("1", 401)}},
	} {
		if err := h.Office.SetContact(t.Context(), by, "demo", id, c.given); fault.Code(err) != c.code {
			t.Errorf("%+v: %v, want %s", c.given, err, c.code)
		}
	}
	want := office.Contact{Channel: office.ByPhone, Language: "uk", Phone: "+380 44 canary-phone", Times: "canary-times", NoMessages: true}
	must(t, h.Office.SetContact(t.Context(), by, "demo", id, want))
	got, err := h.Office.Contact(t.Context(), by, "demo", id)
	must(t, err)
	if got != want {
		t.Errorf("got %+v", got)
	}
	for table, rows := range h.everything() {
		if text := strings.Join(rows, "\n"); strings.Contains(text, "canary") {
			t.Errorf("in clear in %s", table)
		}
	}
	other := h.filed(1)[0]
	if _, err := h.Office.Contact(t.Context(), by, "demo", other); fault.Code(err) != "claim.none" {
		t.Errorf("another's contact: %v", err)
	}
	before := len(h.readings(id))
	_, err = h.Office.Contact(t.Context(), h.by("officer"), "demo", id)
	must(t, err)
	if after := h.readings(id); len(after) != before+1 || after[before].Manner != office.ByPerson {
		t.Errorf("an officer saw it, and the reading log doesn't know: %+v", after)
	}
}

func TestPacesWithholdAHandful(t *testing.T) {
	h := cared(t)
	ids := h.filed(press.Small + 1)
	h.later(48 * time.Hour)
	h.record(ids[:press.Small-1]...)
	h.followed()
	paces, err := h.Office.Paces(t.Context(), "demo", "a-departure")
	must(t, err)
	if len(paces) != 0 {
		t.Errorf("told of %d claims: %+v", press.Small-1, paces)
	}
	h.later(72 * time.Hour)
	h.record(ids[press.Small-1:]...)
	h.followed()
	paces, err = h.Office.Paces(t.Context(), "demo", "a-departure")
	must(t, err)
	want := office.Pace{Step: "recorded", Claims: press.Small + 1, Median: 2}
	if len(paces) != 1 || paces[0] != want {
		t.Errorf("got %+v, want %+v", paces, want)
	}
}
