package office_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

// Every act under a key: done once, then repeated, then asked for something
// else under the same key. The acts follow each other through the life of some
// claims, so each of them can be done when its turn comes.
func TestARepeatedActIsAnsweredAndNotDoneAgain(t *testing.T) {
	h := opened(t)
	good := h.filed(3)
	bad := h.file(departure("unsigned", 2, false), departure("unsigned too", 2, false), elsewhere(departure("x", 1, true)), elsewhere(departure("y", 1, true)))
	examined := map[claim.ID]office.Examination{}
	for _, e := range h.examined(append(good, bad...)...) {
		examined[e.Claim().ID] = e
	}
	of := func(ids ...claim.ID) (list []office.Examination) {
		for _, id := range ids {
			list = append(list, examined[id])
		}
		return list
	}
	ctx, o := t.Context(), h.Office
	type asked func(office.By) (any, error)
	for _, c := range []struct {
		name        string
		by          office.By
		this, other asked
	}{
		{
			"add actor", h.by("registrar"),
			func(by office.By) (any, error) {
				return nil, o.AddActor(ctx, by, "o-3", []string{office.Officer}, h.Keep("o-3"))
			},
			func(by office.By) (any, error) {
				return nil, o.AddActor(ctx, by, "o-4", []string{office.Officer}, h.Keep("o-4"))
			},
		},
		{
			"end actor", h.by("registrar"),
			func(by office.By) (any, error) { return nil, o.EndActor(ctx, by, "o-3") },
			func(by office.By) (any, error) { return nil, o.EndActor(ctx, by, "administrator") },
		},
		{
			"find deficient", h.by("officer"),
			func(by office.By) (any, error) { return o.FindDeficient(ctx, by, "demo", of(bad[0])) },
			func(by office.By) (any, error) { return o.FindDeficient(ctx, by, "demo", of(bad[1])) },
		},
		{
			"answer deficiency", h.by("officer"),
			func(by office.By) (any, error) {
				return o.AnswerDeficiency(ctx, by, "demo", bad[0], map[string]string{"signed": "true"})
			},
			func(by office.By) (any, error) {
				return o.AnswerDeficiency(ctx, by, "demo", bad[0], map[string]string{"signed": "false"})
			},
		},
		{
			"record", h.by("officer"),
			func(by office.By) (any, error) { return o.RecordClaims(ctx, by, "demo", of(good[:2]...)) },
			func(by office.By) (any, error) { return o.RecordClaims(ctx, by, "demo", of(good[2])) },
		},
		{
			"refuse", h.by("officer", "officer-2"),
			func(by office.By) (any, error) { return o.RefuseClaims(ctx, by, "demo", of(bad[2])) },
			func(by office.By) (any, error) { return o.RefuseClaims(ctx, by, "demo", of(bad[3])) },
		},
		{
			"withdraw", h.by("officer"),
			func(by office.By) (any, error) { return o.WithdrawClaim(ctx, by, "demo", bad[1]) },
			func(by office.By) (any, error) { return o.WithdrawClaim(ctx, by, "demo", bad[3]) },
		},
		{
			"propose instalment", h.by("officer"),
			func(by office.By) (any, error) { return o.ProposeInstalment(ctx, by, "demo", 1) },
			func(by office.By) (any, error) { return o.ProposeInstalment(ctx, by, "demo", 2) },
		},
		{
			"adopt instalment", h.by("commissioner", "commissioner-2"),
			func(by office.By) (any, error) { return o.AdoptInstalment(ctx, by, "demo", 1) },
			func(by office.By) (any, error) { return o.AdoptInstalment(ctx, by, "demo", 2) },
		},
		{
			"receive contribution", h.by("treasurer"),
			func(by office.By) (any, error) { return o.ReceiveContribution(ctx, by, "demo", "harbour", euros(3000)) },
			func(by office.By) (any, error) { return o.ReceiveContribution(ctx, by, "demo", "harbour", euros(3001)) },
		},
		{
			"pay round", h.by("treasurer", "treasurer-2"),
			func(by office.By) (any, error) { return o.PayRound(ctx, by, "demo", "EUR") },
			func(by office.By) (any, error) { return o.PayRound(ctx, by, "demo", "USD") },
		},
		{
			"settle payments", h.by("treasurer"),
			func(by office.By) (any, error) {
				return o.SettlePayments(ctx, by, "demo", 1, []office.BankAnswer{{Claim: h.inRound(1)}})
			},
			func(by office.By) (any, error) {
				return o.SettlePayments(ctx, by, "demo", 1, []office.BankAnswer{{Claim: good[2]}})
			},
		},
	} {
		by := keyed(c.by, "first")
		repeated(h, c.name, by, c.this)
		before := h.everything()
		_, err := c.other(by)
		wantCode(t, c.name+", the key for something else", err, "office.key-reused")
		unchanged(h, before)
	}
	h.sound()
}

