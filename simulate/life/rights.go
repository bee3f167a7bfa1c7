package life

import "slices"

// may says who may enter what: the policy in other words, by the kind of the
// entry. What isn't in it may nobody.
var may = map[string]struct {
	by     []string
	second []string // nil: one person is enough
}{
	"actor.added.v1":                     {[]string{"administrator"}, nil},
	"actor.ended.v1":                     {[]string{"administrator"}, nil},
	"actor.invited.v1":                   {[]string{"administrator"}, nil},
	"actor.token_added.v1":               {[]string{"administrator"}, nil},
	"programme.edition_published.v1":     {[]string{"administrator"}, nil},
	"readings.headed.v1":                 {[]string{"administrator", "officer", "commissioner", "treasurer", "depositary"}, nil},
	"claim.filed.v1":                     {[]string{"officer"}, nil},
	"claim.found_deficient.v1":           {[]string{"officer"}, nil},
	"claim.deficiency_answered.v1":       {[]string{"officer"}, nil},
	"claim.recorded.v1":                  {[]string{"officer"}, nil},
	"claim.refused.v1":                   {[]string{"officer"}, []string{"officer"}},
	"claim.withdrawn.v1":                 {[]string{"officer"}, nil},
	"claim.code_given.v1":                {[]string{"officer"}, nil},
	"claim.held.v1":                      {[]string{"officer", "administrator"}, []string{"officer", "administrator"}},
	"claim.released.v1":                  {[]string{"officer", "administrator"}, []string{"officer", "administrator"}},
	"claim.linked.v1":                    {[]string{"officer"}, nil},
	"claim.unlinked.v1":                  {[]string{"officer"}, nil},
	"claim.evidence_added.v1":            {[]string{"officer", "schedule"}, nil},
	"claim.erased.v1":                    {[]string{"officer", "administrator"}, []string{"officer", "administrator"}},
	"register.claims_recorded.v1":        {[]string{"officer"}, nil},
	"register.claims_found_deficient.v1": {[]string{"officer"}, nil},
	"register.claims_refused.v1":         {[]string{"officer"}, []string{"officer"}},
	"register.outcomes_reported.v1":      {[]string{"officer"}, nil},
	"claim.outcome_reported.v1":          {[]string{"officer"}, nil},
	"commission.instalment_proposed.v1":  {[]string{"officer"}, nil},
	"commission.instalment_adopted.v1":   {[]string{"commissioner"}, []string{"commissioner"}},
	"fund.owed_booked.v1":                {[]string{"commissioner"}, []string{"commissioner"}},
	"fund.contribution_received.v1":      {[]string{"treasurer"}, nil},
	"fund.round_ordered.v1":              {[]string{"treasurer"}, []string{"treasurer"}},
	"fund.payments_settled.v1":           {[]string{"treasurer"}, nil},
	"treaty.bundle_entered.v1":           {[]string{"depositary", "administrator"}, nil},
	"treaty.facts_entered.v1":            {[]string{"depositary", "administrator"}, nil},
}

// checkRight holds an entry against what its people might do at that moment.
func (b *books) checkRight(l line) {
	switch {
	case l.Stream == "actor/registrar" && l.Version == 1: // whom init lets in
		return
	case l.Kind == "readings.headed.v1" && l.Actor == "installation": // the job
		return
	}
	rule, ok := may[string(l.Kind)]
	if !ok {
		b.broken(l, noRight, "no rule allows it")
		return
	}
	b.checkPerson(l, l.Actor, l.Capacity, rule.by)
	switch {
	case rule.second == nil:
		return
	case l.Second == nil:
		b.broken(l, noRight, "it takes two people, and %s was alone", l.Actor)
		return
	case l.Second.Actor == l.Actor:
		b.broken(l, noRight, "it takes two people, and both are %s", l.Actor)
	}
	b.checkPerson(l, l.Second.Actor, l.Second.Capacity, rule.second)
	if at := b.owned[l.Stream]; at != nil && l.Kind == "commission.instalment_adopted.v1" && (at.proposer == l.Actor || at.proposer == l.Second.Actor) {
		b.broken(l, noRight, "%s proposed it", at.proposer)
	}
}

func (b *books) checkPerson(l line, id, capacity string, rule []string) {
	at := b.actors[id]
	switch {
	case at == nil || at.ended:
		b.broken(l, noRight, "%s may not act", id)
	case !slices.Contains(at.capacities, capacity) || !slices.Contains(rule, capacity):
		b.broken(l, noRight, "%s acts as %s, and is %v", id, capacity, at.capacities)
	}
}
