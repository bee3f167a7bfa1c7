package treaty

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// Projection is what would be if what is assumed happened.
type Projection struct {
	Assumed []Fact `json:"assumed"`
	Now     Status `json:"now"`  // without
	Then    Status `json:"then"` // with, on the day of the last thing assumed
}

// verbs are the words of an assumption, with the action that each means.
var verbs = map[string]Kind{
	"signs": Signature, "ratifies": Ratification, "accepts": Acceptance, "approves": Approval,
	"accedes": Accession, "confirms": FormalConfirmation, "succeeds": Succession, "consents": ConsentToBeBound,
	"denounces": Denunciation, "withdraws": Withdrawal, "found": Finding,
}

// Verbs are the words that an assumption may use, in order.
func Verbs() string {
	var all []string
	for v := range verbs {
		all = append(all, v)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Assume reads an assumption: who, does what, when. "MD ratifies 2026-12-01",
// "Republic of Moldova ratifies 2026-12-01", and of a condition that an organ
// must find met, by its name in the clause: "funds_secured found 2027-01-15".
func (f *File) Assume(text string, knownOn day.Date) (Fact, error) {
	wrong := fault.New(fault.Invalid, "treaty.assume.form", "text", text, "verbs", Verbs())
	words := strings.Fields(text)
	if len(words) < 3 {
		return Fact{}, wrong
	}
	on, err := day.Parse(words[len(words)-1])
	kind, ok := verbs[words[len(words)-2]]
	if err != nil || !ok {
		return Fact{}, wrong
	}
	who := strings.Join(words[:len(words)-2], " ")
	a := Action{Treaty: f.id, Kind: kind, On: day.On(on)}
	v := f.view(f.id, end, knownOn, true, nil)
	if kind == Finding {
		for _, c := range conditionsOf(v.is.Clause) {
			if c.Finding != "" && c.Name == who {
				a.Condition, a.By, a.Document = c.Name, c.Finding, "assumed"
			}
			if a.By == AnyOrgan {
				a.By = "assumed"
			}
		}
		if a.By == "" {
			return Fact{}, fault.New(fault.NotFound, "treaty.assume.condition", "condition", who, "treaty", f.id)
		}
	} else {
		p, ok := v.find(who)
		if !ok {
			return Fact{}, fault.New(fault.NotFound, "treaty.assume.party", "party", who, "treaty", f.id)
		}
		a.Party, a.Code, a.Org = p.Name, p.Code, p.Org
	}
	known := knownOn
	if known.IsZero() {
		known = on
	}
	return Fact{Source: roll.Source{Name: "assumed"}, Known: known, Action: &a}, nil
}

// find is a party by its name, as the file has it, or by its ISO code of two or
// three letters, also where the file doesn't have it yet.
func (v *view) find(text string) (Party, bool) {
	for _, l := range v.lives {
		if strings.EqualFold(l.Name, text) {
			return l.Party, true
		}
	}
	code := strings.ToUpper(text)
	if three, ok := alpha3[code]; ok {
		code = three
	}
	for _, l := range v.lives {
		if l.Code == code {
			return l.Party, true
		}
	}
	for _, three := range alpha3 {
		if three == code {
			return Party{Name: code, Code: code, Org: code == "EUE"}, true
		}
	}
	return Party{}, false
}

// Project is the status as it would be after what is assumed, beside how it
// stands on a day.
func (f *File) Project(assumptions []string, on, knownOn day.Date) (Projection, error) {
	p := Projection{Assumed: []Fact{}, Now: f.Status(on, knownOn)}
	then := on
	var all []Fact
	for _, facts := range f.facts {
		for _, e := range facts {
			all = append(all, e.fact)
		}
	}
	for _, text := range assumptions {
		fact, err := f.Assume(text, knownOn)
		if err != nil {
			return Projection{}, err
		}
		p.Assumed, all = append(p.Assumed, fact), append(all, fact)
		then = day.Latest(then, fact.Action.On.First())
	}
	p.Then = NewFile(f.id, all).Status(then, knownOn)
	return p, nil
}
