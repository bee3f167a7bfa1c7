package office_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/faulttest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// jumpy is a clock that somebody sets, or that stands still: also between two
// looks at it within one act.
type jumpy struct {
	now    time.Time
	within []time.Duration // what it does at the next looks
}

func (j *jumpy) Now() time.Time {
	if len(j.within) > 0 {
		j.now, j.within = j.now.Add(j.within[0]), j.within[1:]
	}
	return j.now
}

var (
	leaps = []time.Duration{
		0, time.Millisecond, -time.Millisecond, time.Second, time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 25 * time.Hour,
		365 * 24 * time.Hour, 366 * 24 * time.Hour, -365 * 24 * time.Hour, -366 * 24 * time.Hour,
	}
	// Moments at which calendars trip: the leap day, both changes of the
	// programme's summer time, its midnight and that of UTC, the year's end.
	moments = []time.Time{
		time.Date(2020, 2, 28, 23, 59, 59, 999e6, time.UTC), time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC), time.Date(2020, 2, 29, 23, 30, 0, 0, time.UTC),
		time.Date(2020, 3, 29, 0, 59, 59, 999e6, time.UTC), time.Date(2020, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2020, 3, 29, 22, 0, 0, 0, time.UTC),
		time.Date(2020, 10, 24, 21, 59, 59, 0, time.UTC), time.Date(2020, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2020, 10, 25, 1, 0, 0, 0, time.UTC), time.Date(2020, 10, 25, 22, 59, 59, 0, time.UTC),
		time.Date(2020, 12, 31, 22, 59, 59, 999e6, time.UTC), time.Date(2020, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(2021, 2, 28, 23, 0, 0, 0, time.UTC),
	}
)

// jump sets the clock, and perhaps lets it go on jumping within the next act.
func (j *jumpy) jump(r *rand.Rand) {
	j.within = nil
	if r.IntN(3) == 0 {
		j.now = moments[r.IntN(len(moments))]
	} else {
		j.now = j.now.Add(leaps[r.IntN(len(leaps))])
	}
	for range r.IntN(4) {
		j.within = append(j.within, leaps[r.IntN(len(leaps))])
	}
	// A clock further off than three years is no clock.
	if at := j.now.Year(); at < 2018 || at > 2023 {
		j.now = moments[r.IntN(len(moments))]
	}
}

// summers are the summer times of the programme's zone, by the table of who
// decrees them, and not by the one that the office uses.
var summers = [][2]time.Time{
	{time.Date(2017, 3, 26, 1, 0, 0, 0, time.UTC), time.Date(2017, 10, 29, 1, 0, 0, 0, time.UTC)},
	{time.Date(2018, 3, 25, 1, 0, 0, 0, time.UTC), time.Date(2018, 10, 28, 1, 0, 0, 0, time.UTC)},
	{time.Date(2019, 3, 31, 1, 0, 0, 0, time.UTC), time.Date(2019, 10, 27, 1, 0, 0, 0, time.UTC)},
	{time.Date(2020, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2020, 10, 25, 1, 0, 0, 0, time.UTC)},
	{time.Date(2021, 3, 28, 1, 0, 0, 0, time.UTC), time.Date(2021, 10, 31, 1, 0, 0, 0, time.UTC)},
	{time.Date(2022, 3, 27, 1, 0, 0, 0, time.UTC), time.Date(2022, 10, 30, 1, 0, 0, 0, time.UTC)},
	{time.Date(2023, 3, 26, 1, 0, 0, 0, time.UTC), time.Date(2023, 10, 29, 1, 0, 0, 0, time.UTC)},
	{time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC), time.Date(2024, 10, 27, 1, 0, 0, 0, time.UTC)},
}

func inAmsterdam(at time.Time) string {
	ahead := time.Hour
	for _, s := range summers {
		if !at.Before(s[0]) && at.Before(s[1]) {
			ahead = 2 * time.Hour
		}
	}
	return at.Add(ahead).Format(time.DateOnly)
}

// keeper writes down beside the office what a deadline is by the clock that the
// office saw.
type keeper struct {
	*house
	clock  *jumpy
	rand   *rand.Rand
	drafts map[string]string // their days
	looked string            // the day on which drafts were looked at last
	filed  []claim.ID
	leaves []docket.Ref // as they were given
	known  map[docket.Ref]bool
}

// A year later is the same day, and of 29 February the last of February.
func yearLater(day string) string {
	var y, m, d int
	_, _ = fmt.Sscanf(day, "%d-%d-%d", &y, &m, &d)
	if m == 2 && d == 29 {
		d = 28
	}
	return fmt.Sprintf("%04d-%02d-%02d", y+1, m, d)
}

// Whatever the clock does, no leaf changes its place, each entry says the day
// that it is in the programme's zone, and no deadline ends early or late by the
// clock that was shown.
func TestAClockThatJumpsMovesNothing(t *testing.T) {
	chance := faulttest.Chance(t)
	histories, steps := 2, 60
	if faulttest.Whole() {
		histories = 30
	}
	tried, survived := 0, 0
	for range histories {
		clock := &jumpy{now: moments[chance.IntN(len(moments))]}
		h := staffedAt(t, clock.Now)
		h.open("demo", demoRulebook(t))
		k := &keeper{house: h, clock: clock, rand: chance, drafts: map[string]string{}, known: map[docket.Ref]bool{}}
		k.looked = clock.now.Format(time.DateOnly) // it is opened
		for range steps {
			clock.jump(chance)
			before := t.Failed()
			[]func(){k.draft, k.expire, k.file, k.withdraw, k.read, k.publish, k.overdue}[chance.IntN(7)]()
			clock.within = nil
			k.inOrder()
			if tried++; before == t.Failed() {
				survived++
			}
		}
		h.sound()
		must(t, h.Close())
	}
	faulttest.Tried(t, 7, "jumps of the clock between and within acts: a year, the leap day, summer time, none at all", tried, survived)
}

