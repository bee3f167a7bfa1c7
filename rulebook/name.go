package rulebook

// Name is a person's name as its papers have it. It isn't parted into first and
// last: many names have no such parts, or have them in another order.
//
// Its canonical text is the full name on the first line; then, each on a line of
// its own where it is there, "latin: …", "patronymic: …" and, as often as
// needed, "former: …". A full name alone is the text itself.
type Name struct {
	Full       string   `json:"full"`                 // as in the document, in its own script; never empty
	Latin      string   `json:"latin,omitempty"`      // as a passport spells it
	Patronymic string   `json:"patronymic,omitempty"` // where there is one
	Former     []string `json:"former,omitempty"`     // other full names borne before
}

// The keys of a name's parts, in their order.
const (
	latinKey      = "latin"
	patronymicKey = "patronymic"
	formerKey     = "former"
)

// ParseName reads what String writes, and what a person types of it: space too
// much is taken away, parts may stand in any order. ok is false where there is
// no full name, or a part is empty, too long (300 characters) or not printable.
func ParseName(text string) (n Name, ok bool) {
	full, parts, ok := readLines(text, []string{latinKey, patronymicKey, formerKey}, formerKey)
	if !ok || full == "" {
		return Name{}, false
	}
	n.Full = full
	for _, p := range parts {
		switch p.key {
		case latinKey:
			n.Latin = p.text
		case patronymicKey:
			n.Patronymic = p.text
		case formerKey:
			n.Former = append(n.Former, p.text)
		}
	}
	return n, true
}

// String is the canonical text.
func (n Name) String() string {
	var l lines
	l.add("", n.Full)
	l.add(latinKey, n.Latin)
	l.add(patronymicKey, n.Patronymic)
	for _, former := range n.Former {
		l.add(formerKey, former)
	}
	return l.b.String()
}

// Name is the name that answers a field of that type; of any other it is empty.
func (v Value) Name() Name {
	if v.kind != FullName || v.unsaid != said {
		return Name{}
	}
	n, _ := ParseName(v.text)
	return n
}
