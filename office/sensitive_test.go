package office_test

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/desk"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

// closer is the demo's rulebook as another programme, in which the answers that
// decide an injury and a loss are sensitive too.
func closer(t testing.TB) string {
	t.Helper()
	source := otherProgramme(t, "closer", "CL")
	for _, field := range []string{"id: medical_record\n    type: boolean\n", "id: proof\n    type: choice\n"} {
		if !strings.Contains(source, field+"    class: internal") {
			t.Fatalf("the demo's rulebook has no %s", field)
		}
		source = strings.Replace(source, field+"    class: internal", field+"    class: sensitive", 1)
	}
	return source
}

// fileInto files into a programme and answers the ids.
func (h *house) fileInto(programme string, filings ...office.Filing) []claim.ID {
	h.Helper()
	answers, err := h.Office.FileClaims(h.Context(), h.by("officer"), programme, filings)
	must(h.TB, err)
	ids := make([]claim.ID, len(answers))
	for i, a := range answers {
		ids[i] = a.ID
	}
	return ids
}

// answerAll lets the register answer claims, and the commission decide them.
func (h *house) answerAll(programme string, ids []claim.ID) {
	h.Helper()
	found := map[string][]office.Examination{}
	for _, e := range h.examined(ids...) {
		found[string(e.Finding().Outcome)] = append(found[string(e.Finding().Outcome)], e)
	}
	for _, step := range []struct {
		outcome string
		do      func(context.Context, office.By, string, []office.Examination) (office.Done, error)
	}{{"record", h.Office.RecordClaims}, {"deficient", h.Office.FindDeficient}, {"refuse", h.Office.RefuseClaims}} {
		if list := found[step.outcome]; len(list) > 0 {
			_, err := step.do(h.Context(), h.by("officer", "officer-2"), programme, list)
			must(h.TB, err)
		}
	}
	proposed, err := h.Office.ProposeInstalment(h.Context(), h.by("officer"), programme, 1000)
	must(h.TB, err)
	_, err = h.Office.AdoptInstalment(h.Context(), h.by("commissioner", "commissioner-2"), programme, proposed.Instalment)
	must(h.TB, err)
}

// The law of it: whether an answer is sensitive or not changes nothing of what
// comes of a claim.
func TestRulesThatRanAtSendingComeToTheSame(t *testing.T) {
	h := opened(t)
	h.open("closer", closer(t))
	filings := make([]office.Filing, 400)
	for i := range filings {
		filings[i] = simulate.Filing(11, i)
	}
	plain, sealed := h.fileInto("demo", filings...), h.fileInto("closer", filings...)
	h.answerAll("demo", plain)
	h.answerAll("closer", sealed)
	came := map[string]int{}
	for i := range filings {
		a, b := h.claim(plain[i]), h.claim(sealed[i])
		came[fmt.Sprintf("%s %s", b.Standing, b.Outcome)]++
		for _, c := range []struct{ a, b any }{
			{a.Standing, b.Standing},
			{a.Missing, b.Missing},
			{a.Outcome, b.Outcome},
			{a.Award, b.Award},
			{a.Ground, b.Ground},
			{a.Rule, b.Rule},
			{a.Version, b.Version},
			{a.Blank, b.Blank},
		} {
			if !reflect.DeepEqual(c.a, c.b) {
				t.Errorf("claim %d (%s): %v, and %v where it was sensitive", i, a.Category, c.a, c.b)
			}
		}
	}
	if len(came) < 4 {
		t.Errorf("too few ways: %v", came)
	}
	t.Log(came)
	h.sound()
}

// deskKey is the desk's private key, which lies beside the house.
func (h *house) deskKey() *vault.Desk {
	h.Helper()
	key, err := vault.ReadDeskKey(installation.DemoDesk(h.Data))
	must(h.TB, err)
	return key
}

// atTheDesk fetches a claim and opens it there.
func (h *house) atTheDesk(id claim.ID) desk.Claim {
	h.Helper()
	file, _, err := h.Office.FetchForDesk(h.Context(), h.by("officer"), []string{h.claim(id).Name()}, office.PurposeReview)
	must(h.TB, err)
	claims, err := desk.Open(file, h.deskKey())
	must(h.TB, err)
	return claims[0]
}

