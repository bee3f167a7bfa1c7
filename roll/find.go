package roll

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// mostCandidates bounds the candidates that a fault names.
const mostCandidates = 8

// byName is the index of names, made when it is first asked for: most records
// of earlier days are never searched.
func (r *Record) byName() map[string][]ID {
	r.naming.Do(r.indexNames)
	return r.names
}

func (r *Record) indexNames() {
	r.names = map[string][]ID{}
	add := func(text string, id ID) {
		key := fold(text)
		if key != "" && !slices.Contains(r.names[key], id) {
			r.names[key] = append(r.names[key], id)
		}
	}
	for id, list := range r.things {
		add(string(id), id)
		for _, h := range list {
			for _, n := range h.Thing.Names {
				add(n.Text, id)
			}
			for _, c := range h.Thing.Codes {
				add(c.Value, id)
			}
		}
	}
	// What is only spoken of can be asked about by its id.
	spoken := map[ID]bool{}
	speak := func(id ID) {
		if len(r.things[id]) == 0 && !spoken[id] {
			spoken[id] = true
			add(string(id), id)
		}
	}
	for body, chains := range r.bodies {
		speak(body)
		for _, s := range chains {
			speak(s.member)
		}
	}
	for _, index := range []map[ID][]*held{r.tenures, r.careers, r.meetings} {
		for id := range index {
			speak(id)
		}
	}
	for _, ids := range r.names {
		slices.Sort(ids)
	}
}

// Find is the thing that a text names on a day: an id, a code, an abbreviation
// or a name, in any case of letters. The zero day is any day; sorts, where any
// are given, limit what it may be. A text that names several things is a fault
// of kind Invalid, one that names none of kind NotFound, both with candidates.
// A name that stood at another time is taken where it names one thing alone.
func (r *Record) Find(text string, on day.Date, sorts ...Sort) (ID, error) {
	key := fold(text)
	named := slices.Clone(r.byName()[key])
	named = slices.DeleteFunc(named, func(id ID) bool { return !r.isSort(id, sorts) })
	for _, id := range named {
		if fold(string(id)) == key {
			return id, nil
		}
	}
	var then, maybe []ID
	for _, id := range named {
		switch r.namedOn(id, key, on) {
		case day.Yes:
			then = append(then, id)
		case day.CantBeTold:
			maybe = append(maybe, id)
		}
	}
	for _, list := range [][]ID{then, maybe, named} {
		switch {
		case len(list) == 1:
			return list[0], nil
		case len(list) > 1:
			return "", fault.New(fault.Invalid, "roll.ambiguous", "text", text, "on", on, "candidates", r.candidates(list))
		}
	}
	return "", fault.New(fault.NotFound, "roll.unknown", "text", text, "candidates", r.candidates(r.near(key, sorts)))
}

// isSort takes a thing of no sort for any.
func (r *Record) isSort(id ID, sorts []Sort) bool {
	is := r.sort(id)
	return len(sorts) == 0 || is == "" || slices.Contains(sorts, is)
}

// namedOn answers whether the text named the thing on that day.
func (r *Record) namedOn(id ID, key string, on day.Date) day.Tri {
	named := day.No
	for _, h := range r.things[id] {
		for _, n := range h.Thing.Names {
			if fold(n.Text) == key {
				named = named.Or(within(n.From, n.To, on))
			}
		}
		for _, c := range h.Thing.Codes {
			if fold(c.Value) == key {
				named = named.Or(within(c.From, c.To, on))
			}
		}
	}
	return named
}

// candidates is a list for a sentence: "czechoslovakia (Czechoslovakia), …".
func (r *Record) candidates(list []ID) string {
	var b strings.Builder
	for i, id := range list {
		if i == mostCandidates {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(id))
		if name := r.name(id, day.Date{}); name != string(id) {
			b.WriteString(" (" + name + ")")
		}
	}
	return b.String()
}

// near are the things with a name like that: one holds the other, or they
// differ by two letters at most.
func (r *Record) near(key string, sorts []Sort) []ID {
	if key == "" {
		return nil
	}
	var out []ID
	for name, ids := range r.byName() {
		like := len(key) >= 3 && (strings.Contains(name, key) || len(name) >= 3 && strings.Contains(key, name)) || distance(name, key, 2) <= min(2, len(key)/3)
		if !like {
			continue
		}
		for _, id := range ids {
			if r.isSort(id, sorts) {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// distance is how many letters must be changed, added or taken out to make b
// of a, or most+1 where it is more than most.
func distance(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > most || len(y)-len(x) > most {
		return most + 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(y); j++ {
			next := diagonal
			if x[i-1] != y[j-1] {
				next = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], next
		}
	}
	return min(row[len(y)], most+1)
}
