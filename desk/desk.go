// Package desk is the officers' side of sensitive answers: it takes what the
// server fetched, opens it with a key that the server doesn't hold, runs the
// rules over it again and tries another edition on it. It works on an officer's
// own machine, without an installation and without a network.
package desk

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

// Key opens what is sealed to the desk.
type Key interface {
	Open(claim, class, name string, inner []byte) (payload []byte, salt docket.Salt, err error)
}

// mostBytes bounds a file from the server: a thousand claims with answers of
// many pages.
const mostBytes = 1 << 30

// Read reads a file that the server fetched for the desk.
func Read(path string) (office.DeskFile, error) {
	var file office.DeskFile
	f, err := os.Open(path)
	if err != nil {
		return file, err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, mostBytes)).Decode(&file); err != nil || file.Format != office.DeskFormat {
		return file, fault.New(fault.Invalid, "desk.file-form", "file", path)
	}
	return file, nil
}

// Claim is one claim, opened.
type Claim struct {
	office.DeskClaim
	Rules   *rulebook.Edition
	Answers map[string]string // all of them, by field
	Checks  []Check           // of each blob
	Sent    office.Judged     // what the rules said when the answers were sent
}

// Check says whether one blob is what the docket commits to.
type Check struct {
	Entry docket.Ref  `json:"entry"`
	In    *docket.Ref `json:"in,omitempty"`
	Name  string      `json:"name"`
	Fits  bool        `json:"fits"`
}

// Fits reports that every blob is what the docket commits to.
func (c Claim) Fits() bool {
	return !slices.ContainsFunc(c.Checks, func(k Check) bool { return !k.Fits })
}

// Open opens every claim of a file.
func Open(file office.DeskFile, key Key) ([]Claim, error) {
	editions := map[docket.Hash]*rulebook.Edition{}
	claims := make([]Claim, len(file.Claims))
	for i, c := range file.Claims {
		if editions[c.Edition] == nil {
			e, err := rulebook.Parse("edition "+c.Edition.String(), file.Editions[c.Edition.String()])
			if err != nil || docket.Hash(e.Hash) != c.Edition {
				return nil, fault.New(fault.Unsound, "desk.edition-differs", "claim", c.Name())
			}
			editions[c.Edition] = e
		}
		claims[i] = Claim{DeskClaim: c, Rules: editions[c.Edition], Answers: maps.Clone(c.Public)}
		if claims[i].Answers == nil {
			claims[i].Answers = map[string]string{}
		}
		if err := claims[i].open(key); err != nil {
			return nil, fmt.Errorf("claim %s: %w", c.Name(), err)
		}
	}
	return claims, nil
}

// open opens a claim's blobs, the oldest first: of answers given twice the
// later ones count, and of outcomes the latest, with the traces beside them.
func (c *Claim) open(key Key) error {
	for _, b := range c.Blobs {
		if b.Entry.Stream != c.Claim.Stream() || b.As != b.SealedAs() {
			return fault.New(fault.Unsound, "desk.place", "entry", b.Entry)
		}
		payload, salt, err := key.Open(string(c.Claim), string(rulebook.Sensitive), b.As, b.Sealed)
		if err != nil {
			return err
		}
		if b.Fetched { // sealed again for the way: its own salt, then what it holds
			if len(payload) < len(salt) {
				return fault.New(fault.Unsound, "desk.place", "entry", b.Entry)
			}
			salt, payload = docket.Salt(payload[:len(salt)]), payload[len(salt):]
		}
		fits := docket.BlobCommitment(salt, payload) == b.Commitment
		c.Checks = append(c.Checks, Check{Entry: b.Entry, In: b.In, Name: b.Name, Fits: fits})
		if err := c.take(b.Name, payload); err != nil {
			return fmt.Errorf("read %s of %s: %w", b.Name, b.Entry, err)
		}
	}
	return nil
}

func (c *Claim) take(name string, payload []byte) error {
	switch {
	case strings.HasPrefix(name, office.AnswersPrefix):
		return json.Unmarshal(payload, &c.Answers)
	case name == office.OutcomesBlob:
		c.Sent.Outcomes = office.Outcomes{}
		return json.Unmarshal(payload, &c.Sent.Outcomes)
	case name == office.SentExaminedBlob:
		c.Sent.Examined = &rulebook.Trace{}
		return json.Unmarshal(payload, c.Sent.Examined)
	case name == office.SentAssessedBlob:
		c.Sent.Assessed = &rulebook.Trace{}
		return json.Unmarshal(payload, c.Sent.Assessed)
	}
	return nil
}

