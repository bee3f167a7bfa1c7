package ask

import (
	"context"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Accession is whether a candidate may be taken in on a day.
type Accession struct {
	roll.Accession
	KnownOn *day.Date `json:"known_on"`
	Text    string    `json:"text"`    // the outcome in a sentence: blocked by whom
	Blocks  []Blocker `json:"blocks"`  // who blocks, by name
	Changes []Said    `json:"changes"` // what would have to change, in sentences
	Sources []Source  `json:"sources"`
}

// Blocker is a member that blocks.
type Blocker struct {
	roll.Ref
	Stance string `json:"stance"`
}

// Accession answers whether a body may take a state in on a day: by its rule of
// admission and what each member has declared.
func (d *Desk) Accession(ctx context.Context, body, candidate string, q Query) (Accession, error) {
	t, err := d.times(q)
	if err != nil {
		return Accession{}, err
	}
	ids, err := d.find(ctx, t, bodies, body)
	if err != nil {
		return Accession{}, err
	}
	candidates, err := d.find(ctx, t, []roll.Sort{roll.State, roll.Body}, candidate)
	if err != nil {
		return Accession{}, err
	}
	record, err := d.about(ctx, t.known, ids[0], candidates[0])
	if err != nil {
		return Accession{}, err
	}
	a, err := record.Accession(ids[0], candidates[0], t.on)
	if err != nil {
		return Accession{}, err
	}
	answer := Accession{Accession: a, KnownOn: dated(t.known), Blocks: []Blocker{}, Changes: []Said{}}
	names := map[string]string{a.Candidate.Label(): a.Candidate.Name}
	var from sources
	from.rated(a.Rule)
	if a.Cited != nil {
		from.add(*a.Cited)
	}
	for _, p := range slices.Concat(a.Application, a.Positions) {
		names[p.By.Label()] = p.By.Name
		from.add(p.Cited...)
		if slices.Contains(a.BlockedBy, p.By.Label()) {
			answer.Blocks = append(answer.Blocks, Blocker{p.By, p.Stance})
		}
	}
	blockers := make([]string, len(answer.Blocks))
	for i, b := range answer.Blocks {
		blockers[i] = b.Name
	}
	answer.Text = d.said("ask.accession."+a.Outcome, "body", a.Body.Name, "candidate", a.Candidate.Name, "blockers", strings.Join(blockers, ", "),
		"unknown", len(a.NotKnown), "on", a.On).Text
	for _, c := range a.WouldChange {
		answer.Changes = append(answer.Changes, d.said("ask.change."+c.What, "who", names[c.Who], "candidate", a.Candidate.Name, "body", a.Body.Name))
	}
	answer.Sources = from.list()
	return answer, nil
}
