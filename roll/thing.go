package roll

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
)

// The schemes of codes that answers are labelled with.
const (
	Alpha2       = "iso-3166-1-alpha-2"
	Abbreviation = "abbreviation"
)

// counting are the facts that are not set aside.
func counting(list []*held) []*held {
	for i, h := range list {
		if len(h.aside) > 0 {
			out := slices.Clone(list[:i])
			for _, rest := range list[i+1:] {
				if len(rest.aside) == 0 {
					out = append(out, rest)
				}
			}
			return out
		}
	}
	return list
}

// sort is what the record says that a thing is; "" where it doesn't.
func (r *Record) sort(id ID) Sort {
	for _, h := range counting(r.things[id]) {
		if h.Thing.Sort != "" {
			return h.Thing.Sort
		}
	}
	return ""
}

// Sort is what the record says that a thing is; "" where it doesn't.
func (r *Record) Sort(id ID) Sort { return r.sort(id) }

// whose is the body or organ that an office, organ or series belongs to.
func (r *Record) whose(id ID) ID {
	for _, h := range counting(r.things[id]) {
		if h.Thing.Of != "" {
			return h.Thing.Of
		}
	}
	return ""
}

// bodyOf is the body that a thing belongs to in the end: of an office of an
// organ, the organ's body. A body is its own.
func (r *Record) bodyOf(id ID) ID {
	for range 8 { // deeper than any organ of an organ, and no circle
		of := r.whose(id)
		if of == "" || r.sort(id) == Body || r.sort(id) == State {
			return id
		}
		id = of
	}
	return id
}

// Things are the ids of a sort, in order.
func (r *Record) Things(sort Sort) []ID {
	var out []ID
	for id := range r.things {
		if r.sort(id) == sort {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Group are the members of a group, in order.
func (r *Record) Group(id ID) []ID {
	var out []ID
	for _, h := range counting(r.things[id]) {
		out = append(out, h.Thing.Members...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// within answers whether a day lies in the time from and to give; a zero end
// is none, and a zero day lies in any.
func within(from, to day.When, on day.Date) day.Tri {
	if on.IsZero() {
		return day.Yes
	}
	begun, over := day.Yes, day.No
	if !from.IsZero() {
		begun = from.By(on)
	}
	if !to.IsZero() {
		over = to.Before(on)
	}
	return begun.And(over.Not())
}

// code is a thing's code of a scheme on a day; where none stood then, "".
func (r *Record) code(id ID, scheme string, on day.Date) string {
	var may string
	for _, h := range counting(r.things[id]) {
		for _, c := range h.Thing.Codes {
			if c.Scheme != scheme {
				continue
			}
			switch within(c.From, c.To, on) {
			case day.Yes:
				return c.Value
			case day.CantBeTold:
				may = cmp.Or(may, c.Value)
			}
		}
	}
	return may
}

// name is what a thing was called in English on a day, else in any language,
// else at any time, else its id.
func (r *Record) name(id ID, on day.Date) string {
	var best string
	var rank int
	for _, h := range counting(r.things[id]) {
		for _, n := range h.Thing.Names {
			points := 1
			if n.Lang == "" || n.Lang == "en" {
				points += 2
			}
			switch within(n.From, n.To, on) {
			case day.Yes:
				points += 8
			case day.CantBeTold:
				points += 4
			}
			if points > rank {
				best, rank = n.Text, points
			}
		}
	}
	return cmp.Or(best, string(id))
}

// Ref names a thing as it was called and coded on a day.
func (r *Record) Ref(id ID, on day.Date) Ref {
	if id == "" {
		return Ref{}
	}
	code := r.code(id, Alpha2, on)
	if code == "" && r.sort(id) != State {
		code = r.code(id, Abbreviation, on)
	}
	return Ref{ID: id, Code: code, Name: r.name(id, on)}
}

// Profile is what the record says of a thing itself: every source's account.
type Profile struct {
	Ref      Ref      `json:"ref"`
	Sort     Sort     `json:"sort"`
	Accounts []Thing  `json:"accounts"` // one for each source, in the order of Cited
	Cited    []Cited  `json:"cited"`
	Comes    []Became `json:"comes"` // successions that it came from or went into
}

// Became is one succession.
type Became struct {
	Succession Succession `json:"succession"`
	Cited      Cited      `json:"cited"`
}

// Profile is what the record says of a thing, with its names as on that day.
func (r *Record) Profile(id ID, on day.Date) Profile {
	p := Profile{Ref: r.Ref(id, on), Sort: r.sort(id), Accounts: []Thing{}, Cited: citeAll(r.things[id]), Comes: []Became{}}
	for _, h := range r.things[id] {
		p.Accounts = append(p.Accounts, *h.Thing)
	}
	for _, h := range r.facts {
		if h.Succession != nil && (slices.Contains(h.Succession.Predecessors, id) || slices.Contains(h.Succession.Successors, id)) {
			p.Comes = append(p.Comes, Became{*h.Succession, cite(h)})
		}
	}
	return p
}

// fold is a text as it is looked for: lower case, single spaces.
func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
