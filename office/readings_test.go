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
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// injury is a claim with a sensitive answer.
func injury(key, statement string) office.Filing {
	f := departure(key, 0, true)
	f.Category = "b-injury"
	delete(f.Answers, "nights_away")
	f.Answers["injured"], f.Answers["medical_record"] = "2", "true"
	if statement != "" {
		f.Answers["statement"] = statement
	}
	return f
}

func (h *house) readings(id claim.ID) []office.Reading {
	h.Helper()
	readings, err := h.Office.Readings(context.Background(), id)
	must(h.TB, err)
	return readings
}

func TestEachOpeningIsInTheReadingLog(t *testing.T) {
	h := opened(t)
	ids := h.file(injury("hurt", "He fell."), departure("unsigned", 2, false))
	h.record(ids[0])
	_, err := h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(ids[1]))
	must(t, err)
	_, err = h.Office.AnswerDeficiency(t.Context(), h.by("officer"), "demo", ids[1], map[string]string{"signed": "true"})
	must(t, err)
	h.propose()
	_, err = h.Office.ReadAnswers(t.Context(), h.by("officer-2"), h.claim(ids[0]).Name(), office.PurposeClaimant)
	must(t, err)
	_, _, err = h.Office.FetchForDesk(t.Context(), h.by("officer"), []string{h.claim(ids[0]).Name()}, office.PurposeReview)
	must(t, err)
	got := map[claim.ID][]string{}
	for _, id := range ids {
		for _, r := range h.readings(id) {
			got[id] = append(got[id], fmt.Sprintf("%s %s %s %s: %s", r.Actor, r.Capacity, r.Purpose, r.Manner, strings.Join(r.Opened, " ")))
			if r.Programme != "demo" || r.Claim != id || r.Instant.IsZero() {
				t.Errorf("%+v", r)
			}
		}
	}
	want := map[claim.ID][]string{
		ids[0]: {
			"officer officer examination rule: outcomes",
			"officer officer valuation rule: outcomes",
			"officer-2 officer request-of-claimant person: answers.internal answers.personal",
			"officer officer review person: answers.internal answers.personal answers.sensitive outcomes sent.assessed sent.examined",
		},
		ids[1]: {
			"officer officer examination rule: answers.personal",
			"officer officer deficiency rule: answers.personal",
		},
	}
	for n, id := range ids {
		if !slices.Equal(got[id], want[id]) {
			t.Errorf("claim %d\ngot  %s\nwant %s", n, strings.Join(got[id], "\n     "), strings.Join(want[id], "\n     "))
		}
	}
	h.sound()
}

func TestWhoMayOpenAnswersAndForWhat(t *testing.T) {
	h := opened(t)
	name := h.claim(h.filed(1)[0]).Name()
	for _, c := range []struct{ who, purpose, want, fetch string }{
		{"officer", "review", "", "desk.nothing-sensitive"},
		{"officer", "", "reading.purpose", "reading.purpose"},
		{"officer", "curiosity", "reading.purpose", "reading.purpose"},
		{"administrator", "review", "policy.capacity-missing", "policy.capacity-missing"},
		{"commissioner", "review", "", "policy.capacity-missing"}, // of what is internal, and nothing personal: field_rights.go
		{"treasurer", "review", "policy.capacity-missing", "policy.capacity-missing"},
	} {
		_, err := h.Office.ReadAnswers(t.Context(), h.by(c.who), name, c.purpose)
		wantCode(t, c.who+" for "+c.purpose, err, c.want)
		_, _, err = h.Office.FetchForDesk(t.Context(), h.by(c.who), []string{name}, c.purpose)
		wantCode(t, c.who+" fetches for "+c.purpose, err, c.fetch)
	}
	if n := len(h.readings(h.claim(h.everyID()[0]).ID)); n != 1 {
		t.Errorf("%d readings of one opening", n)
	}
}

// everyID are the ids of all claims.
func (h *house) everyID() (ids []claim.ID) {
	for id := range h.everyClaim() {
		ids = append(ids, id)
	}
	return ids
}

