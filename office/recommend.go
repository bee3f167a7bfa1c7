package office

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Recommending is what goes with a list to the board.
type Recommending struct {
	RestsOn   []int64 // resolutions, by number, that the list rests on
	Technique string  // by which the list was made; "" for none
	Group     string  // what its claims have in common, as a code; "" for nothing
}

// Listed is what an act on a list answers.
type Listed struct {
	Ref docket.Ref
	board.Summary
	Left []string // names of claims left out of a decision: no longer as they were recommended
}

// Recommend asks the board to record or refuse examined claims: one list, with
// what was found of each test of each. Claims that lack something can't be
// recommended (claim.finding-differs): they are found deficient first. A list
// of like claims needs the board's approval of that technique where the
// programme has a board.
func (o *Office) Recommend(ctx context.Context, by By, programme string, examined []Examination, with Recommending) (Listed, error) {
	var answer Listed
	request := struct {
		Claims []claim.ID
		With   Recommending
	}{asked(examined), with}
	_, err := o.perform(ctx, ActRecommend, by, programme, request, &answer, func(p *performance) error {
		last, err := p.lastList()
		if err != nil {
			return err
		}
		answer.Summary = board.Summary{List: last + 1, RestsOn: with.RestsOn, Technique: with.Technique, Group: with.Group}
		relies, err := p.listRelies(&answer.Summary)
		if err != nil {
			return err
		}
		steps, err := p.current(examined, func(c claim.Claim, f rulebook.Finding) (claim.Event, error) { return nil, nil })
		if err != nil {
			return err
		}
		if err := p.unblocked(steps); err != nil {
			return err
		}
		for i := range steps {
			e := &examined[i]
			f, err := e.Recommended()
			if err != nil {
				return err
			}
			if steps[i].event, err = e.claim.Recommend(f, e.tests); err != nil {
				return err
			}
			answer.count(f.Outcome)
		}
		if answer.Summary, err = board.Recommend(answer.Summary); err != nil {
			return err
		}
		env := docket.Envelope{Stream: board.Stream(programme, last+1), Version: 1, Kind: board.KindRecommended, ReliesOn: relies}
		if answer.Ref, err = p.stepAll(env, answer.Summary, steps); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return answer, err
}

func (l *Listed) count(outcome rulebook.FindingOutcome) {
	l.Claims++
	switch outcome {
	case rulebook.Record:
		l.Record++
	case rulebook.Refuse:
		l.Refuse++
	default:
		l.SentBack++
	}
}

// listRelies checks what a list rests on and how it was made, and answers the
// places of the resolutions.
func (p *performance) listRelies(s *board.Summary) ([]docket.Ref, error) {
	if s.Group != "" && !docket.IsCode(s.Group) {
		return nil, fault.New(fault.Invalid, "board.not-a-code", "sort", "group")
	}
	if s.Group != "" && s.Technique == "" {
		s.Technique = board.TechniqueGrouping
	}
	relies, err := p.restsOn(s.RestsOn)
	if err != nil || s.Technique == "" {
		return relies, err
	}
	if !slices.Contains(board.Techniques(), s.Technique) {
		return nil, fault.New(fault.Invalid, "board.technique-unknown", "sort", board.Technique, "of", s.Technique)
	}
	approval, err := p.technique(s.Technique, s.Group)
	return append(relies, approval...), err
}

func (p *performance) lastList() (int64, error) {
	lists, err := p.tx.Lists(p.programme.ID)
	if err != nil || len(lists) == 0 {
		return 0, err
	}
	return lists[0].Number, nil
}

// Recommended is what follows from the tests, where a person found otherwise
// than the rules: with every test met the claim is recorded; one that isn't met
// refuses it, on its ground.
func (e Examination) Recommended() (rulebook.Finding, error) {
	f := e.finding
	if f.Outcome == rulebook.Deficient || !slices.ContainsFunc(e.tests, func(t claim.TestFinding) bool { return t.By != claim.ByRule }) {
		return f, nil
	}
	f.Outcome, f.Rule, f.Ground = rulebook.Record, "", ""
	for _, t := range e.tests {
		switch t.Result {
		case claim.TestNotMet:
			f.Outcome, f.Rule, f.Ground = rulebook.Refuse, t.Rule, t.Ground
			return f, nil
		case claim.TestOpen:
			return f, fault.New(fault.Conflict, "claim.test-open", "claim", e.claim.Name(), "test", t.Test)
		}
	}
	return f, nil
}

// Result is what the board makes of one claim of a list.
type Result struct {
	Outcome rulebook.FindingOutcome // Record, Refuse or SendBack
	Ground  string                  // of the edition, for a refusal that wasn't recommended
	Reason  string                  // a code: why it is sent back
}

// SendBack is the result by which the board decides neither way.
const SendBack rulebook.FindingOutcome = "send-back"

// Deciding is the board's decision on a list.
type Deciding struct {
	Results  map[claim.ID]Result // those that differ from the recommendation
	Reason   string              // of the whole decision, as a code
	Reasons  string              // in words: sealed beside each claim
	Document *docket.Hash        // SHA-256 of the document that gives the reasons, nil for none
	RestsOn  []int64             // further resolutions that the decision rests on
}

// mostReasons bounds the words of a decision: they stand sealed beside each of
// its claims.
const mostReasons = 8192

// reasonsBlob is the name of the words of a decision beside each of its claims.
const reasonsBlob = "decision.reasons"

// DecideList records or refuses what was recommended in a list: one reasoned
// decision with a result for each claim, as recommended unless Results says
// otherwise. A claim that has moved on since is left out and named. Who
// recommended doesn't decide, and nothing is decided that wasn't recommended.
func (o *Office) DecideList(ctx context.Context, by By, programme string, number int64, d Deciding) (Listed, error) {
	if len(d.Reasons) > mostReasons {
		return Listed{}, fault.New(fault.Invalid, "board.reasons-long", "most", mostReasons)
	}
	var answer Listed
	request := struct {
		Number int64
		Deciding
	}{number, d}
	_, err := o.perform(ctx, ActDecideList, by, programme, request, &answer, func(p *performance) error {
		list, err := p.list(number)
		if err != nil {
			return err
		}
		answer.Summary = board.Summary{List: number, RestsOn: d.RestsOn, Reason: d.Reason, Document: d.Document}
		made := docket.Ref{Stream: board.Stream(programme, number), Version: 1}
		steps, err := p.decideList(made, d, &answer)
		if err != nil {
			return err
		}
		// A file that came since and can't be used leaves its claim undecided.
		if err := p.unblocked(decides(steps)); err != nil {
			return err
		}
		grounds := slices.Concat(list.Said.RestsOn, d.RestsOn)
		if answer.SentBack == answer.Claims { // a list whose ground is gone can go back, and no other way
			grounds = d.RestsOn
		}
		relies, err := p.restsOn(grounds)
		if err != nil {
			return err
		}
		if answer.Summary, err = list.Decide(p.by.Actor.id, p.by.Second.id, answer.Summary); err != nil {
			return err
		}
		env := docket.Envelope{
			Stream: made.Stream, Version: list.Version + 1, Kind: board.KindDecided, ReliesOn: append([]docket.Ref{made}, relies...),
		}
		if answer.Ref, err = p.stepAll(env, answer.Summary, steps); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return answer, err
}

// decideList turns the rows of a recommendation into the board's results, for
// the claims that still stand as they were recommended.
func (p *performance) decideList(made docket.Ref, d Deciding, answer *Listed) ([]step, error) {
	rows, err := p.annexOf(made)
	if err != nil {
		return nil, err
	}
	ids := make([]claim.ID, len(rows))
	for i, row := range rows {
		ids[i] = claim.ID(row.Stream.ID())
	}
	claims, err := p.tx.Claims(ids)
	if err != nil {
		return nil, err
	}
	listed := make(map[claim.ID]bool, len(ids))
	for _, id := range ids {
		listed[id] = true
	}
	for id := range d.Results {
		if !listed[id] {
			return nil, fault.New(fault.Invalid, "board.not-in-list", "list", answer.List, "claim", id)
		}
	}
	serial := p.programme.LastSerial
	var steps []step
	for i, c := range claims {
		if !c.Stands(rows[i].Version) {
			answer.LeftOut++
			answer.Left = append(answer.Left, c.Name())
			continue
		}
		event, err := p.resultOf(c, d.Results[c.ID], &serial)
		if err != nil {
			return nil, err
		}
		answer.count(outcomeOf(event))
		s := step{claim: c, event: event}
		if d.Reasons != "" {
			s.seal = []Item{{Class: string(rulebook.Internal), Name: reasonsBlob, Payload: []byte(d.Reasons)}}
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// decides are the steps that decide their claims.
func decides(steps []step) []step {
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return outcomeOf(s.event) == SendBack })
}

func outcomeOf(e claim.Event) rulebook.FindingOutcome {
	switch e.(type) {
	case claim.RecordedEvent:
		return rulebook.Record
	case claim.RefusedEvent:
		return rulebook.Refuse
	}
	return SendBack
}

// resultOf is what the board makes of a claim: what was recommended, unless it
// says otherwise. A claim that had a number keeps it.
func (p *performance) resultOf(c claim.Claim, r Result, serial *int64) (claim.Event, error) {
	asked := c.Register.Recommended
	ground, rule := asked.Ground, asked.Rule
	if r.Outcome == "" {
		r.Outcome = asked.Outcome
	}
	switch r.Outcome {
	case rulebook.Record:
		if c.Number != "" {
			return c.RecordRecommended(c.Number)
		}
		*serial++
		return c.RecordRecommended(claim.NewNumber(p.edition.Programme.NumberPrefix, *serial))
	case rulebook.Refuse:
		edition, err := p.o.edition(p.tx, c.Edition)
		if err != nil {
			return nil, err
		}
		if r.Ground != "" && r.Ground != ground {
			if ground, rule, err = groundOf(edition, c, r.Ground); err != nil {
				return nil, err
			}
		}
		return c.RefuseRecommended(ground, rule)
	case SendBack:
		return c.SendBack(r.Reason)
	}
	return nil, fault.New(fault.Invalid, "board.result", "claim", c.Name(), "result", r.Outcome)
}

// groundOf is a ground of the edition with the rule of eligibility that has it.
func groundOf(e *rulebook.Edition, c claim.Claim, ground string) (_, rule string, err error) {
	if _, ok := e.Ground(ground); !ok {
		return "", "", fault.New(fault.Invalid, "board.no-such-ground", "claim", c.Name(), "ground", ground)
	}
	for _, r := range e.Eligibility {
		if r.Ground == ground && (len(r.Categories) == 0 || slices.Contains(r.Categories, c.Category)) {
			return ground, r.ID, nil
		}
	}
	return "", "", fault.New(fault.Invalid, "board.no-such-ground", "claim", c.Name(), "ground", ground)
}

func (p *performance) list(number int64) (board.List, error) {
	list, err := p.tx.List(p.programme.ID, number)
	if err != nil {
		return list, noList(err, p.programme.ID, number)
	}
	return list, nil
}

// annexOf are the rows of an entry's annex.
func (p *performance) annexOf(ref docket.Ref) (rows []docket.Row, err error) {
	entry, err := p.tx.Entry(ref)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ref, err)
	}
	env, err := entry.Open()
	if err != nil {
		return nil, err
	}
	if env.Annex == nil {
		return nil, fault.New(fault.Unsound, "office.no-annex", "entry", ref)
	}
	for row, err := range p.tx.AnnexRows(env.Annex.Root) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row.Row)
	}
	return rows, nil
}

// ListItem is one claim of a list: what was recommended, and how it stands now.
type ListItem struct {
	Claim       claim.Claim
	Recommended claim.RecommendedEvent
	Version     docket.Version // of the recommendation in the claim's stream
	Stands      bool           // it still stands
}

// ListItems are the claims of a list, in its order.
func (o *Office) ListItems(ctx context.Context, programme string, number int64) (list board.List, items []ListItem, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		items = nil
		if list, err = r.List(programme, number); err != nil {
			return noList(err, programme, number)
		}
		entry, err := r.Entry(docket.Ref{Stream: board.Stream(programme, number), Version: 1})
		if err != nil {
			return err
		}
		env, err := entry.Open()
		if err != nil || env.Annex == nil {
			return fmt.Errorf("read list %d: %w", number, err)
		}
		for row, err := range r.AnnexRows(env.Annex.Root) {
			if err != nil {
				return err
			}
			event, err := openEvent[claim.RecommendedEvent](row.Row)
			if err != nil {
				return err
			}
			c, err := r.Claims([]claim.ID{claim.ID(row.Stream.ID())})
			if err != nil {
				return err
			}
			items = append(items, ListItem{Claim: c[0], Recommended: event, Version: row.Version, Stands: c[0].Stands(row.Version)})
		}
		return nil
	})
	return list, items, err
}

func noList(err error, programme string, number int64) error {
	if errors.Is(err, store.ErrNone) {
		return fault.New(fault.NotFound, "board.no-list", "programme", programme, "list", number)
	}
	return err
}
