package rulebook

// A rule must not fail with a claim at hand because it reads a field that has
// no answer. What an expression makes sure of before it reads is found here,
// when the rulebook is checked.

// known is the set of names that certainly have an answer, by their number in
// the vocabulary.
type known []uint64

// with adds a name.
func (k known) with(number int) known {
	out := make(known, max(len(k), number/64+1))
	copy(out, k)
	out[number/64] |= 1 << (number % 64)
	return out
}

func (k known) has(number int) bool {
	return number/64 < len(k) && k[number/64]&(1<<(number%64)) != 0
}

// and is all of both.
func (k known) and(other known) known {
	if len(other) == 0 {
		return k
	}
	out := make(known, max(len(k), len(other)))
	copy(out, k)
	for i, bits := range other {
		out[i] |= bits
	}
	return out
}

// either is what both have.
func (k known) either(other known) known {
	out := make(known, min(len(k), len(other)))
	for i := range out {
		out[i] = k[i] & other[i]
	}
	return out
}

// sure is what is certainly answered where a condition is true, or false.
func (t *term) sure(truth bool, words vocabulary) known {
	switch {
	case t.kind == answeredTerm && truth:
		return known{}.with(words[t.name].number)
	case t.kind != callTerm:
		return nil
	case t.name == "!":
		return t.args[0].sure(!truth, words)
	case t.name == "&&" && truth, t.name == "||" && !truth:
		return t.args[0].sure(truth, words).and(t.args[1].sure(truth, words))
	case t.name == "&&", t.name == "||":
		return t.args[0].sure(truth, words).either(t.args[1].sure(truth, words))
	}
	return nil
}

// unguarded lists the reads of names that may have no answer.
func (t *term) unguarded(sure known, words vocabulary) []*term {
	switch {
	case t.kind == nameTerm:
		if w := words[t.name]; w.always || w.constant != nil || sure.has(w.number) {
			return nil
		}
		return []*term{t}
	case t.kind == callTerm && (t.name == "&&" || t.name == "||"):
		left := t.args[0].unguarded(sure, words)
		return append(left, t.args[1].unguarded(sure.and(t.args[0].sure(t.name == "&&", words)), words)...)
	case t.kind == callTerm && t.name == "?:":
		all := t.args[0].unguarded(sure, words)
		all = append(all, t.args[1].unguarded(sure.and(t.args[0].sure(true, words)), words)...)
		return append(all, t.args[2].unguarded(sure.and(t.args[0].sure(false, words)), words)...)
	}
	var all []*term
	for _, a := range t.args {
		all = append(all, a.unguarded(sure, words)...)
	}
	return all
}

// guarded refuses an expression that would read a field without an answer.
// given is what may be counted on, by category; when is what the rule itself
// has made sure of before.
func (c *checker) guarded(n *node, t *term, r *Rule, given map[string]known, when known) {
	for _, read := range t.unguarded(when, c.words) {
		at := *n
		at.line, at.column = c.place(n, read.at)
		for i := range c.edition.Categories {
			category := c.edition.categories[c.edition.Categories[i].ID]
			if !r.covers(category.ID) || given[category.ID].has(c.words[read.name].number) {
				continue
			}
			if _, field := c.edition.fields[read.name]; field && !category.asks[read.name] {
				c.say(&at, "field-not-asked-there", "", "field", read.name, "rule", r.ID, "category", category.ID)
			} else {
				c.say(&at, "may-be-unanswered", "answered("+read.name+")", "name", read.name, "rule", r.ID)
			}
			break
		}
	}
}
