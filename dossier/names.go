package dossier

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/openchancery/chancery/roll"
)

// The house's own table of states and territories: id, ISO 3166-1 codes, the
// Correlates of War's number, name. Ids are frozen here: they stand in
// installations' records and never change, whatever becomes of a name.
//
//go:embed states.csv
var statesTable string

// What others call things that the house has an id for already: without it a
// series would have one id by one list and another by the next.
//
//go:embed names.csv
var namesTable string

// StateName is one line of the house's table of states and territories.
type StateName struct {
	ID     roll.ID
	Alpha2 string // ISO 3166-1; "" where it never gave one, or gave it twice
	Alpha3 string
	COW    string // the Correlates of War's number
	Name   string // in English
}

type table struct {
	states                     []StateName
	byID                       map[roll.ID]StateName
	alpha2, alpha3, cow, names map[string]roll.ID
}

// house is the tables. They are compiled in and a test reads them, so that a
// broken one can't ship.
var house = sync.OnceValue(func() table {
	t := table{
		byID: map[roll.ID]StateName{}, alpha2: map[string]roll.ID{}, alpha3: map[string]roll.ID{},
		cow: map[string]roll.ID{}, names: map[string]roll.ID{},
	}
	for _, r := range lines(statesTable) {
		s := StateName{roll.ID(r[0]), r[1], r[2], r[3], r[4]}
		t.states, t.byID[s.ID] = append(t.states, s), s
		t.alpha2[s.Alpha2], t.alpha3[s.Alpha3], t.cow[s.COW] = s.ID, s.ID, s.ID
	}
	for _, r := range lines(namesTable) {
		t.names[nameKey(roll.Sort(r[0]), roll.ID(r[1]), r[2])] = roll.ID(r[3])
	}
	return t
})

func lines(text string) [][]string {
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic(err)
	}
	return all[1:]
}

func nameKey(sort roll.Sort, of roll.ID, text string) string {
	return strings.ToLower(string(sort) + "|" + string(of) + "|" + text)
}

// States are the house's names of states and territories, by id.
func States() []StateName { return house().states }

// StateOf is the house's id of the state that a standard gives a code to: two
// letters or three of ISO 3166-1, or the Correlates of War's number. Codes
// that ISO gave twice ("CS") are no state's.
func StateOf(code string) (roll.ID, bool) {
	t := house()
	if code == "" {
		return "", false
	}
	for _, by := range []map[string]roll.ID{t.alpha2, t.alpha3, t.cow} {
		if id, ok := by[code]; ok {
			return id, true
		}
	}
	return "", false
}

// idOf is the id of a thing that a list names in words: the house's, where its
// table has the name, otherwise one made of the words alone, so that every
// list that calls it so comes to the same. The body or state whose it is
// ("cis" for an office) goes before it.
func idOf(sort roll.Sort, of roll.ID, text string) roll.ID {
	if id, ok := house().names[nameKey(sort, of, text)]; ok {
		return id
	}
	if of != "" {
		return of + "-" + slug(text)
	}
	return slug(text)
}

// personIn is the id of a person whom a list of a series' meetings names, which
// may be by the family name alone.
func personIn(series roll.ID, name string) roll.ID {
	if id, ok := house().names[nameKey(roll.Person, series, name)]; ok {
		return id
	}
	return idOf(roll.Person, "", name)
}

// slug is an id made of words: lower-case letters, digits and hyphens. A
// letter of another script stands as its number.
func slug(text string) roll.ID {
	var b strings.Builder
	gap := false
	for _, c := range norm.NFD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, c) || c == '\'' || c == '’' || c == '.':
			continue
		case c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(c)
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			if b.Len() > 0 {
				b.WriteByte('-')
			}
			fmt.Fprintf(&b, "u%x", c)
		default:
			gap = true
			continue
		}
		gap = c > unicode.MaxASCII
	}
	id := b.String()
	return roll.ID(strings.TrimRight(id[:min(len(id), longestID)], "-"))
}

// longestID keeps an id within a stream's name ("roll/" goes before it).
const longestID = 120

// isID reports whether a text has the form of an id.
func isID(text string) bool {
	return text != "" && len(text) <= longestID && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && !strings.HasPrefix(text, "-")
}
