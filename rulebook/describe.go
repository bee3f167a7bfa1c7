package rulebook

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Description is an edition as a reader wants it listed: its form and its
// rules, without the workings.
type Description struct {
	ID           string           `json:"id"`
	Edition      string           `json:"edition"`
	Hash         Hash             `json:"hash"`
	Title        Texts            `json:"title"`
	Respondent   Texts            `json:"respondent"`
	Basis        string           `json:"basis,omitempty"`
	From         day.Date         `json:"from,omitzero"`
	To           day.Date         `json:"to,omitzero"`
	Territory    []string         `json:"territory,omitempty"`
	TimeZone     string           `json:"time_zone"`
	Currencies   []money.Currency `json:"currencies"`
	Languages    []string         `json:"languages"`
	NumberPrefix string           `json:"number_prefix"`
	Powers       map[string]Power `json:"powers"`
	Categories   []CategoryText   `json:"categories"`
	Fields       []FieldText      `json:"fields"`
	Grounds      map[string]Texts `json:"grounds"`
	Requirements []RuleText       `json:"requirements"`
	Eligibility  []RuleText       `json:"eligibility"`
	Valuation    []RuleText       `json:"valuation"`
	Checks       []RuleText       `json:"checks"`
	Slice        []money.Amount   `json:"slice"`
	Stop         StopRule         `json:"stop"`
	Tiers        []string         `json:"tiers,omitempty"` // of the payment plan, by id, in order
	RecordsOnly  bool             `json:"records_only,omitempty"`
	Groups       []GroupText      `json:"groups,omitempty"`
	Sources      []string         `json:"sources,omitempty"`
	Notes        []Texts          `json:"notes,omitempty"`
	Import       string           `json:"import,omitempty"` // the source whose file it knows
	Sections     []SectionText    `json:"sections,omitempty"`
	Stories      []StoryText      `json:"stories,omitempty"`
}

// CategoryText describes a category.
type CategoryText struct {
	ID        string   `json:"id"`
	Title     Texts    `json:"title"`
	Claimants []string `json:"claimants"`
	Asks      []string `json:"asks"`
	Requires  []string `json:"requires,omitempty"`

	Code         string    `json:"code,omitempty"`
	Group        string    `json:"group,omitempty"`
	Opens        day.Date  `json:"opens,omitzero"`
	Closes       day.Date  `json:"closes,omitzero"`
	NotOpen      bool      `json:"not_open,omitempty"`
	Form         Knowledge `json:"form"`
	OnePerPerson bool      `json:"one_per_person,omitempty"`
	Joint        bool      `json:"joint,omitempty"`
	Track        Track     `json:"track,omitempty"`
	Note         Texts     `json:"note,omitempty"`
	Best         []Texts   `json:"evidence_best,omitempty"`
	Good         []Texts   `json:"evidence_good,omitempty"`
	Accepted     []Texts   `json:"evidence_accepted,omitempty"`
}

// GroupText describes a heading over categories.
type GroupText struct {
	ID    string `json:"id"`
	Title Texts  `json:"title"`
}

// SectionText describes a part of the forms.
type SectionText struct {
	ID       string `json:"id"`
	Title    Texts  `json:"title"`
	Hint     Texts  `json:"hint,omitempty"`
	Evidence bool   `json:"evidence,omitempty"`
}

// StoryText describes a story, its questions and what it leads to.
type StoryText struct {
	ID    string              `json:"id"`
	Title Texts               `json:"title"`
	Hint  Texts               `json:"hint,omitempty"`
	Asks  []StoryQuestionText `json:"asks,omitempty"`
	Leads []LeadText          `json:"leads"`
}

// StoryQuestionText describes a question of a story.
type StoryQuestionText struct {
	ID    string   `json:"id"`
	Text  Texts    `json:"text"`
	Other Texts    `json:"other,omitempty"`
	Hint  Texts    `json:"hint,omitempty"`
	Each  bool     `json:"each,omitempty"`
	If    []string `json:"if,omitempty"`
}

// LeadText describes where a story leads.
type LeadText struct {
	Category string       `json:"category"`
	For      []MemberKind `json:"for"`
	If       []string     `json:"if,omitempty"`
	Unless   []string     `json:"unless,omitempty"`
	Reason   Texts        `json:"reason"`
}

func (s *Story) describe() StoryText {
	t := StoryText{ID: s.ID, Title: s.Title, Hint: s.Hint, Leads: make([]LeadText, 0, len(s.Leads))}
	for _, q := range s.Asks {
		t.Asks = append(t.Asks, StoryQuestionText(q))
	}
	for _, l := range s.Leads {
		t.Leads = append(t.Leads, LeadText(l))
	}
	return t
}

// FieldText describes a field.
type FieldText struct {
	ID       string         `json:"id"`
	Type     FieldType      `json:"type"`
	Class    Class          `json:"class"`
	Label    Texts          `json:"label"`
	Why      Texts          `json:"why,omitempty"`
	Currency money.Currency `json:"currency,omitempty"`
	Options  []OptionText   `json:"options,omitempty"`
	Claimed  bool           `json:"claimed,omitempty"`
	Incident bool           `json:"incident,omitempty"`
	Basis    string         `json:"basis,omitempty"`
	When     string         `json:"when,omitempty"`
	Help     Texts          `json:"help,omitempty"`
	Unit     Texts          `json:"unit,omitempty"`

	Example   Texts  `json:"example,omitempty"`
	Section   string `json:"section,omitempty"`
	Page      string `json:"page,omitempty"`
	Unsure    bool   `json:"unsure,omitempty"`
	Decline   bool   `json:"decline,omitempty"`
	Shared    Share  `json:"shared,omitempty"`
	WorkedOut string `json:"worked_out,omitempty"`
	Places    string `json:"places,omitempty"`
}

