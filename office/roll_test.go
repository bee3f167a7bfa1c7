package office_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/treaty"
	"github.com/openchancery/chancery/vault"
)

var page = roll.Source{Name: "a page, as read", Link: "https://example.org/cis"}

func when(t testing.TB, text string) day.When {
	t.Helper()
	w, err := day.ParseWhen(text)
	must(t, err)
	return w
}

// twoBodies is a bundle of two bodies, their members and what they are called.
func twoBodies(t testing.TB) roll.Bundle {
	t.Helper()
	b := roll.Bundle{ID: "two-bodies", Title: "Two bodies"}
	thing := func(id roll.ID, sort roll.Sort, name string) {
		b.Facts = append(b.Facts, roll.Fact{Source: page, Thing: &roll.Thing{ID: id, Sort: sort, Names: []roll.Name{{Text: name}}}})
	}
	thing("cis", roll.Body, "Commonwealth of Independent States")
	thing("csto", roll.Body, "Collective Security Treaty Organization")
	for _, id := range []roll.ID{"armenia", "azerbaijan", "belarus"} {
		thing(id, roll.State, string(id))
		b.Facts = append(b.Facts, roll.Fact{Source: page, Doubt: "said by the body itself", Membership: &roll.Membership{Body: "cis", Member: id, Act: "member", On: when(t, "1993")}})
	}
	b.Facts = append(b.Facts, roll.Fact{Source: page, Membership: &roll.Membership{Body: "csto", Member: "armenia", Act: "member", On: when(t, "before 2003")}})
	return b
}

func (h *house) loadRoll(b roll.Bundle) office.Loaded {
	h.Helper()
	loaded, err := h.Office.LoadRoll(h.Context(), h.by("officer"), b)
	must(h.TB, err)
	return loaded
}

func (h *house) roll(subjects ...roll.ID) *roll.Record {
	h.Helper()
	r, err := h.Office.Roll(h.Context(), subjects...)
	must(h.TB, err)
	return r
}

// learned are the ids of facts, with the days on which they were learned.
func learned(facts []roll.Fact) map[roll.FactID]string {
	days := map[roll.FactID]string{}
	for _, f := range facts {
		days[f.ID()] = f.Known.String() + " " + f.Bundle
	}
	return days
}

func same(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(day.Date{}, day.When{}, money.Amount{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestABundleIsOneActAndComesInOnce(t *testing.T) {
	h := staffed(t)
	b := twoBodies(t)
	loaded := h.loadRoll(b)
	same(t, loaded, office.Loaded{
		Bundle: "two-bodies", Entries: []docket.Ref{{Stream: "bundle/roll/two-bodies", Version: 1}}, Entered: 9, Streams: 5,
	})
	want := map[roll.FactID]string{}
	for _, f := range b.Facts {
		want[f.ID()] = "2020-06-01 two-bodies" // the day of import
	}
	same(t, learned(h.roll().Facts()), want)
	same(t, len(h.roll("csto").Facts()), 2)
	same(t, len(h.roll("cis", "csto", "nowhere").Facts()), 6)

	before := h.everything()
	slices.Reverse(b.Facts)
	same(t, h.loadRoll(b), office.Loaded{Bundle: "two-bodies", Entries: []docket.Ref{}, Already: 9})
	b.Known = day.Must(2021, 1, 1) // later than we know them
	same(t, h.loadRoll(b), office.Loaded{Bundle: "two-bodies", Entries: []docket.Ref{}, Already: 9})
	unchanged(h, before)
	h.sound()
}

// What we find out to have known earlier counts from then, and a stream that
// has facts goes on at its next version.
func TestAFactCountsFromTheEarliestDay(t *testing.T) {
	h := staffed(t)
	b := twoBodies(t)
	h.loadRoll(b)
	b.Facts = b.Facts[len(b.Facts)-2:]
	b.Facts[0].Note = "another thing to say"
	b.Known, b.ID = day.Must(2019, 2, 3), "older"
	loaded := h.loadRoll(b)
	if loaded.Entered != 2 || loaded.Streams != 2 || loaded.Already != 0 {
		t.Errorf("loaded %+v", loaded)
	}
	if got := learned(h.roll().Facts())[b.Facts[1].ID()]; got != "2019-02-03 older" {
		t.Errorf("it was learned %s", got)
	}
	if n := len(h.roll().KnownOn(day.Must(2019, 12, 31)).Facts()); n != 2 {
		t.Errorf("%d facts were known in 2019", n)
	}
	must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) error {
		history, err := r.History("roll/csto")
		if err != nil || len(history) != 2 || history[1].Row.Version != 2 || history[1].Entry.Stream != "bundle/roll/older" {
			t.Errorf("%v: %+v", err, history)
		}
		return nil
	}))
	h.sound()
}

