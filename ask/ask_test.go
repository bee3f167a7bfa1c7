package ask_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// register is a new installation, on 1 December 2026, with its first actor.
func register(t testing.TB) (*installation.Installation, office.By) {
	t.Helper()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	o := installation.Options{Now: func() time.Time { return time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC) }}
	if err := installation.Create(t.Context(), places, "claims.example.org/log", o); err != nil {
		t.Fatal(err)
	}
	i := must[*installation.Installation](t)(installation.Open(t.Context(), places.Data, o))
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	secret := must[string](t)(i.Credential(i.CredentialPath(installation.FirstActor)))
	return i, office.By{Actor: must[office.Known](t)(i.Office.Authenticate(t.Context(), secret))}
}

// loaded is a desk at a register in which files of the roll are.
func loaded(t testing.TB, names ...[]string) (*ask.Desk, *office.Office) {
	t.Helper()
	i, by := register(t)
	for _, list := range names {
		b := must[roll.Bundle](t)(dossier.OpenRoll(day.Must(2026, 11, 23), list...))
		must[office.Loaded](t)(i.Office.LoadRoll(t.Context(), by, b))
	}
	return ask.New(i.Office, "en"), i.Office
}

func text(t testing.TB, v any) string {
	t.Helper()
	return string(must[[]byte](t)(json.Marshal(v)))
}

// questions are all those to the roll, on a day of the seed dossier.
func questions(ctx context.Context, d *ask.Desk, q ask.Query) map[string]func() (any, error) {
	return map[string]func() (any, error){
		"members":       func() (any, error) { return d.Members(ctx, "CIS", q) },
		"compare":       func() (any, error) { return d.Compare(ctx, "CIS", "CSTO", q) },
		"closeness":     func() (any, error) { return d.Closeness(ctx, "CIS", "CSTO", 2010, 2025, q) },
		"accession":     func() (any, error) { return d.Accession(ctx, "CSTO", "AZ", q) },
		"meeting":       func() (any, error) { return d.Meeting(ctx, "cis-security-councils", 6, q) },
		"meetings":      func() (any, error) { return d.Meetings(ctx, "cis-security-councils", q) },
		"offices":       func() (any, error) { return d.Offices(ctx, "CIS", q) },
		"differences":   func() (any, error) { return d.Differences(ctx, "CIS", "2008-01-01", "2018-11-21", q) },
		"timeline":      func() (any, error) { return d.Timeline(ctx, "CIS", q) },
		"disagreements": func() (any, error) { return d.Disagreements(ctx, "CIS", q) },
		"things":        func() (any, error) { return d.Things(ctx, q) },
		"profile":       func() (any, error) { return d.Profile(ctx, "AZ", q) },
		"check":         func() (any, error) { return d.Check(ctx, "", q) },
	}
}

// A question reads no more than it needs; what it answers is what the whole
// record says.
func TestAnAnswerIsThatOfTheWholeRecord(t *testing.T) {
	d, o := loaded(t, []string{"cis-csto"})
	whole := must[*roll.Record](t)(o.Roll(t.Context()))
	on := day.Must(2018, 11, 21)
	ask := ask.Query{On: on.String()}
	asks := roll.Query{On: on}
	for name, want := range map[string]func() (any, error){
		"members":     func() (any, error) { return whole.Members("cis", asks) },
		"compare":     func() (any, error) { return whole.Compare("cis", "csto", asks) },
		"closeness":   func() (any, error) { return whole.Closeness("cis", "csto", 2010, 2025, 3, "") },
		"accession":   func() (any, error) { return whole.Accession("csto", "azerbaijan", on) },
		"meeting":     func() (any, error) { return whole.MeetingOf("cis-security-councils", 6) },
		"differences": func() (any, error) { return whole.Differences("cis", day.Must(2008, 1, 1), on, "") },
		"timeline":    func() (any, error) { return whole.Timeline("cis", "") },
	} {
		var got, expected map[string]any
		answer := must[any](t)(questions(t.Context(), d, ask)[name]())
		if err := json.Unmarshal([]byte(text(t, answer)), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text(t, must[any](t)(want()))), &expected); err != nil {
			t.Fatal(err)
		}
		for key, value := range expected {
			if text(t, got[key]) != text(t, value) {
				t.Errorf("%s: %s is\n%s\nand by the whole record\n%s", name, key, text(t, got[key]), text(t, value))
			}
		}
	}
	if got := must[any](t)(questions(t.Context(), d, ask)["offices"]()); len(whole.Offices("cis", on)) == 0 || !strings.Contains(text(t, got), "sergei-lebedev") {
		t.Errorf("the offices of the CIS: %s", text(t, got))
	}
}

