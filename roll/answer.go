package roll

import (
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Query is what the questions about members share.
type Query struct {
	On    day.Date // the day that is asked about
	Rule  string   // the rule's name; "" for the body's own default
	Among ID       // a group: asked about its members alone; "" for whoever the record knows in the body
}

// Ref names a thing in an answer.
type Ref struct {
	ID   ID     `json:"id"`
	Code string `json:"code,omitempty"` // ISO alpha-2 of a state, the abbreviation of a body, as on the day asked about
	Name string `json:"name"`           // as on that day; the id where the record has no name
}

// Label is the shortest that a reader knows it by: the code, or the id.
func (r Ref) Label() string {
	if r.Code != "" {
		return r.Code
	}
	return string(r.ID)
}

// Cited is a fact that an answer rests on.
type Cited struct {
	Fact     FactID   `json:"fact"`
	Source   Source   `json:"source"`
	Known    day.Date `json:"known,omitzero"`
	Doubt    string   `json:"doubt,omitempty"`
	Note     string   `json:"note,omitempty"`
	SetAside bool     `json:"set_aside,omitempty"` // another is preferred: it is shown and doesn't count
}

// Open is a date that leaves an answer open, or a disagreement that does.
type Open struct {
	Fact FactID   `json:"fact"`
	What string   `json:"what"` // "begin", "end", "not_told_after", "sources_differ"
	Date day.When `json:"date"` // as the source gives it; "" where it gives none
}

// Rated says by which rule a body's members were told.
type Rated struct {
	Body      Ref    `json:"body"`
	Name      string `json:"name"`                // "charter"; "general" where the body has none
	Provision string `json:"provision,omitempty"` // where it stands
	Default   bool   `json:"default,omitempty"`   // the body's own, where none was asked for
	Cited     *Cited `json:"cited,omitempty"`     // none for the general rule
}

// Beside is a status that stands beside another: frozen by itself, leaving.
type Beside struct {
	Status Status  `json:"status"`
	Is     day.Tri `json:"is"` // yes, or can't be told
}

// Standing is what one member is in one body on a day.
type Standing struct {
	Member   Ref      `json:"member"`
	Status   Status   `json:"status,omitempty"`   // "" where it can't be told
	Possible []Status `json:"possible,omitempty"` // where it can't be told: what it may be
	Full     day.Tri  `json:"full"`               // is it a full member?
	Beside   []Beside `json:"beside,omitempty"`
	Unruled  []string `json:"unruled,omitempty"` // acts in effect of which the rule says nothing
	Open     []Open   `json:"open,omitempty"`    // what leaves it open
	Carried  bool     `json:"carried,omitempty"` // the day is later than what its sources tell: no end was known then
	Disputed bool     `json:"disputed,omitempty"`
	Cited    []Cited  `json:"cited"` // every act of the chain, set aside ones too
}

// Members is who belonged to a body on a day.
type Members struct {
	Body          Ref              `json:"body"`
	On            day.Date         `json:"on"`
	Among         ID               `json:"among,omitempty"`
	Rule          Rated            `json:"rule"`
	Members       []Standing       `json:"members"`      // who has a status, by name; full first
	Undetermined  []Standing       `json:"undetermined"` // of whom it can't be told
	Former        []Standing       `json:"former"`       // who left
	Outside       []Standing       `json:"outside"`      // the rest of the group, or who has acts that give nothing
	Counts        []StatusCount    `json:"counts"`
	OtherRules    []RuleDifference `json:"other_rules"`
	Disagreements []Disagreement   `json:"disagreements"`
}

// StatusCount is how many have a status.
type StatusCount struct {
	Status Status `json:"status"`
	Count  int    `json:"count"`
}

// RuleDifference is what another rule of the body says differently.
type RuleDifference struct {
	Rule    Rated        `json:"rule"`
	Changes []RuleChange `json:"changes"` // empty: it says the same
}

// RuleChange is one member's status by the rule used and by the other.
type RuleChange struct {
	Member   Ref      `json:"member"`
	Used     Status   `json:"used,omitempty"` // "": can't be told
	Other    Status   `json:"other,omitempty"`
	Possible []Status `json:"possible,omitempty"` // by the other, where it can't be told
}

// Comparison is who is in both of two bodies, in one, in neither. The five
// lists hold labels (ISO alpha-2 as on that day), sorted; "in" is full
// membership. Who has only another status stands in OtherStatus alone.
type Comparison struct {
	First         Ref              `json:"first"`
	Second        Ref              `json:"second"`
	On            day.Date         `json:"on"`
	Among         ID               `json:"among,omitempty"`
	Both          []string         `json:"both"`
	OnlyFirst     []string         `json:"only_first"`
	OnlySecond    []string         `json:"only_second"`
	Neither       []string         `json:"neither"`
	Undetermined  []string         `json:"undetermined"`
	OtherStatus   []OtherStatus    `json:"other_status"`
	Rules         []Rated          `json:"rules"` // of the first and the second
	OtherRules    []RuleComparison `json:"other_rules"`
	FirstMembers  []Standing       `json:"first_members"`  // each one's status, sources and doubts
	SecondMembers []Standing       `json:"second_members"` // in the same order
	Disagreements []Disagreement   `json:"disagreements"`
}

// OtherStatus is who has another status than full in one of the bodies.
type OtherStatus struct {
	Body    Ref      `json:"body"`
	Status  Status   `json:"status"`
	Members []string `json:"members"`
}

// RuleComparison is the comparison by another rule, where it differs.
type RuleComparison struct {
	Rule         Rated         `json:"rule"`
	Moves        []Move        `json:"moves"` // empty: it says the same
	OtherStatus  []OtherStatus `json:"other_status"`
	Both         []string      `json:"both"`
	OnlyFirst    []string      `json:"only_first"`
	OnlySecond   []string      `json:"only_second"`
	Neither      []string      `json:"neither"`
	Undetermined []string      `json:"undetermined"`
}

// Move is who stands in another list by the other rule.
type Move struct {
	Member string `json:"member"`
	From   string `json:"from"` // "both", "only_first", "only_second", "neither", "undetermined", "other_status"
	To     string `json:"to"`
}

// Fraction is an exact part of a whole. In JSON it has n, of, and value, the
// decimal rounded to four places, null where the whole is nothing.
type Fraction struct{ N, Of int }

// MarshalJSON writes {"n":6,"of":10,"value":0.6000}.
func (f Fraction) MarshalJSON() ([]byte, error) {
	value := json.RawMessage("null")
	if f.Of != 0 {
		rounded := (f.N*20000 + f.Of) / (2 * f.Of)
		value = fmt.Appendf(nil, "%d.%04d", rounded/10000, rounded%10000)
	}
	return json.Marshal(struct {
		N     int             `json:"n"`
		Of    int             `json:"of"`
		Value json.RawMessage `json:"value"`
	}{f.N, f.Of, value})
}

// UnmarshalJSON reads n and of.
func (f *Fraction) UnmarshalJSON(raw []byte) error {
	var read struct{ N, Of int }
	if err := json.Unmarshal(raw, &read); err != nil {
		return err
	}
	*f = Fraction{read.N, read.Of}
	return nil
}

// Closeness is what a record can count of two bodies over the years. It gives
// no verdict.
type Closeness struct {
	First  Ref            `json:"first"`
	Second Ref            `json:"second"`
	From   int            `json:"from"`
	To     int            `json:"to"`
	Rules  []Rated        `json:"rules"`
	Within int            `json:"within_days"` // how near in time two meetings at one place are counted
	Years  []YearTogether `json:"years"`
	Series []Coverage     `json:"series"` // how much of what there was the record knows
	Notes  []string       `json:"notes"`  // codes: "single_case_may_be_chance", "few_meetings_known"
}

// YearTogether is one year of two bodies.
type YearTogether struct {
	Year           int        `json:"year"`
	On             day.Date   `json:"on"` // the day on which members are counted: the year's last
	First          []string   `json:"first"`
	Second         []string   `json:"second"`
	Shared         []string   `json:"shared"`
	Undetermined   []string   `json:"undetermined"`
	Jaccard        Fraction   `json:"jaccard"`         // shared of all who are in either
	FirstInSecond  Fraction   `json:"first_in_second"` // shared of the first's members
	SecondInFirst  Fraction   `json:"second_in_first"`
	Officers       []Visit    `json:"officers"`        // of one, at meetings of the other
	Absent         []Visit    `json:"absent"`          // officers or delegations of one, of whom a source says that they weren't at a meeting of the other
	SharedOffices  []TwoHats  `json:"shared_offices"`  // one person in offices of both
	BackToBack     []Adjacent `json:"back_to_back"`    // meetings of both, near in time, at one place
	MeetingsKnown  int        `json:"meetings_known"`  // of both bodies, in this year
	AttendanceKept int        `json:"attendance_kept"` // of how many of them somebody's attendance is known
}

// Visit is an officer of one body at a meeting of the other, or somebody there
// for that body whom the source doesn't name.
type Visit struct {
	Person   Ref      `json:"person,omitzero"` // none where the source names nobody
	Of       Ref      `json:"of"`              // the body whose officer it is
	Office   Ref      `json:"office,omitzero"` // which office; none where they sat for the body in no office that is known
	Tenure   string   `json:"tenure,omitempty"`
	Series   Ref      `json:"series"`
	Ordinal  int      `json:"ordinal"`
	On       day.When `json:"on"`
	Capacity []string `json:"capacity"`
	Cited    []Cited  `json:"cited"`
}

// TwoHats is one person who held offices in both bodies at the same time.
type TwoHats struct {
	Person Ref     `json:"person"`
	First  Ref     `json:"first"`
	Second Ref     `json:"second"`
	Is     day.Tri `json:"is"` // yes, or can't be told where their dates leave it open
	Cited  []Cited `json:"cited"`
}

// Adjacent is two meetings of two bodies near in time at one place.
type Adjacent struct {
	First  Held    `json:"first"`
	Second Held    `json:"second"`
	Place  string  `json:"place"`
	Days   int     `json:"days"` // between them, at most
	Is     day.Tri `json:"is"`   // yes, or can't be told where their dates leave it open
}

// Held is a meeting named in short.
type Held struct {
	Series  Ref      `json:"series"`
	Ordinal int      `json:"ordinal"`
	On      day.When `json:"on"`
	Cited   []Cited  `json:"cited"`
}

// Coverage is how many meetings of a series the record knows.
type Coverage struct {
	Series     Ref `json:"series"`
	Body       Ref `json:"body"`
	Known      int `json:"known"`      // meetings with a fact of their own
	Held       int `json:"held"`       // by the highest ordinal, or a source's count; 0 where neither is known
	Attendance int `json:"attendance"` // of how many somebody's attendance is known
}

// Accession is whether a candidate may be taken in on a day.
type Accession struct {
	Body        Ref        `json:"body"`
	Candidate   Ref        `json:"candidate"`
	On          day.Date   `json:"on"`
	By          string     `json:"by,omitempty"` // "consensus", "majority", "two_thirds"
	Of          Status     `json:"of,omitempty"` // whose positions count
	Provision   string     `json:"provision,omitempty"`
	Outcome     string     `json:"outcome"`    // "blocked", "open", "possible", "already_member", "no_rule_known"
	BlockedBy   []string   `json:"blocked_by"` // labels
	NotKnown    []string   `json:"not_known"`  // members whose position isn't known
	Seeks       day.Tri    `json:"seeks"`      // did the candidate itself ask?
	Application []Declared `json:"application"`
	Positions   []Declared `json:"positions"`    // one for each member that counts, by label
	WouldChange []Change   `json:"would_change"` // what would have to change
	Rule        Rated      `json:"rule"`         // by which the members were told
	Cited       *Cited     `json:"cited,omitempty"`
}

// Declared is a member's position.
type Declared struct {
	By     Ref      `json:"by"`
	Stance string   `json:"stance"` // "for", "against", "veto", "seeks", "not_known", "sources_differ"
	On     day.When `json:"on,omitzero"`
	Full   day.Tri  `json:"full"` // is it a member whose position counts?
	Cited  []Cited  `json:"cited"`
}

// Change is one thing that would have to be otherwise.
type Change struct {
	Who  string `json:"who"`  // label
	What string `json:"what"` // "withdraw_veto", "declare", "apply", "more_for", "membership_known"
}

// Sitting is one meeting with its attendance.
type Sitting struct {
	Series        Ref            `json:"series"`
	Body          Ref            `json:"body"`
	Ordinal       int            `json:"ordinal"`
	On            day.When       `json:"on,omitzero"`
	To            day.When       `json:"to,omitzero"`
	Place         string         `json:"place,omitempty"`
	Host          string         `json:"host,omitempty"`
	Themes        []string       `json:"themes,omitempty"`
	Attendance    []Attendee     `json:"attendance"` // by who they came for, then by person
	NotKnown      []Ref          `json:"not_known"`  // members (full or associate by any rule) of whom no source says that they came or stayed away
	Undetermined  []Ref          `json:"undetermined"`
	Counts        []Said         `json:"counts"` // what sources say without naming
	StatesNamed   int            `json:"states_named"`
	Cited         []Cited        `json:"cited"`
	Disagreements []Disagreement `json:"disagreements"`
}

// Attendee is one line of the attendance table.
type Attendee struct {
	Person   *Ref       `json:"person,omitempty"` // none where only the delegation is known
	For      *Ref       `json:"for,omitempty"`
	Office   *Ref       `json:"office,omitempty"`
	Titles   []Titled   `json:"titles"` // the office in each source's words
	Capacity []string   `json:"capacity"`
	Presence string     `json:"presence"` // "present", "absent", "sources_differ"
	Tenures  []InOffice `json:"tenures"`  // what the record has of that office and person on that day
	Cited    []Cited    `json:"cited"`
}

// Titled is an office in a source's words.
type Titled struct {
	Title string `json:"title"`
	Cited Cited  `json:"cited"`
}

// InOffice is a tenure as it stands to a day.
type InOffice struct {
	Holder  Ref      `json:"holder"`
	Sort    string   `json:"sort"`
	Title   string   `json:"title,omitempty"`
	From    day.When `json:"from,omitzero"`
	To      day.When `json:"to,omitzero"`
	Ended   bool     `json:"ended,omitempty"`
	Covers  day.Tri  `json:"covers"` // the day asked about
	Carried bool     `json:"carried,omitempty"`
	Cited   Cited    `json:"cited"`
}

// Said is a count of a source.
type Said struct {
	Of     string `json:"of"`
	Number int    `json:"number"`
	Cited  Cited  `json:"cited"`
}

// Post is an office on a day.
type Post struct {
	Office  Ref        `json:"office"`
	Of      Ref        `json:"of"`
	Held    day.Tri    `json:"held"` // no: nobody held it; can't be told: the record doesn't say, or its dates leave it open
	Holders []InOffice `json:"holders"`
	History []InOffice `json:"history"` // all tenures, in order
}

// Disagreement is facts of several sources that can't all be right.
type Disagreement struct {
	Subject  ID        `json:"subject"`
	Kind     string    `json:"kind"`  // the facts': "membership", "meeting" …
	About    []Ref     `json:"about"` // whose membership, who attended
	What     string    `json:"what"`  // "dates", "place", "title", "presence", "number", "stance", "host"
	Act      string    `json:"act,omitempty"`
	Ordinal  int       `json:"ordinal,omitempty"`
	Versions []Version `json:"versions"`
	Resolved bool      `json:"resolved"` // one is preferred over every other
	Reason   string    `json:"reason,omitempty"`
}

// Version is what one source says.
type Version struct {
	Value     string `json:"value"` // "2002 / 2011", "Moscow"
	Preferred bool   `json:"preferred,omitempty"`
	Cited     Cited  `json:"cited"`
}

// Differences is what changed in a body between two days.
type Differences struct {
	Body    Ref            `json:"body"`
	From    day.Date       `json:"from"`
	To      day.Date       `json:"to"`
	Rule    Rated          `json:"rule"`
	Members []StatusChange `json:"members"`
	Offices []OfficeChange `json:"offices"`
}

// StatusChange is one member's status on both days.
type StatusChange struct {
	Code   string   `json:"code"` // "joined", "left", "changed", "beside_changed", "undetermined"
	Before Standing `json:"before"`
	After  Standing `json:"after"`
}

// OfficeChange is who held an office on both days.
type OfficeChange struct {
	Office Ref        `json:"office"`
	Before []InOffice `json:"before"`
	After  []InOffice `json:"after"`
}

// Timeline is a body's members over time, for a picture and its table.
type Timeline struct {
	Body  Ref           `json:"body"`
	Rule  Rated         `json:"rule"`
	First day.Date      `json:"first,omitzero"` // the earliest date known
	Last  day.Date      `json:"last,omitzero"`  // the latest
	Rows  []TimelineRow `json:"rows"`
}

// TimelineRow is one member's time, gaps left out.
type TimelineRow struct {
	Member Ref    `json:"member"`
	Spans  []Span `json:"spans"`
}

// Span is a time in which a status doesn't change.
type Span struct {
	From     day.Date `json:"from,omitzero"`    // first day; none: before anything that is known
	To       day.Date `json:"to,omitzero"`      // last day; none: no end is known
	Status   Status   `json:"status,omitempty"` // "" where it can't be told
	Possible []Status `json:"possible,omitempty"`
	Beside   []Status `json:"beside,omitempty"`
}

// Bundle is facts that come in together, by one act.
type Bundle struct {
	ID    string   `json:"id"`
	Title string   `json:"title,omitempty"`
	Known day.Date `json:"known,omitzero"` // when they were learned; zero: on the day of import
	Facts []Fact   `json:"facts"`
}

// Dated is the bundle with the day on which it was learned, today where it
// names none, and with that day and the bundle's id in each fact that has none.
func (b Bundle) Dated(today day.Date) Bundle {
	if b.Known.IsZero() {
		b.Known = today
	}
	facts := make([]Fact, len(b.Facts))
	for i, f := range b.Facts {
		if f.Known.IsZero() {
			f.Known = b.Known
		}
		if f.Bundle == "" {
			f.Bundle = b.ID
		}
		facts[i] = f
	}
	b.Facts = facts
	return b
}

// Summary is what a bundle would change, to be read before a person accepts it.
type Summary struct {
	Bundle       string   `json:"bundle"`
	Title        string   `json:"title,omitempty"`
	Known        day.Date `json:"known,omitzero"`
	Added        []Line   `json:"added"`
	Ended        []Line   `json:"ended"`    // what was open and now has an end
	Changed      []Line   `json:"changed"`  // the same source says otherwise, or a fact is withdrawn or preferred
	Conflict     []Line   `json:"conflict"` // another source says otherwise
	AlreadyKnown []Line   `json:"already_known"`
}

// Line is one fact of a bundle and what it meets.
type Line struct {
	Subject ID       `json:"subject"`
	Kind    string   `json:"kind"`
	Fact    Fact     `json:"fact"`
	ID      FactID   `json:"id"`
	Meets   []FactID `json:"meets,omitempty"` // what it ends, changes or contradicts
	Was     []string `json:"was,omitempty"`   // their dates or values in short
	Is      string   `json:"is,omitempty"`    // its own
}

// Finding is a contradiction inside the record. Its sentence stands in the
// catalogue under Code.
type Finding struct {
	Code    string        `json:"code"` // "roll.found-count-differs" …
	Subject ID            `json:"subject"`
	About   []Ref         `json:"about"`  // whom it concerns: the state without anybody, the holder
	Values  []fault.Value `json:"values"` // what the sentence names
	Cited   []Cited       `json:"cited"`  // the facts that don't fit together
}
