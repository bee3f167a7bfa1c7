package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// State is what can be told of a folder of keys without unlocking it. No secret
// is in it.
type State struct {
	Folder   string      `json:"folder"`
	Master   string      `json:"master"`             // the form in which the master key rests; "" where it is missing
	Changing string      `json:"changing,omitempty"` // the form of the coming one, in a change that was interrupted
	Desks    []string    `json:"desks"`              // ids of the desk's keys, the newest last
	Database string      `json:"database,omitempty"` // where the key store is, unless it is a file
	Keys     int64       `json:"keys"`               // of claims
	Erased   int         `json:"erased"`             // claims
	Backups  Backups     `json:"backups"`
	Copies   []Backup    `json:"copies"` // of the key store, the newest first
	Files    []FileState `json:"files"`
	Problems []error     `json:"-"` // what is wrong with it
}

// FileState is one file or folder of the folder.
type FileState struct {
	Name string `json:"name"`
	Mode string `json:"mode"`
	Size int64  `json:"size"`
}

// Inspect looks at a folder of keys. What is wrong with it is told in the state's
// Problems, each a fault; the error is for a folder that can't be looked at.
func Inspect(ctx context.Context, folder string, today day.Date) (State, error) {
	s := State{Folder: folder, Desks: []string{}, Copies: []Backup{}}
	if err := checkFolder(folder); fault.Code(err) == "vault.folder-open-to-others" {
		s.Problems = append(s.Problems, err)
	} else if err != nil {
		return s, err
	}
	if err := s.inspectFiles(); err != nil {
		return s, err
	}
	note := func(err error) {
		if err != nil {
			s.Problems = append(s.Problems, err)
		}
	}
	path, form, err := masterFileOf(folder, masterName)
	if s.Master = form; path == "" && err == nil {
		err = fault.New(fault.NotFound, "vault.file-missing", "file", filepath.Join(folder, masterFile))
	}
	note(err)
	_, s.Changing, err = masterFileOf(folder, nextName)
	if note(err); s.Changing != "" {
		note(fault.New(fault.Conflict, "vault.rotation-unfinished"))
	}
	keys, err := readDesks(filepath.Join(folder, deskFile))
	note(err)
	for _, key := range keys {
		s.Desks = append(s.Desks, key.id)
	}
	erased, _, err := readShredded(filepath.Join(folder, shredFile))
	note(err)
	s.Erased = len(erased)
	if s.Backups, err = BackupsOf(folder); err == nil {
		err = s.inspectCopies(ctx, today, note)
	}
	note(err)
	s.Database, err = StoreDatabase(folder)
	note(err)
	note(s.countKeys(ctx))
	return s, nil
}

// inspectCopies looks at the copies of the key store. Another vault's are no
// copies of this one.
func (s *State) inspectCopies(ctx context.Context, today day.Date, note func(error)) error {
	copies, err := s.Backups.list()
	if err != nil {
		return err
	}
	lookup, err := readKey(filepath.Join(s.Folder, lookupFile), lookupHeader)
	known := err == nil // what is wrong with that file is told where the vault is opened
	shared := false
	for _, c := range copies {
		theirs := false
		if known {
			theirs, err = isAnothers(ctx, lookup, c.Path)
			note(err)
		}
		if theirs {
			shared = true
			note(fault.New(fault.Conflict, "vault.backups-of-another", "file", c.Path))
			continue
		}
		s.Copies = append(s.Copies, c)
		if s.Backups.over(c, today) {
			note(fault.New(fault.Conflict, "vault.backup-over", "file", c.Path, "days", s.Backups.Days))
		}
	}
	if shared { // the list beside the copies may be the other's
		return nil
	}
	older, err := olderList(s.Folder, s.Backups.Folder)
	if err == nil && older {
		err = fault.New(fault.Conflict, "vault.shredded-older", "file", filepath.Join(s.Folder, shredFile), "other", filepath.Join(s.Backups.Folder, shredFile))
	}
	note(err)
	return nil
}

func (s *State) countKeys(ctx context.Context) (err error) {
	store, err := openStore(ctx, s.Folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.close()) }()
	shared, err := store.erasures(ctx)
	if err != nil {
		return err
	}
	s.Erased = max(s.Erased, len(shared))
	s.Keys, err = store.count(ctx)
	return err
}

func (s *State) inspectFiles() error {
	entries, err := os.ReadDir(s.Folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return err
		}
		s.Files = append(s.Files, FileState{e.Name(), mode(info), info.Size()})
		if openToOthers(info) {
			s.Problems = append(s.Problems, fault.New(fault.Invalid, "vault.file-open-to-others", "file", filepath.Join(s.Folder, e.Name()), "mode", mode(info)))
		}
	}
	return nil
}
