// Package rulebook holds a programme's law as data: who may claim, what is
// asked and why, what a claim must show, what it is worth and on what ground it
// fails. A lawyer and a clerk write it as YAML with conditions in CEL; Parse
// makes of it an Edition, or says line by line what is wrong.
//
// The room is pure: it reads no file, clock or chance, so the same edition
// gives the same answer, and the same bytes of its Trace, on every machine and
// in ten years. There is one kind of number in a rule, the exact decimal (0.1 +
// 0.2 is 0.3), and dates have no hour.
package rulebook

import (
	"encoding/hex"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// Edition is one state of a programme's rulebook, compiled. It never changes:
// a claim is bound to the edition that it was filed under, by its Hash. It is
// safe for concurrent use; its slices and maps are for reading only.
type Edition struct {
	ID     string // the programme, such as "tsa-2007"
	Number string // which edition of it, such as "1"
	Hash   Hash   // SHA-256 of Source
	Source []byte // the YAML, byte for byte

	Title        Texts
	Programme    Programme
	Powers       map[string]Power // by act; an act that isn't named is nobody's
	Fields       []Field          // in the order of the file
	Categories   []Category
	Grounds      []Ground
	Requirements []Rule // formal: one that isn't met makes the claim deficient
	Eligibility  []Rule // one that isn't met refuses the claim, on its ground
	Valuation    []ValuationRule
	Otherwise    Rule   // the dismissal where no rule of Valuation applies
	Checks       []Rule // what looks wrong: for the eyes of the office, without effect
	Payment      Plan
	Import       *Import // nil where the programme has no file of an older office

	Sources     []string // where the rules were read
	Notes       []Texts  // what is not known, said openly
	Groups      []Group
	Parties     []Party
	Overlaps    []Overlap
	Identity    []Identity
	Deadlines   []Deadline
	Letters     []Letter
	Retention   []Retention
	Transitions []Transition
	Sections    []Section // of the forms, in order: the tasks of a task list
	Stories     []Story   // what may have happened, in people's words

	Warnings Problems // what the check found and what doesn't keep the edition from being used

	recordsOnly    bool
	party          string // id of the field marked party
	tables         map[string]*Table
	series         map[string]*Series
	grids          map[string]*Grid
	compiled       map[string]*program // by requirement, rule of eligibility and check: its condition
	when           map[string]*program // by field: when it is asked, where it says so
	fields         map[string]*Field
	categories     map[string]*compiledCategory
	checks         []compiledRule
	outcomeColumns []string
	outcomeWords   map[string]map[string]bool // by column: the words that Outcome knows
}

// Hash is the SHA-256 of an edition's source. Its text is lower-case hex.
type Hash [32]byte

// String is the hash in hex, 64 characters.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText is the hash in hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(h) {
		return fault.New(fault.Invalid, "rulebook.hash-invalid", "hash", string(text))
	}
	copy(h[:], b)
	return nil
}

// Texts is a text in each of the programme's languages, by language code.
type Texts map[string]string

// In is the text in that language, or in English, or "" where neither is there.
func (t Texts) In(language string) string {
	if s, ok := t[language]; ok {
		return s
	}
	return t["en"]
}

// Programme is the operation that the rulebook governs.
type Programme struct {
	Respondent   Texts            // against whom claims lie
	Basis        string           // the instrument that the programme rests on
	Period       day.Span         // when the loss must have happened; open ends are no date
	Territory    []string         // codes of the places that count, ISO 3166 or the programme's own
	TimeZone     string           // IANA name; decides on which legal day an instant falls
	Currencies   []money.Currency // the first one is the rule where none is named
	Languages    []string         // every text stands in each of them
	NumberPrefix string           // of the numbers that recorded claims get
}

// Power says who takes a step: the capacity that acts, and the capacity that
// consents where a second person is needed ("" where not). The office holds the
// limits within which an edition may say so. A power that names a treaty is one
// only while that is in force.
type Power struct {
	By     string `json:"by"`
	Second string `json:"second,omitempty"`
	Treaty string `json:"treaty,omitempty"` // its id; "" where none gates the power
}

// Field is one question, with what may answer it and how closely it is kept.
type Field struct {
	ID       string
	Type     FieldType
	Class    Class
	Label    Texts
	Why      Texts          // why we ask; no texts where the file gives none
	Currency money.Currency // of an amount
	Options  []Option       // of a choice, in order
	Max      int            // of a text: how many characters an answer may have
	Claimed  bool           // the amount that is claimed; one field of an edition at most
	Incident bool           // the date of the loss; one field at most
	Party    bool           // a choice of the party who files; one field at most
	Basis    string         // the article that needs the answer; "" where the file names none
	When     string         // CEL: when it is asked; "" always
	Help     Texts          // how to answer; no texts where the file gives none
	Unit     Texts          // what a number counts; likewise

	Example   Texts  // an answer as it may look; no texts where the file gives none
	Section   string // id of the Section that it stands in; "" where the edition has none
	Page      string // fields of one page follow each other in a form; "" stands alone
	Unsure    bool   // "I don't know" is an answer
	Decline   bool   // "I prefer not to say" is an answer, and harms nobody
	Shared    Share  // whose answer it is, so that another claim takes it over; "" the claim's own
	WorkedOut string // of an amount: the text field that says how it was worked out, needed with it
	Places    string // of an address: the list of places whose codes it takes; "" for free text only
}

