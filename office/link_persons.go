package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// LinkPersons enters, by hand and on a ground, that two claims of a programme
// are of the same person: one entry in the stream of each, in one act. Rules of
// valuation that ask for it, linked("b"), see it from then on; what was decided
// before stays decided.
func (o *Office) LinkPersons(ctx context.Context, by By, programme string, one, other claim.ID, ground string) (Done, error) {
	return o.linking(ctx, ActLinkPersons, by, programme, linkAsked{one, other, ground}, claim.Claim.Link)
}

// LinkObjects enters, likewise, that two claims of different persons are of the
// same object: co-owners claim each for themselves.
func (o *Office) LinkObjects(ctx context.Context, by By, programme string, one, other claim.ID, ground string) (Done, error) {
	return o.linking(ctx, ActLinkPersons, by, programme, linkAsked{one, other, ground}, claim.Claim.LinkObject)
}

// UnlinkPersons takes such a link back.
func (o *Office) UnlinkPersons(ctx context.Context, by By, programme string, one, other claim.ID, ground string) (Done, error) {
	return o.linking(ctx, ActUnlinkPersons, by, programme, linkAsked{one, other, ground}, claim.Claim.Unlink)
}

// linkAsked is what an idempotency key of these acts stands for.
type linkAsked struct {
	One, Other claim.ID
	Ground     string
}

func (o *Office) linking(ctx context.Context, act Act, by By, programme string, asked linkAsked,
	decide func(c, other claim.Claim, ground string, linked []claim.Linked) (claim.Event, error),
) (Done, error) {
	done := Done{Claims: 2}
	_, err := o.perform(ctx, act, by, programme, asked, &done, func(p *performance) error {
		one, err := p.claim(asked.One)
		if err != nil {
			return err
		}
		other, err := p.claim(asked.Other)
		if err != nil {
			return err
		}
		p.about = "" // it is about two claims
		for _, pair := range [][2]claim.Claim{{other, one}, {one, other}} {
			linked, err := linksOf(p.tx, pair[0].ID)
			if err != nil {
				return err
			}
			event, err := decide(pair[0], pair[1], asked.Ground, linked)
			if err != nil {
				return err
			}
			if done.Ref, err = p.stepAll(docket.Envelope{}, nil, []step{{claim: pair[0], event: event}}); err != nil {
				return movedOn(err)
			}
		}
		return movedOn(p.commit())
	})
	return done, err
}

// linksOf are the claims that stand linked with one, by its stream.
func linksOf(r store.Reader, id claim.ID) ([]claim.Linked, error) {
	history, err := r.History(id.Stream())
	if err != nil {
		return nil, err
	}
	var events []claim.Event
	for _, s := range history {
		step, err := openStep(s)
		if err != nil {
			return nil, err
		}
		if step.Kind != claim.KindLinked && step.Kind != claim.KindUnlinked {
			continue
		}
		event, err := claim.Decode(step.Kind, step.Facts)
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return claim.Links(events), nil
}

// linked are the claims linked with one as the rules see them: what is public of
// each, and what it came to. Where the person doesn't claim any more, withdrawn
// or refused, there is no link.
func (o *Office) linked(r store.Reader, id claim.ID) ([]rulebook.Link, error) {
	linked, err := linksOf(r, id)
	if err != nil {
		return nil, err
	}
	ids, alone := make([]claim.ID, len(linked)), make(map[claim.ID]bool, len(linked))
	for i, l := range linked {
		ids[i], alone[l.ID] = l.ID, l.Object
	}
	others, err := r.Claims(ids)
	if err != nil {
		return nil, err
	}
	var links []rulebook.Link
	for _, c := range others {
		if c.Standing == claim.Withdrawn || c.Standing == claim.Refused {
			continue
		}
		edition, err := o.edition(r, c.Edition)
		if err != nil {
			return nil, err
		}
		link := rulebook.Link{Claim: c.Name(), Category: c.Category, Person: !alone[c.ID]}
		if c.Outcome == claim.Award {
			link.Award = c.Award
		}
		if link.Answers, err = edition.Read(c.Category, c.Answers); err != nil {
			return nil, err
		}
		links = append(links, link)
	}
	return links, nil
}

// findLinks finds the links of those claims whose valuation reads them. What the
// rules said when sensitive answers were sent knew of none: such a claim is
// valued anew on the answers that the server can read, where no rule looks into
// the others.
func (p *performance) findLinks(list []material) error {
	for i := range list {
		m := &list[i]
		if !m.edition.ReadsLinks(m.claim.Category) {
			continue
		}
		var err error
		if m.links, err = p.o.linked(p.tx, m.claim.ID); err != nil {
			return err
		}
		if len(m.links) == 0 || !m.sensitive {
			continue
		}
		if _, needed := m.edition.Withhold(m.claim.Category, m.claim.Blank, nil); len(needed) > 0 {
			return fault.New(fault.Conflict, "office.linked-after-sending", "claim", m.claim.Name())
		}
		m.sensitive, m.withheld = false, true
	}
	return nil
}