// Somebody opens claim after claim: the alarm, then the second person, by the
// limits. Opening one again counts once, and rules over many count nothing.
func TestReadingInBulkRaisesAnAlarmAndThenTakesTwo(t *testing.T) {
	h := opened(t)
	ids := h.filed(office.SecondAfter + 2)
	h.record(ids...)
	read := func(by office.By, n int) (int64, error) {
		shown, err := h.Office.ReadAnswers(t.Context(), by, h.claim(ids[n]).Name(), office.PurposeAudit)
		return shown.Alarm, err
	}
	alarmed := func() []store.Alarm {
		alarms, err := h.Office.Alarms(t.Context(), 10)
		must(t, err)
		return alarms
	}
	for n := range office.SecondAfter {
		alarm, err := read(h.by("officer"), n)
		must(t, err)
		if opened := int64(n + 1); (opened > office.AlarmAfter) != (alarm == opened) || alarm != 0 && alarm != opened {
			t.Fatalf("after %d claims the alarm says %d", opened, alarm)
		}
		if n == 3 {
			_, err := read(h.by("officer"), 0) // again
			must(t, err)
		}
		if n+1 == office.AlarmAfter && len(alarmed()) > 0 {
			t.Errorf("an alarm at the limit: %+v", alarmed())
		}
	}
	if got, want := alarmed(), []store.Alarm{{Actor: "officer", Day: "2020-06-01", Claims: office.SecondAfter}}; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	next := office.SecondAfter
	for _, c := range []struct {
		by   office.By
		want string
	}{
		{h.by("officer"), "reading.second-missing"},
		{h.by("officer", "officer"), "policy.second-same"},
		{h.by("officer", "treasurer"), "policy.capacity-missing"},
		{h.by("officer", "officer-2"), ""},
	} {
		_, err := read(c.by, next)
		wantCode(t, "past the limit", err, c.want)
	}
	last := h.readings(ids[next])
	if n := len(last); n != 2 || last[1].Second != "officer-2" || last[1].Alarm != int64(next)+1 {
		t.Errorf("%+v", last) // the examination, and the one that two people took
	}
	if _, err := read(h.by("officer"), 0); err != nil {
		t.Errorf("one that was seen today: %v", err)
	}
	if alarm, err := read(h.by("officer-2"), next+1); err != nil || alarm != 0 {
		t.Errorf("another person's first: %d, %v", alarm, err)
	}
	h.later(24 * time.Hour)
	if alarm, err := read(h.by("officer"), next+1); err != nil || alarm != 0 {
		t.Errorf("the next day: %d, %v", alarm, err)
	}
	h.sound()
}

// later puts the office's clock on.
func (h *house) later(by time.Duration) {
	before := h.Office.Now
	h.Office.Now = func() time.Time { return before().Add(by) }
}

// watchedVault counts what is opened.
type watchedVault struct {
	office.Vault
	opened *int
}

func (v watchedVault) Open(ctx context.Context, blobs []store.Blob) ([]office.Unsealed, error) {
	*v.opened += len(blobs)
	return v.Vault.Open(ctx, blobs)
}

// blindStore takes no line of the reading log.
type blindStore struct{ store.Store }

type blindTx struct{ store.Tx }

func (s blindStore) Write(ctx context.Context, act func(store.Tx) error) error {
	return s.Store.Write(ctx, func(tx store.Tx) error { return act(blindTx{tx}) })
}

func (blindTx) AppendReadings([]store.Reading) error { return errInjected }

