// Package treaty is the record of treaties: who signed, ratified, objected and
// withdrew, what the clause on entry into force asks for, and what follows on
// any date.
//
// The record is a set of facts, as in the roll: what one source says, with the
// day on which we learned it, never changed. Actions are those of the
// depositary's practice; they stand with the state as it then was. What a
// treaty's status is follows from its actions and its clause, in whatever
// order they came; nothing of it is kept.
package treaty

import (
	"encoding/hex"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// FactID names a fact by what it says: 32 hexadecimal digits, the same whoever
// imports it, and whenever.
type FactID string

// Fact is one statement of one source. Exactly one of the pointers is set.
type Fact struct {
	Source roll.Source `json:"source"`
	Known  day.Date    `json:"known"`            // when we learned it
	Doubt  string      `json:"doubt,omitempty"`  // how sure it is, in the words of who entered it; "" where it was seen
	Note   string      `json:"note,omitempty"`   // what else there is to say
	Bundle string      `json:"bundle,omitempty"` // which bundle brought it

	Instrument *Instrument `json:"instrument,omitempty"`
	Action     *Action     `json:"action,omitempty"`
}

// Instrument is a treaty as a source describes it. Several facts may describe
// one treaty: each field counts as the fact that was learned last says it.
type Instrument struct {
	ID           string   `json:"id"` // "iccu-2025", "un:4-1"
	Title        string   `json:"title,omitempty"`
	Depositaries []string `json:"depositaries,omitempty"`
	Place        string   `json:"place,omitempty"`     // where it was done
	Adopted      day.When `json:"adopted,omitzero"`    // when its text was adopted
	Opened       day.When `json:"opened,omitzero"`     // when it was opened for signature
	Published    string   `json:"published,omitempty"` // where its text stands: "Trb. 2025, 101"
	Clause       *Clause  `json:"clause,omitempty"`
}

// Action is one act of the depositary's practice, by a party or by an organ.
type Action struct {
	Treaty string   `json:"treaty"`
	Kind   Kind     `json:"action"`
	Party  string   `json:"party,omitempty"` // the state or organisation as it then was: its id in the roll, or its name in the source's list
	Code   string   `json:"code,omitempty"`  // its ISO 3166-1 alpha-3 code, as given; an organisation has none
	Org    bool     `json:"organisation,omitempty"`
	On     day.When `json:"on,omitzero"`        // when it was done: signed, deposited, received
	Effect day.When `json:"effective,omitzero"` // when it takes effect, as the source gives it; zero: by the clause

	With         string   `json:"with,omitempty"`         // the depositary it was deposited with, where there are several
	Notification string   `json:"notification,omitempty"` // the depositary's: "C.N.123.2026"
	Text         string   `json:"text,omitempty"`         // of a reservation, declaration, objection
	Provisions   []string `json:"provisions,omitempty"`   // of the treaty that it is about
	Territories  []string `json:"territories,omitempty"`  // that it extends to or leaves out
	Against      string   `json:"against,omitempty"`      // an objection: the party whose reservation it meets

	Predecessor string `json:"predecessor,omitempty"`       // a succession: whose instrument it continues
	Ended       bool   `json:"predecessor_ended,omitempty"` // and the predecessor is no more

	Condition string `json:"condition,omitempty"` // a finding: the name of the clause's condition that is found met
	By        string `json:"by,omitempty"`        // the organ that found it
	Document  string `json:"document,omitempty"`  // in which it did

	Corrects FactID `json:"corrects,omitempty"` // a rectification: the fact that no longer stands
}

// Kind is what an action is.
type Kind string

// The actions. Those of the second group are words that lists of depositaries
// use beside the usual ones.
const (
	Adoption                 Kind = "adoption"
	Opening                  Kind = "opening"
	Signature                Kind = "signature"
	DefinitiveSignature      Kind = "definitive_signature"
	SuccessionToSignature    Kind = "succession_to_signature"
	WithdrawalOfSignature    Kind = "withdrawal_of_signature"
	Ratification             Kind = "ratification"
	Acceptance               Kind = "acceptance"
	Approval                 Kind = "approval"
	Accession                Kind = "accession"
	Succession               Kind = "succession"
	FormalConfirmation       Kind = "formal_confirmation"
	ConsentToBeBound         Kind = "consent_to_be_bound"
	ProvisionalApplication   Kind = "provisional_application"
	ProvisionalEnd           Kind = "provisional_application_end"
	Reservation              Kind = "reservation"
	Declaration              Kind = "declaration"
	Objection                Kind = "objection"
	WithdrawalOfReservation  Kind = "withdrawal_of_reservation"
	WithdrawalOfDeclaration  Kind = "withdrawal_of_declaration"
	WithdrawalOfObjection    Kind = "withdrawal_of_objection"
	TerritorialApplication   Kind = "territorial_application"
	Denunciation             Kind = "denunciation"
	Withdrawal               Kind = "withdrawal"
	WithdrawalOfDenunciation Kind = "withdrawal_of_denunciation"
	EntryIntoForce           Kind = "entry_into_force"           // as the depositary published it
	EntryForParty            Kind = "entry_into_force_for_party" // as the depositary published it
	AmendmentAcceptance      Kind = "amendment_acceptance"
	Termination              Kind = "termination"
	Rectification            Kind = "rectification"
	Finding                  Kind = "finding" // a named organ found a condition of the clause met

	Application             Kind = "application"
	ConsentOther            Kind = "consent_other"
	Notification            Kind = "notification"
	DefinitiveAcceptance    Kind = "definitive_acceptance"
	ProvisionalAcceptance   Kind = "provisional_acceptance"
	SimplifiedProcedure     Kind = "simplified_procedure"
	ConfirmationOfSignature Kind = "confirmation_of_signature"
)

// Kinds are all actions, in the order of a treaty's life.
var Kinds = []Kind{
	Adoption, Opening, Signature, DefinitiveSignature, SuccessionToSignature, ConfirmationOfSignature, WithdrawalOfSignature,
	Ratification, Acceptance, Approval, Accession, Succession, FormalConfirmation, ConsentToBeBound,
	ConsentOther, DefinitiveAcceptance, ProvisionalAcceptance, SimplifiedProcedure, Application, Notification,
	ProvisionalApplication, ProvisionalEnd, Reservation, Declaration, Objection,
	WithdrawalOfReservation, WithdrawalOfDeclaration, WithdrawalOfObjection, TerritorialApplication,
	Denunciation, Withdrawal, WithdrawalOfDenunciation, EntryIntoForce, EntryForParty,
	AmendmentAcceptance, Termination, Rectification, Finding,
}

// withoutParty are the actions of nobody in particular.
var withoutParty = map[Kind]bool{
	Adoption: true, Opening: true, EntryIntoForce: true, Termination: true, Rectification: true, Finding: true,
}

// Subject is the id of the treaty that the fact is about.
func (f Fact) Subject() string {
	switch {
	case f.Instrument != nil:
		return f.Instrument.ID
	case f.Action != nil:
		return f.Action.Treaty
	}
	return ""
}

// Check finds what can't be: a fault with the code treaty.fact.*.
func (f Fact) Check() error {
	wrong := func(code string, pairs ...any) error {
		return fault.New(fault.Invalid, "treaty.fact."+code, append([]any{"treaty", f.Subject()}, pairs...)...)
	}
	switch {
	case (f.Instrument == nil) == (f.Action == nil):
		return wrong("one")
	case f.Subject() == "":
		return wrong("no-treaty")
	case f.Source.Name == "":
		return wrong("no-source")
	case f.Known.IsZero():
		return wrong("no-known")
	}
	if _, ok := f.canonical(make([]byte, 0, 512)); !ok {
		if _, err := docket.Marshal(f); err != nil {
			return wrong("text")
		}
	}
	if f.Instrument != nil {
		if f.Instrument.Clause == nil {
			return nil
		}
		return f.Instrument.Clause.Check(f.Subject())
	}
	a := f.Action
	switch {
	case !a.Kind.known():
		return wrong("kind", "kind", a.Kind, "known", KnownKinds())
	case a.Party == "" && !withoutParty[a.Kind]:
		return wrong("no-party", "kind", a.Kind)
	case a.Kind == Finding && (a.Condition == "" || a.By == "" || a.Document == ""):
		return wrong("finding")
	case a.Kind == Rectification && a.Corrects == "" && a.Text == "":
		return wrong("rectification")
	}
	return nil
}

func (k Kind) known() bool {
	for _, other := range Kinds {
		if k == other {
			return true
		}
	}
	return false
}

// KnownKinds is the list of all actions, for a message.
func KnownKinds() string {
	words := make([]string, len(Kinds))
	for i, k := range Kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}

// Stream is the docket's stream for a treaty's facts. A stream's id has
// letters, digits, "_" and "-" only: every other byte is written as a full
// stop and its two hexadecimal digits, so that no two treaties share a stream.
func Stream(id string) docket.Stream {
	var b strings.Builder
	b.WriteString("treaty/")
	for i := range len(id) {
		c := id[i]
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('.')
		b.WriteString(hex.EncodeToString([]byte{c}))
	}
	return docket.Stream(b.String())
}
