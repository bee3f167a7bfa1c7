package main

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
)

// elsewhere refuses a file for an answer within the installation's own
// folders: it would be written over the database, a key or a published tile.
func (a *app) elsewhere(i *installation.Installation, file string) error {
	if file == "" || file == "-" {
		return nil
	}
	for _, folder := range []string{i.Data, i.Keys, i.Heads, i.Log, i.Evidence} {
		if inside(resolved(folder), resolved(a.path(file))) {
			return fault.New(fault.Invalid, "use.file-within", "file", file, "folder", folder)
		}
	}
	return nil
}

func inside(folder, file string) bool {
	way, err := filepath.Rel(folder, file)
	return err == nil && way != "." && way != ".." && !strings.HasPrefix(way, ".."+string(filepath.Separator))
}

// resolved is where a path leads to, as far as it is there.
func resolved(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(real, filepath.Base(path))
	}
	return path
}

// plainPath is what a shell takes for one word as it stands.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./@%+=:,][A-Za-z0-9_./@%+=:,-]*$`)

// typed is a path as it is typed in a command that is to be given next.
func typed(path string) string {
	if plainPath.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
