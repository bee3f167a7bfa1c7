package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

var claims = []test{
	{"a claim comes back as it was put", claimComesBack},
	{"of many claims in one call each gets its own answer", manyClaims},
	{"claims come in the order asked, and every one must be there", claimsAsAsked},
	{"a claim is found by reference and by number, exactly", findClaim},
	{"an id, a reference and a number are given once", claimTaken},
	{"a claim that moved on is not written over", movedOn},
	{"a claim that was never filed can't be brought up to date", updateUnknown},
	{"a number stays with its claim, whatever happens to it", numberStays},
	{"a page follows the other until every claim came once", pages},
	{"a cursor that is none is refused", badCursor},
	{"an instalment's claims come in the order of their numbers", instalmentClaims},
	{"what can be paid comes in the order of decision", payableClaims},
	{"tallies add up", tallies},
	{"tallies past what 64 bits hold are refused, not wrapped round", talliesTooLarge},
	{"sealed blobs come back bit for bit, oldest first", blobs},
	{"the latest blob of each name", latestBlobs},
	{"a claim's counters go past 31 bits", claimsPast31},
}

func euros(n int64) money.Amount { return money.New(n*100, "EUR") }

func dollars(n int64) money.Amount { return money.New(n*100, "USD") }

func claimID(n int) claim.ID { return claim.ID(fmt.Sprintf("%032x", n)) }

// aClaim is the n-th claim as it was filed.
func aClaim(n int) claim.Claim {
	var random [11]byte
	copy(random[:], fmt.Sprintf("%09d", n))
	for i := range random[:9] {
		random[i] -= '0'
	}
	return claim.Claim{
		ID: claimID(n), Programme: "demo", Version: 1, Standing: claim.Filed,
		Reference: claim.NewReference(random), Category: "a-departure", Claimant: "individual", Edition: hash("edition"),
		Received: day.Must(2020, 3, 2), Filed: docket.At(time.Date(2020, 3, 2, 9, 0, 0, n*1_000_000, time.UTC)),
	}
}

func someClaims(n int) []claim.Claim {
	list := make([]claim.Claim, n)
	for i := range list {
		list[i] = aClaim(i)
	}
	return list
}

// next is the claim one step on: recorded under a number of its own.
func next(c claim.Claim) claim.Claim {
	c.Version++
	c.Standing = claim.Recorded
	var n int64
	_, _ = fmt.Sscanf(string(c.ID), "%x", &n)
	c.Number = claim.NewNumber("HF", n+1)
	return c
}

// fullClaim has everything set that can be.
func fullClaim(n int) claim.Claim {
	c := next(aClaim(n))
	c.Claimant, c.Source, c.Row = "public-body", "us-tsa", 47_912
	c.Claimed, c.Answers = dollars(-3), map[string]string{"place": "old town\n'", "family": "true", "z": ""}
	c.Blank, c.Missing, c.Ground = []string{"contact", "birth_date"}, []string{"signature"}, "outside-period"
	c.Outcome, c.Reported, c.AwardStated, c.Award, c.Rule = claim.Award, true, true, euros(2500), "a-individual"
	c.Instalment, c.Ordered, c.Paid = 3, money.New(1, "EUR"), money.New(0, "JPY")
	answer := day.Must(2026, 12, 1)
	c.Register = claim.Register{
		Tests:       []claim.TestFinding{{Test: "place", Result: claim.TestNotMet, Rule: "place-inside", Ground: "outside", Reason: "map-checked", By: "officer-1"}},
		Recommended: &claim.Recommendation{Version: docket.Version(past31), Outcome: "refuse", Ground: "outside", Rule: "place-inside"},
		Move:        &claim.ProposedMove{Category: "b-injury", Reason: "misfiled"}, Consent: "diia-2", NoConsent: true,
		Review: &claim.Review{Asked: day.Must(2026, 11, 1), Answer: &answer, Of: "refused", Ground: "outside"},
	}
	c.Holds, c.Erased, c.KeysGoneBy = []string{"court-order", "audit"}, day.Must(2026, 11, 26), day.Must(2026, 12, 27)
	return c
}

func insert(t testing.TB, s store.Store, list ...claim.Claim) {
	t.Helper()
	write(t, s, func(tx store.Tx) error { return tx.InsertClaims(list) })
}

func update(t testing.TB, s store.Store, list ...claim.Claim) {
	t.Helper()
	write(t, s, func(tx store.Tx) error { return tx.UpdateClaims(list) })
}

