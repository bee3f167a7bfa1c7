package claim_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"pgregory.net/rapid"
)

// life is a claim to which anything is tried in any order, with what a strict
// clerk writes down beside it.
type life struct {
	claim  claim.Claim
	events []claim.Event // that happened

	award, ordered, paid, returned int64 // in minor units, as the events say

	holds  int // that stand
	erased bool
}

// sums are small, so that they often meet exactly.
func someSum(t *rapid.T) money.Amount {
	return money.New(rapid.Int64Range(-1, 12).Draw(t, "minor"), rapid.SampledFrom([]money.Currency{"USD", "USD", "USD", "EUR"}).Draw(t, "currency"))
}

func someCode(t *rapid.T) string { return rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "code") }

// attempts are all the acts, each with whatever values.
var attempts = map[string]func(*rapid.T, claim.Claim) (claim.Event, error){
	"find deficient": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.FindDeficient(rulebook.Finding{Missing: rapid.SliceOfN(rapid.Just("answer:amount"), 0, 2).Draw(t, "missing")})
	},
	"answer": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.AnswerDeficiency(map[string]string{"street": someCode(t)}, someSum(t), nil)
	},
	"record": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.Record("HF-0000001", rulebook.Finding{Outcome: rapid.SampledFrom([]rulebook.FindingOutcome{rulebook.Record, rulebook.Record, rulebook.Refuse, rulebook.Deficient}).Draw(t, "finding")})
	},
	"refuse": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.Refuse(rulebook.Finding{Outcome: rapid.SampledFrom([]rulebook.FindingOutcome{rulebook.Record, rulebook.Refuse}).Draw(t, "finding"), Ground: someCode(t)})
	},
	"withdraw": func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.Withdraw() },
	"report": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.ReportOutcome(claim.Report{
			Reported: rulebook.Reported{Outcome: rapid.SampledFrom([]rulebook.ReportedOutcome{
				rulebook.ReportedAward, rulebook.ReportedDismissal, rulebook.ReportedRecorded, rulebook.ReportedDeficient, rulebook.ReportedWithdrawn, rulebook.ReportedNone,
			}).Draw(t, "reported"), Rule: someCode(t)},
			Award: someSum(t), Number: "HF-0000001", Decided: rapid.SampledFrom([]day.Date{{}, day.Must(2007, 3, 1)}).Draw(t, "on"),
		})
	},
	"assess": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.Assess(rapid.Int64Range(1, 2).Draw(t, "instalment"), rulebook.Valuation{
			Outcome: rapid.SampledFrom([]rulebook.ValuationOutcome{rulebook.Award, rulebook.Award, rulebook.Dismissal, ""}).Draw(t, "outcome"),
			Award:   someSum(t), Ground: someCode(t), Rule: someCode(t),
		})
	},
	"order": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.OrderPayment(rapid.Int64Range(1, 3).Draw(t, "round"), someSum(t))
	},
	"confirm": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.ConfirmPayment(rapid.Int64Range(1, 3).Draw(t, "round"), someSum(t))
	},
	"return": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.ReturnPayment(rapid.Int64Range(1, 3).Draw(t, "round"), someSum(t), rapid.SampledFrom([]string{"AC04", "AC04", "", "Jane Doe"}).Draw(t, "reason"))
	},
	"add evidence": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.AddEvidence(make([]claim.Enclosed, rapid.IntRange(0, 1).Draw(t, "files")))
	},
	"find a test": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.FindTest(claim.TestFinding{Test: someCode(t), Result: rapid.SampledFrom([]string{claim.TestMet, claim.TestNotMet, claim.TestOpen}).Draw(t, "result"), Ground: someCode(t), Reason: someCode(t), By: "officer"})
	},
	"recommend": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.Recommend(rulebook.Finding{Outcome: rapid.SampledFrom([]rulebook.FindingOutcome{rulebook.Record, rulebook.Refuse, rulebook.Deficient}).Draw(t, "finding"), Ground: someCode(t)}, nil)
	},
	"record what is recommended": func(_ *rapid.T, c claim.Claim) (claim.Event, error) { return c.RecordRecommended("HF-0000001") },
	"refuse what is recommended": func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.RefuseRecommended(someCode(t), "r") },
	"send back":                  func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.SendBack(someCode(t)) },
	"propose a move":             func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.ProposeMove("b", someCode(t)) },
	"consent to a move": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.ConsentToMove(rapid.SampledFrom([]string{claim.ConsentClaimant, claim.ConsentSigned, "word"}).Draw(t, "consent"), map[string]string{"street": "b"}, someSum(t), nil)
	},
	"decline a move": func(_ *rapid.T, c claim.Claim) (claim.Event, error) { return c.DeclineMove() },
	"amend":          func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.Amend(nil, someSum(t), []string{"b"}) },
	"ask for a review": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		days := []day.Date{{}, day.Must(2026, 1, 1), day.Must(2026, 3, 1)}
		return c.AskReview(day.Must(2026, 2, 1), rapid.SampledFrom(days).Draw(t, "until"), rapid.SampledFrom(days).Draw(t, "answer"))
	},
	"reverse":          func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.Reverse(someCode(t)) },
	"give consent":     func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.GiveConsent(someCode(t)) },
	"withdraw consent": func(_ *rapid.T, c claim.Claim) (claim.Event, error) { return c.WithdrawConsent() },

	"hold":    func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.Hold(someGround(t)) },
	"release": func(t *rapid.T, c claim.Claim) (claim.Event, error) { return c.Release(someGround(t)) },
	"erase": func(t *rapid.T, c claim.Claim) (claim.Event, error) {
		return c.Erase(someGround(t), claim.Erasure{On: day.Must(2026, 11, 26), KeysGoneBy: day.Must(2026, 12, 27)})
	},
}

