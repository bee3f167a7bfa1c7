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
	CheckOutlier = "amount-outlier" // claimed far beyond all others of its category
	CheckBlank   = "answers-missing"
)

// Suspicions runs the checks of the editions over the claims of a programme
// ("" for all), on their public answers, and hands each hit to found. It goes
// through the claims twice, in bounded memory: first to learn how amounts are
// spread.
func (o *Office) Suspicions(ctx context.Context, programme string, found func(Suspicion) error) error {
	return o.Store.Read(ctx, func(r store.Reader) error {
		amounts := spreads{}
		err := everyClaim(r, programme, func(c claim.Claim) error {
			amounts.add(c)
			return nil
		})
		if err != nil {
			return err
		}
		return everyClaim(r, programme, func(c claim.Claim) error {
			if err := o.suspect(r, c, amounts, found); err != nil {
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

func (o *Office) suspect(r store.Reader, c claim.Claim, amounts spreads, found func(Suspicion) error) error {
	e, err := o.edition(r, c.Edition)
	if err != nil {
		return err
	}
	answers, err := e.Read(c.Category, c.Answers)
	if err != nil {
		return err
	}
	hits, err := e.Suspicions(rulebook.Case{
		Category: c.Category, Claimant: c.Claimant, Received: c.Received, Answers: answers,
		Outcome: rulebook.ReportedOutcome(c.Outcome), Award: c.Award, AwardStated: c.AwardStated,
	})
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
	if amounts.beyond(c) {
		if err := found(Suspicion{Claim: c, Check: CheckOutlier, Detail: c.Claimed.String()}); err != nil {
			return err
		}
	}
	if len(c.Blank) > 0 {
		return found(Suspicion{Claim: c, Check: CheckBlank, Detail: strings.Join(c.Blank, ", ")})
	}
	return nil
}

// spreads are how the amounts claimed are spread, by category and currency.
type spreads map[spreadKey]*spread

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

func (s spreads) add(c claim.Claim) {
	if c.Claimed.Sign() <= 0 {
		return
	}
	at, ok := s[keyOf(c)]
	if !ok {
		at = &spread{}
		s[keyOf(c)] = at
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
func (s spreads) beyond(c claim.Claim) bool {
	at, ok := s[keyOf(c)]
	if !ok || at.all < fewest || c.Claimed.Sign() <= 0 {
		return false
	}
	low, high := at.quantile(1), at.quantile(3)
	return grade(c.Claimed.Minor()) > high+3*max(high-low, 1)
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
