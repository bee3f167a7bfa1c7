package office_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

func TestTheRegisterAnswersEachClaim(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("fit", 2, true), departure("unsigned", 2, false), elsewhere(departure("elsewhere", 2, true)))
	for n, want := range []string{"record", "deficient", "refuse"} {
		if got := h.examined(ids[n])[0].Finding().Outcome; string(got) != want {
			t.Errorf("claim %d: %s, want %s", n, got, want)
		}
	}
	ctx, o, by := t.Context(), h.Office, h.by("officer", "officer-2")
	for _, c := range []struct {
		name string
		do   func(context.Context, office.By, string, []office.Examination) (office.Done, error)
		fit  int
	}{
		{"record", o.RecordClaims, 0}, {"find deficient", o.FindDeficient, 1}, {"refuse", o.RefuseClaims, 2},
	} {
		for n, id := range ids {
			if n == c.fit {
				continue
			}
			before := h.everything()
			if _, err := c.do(ctx, by, "demo", h.examined(id)); err == nil {
				t.Errorf("%s: claim %d, against what the rulebook found", c.name, n)
			}
			_, err := c.do(ctx, by, "demo", h.examined(ids...)) // nor among others
			if err == nil {
				t.Errorf("%s: all three", c.name)
			}
			unchanged(h, before)
		}
	}
	for n, do := range []func(context.Context, office.By, string, []office.Examination) (office.Done, error){
		o.RecordClaims, o.FindDeficient, o.RefuseClaims,
	} {
		done, err := do(ctx, by, "demo", h.examined(ids[n]))
		if err != nil || done.Claims != 1 || done.Ref != (docket.Ref{Stream: ids[n].Stream(), Version: 2}) {
			t.Errorf("claim %d: %+v, %v", n, done, err)
		}
	}
	h.stands(claim.Recorded, ids[0])
	h.stands(claim.Deficient, ids[1])
	h.stands(claim.Refused, ids[2])
	if c := h.claim(ids[0]); c.Number != "HF-0000001" {
		t.Errorf("number %q", c.Number)
	}
	h.sound()
}

func TestADeficiencyIsAnsweredAndTheRegisterLooksAgain(t *testing.T) {
	h := opened(t)
	id := h.file(departure("unsigned", 2, false))[0]
	answer := func(supplied map[string]string) error {
		_, err := h.Office.AnswerDeficiency(t.Context(), h.by("officer"), "demo", id, supplied)
		return err
	}
	wantCode(t, "before it was asked for", answer(map[string]string{"signed": "true"}), "claim.cannot-answer-deficiency")
	_, err := h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(id))
	must(t, err)
	if c := h.claim(id); c.Standing != claim.Deficient || len(c.Missing) != 1 || c.Missing[0] != "signature" {
		t.Errorf("%+v", c)
	}
	before := h.everything()
	wantCode(t, "what the form doesn't ask", answer(map[string]string{"injured": "2"}), "rulebook.field-not-asked")
	wantCode(t, "no answer", answer(map[string]string{"signed": "perhaps"}), "rulebook.answer-invalid")
	unchanged(h, before)
	must(t, answer(map[string]string{"contact": "4 Quay Lane"})) // not what was missing
	if found := h.examined(id)[0].Finding(); found.Outcome != "deficient" {
		t.Errorf("found %+v", found)
	}
	_, err = h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(id))
	must(t, err)
	must(t, answer(map[string]string{"signed": "true"}))
	h.stands(claim.Filed, id)
	h.record(id) // the sealed answers are those given last, and nothing was lost
	h.adopt(h.propose())
	if c := h.claim(id); c.Award != euros(2500) || c.Version != 8 {
		t.Errorf("awarded %v at version %d", c.Award, c.Version)
	}
	h.sound()
}

// What was examined is what is acted on: a claim that went on in between fails
// the act, and with it everything beside it.
func TestAnExaminationOfAClaimThatMovedOnIsWorthNothing(t *testing.T) {
	h := opened(t)
	ids := h.filed(3)
	examined := h.examined(ids...)
	_, err := h.Office.WithdrawClaim(t.Context(), h.by("officer"), "demo", ids[1])
	must(t, err)
	before := h.everything()
	for name, list := range map[string][]office.Examination{
		"with others": examined, "alone": examined[1:2], "twice in one act": {examined[0], examined[0]},
	} {
		_, err := h.Office.RecordClaims(t.Context(), h.by("officer"), "demo", list)
		wantCode(t, name, err, "claim.moved-on")
	}
	unchanged(h, before)
	_, err = h.Office.RecordClaims(t.Context(), h.by("officer"), "demo", []office.Examination{examined[0], examined[2]})
	must(t, err)
	h.sound()
}