// grounds are few, so that a hold is met again.
func someGround(t *rapid.T) string {
	return rapid.SampledFrom([]string{"court-order", "court-order", "audit", "Jane Doe"}).Draw(t, "ground")
}

// happens folds an event that was decided, and counts on the side.
func (l *life) happens(t *rapid.T, e claim.Event) {
	before, copied := l.claim, deepCopy(t, l.claim)
	if l.erased {
		t.Fatalf("%s happens to an erased claim", e.Kind())
	}
	l.claim = before.After(e)
	if !reflect.DeepEqual(before, copied) {
		t.Fatalf("%s changes the claim as it stood: %+v", e.Kind(), before)
	}
	l.events = append(l.events, e)
	switch e := e.(type) {
	case claim.DecidedEvent:
		if e.Award != nil {
			l.award = e.Award.Minor()
		}
	case claim.PaymentOrdered:
		l.ordered += e.Amount.Minor()
	case claim.PaidEvent:
		l.paid += e.Amount.Minor()
	case claim.PaymentReturned:
		l.returned += e.Amount.Minor()
	case claim.HeldEvent:
		l.holds++
	case claim.ReleasedEvent:
		l.holds--
	case claim.ErasedEvent:
		l.erased = true
		undecided := before.Open() && !before.Reported
		if owed := l.award > l.paid; owed || l.holds > 0 || undecided {
			t.Fatalf("erased although owed: %v, held %d times, undecided: %v", owed, l.holds, undecided)
		}
	}
}

func deepCopy(t *rapid.T, c claim.Claim) claim.Claim {
	copied := c
	copied.Answers = nil
	for k, v := range c.Answers {
		if copied.Answers == nil {
			copied.Answers = map[string]string{}
		}
		copied.Answers[k] = v
	}
	copied.Blank = append([]string(nil), c.Blank...)
	copied.Missing = append([]string(nil), c.Missing...)
	copied.Holds = slices.Clone(c.Holds)
	return copied
}

