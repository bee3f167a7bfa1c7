package rulebooks_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

func TestRD4U12AMisfiledClaimMovesWithConsentAndKeepsItsDay(t *testing.T) {
	e := parse(t, "rd4u")
	was, _ := e.Category("a3-1")
	misfiled := claim(t, e, "a3-1", "move_consent=true", "property_kind=other", "claimed_currency=UAH", "claimed_uah=90000.00", "claimed_reasoning=Three bids.")
	for _, id := range []string{"a3-2", "a3-3", "a3-6", "a3-7"} {
		right, _ := e.Category(id)
		carried := map[string]string{}
		for field, v := range misfiled.Answers {
			if slices.Contains(right.Asks, field) {
				carried[field] = v.Text()
			}
		}
		answers, err := e.Read(id, carried)
		if err != nil {
			t.Fatal(err)
		}
		if carried["move_consent"] != "true" || carried["claimed_uah"] != "90000.00 UAH" || carried["circumstances"] == "" {
			t.Errorf("to %s goes only %v", id, carried)
		}
		moved := misfiled
		moved.Category, moved.Answers = id, answers
		f := assess(t, e, moved)
		if f.Trace.Received != misfiled.Received || f.Trace.Category != id {
			t.Errorf("moved to %s it stands under %s, received on %s", id, f.Trace.Category, f.Trace.Received)
		}
		for _, missing := range f.Missing {
			if field := strings.TrimPrefix(missing, rulebook.AnswerPrefix); slices.Contains(was.Asks, field) {
				t.Errorf("moved to %s it is asked %s again", id, missing)
			}
		}
	}
}

func TestRD4U13WhoFilesForWhom(t *testing.T) {
	e := parse(t, "rd4u")
	for _, c := range []struct{ category, answers, want string }{
		{"a2-3", "filed_by=self", "record "},
		{"a2-3", "filed_by=parent mandate_shown=true", "record "},
		{"a2-3", "filed_by=parent", "deficient mandate:parent "},
		{"a2-3", "filed_by=parent mandate_shown=false", "deficient mandate:parent "},
		{"a2-3", "filed_by=guardian mandate_shown=true", "record "},
		{"a2-3", "filed_by=guardian", "deficient mandate:guardian "},
		{"a2-3", "filed_by=representative mandate_shown=true", "record "},
		{"a2-3", "filed_by=representative", "deficient mandate:representative "},
		{"a2-3", "filed_by=counter-clerk mandate_shown=true", "record "},
		{"a2-3", "filed_by=counter-clerk", "deficient mandate:counter-clerk "},
		{"a2-3", "filed_by=entity-head mandate_shown=true", "deficient party:entity-head "},
		{"c3-1", "filed_by=entity-head mandate_shown=true", "record "},
		{"b1-5", "filed_by=entity-head mandate_shown=true", "record "},
		{"c3-1", "filed_by=entity-head mandate_shown=", "deficient mandate:entity-head "},
		{"c3-1", "filed_by=parent mandate_shown=true", "deficient party:parent "},
		{"c3-1", "filed_by=self", "deficient party:self "},
		{"c3-1", "filed_by=", "deficient answer:filed_by "},
	} {
		if got := found(t, e, claim(t, e, c.category, strings.Fields(c.answers)...)); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.category, c.answers, got, c.want)
		}
	}
	for _, p := range e.Parties {
		if p.ID != "self" && e.Lacks("a2-3", rulebook.MandatePrefix+p.ID).In("uk") == "" {
			t.Errorf("nothing says what shows the mandate of a %s", p.ID)
		}
	}
}

func TestRD4U14UkrainianAndEnglishFromDayOne(t *testing.T) {
	for _, id := range []string{"rd4u", "iccu"} {
		e := parse(t, id)
		if !slices.Equal(e.Programme.Languages, []string{"en", "uk", "fr"}) {
			t.Errorf("%s is in %v", id, e.Programme.Languages)
		}
		texts := 0
		eachText(e, func(text rulebook.Texts) {
			texts++
			uk, en := text["uk"], text["en"]
			if uk == "" || en == "" || text["fr"] == "" {
				t.Errorf("%s: a text lacks a language: %v", id, text)
			}
			if !strings.ContainsFunc(uk, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
				t.Errorf("%s: %q isn't Ukrainian", id, uk)
			}
			if strings.ContainsAny(uk, "ыэъёЫЭЪЁ") || strings.ContainsFunc(en+text["fr"], func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
				t.Errorf("%s: letters of another language: %v", id, text)
			}
		})
		if texts < 500 {
			t.Errorf("%s: only %d texts were looked at", id, texts)
		}
	}
}

