// Package roll is the record of who was what, when: states, bodies, their
// organs and offices, who belonged to what, who held which office, who sat
// where in which meeting.
//
// The record is a set of facts. A fact is what one source says; it has two
// times, when it held and when we learned it, and is never changed: what turns
// out wrong is withdrawn by another fact, which is learned later. Sources that
// differ both stay. Every answer is a function of the facts that were known on
// a day, in whatever order they came.
package roll

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// ID is the house's own name of a thing: "armenia", "ussr", "cis",
// "cis-security-councils". A code of a standard is no id: ISO gave "CS" twice.
type ID string

// FactID names a fact by what it says: it is the same whoever imports it, and
// whenever (see Fact.ID).
type FactID string

// Source says where a fact comes from.
type Source struct {
	Name string   `json:"name"`          // "commonspace.eu 2018-11-21, caption"
	Link string   `json:"link,omitzero"` // address or document number
	Seen day.Date `json:"seen,omitzero"` // when somebody read it there
}

// Fact is one statement of one source. Exactly one of the pointers is set.
type Fact struct {
	Source Source   `json:"source"`
	Known  day.Date `json:"known,omitzero"`   // when we learned it
	Doubt  string   `json:"doubt,omitempty"`  // how sure it is, in the words of who entered it; "" where it was seen
	Note   string   `json:"note,omitempty"`   // what else there is to say
	Bundle string   `json:"bundle,omitempty"` // which bundle brought it

	Thing      *Thing      `json:"thing,omitempty"`
	Succession *Succession `json:"succession,omitempty"`
	Membership *Membership `json:"membership,omitempty"`
	Rule       *Rule       `json:"rule,omitempty"`
	Admission  *Admission  `json:"admission,omitempty"`
	Position   *Position   `json:"position,omitempty"`
	Tenure     *Tenure     `json:"tenure,omitempty"`
	Meeting    *Meeting    `json:"meeting,omitempty"`
	Attendance *Attendance `json:"attendance,omitempty"`
	Count      *Count      `json:"count,omitempty"`
	Preference *Preference `json:"preference,omitempty"`
	Withdrawal *Withdrawal `json:"withdrawal,omitempty"`
}

// Sort says what a thing is.
type Sort string

// The sorts of things.
const (
	State  Sort = "state"
	Body   Sort = "body"
	Organ  Sort = "organ"  // a part of a body
	Office Sort = "office" // a post in a body, an organ or a state
	Series Sort = "series" // of meetings
	Person Sort = "person"
	Group  Sort = "group" // a set of states that questions are asked about: "ussr-15"
)

// Thing is one thing of the roll, as a source describes it.
type Thing struct {
	ID      ID           `json:"id"`
	Sort    Sort         `json:"sort"`
	Names   []Name       `json:"names,omitempty"`
	Codes   []Identifier `json:"codes,omitempty"`
	From    day.When     `json:"from,omitzero"`     // when it began to be
	To      day.When     `json:"to,omitzero"`       // its last day, where Ended
	Ended   bool         `json:"ended,omitempty"`   // it is no more: To may be unknown
	Of      ID           `json:"of,omitempty"`      // the body of an organ or series; whose office it is
	Members []ID         `json:"members,omitempty"` // of a group
}

// Name is what a thing is called, in a language, and when.
type Name struct {
	Text string   `json:"text"`
	Lang string   `json:"lang,omitempty"` // BCP 47; "" for English
	From day.When `json:"from,omitzero"`
	To   day.When `json:"to,omitzero"` // last day; zero: to this day
}

// Identifier is a code that a standard or a data set gives to a thing, and when
// it stood for it.
type Identifier struct {
	Scheme string   `json:"scheme"` // "iso-3166-1-alpha-2", "iso-3166-1-alpha-3", "cow", "abbreviation" …
	Value  string   `json:"value"`
	From   day.When `json:"from,omitzero"`
	To     day.When `json:"to,omitzero"` // last day; zero: to this day
}

// Succession is the act by which states (or bodies) came from others.
type Succession struct {
	Sort         string   `json:"sort"` // "dissolution", "secession", "union", "continuation", "transformation"
	Predecessors []ID     `json:"predecessors"`
	Successors   []ID     `json:"successors"`
	On           day.When `json:"on,omitzero"`
}

// Until says how long what began goes on.
type Until struct {
	Ended bool     `json:"ended,omitempty"` // it ended, on To if that is known
	To    day.When `json:"to,omitzero"`     // the last day, or what is known of it
	Told  day.Date `json:"told,omitzero"`   // the source tells up to this day and no further; zero: up to when we learned it, and no end is known
}

// Membership is one act in the chain that makes a member, with the time in
// which its effect lasts: "founding_agreement_party from 1992-02-18". Which
// status it gives is for the body's rule to say.
type Membership struct {
	Body   ID       `json:"body"`
	Member ID       `json:"member"`
	Act    string   `json:"act"` // a code: "member", "founding_agreement_party", "participation_frozen" …
	On     day.When `json:"on,omitzero"`
	Until
}