// Line sets one rule's work then beside its work now.
type Line struct {
	Rule string `json:"rule"`
	Sent string `json:"sent,omitempty"` // what it came to when the answers were sent; "" where it wasn't reached
	Now  string `json:"now,omitempty"`
	Same bool   `json:"same"` // the outcome, and what was read
}

// Rerun is a claim judged again under its own edition.
type Rerun struct {
	Same  bool            `json:"same"` // the outcomes, rule by rule
	Sent  office.Outcomes `json:"sent"`
	Now   office.Outcomes `json:"now"`
	Lines []Line          `json:"lines"`
}

// Rerun runs the rules again over all answers and compares with what they said
// when the answers were sent.
func (c Claim) Rerun() (Rerun, error) {
	answers, err := c.Rules.Read(c.Category, c.Answers)
	if err != nil {
		return Rerun{}, err
	}
	now, err := office.Judge(c.Rules, c.hearing(answers))
	if err != nil {
		return Rerun{}, err
	}
	r := Rerun{Sent: c.Sent.Outcomes, Now: now.Outcomes}
	r.Lines = append(compare(c.Sent.Examined, now.Examined), compare(c.Sent.Assessed, now.Assessed)...)
	r.Same = equal(r.Sent, r.Now) && !slices.ContainsFunc(r.Lines, func(l Line) bool { return !l.Same })
	return r, nil
}

func (c Claim) hearing(answers rulebook.Answers) rulebook.Case {
	return rulebook.Case{Category: c.Category, Claimant: c.Claimant, Received: c.Received, Answers: answers}
}

// compare sets the steps of two traces side by side.
func compare(sent, now *rulebook.Trace) []Line {
	steps := func(t *rulebook.Trace) []rulebook.Step {
		if t == nil {
			return nil
		}
		return t.Steps
	}
	was, is := steps(sent), steps(now)
	lines := make([]Line, max(len(was), len(is)))
	for i := range lines {
		l := &lines[i]
		if i < len(was) {
			l.Rule, l.Sent = was[i].Rule, was[i].Outcome
		}
		if i < len(is) {
			l.Rule, l.Now = is[i].Rule, is[i].Outcome
		}
		l.Same = i < len(was) && i < len(is) && was[i].Rule == is[i].Rule && l.Sent == l.Now && slices.Equal(was[i].Inputs, is[i].Inputs)
	}
	return lines
}

func equal(a, b office.Outcomes) bool {
	one, errA := docket.Marshal(a)
	other, errB := docket.Marshal(b)
	return errA == nil && errB == nil && string(one) == string(other)
}

// Preview is what another edition would say of a claim.
type Preview struct {
	Same     bool            `json:"same"` // as when the answers were sent
	Sent     office.Outcomes `json:"sent"`
	Would    office.Outcomes `json:"would"`
	NotAsked []string        `json:"not_asked,omitempty"` // answered fields that the other edition doesn't ask for
}

// Preview judges the claim under another edition of its programme, as far as
// the answers that it has go.
func (c Claim) Preview(other *rulebook.Edition) (Preview, error) {
	if other.ID != c.Programme {
		return Preview{}, fault.New(fault.Invalid, "desk.preview-other", "programme", other.ID, "claims", c.Programme)
	}
	category, ok := other.Category(c.Category)
	if !ok {
		return Preview{}, fault.New(fault.Invalid, "rulebook.category-unknown", "programme", other.ID, "category", c.Category)
	}
	p := Preview{Sent: c.Sent.Outcomes}
	asked := map[string]string{}
	for field, text := range c.Answers {
		if slices.Contains(category.Asks, field) {
			asked[field] = text
		} else {
			p.NotAsked = append(p.NotAsked, field)
		}
	}
	slices.Sort(p.NotAsked)
	answers, err := other.Read(c.Category, asked)
	if err != nil {
		return Preview{}, err
	}
	would, err := office.Judge(other, c.hearing(answers))
	p.Would = would.Outcomes
	p.Same = equal(p.Sent, p.Would)
	return p, err
}
