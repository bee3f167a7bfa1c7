package office_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/store"
)

// theServer is the PostgreSQL in which houses keep their dockets while it is
// set; else each has a file.
var theServer *schemas

// schemas gives each house a schema of its own in one database: that takes a
// tenth of the time of a database of its own.
type schemas struct {
	*pgtest.Server
	database string
	reach    func(address string) string // how the application gets there; nil: straight
}

func serverOf(t testing.TB) *schemas {
	t.Helper()
	s := pgtest.Shared(t)
	return &schemas{Server: s, database: s.Database(t, "")}
}

// ofItsOwn is the owner's address of a new schema.
func (s *schemas) ofItsOwn(t testing.TB) string {
	t.Helper()
	name := "s" + strings.ToLower(rand.Text()[:16])
	s.Exec(t, s.URL(pgtest.Owner, s.database), "CREATE SCHEMA "+name)
	return s.URL(pgtest.Owner, s.database) + "&search_path=" + name
}

// established makes an installation, on the store that the tests run on, and
// opens it.
func established(t testing.TB, places installation.Places, origin string, options installation.Options) *installation.Installation {
	t.Helper()
	if theServer != nil {
		options.Owner = theServer.ofItsOwn(t)
		var err error
		places.Database, err = installation.AddressFor(pgtest.Application, options.Owner)
		must(t, err)
		if theServer.reach != nil {
			places.Database = theServer.reach(places.Database)
		}
	}
	must(t, installation.Create(t.Context(), places, origin, options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	if os.Getenv("CHANCERY_TEST_MEETING") != "" { // the whole suite, with each act run twice
		i.Office.Store = &meeting{Store: i.Office.Store}
	}
	return i
}

// plain is the store of a house by itself.
func plain(h *house) store.Store {
	if m, ok := h.Office.Store.(*meeting); ok {
		return m.Store
	}
	return h.Office.Store
}

// The main scenarios of the office, once more with a PostgreSQL below. Each is
// a test of its own elsewhere, over a file.
func TestTheOfficeOverPostgreSQL(t *testing.T) {
	theServer = serverOf(t)
	defer func() { theServer = nil }()
	for name, scenario := range map[string]func(*testing.T){
		"the register answers each claim":        TestTheRegisterAnswersEachClaim,
		"a deficiency is answered":               TestADeficiencyIsAnsweredAndTheRegisterLooksAgain,
		"what moved on is not acted on":          TestAnExaminationOfAClaimThatMovedOnIsWorthNothing,
		"a number names one claim":               TestANumberNamesOneClaimInTheWholeHouse,
		"programmes don't mix":                   TestProgrammesDontMix,
		"withdrawn until decided":                TestAClaimIsWithdrawnUntilItIsDecided,
		"a withdrawal races the decision":        TestAWithdrawalThatRacesTheDecisionIsNeverDecidedToo,
		"a withdrawal races the record":          TestAWithdrawalThatRacesTheRecordFailsOneOfTheTwo,
		"who proposed can't adopt":               TestWhoProposedCantAdopt,
		"nothing is paid twice":                  TestNothingIsPaidTwice,
		"a round pays in order":                  TestARoundPaysInOrderWhileMoneyLasts,
		"the same rounds at once":                TestTheSameRoundsAtOnceOrderEachPaymentOnce,
		"what must be settled before an erasure": TestWhatMustBeSettledBeforeAClaimIsErased,
		"every act repeated":                     TestARepeatedActIsAnsweredAndNotDoneAgain,
		"filings with the same key":              TestFilingsWithTheSameKey,
		"a filing that stands twice":             TestAFilingThatStandsTwiceIsReportedOnce,
		"many repeats file one claim":            TestManyRepeatsAtOnceFileOneClaim,
		"many repeats withdraw once":             TestManyRepeatsAtOnceWithdrawOnce,
		"many without a key withdraw once":       TestManyAtOnceWithoutAKeyWithdrawOnce,
		"many file at once":                      TestManyFileAtOnceAndEachIsOnFile,
		"one key for many things at once":        TestOneKeyForManyThingsAtOnceIsTheFirstOnes,
		"many file at once, each answered":       TestOfManyWhoFileAtOnceEachHasTheirOwnAnswer,
		"many requests of a program":             TestOfManyRequestsOfAProgramEachHasItsOwnAnswer,
		"many record at once":                    TestManyRecordAtOnceUnderNumbersOfTheirOwn,
		"numbers past 31 bits":                   TestNumbersGoOnPast31Bits,
		"a batch answers each":                   TestEachOfABatchGetsItsOwnAnswer,
		"an act that fails leaves nothing":       TestAnActThatFailsLeavesNothing,
		"the last administrator":                 TestTheLastAdministratorStays,
		"two administrators end each other":      TestTwoAdministratorsWhoEndEachOtherAtOnceLeaveOne,
		"each opening is in the reading log":     TestEachOpeningIsInTheReadingLog,
		"reading in bulk":                        TestReadingInBulkRaisesAnAlarmAndThenTakesTwo,
		"receipts":                               TestAReceiptProvesTheWholeWayOfEachClaim,
		"a claimant's code":                      TestAClaimantHasACode,
		"a session is its token's":               TestASessionIsItsTokens,
		"an ended actor is signed out":           TestWhoseActorIsEndedIsSignedOutAtOnce,
		"tries are counted for all":              TestTriesAreCountedForTheWholeInstallation,
		"one process works on a spreadsheet":     TestOneProcessWorksOnASpreadsheet,
		"a spreadsheet expires":                  TestASpreadsheetExpires,
		"a bundle of facts":                      TestABundleIsOneActAndComesInOnce,
		"a fact that is learned again":           TestAFactCountsFromTheEarliestDay,
		"the same bundle at once":                TestTheSameBundleAtOnceComesInOnce,
		"an action that is deposited":            TestAnActionIsDepositedInAnEntryOfItsOwn,
		"the commission under its treaty":        TestTheCommissionActsOnlyWhileItsTreatyIsInForce,
		"treaties are listed":                    TestTreatiesAreListedAndRead,
	} {
		t.Run(name, scenario)
	}
}

// The demo's tree head is the same on any store.
func TestTheDemoComesToTheSameHeadOnBothStores(t *testing.T) {
	const claims = 150
	onFile := playedNow(t, claims, nil)
	theServer = serverOf(t)
	defer func() { theServer = nil }()
	if onServer := playedNow(t, claims, nil); onServer != onFile {
		t.Errorf("head %v over PostgreSQL, %v over a file", onServer, onFile)
	}
}

// An act may meet another one at any time, and is then run again: whatever it
// had answered or counted until then must not count.
func TestEveryActMayMeetAnother(t *testing.T) {
	const claims = 60
	alone := playedNow(t, claims, nil)
	var met *meeting
	amongOthers := playedNow(t, claims, func(s store.Store) store.Store {
		met = &meeting{Store: s}
		return met
	})
	if amongOthers != alone {
		t.Errorf("head %v where each act met another, %v where none did", amongOthers, alone)
	}
	if met.times.Load() < 10 {
		t.Errorf("%d acts met another", met.times.Load())
	}
}

// playedNow plays a demo of so many claims from seed 1, and verifies it.
func playedNow(t *testing.T, claims int, over func(store.Store) store.Store) docket.TreeHead {
	t.Helper()
	clock := simulate.NewClock()
	places := installation.Beside(filepath.Join(t.TempDir(), "demo"))
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	i := established(t, places, "demo.example/log", installation.Options{Now: clock.Now, Entropy: simulate.Entropy(1), Desk: public})
	if over != nil {
		i.Office.Store = over(i.Office.Store)
	}
	demo, err := simulate.NewDemo(t.Context(), i, 1, claims, clock)
	must(t, err)
	_, err = demo.Run(t.Context())
	must(t, err)
	for _, f := range rebuilt(t, i).Findings {
		t.Errorf("%+v", f)
	}
	return i.Office.Tree.Head()
}

// meeting is a store on which each act meets another one when it is done, and
// nothing of it is there; the second time it meets nobody.
type meeting struct {
	store.Store
	times atomic.Int64
}

func (m *meeting) Write(ctx context.Context, act func(store.Tx) error) error {
	first := false
	err := m.Store.Write(ctx, func(tx store.Tx) error {
		if first = m.times.Add(1)%2 == 1; !first {
			return act(tx)
		}
		if err := act(tx); err != nil {
			return err
		}
		return store.ErrAgain
	})
	if err != nil && first && !errors.Is(err, store.ErrAgain) {
		m.times.Add(1) // it failed by itself, and is not run again
	}
	return err
}

// uncertain is a store whose connection is lost at the next commit.
type uncertain struct {
	store.Store
	mu   sync.Mutex
	lose int  // so many times more
	done bool // whether the act is there then
}

var errLost = fmt.Errorf("connection reset: %w", store.ErrUnknown)

func (u *uncertain) Write(ctx context.Context, act func(store.Tx) error) error {
	u.mu.Lock()
	lose, done := u.lose > 0, u.done
	if lose {
		u.lose--
	}
	u.mu.Unlock()
	if !lose {
		return u.Store.Write(ctx, act)
	}
	err := u.Store.Write(ctx, func(tx store.Tx) error {
		if err := act(tx); err != nil || done {
			return err
		}
		return errLost
	})
	if err == nil {
		err = errLost
	}
	return err
}

// With a key the office asks again and answers what happened; without one it
// says that nobody knows.
func TestAnActOfWhichNobodyKnowsWhetherItWasDone(t *testing.T) {
	for _, done := range []bool{true, false} {
		h := opened(t)
		u := &uncertain{Store: plain(h), done: done}
		h.Office.Store = u
		id := h.filed(1)[0]

		u.lose = 1
		f := departure("with a code", 2, true)
		f.Code = true
		got, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{f})
		must(t, err)
		if a := got[0]; a.Repeated || a.Changed || a.Ref.Version != 1 {
			t.Errorf("done %v: filed as %+v", done, a)
		} else if c, _, err := h.Office.ClaimByCode(t.Context(), string(a.Reference), string(a.Code)); err != nil || c.ID != a.ID {
			t.Errorf("done %v: the code that was given opens %v, %v", done, c.ID, err)
		}

		u.lose = 1
		withdrawn, err := h.Office.WithdrawClaim(t.Context(), keyed(h.by("officer"), "w"), "demo", id)
		must(t, err)
		if withdrawn.Ref != (docket.Ref{Stream: id.Stream(), Version: 2}) || h.claim(id).Version != 2 {
			t.Errorf("done %v: withdrawn by %+v; the claim stands at version %d", done, withdrawn, h.claim(id).Version)
		}

		u.lose = 1
		other := h.claim(got[0].ID)
		_, err = h.Office.WithdrawClaim(t.Context(), h.by("officer"), "demo", other.ID)
		wantCode(t, "without a key", err, "office.outcome-unknown")
		if !errors.Is(err, store.ErrUnknown) {
			t.Errorf("the error is %v", err)
		}
		if moved := h.claim(other.ID).Version > other.Version; moved != done {
			t.Errorf("withdrawn: %v, want %v", moved, done)
		}

		h.sound()
		if !done {
			continue // what follows is the same
		}
		u.lose = 1000
		_, err = h.Office.ReceiveContribution(t.Context(), keyed(h.by("treasurer"), "c"), "demo", "harbour", euros(100))
		wantCode(t, "the connection stays lost", err, "office.outcome-unknown")
		u.lose = 0
		_, err = h.Office.ReceiveContribution(t.Context(), keyed(h.by("treasurer"), "c"), "demo", "harbour", euros(100))
		must(t, err)
		steps, err := h.Office.History(t.Context(), fund.AccountStream("demo", fund.Contributions))
		must(t, err)
		if len(steps) != 1 {
			t.Errorf("the contribution stands %d times", len(steps))
		}
	}
}

// Of different things that are asked for under one key at once, one is done and
// the others are refused.
func TestOneKeyForManyThingsAtOnceIsTheFirstOnes(t *testing.T) {
	h := opened(t)
	ids := h.filed(parallelRepeats)
	withdrawn := atomic.Int64{}
	for n, err := range atOnce(func(n int) error {
		_, err := h.Office.WithdrawClaim(context.Background(), keyed(h.by("officer"), "w"), "demo", ids[n])
		return err
	}) {
		if err == nil {
			withdrawn.Add(1)
			h.stands("withdrawn", ids[n])
			continue
		}
		wantCode(t, fmt.Sprint("claim ", n), err, "office.key-reused")
		h.stands("filed", ids[n])
	}
	if n := withdrawn.Load(); n != 1 {
		t.Errorf("%d claims were withdrawn", n)
	}
	changed, fresh := 0, 0
	answers := make([]office.FilingAnswer, parallelRepeats)
	must(t, errors.Join(atOnce(func(n int) error {
		got, err := h.Office.FileClaims(context.Background(), h.by("officer"), "demo", []office.Filing{departure("the key", n+1, true)})
		if err == nil {
			answers[n] = got[0]
		}
		return err
	})...))
	for _, a := range answers {
		switch {
		case a.Changed && !a.Repeated && a.ID == answers[0].ID:
			changed++
		case !a.Changed && !a.Repeated:
			fresh++
		default:
			t.Errorf("%+v", a)
		}
	}
	if fresh != 1 || changed != parallelRepeats-1 || len(h.everyClaim()) != parallelRepeats+1 {
		t.Errorf("%d were filed and %d refused as another claim; %d claims are on file", fresh, changed, len(h.everyClaim()))
	}
	h.sound()
}

// Who is recorded at the same time gets the next number, and none is left out.
func TestManyRecordAtOnceUnderNumbersOfTheirOwn(t *testing.T) {
	h := opened(t)
	ids := h.filed(parallelRepeats)
	examined := h.examined(ids...)
	must(t, errors.Join(atOnce(func(n int) error {
		_, err := h.Office.RecordClaims(context.Background(), h.by("officer"), "demo", examined[n:n+1])
		return err
	})...))
	numbers := map[string]bool{}
	for _, id := range ids {
		numbers[string(h.claim(id).Number)] = true
	}
	for n := 1; n <= parallelRepeats; n++ {
		if number := fmt.Sprintf("HF-%07d", n); !numbers[number] {
			t.Errorf("number %s is nobody's", number)
		}
	}
	h.sound()
}

// Two administrators who end each other at once would leave nobody to let
// another in.
func TestTwoAdministratorsWhoEndEachOtherAtOnceLeaveOne(t *testing.T) {
	for range 3 {
		h := staffed(t)
		pair := []string{installation.FirstActor, "administrator"}
		refused := 0
		var group sync.WaitGroup
		errs := make([]error, len(pair))
		for n := range pair {
			group.Go(func() { errs[n] = h.Office.EndActor(context.Background(), h.by(pair[n]), pair[1-n]) })
		}
		group.Wait()
		for _, err := range errs {
			if err != nil {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("%d of the two were refused: %v", refused, errs)
		}
	}
}

// Two add one actor at once: one secret is delivered, and it opens; who loses
// delivers none.
func TestOfTwoWhoAddOneActorAtOnceOneDeliversASecret(t *testing.T) {
	theServer = serverOf(t)
	defer func() { theServer = nil }()
	h := staffed(t)
	var mu sync.Mutex
	var delivered []string
	add := func(meanwhile func()) error {
		return h.Office.AddActor(context.Background(), h.by(installation.FirstActor), "newcomer", []string{office.Officer}, func(secret string) error {
			mu.Lock()
			delivered = append(delivered, secret)
			mu.Unlock()
			meanwhile()
			return nil
		})
	}
	other := make(chan error, 1)
	err := add(func() {
		go func() { other <- add(func() {}) }()
		time.Sleep(500 * time.Millisecond) // as long as its holder takes to take it
	})
	must(t, err)
	wantCode(t, "the second", <-other, "actor.exists")
	if len(delivered) != 1 {
		t.Fatalf("%d secrets were delivered", len(delivered))
	}
	_, err = h.Office.Authenticate(t.Context(), delivered[0])
	must(t, err)
}

// A batch is as its items one at a time: each of them gets its own answer.
func TestEachOfABatchGetsItsOwnAnswer(t *testing.T) {
	filings := func() (list []office.Filing) {
		for n := range 12 {
			f := departure(fmt.Sprint("item ", n), n%4, n%3 != 0)
			if n%5 == 4 {
				f = elsewhere(f)
			}
			list = append(list, f)
		}
		return append(list, departure("item 3", 3, false), departure("item 7", 9, true)) // a repeat, and another claim under a known key
	}
	type came struct {
		Standing          string
		Claim             int // of the filings, which one it is the claim of
		Answers           map[string]string
		Repeated, Changed bool
		Finding           string
	}
	outcome := func(h *house, answers []office.FilingAnswer) (list []came) {
		first := map[string]int{}
		for n, a := range answers {
			if _, ok := first[string(a.Reference)]; !ok {
				first[string(a.Reference)] = n
			}
			c := h.claim(a.ID)
			if c.Reference != a.Reference {
				h.Errorf("item %d was answered with %s, and the claim has %s", n, a.Reference, c.Reference)
			}
			list = append(list, came{
				string(c.Standing), first[string(a.Reference)], c.Answers, a.Repeated, a.Changed,
				string(h.examined(a.ID)[0].Finding().Outcome),
			})
		}
		return list
	}
	together := opened(t)
	answers, err := together.Office.FileClaims(t.Context(), together.by("officer"), "demo", filings())
	must(t, err)
	apart := opened(t)
	var one []office.FilingAnswer
	for _, f := range filings() {
		got, err := apart.Office.FileClaims(t.Context(), apart.by("officer"), "demo", []office.Filing{f})
		must(t, err)
		one = append(one, got...)
	}
	if diff := cmp.Diff(outcome(apart, one), outcome(together, answers)); diff != "" {
		t.Errorf("one at a time, and together:\n%s", diff)
	}
	together.sound()
	apart.sound()
}
