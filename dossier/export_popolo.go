package dossier

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Popolo's objects, as popoloproject.com describes them. Beyond it: a member
// may be an organization (a state), attendees are objects of their own, and
// dates that are none of Popolo's stand as the source gives them.
type (
	popolo struct {
		Persons       []popoloPerson       `json:"persons"`
		Organizations []popoloOrganization `json:"organizations"`
		Posts         []popoloPost         `json:"posts"`
		Memberships   []popoloMembership   `json:"memberships"`
		Events        []popoloEvent        `json:"events"`
	}
	popoloPerson struct {
		ID         string         `json:"id"`
		Name       string         `json:"name"`
		OtherNames []popoloName   `json:"other_names,omitempty"`
		Sources    []popoloSource `json:"sources"`
	}
	popoloOrganization struct {
		ID             string             `json:"id"`
		Name           string             `json:"name"`
		OtherNames     []popoloName       `json:"other_names,omitempty"`
		Identifiers    []popoloIdentifier `json:"identifiers,omitempty"`
		Classification string             `json:"classification"` // "state", "body", "organ"
		ParentID       string             `json:"parent_id,omitempty"`
		Founding       string             `json:"founding_date,omitempty"`
		Dissolution    string             `json:"dissolution_date,omitempty"`
		Sources        []popoloSource     `json:"sources"`
	}
	popoloPost struct {
		ID             string         `json:"id"`
		Label          string         `json:"label"`
		OrganizationID string         `json:"organization_id,omitempty"`
		Start          string         `json:"start_date,omitempty"`
		End            string         `json:"end_date,omitempty"`
		Sources        []popoloSource `json:"sources"`
	}
	popoloMembership struct {
		ID             string         `json:"id"`
		PersonID       string         `json:"person_id,omitempty"`
		MemberID       string         `json:"member_id,omitempty"` // of a state
		OrganizationID string         `json:"organization_id"`
		PostID         string         `json:"post_id,omitempty"`
		Label          string         `json:"label,omitempty"`
		Role           string         `json:"role"`
		Start          string         `json:"start_date,omitempty"`
		End            string         `json:"end_date,omitempty"`
		AsGiven        *popoloGiven   `json:"as_given,omitempty"`
		Sources        []popoloSource `json:"sources"`
	}
	popoloEvent struct {
		ID             string           `json:"id"`
		Name           string           `json:"name"`
		Description    string           `json:"description,omitempty"`
		Classification string           `json:"classification"`
		Start          string           `json:"start_date,omitempty"`
		End            string           `json:"end_date,omitempty"`
		AsGiven        *popoloGiven     `json:"as_given,omitempty"`
		Location       string           `json:"location,omitempty"`
		OrganizationID string           `json:"organization_id,omitempty"`
		Attendees      []popoloAttendee `json:"attendees"`
		Sources        []popoloSource   `json:"sources"`
	}
	popoloAttendee struct {
		PersonID     string         `json:"person_id,omitempty"`
		OnBehalfOfID string         `json:"on_behalf_of_id,omitempty"`
		PostID       string         `json:"post_id,omitempty"`
		Role         string         `json:"role,omitempty"` // the office in the source's words
		Capacity     []string       `json:"capacity,omitempty"`
		Status       string         `json:"status"` // "present", "absent"
		Sources      []popoloSource `json:"sources"`
	}
	popoloName struct {
		Name  string `json:"name"`
		Start string `json:"start_date,omitempty"`
		End   string `json:"end_date,omitempty"`
	}
	popoloIdentifier struct {
		Scheme     string `json:"scheme"`
		Identifier string `json:"identifier"`
	}
	// popoloGiven is how a source gives dates that aren't partial dates.
	popoloGiven struct {
		Start string `json:"start,omitempty"`
		End   string `json:"end,omitempty"`
		Told  string `json:"told_up_to,omitempty"` // the source tells no further
		Ended bool   `json:"ended,omitempty"`      // it did, on a day that isn't known
	}
	popoloSource struct {
		URL  string `json:"url,omitempty"`
		Note string `json:"note"`
	}
)

