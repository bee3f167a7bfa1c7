package rulebook

import (
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Nobody knows the codes of categories. People know what happened to them: they
// tick stories, say who belongs to the family, answer a few questions where two
// categories are near each other, and are proposed a set of claims, one for each
// person and category. They may take it or change it.

// Story is something that may have happened, in people's words.
type Story struct {
	ID    string
	Title Texts
	Hint  Texts // no texts where the file gives none
	Asks  []StoryQuestion
	Leads []Lead
}

// StoryQuestion is a yes-or-no question that tells near categories apart.
type StoryQuestion struct {
	ID    string
	Text  Texts // put to who tells the story
	Other Texts // put of another member of the family; there where Each
	Hint  Texts // no texts where the file gives none
	Each  bool  // asked of each member that a lead behind it is for
	If    []string
}

// Lead is a category that a story leads to.
type Lead struct {
	Category string
	For      []MemberKind
	If       []string // questions of the story, all answered yes
	Unless   []string // questions of the story, none answered yes
	Reason   Texts    // why we think so
}

// MemberKind is who somebody is in a telling.
type MemberKind string

// The kinds of members. Self is who tells.
const (
	Self         MemberKind = "self"
	Adult        MemberKind = "adult"
	Child        MemberKind = "child"
	Organisation MemberKind = "organisation"
	PublicBody   MemberKind = "public-body"
)

// Claimant is what the member is to a category.
func (k MemberKind) Claimant() string {
	switch k {
	case Organisation:
		return "organisation"
	case PublicBody:
		return "public-body"
	}
	return "individual"
}

// Member is one person, or body, of a telling.
type Member struct {
	ID   string // the teller's own, such as a number; never a name
	Kind MemberKind
}

// Reply answers a question of a story. The zero value is no reply.
type Reply string

// The replies.
const (
	SaidYes    Reply = "yes"
	SaidNo     Reply = "no"
	SaidUnsure Reply = "unsure" // leads where yes would, and says that it isn't sure
)

// Told is to whom a reply belongs: a question, of each member where it asks so.
type Told struct {
	Question string
	Member   string // "" of a question that isn't asked of each
}

// Telling is what somebody told.
type Telling struct {
	Members []Member
	Stories []string // ids of those ticked
	Replies map[Told]Reply
	On      day.Date // the day on which the claims would be filed
}

// Suggestion is a claim that is proposed: a person and a category.
type Suggestion struct {
	Member   Member
	Category string
	Because  []Because // at least one; the first story is its event
	Sure     bool      // false where every reason rests on "I don't know"
	Barred   error     // why it can't be filed on that day, as Edition.Receives says; nil where it can
}

// Because is a reason for a suggestion.
type Because struct {
	Story  string
	Reason Texts
}

// Story finds a story by its id.
func (e *Edition) Story(id string) (*Story, bool) {
	for i := range e.Stories {
		if e.Stories[i].ID == id {
			return &e.Stories[i], true
		}
	}
	return nil, false
}

// Suggest proposes the claims that fit what was told: member by member, in the
// order of the edition's categories, each category once. The faults are
// rulebook.story-unknown (story) and rulebook.member-unknown (kind).
func (e *Edition) Suggest(t Telling) ([]Suggestion, error) {
	stories, err := e.told(t)
	if err != nil {
		return nil, err
	}
	var all []Suggestion
	for _, m := range t.Members {
		for i := range e.Categories {
			if s, ok := e.suggestion(&t, stories, m, e.Categories[i].ID); ok {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// told are the stories ticked, in the order of the edition.
func (e *Edition) told(t Telling) ([]*Story, error) {
	for _, id := range t.Stories {
		if _, ok := e.Story(id); !ok {
			return nil, fault.New(fault.Invalid, "rulebook.story-unknown", "programme", e.ID, "story", clip(id))
		}
	}
	for _, m := range t.Members {
		if !slices.Contains([]MemberKind{Self, Adult, Child, Organisation, PublicBody}, m.Kind) {
			return nil, fault.New(fault.Invalid, "rulebook.member-unknown", "kind", clip(string(m.Kind)))
		}
	}
	var stories []*Story
	for i := range e.Stories {
		if slices.Contains(t.Stories, e.Stories[i].ID) {
			stories = append(stories, &e.Stories[i])
		}
	}
	return stories, nil
}

// suggestion is a category for a member, where a story leads there.
func (e *Edition) suggestion(t *Telling, stories []*Story, m Member, category string) (Suggestion, bool) {
	s := Suggestion{Member: m, Category: category}
	for _, story := range stories {
		for i := range story.Leads {
			l := &story.Leads[i]
			if l.Category != category || !slices.Contains(l.For, m.Kind) {
				continue
			}
			leads, sure := story.follow(t, l, m)
			if !leads {
				continue
			}
			s.Because = append(s.Because, Because{story.ID, l.Reason})
			s.Sure = s.Sure || sure
		}
	}
	if len(s.Because) > 0 {
		s.Barred = e.Receives(category, t.On)
	}
	return s, len(s.Because) > 0
}

// follow reports whether a lead holds for a member, and whether it is sure of it.
func (s *Story) follow(t *Telling, l *Lead, m Member) (leads, sure bool) {
	sure = true
	for _, id := range l.If {
		switch s.reply(t, id, m) {
		case SaidYes:
		case SaidUnsure:
			sure = false
		default:
			return false, false
		}
	}
	for _, id := range l.Unless {
		switch s.reply(t, id, m) {
		case SaidYes:
			return false, false
		case SaidUnsure:
			sure = false
		}
	}
	return true, sure
}

// reply is what was answered to a question of the story, of a member.
func (s *Story) reply(t *Telling, id string, m Member) Reply {
	for i := range s.Asks {
		if q := &s.Asks[i]; q.ID == id && q.Each {
			return t.Replies[Told{id, m.ID}]
		}
	}
	return t.Replies[Told{Question: id}]
}

// StoryAsked is a question that is to be put.
type StoryAsked struct {
	Story    *Story
	Question *StoryQuestion
	Member   Member // of whom, where the question is asked of each
}

// Told is under what its reply is kept.
func (a StoryAsked) Told() Told {
	if a.Question.Each {
		return Told{a.Question.ID, a.Member.ID}
	}
	return Told{Question: a.Question.ID}
}

// Ask lists the questions that the stories ticked put, in order, answered or
// not: one that follows only from a yes is there where that was given, and one
// that is asked of each is there for each member that it decides anything for.
// The faults are those of Suggest.
func (e *Edition) Ask(t Telling) ([]StoryAsked, error) {
	stories, err := e.told(t)
	if err != nil {
		return nil, err
	}
	var all []StoryAsked
	for _, s := range stories {
		for i := range s.Asks {
			q := &s.Asks[i]
			for _, m := range t.Members {
				if !s.decides(q, m) || !s.follows(&t, q, m) {
					continue
				}
				if !q.Each {
					all = append(all, StoryAsked{Story: s, Question: q})
					break
				}
				all = append(all, StoryAsked{s, q, m})
			}
		}
	}
	return all, nil
}

// decides reports whether a lead for that kind of member turns on a question.
func (s *Story) decides(q *StoryQuestion, m Member) bool {
	for i := range s.Leads {
		l := &s.Leads[i]
		if slices.Contains(l.For, m.Kind) && (slices.Contains(l.If, q.ID) || slices.Contains(l.Unless, q.ID)) {
			return true
		}
	}
	return slices.ContainsFunc(s.Asks, func(next StoryQuestion) bool { // or another question does
		return next.ID != q.ID && slices.Contains(next.If, q.ID) && s.decides(&next, m)
	})
}

// follows reports whether a question's own conditions hold.
func (s *Story) follows(t *Telling, q *StoryQuestion, m Member) bool {
	for _, id := range q.If {
		if r := s.reply(t, id, m); r != SaidYes && r != SaidUnsure {
			return false
		}
	}
	return true
}