// goOn is what the office does next with a claim that is well founded.
func (l *life) goOn(t *rapid.T) (claim.Event, error) {
	c := l.claim
	switch c.Standing {
	case claim.Filed:
		return attempts["record"](t, c)
	case claim.Deficient:
		return attempts["answer"](t, c)
	case claim.Recorded:
		return c.Assess(1, rulebook.Valuation{Outcome: rulebook.Award, Award: money.New(rapid.Int64Range(1, 12).Draw(t, "award"), "USD")})
	case claim.Assessed:
		proposed, _ := l.events[len(l.events)-1].(claim.AssessedEvent)
		return c.Decide(proposed)
	case claim.Payable:
		if c.Ordered.Sign() > 0 {
			part := money.New(rapid.Int64Range(1, c.Ordered.Minor()).Draw(t, "part"), "USD")
			switch rapid.IntRange(0, 4).Draw(t, "the bank answers") {
			case 0, 1:
				return c.ConfirmPayment(1, part)
			case 2:
				return c.ReturnPayment(1, part, "AC04")
			}
		}
	}
	if due, err := c.Due(); err == nil && due.Sign() > 0 {
		return c.OrderPayment(1, money.New(rapid.Int64Range(1, due.Minor()).Draw(t, "part"), "USD"))
	}
	return nil, nil
}

// repeat asks for what was done before, as a program does that was cut off
// before the answer came, or a bank's file that is read in twice.
func repeat(c claim.Claim, once claim.Event) (claim.Event, error) {
	switch e := once.(type) {
	case claim.FoundDeficient:
		return c.FindDeficient(rulebook.Finding{Missing: e.Missing})
	case claim.DeficiencyAnswered:
		return c.AnswerDeficiency(e.Answers, money.Amount{}, e.Blank)
	case claim.RecordedEvent:
		return c.Record(e.Number, rulebook.Finding{Outcome: rulebook.Record})
	case claim.AssessedEvent:
		return c.Decide(e)
	case claim.DecidedEvent:
		return c.Decide(claim.AssessedEvent(e))
	case claim.PaymentOrdered:
		return c.OrderPayment(e.Round, e.Amount)
	case claim.PaidEvent:
		return c.ConfirmPayment(e.Round, e.Amount)
	case claim.PaymentReturned:
		return c.ReturnPayment(e.Round, e.Amount, e.Reason)
	case claim.HeldEvent:
		return c.Hold(e.Ground)
	case claim.ErasedEvent:
		return c.Erase(e.Ground, claim.Erasure{})
	}
	return c.Withdraw()
}

// check is what must hold whatever was tried.
func (l *life) check(t *rapid.T) {
	c := l.claim
	switch {
	case len(c.Holds) != l.holds || c.Erased.IsZero() == l.erased:
		t.Fatalf("held on %v and erased on %s; the events say %d and %v", c.Holds, c.Erased, l.holds, l.erased)
	case int(c.Version) != 1+len(l.events):
		t.Fatalf("version %d after %d events", c.Version, 1+len(l.events))
	case c.Paid.Minor() != l.paid || c.Ordered.Minor() != l.ordered-l.paid-l.returned:
		t.Fatalf("the claim has %s paid and %s under way; the events say %d and %d", c.Paid, c.Ordered, l.paid, l.ordered-l.paid-l.returned)
	case c.Ordered.Sign() < 0 || c.Paid.Minor()+c.Ordered.Minor() > l.award:
		t.Fatalf("%s paid and %s under way of an award of %d", c.Paid, c.Ordered, l.award)
	case (c.Standing == claim.Paid) != (l.award > 0 && l.paid == l.award):
		t.Fatalf("stands as %s with %d paid of %d", c.Standing, l.paid, l.award)
	}
	if r := c.Register.Recommended; r != nil {
		said, ok := l.events[r.Version-2].(claim.RecommendedEvent)
		if !ok || said.Outcome != r.Outcome || c.Standing != claim.Filed || c.Register.NoConsent {
			t.Fatalf("recommended at %d to %s while it stands as %s; the event there is %T", r.Version, r.Outcome, c.Standing, l.events[r.Version-2])
		}
		for _, e := range l.events[r.Version-1:] {
			switch e.(type) {
			case claim.CodeGiven, claim.HeldEvent, claim.ReleasedEvent, claim.ConsentGiven:
			default:
				t.Fatalf("%s happened, and the recommendation before it stands", e.Kind())
			}
		}
	}
	due, err := c.Due()
	switch {
	case err != nil:
		t.Fatalf("due: %v", err)
	case !c.Reported && due.Minor() != l.award-c.Paid.Minor()-c.Ordered.Minor():
		t.Fatalf("%s is due of an award of %d", due, l.award)
	case c.Reported && (!due.IsZero() || l.ordered != 0):
		t.Fatalf("a reported outcome is payable: %s due", due)
	}
}