// eachText visits what a claimant may read.
func eachText(e *rulebook.Edition, do func(rulebook.Texts)) {
	some := func(text rulebook.Texts) {
		if len(text) > 0 {
			do(text)
		}
	}
	do(e.Title)
	for _, note := range e.Notes {
		do(note)
	}
	for _, g := range e.Groups {
		do(g.Title)
	}
	for _, p := range e.Parties {
		do(p.Title)
		some(p.MandateText)
	}
	for _, s := range e.Sections {
		do(s.Title)
		some(s.Hint)
	}
	for _, s := range e.Stories {
		do(s.Title)
		some(s.Hint)
		for _, q := range s.Asks {
			do(q.Text)
			some(q.Other)
			some(q.Hint)
		}
		for _, l := range s.Leads {
			do(l.Reason)
		}
	}
	for _, f := range e.Fields {
		do(f.Label)
		do(f.Why)
		some(f.Help)
		some(f.Unit)
		for _, o := range f.Options {
			do(o.Label)
			some(o.Text)
		}
	}
	for _, c := range e.Categories {
		do(c.Title)
		do(c.Note)
		for _, p := range c.Evidence.All() {
			do(p.Text)
		}
	}
	for _, g := range e.Grounds {
		do(g.Text)
	}
	for _, r := range slices.Concat(e.Requirements, e.Checks) {
		do(r.Text)
	}
	for _, o := range e.Overlaps {
		some(o.Text)
	}
	for _, l := range e.Letters {
		do(l.Subject)
		do(l.Text)
	}
}

// Nobody but the two together: see the test of the same name in office.
func TestRD4U18TheBoardRecordsAndRefusesOnARecommendation(t *testing.T) {
	e := parse(t, "rd4u")
	for act, want := range map[string]rulebook.Power{
		"recommend": {By: "executive-director"}, "decide_list": {By: "board"}, "resolve": {By: "board"}, "withdraw_resolution": {By: "board"},
		"record": {}, "refuse": {},
	} {
		if e.Powers[act] != want {
			t.Errorf("%s is for %+v", act, e.Powers[act])
		}
	}
	for _, act := range []string{"withdraw", "report_outcomes"} {
		if p, ok := e.Powers[act]; ok {
			t.Errorf("%s isn't known of the Register and is given to %+v", act, p)
		}
	}
}

func TestRD4U19NoAwardAppearsAndTheAmountStaysAsStated(t *testing.T) {
	e := parse(t, "rd4u")
	if !e.RecordsOnly() || len(e.Valuation) > 0 || len(e.Payment.Slice) > 0 {
		t.Error("the Register values or pays")
	}
	for _, act := range []string{"propose_instalment", "adopt_instalment", "receive_contribution", "pay_round", "mark_payment"} {
		if p, ok := e.Powers[act]; ok {
			t.Errorf("%s is given to %+v", act, p)
		}
	}
	for _, on := range []string{"awarded", "dismissed", "paid", "payment-returned"} {
		if l, ok := e.Letter(on, "a3-1"); ok {
			t.Errorf("letter %s tells that a claim is %s", l.ID, on)
		}
	}
	for _, c := range e.Categories {
		stated := claim(t, e, c.ID, "claimed_currency=USD", "claimed_usd=1234.50", "claimed_reasoning=Three bids.")
		if got := found(t, e, stated); got != "record " {
			t.Errorf("%s: %s", c.Code, got)
		}
		if _, err := e.Value(stated); fault.Code(err) != "rulebook.records-claims-only" {
			t.Errorf("%s is valued: %v", c.Code, err)
		}
		if a := stated.Answers; a["claimed_usd"].Text() != "1234.50 USD" || a["claimed_reasoning"].Text() != "Three bids." || a["claimed_currency"].Text() != "USD" {
			t.Errorf("%s keeps %v", c.Code, a)
		}
		trace, err := json.Marshal(assess(t, e, stated).Trace)
		if err != nil || strings.Contains(string(trace), "1234") {
			t.Errorf("%s: a rule of the Register reads the amount: %s, %v", c.Code, trace, err)
		}
	}
}

