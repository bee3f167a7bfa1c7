package office_test

import (
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

func (h *house) clocks(id claim.ID) (list []store.Clock) {
	h.Helper()
	h.followed()
	must(h.TB, h.Office.Store.Read(h.Context(), func(r store.Reader) (err error) {
		list, err = r.Clocks(id)
		return err
	}))
	return list
}

// The claimant is told seven days before; the desk when the last day has passed,
// by the programme's legal day; and not at all where the answer came.
func TestAClockWarnsTheClaimantAndThenTellsTheDesk(t *testing.T) {
	h := cared(t)
	ids := h.file(departure("late", 2, false), departure("prompt", 2, false))
	if clocks := h.clocks(ids[0]); len(clocks) != 1 || clocks[0].For != "register" || clocks[0].Ends.String() != "2020-08-30" {
		t.Fatalf("a filed claim's clocks: %+v", clocks)
	}
	h.deficient(ids...)
	if clocks := h.clocks(ids[0]); len(clocks) != 1 || clocks[0].Deadline != "answer" || clocks[0].Ends.String() != "2020-07-01" {
		t.Fatalf("a deficient claim's clocks: %+v", clocks)
	}
	answered, err := h.Office.AnswerDeficiency(t.Context(), h.claimant(ids[1]), "demo", ids[1], map[string]string{"signed": "true"})
	if err != nil || answered.Claims != 1 {
		t.Fatal(err)
	}
	over := func() []office.Clock {
		over, err := h.Office.OverClocks(t.Context(), "demo", 10)
		must(t, err)
		return over
	}
	watch := func(day int, hour int) {
		now := time.Date(2020, time.June, day, hour, 0, 0, 0, time.UTC)
		h.Office.Now = func() time.Time { return now }
		h.followed()
		must(t, h.Office.WatchClocks(t.Context()))
		must(t, h.Office.WatchClocks(t.Context())) // twice is once
	}
	reminders := func(id claim.ID) (n int) {
		for _, l := range h.letters(id) {
			if l.On == "reminder" {
				n++
				if l.Content.Deadlines[0].Ends.String() != "2020-07-01" || l.Content.Deadlines[0].Text != "Bring what is missing." {
					t.Errorf("the reminder: %+v", l.Content)
				}
			}
		}
		return n
	}
	watch(23, 12)
	if n := reminders(ids[0]); n != 0 {
		t.Errorf("told %d times eight days before", n)
	}
	watch(23, 22) // in Amsterdam it is the 24th
	if n := reminders(ids[0]); n != 1 {
		t.Errorf("told %d times seven days before", n)
	}
	if n := reminders(ids[1]); n != 0 {
		t.Errorf("who answered was told %d times", n)
	}
	watch(31, 21) // 1 July, 23 o'clock there: the last day
	if list := over(); len(list) != 0 {
		t.Errorf("over on its last day: %+v", list)
	}
	watch(31, 22)
	if list := over(); len(list) != 1 || list[0].Claim != ids[0] || list[0].Text.In("en") != "Bring what is missing." {
		t.Errorf("over: %+v", list)
	}
	// It is still for the claimant to answer, and then it isn't over any more.
	_, err = h.Office.AnswerDeficiency(t.Context(), h.by("officer"), "demo", ids[0], map[string]string{"signed": "true"})
	must(t, err)
	h.followed()
	if list := over(); len(list) != 0 {
		t.Errorf("answered, and over: %+v", list)
	}
	if n := reminders(ids[0]); n != 1 {
		t.Errorf("told %d times", n)
	}
	h.sound()
}

func TestAWithdrawalIsNoActBeforeItWasThoughtOver(t *testing.T) {
	h := cared(t)
	id := h.filed(1)[0]
	by, ctx := h.claimant(id), t.Context()
	stands := func(want claim.Standing) {
		t.Helper()
		h.stands(want, id)
	}
	_, err := h.Office.ConfirmWithdrawal(ctx, by, "demo", id)
	wantCode(t, "not asked", err, "claim.withdrawal-not-asked")
	before := h.claim(id).Version
	asked, err := h.Office.AskWithdrawal(ctx, by, "demo", id)
	must(t, err)
	if again, err := h.Office.AskWithdrawal(ctx, by, "demo", id); err != nil || again != asked {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	_, err = h.Office.ConfirmWithdrawal(ctx, by, "demo", id)
	wantCode(t, "at once", err, "claim.withdrawal-too-soon")
	must(t, h.Office.KeepClaim(ctx, by, "demo", id))
	h.later(25 * time.Hour)
	_, err = h.Office.ConfirmWithdrawal(ctx, by, "demo", id)
	wantCode(t, "taken back", err, "claim.withdrawal-not-asked")
	if h.claim(id).Version != before {
		t.Error("what is no act is in the docket")
	}
	_, err = h.Office.AskWithdrawal(ctx, by, "demo", id)
	must(t, err)
	h.later(16 * 24 * time.Hour)
	_, err = h.Office.ConfirmWithdrawal(ctx, by, "demo", id)
	wantCode(t, "too late", err, "claim.withdrawal-not-asked")
	stands(claim.Filed)
	_, err = h.Office.AskWithdrawal(ctx, by, "demo", id)
	must(t, err)
	h.later(25 * time.Hour)
	done, err := h.Office.ConfirmWithdrawal(ctx, by, "demo", id)
	must(t, err)
	stands(claim.Withdrawn)
	history, err := h.Office.History(ctx, id.Stream())
	must(t, err)
	if last := history[len(history)-1]; last.Ref != done.Ref || last.Actor != "claimant" || last.Capacity != "claimant" {
		t.Errorf("by whom: %+v", last)
	}
	if _, ok, err := h.Office.ThinkingOf(ctx, id); ok || err != nil {
		t.Errorf("the pause goes on: %v, %v", ok, err)
	}
	other := h.filed(1)[0]
	_, err = h.Office.AskWithdrawal(ctx, by, "demo", other)
	wantCode(t, "another's claim", err, "claim.none")
	h.sound()
}

func TestAClaimantSeesWhatIsMissingWithWhatWasGiven(t *testing.T) {
	h := cared(t)
	id := h.file(departure("unsigned", 2, false))[0]
	h.deficient(id)
	by := h.claimant(id)
	own, err := h.Office.ReadOwn(t.Context(), by, "demo", id)
	must(t, err)
	if !slices.Equal(own.Asks, []string{"signed"}) || own.Answers["claimant_name"] != "Olena unsigned" || own.Answers["nights_away"] != "2" {
		t.Errorf("asks %v, with %v", own.Asks, own.Answers)
	}
	readings := h.readings(id)
	if last := readings[len(readings)-1]; last.Manner != office.ByOwner || last.Actor != "claimant" || last.Purpose != office.PurposeClaimant {
		t.Errorf("the reading log: %+v", last)
	}
	other := h.filed(1)[0]
	_, err = h.Office.ReadOwn(t.Context(), by, "demo", other)
	wantCode(t, "another's claim", err, "claim.none")
	h.sound()
}