// repeated does an act, and again with the same key.
func repeated(h *house, name string, by office.By, do func(office.By) (any, error)) {
	h.Helper()
	first, err := do(by)
	if err != nil {
		h.Fatalf("%s: %v", name, err)
	}
	before := h.everything()
	for range 2 {
		again, err := do(by)
		if err != nil || !reflect.DeepEqual(first, again) {
			h.Errorf("%s, repeated: %+v, %v; the first answer was %+v", name, again, err, first)
		}
	}
	unchanged(h, before)
}

// inRound is the claim whose payment was first in the round, paid or not.
func (h *house) inRound(number int64) claim.ID {
	h.Helper()
	for id := range h.everyClaim() {
		steps, err := h.Office.History(context.Background(), id.Stream())
		must(h.TB, err)
		for _, s := range steps {
			if s.Kind == claim.KindPaymentOrdered {
				return id
			}
		}
	}
	h.Fatalf("round %d has no payments", number)
	return ""
}

func TestPublishingTheOpenEditionAgainChangesNothing(t *testing.T) {
	h := opened(t)
	before := h.everything()
	again, err := h.Office.OpenProgramme(t.Context(), h.by("registrar"), "demo", []byte(demoRulebook(t)))
	if err != nil || again.New {
		t.Errorf("%+v, %v", again, err)
	}
	unchanged(h, before)
}

func TestAKeyIsOneActsInOneProgramme(t *testing.T) {
	h := opened(t)
	h.open("other", otherProgramme(t, "other", "OT"))
	for _, programme := range []string{"demo", "other"} {
		by := keyed(h.by("treasurer"), "2020-06")
		_, err := h.Office.ReceiveContribution(t.Context(), by, programme, "harbour", euros(5))
		must(t, err)
	}
	h.record(h.filed(1)...)
	_, err := h.Office.ProposeInstalment(t.Context(), keyed(h.by("officer"), "2020-06"), "demo", 5)
	must(t, err)
	s, err := h.Office.Statistics(t.Context(), "")
	must(t, err)
	if s.Fund.In["EUR"] != euros(10).Minor() {
		t.Errorf("money in: %v", s.Fund.In)
	}
}

func TestAnActThatFailedLeavesItsKeyFree(t *testing.T) {
	h := opened(t)
	by := keyed(h.by("treasurer", "treasurer-2"), "round")
	_, err := h.Office.PayRound(t.Context(), by, "demo", "EUR")
	wantCode(t, "with nothing to pay", err, "fund.nothing-to-pay")
	h.decide(h.filed(1)...)
	_, err = h.Office.ReceiveContribution(t.Context(), h.by("treasurer"), "demo", "harbour", euros(2500))
	must(t, err)
	round, err := h.Office.PayRound(t.Context(), by, "demo", "EUR")
	if err != nil || round.Payments != 1 {
		t.Errorf("%+v, %v", round, err)
	}
}

// A first answer is told to those alone who may ask for the act.
func TestARepeatIsAnsweredToThoseAloneWhoMayAsk(t *testing.T) {
	h := opened(t)
	ask := func(who string) error {
		_, err := h.Office.ReceiveContribution(t.Context(), keyed(h.by(who), "k"), "demo", "harbour", euros(5))
		return err
	}
	must(t, ask("treasurer-2"))
	wantCode(t, "an officer", ask("officer"), "policy.capacity-missing")
	must(t, h.Office.EndActor(t.Context(), h.by("registrar"), "treasurer-2"))
	wantCode(t, "one who was ended", ask("treasurer-2"), "policy.actor-unknown")
	must(t, ask("treasurer"))
}

