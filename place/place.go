// Package place holds lists of places: for each a code, what it lies in, and
// what it is called. The list that it reads is Ukraine's official codifier
// KATOTTG; another list in the flat form (see Read) is held alike. A list is a
// dated snapshot and never changes: a later one is another list.
//
// The room is pure: it is handed bytes and rows and opens no file.
package place

import (
	"slices"
	"strings"
	"unicode"

	"github.com/openchancery/chancery/day"
)

// Level is what kind of place it is, as KATOTTG writes it.
type Level string

// The levels of KATOTTG, from the widest.
const (
	Region      Level = "O" // region, and the Autonomous Republic of Crimea
	SpecialCity Level = "K" // Kyiv and Sevastopol
	District    Level = "P"
	Community   Level = "H" // territorial community
	City        Level = "M"
	Town        Level = "T" // urban-type settlement
	Village     Level = "C"
	Settlement  Level = "X"
	CityPart    Level = "B" // district of a city
)

// Levels are all of them, from the widest.
var Levels = []Level{Region, SpecialCity, District, Community, City, Town, Village, Settlement, CityPart}

// Settled reports whether people's homes stand in it: a city, town, village or
// settlement, or a part of a city. The others are only on the way there.
func (l Level) Settled() bool { return slices.Contains(Levels[4:], l) || l == SpecialCity }

// Place is one of them.
type Place struct {
	Code   string   `json:"code"`
	Level  Level    `json:"level"`
	Parent string   `json:"parent,omitempty"` // code; "" for the widest
	Name   string   `json:"name"`             // in Ukrainian
	Latin  string   `json:"latin,omitempty"`  // "" where the list gives none: see Spelled
	From   day.Date `json:"from,omitzero"`    // since when the code counts; no date where the list says nothing
	To     day.Date `json:"to,omitzero"`      // the last day on which it counted; likewise
	Old    string   `json:"old,omitempty"`    // its code in KOATUU, the list before
}

// Gone reports whether its code no longer counts on that day.
func (p *Place) Gone(on day.Date) bool { return !p.To.IsZero() && on.After(p.To) }

// Spelled is the name in Latin letters: the list's own, or spelled by the rule
// of the Cabinet's resolution 55 of 2010.
func (p *Place) Spelled() string {
	if p.Latin != "" {
		return p.Latin
	}
	return Latin(p.Name)
}

// List is one snapshot.
type List struct {
	Date   day.Date // of the snapshot
	places []Place  // in the order of codes
	within map[string][]int
	old    map[string]int
	names  []name // in the order of folded names
}

// name is a name of a place as it is looked for.
type name struct {
	folded string
	at     int
}

// Len is how many places there are.
func (l *List) Len() int { return len(l.places) }

// Find finds a place by its code, by the code of the list before (KOATUU) too.
func (l *List) Find(code string) (*Place, bool) {
	at, ok := slices.BinarySearchFunc(l.places, code, func(p Place, code string) int { return strings.Compare(p.Code, code) })
	if !ok {
		if at, ok = l.old[code]; !ok {
			return nil, false
		}
	}
	return &l.places[at], true
}

// Children are the places right below one, by name; below "" the widest. A
// nation's alphabet isn't that of its codes: see Less.
func (l *List) Children(code string) []*Place {
	var all []*Place
	for _, at := range l.within[code] {
		all = append(all, &l.places[at])
	}
	slices.SortStableFunc(all, func(a, b *Place) int { return compare(a.Name, b.Name) })
	return all
}

// Way is a place with all that it lies in, the widest first; nil where there is
// none of that code.
func (l *List) Way(code string) []*Place {
	var way []*Place
	for p, ok := l.Find(code); ok && len(way) <= len(Levels); p, ok = l.Find(p.Parent) {
		way = append(way, p)
	}
	slices.Reverse(way)
	return way
}

// Search finds the places whose name begins with a text, in Ukrainian or in
// Latin letters, whatever its case and apostrophes: at most so many, the settled
// ones first, then by name. Nothing is found for no text.
func (l *List) Search(prefix string, most int) []*Place {
	prefix = fold(prefix)
	if prefix == "" || most < 1 {
		return nil
	}
	var found []int
	at, _ := slices.BinarySearchFunc(l.names, prefix, func(n name, prefix string) int { return strings.Compare(n.folded, prefix) })
	for ; at < len(l.names) && strings.HasPrefix(l.names[at].folded, prefix); at++ {
		if !slices.Contains(found, l.names[at].at) {
			found = append(found, l.names[at].at)
		}
		if len(found) == maxFound {
			break
		}
	}
	all := make([]*Place, len(found))
	for i, at := range found {
		all[i] = &l.places[at]
	}
	slices.SortStableFunc(all, func(a, b *Place) int {
		if a.Level.Settled() != b.Level.Settled() {
			if a.Level.Settled() {
				return -1
			}
			return 1
		}
		if c := compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Code, b.Code)
	})
	return all[:min(len(all), most)]
}

// maxFound bounds how many names one search looks at: no name begins the names
// of more places.
const maxFound = 2000

// alphabet is that of Ukrainian; a letter that isn't in it comes after.
const alphabet = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"

// compare orders names by the Ukrainian alphabet.
func compare(a, b string) int {
	ra, rb := []rune(fold(a)), []rune(fold(b))
	for i := range min(len(ra), len(rb)) {
		if c := weight(ra[i]) - weight(rb[i]); c != 0 {
			return c
		}
	}
	return len(ra) - len(rb)
}

func weight(r rune) int {
	if at := strings.IndexRune(alphabet, r); at >= 0 {
		return at + 0x80 // after Latin letters, digits and signs
	}
	if r < 0x80 {
		return int(r)
	}
	return int(r) + len(alphabet)*2
}

// fold is a name as it is looked for: lower case, without apostrophes, hyphens
// and spaces as one space.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		switch {
		case r == '\'' || r == '’' || r == 'ʼ' || r == '`' || r == '"':
			continue
		case unicode.IsSpace(r) || r == '-' || r == '‑' || r == '–':
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