// Of statement 20 the rulebook holds this much: what may be read by somebody
// else on the claimant's telephone tells nothing.
func TestRD4U20LettersNameNeitherCategoryNorGround(t *testing.T) {
	for _, id := range []string{"rd4u", "iccu"} {
		e := parse(t, id)
		for _, c := range e.Categories {
			for _, on := range []string{"filed", "found-deficient", "recorded", "refused"} {
				l, ok := e.Letter(on, c.ID)
				if !ok {
					t.Errorf("%s: nobody tells a claimant of %s that the claim is %s", id, c.Code, on)
					continue
				}
				known := map[string]string{"reference": "R-1", "received": "1 June 2026", "number": "RD-1"}
				for _, language := range e.Programme.Languages {
					if _, text, err := l.Write(language, known); err != nil || text == "" {
						t.Errorf("%s, letter %s in %s: %v", id, l.ID, language, err)
					}
				}
			}
		}
	}
}

func TestRD4U21ConsentHasEditions(t *testing.T) {
	e := parse(t, "rd4u")
	for changes, want := range map[string]string{
		"consent=false":    "deficient consent-given ",
		"consent=":         "deficient consent-given ",
		"consent_edition=": "deficient answer:consent_edition ",
	} {
		if got := found(t, e, claim(t, e, "a1-1", changes)); got != want {
			t.Errorf("%s: %s, want %s", changes, got, want)
		}
	}
	if _, err := e.Read("a1-1", map[string]string{"consent_edition": "diia-2"}); fault.Code(err) != "rulebook.answer-invalid" {
		t.Errorf("consent to a text that isn't there: %v", err)
	}
	later := revised(t, "rd4u", `edition: "2026-05"`, `edition: "2027"`, "      - {id: diia-1,",
		"      - {id: diia-2, label: {en: A second text, uk: Другий текст, fr: Un deuxième texte}}\n      - {id: diia-1,")
	if got := found(t, later, claim(t, later, "a1-1", "consent_edition=diia-2")); got != "record " {
		t.Errorf("the second text under the later edition: %s", got)
	}
	if got := claim(t, e, "a1-1").Answers["consent_edition"].Text(); got != "diia-1" {
		t.Errorf("the claim of today has consented to %s", got)
	}
	edition, _ := e.Field("consent_edition")
	for _, o := range edition.Options {
		if o.Text.In("uk") == "" {
			t.Errorf("nobody can read the text of consent %s", o.ID)
		}
	}
	if pages := e.Pages([]string{"move_consent", "consent", "consent_edition", "signed"}); len(pages) != 3 {
		t.Errorf("the text doesn't stand where one agrees to it: %v", pages)
	}
	for _, c := range e.Categories {
		if !slices.Contains(c.Asks, "consent") || !slices.Contains(c.Requires, "consent_edition") {
			t.Errorf("%s is filed without consent", c.Code)
		}
	}
}

// A rule knows one claim and its links: the ten-thousandth comes out as the
// first did, and takes as much.
func TestRD4U24ManyClaimsPassTheTestsAsTenDo(t *testing.T) {
	e := parse(t, "rd4u")
	claims := []rulebook.Case{
		claim(t, e, "a1-1"), claim(t, e, "a1-2"), claim(t, e, "a2-1", "place=outside", "linked_event=true"), claim(t, e, "a2-2", "signed="),
		claim(t, e, "a2-3", "consent=false"), claim(t, e, "a3-1", "event_date=2022-02-23"), claim(t, e, "a3-3", "place=outside"),
		claim(t, e, "a3-6", "cause=unrelated"), claim(t, e, "b1-1"), claim(t, e, "c3-1", "entity_kind=state-body"),
	}
	want := make([]string, len(claims))
	for i, c := range claims {
		want[i] = found(t, e, c)
	}
	// The least of a thousand: a pool that the collector, or the race detector, has
	// just emptied is filled anew at the cost of whoever asks first.
	each := func(c rulebook.Case) float64 {
		least := math.Inf(1)
		for range 1000 {
			least = min(least, testing.AllocsPerRun(1, func() { _, _ = e.AssessUntraced(c) }))
		}
		return least
	}
	before := each(claims[0])
	for n := range 10_000 {
		i := n % len(claims)
		f, err := e.AssessUntraced(claims[i])
		if err != nil || strings.Join(append(append([]string{string(f.Outcome)}, f.Missing...), f.Ground), " ") != want[i] {
			t.Fatalf("claim %d of %s: %+v, %v; want %s", n, claims[i].Category, f, err, want[i])
		}
	}
	if after := each(claims[0]); after > before {
		t.Errorf("a claim takes %v allocations after ten thousand, %v before", after, before)
	}
}
