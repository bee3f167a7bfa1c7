package storetest

import (
	"fmt"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var correspondences = []test{
	{"a letter comes back by its id, its code and its claim, oldest first", lettersFound},
	{"of one event of a claim there is one letter", letterOnce},
	{"letters wait for their way out, by instalment and page by page", lettersOut},
	{"a letter moves on from where it is, and from nowhere else", letterMoves},
	{"a letter goes on its day, and one without a day stays", lettersGo},
	{"a contact and a pause are those of the claim", contactsAndPauses},
	{"a clock is due when somebody is to be told, and after its last day", clocksDue},
	{"clocks of an event stop when a later one comes", clocksStop},
	{"claims that were sent together are found by each of them, in their order", setsFound},
	{"paces add up", pacesAdd},
	{"with a claim its whole correspondence goes", correspondenceGoes},
}

func aLetter(id string, of claim.ID, version docket.Version) store.Letter {
	return store.Letter{
		ID: id, Claim: of, Programme: "demo", On: "recorded", Version: version, Language: "uk", Made: noon(int(version)),
		Code: []byte("code of " + id), State: store.LetterShown, Moved: noon(0), Sealed: []byte{0, 255, '\'', byte(version)},
	}
}

func aClock(of claim.ID, deadline, ends string) store.Clock {
	return store.Clock{Claim: of, Deadline: deadline, Programme: "demo", For: "claimant", Version: 2, Ends: dated(ends)}
}

func dated(text string) (d day.Date) {
	if text != "" {
		if err := d.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
	}
	return d
}

func added(t *testing.T, s store.Store, letters ...store.Letter) {
	t.Helper()
	write(t, s, func(tx store.Tx) error { return tx.AddLetters(letters) })
}

func lettersOf(t *testing.T, s store.Store, id claim.ID) []store.Letter {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]store.Letter, error) { return r.Letters(id) })
}

func lettersFound(t *testing.T, s store.Store) {
	second, first := aLetter("b", "c1", 3), aLetter("z", "c1", 2)
	second.Goes, second.Instalment = dated("2030-01-01"), past31
	added(t, s, second, first, aLetter("x", "c2", 2))
	same(t, lettersOf(t, s, "c1"), []store.Letter{first, second})
	same(t, ask(t, s, func(r store.Reader) (store.Letter, error) { return r.Letter("b") }), second)
	same(t, ask(t, s, func(r store.Reader) (store.Letter, error) { return r.LetterByCode([]byte("code of z")) }), first)
	none(t, s, "an unknown letter", func(r store.Reader) (store.Letter, error) { return r.Letter("y") })
	none(t, s, "an unknown code", func(r store.Reader) (store.Letter, error) { return r.LetterByCode([]byte("code of y")) })
}

func letterOnce(t *testing.T, s store.Store) {
	for _, n := range sizes {
		var list []store.Letter
		for i := range n {
			list = append(list, aLetter(fmt.Sprintf("%d/%03d", n, i), claim.ID(fmt.Sprintf("c%d/%03d", n, i)), 2))
		}
		added(t, s, list...)
		again := aLetter("again", list[n-1].Claim, 2)
		fresh := aLetter(fmt.Sprintf("%d/fresh", n), list[n-1].Claim, 3)
		added(t, s, again, fresh)
		same(t, lettersOf(t, s, list[n-1].Claim), []store.Letter{list[n-1], fresh})
	}
}

func lettersOut(t *testing.T, s store.Store) {
	var want []store.Letter
	for i := range 5 {
		l := aLetter(fmt.Sprint("l", i), claim.ID(fmt.Sprint("c", i)), 2)
		l.State, l.Instalment = store.LetterToPrint, int64(i%2+1)
		want = append(want, l)
	}
	other := aLetter("o", "c9", 2)
	other.Programme, other.State = "other", store.LetterToPrint
	added(t, s, append([]store.Letter{other, aLetter("shown", "c8", 2)}, want...)...)
	in := func(instalment int64, after string, limit int) []store.Letter {
		return ask(t, s, func(r store.Reader) ([]store.Letter, error) {
			return r.LettersIn("demo", store.LetterToPrint, instalment, after, limit)
		})
	}
	same(t, in(0, "", 9), want)
	same(t, in(0, "l1", 2), want[2:4])
	same(t, in(2, "", 9), []store.Letter{want[1], want[3]})
}

