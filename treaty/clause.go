package treaty

import (
	"math/big"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Clause is what a treaty says about its own entry into force and its end, as
// data. The treaty enters into force when every condition is met, after the
// delay, and never before its floors (a date, another treaty).
type Clause struct {
	Provision  string      `json:"provision"`            // "Article 14(1)"
	Wording    string      `json:"wording,omitempty"`    // quoted, or in our words
	Counts     []Kind      `json:"counts,omitempty"`     // the actions that count as instruments; none: UsualCounts
	Conditions []Condition `json:"conditions,omitempty"` // all of them must be met
	Delay      Delay       `json:"delay,omitzero"`       // from the day on which the last condition was met
	NotBefore  day.Date    `json:"not_before,omitzero"`  // in no case earlier
	NotWithin  Delay       `json:"not_within,omitzero"`  // nor within this time after opening for signature
	After      []string    `json:"after,omitempty"`      // nor before these treaties are in force

	Parties    *PartyRule  `json:"parties,omitempty"`    // when it enters into force for each party; none: Article 24 of the Vienna Convention
	Withdrawal *NoticeRule `json:"withdrawal,omitempty"` // how one leaves
	Below      *BelowRule  `json:"below,omitempty"`      // falling below a number of parties ends it
}

// Condition is one limb of a clause. Exactly one of Number, Share, All and
// Finding says what it asks for.
type Condition struct {
	Name      string `json:"name"`                // a code: "instruments", "funds_secured"
	Provision string `json:"provision,omitempty"` // if another than the clause's

	Number int `json:"number,omitempty"` // so many instruments

	Share   string            `json:"share,omitempty"`   // instruments that together weigh at least so much: "55" or "55.5"
	Over    bool              `json:"over,omitempty"`    // more than the share, not just the share
	Weights map[string]string `json:"weights,omitempty"` // what each party weighs, by code or name: decimals

	All []string `json:"all,omitempty"` // the instruments of every one of these, by code or name

	Finding string `json:"finding,omitempty"` // that this organ finds it met: "Assembly"; or AnyOrgan

	Among         []string `json:"among,omitempty"`       // only of these, by code or name
	Group         string   `json:"group,omitempty"`       // what those are called: "member states of the Council of Europe"
	Signatories   bool     `json:"signatories,omitempty"` // only of signatories
	Organisations bool     `json:"organisations,omitempty"`
}

// AnyOrgan stands for the organ of a finding where it isn't known which one the
// clause means: the finding itself names its organ and its document.
const AnyOrgan = "any"

// PartyRule says when a treaty enters into force for one party.
type PartyRule struct {
	Provision string  `json:"provision,omitempty"`
	Variant   Variant `json:"variant"`
	Delay     Delay   `json:"delay,omitzero"` // from the deposit
}

// Variant is one of the two ways in which treaties treat those who deposited
// shortly before the treaty entered into force.
type Variant string

// The variants.
const (
	VariantA Variant = "A" // the later of the treaty's own date and the deposit with its delay
	VariantB Variant = "B" // who deposited by the treaty's own date: on that date; who came later: the deposit with its delay
)

// NoticeRule says when a withdrawal takes effect.
type NoticeRule struct {
	Provision string `json:"provision,omitempty"`
	Delay     Delay  `json:"delay,omitzero"`      // from the notification
	NotWithin Delay  `json:"not_within,omitzero"` // no notice within this time after the treaty entered into force
}

// BelowRule ends a treaty that has fewer parties than Number.
type BelowRule struct {
	Provision string `json:"provision,omitempty"`
	Number    int    `json:"number"`
}

// UsualCounts are the actions by which consent to be bound is usually given.
// A succession is not among them: it continues an instrument that was counted.
// A clause that names it counts it where that instrument isn't in the file.
var UsualCounts = []Kind{
	Ratification, Acceptance, Approval, Accession, FormalConfirmation, ConsentToBeBound, DefinitiveSignature,
	ConsentOther, DefinitiveAcceptance, SimplifiedProcedure,
}

// Check finds what no clause can say: a fault with the code treaty.clause.*.
func (c *Clause) Check(treaty string) error {
	names := map[string]bool{}
	for i := range c.Conditions {
		if err := c.Conditions[i].check(treaty); err != nil {
			return err
		}
		if names[c.Conditions[i].Name] {
			return fault.New(fault.Invalid, "treaty.clause.twice", "treaty", treaty, "condition", c.Conditions[i].Name)
		}
		names[c.Conditions[i].Name] = true
	}
	for _, k := range c.Counts {
		if !k.known() {
			return fault.New(fault.Invalid, "treaty.fact.kind", "treaty", treaty, "kind", k, "known", KnownKinds())
		}
	}
	if c.Parties != nil && c.Parties.Variant != VariantA && c.Parties.Variant != VariantB {
		return fault.New(fault.Invalid, "treaty.clause.variant", "treaty", treaty, "variant", c.Parties.Variant)
	}
	if slices.Contains(c.After, treaty) {
		return fault.New(fault.Invalid, "treaty.clause.itself", "treaty", treaty)
	}
	return nil
}

func (c Condition) check(treaty string) error {
	wrong := func(code string, pairs ...any) error {
		return fault.New(fault.Invalid, "treaty.clause."+code, append([]any{"treaty", treaty, "condition", c.Name}, pairs...)...)
	}
	asks := 0
	for _, asked := range []bool{c.Number > 0, c.Share != "", len(c.All) > 0, c.Finding != ""} {
		if asked {
			asks++
		}
	}
	switch {
	case c.Name == "":
		return wrong("no-name")
	case asks != 1 || c.Number < 0:
		return wrong("asks")
	case len(c.Among) > 0 && c.Number > len(c.Among):
		return wrong("too-few", "number", c.Number, "among", len(c.Among))
	case c.Share == "":
		return nil
	}
	if _, ok := new(big.Rat).SetString(c.Share); !ok {
		return wrong("weight", "weight", c.Share)
	}
	for party, weight := range c.Weights {
		if w, ok := new(big.Rat).SetString(weight); !ok || w.Sign() < 0 {
			return wrong("weight", "weight", party+": "+weight)
		}
	}
	return nil
}
