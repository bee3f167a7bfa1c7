package web

import (
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// hashLine is a file with its hash, as it is printed.
type hashLine struct{ Name, Hash string }

// hashes are the files that a claim's entries name, the newest first: each with the hash
// by which its owner's own copy is known for the same.
func hashes(words screen.Words, list []office.File) (lines []hashLine) {
	for n := len(list) - 1; n >= 0; n-- {
		f := list[n]
		if f.Entry == 0 || f.SHA256 == (docket.Hash{}) {
			continue
		}
		name := f.Name
		if name == "" {
			name = words.Say("evidence.no-name")
		}
		lines = append(lines, hashLine{name, f.SHA256.String()})
	}
	return lines
}