func (k *keeper) draft() {
	k.clock.within = nil // its day hangs on the one look
	d, err := k.Office.SaveDraft(context.Background(), k.by("officer"), aDraft(nil))
	must(k.TB, err)
	want := yearLater(k.clock.now.Format(time.DateOnly))
	if d.Expires.String() != want {
		k.Errorf("saved at %s, it goes on %s, and not on %s", k.clock.now, d.Expires, want)
	}
	k.drafts[d.ID] = want
}

// expire looks for drafts whose day has come, as each opening does, once a day.
func (k *keeper) expire() {
	k.clock.within = nil
	must(k.TB, k.Office.ExpireDrafts(context.Background()))
	today := k.clock.now.Format(time.DateOnly)
	for id, goes := range k.drafts {
		_, err := k.Office.Draft(context.Background(), k.by("officer"), id)
		gone := fault.Code(err) == "draft.none"
		if err != nil && !gone {
			k.Errorf("draft: %v", err)
		}
		due := goes <= today
		if gone && !due || !gone && due && k.looked != today {
			k.Errorf("on %s, a draft that goes on %s is gone: %v", today, goes, gone)
		}
		if gone {
			delete(k.drafts, id)
		}
	}
	k.looked = today
}

func (k *keeper) file() {
	f := departure(fmt.Sprint(len(k.filed)), 2, true)
	if k.rand.IntN(2) == 0 {
		f.Received = day.Date{} // the legal day of the act
	}
	answers, err := k.Office.FileClaims(context.Background(), k.by("officer"), "demo", []office.Filing{f})
	must(k.TB, err)
	k.filed = append(k.filed, answers[0].ID)
	env := k.entry(answers[0].Ref)
	if got, want := env.Day.String(), inAmsterdam(env.Instant.Time); got != want {
		k.Errorf("entered at %s, its day is %s, and in Amsterdam it is %s", env.Instant, got, want)
	}
}

func (k *keeper) entry(at docket.Ref) (env docket.Envelope) {
	must(k.TB, k.Office.Store.Read(context.Background(), func(r store.Reader) error {
		e, err := r.Entry(at)
		if err == nil {
			env, err = e.Open()
		}
		return err
	}))
	return env
}

func (k *keeper) withdraw() {
	if len(k.filed) == 0 {
		return
	}
	id := k.filed[k.rand.IntN(len(k.filed))]
	if _, err := k.Office.WithdrawClaim(context.Background(), k.by("officer"), "demo", id); err != nil && fault.Code(err) != "claim.cannot-be-withdrawn" {
		k.Errorf("withdraw: %v", err)
	}
}

func (k *keeper) read() {
	if len(k.filed) > 0 {
		k.examined(k.filed[k.rand.IntN(len(k.filed))])
	}
}

func (k *keeper) publish() {
	_, err := k.Office.Publish(context.Background())
	must(k.TB, err)
}

// overdue holds that an entry is overdue when a day and more has gone by since
// it was acknowledged, and not before: a day of 24 hours, also where the zone's
// has 23 or 25.
func (k *keeper) overdue() {
	k.clock.within = nil
	u, err := k.Office.Unpublished(context.Background())
	must(k.TB, err)
	for _, id := range k.filed {
		at := docket.Ref{Stream: id.Stream(), Version: 1}
		since := k.clock.now.Sub(k.entry(at).Instant.Time)
		if listed := slices.Contains(u.Overdue, at); listed && since <= 24*time.Hour {
			k.Errorf("overdue after %s", since)
		} else if !listed && since > 24*time.Hour && k.unpublished(at) {
			k.Errorf("not overdue after %s", since)
		}
	}
}

// unpublished reports whether an entry lies behind the published tree.
func (k *keeper) unpublished(at docket.Ref) bool {
	published, err := k.Office.Log.Published(context.Background())
	must(k.TB, err)
	n := slices.Index(k.leaves, at)
	return n < 0 || int64(n) >= published.Size
}

// inOrder holds that every leaf stays where it was given, and each stream's
// versions follow each other.
func (k *keeper) inOrder() {
	_, err := k.Office.Sequence(context.Background())
	must(k.TB, err)
	must(k.TB, k.Office.Store.Read(context.Background(), func(r store.Reader) error {
		n := 0
		for l, err := range r.Leaves(0) {
			if err != nil {
				return err
			}
			switch {
			case n < len(k.leaves) && k.leaves[n] != l.Ref:
				k.Errorf("leaf %d was %s, and is %s", n, k.leaves[n], l.Ref)
			case n >= len(k.leaves):
				if l.Ref.Version > 1 && !k.known[docket.Ref{Stream: l.Ref.Stream, Version: l.Ref.Version - 1}] {
					k.Errorf("leaf %d is %s, and its forerunner has none", n, l.Ref)
				}
				k.leaves = append(k.leaves, l.Ref)
			}
			k.known[l.Ref] = true
			n++
		}
		if n < len(k.leaves) {
			k.Errorf("of %d leaves %d are left", len(k.leaves), n)
		}
		return nil
	}))
}