// again folds the docket's own bytes: what comes of them must be what stood in
// memory when the acts were done.
func (l *life) again(t *rapid.T, begun claim.Claim) {
	c := begun
	for _, e := range l.events {
		facts, err := docket.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		read, err := claim.Decode(e.Kind(), json.RawMessage(facts))
		if err != nil {
			t.Fatal(err)
		}
		c = c.After(read)
	}
	if !reflect.DeepEqual(c.Register, l.claim.Register) {
		t.Fatalf("folded from bytes the register holds\n%+v\nand in memory\n%+v", c.Register, l.claim.Register)
	}
	kept := l.claim
	c.Register, kept.Register = claim.Register{}, claim.Register{} // their pointers would be printed
	if got, want := fmt.Sprintf("%+v", c), fmt.Sprintf("%+v", kept); got != want {
		t.Fatalf("folded from bytes\n%s\nand in memory\n%s", got, want)
	}
}

func TestLawsOfAClaimsLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begun := filed([]string{"", "", "street=quay"})
		l := &life{claim: begun}
		ended := false
		try := func(t *rapid.T, name string, e claim.Event, err error) {
			if err != nil {
				return
			}
			switch e.(type) {
			case claim.HeldEvent, claim.ReleasedEvent, claim.ErasedEvent, claim.ConsentGiven, claim.ConsentWithdrawn: // for claims that have come to an end, too
				l.happens(t, e)
				return
			case claim.ReviewAsked, claim.ReversedEvent: // the two ways back from a refusal
				l.happens(t, e)
				ended = false
				return
			}
			if ended {
				t.Fatalf("%s is possible once the claim stands as %s", name, l.claim.Standing)
			}
			l.happens(t, e)
			switch l.claim.Standing {
			case claim.Withdrawn, claim.Refused, claim.Paid:
				ended = true
			}
		}
		actions := map[string]func(*rapid.T){"": l.check}
		for name, attempt := range attempts {
			actions[name] = func(t *rapid.T) {
				e, err := attempt(t, l.claim)
				try(t, name, e, err)
			}
		}
		// Chance alone would end nearly every life before the decision.
		for i := range 12 {
			actions[fmt.Sprint("the office goes on, ", i)] = func(t *rapid.T) {
				if e, err := l.goOn(t); e != nil || err != nil {
					try(t, "go on", e, err)
				}
			}
		}
		actions["the same once more"] = func(t *rapid.T) {
			if len(l.events) == 0 {
				t.Skip("nothing was done")
			}
			once := rapid.SampledFrom(l.events).Draw(t, "once")
			e, err := repeat(l.claim, once)
			try(t, "repeat", e, err)
		}
		t.Repeat(actions)
		l.again(t, begun)
	})
}

// A fold has no error to return: even events that no act could have given, in
// an order that never was, must fold.
func TestAnythingFolds(t *testing.T) {
	kinds := claim.Kinds()
	rapid.Check(t, func(t *rapid.T) {
		sum := someSum(t)
		facts, err := docket.Marshal(map[string]any{
			"amount": sum, "award": sum, "claimed": sum, "round": 1, "instalment": 1, "number": someCode(t), "rule": "r", "reason": "AC04",
			"standing": rapid.SampledFrom(claim.Standings()).Draw(t, "standing"), "outcome": someCode(t), "missing": []string{"m"}, "answers": map[string]string{"a": "b"},
			"received": "2026-01-30", "decided": "2007-03-01", "ground": "g", "reference": "r", "category": "c", "claimant": "individual",
			"on": "2026-11-26", "keys_gone_by": "2026-12-27", "blobs": 3,
		})
		if err != nil {
			t.Fatal(err)
		}
		c := claim.Claim{}
		for i := range rapid.IntRange(0, 12).Draw(t, "events") {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			e, err := claim.Decode(kind, json.RawMessage(facts))
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if c = c.After(e); int(c.Version) != i+1 {
				t.Fatalf("%s: version %d", kind, c.Version)
			}
		}
		_, _ = c.Due()
	})
}