// Share is whose an answer is: the claims of one draft that share that take it
// over from each other.
type Share string

// The shares.
const (
	OfPerson    Share = "person"    // the claims of one person
	OfHousehold Share = "household" // all claims of a draft
	OfEvent     Share = "event"     // the claims that came of one story
)

// Option is one answer that a choice allows. Its id is what is kept.
type Option struct {
	ID    string
	Label Texts
	Text  Texts // what it says in full, such as a text that is agreed to; no texts where the file gives none
}

// Category is a kind of loss with its own form.
type Category struct {
	ID        string
	Title     Texts
	Claimants []string // who may claim: individual, organisation, public-body
	Asks      []string // field ids, in the order of the form
	Requires  []string // those of Asks without which the claim is deficient, where they are asked

	Code         string // that the programme itself uses; "" where the id is it
	Group        string // id of the Group; "" for none
	Opens        day.Date
	Closes       day.Date
	NotOpen      bool // it is known and not yet open
	Form         Knowledge
	OnePerPerson bool
	Joint        bool // several people may file one claim
	Delicate     bool // about harm of which nobody should see that somebody reads about it
	Track        Track
	Evidence     Evidence
	Note         Texts
}

// Ground is why a claim is refused or dismissed, as its letter says it.
type Ground struct {
	ID   string
	Text Texts
}

// Rule is one condition and what stands behind it. Ids are unique among all
// rules of an edition, so that a trace needs no more than the id.
type Rule struct {
	ID         string
	Categories []string // to which it applies; none named is all
	Condition  string   // CEL; "" always holds
	Ground     string   // id of the Ground; "" for requirements and checks
	Text       Texts    // what the rule asks, or what a check found
	Basis      string   // the provision that it rests on
	Assumption bool     // the real rule isn't known or adopted
	Test       string   // of eligibility: which test it belongs to; "" where the rule is one by itself
}

// ValuationRule is a rule that gives an award or a dismissal; the first one
// whose condition holds decides. One of Sum, Amount, Points
// and Ground is set.
type ValuationRule struct {
	Rule                  // a Ground here makes it a dismissal
	Sum      money.Amount // a fixed sum
	Amount   string       // CEL: a number, in major units of Currency
	Points   string       // id of a Grid
	Currency money.Currency
	Steps    []Work // what is done with it, in this order
}

// Plan says how money at hand is paid out: to each award up to a slice of its
// currency, in the order of decision.
type Plan struct {
	Slice map[money.Currency]money.Amount
	Stop  StopRule
	Tiers []Tier // where they are, they say what a round pays, and Slice says nothing
}

// StopRule is what a round does at an award that the money at hand doesn't
// cover.
type StopRule string

const (
	Skip StopRule = "skip" // pass it over and try the next: it keeps its place for the next round
	Stop StopRule = "stop" // end the round: nobody overtakes
)

// acts are the steps that Powers may give to somebody.
var acts = []string{
	"record", "find_deficient", "answer_deficiency", "refuse", "withdraw", "report_outcomes",
	"find_test", "recommend", "decide_list", "resolve", "withdraw_resolution", "reverse", "propose_move", "consent_to_move", "amend", "ask_review",
	"propose_instalment", "adopt_instalment", "receive_contribution", "pay_round", "mark_payment",
}

// ofCommission are those of acts that a treaty may gate: the register and the
// fund rest on none.
var ofCommission = []string{"propose_instalment", "adopt_instalment"}

// claimants are the kinds of those who claim.
var claimants = []string{"individual", "organisation", "public-body"}

// Category finds a category by its id.
func (e *Edition) Category(id string) (*Category, bool) {
	c, ok := e.categories[id]
	if !ok {
		return nil, false
	}
	return c.Category, true
}

// Field finds a field by its id.
func (e *Edition) Field(id string) (*Field, bool) {
	f, ok := e.fields[id]
	return f, ok
}

// Ground finds a ground by its id.
func (e *Edition) Ground(id string) (*Ground, bool) {
	for i := range e.Grounds {
		if e.Grounds[i].ID == id {
			return &e.Grounds[i], true
		}
	}
	return nil, false
}

// Claimed finds the field with the amount claimed, if the form has one.
func (e *Edition) Claimed() (*Field, bool) {
	return e.marked(func(f *Field) bool { return f.Claimed })
}

// Incident finds the field with the date of the loss, if the form has one.
func (e *Edition) Incident() (*Field, bool) {
	return e.marked(func(f *Field) bool { return f.Incident })
}

func (e *Edition) marked(is func(*Field) bool) (*Field, bool) {
	for i := range e.Fields {
		if is(&e.Fields[i]) {
			return &e.Fields[i], true
		}
	}
	return nil, false
}