func TestWhatCantBeRecordedIsNotOpened(t *testing.T) {
	h := opened(t)
	ids := h.file(injury("hurt", "He fell."), departure("fit", 2, true), departure("unsigned", 2, false))
	h.record(ids[0], ids[1])
	_, err := h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(ids[2]))
	must(t, err)
	seen := 0
	parts := h.Office.Parts
	parts.Store, parts.Vault = blindStore{parts.Store}, watchedVault{parts.Vault, &seen}
	blind, ctx, officer := office.New(parts), t.Context(), h.by("officer")
	for name, do := range map[string]func() error{
		"examine": func() error { _, err := blind.ExamineClaims(ctx, officer, ids); return err },
		"propose": func() error { _, err := blind.ProposeInstalment(ctx, officer, "demo", 10); return err },
		"answer": func() error {
			_, err := blind.AnswerDeficiency(ctx, officer, "demo", ids[2], map[string]string{"signed": "true"})
			return err
		},
		"read": func() error {
			_, err := blind.ReadAnswers(ctx, officer, h.claim(ids[1]).Name(), office.PurposeReview)
			return err
		},
		"fetch": func() error {
			_, _, err := blind.FetchForDesk(ctx, officer, []string{h.claim(ids[0]).Name()}, office.PurposeReview)
			return err
		},
	} {
		if err := do(); !errors.Is(err, errInjected) {
			t.Errorf("%s: %v", name, err)
		}
		if seen > 0 {
			t.Errorf("%s: %d blobs were opened that the log doesn't know", name, seen)
		}
	}
}

// heads are the heads of the reading log that the docket holds.
func (h *house) heads() []office.Step {
	h.Helper()
	heads, err := h.Office.History(context.Background(), "readings/installation")
	if fault.Code(err) == "docket.no-stream" {
		return nil
	}
	must(h.TB, err)
	return heads
}

// The head goes into the docket with the first act of a new day, once, whatever
// act that is, and not on a day after a day without readings.
func TestTheReadingLogsHeadGoesIntoTheDocketOnceADay(t *testing.T) {
	h := opened(t)
	ids := h.filed(3)
	h.record(ids...)
	h.propose()
	if n := len(h.heads()); n != 0 {
		t.Fatalf("%d heads on the first day", n)
	}
	h.later(24 * time.Hour)
	h.filed(1)
	h.filed(1)
	heads := h.heads()
	if len(heads) != 1 || !strings.HasPrefix(string(heads[0].Facts), `{"head":"`) || !strings.Contains(string(heads[0].Facts), `"size":6}`) {
		t.Fatalf("%+v", heads)
	}
	h.later(24 * time.Hour)
	h.filed(1) // a day after one without readings
	if n := len(h.heads()); n != 1 {
		t.Errorf("%d heads", n)
	}
	h.examined(ids[0])
	h.later(24 * time.Hour)
	h.examined(ids[1], ids[2]) // reading is an act too
	h.later(-72 * time.Hour)   // a clock that is put back
	h.examined(ids[0])
	h.later(96 * time.Hour)
	h.filed(1)
	if n := len(h.heads()); n != 4 {
		t.Errorf("%d heads", n)
	}
	h.sound()
}

// logged is a house with readings on three days, their heads in the docket.
func logged(t *testing.T) *house {
	h := opened(t)
	ids := h.filed(30)
	h.record(ids...)
	h.later(24 * time.Hour)
	h.propose()
	h.later(24 * time.Hour)
	for _, id := range ids[:5] {
		_, err := h.Office.ReadAnswers(t.Context(), h.by("officer"), h.claim(id).Name(), office.PurposeAudit)
		must(t, err)
	}
	h.sound()
	must(t, h.Close())
	return h
}

