package office

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
)

// Case is one claim of the draft as the rules see it: what was answered for it,
// and what another claim of the draft has already (rulebook.Carry), of which
// carried tells. What isn't asked, given the other answers, is left out of the
// case and stays in the draft: nothing is lost on going back.
func (d *OwnDraft) Case(e *rulebook.Edition, id string, today day.Date) (c rulebook.Case, carried map[string]rulebook.Carried, err error) {
	own, ok := d.Claim(id)
	if !ok {
		return c, nil, noDraft()
	}
	category, ok := e.Category(own.Category)
	if !ok {
		return c, nil, e.Receives(own.Category, today)
	}
	to := own.drafted(e)
	answers := maps.Clone(to.Answers)
	carried = e.Carry(to, d.others(e, own))
	for field := range own.Apart {
		delete(carried, field)
	}
	for field, from := range carried {
		answers[field] = from.Value
	}
	c = rulebook.Case{Category: own.Category, Claimant: claimantOf(category), Received: today, Answers: answers}
	return c, carried, prune(e, &c)
}

// claimantOf is who claims in a category where its form doesn't ask: a person,
// where people may.
func claimantOf(c *rulebook.Category) string {
	if slices.Contains(c.Claimants, "individual") {
		return "individual"
	}
	return c.Claimants[0]
}

// prune takes out of a case what isn't asked, until all that is left is asked:
// an answer may have been asked for the sake of one that isn't any more.
func prune(e *rulebook.Edition, c *rulebook.Case) error {
	for {
		asked, err := e.Asked(*c)
		if err != nil {
			return err
		}
		before := len(c.Answers)
		maps.DeleteFunc(c.Answers, func(id string, _ rulebook.Value) bool { return !slices.Contains(asked, id) })
		if len(c.Answers) == before {
			return nil
		}
	}
}

// others are the other claims of the draft, the same person's first.
func (d *OwnDraft) others(e *rulebook.Edition, of *OwnClaim) []rulebook.Drafted {
	var same, rest []rulebook.Drafted
	for i := range d.Claims {
		switch c := &d.Claims[i]; {
		case c.ID == of.ID:
		case c.Person == of.Person:
			same = append(same, c.drafted(e))
		default:
			rest = append(rest, c.drafted(e))
		}
	}
	return append(same, rest...)
}

// drafted is the claim as the edition reads it; what it can't read any more, of an
// earlier edition, is none.
func (c *OwnClaim) drafted(e *rulebook.Edition) rulebook.Drafted {
	d := rulebook.Drafted{Person: c.Person, Event: c.Event, Category: c.Category, Answers: rulebook.Answers{}}
	for id, text := range c.Answers {
		if one, err := e.Read(c.Category, map[string]string{id: text}); err == nil {
			maps.Copy(d.Answers, one)
		}
	}
	return d
}

// Answer sets one answer of a claim. Where the edition shares it with other
// claims of the draft it holds for them too: what they have of their own gives
// way, unless apart says that it is for this claim alone, or the other one was
// once set apart.
func (d *OwnDraft) Answer(e *rulebook.Edition, id, field, text string, apart bool) {
	own, ok := d.Claim(id)
	if !ok {
		return
	}
	if before, there := own.Answers[field]; !there || before != text || apart != own.Apart[field] {
		d.Heard = docket.Instant{} // what was read back was something else
	}
	if own.Answers == nil {
		own.Answers = map[string]string{}
	}
	own.Answers[field] = text
	if apart {
		own.setApart(field)
		return
	}
	delete(own.Apart, field)
	for i := range d.Claims {
		other := &d.Claims[i]
		if other.ID == id || other.Apart[field] || !e.Joins(field, own.place(), other.place()) {
			continue
		}
		if delete(other.Answers, field); text == "" { // left out for all of them
			if other.Answers == nil {
				other.Answers = map[string]string{}
			}
			other.Answers[field] = ""
		}
	}
}

// place is the claim without its answers.
func (c *OwnClaim) place() rulebook.Drafted {
	return rulebook.Drafted{Person: c.Person, Event: c.Event, Category: c.Category}
}

func (c *OwnClaim) setApart(field string) {
	if c.Apart == nil {
		c.Apart = map[string]bool{}
	}
	c.Apart[field] = true
}

// Telling is what the draft tells, as the edition's stories read it.
func (d *OwnDraft) Telling(today day.Date) rulebook.Telling {
	t := rulebook.Telling{Stories: d.Stories, Replies: map[rulebook.Told]rulebook.Reply{}, On: today}
	for _, p := range d.People {
		t.Members = append(t.Members, rulebook.Member{ID: p.ID, Kind: rulebook.MemberKind(p.Relation)})
	}
	for key, reply := range d.Told {
		question, member, _ := strings.Cut(key, "/")
		t.Replies[rulebook.Told{Question: question, Member: member}] = rulebook.Reply(reply)
	}
	return t
}

// AddClaim adds a claim for a person of the draft in a category, once.
func (o *Office) AddClaim(d *OwnDraft, person, category, event string) *OwnClaim {
	for i := range d.Claims {
		if c := &d.Claims[i]; c.Person == person && c.Category == category {
			return c
		}
	}
	d.Heard = docket.Instant{}
	was := func(c OwnClaim) bool { return c.Person == person && c.Category == category }
	if i := slices.IndexFunc(d.Dropped, was); i >= 0 {
		d.Claims = append(d.Claims, d.Dropped[i])
		d.Dropped = slices.Delete(d.Dropped, i, i+1)
		return &d.Claims[len(d.Claims)-1]
	}
	id := d.NewID("c")
	var becomes [16]byte
	o.Entropy("own/"+d.ID+"/"+id, becomes[:])
	d.Claims = append(d.Claims, OwnClaim{ID: id, Person: person, Category: category, Event: event, Becomes: claim.ID(hex.EncodeToString(becomes[:]))})
	return &d.Claims[len(d.Claims)-1]
}

// DropClaim takes a claim out. What others of the draft had of it they keep, and
// it comes back as it was when it is added again.
func (d *OwnDraft) DropClaim(e *rulebook.Edition, id string) {
	gone, ok := d.Claim(id)
	if !ok {
		return
	}
	d.Heard = docket.Instant{}
	for i := range d.Claims {
		other := &d.Claims[i]
		if other.ID == id {
			continue
		}
		for field, from := range e.Carry(other.drafted(e), []rulebook.Drafted{gone.drafted(e)}) {
			if other.Apart[field] {
				continue
			}
			if other.Answers == nil {
				other.Answers = map[string]string{}
			}
			other.Answers[field] = from.Value.Text()
		}
	}
	d.Dropped = append(d.Dropped, *gone)
	d.Claims = slices.DeleteFunc(d.Claims, func(c OwnClaim) bool { return c.ID == id })
}

// Unanswered are the questions of a claim that must be answered before it is
// sent, in the order of the form.
func (d *OwnDraft) Unanswered(e *rulebook.Edition, id string, today day.Date) ([]string, error) {
	c, _, err := d.Case(e, id, today)
	if err != nil {
		return nil, err
	}
	asked, err := e.Asked(c)
	if err != nil {
		return nil, err
	}
	category, _ := e.Category(c.Category)
	var open []string
	for _, field := range asked {
		if _, given := c.Answers[field]; !given && slices.Contains(category.Requires, field) {
			open = append(open, field)
		}
	}
	return open, nil
}
