// Package rulebooks holds the rulebooks that ship with Chancery, as their
// authors wrote them. They are bytes like anyone's rulebook: an installation
// publishes an edition by an act, and keeps it by its hash.
package rulebooks

import (
	"embed"
	"path"
)

//go:embed */rulebook.yaml */examples.yaml
var files embed.FS

// Rulebook is one rulebook that ships. The rulebooks' own room reads Source.
type Rulebook struct {
	ID     string // of the programme, and the name of its folder
	Name   string // for messages: "rulebooks/demo/rulebook.yaml"
	Source []byte

	ExamplesName string // "rulebooks/demo/examples.yaml"; "" where it has none
	Examples     []byte // what should come of made-up claims; the rulebooks' room reads them
}

// ExamplesFile is the name under which examples stand beside a rulebook.
const ExamplesFile = "examples.yaml"

// All are the rulebooks that ship, in the order of their ids.
func All() []Rulebook {
	var all []Rulebook
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // the embedded tree has a root
	}
	for _, folder := range entries {
		if r, ok := Find(folder.Name()); ok {
			all = append(all, r)
		}
	}
	return all
}

// Find is the rulebook of a programme, and whether one ships.
func Find(id string) (Rulebook, bool) {
	name := path.Join(id, "rulebook.yaml")
	if path.Base(id) != id {
		return Rulebook{}, false
	}
	src, err := files.ReadFile(name)
	if err != nil {
		return Rulebook{}, false
	}
	r := Rulebook{ID: id, Name: path.Join("rulebooks", name), Source: src}
	beside := path.Join(id, ExamplesFile)
	if examples, err := files.ReadFile(beside); err == nil {
		r.ExamplesName, r.Examples = path.Join("rulebooks", beside), examples
	}
	return r, true
}