// WritePopolo writes facts as Popolo JSON. Facts that another is preferred
// over are left out, and so are rules, positions and counts, for which Popolo
// has no words.
func WritePopolo(w io.Writer, facts []roll.Fact) error {
	g := gather(facts)
	out := popolo{
		Persons: []popoloPerson{}, Organizations: []popoloOrganization{}, Posts: []popoloPost{},
		Memberships: []popoloMembership{}, Events: []popoloEvent{},
	}
	for _, t := range g.things {
		out.thing(g, t)
	}
	for _, f := range g.acts {
		out.Memberships = append(out.Memberships, popoloAct(g, f))
	}
	for _, m := range g.meetings {
		out.Events = append(out.Events, popoloMeeting(g, m))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// thing adds a person, an organization or a post.
func (p *popolo) thing(g gathered, t *told[roll.Thing]) {
	id, name := string(t.first.ID), g.name(t.first.ID)
	var others []popoloName
	for _, n := range g.names(t.first.ID) {
		if n.Text != name {
			others = append(others, popoloName{n.Text, partial(n.From), partial(n.To)})
		}
	}
	from := partial(agreed(t.facts, func(f roll.Fact) day.When { return f.Thing.From }))
	to := partial(agreed(t.facts, func(f roll.Fact) day.When { return f.Thing.To }))
	switch t.first.Sort {
	case roll.Person:
		p.Persons = append(p.Persons, popoloPerson{id, name, others, popoloSources(t.facts...)})
	case roll.Office:
		p.Posts = append(p.Posts, popoloPost{ID: id, Label: name, OrganizationID: string(g.bodyOf(t.first.ID)), Start: from, End: to, Sources: popoloSources(t.facts...)})
	case roll.State, roll.Body, roll.Organ:
		o := popoloOrganization{
			ID: id, Name: name, OtherNames: others, Classification: string(t.first.Sort),
			ParentID: string(g.bodyOf(t.first.ID)), Founding: from, Dissolution: to, Sources: popoloSources(t.facts...),
		}
		for _, c := range t.codes() {
			o.Identifiers = append(o.Identifiers, popoloIdentifier{c.Scheme, c.Value})
		}
		p.Organizations = append(p.Organizations, o)
	}
}

// popoloAct is a membership of a state, or of a person who holds an office.
func popoloAct(g gathered, f roll.Fact) popoloMembership {
	if m := f.Membership; m != nil {
		return popoloMembership{
			ID: string(f.ID()), MemberID: string(m.Member), OrganizationID: string(m.Body), Role: m.Act,
			Start: partial(m.On), End: partial(m.To), AsGiven: given(m.On, m.Until), Sources: popoloSources(f),
		}
	}
	t := f.Tenure
	return popoloMembership{
		ID: string(f.ID()), PersonID: string(t.Holder), OrganizationID: string(g.bodyOf(t.Office)), PostID: string(t.Office),
		Label: t.Title, Role: t.Sort,
		Start: partial(t.From), End: partial(t.To), AsGiven: given(t.From, t.Until), Sources: popoloSources(f),
	}
}

// given is what partial dates don't say, nil where they say all.
func given(from day.When, u roll.Until) *popoloGiven {
	out := popoloGiven{Told: u.Told.String(), Ended: u.Ended && u.To.IsZero()}
	if partial(from) == "" {
		out.Start = from.String()
	}
	if partial(u.To) == "" {
		out.End = u.To.String()
	}
	if out == (popoloGiven{}) {
		return nil
	}
	return &out
}

func popoloMeeting(g gathered, m *gathering) popoloEvent {
	on, to := m.on()
	e := popoloEvent{
		ID: m.id(), Name: g.meetingName(m), Description: strings.Join(m.themes(), "; "), Classification: "meeting",
		Start: partial(on), End: partial(to), AsGiven: given(on, roll.Until{To: to}), Location: m.place(),
		OrganizationID: string(g.bodyOf(m.series)), Attendees: []popoloAttendee{}, Sources: popoloSources(m.facts...),
	}
	for _, f := range m.seats {
		a := f.Attendance
		e.Attendees = append(e.Attendees, popoloAttendee{
			PersonID: string(a.Person), OnBehalfOfID: string(a.For), PostID: string(a.Office), Role: a.Title,
			Capacity: a.Capacity, Status: a.Presence, Sources: popoloSources(f),
		})
	}
	return e
}

// popoloSources are the sources of facts, with doubt and note.
func popoloSources(facts ...roll.Fact) []popoloSource {
	all := []popoloSource{}
	for _, f := range facts {
		s := popoloSource{Note: remark(f)}
		if isLink(f.Source.Link) {
			s.URL = f.Source.Link
		}
		all = append(all, s)
	}
	return all
}

// remark is a fact's source, doubt and note in one line.
func remark(f roll.Fact) string {
	var parts []string
	for _, part := range []string{f.Source.Name, f.Doubt, f.Note} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}
