package sheet

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// YAML writes the map as a clerk would. What Propose was unsure of stands as
// a comment above the key it is about; say makes a sentence of it, and nil
// leaves comments out.
func (m *Map) YAML(say func(error) string) string {
	w := mapWriter{m: m, say: say}
	w.remark(0, "")
	w.text(0, "", "source", m.Source)
	w.text(0, "", "encoding", m.Encoding)
	w.text(0, "", "delimiter", m.Delimiter)
	w.list(0, "", "unanswered", m.Unanswered)
	w.feed(0, "", "number", &m.Number)
	w.feed(0, "", "received", &m.Received)
	w.feed(0, "", "category", &m.Category)
	w.feed(0, "", "claimant", &m.Claimant)
	if len(m.Fields) > 0 {
		w.b.WriteString("\nfields:\n")
		for _, id := range m.fieldOrder() {
			f := m.Fields[id]
			w.feed(1, "fields", id, &f)
		}
	}
	w.remark(0, "fields")
	if len(m.Outcome) > 0 {
		w.b.WriteByte('\n')
	}
	w.list(0, "", "outcome", m.Outcome)
	w.feed(0, "", "award", m.Award)
	w.feed(0, "", "decided_on", m.DecidedOn)
	w.remark(0, "unused")
	return w.b.String()
}

// fieldOrder is the fields in the form's order where Propose knows it, else
// by id.
func (m *Map) fieldOrder() []string {
	if len(m.order) == len(m.Fields) {
		return m.order
	}
	return sortedKeys(m.Fields)
}

type mapWriter struct {
	b   strings.Builder
	m   *Map
	say func(error) string
}

// remark writes what there is to say of a path.
func (w *mapWriter) remark(depth int, path string) {
	if w.say == nil {
		return
	}
	for _, note := range w.m.remarks[path] {
		for line := range strings.Lines(w.say(note)) {
			fmt.Fprintf(&w.b, "%s# %s\n", strings.Repeat("  ", depth), shownLine(line))
		}
	}
}

// shownLine is a line of a comment: on one line, whatever the file's names
// hold.
func shownLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.TrimRight(s, "\r\n"))
}

func (w *mapWriter) key(depth int, path, key string) {
	w.remark(depth, strings.TrimPrefix(path+"."+key, "."))
	fmt.Fprintf(&w.b, "%s%s:", strings.Repeat("  ", depth), yamlText(key))
}

func (w *mapWriter) text(depth int, path, key, s string) {
	if s != "" {
		w.key(depth, path, key)
		fmt.Fprintf(&w.b, " %s\n", yamlText(s))
	}
}

func (w *mapWriter) list(depth int, path, key string, all []string) {
	if len(all) == 0 {
		return
	}
	var texts []string
	for _, s := range all {
		texts = append(texts, yamlText(s))
	}
	w.key(depth, path, key)
	fmt.Fprintf(&w.b, " [%s]\n", strings.Join(texts, ", "))
}

func (w *mapWriter) feed(depth int, path, key string, f *Feed) {
	if f == nil || path == "" && f.isZero() && len(w.m.remarks[key]) == 0 {
		return
	}
	if depth == 0 {
		w.b.WriteByte('\n')
	}
	w.key(depth, path, key)
	w.b.WriteByte('\n')
	path = strings.TrimPrefix(path+"."+key, ".")
	depth++
	w.text(depth, path, "column", f.Column)
	w.text(depth, path, "value", f.Value)
	w.list(depth, path, "formats", f.Formats)
	w.text(depth, path, "part", f.Part)
	w.text(depth, path, "decimal", f.Decimal)
	w.text(depth, path, "thousands", f.Thousands)
	w.text(depth, path, "currency", f.Currency)
	w.text(depth, path, "currency_column", f.CurrencyColumn)
	if len(f.Values) > 0 {
		w.key(depth, path, "values")
		w.b.WriteByte('\n')
		for _, word := range sortedKeys(f.Values) {
			w.key(depth+1, path+".values", word)
			fmt.Fprintf(&w.b, " %s\n", yamlText(f.Values[word]))
		}
	}
	w.list(depth, path, "unanswered", f.Unanswered)
}

func (f *Feed) isZero() bool {
	return f.Column == "" && f.Value == "" && len(f.Formats) == 0 && f.Part == "" && f.Decimal == "" && f.Thousands == "" &&
		f.Currency == "" && f.CurrencyColumn == "" && len(f.Values) == 0 && len(f.Unanswered) == 0
}

// plainYAML are texts that every YAML reader takes as they stand.
var plainYAML = regexp.MustCompile(`^[\p{L}][\p{L}\p{N} _/().&-]*$`)

// notPlain are words that some YAML readers take for yes, no or nothing.
var notPlain = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|y|n|null)$`)

// yamlText is a text as YAML, in quotes where it needs them.
func yamlText(s string) string {
	if plainYAML.MatchString(s) && !notPlain.MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	return strconv.Quote(strings.ToValidUTF8(s, "\uFFFD"))
}