func claimsOf(t testing.TB, s store.Store, ids ...claim.ID) []claim.Claim {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]claim.Claim, error) { return r.Claims(ids) })
}

func claimComesBack(t *testing.T, s store.Store) {
	bare := claim.Claim{ID: claimID(9), Programme: "p", Version: 1, Standing: claim.Filed, Reference: "r"}
	insert(t, s, aClaim(1), fullClaim(2), bare)
	same(t, claimsOf(t, s, claimID(1), claimID(2), claimID(9)), []claim.Claim{aClaim(1), fullClaim(2), bare})
	moved := fullClaim(1) // an update sets all that an event can change
	moved.Claimant, moved.Source, moved.Row = aClaim(1).Claimant, aClaim(1).Source, aClaim(1).Row
	update(t, s, moved)
	same(t, claimsOf(t, s, claimID(1)), []claim.Claim{moved})
}

func manyClaims(t *testing.T, s store.Store) {
	from := 0
	for _, n := range sizes {
		var filed, recorded []claim.Claim
		var ids []claim.ID
		for i := range n {
			c := aClaim(from + i)
			filed, recorded, ids = append(filed, c), append(recorded, next(c)), append(ids, c.ID)
		}
		from += n
		insert(t, s, filed...)
		same(t, claimsOf(t, s, ids...), filed)
		update(t, s, recorded...)
		same(t, claimsOf(t, s, ids...), recorded)
	}
}

func claimsAsAsked(t *testing.T, s store.Store) {
	insert(t, s, someClaims(501)...)
	ids := []claim.ID{claimID(7), claimID(500), claimID(7), claimID(0)}
	same(t, claimsOf(t, s, ids...), []claim.Claim{aClaim(7), aClaim(500), aClaim(7), aClaim(0)})
	same(t, claimsOf(t, s), []claim.Claim(nil))
	none(t, s, "one of three", func(r store.Reader) ([]claim.Claim, error) {
		return r.Claims([]claim.ID{claimID(1), claimID(9999), claimID(2)})
	})
}

func findClaim(t *testing.T, s store.Store) {
	filed, recorded := aClaim(1), next(aClaim(2))
	insert(t, s, filed, recorded)
	for text, want := range map[string]claim.Claim{
		string(filed.Reference): filed, string(recorded.Reference): recorded, string(recorded.Number): recorded,
	} {
		same(t, ask(t, s, func(r store.Reader) (claim.Claim, error) { return r.FindClaim(text) }), want)
	}
	for _, text := range []string{"", "HF-0000001", string(filed.ID), "%", " " + string(recorded.Number)} {
		none(t, s, text, func(r store.Reader) (claim.Claim, error) { return r.FindClaim(text) })
	}
}

func claimTaken(t *testing.T, s store.Store) {
	insert(t, s, aClaim(1), next(aClaim(2)))
	with := func(change func(*claim.Claim)) claim.Claim {
		c := aClaim(50)
		change(&c)
		return c
	}
	for _, c := range []claim.Claim{
		with(func(c *claim.Claim) { c.ID = claimID(1) }),
		with(func(c *claim.Claim) { c.Reference = aClaim(1).Reference }),
		with(func(c *claim.Claim) { c.Number, c.Standing = next(aClaim(2)).Number, claim.Recorded }),
		with(func(c *claim.Claim) { c.Number, c.Standing = next(aClaim(2)).Number, claim.Paid }),
	} {
		refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.InsertClaims([]claim.Claim{c}) })
		refused(t, s, store.ErrTaken, func(tx store.Tx) error { // among many
			return tx.InsertClaims(append([]claim.Claim{c}, someClaims(90)[51:]...))
		})
	}
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { // the number of another, later
		c := next(aClaim(1))
		c.Number = next(aClaim(2)).Number
		return tx.UpdateClaims([]claim.Claim{c})
	})
}

func movedOn(t *testing.T, s store.Store) {
	insert(t, s, someClaims(501)...)
	gone := next(aClaim(17))
	update(t, s, gone)
	for _, n := range []int{18, 40, 501} {
		var list []claim.Claim
		for _, c := range someClaims(n) {
			list = append(list, next(c))
		}
		refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.UpdateClaims(list) })
	}
	ahead := next(next(aClaim(3)))
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.UpdateClaims([]claim.Claim{ahead}) })
	twice := next(aClaim(3))
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.UpdateClaims([]claim.Claim{twice, twice}) })
}