// What is done to the reading log behind the product's back, and which line, or
// which lines, verify names. Days 1 and 2 have 30 lines each, day 3 has 5 whose
// head isn't in the docket yet.
func TestWhoChangesTheReadingLogIsFoundAndLocated(t *testing.T) {
	h := logged(t)
	for _, c := range []struct {
		name string
		do   func(*testing.T, []store.Reading) []store.Reading
		want string // code and detail
	}{
		{"untouched", func(_ *testing.T, l []store.Reading) []store.Reading { return l }, ""},
		{"a line changed", change(12, "officer", "nobody!"), "verify.reading-changed line 12"},
		{"a column changed", func(_ *testing.T, l []store.Reading) []store.Reading { l[6].Actor = "nobody"; return l }, "verify.reading-changed line 7"},
		{"a hash changed", func(_ *testing.T, l []store.Reading) []store.Reading { l[6].Hash[3] ^= 1; return l }, "verify.reading-changed lines 6 to 7, verify.reading-changed lines 7 to 8"},
		{"a line changed, with its hash", rewrite(12, 12), "verify.reading-changed lines 12 to 13"},
		{"all hashes from a line on made anew", rewrite(12, 65), "verify.readings-rewritten lines 1 to 30"},
		{"likewise on the second day", rewrite(45, 65), "verify.readings-rewritten lines 31 to 60"},
		{"a line removed", cut(20, 21), "verify.readings-missing line 20"},
		{"lines removed", cut(20, 26), "verify.readings-missing lines 20 to 25"},
		{"the tail removed, with the last head's lines", cut(58, 66), "verify.readings-missing lines 58 to 60"},
		{"two lines exchanged", func(_ *testing.T, l []store.Reading) []store.Reading {
			l[9].Line, l[19].Line = l[19].Line, l[9].Line
			return l
		}, "verify.reading-changed line 10, verify.reading-changed line 20"},
		{"a line put in before the first", func(_ *testing.T, l []store.Reading) []store.Reading {
			return append([]store.Reading{{Claim: "x", Line: []byte("{}")}}, l...)
		}, "verify.reading-changed line 0"},
		{"a line put in at the end that isn't chained", func(_ *testing.T, l []store.Reading) []store.Reading {
			last := l[len(l)-1]
			last.Number++
			return append(l, last)
		}, "verify.reading-changed line 66"},
		{"the whole log removed", cut(1, 66), "verify.readings-missing lines 1 to 30, verify.readings-missing lines 31 to 60"},
	} {
		t.Run(c.name, func(t *testing.T) {
			places := copied(t, h.Places)
			h.replaceReadings(t, places, c.do)
			var found []string
			for _, f := range verified(t, reopened(t, places)).Findings {
				found = append(found, f.Code+" "+f.Detail)
			}
			if got := strings.Join(found, ", "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// change replaces a text in a line.
func change(number int, old, with string) func(*testing.T, []store.Reading) []store.Reading {
	return func(t *testing.T, l []store.Reading) []store.Reading {
		text := strings.Replace(string(l[number-1].Line), old, with, 1)
		if text == string(l[number-1].Line) {
			t.Fatalf("%s has no %s", text, old)
		}
		l[number-1].Line = []byte(text)
		return l
	}
}

// rewrite changes a line in good form and makes the hashes anew up to another.
func rewrite(from, to int) func(*testing.T, []store.Reading) []store.Reading {
	return func(t *testing.T, l []store.Reading) []store.Reading {
		l = change(from, `"actor":"officer"`, `"actor":"officer-2"`)(t, l)
		l[from-1].Actor = "officer-2"
		for n := from; n <= to; n++ {
			var previous docket.Hash
			if n > 1 {
				previous = l[n-2].Hash
			}
			l[n-1].Hash = docket.ReadingHash(previous, l[n-1].Line)
		}
		return l
	}
}

// cut removes the lines from a number up to another.
func cut(from, before int) func(*testing.T, []store.Reading) []store.Reading {
	return func(_ *testing.T, l []store.Reading) []store.Reading { return slices.Delete(l, from-1, before-1) }
}

// replaceReadings rewrites the table.
func (h *house) replaceReadings(t *testing.T, places installation.Places, do func(*testing.T, []store.Reading) []store.Reading) {
	t.Helper()
	var all []store.Reading
	must(t, reopened(t, places).Office.Store.Read(t.Context(), func(r store.Reader) error {
		for l, err := range r.Readings() {
			if err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	}))
	if len(all) != 65 {
		t.Fatalf("%d lines", len(all))
	}
	all = do(t, all)
	db := behindItsBack(t, places)
	run(t, db, "DELETE FROM readings")
	for _, l := range all {
		run(t, db, "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", l.Number, string(l.Claim), l.Actor, l.Day, l.Person, l.Alarm, l.Line, l.Hash[:])
	}
	must(t, db.Close())
}