// OptionText describes an option of a choice.
type OptionText struct {
	ID    string `json:"id"`
	Label Texts  `json:"label"`
	Text  Texts  `json:"text,omitempty"`
}

// RuleText describes a rule. Of a valuation rule one of Sum, Amount and Ground
// is there.
type RuleText struct {
	ID         string   `json:"id"`
	Categories []string `json:"categories,omitempty"`
	Condition  string   `json:"condition,omitempty"`
	Sum        string   `json:"sum,omitempty"`
	Amount     string   `json:"amount,omitempty"`
	Points     string   `json:"points,omitempty"`
	Steps      []string `json:"steps,omitempty"` // their kinds, in order
	Ground     string   `json:"ground,omitempty"`
	Text       Texts    `json:"text,omitempty"`
	Basis      string   `json:"basis,omitempty"`
	Assumption bool     `json:"assumption,omitempty"`
}

// Describe lists what the edition holds.
func (e *Edition) Describe() Description {
	p := e.Programme
	d := Description{
		ID: e.ID, Edition: e.Number, Hash: e.Hash, Title: e.Title,
		Respondent: p.Respondent, Basis: p.Basis, From: p.Period.From, To: p.Period.To, Territory: p.Territory,
		TimeZone: p.TimeZone, Currencies: p.Currencies, Languages: p.Languages, NumberPrefix: p.NumberPrefix,
		Powers: e.Powers, Grounds: make(map[string]Texts, len(e.Grounds)), Stop: e.Payment.Stop,
		Requirements: describeRules(e.Requirements), Eligibility: describeRules(e.Eligibility), Checks: describeRules(e.Checks),
		Valuation:   make([]RuleText, 0, len(e.Valuation)+1),
		RecordsOnly: e.recordsOnly, Sources: e.Sources, Notes: e.Notes,
	}
	for i := range e.Payment.Tiers {
		d.Tiers = append(d.Tiers, e.Payment.Tiers[i].ID)
	}
	for _, g := range e.Groups {
		d.Groups = append(d.Groups, GroupText(g))
	}
	for _, s := range e.Sections {
		d.Sections = append(d.Sections, SectionText(s))
	}
	for i := range e.Stories {
		d.Stories = append(d.Stories, e.Stories[i].describe())
	}
	for _, c := range e.Categories {
		d.Categories = append(d.Categories, c.describe())
	}
	for _, f := range e.Fields {
		d.Fields = append(d.Fields, f.describe())
	}
	for _, g := range e.Grounds {
		d.Grounds[g.ID] = g.Text
	}
	for _, r := range e.Valuation {
		text := describeRule(r.Rule)
		text.Sum, text.Amount, text.Points = r.Sum.String(), r.Amount, r.Points
		for i := range r.Steps {
			text.Steps = append(text.Steps, string(r.Steps[i].Kind))
		}
		d.Valuation = append(d.Valuation, text)
	}
	if !e.recordsOnly {
		d.Valuation = append(d.Valuation, describeRule(e.Otherwise))
	}
	for _, c := range p.Currencies {
		if a, ok := e.Payment.Slice[c]; ok {
			d.Slice = append(d.Slice, a)
		}
	}
	if e.Import != nil {
		d.Import = e.Import.Source
	}
	return d
}

func (c *Category) describe() CategoryText {
	rung := func(proofs []Proof) (texts []Texts) {
		for _, p := range proofs {
			texts = append(texts, p.Text)
		}
		return texts
	}
	return CategoryText{
		ID: c.ID, Title: c.Title, Claimants: c.Claimants, Asks: c.Asks, Requires: c.Requires,
		Code: c.Code, Group: c.Group, Opens: c.Opens, Closes: c.Closes, NotOpen: c.NotOpen, Form: c.Form,
		OnePerPerson: c.OnePerPerson, Joint: c.Joint, Track: c.Track, Note: c.Note,
		Best: rung(c.Evidence.Best), Good: rung(c.Evidence.Good), Accepted: rung(c.Evidence.Accepted),
	}
}

func (f *Field) describe() FieldText {
	t := FieldText{
		ID: f.ID, Type: f.Type, Class: f.Class, Label: f.Label, Why: f.Why,
		Currency: f.Currency, Claimed: f.Claimed, Incident: f.Incident,
		Basis: f.Basis, When: f.When, Help: f.Help, Unit: f.Unit,
		Example: f.Example, Section: f.Section, Page: f.Page, Unsure: f.Unsure, Decline: f.Decline,
		Shared: f.Shared, WorkedOut: f.WorkedOut, Places: f.Places,
	}
	for _, o := range f.Options {
		t.Options = append(t.Options, OptionText(o))
	}
	return t
}

func describeRules(rules []Rule) []RuleText {
	texts := make([]RuleText, 0, len(rules))
	for _, r := range rules {
		texts = append(texts, describeRule(r))
	}
	return texts
}

func describeRule(r Rule) RuleText {
	return RuleText{ID: r.ID, Categories: r.Categories, Condition: r.Condition, Ground: r.Ground, Text: r.Text, Basis: r.Basis, Assumption: r.Assumption}
}