func letterMoves(t *testing.T, s store.Store) {
	l := aLetter("a", "c1", 2)
	l.State = store.LetterQueued
	added(t, s, l)
	move := func(from, to store.LetterState, minutes int) {
		write(t, s, func(tx store.Tx) error { return tx.MoveLetter("a", from, to, noon(minutes)) })
	}
	move(store.LetterToPrint, store.LetterPrinted, 5)
	same(t, lettersOf(t, s, "c1"), []store.Letter{l})
	move(store.LetterQueued, store.LetterSent, 6)
	l.State, l.Moved = store.LetterSent, noon(6)
	same(t, lettersOf(t, s, "c1"), []store.Letter{l})
}

func lettersGo(t *testing.T, s store.Store) {
	early, late, never := aLetter("e", "c1", 2), aLetter("l", "c2", 2), aLetter("n", "c3", 2)
	added(t, s, early, late, never)
	early.Goes, late.Goes = dated("2030-01-01"), dated("2030-01-02")
	gone := func(on string, limit int) []string {
		return ask(t, s, func(r store.Reader) ([]string, error) { return r.GoneLetters(dated(on), limit) })
	}
	write(t, s, func(tx store.Tx) error {
		return tx.TimeLetters(map[claim.ID]day.Date{"c1": early.Goes, "c2": late.Goes, "c9": late.Goes})
	})
	same(t, gone("2029-12-31", 9), []string(nil))
	same(t, gone("2030-01-01", 9), []string{"e"})
	same(t, gone("2031-01-01", 1), []string{"e"})
	write(t, s, func(tx store.Tx) error { return tx.DeleteLetters([]string{"e", "l", "unknown"}) })
	same(t, gone("2031-01-01", 9), []string(nil))
	same(t, lettersOf(t, s, "c3"), []store.Letter{never})
}

func contactsAndPauses(t *testing.T, s store.Store) {
	contact := func(r store.Reader) (store.Contact, error) { return r.Contact("c1") }
	pause := func(r store.Reader) (store.Pause, error) { return r.Pause("c1") }
	none(t, s, "no contact", contact)
	none(t, s, "no pause", pause)
	for n := range 2 {
		c, p := store.Contact{Claim: "c1", Changed: noon(n), Sealed: []byte{byte(n), 0}}, store.Pause{Claim: "c1", Asked: noon(n)}
		write(t, s, func(tx store.Tx) error { return tx.PutContact(c) })
		write(t, s, func(tx store.Tx) error { return tx.PutPause(p) })
		same(t, ask(t, s, contact), c)
		same(t, ask(t, s, pause), p)
	}
	write(t, s, func(tx store.Tx) error { return tx.DeletePause("c1") })
	none(t, s, "a pause that is over", pause)
}

func clocksDue(t *testing.T, s store.Store) {
	warned, silent, over := aClock("c1", "answer", "2020-07-01"), aClock("c2", "answer", "2020-07-02"), aClock("c3", "answer", "2020-05-01")
	warned.Warn, over.Over = dated("2020-06-20"), true
	write(t, s, func(tx store.Tx) error { return tx.PutClocks([]store.Clock{silent, over, warned}) })
	due := func(on string, limit int) []store.Clock {
		return ask(t, s, func(r store.Reader) ([]store.Clock, error) { return r.DueClocks("demo", dated(on), limit) })
	}
	same(t, due("2020-06-19", 9), []store.Clock(nil))
	same(t, due("2020-06-20", 9), []store.Clock{warned})
	same(t, ask(t, s, func(r store.Reader) ([]store.Clock, error) { return r.DueClocks("other", dated("2021-01-01"), 9) }), []store.Clock(nil))
	warned.Warn = dated("")
	write(t, s, func(tx store.Tx) error { return tx.PutClocks([]store.Clock{warned}) })
	same(t, due("2020-07-01", 9), []store.Clock(nil)) // the last day is still a day
	same(t, due("2020-07-03", 9), []store.Clock{warned, silent})
	same(t, due("2020-07-03", 1), []store.Clock{warned})
	same(t, ask(t, s, func(r store.Reader) ([]store.Clock, error) { return r.OverClocks("demo", 9) }), []store.Clock{over})
	same(t, ask(t, s, func(r store.Reader) ([]store.Clock, error) { return r.OverClocks("other", 9) }), []store.Clock(nil))
}