func TestAClaimOfAnotherProgrammeIsNone(t *testing.T) {
	h := opened(t)
	h.open("other", otherProgramme(t, "other", "OT"))
	id := h.file(departure("a", 1, false))[0]
	_, err := h.Office.RecordClaims(t.Context(), h.by("officer"), "other", h.examined(id))
	wantCode(t, "recorded", err, "claim.other-programme")
	_, err = h.Office.WithdrawClaim(t.Context(), h.by("officer"), "other", id)
	wantCode(t, "withdrawn", err, "claim.none")
	_, err = h.Office.AnswerDeficiency(t.Context(), h.by("officer"), "other", id, nil)
	wantCode(t, "answered", err, "claim.none")
	_, err = h.Office.FileClaims(t.Context(), h.by("officer"), "none", nil)
	wantCode(t, "in no programme", err, "programme.none")
}

func TestANumberNamesOneClaimInTheWholeHouse(t *testing.T) {
	h := opened(t)
	open := func(name, source string) error {
		_, err := h.Office.OpenProgramme(t.Context(), h.by("registrar"), name, []byte(source))
		return err
	}
	wantCode(t, "the same prefix", open("other", otherProgramme(t, "other", "HF")), "programme.prefix-taken")
	h.record(h.filed(1)...)
	second := strings.NewReplacer(`edition: "1"`, `edition: "2"`, "number_prefix: HF", "number_prefix: HG").Replace(demoRulebook(t))
	must(t, open("second edition", second))
	h.record(h.filed(1)...)
	wantCode(t, "a prefix of an edition that is no longer open", open("other", otherProgramme(t, "other", "HF")), "programme.prefix-taken")
	must(t, open("other", otherProgramme(t, "other", "HH")))
	for _, number := range []string{"HF-0000001", "HG-0000002"} {
		if _, err := h.Office.FindClaim(t.Context(), number); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	h.sound()
}

// Numbers, and all that goes by them, go on past what 32 bits hold: the order of
// decision and of payment, looking a claim up, the reading log, the rebuild.
func TestNumbersGoOnPast31Bits(t *testing.T) {
	h := opened(t)
	must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error {
		p, err := tx.Programme("demo")
		if err != nil {
			return err
		}
		p.LastSerial = 1<<31 - 3
		return tx.PutProgramme(p)
	}))
	ids := h.filed(4)
	h.decide(ids...)
	for n, want := range []string{"HF-2147483646", "HF-2147483647", "HF-2147483648", "HF-2147483649"} {
		c, err := h.Office.FindClaim(t.Context(), want)
		must(t, err)
		if c.Number != claim.Number(want) || !slices.Contains(ids, c.ID) {
			t.Errorf("claim %d: %+v", n, c)
		}
	}
	first, err := h.Office.FindClaim(t.Context(), "HF-2147483646")
	must(t, err)
	round := h.pay(first.Award.Minor() / 100) // what the first in order takes
	page, _, err := h.Office.ClaimPage(t.Context(), store.ClaimQuery{Programme: "demo", Standing: claim.Payable, Limit: 10})
	must(t, err)
	if len(page) != 1 || page[0].ID != first.ID {
		t.Errorf("round %d pays %+v", round.Round, page)
	}
	h.sound()
}

// The two programmes of one house keep their money and their numbers apart.
func TestProgrammesDontMix(t *testing.T) {
	h := opened(t)
	h.open("other", otherProgramme(t, "other", "OT"))
	h.decide(h.filed(1)...)
	_, err := h.Office.ReceiveContribution(t.Context(), h.by("treasurer"), "other", "harbour", euros(10_000))
	must(t, err)
	for _, programme := range []string{"demo", "other"} {
		_, err = h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), programme, "EUR")
		wantCode(t, programme, err, "fund.nothing-to-pay")
	}
	h.sound()
}