func updateUnknown(t *testing.T, s store.Store) {
	insert(t, s, aClaim(1))
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.UpdateClaims([]claim.Claim{next(aClaim(2))}) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		return tx.UpdateClaims([]claim.Claim{next(aClaim(1)), next(aClaim(2))})
	})
}

func numberStays(t *testing.T, s store.Store) {
	c := next(aClaim(1))
	c.Reported = true // on the record of another body, by its own word
	insert(t, s, aClaim(1))
	for _, standing := range []claim.Standing{claim.Recorded, claim.Recorded, claim.Withdrawn, claim.Decided, claim.Paid} {
		c.Standing = standing
		update(t, s, c)
		same(t, ask(t, s, func(r store.Reader) (claim.Claim, error) { return r.FindClaim(string(c.Number)) }), c)
		c.Version++
	}
	decided := next(aClaim(2)) // a rebuild folds a claim through several standings before it writes it
	decided.Standing = claim.Decided
	insert(t, s, decided)
	same(t, ask(t, s, func(r store.Reader) (claim.Claim, error) { return r.FindClaim(string(decided.Number)) }), decided)
}

// standings of many claims, in a deterministic mix.
func mixed(n int) []claim.Claim {
	list := someClaims(n)
	for i := range list {
		list[i].Programme = []string{"demo", "tsa-2007"}[i%2]
		list[i].Standing = claim.Standings()[i%5]
		list[i].Filed = docket.At(list[i].Filed.Add(time.Duration(-i%3) * time.Hour)) // many at the same instant
	}
	return list
}

func pages(t *testing.T, s store.Store) {
	all := mixed(63)
	insert(t, s, all...)
	for _, q := range []store.ClaimQuery{
		{},
		{Programme: "demo"},
		{Standing: claim.Recorded},
		{Programme: "tsa-2007", Standing: claim.Filed},
		{Programme: "none"},
	} {
		want := 0
		for _, c := range all {
			if (q.Programme == "" || c.Programme == q.Programme) && (q.Standing == "" || c.Standing == q.Standing) {
				want++
			}
		}
		whole := everyPage(t, s, q, 1000)
		if len(whole) != want {
			t.Errorf("%+v: %d claims, want %d", q, len(whole), want)
		}
		for _, limit := range []int{1, 10, max(want, 1), want + 1} {
			same(t, everyPage(t, s, q, limit), whole)
		}
		if !slices.IsSortedFunc(whole, inPageOrder) {
			t.Errorf("%+v: not in the order of standing, filing, id", q)
		}
	}
}

func inPageOrder(a, b claim.Claim) int {
	key := func(c claim.Claim) string {
		return fmt.Sprintln(c.Programme, c.Standing, c.Filed, c.ID)
	}
	if key(a) < key(b) {
		return -1
	}
	return 1
}

func everyPage(t *testing.T, s store.Store, q store.ClaimQuery, limit int) []claim.Claim {
	t.Helper()
	q.Limit = limit
	var all []claim.Claim
	seen := map[claim.ID]bool{}
	for {
		var page []claim.Claim
		read(t, s, func(r store.Reader) (err error) {
			page, q.After, err = r.ClaimPage(q)
			return err
		})
		for _, c := range page {
			if seen[c.ID] {
				t.Fatalf("claim %s came twice", c.ID)
			}
			seen[c.ID] = true
		}
		if all = append(all, page...); q.After == "" {
			return all
		}
		if len(page) != limit {
			t.Fatalf("a page of %d before the last, limit %d", len(page), limit)
		}
	}
}

func badCursor(t *testing.T, s store.Store) {
	insert(t, s, someClaims(3)...)
	for _, cursor := range []string{"x", "a b c", " "} {
		none(t, s, "cursor "+cursor, func(r store.Reader) ([]claim.Claim, error) {
			page, _, err := r.ClaimPage(store.ClaimQuery{After: cursor, Limit: 10})
			return page, err
		})
	}
	for _, limit := range []int{0, -1} {
		err := s.Read(t.Context(), func(r store.Reader) error {
			_, _, err := r.ClaimPage(store.ClaimQuery{Limit: limit})
			return err
		})
		if err == nil {
			t.Errorf("a page of at most %d was given", limit)
		}
	}
}

// decided is a claim of an instalment with an award of so many euros.
func decided(n int, instalment, serial, award int64) claim.Claim {
	c := aClaim(n)
	c.Standing, c.Instalment, c.Number = claim.Decided, instalment, claim.NewNumber("HF", serial)
	c.Outcome, c.Award, c.AwardStated = claim.Award, euros(award), true
	return c
}

func ids(list []claim.Claim) []claim.ID {
	var ids []claim.ID
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids
}

