package claim_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

var update = flag.Bool("update", false, "write what the claim answers into testdata/acts")

// Each file of testdata/acts tells of claims; a blank line begins another one.
// "given" is an act that was done before, "when" one whose answer counts: the
// entry that it gives, or the refusal. "stands" is the claim afterwards.
func TestActs(t *testing.T) {
	files, err := filepath.Glob("testdata/acts/*.txt")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d files, want 25 at least: %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(text) {
				t.Errorf("the claim answers\n%s\nand should answer\n%s", got, text)
			}
		})
	}
}

// play is the script with the answers that the claim gives.
func play(t *testing.T, script string) string {
	var out strings.Builder
	var c claim.Claim
	for line := range strings.Lines(script) {
		word, act, _ := strings.Cut(strings.TrimSpace(line), " ")
		act = strings.TrimSpace(act)
		switch word {
		case "then", "stands": // what should come of it: play says what does
			continue
		case "":
			c = claim.Claim{}
		}
		out.WriteString(line)
		if word != "given" && word != "when" {
			continue
		}
		answer, after := perform(t, c, act)
		if word == "given" && after.Version == c.Version {
			t.Fatalf("%q was not possible: %s", act, answer)
		}
		c = after
		if word == "when" {
			fmt.Fprintf(&out, "then   %s\nstands %s\n", answer, stands(c))
		}
	}
	return out.String()
}

// perform does one act; answer is the entry or the refusal.
func perform(t testing.TB, c claim.Claim, act string) (answer string, after claim.Claim) {
	t.Helper()
	if said := filedWords.FindStringSubmatch(act); said != nil {
		return "", filed(said)
	}
	for _, a := range acts {
		said := a.words.FindStringSubmatch(act)
		if said == nil {
			continue
		}
		event, err := a.do(c, said)
		if err != nil {
			return refusal(err), c
		}
		facts, err := docket.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %s", event.Kind(), facts), c.After(event)
	}
	t.Fatalf("%q is no act: see acts_test.go", act)
	return "", c
}

func refusal(err error) string { return "refused: " + strings.ReplaceAll(err.Error(), `"`, "") }

// stands is what a claim is by now, in one line.
func stands(c claim.Claim) string {
	said := []string{fmt.Sprintf("%s at version %d", c.Standing, c.Version)}
	say := func(holds bool, format string, values ...any) {
		if holds {
			said = append(said, fmt.Sprintf(format, values...))
		}
	}
	say(c.Number != "", "as %s", c.Number)
	say(!c.Claimed.IsZero(), "claiming %s", c.Claimed)
	for _, field := range slices.Sorted(maps.Keys(c.Answers)) {
		say(true, "%s=%s", field, c.Answers[field])
	}
	say(len(c.Blank) > 0, "blank %s", strings.Join(c.Blank, " "))
	say(len(c.Missing) > 0, "missing %s", strings.Join(c.Missing, " "))
	say(c.Reported, "reported")
	say(c.Outcome != claim.None, "%s", c.Outcome)
	say(c.AwardStated, "of %s", c.Award)
	say(c.Ground != "", "on %s", c.Ground)
	say(c.Rule != "", "by %s", c.Rule)
	say(c.Instalment != 0, "in instalment %d", c.Instalment)
	say(!c.Ordered.IsZero(), "under way %s", c.Ordered)
	say(!c.Paid.IsZero(), "paid %s", c.Paid)
	due, err := c.Due()
	say(err != nil, "due: %v", err)
	say(!due.IsZero(), "due %s", due)
	say(len(c.Holds) > 0, "held on %s", strings.Join(c.Holds, " "))
	say(!c.Erased.IsZero(), "erased %s, keys gone by %s", c.Erased, c.KeysGoneBy)
	return strings.Join(said, ", ")
}

var filedWords = regexp.MustCompile(`^filed(?: claiming (\S+ \S+))?(?: with (.+))?$`)

