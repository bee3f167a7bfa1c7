package office

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Suspicion is one thing that looks wrong about a claim. It has no effect: it
// is for the eyes of the office.
type Suspicion struct {
	Claim  claim.Claim
	Check  string // id of the edition's check, or CheckOutlier, CheckBlank
	Text   string // what the edition says of it; "" for our own two
	Detail string // fields, amounts: nothing sealed
}

// Our own checks, beside the edition's.
const (
	CheckOutlier = "amount-outlier"  // claimed far beyond all others of its category
	CheckBlank   = "answers-missing" // of a question that most others of its category answered
)

// Suspicions runs the checks of the editions over the claims of a programme
// ("" for all), on their public answers, and hands each hit to found. It goes
// through the claims twice, in bounded memory: first to learn how amounts are
// spread.
func (o *Office) Suspicions(ctx context.Context, programme string, found func(Suspicion) error) error {
	return o.Store.Read(ctx, func(r store.Reader) error {
		usual := habits{amounts: map[spreadKey]*spread{}, claims: map[formKey]int64{}, blank: map[formKey]int64{}}
		err := everyClaim(r, programme, func(c claim.Claim) error {
			usual.add(c)
			return nil
		})
		if err != nil {
			return err
		}
		return everyClaim(r, programme, func(c claim.Claim) error {
			if err := o.suspect(r, c, usual, found); err != nil {
				return fmt.Errorf("check claim %s: %w", c.Name(), err)
			}
			return nil
		})
	})
}

// everyClaim goes through the claims by pages.
func everyClaim(r store.Reader, programme string, do func(claim.Claim) error) error {
	q := store.ClaimQuery{Programme: programme, Limit: 1000}
	for {
		page, next, err := r.ClaimPage(q)
		if err != nil {
			return err
		}
		for _, c := range page {
			if err := do(c); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.After = next
	}
}

func (o *Office) suspect(r store.Reader, c claim.Claim, usual habits, found func(Suspicion) error) error {
	e, err := o.edition(r, c.Edition)
	if err != nil {
		return err
	}
	answers, err := e.Read(c.Category, c.Answers)
	if err != nil {
		return err
	}
	at := rulebook.Case{
		Category: c.Category, Claimant: c.Claimant, Received: c.Received, Answers: answers,
		Outcome: rulebook.ReportedOutcome(c.Outcome), Award: c.Award, AwardStated: c.AwardStated,
	}
	if e.WatchesLinks(c.Category) {
		if at.Links, err = o.linked(r, c.ID); err != nil {
			return err
		}
	}
	for _, alarm := range e.Alarms(at) {
		s := Suspicion{Claim: c, Check: alarm.Rule, Detail: strings.Join(alarm.Claims, ", ")}
		if n := slices.IndexFunc(e.Overlaps, func(o rulebook.Overlap) bool { return o.ID == alarm.Rule }); n >= 0 {
			s.Text = e.Overlaps[n].Text.In(e.Programme.Languages[0])
		}
		if err := found(s); err != nil {
			return err
		}
	}
	hits, err := e.Suspicions(at)
	if err != nil {
		return err
	}
	for _, hit := range hits {
		s := Suspicion{Claim: c, Check: hit}
		if n := slices.IndexFunc(e.Checks, func(r rulebook.Rule) bool { return r.ID == hit }); n >= 0 {
			s.Text = e.Checks[n].Text.In(e.Programme.Languages[0])
		}
		if err := found(s); err != nil {
			return err
		}
	}
	if usual.beyond(c) {
		if err := found(Suspicion{Claim: c, Check: CheckOutlier, Detail: c.Claimed.String()}); err != nil {
			return err
		}
	}
	if blank := usual.unusuallyBlank(c); len(blank) > 0 {
		return found(Suspicion{Claim: c, Check: CheckBlank, Detail: strings.Join(blank, ", ")})
	}
	return nil
}

// habits are what is usual among the claims: how amounts are spread, and which
// questions are left without an answer.
type habits struct {
	amounts map[spreadKey]*spread
	claims  map[formKey]int64 // by category
	blank   map[formKey]int64 // by category and field
}

type formKey struct{ programme, category, field string }

type spreadKey struct {
	programme, category string
	currency            money.Currency
}

// spread counts amounts on a logarithmic scale of 16 steps to each doubling.
type spread struct {
	counts [64 * 16]int64
	all    int64
}

// grade is where an amount stands on that scale.
func grade(minor int64) int {
	if minor <= 0 {
		return 0
	}
	digits := bits.Len64(uint64(minor)) - 1
	return digits*16 + int(uint64(minor)<<(63-digits)>>59&15)
}

func keyOf(c claim.Claim) spreadKey { return spreadKey{c.Programme, c.Category, c.Claimed.Currency()} }

func (h habits) add(c claim.Claim) {
	h.claims[formKey{c.Programme, c.Category, ""}]++
	for _, field := range c.Blank {
		h.blank[formKey{c.Programme, c.Category, field}]++
	}
	if c.Claimed.Sign() <= 0 {
		return
	}
	at, ok := h.amounts[keyOf(c)]
	if !ok {
		at = &spread{}
		h.amounts[keyOf(c)] = at
	}
	at.counts[grade(c.Claimed.Minor())]++
	at.all++
}

// fewest is how many amounts it takes to speak of outliers among them.
const fewest = 20

// beyond reports whether the amount lies beyond the outer upper fence of its
// category: the third quartile and three times the distance between the
// quartiles (Tukey, Exploratory Data Analysis, 1977, chapter 2), on the
// logarithmic scale, since amounts claimed are spread by factors.
func (h habits) beyond(c claim.Claim) bool {
	at, ok := h.amounts[keyOf(c)]
	if !ok || at.all < fewest || c.Claimed.Sign() <= 0 {
		return false
	}
	low, high := at.quantile(1), at.quantile(3)
	return grade(c.Claimed.Minor()) > high+3*max(high-low, 1)
}

// unusuallyBlank are the questions that this claim leaves without an answer and
// that at least half of its category answered.
func (h habits) unusuallyBlank(c claim.Claim) []string {
	all := h.claims[formKey{c.Programme, c.Category, ""}]
	var fields []string
	for _, field := range c.Blank {
		if h.blank[formKey{c.Programme, c.Category, field}]*2 <= all {
			fields = append(fields, field)
		}
	}
	return fields
}

// quantile is the grade below which so many quarters of the amounts lie.
func (s *spread) quantile(quarters int64) int {
	seen := int64(0)
	for g, n := range s.counts {
		if seen += n; seen*4 >= s.all*quarters {
			return g
		}
	}
	return len(s.counts) - 1
}