func clocksStop(t *testing.T, s store.Store) {
	old, fresh, other := aClock("c1", "answer", "2020-07-01"), aClock("c1", "review", "2020-08-01"), aClock("c2", "answer", "2020-07-01")
	fresh.Version = 3
	write(t, s, func(tx store.Tx) error { return tx.PutClocks([]store.Clock{old, fresh, other}) })
	write(t, s, func(tx store.Tx) error { return tx.StopClocks(map[claim.ID]docket.Version{"c1": 3, "c9": 2}) })
	same(t, ask(t, s, func(r store.Reader) ([]store.Clock, error) { return r.Clocks("c1") }), []store.Clock{fresh})
	same(t, ask(t, s, func(r store.Reader) ([]store.Clock, error) { return r.Clocks("c2") }), []store.Clock{other})
}

func setsFound(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error { return tx.PutSet("one", []claim.ID{"c3", "c1", "c2"}) })
	write(t, s, func(tx store.Tx) error { return tx.PutSet("two", []claim.ID{"c8", "c9"}) })
	of := func(id claim.ID) []claim.ID {
		return ask(t, s, func(r store.Reader) ([]claim.ID, error) { return r.SetOf(id) })
	}
	same(t, of("c2"), []claim.ID{"c3", "c1", "c2"})
	same(t, of("c9"), []claim.ID{"c8", "c9"})
	same(t, of("c7"), []claim.ID(nil))
	write(t, s, func(tx store.Tx) error { return tx.LeaveSet("c1") })
	same(t, of("c3"), []claim.ID{"c3", "c2"})
	same(t, of("c1"), []claim.ID(nil))
	write(t, s, func(tx store.Tx) error { return tx.DeleteCorrespondence([]claim.ID{"c3"}) })
	same(t, of("c2"), []claim.ID{"c2"})
}

func pacesAdd(t *testing.T, s store.Store) {
	p := store.Pace{Programme: "demo", Category: "a", Step: "recorded", Days: 9, Claims: 2}
	far, elsewhere := p, p
	far.Days, far.Claims, elsewhere.Category = 40, past31, "b"
	write(t, s, func(tx store.Tx) error { return tx.AddPaces([]store.Pace{far, p, elsewhere}) })
	write(t, s, func(tx store.Tx) error { return tx.AddPaces([]store.Pace{p, p}) })
	p.Claims = 6
	same(t, ask(t, s, func(r store.Reader) ([]store.Pace, error) { return r.Paces("demo", "a") }), []store.Pace{p, far})
}

func correspondenceGoes(t *testing.T, s store.Store) {
	for _, id := range []claim.ID{"c1", "c2"} {
		write(t, s, func(tx store.Tx) error { return tx.AddLetters([]store.Letter{aLetter("l"+string(id), id, 2)}) })
		write(t, s, func(tx store.Tx) error {
			return tx.PutContact(store.Contact{Claim: id, Changed: noon(0), Sealed: []byte{1}})
		})
		write(t, s, func(tx store.Tx) error { return tx.PutPause(store.Pause{Claim: id, Asked: noon(0)}) })
		write(t, s, func(tx store.Tx) error { return tx.PutClocks([]store.Clock{aClock(id, "answer", "2020-07-01")}) })
	}
	write(t, s, func(tx store.Tx) error { return tx.DeleteCorrespondence([]claim.ID{"c1", "c9"}) })
	same(t, lettersOf(t, s, "c1"), []store.Letter(nil))
	none(t, s, "its contact", func(r store.Reader) (store.Contact, error) { return r.Contact("c1") })
	none(t, s, "its pause", func(r store.Reader) (store.Pause, error) { return r.Pause("c1") })
	same(t, ask(t, s, func(r store.Reader) ([]store.Clock, error) { return r.Clocks("c1") }), []store.Clock(nil))
	same(t, len(lettersOf(t, s, "c2")), 1)
}