// Status is what a member is in a body.
type Status string

// The statuses that a rule may give. A body's rule may name others.
const (
	Full        Status = "full"
	Associate   Status = "associate"
	Observer    Status = "observer"
	Participant Status = "participant"
	Suspended   Status = "suspended"
	Frozen      Status = "frozen_by_itself" // said by itself; stands beside another
	Leaving     Status = "leaving"          // notice was given, and has not taken effect; stands beside another
	Left        Status = "left"
	Candidate   Status = "candidate"
	Signatory   Status = "signatory"
	None        Status = "none"
)

// Rule is a body's rule from acts to statuses: of the statuses whose acts are
// in effect, the first is the member's.
type Rule struct {
	Body      ID         `json:"body"`
	Name      string     `json:"name"`              // "charter", "source"
	Default   bool       `json:"default,omitempty"` // the one that is used where none is asked for
	Provision string     `json:"provision"`         // "Charter of the CIS, Article 7", or the page that counts so
	Gives     []RuleStep `json:"gives"`
}

// RuleStep gives a status to whom one of the acts is in effect for.
type RuleStep struct {
	Status Status   `json:"status"`
	Acts   []string `json:"acts"`
	Except []string `json:"except,omitempty"` // not where one of these is in effect, or was and ended: "recall_of_representatives"
	Beside bool     `json:"beside,omitempty"` // stands beside the other status: frozen, leaving
}

// Admission is a body's rule for taking somebody in.
type Admission struct {
	Body      ID     `json:"body"`
	By        string `json:"by"`        // "consensus" (any member may veto), "majority", "two_thirds"
	Of        Status `json:"of"`        // whose positions count: "full"
	Provision string `json:"provision"` // where it stands
}

// Position is what somebody declared about a candidate for a body.
type Position struct {
	Body      ID       `json:"body"`
	Candidate ID       `json:"candidate"`
	By        ID       `json:"by"`
	Stance    string   `json:"stance"` // "for", "against", "veto", "seeks" (the candidate's own)
	On        day.When `json:"on,omitzero"`
	Until
}

// Tenure is a person's time in an office.
type Tenure struct {
	Office ID       `json:"office"`
	Holder ID       `json:"holder"`
	Sort   string   `json:"sort"`            // "full", "acting", "interim"
	Title  string   `json:"title,omitempty"` // what the post was called then, if not as the office
	From   day.When `json:"from,omitzero"`
	Until
}

// Meeting is one meeting of a series.
type Meeting struct {
	Series  ID       `json:"series"`
	Ordinal int      `json:"ordinal"`     // 6 for the sixth; 0 where it isn't known
	On      day.When `json:"on,omitzero"` // its first day
	To      day.When `json:"to,omitzero"` // its last day, if another
	Place   string   `json:"place,omitempty"`
	Host    string   `json:"host,omitempty"`
	Themes  []string `json:"themes,omitempty"`
}

// Attendance is who was at a meeting, for whom and in which office, or was not.
type Attendance struct {
	Series   ID       `json:"series"`
	Ordinal  int      `json:"ordinal"`
	Person   ID       `json:"person,omitempty"` // "" where only the delegation is known
	For      ID       `json:"for,omitempty"`    // the state or body
	Office   ID       `json:"office,omitempty"` // in the roll, where it is there
	Title    string   `json:"title,omitempty"`  // the office in the source's words
	Capacity []string `json:"capacity"`         // "delegate", "host", "chair", "observer", "guest"
	Presence string   `json:"presence"`         // "present", "absent"; who has no attendance at all is not known
}

// Count is how many a source says there were, without naming them: "ten states
// were represented".
type Count struct {
	Series  ID       `json:"series,omitempty"`
	Ordinal int      `json:"ordinal,omitempty"`
	Body    ID       `json:"body,omitempty"` // or the members of a body
	On      day.When `json:"on,omitzero"`
	Of      string   `json:"of"` // "states_represented", "states_named", "members", "meetings_held"
	Number  int      `json:"number"`
}

// Preference says which of several facts that differ is held for right, and why.
type Preference struct {
	About     ID       `json:"about"` // whose facts they are
	Preferred FactID   `json:"preferred"`
	Over      []FactID `json:"over"`
	Reason    string   `json:"reason"`
}

// Withdrawal takes a fact back: from the day on which it is known, the fact is
// no longer in the record.
type Withdrawal struct {
	About  ID     `json:"about"` // whose fact it is
	Fact   FactID `json:"fact"`
	Reason string `json:"reason"`
}

// Stream is the docket's stream for the facts about a thing.
func Stream(subject ID) docket.Stream { return docket.Stream("roll/" + string(subject)) }
