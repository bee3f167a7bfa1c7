package tlog

import (
	"io"
)

// OwnFile is one of the tree's own files as it stands at a head.
type OwnFile struct {
	Name    string
	Content *io.SectionReader
}

// OwnFiles are the tree's own files up to the head, for a copy of it: what is
// written behind the head meanwhile is not in them. They can be read until the
// tree is closed.
func (t *Tree) OwnFiles() []OwnFile {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return []OwnFile{
		{"leaves", io.NewSectionReader(t.leaves, 0, t.head.Size*recordSize)},
		{"heads", io.NewSectionReader(t.heads, 0, t.end)},
	}
}

// OwnNames are the names of the tree's own files.
func OwnNames() []string { return []string{"leaves", "heads"} }
