package screen

import "github.com/openchancery/chancery/catalogue"

// Names are what the body whose pages these are calls itself, by language; under
// "" the name in every language that has none of its own.
type Names map[string]string

// In is the name in a language; without any it is the house's own.
func (n Names) In(lang string) string {
	if name := n[lang]; name != "" {
		return name
	}
	if name := n[""]; name != "" {
		return name
	}
	return catalogue.Label(lang, "screen.site")
}
