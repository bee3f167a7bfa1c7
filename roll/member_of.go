package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
)

// MemberOf is what one member is in one body on a day, by the body's own rule.
type MemberOf struct {
	Body Ref   `json:"body"`
	Rule Rated `json:"rule"`
	Standing
}

// MemberOf are all bodies in which a member has an act, by the body's name: what
// it is there on a day, also where it left. A body that has no rule for it is
// told by the general one.
func (r *Record) MemberOf(member ID, on day.Date) []MemberOf {
	out := []MemberOf{}
	for body, chains := range r.bodies {
		i, ok := slices.BinarySearchFunc(chains, member, func(s *spells, id ID) int { return cmp.Compare(s.member, id) })
		if !ok {
			continue
		}
		used, _, err := r.ruleFor(body, "", on)
		if err != nil {
			continue // a body that isn't there: no rule is asked for by name
		}
		st := used.on(chains[i], on)
		st.Member, st.Cited = r.Ref(member, on), citeAll(chains[i].acts)
		out = append(out, MemberOf{r.Ref(body, on), used.rated, st})
	}
	slices.SortFunc(out, func(a, b MemberOf) int {
		return cmp.Or(cmp.Compare(a.Body.Name, b.Body.Name), cmp.Compare(a.Body.ID, b.Body.ID))
	})
	return out
}

// SeriesOf are the series of meetings of a body and of its organs, in order.
func (r *Record) SeriesOf(body ID) []ID { return r.seriesOf(body) }

// Len is how many facts the record has that are not withdrawn.
func (r *Record) Len() int { return len(r.facts) }

// Each goes over the facts of Facts in the same order without copying them; they
// are not to be changed.
func (r *Record) Each(yield func(*Fact) bool) {
	for _, h := range r.facts {
		if !yield(&h.Fact) {
			return
		}
	}
}
