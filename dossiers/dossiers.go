// Package dossiers holds the dossiers that ship with Chancery, as their
// authors wrote them: one folder each, with a dossier.yaml as its head. They
// are bytes like anyone's dossier; an installation loads one by an act.
package dossiers

import (
	"embed"
	"io/fs"
	"path"
)

//go:embed */*.yaml
var files embed.FS

// List is the ids of the dossiers that ship, in their order.
func List() []string {
	var ids []string
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // the embedded tree has a root
	}
	for _, folder := range entries {
		ids = append(ids, folder.Name())
	}
	return ids
}

// Open is the folder of a dossier. One that doesn't ship is fs.ErrNotExist.
func Open(id string) (fs.FS, error) {
	if path.Base(id) != id || id == "." {
		return nil, fs.ErrNotExist
	}
	if _, err := files.ReadDir(id); err != nil {
		return nil, err
	}
	return fs.Sub(files, id)
}
