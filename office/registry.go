package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Registry is another body's register, asked for what it holds under a key.
type Registry interface {
	// Name is its short code: "civil-status".
	Name() string
	// Fields are those that it can answer, by field id.
	Fields() []string
	// LookUp is what it holds under a key, canonical texts by field; nil where it
	// holds nothing. An error says that it doesn't answer.
	LookUp(ctx context.Context, key string) (map[string]string, error)
}

// lookUpWithin is how long a registry may take: a claimant waits for it.
const lookUpWithin = 5 * time.Second

// PurposeRegistry is why a registry is asked: to fill in a form or to check it.
const PurposeRegistry = "registry-lookup"

// From says where the text of an answer comes from.
type From struct {
	Registry string         `json:"registry"`
	At       docket.Instant `json:"at"`
}

// Prefill is what a registry answered: the texts of fields, with where and when
// they are from.
type Prefill struct {
	From
	Texts map[string]string // by field; none where the registry holds nothing
}

// LookUp asks a registry about a draft or claim, and keeps first, in the reading
// log, that it was asked: which one, when, by whom. The key itself is not kept.
// Where the registry doesn't answer the fault is registry.down (registry): what
// it would have filled in is then answered by hand, and stands as not verified.
func (o *Office) LookUp(ctx context.Context, by By, programme, of, name, key string) (Prefill, error) {
	asked := Prefill{From: From{Registry: name}}
	at := slices.IndexFunc(o.Registries, func(r Registry) bool { return r.Name() == name })
	if at < 0 {
		return asked, fault.New(fault.NotFound, "registry.none", "registry", clip(name))
	}
	_, err := o.perform(ctx, ActLookUp, By{Actor: by.Actor}, programme, nil, nil, func(p *performance) error {
		if err := p.reaches(claim.ID(of)); err != nil {
			return err
		}
		asked.At = p.instant
		return p.log([]Reading{{
			Instant: p.instant, Programme: programme, Claim: claim.ID(of), Actor: by.Actor.id, Capacity: p.capacity,
			Purpose: PurposeRegistry, Opened: []string{}, Manner: ByRule, Registry: name,
		}})
	})
	if err != nil {
		return asked, err
	}
	ctx, done := context.WithTimeout(ctx, lookUpWithin)
	defer done()
	if asked.Texts, err = o.Registries[at].LookUp(ctx, key); err != nil {
		return asked, errors.Join(fault.New(fault.Conflict, "registry.down", "registry", name), fmt.Errorf("ask %s: %w", name, err))
	}
	return asked, nil
}

// Prefilled is what the form said of an answer when it was filled in.
type Prefilled struct {
	From
	Text string // as the registry gave it; "" where it didn't answer
}

// Provenance is where the answers of a claim come from, as far as a registry
// could have given them. It rests sealed beside the filing.
type Provenance struct {
	Fields     map[string]From `json:"fields,omitempty"`     // as a registry gave them, unchanged
	Unverified []string        `json:"unverified,omitempty"` // given by hand: the registry was down, held something else or nothing
}

// provenanceBlob is the name of what says where answers come from.
const provenanceBlob = "provenance"

// provenance sorts the answers of a filing by where they come from.
func (f Filing) provenance() Provenance {
	at := Provenance{Fields: map[string]From{}}
	for field, was := range f.Prefilled {
		text, answered := f.Answers[field]
		switch {
		case !answered:
		case was.Text != "" && was.Text == text:
			at.Fields[field] = was.From
		default:
			at.Unverified = append(at.Unverified, field)
		}
	}
	slices.Sort(at.Unverified)
	return at
}

// carryLookUps enters, for new claims whose drafts had another id, which
// registries were asked about those: whoever may see the claim's readings sees
// them.
func (p *performance) carryLookUps(fresh []*prepared) error {
	var lines []Reading
	for _, f := range fresh {
		if f.filing.Becomes != "" {
			continue // the questions stand under the claim's own id
		}
		seen := map[From]bool{}
		for _, was := range f.filing.Prefilled {
			if was.At.IsZero() || seen[was.From] {
				continue
			}
			seen[was.From] = true
			lines = append(lines, Reading{
				Instant: p.instant, Programme: p.programme.ID, Claim: f.id, Actor: p.by.Actor.id, Capacity: p.capacity,
				Purpose: PurposeRegistry, Opened: []string{}, Manner: ByRule, Registry: was.Registry, Asked: &was.At,
			})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	slices.SortFunc(lines, func(a, b Reading) int {
		return a.Asked.Compare(b.Asked.Time)
	})
	return p.log(lines)
}