func filed(said []string) claim.Claim {
	var claimed *money.Amount
	if said[1] != "" {
		claimed = new(amount(said[1]))
	}
	edition := docket.Hash{1}
	return claim.Begin("5f0c2d7a91e84b36a0c1f2d3e4b5a697", docket.Envelope{
		Programme: "harbour-fire", Edition: &edition,
		Instant: docket.At(time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)),
	}, claim.FiledEvent{
		Reference: "7K3M-9QX2-VD4K", Category: "property-loss", Claimant: "individual",
		Received: day.Must(2026, 1, 30), Claimed: claimed, Answers: answers(said[2]),
	})
}

// acts are the ways to say an act, and what is done on hearing it.
var acts = []struct {
	words *regexp.Regexp
	do    func(claim.Claim, []string) (claim.Event, error)
}{
	{regexp.MustCompile(`^find deficient: ?(.*)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.FindDeficient(rulebook.Finding{Outcome: rulebook.Deficient, Missing: strings.Fields(said[1])})
	}},
	{regexp.MustCompile(`^answer deficiency(?: claiming (\S+ \S+))?(?: with (.+?))?(?: leaving (.+))?$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.AnswerDeficiency(answers(said[2]), amount(said[1]), strings.Fields(said[3]))
	}},
	{regexp.MustCompile(`^record as (\S+)(?: although the rules say (\S+))?$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.Record(claim.Number(said[1]), rulebook.Finding{Outcome: rulebook.FindingOutcome(orElse(said[2], "record"))})
	}},
	{regexp.MustCompile(`^refuse on (\S+) by (\S+)(?: although the rules say (\S+))?$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.Refuse(rulebook.Finding{Outcome: rulebook.FindingOutcome(orElse(said[3], "refuse")), Ground: said[1], Rule: said[2]})
	}},
	{regexp.MustCompile(`^give a code$`), func(c claim.Claim, _ []string) (claim.Event, error) { return c.GiveCode(), nil }},
	{regexp.MustCompile(`^add evidence(.*)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		var files []claim.Enclosed
		for _, id := range strings.Fields(said[1]) {
			files = append(files, claim.Enclosed{File: id})
		}
		return c.AddEvidence(files)
	}},
	{regexp.MustCompile(`^recommend to record$`), func(c claim.Claim, _ []string) (claim.Event, error) {
		return c.Recommend(rulebook.Finding{Outcome: rulebook.Record}, nil)
	}},
	{regexp.MustCompile(`^recommend to refuse on (\S+) by (\S+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.Recommend(rulebook.Finding{Outcome: rulebook.Refuse, Ground: said[1], Rule: said[2]}, nil)
	}},
	{regexp.MustCompile(`^the board records as (\S+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.RecordRecommended(claim.Number(said[1]))
	}},
	{regexp.MustCompile(`^the board refuses on (\S+) by (\S+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.RefuseRecommended(said[1], said[2])
	}},
	{regexp.MustCompile(`^the board sends back for (\S+)$`), func(c claim.Claim, said []string) (claim.Event, error) { return c.SendBack(said[1]) }},
	{regexp.MustCompile(`^propose a move to (\S+) for (.+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.ProposeMove(said[1], said[2])
	}},
	{regexp.MustCompile(`^consent to the move, as (\S+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.ConsentToMove(said[1], map[string]string{"street": "quay"}, money.Amount{}, nil)
	}},
	{regexp.MustCompile(`^decline the move$`), func(c claim.Claim, _ []string) (claim.Event, error) { return c.DeclineMove() }},
	{regexp.MustCompile(`^amend$`), func(c claim.Claim, _ []string) (claim.Event, error) {
		return c.Amend(map[string]string{"street": "mole"}, money.Amount{}, nil)
	}},
	{regexp.MustCompile(`^ask for a review on (\S+) until (\S+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		on, _ := day.Parse(said[1])
		until, _ := day.Parse(said[2])
		return c.AskReview(on, until, on.AddMonths(2))
	}},
	{regexp.MustCompile(`^reverse for (.+)$`), func(c claim.Claim, said []string) (claim.Event, error) { return c.Reverse(said[1]) }},
	{regexp.MustCompile(`^withdraw$`), func(c claim.Claim, _ []string) (claim.Event, error) { return c.Withdraw() }},
	{regexp.MustCompile(`^report (\S+?)(?: of (\S+ \S+))? by (\S+)(?: as (\S+))?(?: on (\S+))?(?: in row (\d+))?$`), func(c claim.Claim, said []string) (claim.Event, error) {
		r := claim.Report{
			Reported: rulebook.Reported{Outcome: rulebook.ReportedOutcome(said[1]), Rule: said[3]},
			Award:    amount(said[2]), Number: claim.Number(said[4]),
		}
		if said[5] != "" {
			r.Decided = must(day.Parse(said[5]))
		}
		if said[6] != "" {
			r.Row = integer(said[6])
			r.Line = r.Row + 1
		}
		return c.ReportOutcome(r)
	}},
	{regexp.MustCompile(`^assess in instalment (\d+): ` + outcomeWords), func(c claim.Claim, said []string) (claim.Event, error) {
		o := outcome(said)
		v := rulebook.Valuation{Outcome: rulebook.ValuationOutcome(o.Outcome), Ground: o.Ground, Rule: o.Rule}
		if o.Award != nil {
			v.Award = *o.Award
		}
		return c.Assess(o.Instalment, v)
	}},
	{regexp.MustCompile(`^decide instalment (\d+): ` + outcomeWords), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.Decide(outcome(said))
	}},
	{regexp.MustCompile(`^order (\S+ \S+) in round (\d+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.OrderPayment(integer(said[2]), amount(said[1]))
	}},
	{regexp.MustCompile(`^confirm (\S+ \S+) of round (\d+)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.ConfirmPayment(integer(said[2]), amount(said[1]))
	}},
	{regexp.MustCompile(`^hold on ?(.*)$`), func(c claim.Claim, said []string) (claim.Event, error) { return c.Hold(said[1]) }},
	{regexp.MustCompile(`^release from (.*)$`), func(c claim.Claim, said []string) (claim.Event, error) { return c.Release(said[1]) }},
	{regexp.MustCompile(`^erase on (.*)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.Erase(said[1], claim.Erasure{On: day.Must(2026, 11, 26), KeysGoneBy: day.Must(2026, 12, 27), Blobs: 3, Requests: 1})
	}},
	{regexp.MustCompile(`^return (\S+ \S+) of round (\d+): ?(.*)$`), func(c claim.Claim, said []string) (claim.Event, error) {
		return c.ReturnPayment(integer(said[2]), amount(said[1]), said[3])
	}},
}

const outcomeWords = `(\S+)(?: of (\S+ \S+))?(?: on (\S+))? by (\S+)$`

func outcome(said []string) claim.AssessedEvent {
	e := claim.AssessedEvent{Instalment: integer(said[1]), Outcome: claim.Outcome(said[2]), Ground: said[4], Rule: said[5]}
	if said[3] != "" {
		e.Award = new(amount(said[3]))
	}
	return e
}

// answers reads "street=quay floor=2".
func answers(text string) map[string]string {
	var list map[string]string
	for _, pair := range strings.Fields(text) {
		if list == nil {
			list = map[string]string{}
		}
		field, value, _ := strings.Cut(pair, "=")
		list[field] = value
	}
	return list
}

func amount(text string) money.Amount {
	if text == "" {
		return money.Amount{}
	}
	return must(money.ParseAmount(text))
}

func integer(text string) int64 { return must(strconv.ParseInt(text, 10, 64)) }

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// must is for scripts: a wrong one stops the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Who acts next is the whole of a standing: what may be done to a claim as it
// stands, and nothing else. A dot is a refusal.
const allowed = `
                                  deficient answer record refuse withdraw report assess decide order confirm return hold release erase add
filed                             x         .      x      x      x        x      .      .      .     .       . x    .       .   x
deficient                         .         x      .      .      x        .      .      .      .     .       . x    .       .   x
recorded                          .         .      .      .      x        .      x      .      .     .       . x    .       .   x
refused                           .         .      .      .      .        .      .      .      .     .       . x    .       x   .
assigned                          .         .      .      .      x        .      .      .      .     .       . x    .       .   x
assessed                          .         .      .      .      x        .      .      x      .     .       . x    .       .   .
decided-award                     .         .      .      .      .        .      .      .      x     .       . x    .       .   .
decided-dismissal                 .         .      .      .      .        .      .      .      .     .       . x    .       x   .
payable-all-under-way             .         .      .      .      .        .      .      .      .     x       x x    .       .   .
payable-part-under-way            .         .      .      .      .        .      .      .      x     x       x x    .       .   .
payable-part-paid                 .         .      .      .      .        .      .      .      x     .       . x    .       .   .
returned                          .         .      .      .      .        .      .      .      x     .       . x    .       .   .
returned-rest-under-way           .         .      .      .      .        .      .      .      x     x       x x    .       .   .
paid                              .         .      .      .      .        .      .      .      .     .       . x    .       x   .
withdrawn                         .         .      .      .      .        .      .      .      .     .       . x    .       x   .
reported-award                    .         .      .      .      .        .      .      .      .     .       . x    .       x   .
reported-award-not-stated         .         .      .      .      .        .      .      .      .     .       . x    .       x   .
reported-dismissal                .         .      .      .      .        .      .      .      .     .       . x    .       x   .
reported-recorded                 .         .      .      .      x        .      .      .      .     .       . x    .       x   .
reported-deficient                .         .      .      .      x        .      .      .      .     .       . x    .       x   .
reported-withdrawn                .         .      .      .      .        .      .      .      .     .       . x    .       x   .
withdrawn-held                    .         .      .      .      .        .      .      .      .     .       . .    x       .   .
withdrawn-released                .         .      .      .      .        .      .      .      .     .       . x    .       x   .
withdrawn-erased                  .         .      .      .      .        .      .      .      .     .       . .    .       .   .
paid-erased                       .         .      .      .      .        .      .      .      .     .       . .    .       .   .
reported-recorded-erased          .         .      .      .      .        .      .      .      .     .       . .    .       .   .
`

// lives are how a claim comes to stand so.
var lives = map[string]string{
	"filed":                     "filed claiming 100.00 USD",
	"deficient":                 "filed; find deficient: answer:amount",
	"recorded":                  "filed; record as HF-0000001",
	"refused":                   "filed; refuse on out-of-time by period",
	"assessed":                  "filed; record as HF-0000001; " + assess,
	"decided-award":             decided,
	"decided-dismissal":         "filed; record as HF-0000001; assess in instalment 1: dismissal on no-evidence by evidence; decide instalment 1: dismissal on no-evidence by evidence",
	"payable-all-under-way":     decided + "; order 100.00 USD in round 1",
	"payable-part-under-way":    decided + "; order 60.00 USD in round 1",
	"payable-part-paid":         decided + "; order 60.00 USD in round 1; confirm 60.00 USD of round 1",
	"returned":                  decided + "; order 100.00 USD in round 1; return 100.00 USD of round 1: AC04",
	"returned-rest-under-way":   decided + "; order 60.00 USD in round 1; order 40.00 USD in round 2; return 40.00 USD of round 2: AC04",
	"paid":                      decided + "; order 100.00 USD in round 1; confirm 100.00 USD of round 1",
	"withdrawn":                 "filed; withdraw",
	"reported-award":            "filed; report award of 100.00 USD by approved as HF-0000001",
	"reported-award-not-stated": "filed; report award by approved as HF-0000001",
	"reported-dismissal":        "filed; report dismissal by denied as HF-0000001",
	"reported-recorded":         "filed; report recorded by in-review as HF-0000001",
	"reported-deficient":        "filed; report deficient by insufficient",
	"reported-withdrawn":        "filed; report withdrawn by cancelled",
	"withdrawn-held":            "filed; withdraw; hold on court-order",
	"withdrawn-released":        "filed; hold on court-order; withdraw; release from court-order",
	"withdrawn-erased":          "filed; withdraw; erase on retention",
	"paid-erased":               decided + "; order 100.00 USD in round 1; confirm 100.00 USD of round 1; erase on retention",
	"reported-recorded-erased":  "filed; report recorded by in-review as HF-0000001; erase on request-of-claimant",
}

const (
	assess  = "assess in instalment 1: award of 100.00 USD by fixed-sum"
	decided = "filed; record as HF-0000001; " + assess + "; decide instalment 1: award of 100.00 USD by fixed-sum"
)

// tries are the acts of the table's head, each with what else it needs.
var tries = map[string]string{
	"deficient": "find deficient: answer:amount",
	"answer":    "answer deficiency claiming 100.00 USD",
	"record":    "record as HF-0000002",
	"refuse":    "refuse on out-of-time by period",
	"withdraw":  "withdraw",
	"report":    "report award of 100.00 USD by approved as HF-0000002",
	"assess":    assess,
	"decide":    "decide instalment 1: award of 100.00 USD by fixed-sum",
	"order":     "order 10.00 USD in round 3",
	"confirm":   "confirm 10.00 USD of round 1",
	"return":    "return 10.00 USD of round 1: AC04",
	"add":       "add evidence a1",
	"hold":      "hold on court-order",
	"release":   "release from court-order",
	"erase":     "erase on retention",
}

// notAllowed are the codes of a refusal for what the claim has come to, beside
// those for its standing.
var notAllowed = regexp.MustCompile(`claim\.(cannot-\S*|inputs-erased|held|held-already|not-held|erased-already|erase-under-way|erase-owed|erase-undecided) `)

// reached is the claim after a life.
func reached(t testing.TB, life string) claim.Claim {
	t.Helper()
	var c claim.Claim
	for act := range strings.SplitSeq(life, "; ") {
		answer, after := perform(t, c, act)
		if after.Version == c.Version {
			t.Fatalf("%s, but %s: %s", life, act, answer)
		}
		c = after
	}
	return c
}

func TestWhatMayBeDoneAsAClaimStands(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(allowed), "\n")
	head := strings.Fields(rows[0])
	seen := map[claim.Standing]bool{}
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		c := claim.Claim{Reference: "7K3M-9QX2-VD4K", Standing: claim.Assigned, Version: 3} // no act leads there yet
		if cells[0] != "assigned" {
			c = reached(t, lives[cells[0]])
		}
		if !strings.HasPrefix(cells[0], string(c.Standing)) && !c.Reported {
			t.Errorf("%s: the claim stands as %s", cells[0], c.Standing)
		}
		seen[c.Standing] = true
		for i, act := range head {
			answer, after := perform(t, c, tries[act])
			if got := after.Version != c.Version; got != (cells[i+1] == "x") {
				t.Errorf("%s, %s: %s", cells[0], act, answer)
			}
			if cells[i+1] == "." && !notAllowed.MatchString(answer) {
				t.Errorf("%s, %s: refused for another reason than its standing: %s", cells[0], act, answer)
			}
		}
	}
	for _, s := range claim.Standings() {
		if !seen[s] {
			t.Errorf("the table has no row for %s", s)
		}
	}
}

// A refusal names the claim as people call it, and never the claimant's words.
func TestARefusalNamesTheClaim(t *testing.T) {
	for life, want := range map[string]string{
		"filed":                              "7K3M-9QX2-VD4K",
		"filed; record as HF-0000001":        "HF-0000001",
		"filed; withdraw":                    "7K3M-9QX2-VD4K",
		lives["reported-award"]:              "HF-0000001",
		"filed; find deficient: answer:name": "7K3M-9QX2-VD4K",
	} {
		c := reached(t, life)
		_, err := c.ConfirmPayment(1, amount("10.00 USD"))
		if fault.Code(err) != "claim.cannot-be-settled" || !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", life, err)
		}
		if c.Name() != want {
			t.Errorf("%s is called %s", life, c.Name())
		}
	}
}

func TestAnUnknownOutcomeIsNotAssessed(t *testing.T) {
	c := reached(t, lives["recorded"])
	for _, outcome := range []rulebook.ValuationOutcome{"", "perhaps"} {
		if _, err := c.Assess(1, rulebook.Valuation{Outcome: outcome}); fault.Code(err) != "claim.outcome-unknown" {
			t.Errorf("%q: %v", outcome, err)
		}
	}
}