func TestADeficiencyOfAClaimWithSensitiveAnswers(t *testing.T) {
	h := opened(t)
	h.open("closer", closer(t))
	unsigned := injury("hurt", "He fell on the dark stairs.")
	delete(unsigned.Answers, "signed")
	answer := func(programme string, id claim.ID, supplied map[string]string) error {
		_, err := h.Office.AnswerDeficiency(t.Context(), h.by("officer"), programme, id, supplied)
		return err
	}

	// In the demo no rule looks into what is sensitive: it needn't be given again.
	id := h.fileInto("demo", unsigned)[0]
	_, err := h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(id))
	must(t, err)
	must(t, answer("demo", id, map[string]string{"signed": "true"}))
	if f := h.examined(id)[0].Finding(); f.Outcome != "record" || f.Trace.RestsOn != string(id.Stream())+"#3" || len(f.Trace.Steps) != 0 {
		t.Errorf("%+v", f)
	}
	h.decide(id)
	if c := h.claim(id); c.Award != euros(2500) || len(c.Blank) > 0 {
		t.Errorf("awarded %v, blank %v", c.Award, c.Blank)
	}
	if got := h.atTheDesk(id); got.Answers["statement"] != "He fell on the dark stairs." || got.Answers["signed"] != "true" || !got.Fits() {
		t.Errorf("at the desk: %v, %v", got.Answers, got.Checks)
	}

	// Here a rule looks into the doctor's record: it is asked for, by its name.
	id = h.fileInto("closer", unsigned)[0]
	_, err = h.Office.FindDeficient(t.Context(), h.by("officer"), "closer", h.examined(id))
	must(t, err)
	before := h.everything()
	err = answer("closer", id, map[string]string{"signed": "true"})
	wantCode(t, "without what the rules look into", err, "claim.sensitive-again")
	if err == nil || !strings.HasSuffix(err.Error(), `fields="medical_record"`) {
		t.Errorf("%v", err)
	}
	unchanged(h, before)
	must(t, answer("closer", id, map[string]string{"signed": "true", "medical_record": "false"}))
	h.answerAll("closer", []claim.ID{id})
	if c := h.claim(id); c.Outcome != claim.Dismissal || c.Ground != "injury-not-shown" {
		t.Errorf("%s on %s", c.Outcome, c.Ground) // by the answer that was given last
	}
	got := h.atTheDesk(id)
	if got.Answers["statement"] != "He fell on the dark stairs." || got.Answers["medical_record"] != "false" || !got.Fits() {
		t.Errorf("at the desk: %v, %v", got.Answers, got.Checks)
	}
	if again, err := got.Rerun(); err != nil || !again.Same {
		t.Errorf("%+v, %v", again, err)
	}
	h.sound()
}

// What is kept of a request to know it again must not tell a sensitive answer:
// so a repeat with another one is the same filing, and the same request.
func TestASensitiveAnswerIsNoPartOfWhatARequestIsKnownBy(t *testing.T) {
	h := opened(t)
	first, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{injury("hurt", "He fell.")})
	must(t, err)
	again, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{injury("hurt", "She fell.")})
	if err != nil || !again[0].Repeated || again[0].ID != first[0].ID {
		t.Errorf("%+v, %v", again, err)
	}
	changed := injury("hurt", "He fell.")
	changed.Answers["contact"] = "elsewhere"
	if again, err = h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{changed}); err != nil || !again[0].Changed {
		t.Errorf("%+v, %v", again, err)
	}
	fromFile := injury("file", "He fell.")
	fromFile.Digest = make([]byte, 32)
	_, err = h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{fromFile})
	wantCode(t, "from another office's file", err, "claim.sensitive-from-file")

	unsigned := injury("unsigned", "He fell.")
	delete(unsigned.Answers, "signed")
	id := h.file(unsigned)[0]
	_, err = h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(id))
	must(t, err)
	for _, statement := range []string{"He fell.", "She fell."} {
		_, err := h.Office.AnswerDeficiency(t.Context(), keyed(h.by("officer"), "once"), "demo", id, map[string]string{"signed": "true", "statement": statement})
		must(t, err)
	}
	_, err = h.Office.AnswerDeficiency(t.Context(), keyed(h.by("officer"), "once"), "demo", id, map[string]string{"signed": "false"})
	wantCode(t, "another request", err, "office.key-reused")
}