// everyFiling is what FileClaims can be told, and what it answers.
func TestFilingsWithTheSameKey(t *testing.T) {
	h := opened(t)
	file := func(filings ...office.Filing) []office.FilingAnswer {
		t.Helper()
		answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", filings)
		must(t, err)
		return answers
	}
	first := file(departure("a", 2, true))[0]
	if first.Repeated || first.Changed || first.Ref != (docket.Ref{Stream: first.ID.Stream(), Version: 1}) {
		t.Errorf("the first: %+v", first)
	}
	before := h.everything()
	same, other := first, first
	same.Repeated, other.Changed = true, true
	for name, c := range map[string]struct {
		filing office.Filing
		want   office.FilingAnswer
	}{
		"the same":                 {departure("a", 2, true), same},
		"another answer":           {departure("a", 3, true), other},
		"an answer less":           {departure("a", 2, false), other},
		"another day of receipt":   {received(departure("a", 2, true), 2), other},
		"with an outcome reported": {reported(departure("a", 3, true), rulebook.ReportedAward), other},
	} {
		if got := file(c.filing)[0]; got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	unchanged(h, before)

	twice := file(departure("b", 1, true), departure("a", 2, true), departure("b", 1, true), departure("b", 9, true), departure("c", 1, true))
	b := twice[0]
	if b.Repeated || b.Changed || twice[4].Repeated || twice[4].Changed || b.ID == twice[4].ID {
		t.Errorf("new ones: %+v", twice)
	}
	if twice[1] != same || !twice[2].Repeated || twice[2].ID != b.ID || !twice[3].Changed || twice[3].ID != b.ID || twice[3].Reference != b.Reference {
		t.Errorf("known ones: %+v", twice)
	}
	if n := len(h.everyClaim()); n != 3 {
		t.Errorf("%d claims are on file", n)
	}
	h.sound()
}

func received(f office.Filing, days int) office.Filing {
	f.Received = f.Received.AddDays(days)
	return f
}

// A digest stands for everything that the source says, also what the form
// doesn't ask.
func TestADigestStandsForTheWholeFiling(t *testing.T) {
	h := opened(t)
	f := departure("a", 2, true)
	f.Digest = []byte("row 1 of the file")
	h.file(f)
	f.Answers["nights_away"] = "3" // the map was mended, the row is the same
	answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{f})
	if err != nil || !answers[0].Repeated {
		t.Errorf("%+v, %v", answers, err)
	}
	f.Digest = []byte("row 1 of the corrected file")
	if answers, err = h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{f}); err != nil || !answers[0].Changed {
		t.Errorf("%+v, %v", answers, err)
	}
}

func TestFilingsWithoutAKeyAreEachTheirOwn(t *testing.T) {
	h := opened(t)
	f := departure("", 2, true)
	ids := h.file(f, f, f)
	if ids[0] == ids[1] || ids[1] == ids[2] || len(h.everyClaim()) != 3 {
		t.Errorf("%q", ids)
	}
}

// A row that stands twice in a file, with its outcome: the claim is filed once
// and its outcome reported once.
func TestAFilingThatStandsTwiceIsReportedOnce(t *testing.T) {
	h := opened(t)
	a, b := reported(departure("a", 2, true), rulebook.ReportedRecorded), reported(departure("b", 2, true), rulebook.ReportedDismissal)
	answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{a, b, a, b, a})
	must(t, err)
	for i, want := range []bool{true, true, false, false, false} {
		if answers[i].Reported != want || answers[i].Repeated == want {
			t.Errorf("%d: %+v", i, answers[i])
		}
	}
	h.stands(claim.Recorded, answers[0].ID)
	h.stands(claim.Decided, answers[1].ID)
	h.sound()
}

const parallelRepeats = 64

// atOnce does the same 64 times at once and answers the errors.
func atOnce(do func(n int) error) []error { return soManyAtOnce(parallelRepeats, do) }

func soManyAtOnce(times int, do func(n int) error) []error {
	errs := make([]error, times)
	var group sync.WaitGroup
	for n := range errs {
		group.Go(func() { errs[n] = do(n) })
	}
	group.Wait()
	return errs
}

func TestManyRepeatsAtOnceFileOneClaim(t *testing.T) {
	h := opened(t)
	answers := make([]office.FilingAnswer, parallelRepeats)
	errs := atOnce(func(n int) error {
		got, err := h.Office.FileClaims(context.Background(), h.by("officer"), "demo", []office.Filing{departure("a", 2, true)})
		if err == nil {
			answers[n] = got[0]
		}
		return err
	})
	must(t, errors.Join(errs...))
	fresh := 0
	for _, a := range answers {
		if !a.Repeated {
			fresh++
		}
		if a.Changed || a.ID != answers[0].ID || a.Reference != answers[0].Reference {
			t.Errorf("%+v beside %+v", a, answers[0])
		}
	}
	if fresh != 1 || len(h.everyClaim()) != 1 {
		t.Errorf("%d were new, %d claims are on file", fresh, len(h.everyClaim()))
	}
	h.sound()
}

