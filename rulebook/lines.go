package rulebook

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A name and an address have parts, and stay texts that a person can read and
// type: first what there is to say in full, then one line for each part, with
// its key before it, in a fixed order:
//
//	Шевченко Олена Іванівна
//	latin: Olena Shevchenko
//	former: Коваль Олена Іванівна

// maxLines is how many characters such a text may have.
const maxLines = 1200

// maxPart is how many characters one part may have.
const maxPart = 300

// keyed is a part with its key.
type keyed struct{ key, text string }

// readLines parts such a text. Lines before the first key are taken together.
// ok is false where a line after it has no key, where a key comes twice that
// may not, and where a part is empty, too long or not printable.
func readLines(text string, keys []string, several ...string) (head string, parts []keyed, ok bool) {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxLines {
		return "", nil, false
	}
	var heads []string
	first := map[string]bool{}
	for line := range strings.Lines(text) {
		line = tidy(line)
		key, part, found := strings.Cut(line, ":")
		switch {
		case line == "":
			continue
		case found && slices.Contains(keys, key):
			if first[key] && !slices.Contains(several, key) {
				return "", nil, false
			}
			first[key] = true
			parts = append(parts, keyed{key, tidy(part)})
		case len(parts) > 0:
			return "", nil, false
		default:
			heads = append(heads, line)
		}
	}
	head = strings.Join(heads, ", ")
	for _, p := range append([]keyed{{"", head}}, parts...) {
		if p.key != "" && p.text == "" || utf8.RuneCountInString(p.text) > maxPart || strings.ContainsFunc(p.text, unprintable) {
			return "", nil, false
		}
	}
	return head, parts, true
}

// tidy takes away the space around a text and the space that stands twice.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// lines writes a text of parts; a part without text isn't written.
type lines struct{ b strings.Builder }

func (l *lines) add(key, text string) {
	text = tidy(text)
	if text == "" {
		return
	}
	if l.b.Len() > 0 {
		l.b.WriteByte('\n')
	}
	if key != "" {
		l.b.WriteString(key)
		l.b.WriteString(": ")
	}
	l.b.WriteString(text)
}