// Every question has a day on which it was known; before the first nothing was.
func TestNothingWasKnownBeforeItWasLearned(t *testing.T) {
	d, _ := loaded(t, []string{"cis-csto"})
	for name, question := range questions(t.Context(), d, ask.Query{On: "2018-11-21", KnownOn: "2026-11-22"}) {
		if _, err := question(); fault.Code(err) != "ask.not-known-then" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, question := range questions(t.Context(), d, ask.Query{On: "2018-11-21", KnownOn: "2026-11-23"}) {
		if answer, err := question(); err != nil || !strings.Contains(text(t, answer), `"known_on":"2026-11-23"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsAskedWronglyIsToldWithWhatThereIs(t *testing.T) {
	d, _ := loaded(t, []string{"cis-csto"})
	ctx := t.Context()
	for name, c := range map[string]struct {
		ask  func() error
		code string
		says string
	}{
		"a day of another form": {func() error { _, err := d.Members(ctx, "CIS", ask.Query{On: "21.11.2018"}); return err }, "ask.date", "21.11.2018"},
		"no such body":          {func() error { _, err := d.Members(ctx, "Atlantis", ask.Query{}); return err }, "ask.unknown", "CIS"},
		"nearly a body":         {func() error { _, err := d.Members(ctx, "CSTT", ask.Query{}); return err }, "roll.unknown", "csto"},
		"a state for a body":    {func() error { _, err := d.Members(ctx, "Armenia", ask.Query{}); return err }, "ask.unknown", "CIS"},
		"no such rule":          {func() error { _, err := d.Members(ctx, "CIS", ask.Query{Rule: "page"}); return err }, "roll.no-such-rule", "charter"},
		"no such treaty":        {func() error { _, err := d.TreatyStatus(ctx, "iccu-2025", ask.Query{}); return err }, "treaty.none", "iccu-2025"},
	} {
		err := c.ask()
		if fault.Code(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a person reads of a status are sentences; codes and values stand beside
// them.
func TestATreatysAnswerIsInSentences(t *testing.T) {
	i, by := register(t)
	b := must[treaty.Bundle](t)(dossier.OpenTreaties(day.Must(2026, 11, 26), "iccu-2025"))
	must[office.Loaded](t)(i.Office.LoadTreaties(t.Context(), by, b))
	d := ask.New(i.Office, "en")
	s := must[ask.TreatyStatus](t)(d.TreatyStatus(t.Context(), "iccu-2025", ask.Query{On: "2026-01-01"}))
	for _, sentence := range slices.Concat(s.Missing, []string{s.Explanation[0].Text}) {
		if !strings.Contains(sentence, " ") || strings.Contains(sentence, "treaty.step") {
			t.Errorf("%q is no sentence", sentence)
		}
	}
	if len(s.Missing) != 2 || s.MissingSteps[0].Code != "treaty.step.missing.instruments" {
		t.Errorf("missing: %q", s.Missing)
	}
	whole := must[treaty.Action](t)(d.Deposit(t.Context(), treaty.Action{Treaty: "iccu-2025", Kind: treaty.Ratification, Party: "MD"}))
	if whole.Party != "Republic of Moldova" || whole.Code != "MDA" {
		t.Errorf("MD is %+v", whole)
	}
	if whole = must[treaty.Action](t)(d.Deposit(t.Context(), treaty.Action{Treaty: "iccu-2025", Kind: treaty.Accession, Party: "JP"})); whole.Party != "Japan" || whole.Code != "JPN" {
		t.Errorf("JP is %+v", whole)
	}
}

// shared is the path of a list in the shared data; the benchmark is skipped where
// that folder isn't there at all.
func shared(b *testing.B, name string) string {
	b.Helper()
	const folder = "../../shared/data"
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		b.Skipf("the shared data aren't here (%s)", folder)
	}
	return filepath.Join(folder, name)
}

// BenchmarkQuestions asks each question over whole lists: 18,927 spells beside the seed dossier,
// 50,128 actions. A question is asked as by a process that has nothing in
// memory yet, but for check, which looks at everything.
func BenchmarkQuestions(b *testing.B) {
	d, _ := loaded(b, []string{"cis-csto"}, []string{shared(b, "igo_list.csv"), shared(b, "cow_states2016.csv"), shared(b, "igo_membership.csv")})
	for _, on := range []ask.Query{{On: "2010-06-01"}, {On: "2010-06-01", KnownOn: "2026-11-30"}} {
		all := questions(b.Context(), d, on)
		all["members of the UN"] = func() (any, error) { return d.Members(b.Context(), "UN", on) }
		for _, name := range slices.Sorted(func(yield func(string) bool) {
			for name := range all {
				if !yield(name) {
					return
				}
			}
		}) {
			b.Run(fmt.Sprintf("%s/known=%s", name, on.KnownOn), func(b *testing.B) {
				for b.Loop() {
					if _, err := all[name](); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkTreatyQuestions is BenchmarkQuestions for treaties.
func BenchmarkTreatyQuestions(b *testing.B) {
	actions, titles := shared(b, "treaty_actions.csv"), shared(b, "treaties.csv")
	i, by := register(b)
	list := must[treaty.Bundle](b)(dossier.OpenTreaties(day.Must(2026, 11, 26), actions, titles))
	must[office.Loaded](b)(i.Office.LoadTreaties(b.Context(), by, list))
	d := ask.New(i.Office, "en")
	for name, question := range map[string]func() (any, error){
		"status of un:4-1":  func() (any, error) { return d.TreatyStatus(b.Context(), "un:4-1", ask.Query{On: "2015-01-01"}) },
		"status of un:27-7": func() (any, error) { return d.TreatyStatus(b.Context(), "un:27-7", ask.Query{On: "2015-01-01"}) },
		"project un:4-1": func() (any, error) {
			return d.TreatyProject(b.Context(), "un:4-1", []string{"JP accedes 2026-12-24"}, ask.Query{})
		},
		"list":         func() (any, error) { return d.Treaties(b.Context(), ask.Query{}) },
		"upcoming":     func() (any, error) { return d.Upcoming(b.Context(), "", ask.Query{}) },
		"upcoming one": func() (any, error) { return d.Upcoming(b.Context(), "un:4-1", ask.Query{}) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := question(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