func instalmentClaims(t *testing.T, s store.Store) {
	other := decided(5, 7, 4, 1)
	other.Programme = "tsa-2007"
	assessed := decided(6, 7, 3, 1)
	assessed.Standing = claim.Assessed
	insert(t, s, decided(1, 7, 10_000_000, 1), decided(2, 7, 9, 1), decided(3, 8, 1, 1), decided(4, 7, 100, 1), other, assessed, aClaim(7))
	of := func(instalment int64, standing claim.Standing) []claim.ID {
		return ids(ask(t, s, func(r store.Reader) ([]claim.Claim, error) {
			return list(r.InstalmentClaims("demo", instalment, standing))
		}))
	}
	same(t, of(7, claim.Decided), []claim.ID{claimID(2), claimID(4), claimID(1)})
	same(t, of(7, claim.Assessed), []claim.ID{claimID(6)})
	same(t, of(9, claim.Decided), []claim.ID(nil))
	same(t, of(0, claim.Filed), []claim.ID(nil)) // none is no instalment
}

func payableClaims(t *testing.T, s store.Store) {
	dismissed := decided(4, 1, 4, 0)
	dismissed.Outcome, dismissed.Award = claim.Dismissal, money.Amount{}
	reported := decided(5, 1, 5, 10)
	reported.Reported = true
	paid := decided(6, 1, 6, 10)
	paid.Paid = euros(10)
	underWay := decided(7, 1, 7, 10)
	underWay.Paid, underWay.Ordered = euros(4), euros(6)
	partly := decided(8, 1, 8, 10)
	partly.Paid, partly.Ordered = euros(4), euros(5)
	other := decided(9, 1, 9, 10)
	other.Programme = "tsa-2007"
	insert(t, s, decided(1, 2, 1, 10), decided(2, 1, 30, 10), decided(3, 1, 2, 10), dismissed, reported, paid, underWay, partly, other, aClaim(10))
	got := ask(t, s, func(r store.Reader) ([]claim.Claim, error) { return list(r.PayableClaims("demo")) })
	same(t, ids(got), []claim.ID{claimID(3), claimID(8), claimID(2), claimID(1)})
}

func tallies(t *testing.T, s store.Store) {
	reported := decided(3, 0, 3, 7)
	reported.Reported = true
	notStated := decided(4, 0, 4, 0)
	notStated.Reported, notStated.Award, notStated.AwardStated = true, money.Amount{}, false
	partly := decided(5, 1, 5, 100)
	partly.Paid, partly.Ordered = euros(30), euros(20)
	other := decided(6, 1, 6, 1)
	other.Award = dollars(1)
	elsewhere := aClaim(7)
	elsewhere.Programme = "tsa-2007"
	insert(t, s, aClaim(0), aClaim(1), decided(2, 1, 2, 10), reported, notStated, partly, other, elsewhere)
	row := func(change func(*store.Tally)) store.Tally {
		tally := store.Tally{Programme: "demo", Category: "a-departure", Standing: claim.Decided, Outcome: claim.Award, Claims: 1}
		change(&tally)
		return tally
	}
	want := []store.Tally{
		row(func(y *store.Tally) { y.Reported = true }),
		row(func(y *store.Tally) { y.Reported, y.Currency, y.Stated, y.Awarded = true, "EUR", 1, 700 }),
		row(func(y *store.Tally) {
			y.Currency, y.Claims, y.Stated, y.Awarded, y.Paid, y.PaidClaims = "EUR", 2, 2, 11_000, 3000, 1
			y.Owed, y.OwedClaims = 8000, 2
		}),
		row(func(y *store.Tally) { y.Currency, y.Stated, y.Awarded, y.Owed, y.OwedClaims = "USD", 1, 100, 100, 1 }),
		row(func(y *store.Tally) { y.Standing, y.Outcome, y.Claims = claim.Filed, "", 2 }),
	}
	of := func(programme string) []store.Tally {
		got := ask(t, s, func(r store.Reader) ([]store.Tally, error) { return r.Tallies(programme) })
		slices.SortFunc(got, byText[store.Tally])
		return got
	}
	slices.SortFunc(want, byText[store.Tally])
	same(t, of("demo"), want)
	same(t, of("none"), []store.Tally(nil))
	want = append(want, row(func(y *store.Tally) { y.Programme, y.Standing, y.Outcome = "tsa-2007", claim.Filed, "" }))
	slices.SortFunc(want, byText[store.Tally])
	same(t, of(""), want)
}