func TestAClaimIsWithdrawnUntilItIsDecided(t *testing.T) {
	h := opened(t)
	ids := h.filed(5)
	withdraw := func(n int) error {
		_, err := h.Office.WithdrawClaim(t.Context(), h.by("officer"), "demo", ids[n])
		return err
	}
	must(t, withdraw(0)) // filed
	h.record(ids[1:]...)
	must(t, withdraw(1)) // recorded
	number := h.propose()
	must(t, withdraw(2)) // assessed, between proposal and adoption
	adopted := h.adopt(number)
	if adopted.Claims != 2 || adopted.Awards != 2 || len(adopted.Total) != 1 || adopted.Total[0] != euros(5000) {
		t.Errorf("adopted %+v", adopted)
	}
	wantCode(t, "decided", withdraw(3), "claim.cannot-be-withdrawn")
	wantCode(t, "withdrawn", withdraw(0), "claim.cannot-be-withdrawn")
	h.stands(claim.Withdrawn, ids[:3]...)
	h.stands(claim.Decided, ids[3:]...)
	h.sound()
}

// Whoever put a claim on record elsewhere may take it back here: its number
// stays its own.
func TestAReportedClaimIsWithdrawn(t *testing.T) {
	h := opened(t)
	id := h.file(reported(departure("a", 2, true), rulebook.ReportedRecorded))[0]
	_, err := h.Office.WithdrawClaim(t.Context(), h.by("officer"), "demo", id)
	must(t, err)
	h.stands(claim.Withdrawn, id)
	if c, err := h.Office.FindClaim(t.Context(), "HF-0000001"); err != nil || c.ID != id {
		t.Errorf("%+v, %v", c, err)
	}
	h.sound()
}

func TestAWithdrawalThatRacesTheDecisionIsNeverDecidedToo(t *testing.T) {
	h := opened(t)
	withdrawn := 0
	for range 20 {
		id := h.filed(1)[0]
		h.record(id)
		number := h.propose()
		var group sync.WaitGroup
		var ofWithdrawal, ofDecision error
		group.Go(func() {
			_, ofWithdrawal = h.Office.WithdrawClaim(context.Background(), h.by("officer"), "demo", id)
		})
		group.Go(func() {
			_, ofDecision = h.Office.AdoptInstalment(context.Background(), h.by("commissioner", "commissioner-2"), "demo", number)
		})
		group.Wait()
		switch c := h.claim(id); {
		case ofWithdrawal == nil && fault.Code(ofDecision) == "commission.nothing-to-decide" && c.Standing == claim.Withdrawn:
			withdrawn++
		case fault.Code(ofWithdrawal) == "claim.cannot-be-withdrawn" && ofDecision == nil && c.Standing == claim.Decided:
		default:
			t.Errorf("withdrawal: %v; decision: %v; the claim is %s", ofWithdrawal, ofDecision, c.Standing)
		}
	}
	t.Logf("%d of 20 were withdrawn", withdrawn)
	h.sound()
}

// What one officer may do to a claim between proposal and adoption keeps it from
// no decision; what the claimant may do does.
func TestNobodyAloneKeepsAClaimFromTheDecisionThatWasProposed(t *testing.T) {
	h := opened(t)
	ids := h.filed(6)
	h.record(ids...)
	number := h.propose()
	two := h.by("officer", "officer-2")
	_, _, err := h.Office.GiveCode(t.Context(), h.by("officer"), "demo", ids[0])
	must(t, err)
	_, err = h.Office.HoldClaim(t.Context(), two, "demo", ids[1], "court-order")
	must(t, err)
	_, err = h.Office.HoldClaim(t.Context(), two, "demo", ids[2], "court-order")
	must(t, err)
	_, err = h.Office.ReleaseClaim(t.Context(), two, "demo", ids[2], "court-order")
	must(t, err)
	for _, id := range ids[3:5] {
		_, err = h.Office.WithdrawClaim(t.Context(), h.by("officer"), "demo", id)
		must(t, err)
	}
	_, err = h.Office.Erase(t.Context(), two, "demo", ids[4], "request-of-claimant")
	must(t, err)
	if adopted := h.adopt(number); adopted.Claims != 4 {
		t.Errorf("%d claims are decided", adopted.Claims)
	}
	h.stands(claim.Decided, ids[0], ids[1], ids[2], ids[5])
	h.stands(claim.Withdrawn, ids[3], ids[4])
	h.sound()
}

