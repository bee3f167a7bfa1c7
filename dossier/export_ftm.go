package dossier

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// ftmEntity is an entity of FollowTheMoney: every property is a list of texts.
type ftmEntity struct {
	ID         string              `json:"id"`
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

func newEntity(schema, id string) *ftmEntity {
	return &ftmEntity{ID: id, Schema: schema, Properties: map[string][]string{}}
}

// set adds texts to a property, but nothing for nothing.
func (e *ftmEntity) set(property string, texts ...string) {
	for _, text := range texts {
		if text != "" {
			e.Properties[property] = append(e.Properties[property], text)
		}
	}
}

// about adds the sources of facts, with doubts and notes.
func (e *ftmEntity) about(facts ...roll.Fact) {
	for _, f := range facts {
		e.set("summary", remark(f))
		if isLink(f.Source.Link) {
			e.set("sourceUrl", f.Source.Link)
		}
	}
}

// WriteFollowTheMoney writes facts as FollowTheMoney entities, one JSON object
// a line: PublicBody for states, Organization for bodies and organs, Person,
// Position and Occupancy, Membership, Event. Dates that aren't partial dates
// stand in the summary. Facts that another is preferred over are left out, and
// so are rules, positions and counts, for which the model has no words.
func WriteFollowTheMoney(w io.Writer, facts []roll.Fact) error {
	g := gather(facts)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, t := range g.things {
		if e := ftmThing(g, t); e != nil {
			if err := out.Encode(e); err != nil {
				return err
			}
		}
	}
	for _, f := range g.acts {
		if err := out.Encode(ftmAct(f)); err != nil {
			return err
		}
	}
	for _, m := range g.meetings {
		if err := out.Encode(ftmMeeting(g, m)); err != nil {
			return err
		}
	}
	return nil
}

var ftmSchemata = map[roll.Sort]string{
	roll.State: "PublicBody", roll.Body: "Organization", roll.Organ: "Organization",
	roll.Person: "Person", roll.Office: "Position",
}

// ftmThing is a thing as an entity, nil where the model has none for it.
func ftmThing(g gathered, t *told[roll.Thing]) *ftmEntity {
	schema, ok := ftmSchemata[t.first.Sort]
	if !ok {
		return nil
	}
	e := newEntity(schema, string(t.first.ID))
	name := g.name(t.first.ID)
	e.set("name", name)
	for _, n := range g.names(t.first.ID) {
		switch {
		case n.Text == name:
		case !n.To.IsZero():
			e.set("previousName", n.Text)
		default:
			e.set("alias", n.Text)
		}
	}
	e.about(t.facts...)
	if t.first.Sort == roll.Person {
		return e
	}
	from := agreed(t.facts, func(f roll.Fact) day.When { return f.Thing.From })
	to := agreed(t.facts, func(f roll.Fact) day.When { return f.Thing.To })
	begin, end, whose := "incorporationDate", "dissolutionDate", "parent"
	if t.first.Sort == roll.Office {
		begin, whose = "inceptionDate", "organization"
	}
	e.set(begin, partial(from))
	e.set(end, partial(to))
	e.set(whose, string(g.bodyOf(t.first.ID)))
	for _, c := range t.codes() {
		switch {
		case c.Scheme == roll.Alpha2 && c.To.IsZero():
			e.set("country", strings.ToLower(c.Value))
		case c.Scheme == roll.Abbreviation && t.first.Sort != roll.Office:
			e.set("weakAlias", c.Value)
		}
	}
	return e
}

// ftmAct is a membership, or an occupancy with its status apart from its dates.
func ftmAct(f roll.Fact) *ftmEntity {
	from, until := day.When{}, roll.Until{}
	var e *ftmEntity
	if m := f.Membership; m != nil {
		e = newEntity("Membership", string(f.ID()))
		e.set("member", string(m.Member))
		e.set("organization", string(m.Body))
		e.set("role", m.Act)
		from, until = m.On, m.Until
	} else {
		t := f.Tenure
		e = newEntity("Occupancy", string(f.ID()))
		e.set("holder", string(t.Holder))
		e.set("post", string(t.Office))
		e.set("summary", t.Sort, t.Title)
		from, until = t.From, t.Until
	}
	if e.Schema == "Occupancy" || until.Ended || !until.Told.IsZero() {
		e.set("status", occupancy(until))
	}
	e.set("startDate", partial(from))
	e.set("endDate", partial(until.To))
	for _, w := range []day.When{from, until.To} {
		if partial(w) == "" {
			e.set("summary", w.String())
		}
	}
	e.about(f)
	return e
}

// occupancy is a status in the model's words: a missing end is no proof that
// something goes on, where its source stops at a day.
func occupancy(u roll.Until) string {
	switch {
	case u.Ended:
		return "ended"
	case !u.Told.IsZero():
		return "unknown"
	}
	return "current"
}

func ftmMeeting(g gathered, m *gathering) *ftmEntity {
	e := newEntity("Event", m.id())
	e.set("name", g.meetingName(m))
	on, to := m.on()
	e.set("date", partial(on))
	e.set("endDate", partial(to))
	if partial(on) == "" {
		e.set("summary", on.String())
	}
	e.set("location", m.place())
	e.set("organizer", string(g.bodyOf(m.series)))
	e.set("keywords", m.themes()...)
	seen := map[roll.ID]bool{}
	for _, f := range m.seats {
		a := f.Attendance
		for _, id := range []roll.ID{a.Person, a.For} {
			if id != "" && !seen[id] && a.Presence == "present" {
				seen[id] = true
				e.set("involved", string(id))
			}
		}
	}
	e.about(m.facts...)
	return e
}
