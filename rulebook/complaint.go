package rulebook

import (
	"regexp"
	"strings"
)

// complaints are how CEL's parser says that it gave up, each with our code.
// What it says beside that is in English and for programmers; the catalogue
// says it for authors.
var complaints = []struct {
	says *regexp.Regexp
	code string
}{
	{regexp.MustCompile(`^missing '?(?P<missing>[^']*)'? at '(?P<near>.*)'$`), "expression-missing"},
	{regexp.MustCompile(`(?:input|recognition error at:) '(?P<near>.*?)'(?: expecting.*)?$`), "expression-syntax"},
	{regexp.MustCompile(`recursion limit`), "expression-too-nested"},
	{regexp.MustCompile(`^invalid (?:int|double|uint) literal$`), "expression-number"},
}

// complaint is what CEL's parser said, as a finding without its place.
func complaint(message string) finding {
	said := strings.TrimPrefix(strings.SplitN(message, "\n", 2)[0], "Syntax error: ")
	for _, c := range complaints {
		m := c.says.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		f := finding{code: c.code}
		for i, name := range c.says.SubexpNames()[1:] {
			f.values = append(f.values, name, clip(strings.Replace(m[i+1], "<EOF>", "", 1)))
		}
		return f
	}
	return finding{code: "expression-syntax", values: []string{"near", ""}}
}

// noOverload is how CEL's checker says that a function doesn't take these
// types.
var noOverload = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)

// typeComplaint is what CEL's checker said, as a finding without its place.
func typeComplaint(message string) finding {
	m := noOverload.FindStringSubmatch(message)
	if m == nil {
		return finding{code: "expression-invalid", values: []string{"detail", message}}
	}
	types := strings.Trim(strings.ReplaceAll(m[2], ").(", ", "), "()")
	if types = strings.ReplaceAll(types, ".(", ", "); strings.HasPrefix(types, ", ") {
		types = types[2:]
	}
	return finding{code: "expression-types", values: []string{"function", spelled(m[1]), "types", plainTypes(types)}}
}

// plainTypes names CEL's types as the fields of a form do.
func plainTypes(s string) string {
	return strings.NewReplacer("string", "text", "bool", "boolean", "dyn", "mixed").Replace(s)
}

// offsetOf is the place of a line (from 1) and column (from 0) in a text.
func offsetOf(source []rune, line, column int) int {
	at := 0
	for i, r := range source {
		if line <= 1 {
			break
		}
		if r == '\n' {
			line, at = line-1, i+1
		}
	}
	return min(max(at+column, 0), len(source))
}