func TestAWithdrawalThatRacesTheRecordFailsOneOfTheTwo(t *testing.T) {
	h := opened(t)
	for range 20 {
		ids := h.filed(5)
		examined := h.examined(ids...)
		var group sync.WaitGroup
		var ofWithdrawal, ofRecord error
		group.Go(func() {
			_, ofRecord = h.Office.RecordClaims(context.Background(), h.by("officer"), "demo", examined)
		})
		group.Go(func() {
			_, ofWithdrawal = h.Office.WithdrawClaim(context.Background(), h.by("officer"), "demo", ids[2])
		})
		group.Wait()
		must(t, ofWithdrawal) // filed or recorded: it may always be
		h.stands(claim.Withdrawn, ids[2])
		switch fault.Code(ofRecord) {
		case "":
			h.stands(claim.Recorded, ids[0], ids[4])
		case "claim.moved-on":
			h.stands(claim.Filed, ids[0], ids[4])
		default:
			t.Error(ofRecord)
		}
	}
	h.sound()
}

func TestWhoProposedCantAdopt(t *testing.T) {
	h := staffed(t)
	h.open("changed", strings.Replace(power(t, "propose_instalment", "{by: commissioner}"),
		"adopt_instalment: {by: commissioner, second: commissioner}", "adopt_instalment: {by: commissioner}", 1))
	h.record(h.filed(2)...)
	proposed, err := h.Office.ProposeInstalment(t.Context(), h.by("commissioner"), "demo", 10)
	must(t, err)
	adopt := func(who string) error {
		_, err := h.Office.AdoptInstalment(t.Context(), h.by(who), "demo", proposed.Instalment)
		return err
	}
	wantCode(t, "the proposer", adopt("commissioner"), "commission.own-proposal")
	must(t, adopt("commissioner-2"))
	wantCode(t, "again", adopt("commissioner-2"), "commission.not-proposed")
	h.sound()
}

func TestAnInstalmentHasItsLimits(t *testing.T) {
	h := opened(t)
	propose := func(limit int) error {
		_, err := h.Office.ProposeInstalment(t.Context(), h.by("officer"), "demo", limit)
		return err
	}
	for _, limit := range []int{-1, 0, office.MostInOneAct + 1} {
		wantCode(t, fmt.Sprint(limit), propose(limit), "office.limit")
	}
	wantCode(t, "of nothing", propose(10), "commission.nothing-to-decide")
	h.record(h.filed(3)...)
	must(t, propose(2))
	must(t, propose(2))
	wantCode(t, "the rest", propose(2), "commission.nothing-to-decide")
	if a, b := h.adopt(2), h.adopt(1); a.Claims != 1 || b.Claims != 2 { // in any order
		t.Errorf("%+v, %+v", a, b)
	}
	h.sound()
}

func TestABulkActHasItsLimit(t *testing.T) {
	h := opened(t)
	_, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", make([]office.Filing, office.MostInOneAct+1))
	wantCode(t, "filings", err, "office.too-many")
	id := h.file(departure("a", 1, true))
	one := h.examined(id...)[0]
	list := make([]office.Examination, office.MostInOneAct+1)
	for n := range list {
		list[n] = one
	}
	_, err = h.Office.RecordClaims(t.Context(), h.by("officer"), "demo", list)
	wantCode(t, "records", err, "office.too-many")
	_, err = h.Office.RecordClaims(t.Context(), h.by("officer"), "demo", nil)
	wantCode(t, "none", err, "office.nothing-asked")
}

// paid is a house with n claims decided and money at hand; its first round is
// ordered.
func paid(t testing.TB, n int, money int64) (*house, []claim.ID) {
	t.Helper()
	h := opened(t)
	ids := h.filed(n)
	h.decide(ids...)
	_, err := h.Office.ReceiveContribution(t.Context(), h.by("treasurer"), "demo", "harbour", euros(money))
	must(t, err)
	_, err = h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
	must(t, err)
	return h, ids
}

