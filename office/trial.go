package office

import (
	"maps"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Trial is what an edition would do to a programme's past claims, added up.
type Trial struct {
	Edition   rulebook.EditionRef `json:"edition"`
	Claims    int64               `json:"claims"` // that were looked at
	Tried     int64               `json:"tried"`
	AtDesk    int64               `json:"at_desk"`   // a rule would look into sensitive answers: they are tried at the desk
	Erased    int64               `json:"erased"`    // there is nothing left to try on
	Withdrawn int64               `json:"withdrawn"` // left out

	TrialCount
	Categories []TrialCategory  `json:"categories"` // by id
	Moves      []TrialMove      `json:"moves"`      // between standings, the most frequent first
	NotRun     map[string]int64 `json:"not_run"`    // by the code of the fault

	all        int64
	categories map[string]*TrialCategory
	moves      map[[2]TrialStanding]int64
}

// TrialCount counts claims by what an edition would do to them.
type TrialCount struct {
	Gain     int64        `json:"gain"`
	Lose     int64        `json:"lose"`
	Standing int64        `json:"standing"` // another standing, and no sum changes
	Same     int64        `json:"same"`
	Was      money.Totals `json:"was"`   // awarded
	Would    money.Totals `json:"would"` // to be awarded
}

// TrialCategory is a category of them.
type TrialCategory struct {
	Category string `json:"category"`
	Claims   int64  `json:"claims"`
	TrialCount
}

// TrialMove counts claims that would go from one standing to another.
type TrialMove struct {
	From   TrialStanding `json:"from"`
	To     TrialStanding `json:"to"`
	Claims int64         `json:"claims"`
}

func newTrial(tried *rulebook.Edition) Trial {
	return Trial{
		Edition: rulebook.EditionRef{ID: tried.ID, Number: tried.Number, Hash: tried.Hash}, NotRun: map[string]int64{},
		categories: map[string]*TrialCategory{}, moves: map[[2]TrialStanding]int64{}, Categories: []TrialCategory{}, Moves: []TrialMove{},
	}
}

// add adds a claim up and gives it to each where it changes.
func (t *Trial) add(s *subject, each func(TrialChange) error) error {
	t.Claims++
	switch {
	case s.claim.Standing == claim.Withdrawn:
		t.Withdrawn++
		return nil
	case s.erased:
		t.Erased++
		return nil
	case s.atDesk:
		t.AtDesk++
		return nil
	}
	t.Tried++
	c := &s.change
	if c.Would.Standing == TrialNotRun {
		t.NotRun[c.Would.Reason]++
	}
	of, ok := t.categories[c.Category]
	if !ok {
		of = &TrialCategory{Category: c.Category}
		t.categories[c.Category] = of
	}
	of.Claims++
	effect, _ := c.effect()
	for _, count := range []*TrialCount{&t.TrialCount, &of.TrialCount} {
		if err := count.add(c, effect); err != nil {
			return err
		}
	}
	if c.Was.Standing != c.Would.Standing {
		t.moves[[2]TrialStanding{c.Was.Standing, c.Would.Standing}]++
	}
	if effect == Same || each == nil {
		return nil
	}
	return each(*c)
}

func (n *TrialCount) add(c *TrialChange, effect Effect) error {
	switch effect {
	case Gains:
		n.Gain++
	case Loses:
		n.Lose++
	case Standing:
		n.Standing++
	default:
		n.Same++
	}
	if !c.Was.Award.IsZero() {
		if err := n.Was.Add(c.Was.Award); err != nil {
			return err
		}
	}
	if !c.Would.Award.IsZero() {
		return n.Would.Add(c.Would.Award)
	}
	return nil
}

// finish sorts what was counted.
func (t *Trial) finish() {
	for _, id := range slices.Sorted(maps.Keys(t.categories)) {
		t.Categories = append(t.Categories, *t.categories[id])
	}
	for pair, n := range t.moves {
		t.Moves = append(t.Moves, TrialMove{pair[0], pair[1], n})
	}
	slices.SortFunc(t.Moves, func(a, b TrialMove) int {
		if a.Claims != b.Claims {
			return int(b.Claims - a.Claims)
		}
		if a.From != b.From {
			return slices.Compare([]byte(a.From), []byte(b.From))
		}
		return slices.Compare([]byte(a.To), []byte(b.To))
	})
}