func TestManyRepeatsAtOnceWithdrawOnce(t *testing.T) {
	h := opened(t)
	id := h.filed(1)[0]
	done := make([]office.Done, parallelRepeats)
	errs := atOnce(func(n int) (err error) {
		done[n], err = h.Office.WithdrawClaim(context.Background(), keyed(h.by("officer"), "w"), "demo", id)
		return err
	})
	must(t, errors.Join(errs...))
	for _, d := range done {
		if d != done[0] {
			t.Errorf("%+v beside %+v", d, done[0])
		}
	}
	if v := h.claim(id).Version; v != 2 {
		t.Errorf("the claim stands at version %d", v)
	}
	h.sound()
}

// Without a key each call is a new act, of which one can be done.
func TestManyAtOnceWithoutAKeyWithdrawOnce(t *testing.T) {
	h := opened(t)
	id := h.filed(1)[0]
	done := 0
	for _, err := range atOnce(func(int) error {
		_, err := h.Office.WithdrawClaim(context.Background(), h.by("officer"), "demo", id)
		return err
	}) {
		switch fault.Code(err) {
		case "":
			done++
		case "claim.cannot-be-withdrawn", "claim.moved-on":
		default:
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("withdrawn %d times", done)
	}
	h.sound()
}

func TestManyFileAtOnceAndEachIsOnFile(t *testing.T) {
	h := opened(t)
	must(t, errors.Join(atOnce(func(n int) error {
		_, err := h.Office.FileClaims(context.Background(), h.by("officer"), "demo", []office.Filing{departure(fmt.Sprint(n), 2, true)})
		return err
	})...))
	if n := len(h.everyClaim()); n != parallelRepeats {
		t.Errorf("%d claims are on file", n)
	}
	h.sound()
}

// Those who file at once share a transaction, a few what is made ready too. One whose
// filing is refused, who may not file, who repeats another's key or gave up has that
// answer; the others are on file, and one that reports an outcome has it.
func TestOfManyWhoFileAtOnceEachHasTheirOwnAnswer(t *testing.T) {
	for _, times := range []int{12, parallelRepeats} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			h := opened(t)
			given, stop := context.WithCancel(t.Context())
			stop()
			answers := make([]office.FilingAnswer, times)
			refusals := soManyAtOnce(times, func(n int) error {
				ctx, by, f := t.Context(), h.by("officer"), departure(fmt.Sprint("k", n), 2, true)
				switch n % 6 {
				case 1:
					f.Answers["place"] = "the moon"
				case 2:
					by = h.by("treasurer")
				case 3:
					f = departure("the same", 2, true)
				case 4:
					f = reported(f, rulebook.ReportedDismissal)
					f.Source = &docket.Source{Name: fmt.Sprint("file-", n)}
				case 5:
					ctx = given
				}
				a, err := h.Office.FileClaims(ctx, by, "demo", []office.Filing{f})
				if err == nil {
					answers[n] = a[0]
				}
				return err
			})
			entries := h.everything()["docket"]
			ids, fresh := map[claim.ID]bool{}, 0
			for n, err := range refusals {
				own := func(row string) bool { // its bytes are in hexadecimals
					return strings.Contains(row, fmt.Sprintf("%x", `_reported.v1"`)) && strings.Contains(row, fmt.Sprintf("%x", fmt.Sprintf(`"name":"file-%d"`, n)))
				}
				if n%6 == 4 && !slices.ContainsFunc(entries, own) {
					t.Errorf("no entry says that file-%d reports an outcome", n)
				}
				switch a := answers[n]; {
				case n%6 == 1 && fault.Is(err, fault.Invalid), n%6 == 2 && fault.Is(err, fault.NotAllowed), n%6 == 5 && errors.Is(err, context.Canceled):
				case (n%6 == 0 || n%6 == 4) && err == nil && !a.Repeated && a.Reported == (n%6 == 4) && !ids[a.ID]:
					ids[a.ID] = true
				case n%6 == 3 && err == nil && !a.Changed:
					if !a.Repeated {
						fresh++
					}
					if first := answers[3]; first.ID != a.ID || first.Reference != a.Reference {
						t.Errorf("filing %d of the same key is %+v, and the first %+v", n, a, first)
					}
					ids[a.ID] = true
				default:
					t.Errorf("filing %d: %+v, %v", n, a, err)
				}
			}
			if fresh != 1 {
				t.Errorf("one key was filed %d times", fresh)
			}
			if n := len(h.everyClaim()); n != len(ids) {
				t.Errorf("%d claims are on file, want %d", n, len(ids))
			}
			h.sound()
		})
	}
}