func byText[T any](a, b T) int {
	if fmt.Sprint(a) < fmt.Sprint(b) {
		return -1
	}
	return 1
}

func talliesTooLarge(t *testing.T, s store.Store) {
	const most = int64(1<<63 - 1)
	a, b := decided(1, 1, 1, 0), decided(2, 1, 2, 0)
	a.Award, b.Award = money.New(most-1, "EUR"), money.New(1, "EUR")
	insert(t, s, a, b)
	got := ask(t, s, func(r store.Reader) ([]store.Tally, error) { return r.Tallies("demo") })
	if len(got) != 1 || got[0].Awarded != most {
		t.Fatalf("got %+v", got)
	}
	insert(t, s, decided(3, 1, 3, 1))
	err := s.Read(t.Context(), func(r store.Reader) error {
		_, err := r.Tallies("demo")
		return err
	})
	if err == nil || errors.Is(err, store.ErrNone) {
		t.Errorf("got %v", err)
	}
}

func blobs(t *testing.T, s store.Store) {
	second := store.Blob{Claim: claimID(1), Version: 2, Name: "answers.personal", Class: "personal", Sealed: []byte{0, 255, '\''}}
	first := store.Blob{Claim: claimID(1), Version: 1, Name: "trace", Class: "internal", Sealed: []byte{1}}
	write(t, s, func(tx store.Tx) error {
		return tx.PutBlobs([]store.Blob{second, first, {Claim: claimID(2), Version: 1, Name: "trace", Sealed: []byte{2}}})
	})
	of := func(n int) []store.Blob {
		return ask(t, s, func(r store.Reader) ([]store.Blob, error) { return r.Blobs(claimID(n)) })
	}
	same(t, of(1), []store.Blob{first, second})
	same(t, of(3), []store.Blob(nil))
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutBlobs([]store.Blob{first}) })
}

func latestBlobs(t *testing.T, s store.Store) {
	var all []store.Blob
	var asked []claim.ID
	want := map[claim.ID][]store.Blob{}
	for n := range 501 {
		id := claimID(n)
		put := func(version docket.Version, name string) store.Blob {
			b := store.Blob{Claim: id, Version: version, Name: name, Class: "personal", Sealed: fmt.Append(nil, n, version, name)}
			all = append(all, b)
			return b
		}
		newest := put(11, "answers.personal")
		put(9, "answers.personal")
		put(1, "answers.personal")
		other := put(2, "answers.sensitive")
		put(12, "answersXpersonal")
		put(12, "trace.answers.")
		if n != 250 {
			asked, want[id] = append(asked, id), []store.Blob{newest, other}
		}
	}
	write(t, s, func(tx store.Tx) error { return tx.PutBlobs(all) })
	got := ask(t, s, func(r store.Reader) (map[claim.ID][]store.Blob, error) { return r.LatestBlobs(asked, "answers.") })
	for _, list := range got {
		slices.SortFunc(list, func(a, b store.Blob) int { return int(b.Version - a.Version) })
	}
	same(t, got, want)
	for prefix, n := range map[string]int{"": 4, "answers%": 0, "answers_": 0, "trace.answers.": 1, "answers": 3, "Answers.": 0} {
		got := ask(t, s, func(r store.Reader) (map[claim.ID][]store.Blob, error) {
			return r.LatestBlobs([]claim.ID{claimID(7), claimID(9999)}, prefix)
		})
		if len(got[claimID(7)]) != n || len(got[claimID(9999)]) != 0 {
			t.Errorf("prefix %q: %d blobs, want %d", prefix, len(got[claimID(7)]), n)
		}
	}
}

func claimsPast31(t *testing.T, s store.Store) {
	c := decided(1, past31, past31+1, past31)
	c.Version, c.Row, c.Paid = docket.Version(past31), past31+2, euros(past31-1)
	insert(t, s, c)
	same(t, claimsOf(t, s, c.ID), []claim.Claim{c})
	got := ask(t, s, func(r store.Reader) ([]claim.Claim, error) {
		return list(r.InstalmentClaims("demo", past31, claim.Decided))
	})
	same(t, got, []claim.Claim{c})
	b := store.Blob{Claim: c.ID, Version: docket.Version(past31), Name: "a", Sealed: []byte{1}}
	write(t, s, func(tx store.Tx) error { return tx.PutBlobs([]store.Blob{b}) })
	same(t, ask(t, s, func(r store.Reader) ([]store.Blob, error) { return r.Blobs(c.ID) }), []store.Blob{b})
}