// Whoever serves pages holds the record in memory, and sees at once what
// another process enters.
func TestTheRecordInMemoryIsTheOneInTheTables(t *testing.T) {
	h := staffed(t)
	if n := len(h.roll().Facts()); n != 0 {
		t.Errorf("an empty roll has %d facts", n)
	}
	b := twoBodies(t)
	rest := b
	b.Facts, rest.Facts = b.Facts[:2], b.Facts[2:]
	h.loadRoll(b)
	first := h.roll()
	if first != h.roll() {
		t.Error("it was made twice")
	}
	h.loadRoll(rest)
	if n := len(h.roll().Facts()); n != 9 {
		t.Errorf("%d facts, want 9", n)
	}
	if n := len(first.Facts()); n != 2 {
		t.Errorf("the record that was given out before has %d facts by now", n)
	}
}

func TestWhatCantBeKeepsAWholeBundleOut(t *testing.T) {
	h := staffed(t)
	before := h.everything()
	for _, c := range []struct {
		name, code string
		change     func(*roll.Bundle)
	}{
		{"no source", "roll.fact-no-source", func(b *roll.Bundle) { b.Facts[3].Source = roll.Source{} }},
		{"says nothing", "roll.fact-contents", func(b *roll.Bundle) { b.Facts[8].Membership = nil }},
		{"no facts", "office.bundle-empty", func(b *roll.Bundle) { b.Facts = nil }},
		{"a name that is no code", "office.bundle-id", func(b *roll.Bundle) { b.ID = "two bodies/2" }},
		{"no name", "office.bundle-id", func(b *roll.Bundle) { b.ID = "" }},
	} {
		b := twoBodies(t)
		c.change(&b)
		_, err := h.Office.LoadRoll(t.Context(), h.by("officer"), b)
		wantCode(t, c.name, err, c.code)
	}
	unchanged(h, before)
}

func TestTheSameBundleAtOnceComesInOnce(t *testing.T) {
	h := staffed(t)
	var all sync.WaitGroup
	loaded := make([]office.Loaded, 6)
	for n := range loaded {
		all.Go(func() {
			b := twoBodies(t)
			if n%2 == 1 {
				b.ID = "under-another-name"
			}
			var err error
			if loaded[n], err = h.Office.LoadRoll(t.Context(), h.by("officer"), b); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	entered, already := int64(0), int64(0)
	for _, l := range loaded {
		entered, already = entered+l.Entered, already+l.Already
	}
	if entered != 9 || already != 45 {
		t.Errorf("entered %d, known already %d", entered, already)
	}
	h.sound()
}

func TestUnderAKeyTheFirstAnswerIsRepeated(t *testing.T) {
	h := staffed(t)
	by := keyed(h.by("officer"), "one")
	first, err := h.Office.LoadRoll(t.Context(), by, twoBodies(t))
	must(t, err)
	again, err := h.Office.LoadRoll(t.Context(), by, twoBodies(t))
	must(t, err)
	same(t, again, first)
	other := twoBodies(t)
	other.Facts = other.Facts[1:]
	_, err = h.Office.LoadRoll(t.Context(), by, other)
	wantCode(t, "another bundle", err, "office.key-reused")
}

// convention is a bundle of a treaty with its clause: so many instruments, and
// the funds, which its Assembly finds.
func convention(needed int) treaty.Bundle {
	return treaty.Bundle{ID: "iccu", Facts: []treaty.Fact{{Source: page, Instrument: &treaty.Instrument{
		ID: "iccu-2025", Title: "Convention establishing a commission", Clause: &treaty.Clause{
			Provision: "Article 1", Conditions: []treaty.Condition{
				{Name: "instruments", Number: needed, Organisations: true}, {Name: "funds_secured", Finding: "Assembly"},
			},
		},
	}}}}
}

func deposited(t testing.TB, n int, on string) treaty.Fact {
	t.Helper()
	return treaty.Fact{Source: page, Action: &treaty.Action{
		Treaty: "iccu-2025", Kind: treaty.Ratification, Party: fmt.Sprint("State ", n), Code: fmt.Sprintf("X%02d", n), On: when(t, on),
	}}
}

func TestAnActionIsDepositedInAnEntryOfItsOwn(t *testing.T) {
	h := staffed(t)
	h.engage("depositary", office.Depositary)
	act := func(f treaty.Fact) (office.Loaded, error) {
		return h.Office.DepositAction(t.Context(), h.by("depositary"), f)
	}
	_, err := act(deposited(t, 1, "2020-05-01"))
	wantCode(t, "of a treaty that nobody loaded", err, "treaty.none")
	_, err = h.Office.LoadTreaties(t.Context(), h.by("depositary"), convention(2))
	must(t, err)
	got, err := act(deposited(t, 1, "2020-05-01"))
	must(t, err)
	same(t, got, office.Loaded{Entries: []docket.Ref{{Stream: "treaty/iccu-2025", Version: 2}}, Entered: 1, Streams: 1})
	before := h.everything()
	got, err = act(deposited(t, 1, "2020-05-01"))
	must(t, err)
	same(t, got, office.Loaded{Entries: []docket.Ref{}, Already: 1})
	_, err = act(convention(3).Facts[0])
	wantCode(t, "an instrument", err, "treaty.no-action")
	unknown := deposited(t, 2, "2020-05-01")
	unknown.Action.Kind = "promise"
	_, err = act(unknown)
	wantCode(t, "no action of a depositary's", err, "treaty.fact.kind")
	unchanged(h, before)
	got, err = act(deposited(t, 2, "2020-05-02"))
	must(t, err)
	same(t, got.Entries, []docket.Ref{{Stream: "treaty/iccu-2025", Version: 3}})
	h.sound()
}

// A treaty with more to say than a row takes stands in several, one version
// after another.
func TestAVeryLongRecordStandsInSeveralRows(t *testing.T) {
	h := staffed(t)
	b := convention(1)
	for n := range 30 {
		f := deposited(t, n, "2020-03-01")
		f.Action.Text = strings.Repeat("words ", 10_000)
		b.Facts = append(b.Facts, f)
	}
	loaded, err := h.Office.LoadTreaties(t.Context(), h.by("administrator"), b)
	must(t, err)
	if loaded.Entered != 31 || loaded.Streams != 1 || len(loaded.Entries) != 1 {
		t.Errorf("%+v", loaded)
	}
	must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) error {
		history, err := r.History("treaty/iccu-2025")
		if err != nil || len(history) != 2 || history[1].Row.Version != 2 {
			t.Errorf("%v, %d rows", err, len(history))
		}
		return nil
	}))
	f, err := h.Office.Treaty(t.Context(), "iccu-2025")
	must(t, err)
	same(t, len(f.Facts(day.Date{})), 31)
	b.Facts[1].Action.Text = strings.Repeat("words ", 200_000)
	_, err = h.Office.LoadTreaties(t.Context(), h.by("administrator"), b)
	wantCode(t, "a fact longer than a row", err, "office.fact-too-long")
	_, err = h.Office.DepositAction(t.Context(), h.by("administrator"), b.Facts[1])
	wantCode(t, "and by itself", err, "office.fact-too-long")
	h.sound()
}

