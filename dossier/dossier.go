// Package dossier reads files into facts and writes facts into files. A
// dossier is a folder of YAML and CSV files with a dossier.yaml as its head;
// other people's lists are read by their header. What the facts mean is roll's
// and treaty's to say.
package dossier

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossiers"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// OpenRoll reads the facts of the roll from what a person named: a dossier
// that ships ("cis-csto"), a folder, or files, which then are one bundle. The
// day known is when we learned what they say; a head, a fact or a row that
// says another day goes before it. All that is wrong comes as Problems, and
// then there is no bundle.
func OpenRoll(known day.Date, names ...string) (roll.Bundle, error) {
	if len(names) == 1 {
		if folder, err := dossiers.Open(names[0]); err == nil {
			return ReadRoll(folder, known)
		}
		if is, err := os.Stat(names[0]); err == nil && is.IsDir() {
			return readRoll(os.DirFS(names[0]), known, stem(names[0]), nil)
		}
	}
	if len(names) == 0 {
		return roll.Bundle{}, fault.New(fault.Invalid, "dossier.none-named", "known", strings.Join(dossiers.List(), ", "))
	}
	files := fileSet{}
	for _, name := range names {
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return roll.Bundle{}, fault.New(fault.NotFound, "dossier.not-found", "name", name, "known", strings.Join(dossiers.List(), ", "))
		}
		files[filepath.ToSlash(name)] = name
	}
	return readRoll(files, known, stem(names[0]), names)
}

// stem is a file's name without folder and ending.
func stem(name string) string {
	if whole, err := filepath.Abs(name); err == nil {
		name = whole
	}
	base := filepath.Base(name)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// fileSet are files that were named one by one, wherever they lie.
type fileSet map[string]string

// Open opens one of them.
func (s fileSet) Open(name string) (fs.File, error) {
	at, ok := s[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return os.Open(at)
}

// ReadRoll reads the facts of the roll from a folder: all its YAML, CSV and
// JSON files, or those named. See OpenRoll.
func ReadRoll(folder fs.FS, known day.Date, names ...string) (roll.Bundle, error) {
	return readRoll(folder, known, "", names)
}

// readRoll is ReadRoll with the id of a bundle whose files name none.
func readRoll(folder fs.FS, known day.Date, id string, names []string) (roll.Bundle, error) {
	if len(names) == 0 {
		found, err := filesOf(folder)
		if err != nil {
			return roll.Bundle{}, err
		}
		names = found
	}
	r := newRollReader(known, id)
	for _, name := range names {
		name = filepath.ToSlash(name)
		text, err := read(folder, name)
		if err != nil {
			return roll.Bundle{}, err
		}
		r.file(name, text)
	}
	return r.bundle()
}

// read is fs.ReadFile for a folder whose names need not be fs.ValidPath.
func read(folder fs.FS, name string) ([]byte, error) {
	if own, ok := folder.(fileSet); ok {
		return os.ReadFile(own[name])
	}
	return fs.ReadFile(folder, name)
}

// filesOf are the files of a folder that are read, dossier.yaml first.
func filesOf(folder fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		switch path.Ext(e.Name()) {
		case ".yaml", ".yml", ".csv", ".json":
			if !e.IsDir() {
				names = append(names, e.Name())
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == headFile && b != headFile:
			return -1
		case b == headFile && a != headFile:
			return 1
		}
		return strings.Compare(a, b)
	})
	if len(names) == 0 {
		return nil, fault.New(fault.Invalid, "dossier.empty-folder")
	}
	return names, nil
}

const headFile = "dossier.yaml"