func TestWithoutADesksKeyNothingSensitiveIsTaken(t *testing.T) {
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	options := installation.Options{Now: ticking()}
	must(t, installation.Create(t.Context(), places, "register.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	h := &house{TB: t, Installation: i, people: map[string]office.Known{}}
	h.signIn(installation.FirstActor)
	h.engage("officer", office.Officer)
	open := func() error {
		_, err := h.Office.OpenProgramme(t.Context(), h.by(installation.FirstActor), "demo", []byte(demoRulebook(t)))
		return err
	}
	before := h.everything()
	wantCode(t, "a programme that asks for what is sensitive", open(), "desk.none")
	_, public, err := vault.NewDeskKey()
	must(t, err)
	use := func(who, public string) error {
		_, err := h.Office.UseDesk(t.Context(), h.by(who), public)
		return err
	}
	wantCode(t, "set by an officer", use("officer", public), "policy.capacity-missing")
	wantCode(t, "no key", use(installation.FirstActor, "key"), "vault.desk-public")
	unchanged(h, before)
	must(t, use(installation.FirstActor, public))
	must(t, use(installation.FirstActor, public)) // again: nothing new
	must(t, open())
	h.file(injury("hurt", "He fell."))
	_, next, err := vault.NewDeskKey()
	must(t, err)
	wantCode(t, "replaced by one", use(installation.FirstActor, next), "policy.second-missing")
	_, err = h.Office.UseDesk(t.Context(), h.by(installation.FirstActor, installation.FirstActor), next)
	wantCode(t, "replaced by the same one twice", err, "policy.second-same")
	_, err = h.Office.UseDesk(t.Context(), h.by(installation.FirstActor, "officer"), next)
	must(t, err)
	_, err = h.Office.UseDesk(t.Context(), h.by(installation.FirstActor, "officer"), public)
	wantCode(t, "a key that was replaced", err, "vault.desk-retired")
	// Somebody puts a key of their own into the server's folder: nothing is sealed
	// to it, and one person alone can't make it the desk's.
	_, intruders, err := vault.NewDeskKey()
	must(t, err)
	_, err = h.Office.Vault.SetDesk(intruders)
	must(t, err)
	_, err = h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{injury("hurt-2", "She fell.")})
	wantCode(t, "filed to another's key", err, "doctor.desk-differs")
	wantCode(t, "entered by one", use(installation.FirstActor, intruders), "policy.second-missing")
	h.file(departure("nothing sensitive", 2, true))
	keys, err := h.Office.History(t.Context(), "desk/installation")
	if err != nil || len(keys) != 2 || string(keys[0].Facts) == string(keys[1].Facts) {
		t.Errorf("%+v, %v", keys, err)
	}
	h.sound()
}

// A claim whose kept outcome is gone isn't judged without its sensitive answers.
func TestWithoutItsKeptOutcomeAClaimIsNotJudged(t *testing.T) {
	h := opened(t)
	id := h.file(injury("hurt", "He fell."))[0]
	h.Office.Store = outcomesLost{h.Office.Store}
	_, err := h.Office.ExamineClaims(t.Context(), h.by("officer"), []claim.ID{id})
	if !fault.Is(err, fault.Unsound) {
		t.Errorf("%v", err)
	}
	wantCode(t, "examined", err, "office.no-outcome-kept")
}

type outcomesLost struct{ store.Store }

type lostTx struct{ store.Tx }

func (s outcomesLost) Write(ctx context.Context, act func(store.Tx) error) error {
	return s.Store.Write(ctx, func(tx store.Tx) error { return act(lostTx{tx}) })
}

func (t lostTx) LatestBlobs(ids []claim.ID, prefix string) (map[claim.ID][]store.Blob, error) {
	if prefix == office.OutcomesBlob {
		return nil, nil
	}
	return t.Tx.LatestBlobs(ids, prefix)
}

// At the desk: what doesn't fit is said, and what comes out otherwise too.
func TestTheDeskSaysWhatDoesNotFit(t *testing.T) {
	h := opened(t)
	h.open("closer", closer(t))
	id := h.fileInto("closer", injury("hurt", "He fell."))[0]
	h.answerAll("closer", []claim.ID{id})
	file, _, err := h.Office.FetchForDesk(t.Context(), h.by("officer"), []string{h.claim(id).Name(), string(h.claim(id).Reference)}, office.PurposeReview)
	must(t, err)
	if len(file.Claims) != 1 {
		t.Errorf("%d claims: one was named twice", len(file.Claims))
	}
	whole, err := desk.Open(file, h.deskKey())
	must(t, err)
	if again, err := whole[0].Rerun(); err != nil || !again.Same || len(again.Lines) < 5 || !whole[0].Fits() {
		t.Errorf("%+v, %v", again, err)
	}
	whole[0].Answers["medical_record"] = "false" // the answers of another day
	again, err := whole[0].Rerun()
	if err != nil || again.Same || again.Now.Valuation.Ground != "injury-not-shown" || again.Sent.Valuation.Award == nil {
		t.Errorf("%+v, %v", again, err)
	}
	different := 0
	for _, l := range again.Lines {
		if !l.Same {
			different++
		}
	}
	if different != 3 { // the rule that now dismisses, and the two that aren't reached any more
		t.Errorf("%d lines differ: %+v", different, again.Lines)
	}
	stranger, _, err := vault.NewDeskKey()
	must(t, err)
	other, err := vault.OpenDesk(stranger)
	must(t, err)
	_, err = desk.Open(file, other)
	wantCode(t, "another desk", err, "vault.desk-other")
	for n := range file.Claims[0].Blobs {
		b := &file.Claims[0].Blobs[n]
		b.Commitment[5] ^= 1
		claims, err := desk.Open(file, h.deskKey())
		if err != nil || claims[0].Fits() || claims[0].Checks[n].Fits {
			t.Errorf("%s: a commitment changed passes, %v", b.Name, err)
		}
		b.Commitment[5] ^= 1
		b.Sealed[len(b.Sealed)-1] ^= 1
		_, err = desk.Open(file, h.deskKey())
		wantCode(t, b.Name+" changed", err, "vault.blob-damaged")
		b.Sealed[len(b.Sealed)-1] ^= 1
		b.Entry.Stream = "claim/other"
		_, err = desk.Open(file, h.deskKey())
		wantCode(t, b.Name+" of another", err, "desk.place")
		b.Entry.Stream = id.Stream()
		name := b.Name
		b.Name = "answerz.internal"
		_, err = desk.Open(file, h.deskKey())
		wantCode(t, name+" under another name", err, "desk.place")
		b.Name = name
	}
	hash := file.Claims[0].Edition.String()
	file.Editions[hash] = []byte(strings.Replace(string(file.Editions[hash]), "2500.00 EUR", "9500.00 EUR", 1))
	_, err = desk.Open(file, h.deskKey())
	wantCode(t, "another edition", err, "desk.edition-differs")
}

func TestAnotherEditionIsTriedAtTheDesk(t *testing.T) {
	h := opened(t)
	id := h.file(injury("hurt", "He fell."))[0]
	h.decide(id)
	at := h.atTheDesk(id)
	edition := func(change ...string) desk.Preview {
		p, err := at.Preview(parsed(t, strings.NewReplacer(change...).Replace(demoRulebook(t))))
		must(t, err)
		return p
	}
	if p := edition("title: {en: Harbour", "title: {en: The Harbour"); !p.Same {
		t.Errorf("%+v", p)
	}
	b := "- id: b-individual\n      categories: [b-injury]\n      sum: "
	if p := edition(b+"2500.00", b+"1500.00"); p.Same || *p.Would.Valuation.Award != money.New(150_000, "EUR") || *p.Sent.Valuation.Award != euros(2500) {
		t.Errorf("%+v", p)
	}
	if p := edition("injured, medical_record, statement]", "injured, statement]", "asks: [claimant_name, birth_date, contact, signed, incident_date, place, belongings", "asks: [medical_record, claimant_name, birth_date, contact, signed, incident_date, place, belongings"); len(p.NotAsked) != 1 || p.NotAsked[0] != "medical_record" || p.Would.Valuation.Ground != "injury-not-shown" {
		t.Errorf("%+v", p)
	}
	_, err := at.Preview(parsed(t, otherProgramme(t, "other", "OT")))
	wantCode(t, "another programme", err, "desk.preview-other")
}

func parsed(t *testing.T, source string) *rulebook.Edition {
	t.Helper()
	e, err := rulebook.Parse("next.yaml", []byte(source))
	must(t, err)
	return e
}