// What is more than one act takes goes into several, each under a key of its
// own; one that was cut off between two of them goes on.
func TestABundleOfManyActs(t *testing.T) {
	h := staffed(t)
	h.Office.InActsOf(4)
	b := twoBodies(t)
	first := b
	first.Facts = b.Facts[:3]
	h.loadRoll(first)
	by := keyed(h.by("officer"), "many")
	loaded, err := h.Office.LoadRoll(t.Context(), by, b)
	must(t, err)
	if loaded.Entered != 6 || loaded.Already != 3 || len(loaded.Entries) != 3 {
		t.Errorf("%+v", loaded)
	}
	before := h.everything()
	again, err := h.Office.LoadRoll(t.Context(), by, b)
	must(t, err)
	same(t, again, loaded)
	unchanged(h, before)
	same(t, len(h.roll().Facts()), 9)
	h.sound()
}

// What is put back from a backup holds the same record, and goes on.
func TestTheRecordComesBackFromABackup(t *testing.T) {
	h := staffed(t)
	h.loadRoll(twoBodies(t))
	b := convention(1)
	b.Facts = append(b.Facts, deposited(t, 1, "2020-03-01"))
	_, err := h.Office.LoadTreaties(t.Context(), h.by("administrator"), b)
	must(t, err)
	_, err = h.Office.Sequence(t.Context())
	must(t, err)
	want := learned(h.roll().Facts())
	file := filepath.Join(t.TempDir(), "backup.key")
	public, err := vault.NewBackupKey(file)
	must(t, err)
	to, err := vault.ParseBackupTo(public)
	must(t, err)
	key, err := vault.ReadBackupKey(file)
	must(t, err)
	folder := filepath.Join(t.TempDir(), "backups")
	_, err = h.Installation.Backup(t.Context(), folder, to, 0, nil)
	must(t, err)
	must(t, h.Close())
	there := installation.Beside(filepath.Join(t.TempDir(), "restored"))
	there.Keys = copied(t, h.Places).Keys
	_, err = installation.Restore(t.Context(), installation.Restoration{Source: folder, Key: key, Places: there, NothingKnown: true, People: bothSignIn}, installation.Options{Now: ticking()})
	must(t, err)
	back := &house{TB: t, Installation: openedAt(t, there), people: h.people}
	same(t, learned(back.roll().Facts()), want)
	got, err := back.Office.DepositAction(t.Context(), back.by("administrator"), deposited(t, 2, "2020-04-01"))
	must(t, err)
	same(t, got.Entries, []docket.Ref{{Stream: "treaty/iccu-2025", Version: 2}})
	back.sound()
}