func TestNothingIsPaidTwice(t *testing.T) {
	h, ids := paid(t, 3, 10_000)
	settle := func(round int64, answers ...office.BankAnswer) error {
		_, err := h.Office.SettlePayments(t.Context(), h.by("treasurer"), "demo", round, answers)
		return err
	}
	says := func(n int, reason string) office.BankAnswer {
		return office.BankAnswer{Claim: ids[n], Returned: reason != "", Reason: reason}
	}
	round := func() error {
		_, err := h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
		return err
	}
	wantCode(t, "a second round while all is under way", round(), "fund.nothing-to-pay")
	before := h.everything()
	wantCode(t, "one twice in a call", settle(1, says(0, ""), says(0, "")), "fund.not-under-way")
	wantCode(t, "paid and returned", settle(1, says(0, ""), says(0, "AC04")), "fund.not-under-way")
	wantCode(t, "an unknown round", settle(2, says(0, "")), "fund.no-round")
	wantCode(t, "nothing", settle(1), "fund.nothing-to-settle")
	wantCode(t, "an unknown claim", settle(1, office.BankAnswer{Claim: "none"}), "fund.payment-unknown")
	unchanged(h, before)
	must(t, settle(1, says(0, ""), says(1, "AC04")))
	before = h.everything()
	for n := range 2 {
		wantCode(t, "settled again", settle(1, says(n, "")), "fund.not-under-way")
		wantCode(t, "returned after all", settle(1, says(n, "AC04")), "fund.not-under-way")
		wantCode(t, "among others", settle(1, says(2, ""), says(n, "")), "fund.not-under-way")
	}
	unchanged(h, before)
	must(t, settle(1, says(2, "")))
	must(t, round()) // the one that came back
	must(t, settle(2, says(1, "")))
	wantCode(t, "all is paid", round(), "fund.nothing-to-pay")
	h.stands(claim.Paid, ids...)
	s, err := h.Office.Statistics(t.Context(), "demo")
	must(t, err)
	if s.Paid["EUR"] != euros(7500).Minor() || s.Fund.Left["EUR"] != euros(2500).Minor() || s.Fund.Owed["EUR"] != 0 || s.Fund.Transit["EUR"] != 0 {
		t.Errorf("%+v", s.Fund)
	}
	h.sound()
}

func TestARoundPaysInOrderWhileMoneyLasts(t *testing.T) {
	h, ids := paid(t, 3, 6000) // for two slices of 2,500
	h.stands(claim.Payable, ids[0], ids[1])
	h.stands(claim.Decided, ids[2])
	s, err := h.Office.Statistics(t.Context(), "demo")
	must(t, err)
	if s.Fund.Transit["EUR"] != euros(5000).Minor() || s.Fund.Left["EUR"] != euros(6000).Minor() {
		t.Errorf("%+v", s.Fund)
	}
	_, err = h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), "demo", "USD")
	wantCode(t, "in a currency that nobody gave", err, "fund.nothing-to-pay")
	h.sound()
}

func TestAReportedAwardIsNeverPayable(t *testing.T) {
	h := opened(t)
	f := reported(departure("a", 2, true), rulebook.ReportedAward)
	f.Report.Award = euros(100)
	h.file(f)
	_, err := h.Office.ReceiveContribution(t.Context(), h.by("treasurer"), "demo", "harbour", euros(5000))
	must(t, err)
	_, err = h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
	wantCode(t, "a round", err, "fund.nothing-to-pay")
	_, err = h.Office.ProposeInstalment(t.Context(), h.by("officer"), "demo", 10)
	wantCode(t, "an instalment", err, "commission.nothing-to-decide")
	h.sound()
}

func TestTheSameRoundsAtOnceOrderEachPaymentOnce(t *testing.T) {
	h := opened(t)
	ids := h.filed(10)
	h.decide(ids...)
	_, err := h.Office.ReceiveContribution(t.Context(), h.by("treasurer"), "demo", "harbour", euros(15_000))
	must(t, err)
	for _, err := range atOnce(func(int) error {
		_, err := h.Office.PayRound(context.Background(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
		return err
	}) {
		if code := fault.Code(err); code != "" && code != "fund.nothing-to-pay" {
			t.Error(err)
		}
	}
	s, err := h.Office.Statistics(t.Context(), "demo")
	must(t, err)
	if s.Fund.Transit["EUR"] != euros(15_000).Minor() {
		t.Errorf("under way: %v", s.Fund.Transit)
	}
	h.sound()
}

// A row that the table of owners gives to an entry which doesn't carry it is
// not shown as history.
func TestHistoryShowsWhatEntriesCarryAlone(t *testing.T) {
	h := opened(t)
	id := h.filed(1)[0]
	e := madeUp(string(id.Stream()), 9)
	db := behindItsBack(t, h.Places)
	c := docket.RowCommitment(e.Salt, e.Bytes)
	run(t, db, "INSERT INTO annexes VALUES (?, 0, ?, 9, ?, ?, ?)", c[:], string(e.Stream), e.Salt[:], c[:], e.Bytes)
	run(t, db, "INSERT INTO annex_owners VALUES (?, 'actor/registrar', 1)", c[:])
	must(t, db.Close())
	_, err := h.Office.History(t.Context(), id.Stream())
	if !fault.Is(err, fault.Unsound) {
		t.Errorf("got %v", err)
	}
}
