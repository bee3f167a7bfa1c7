package rulebook

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// What a programme says beside its form and its rules: how its categories are
// grouped and when they open, who files for whom, what shows a loss, what two
// claims of one person mean, how long somebody has and what is kept how long.

// Group is a heading over categories.
type Group struct {
	ID    string
	Title Texts
}

// Knowledge is how much of a category's real form this file holds.
type Knowledge string

// The kinds of Knowledge.
const (
	FullForm      Knowledge = "full"
	CommonForm    Knowledge = "common"     // the questions that all categories have
	FormNotPublic Knowledge = "not-public" // what the real form asks can't be read anywhere
)

// Track is how a claim is judged.
type Track string

// The tracks. None is "": the programme doesn't say.
const (
	Automatic  Track = "automatic" // by rule alone
	Sampled    Track = "sampled"   // by samples of a group
	Individual Track = "individual"
)

// Evidence is what may show a loss, as a ladder.
type Evidence struct {
	Best, Good, Accepted []Proof
}

// All are the proofs of all rungs, the best ones first.
func (e Evidence) All() []Proof {
	return append(append(append(make([]Proof, 0, len(e.Best)+len(e.Good)+len(e.Accepted)), e.Best...), e.Good...), e.Accepted...)
}

// Proof is one thing that may be brought. It is optional unless Required.
type Proof struct {
	ID       string
	Text     Texts
	Basis    string
	Field    string // the yes-or-no question that says whether it is there; "" where none asks
	Required bool
}

// Party is somebody who may file.
type Party struct {
	ID          string
	Title       Texts
	Claimants   []string // for which kinds of claimant; none named is all
	Categories  []string // in which categories; none named is all
	Mandate     string   // the field that shows the mandate; "" where none is needed
	MandateText Texts    // what shows it
	Basis       string
}

// OwnParty is the question who files, and its answer of somebody who files for
// themselves: the one party that needs no mandate. It is not ok where nobody is
// asked, or several parties need none.
func (e *Edition) OwnParty() (field, party string, ok bool) {
	for i := range e.Parties {
		if p := &e.Parties[i]; p.Mandate == "" {
			if party != "" {
				return "", "", false
			}
			party = p.ID
		}
	}
	return e.party, party, e.party != "" && party != ""
}

// PartyOf is the party that these public answers, canonical texts by field, say
// files.
func (e *Edition) PartyOf(public map[string]string) (*Party, bool) {
	id, answered := public[e.party]
	if !answered {
		return nil, false
	}
	for i := range e.Parties {
		if e.Parties[i].ID == id {
			return &e.Parties[i], true
		}
	}
	return nil, false
}

// Identity says which answers, all the same, make two claimants one person.
type Identity struct {
	ID     string
	Fields []string
	Likely bool // it is a reason to look, no more
	Basis  string
}

// Moment is from when a time is reckoned: an event in a claim's life.
type Moment string

// Deadline is how long somebody has.
type Deadline struct {
	ID         string
	Categories []string
	For        string // claimant, register, commission or fund
	From       Moment
	Within     day.Period
	Text       Texts // what must be done
	Basis      string
}

// Ends is the last day, where the moment that it is reckoned from was on that
// day.
func (d Deadline) Ends(from day.Date) day.Date { return d.Within.After(from) }

// Retention is how long something is kept.
type Retention struct {
	ID      string
	Of      string // answers, evidence, letters, traces or drafts
	Class   Class  // "" for all
	From    Moment
	Keep    day.Period
	ForGood bool // there is no end
	Basis   string
}

// Transition says what becomes of the claims of an earlier edition.
type Transition struct {
	From       string            // its number
	Move       bool              // those that are undecided come under this one; otherwise they stay
	Categories map[string]string // by old category: the one that it is here; the others keep their id
	Basis      string
}

// Moved is a claim of an earlier edition as this one sees it, where a transition
// moves it; otherwise it stays under its own and ok is false.
func (e *Edition) Moved(from string, c Case) (moved Case, ok bool) {
	for i := range e.Transitions {
		t := &e.Transitions[i]
		if t.From != from {
			continue
		}
		if to, renamed := t.Categories[c.Category]; renamed {
			c.Category = to
		}
		_, known := e.categories[c.Category]
		return c, t.Move && known
	}
	return c, false
}

// Receives reports whether a claim of the category that came in on that day may
// be filed. The faults are rulebook.category-unknown, rulebook.category-not-open
// (category, opens), rulebook.category-not-opened (category) and
// rulebook.category-closed (category, closes).
func (e *Edition) Receives(category string, on day.Date) error {
	c, ok := e.categories[category]
	switch {
	case !ok:
		return fault.New(fault.Invalid, "rulebook.category-unknown", "programme", e.ID, "category", category)
	case c.NotOpen:
		return fault.New(fault.Conflict, "rulebook.category-not-opened", "category", c.Name())
	case !c.Opens.IsZero() && on.Before(c.Opens):
		return fault.New(fault.Conflict, "rulebook.category-not-open", "category", c.Name(), "opens", c.Opens)
	case !c.Closes.IsZero() && on.After(c.Closes):
		return fault.New(fault.Conflict, "rulebook.category-closed", "category", c.Name(), "closes", c.Closes)
	}
	return nil
}

// Name is the code that the programme uses, or the id.
func (c *Category) Name() string {
	if c.Code != "" {
		return c.Code
	}
	return c.ID
}

// RecordsOnly reports whether the programme records claims and values none.
func (e *Edition) RecordsOnly() bool { return e.recordsOnly }
