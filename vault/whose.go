package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/openchancery/chancery/fault"
)

// A folder of copies may be named for two installations by mistake, or for the
// machine of a drill, which has the same keys. A copy tells whose it is by its
// marks: by that of the lookup key which vault's, by that of the master key
// whether we can open it.

// owner is whose a copy is.
type owner int

const (
	ours       owner = iota // and what is too damaged to tell
	underOther              // this vault's, under a master key that isn't here
	anothers                // another vault's
)

func (v *Vault) whose(ctx context.Context, path string) (owner, error) {
	marks, err := readMarks(ctx, path)
	switch {
	case err != nil || marks[lookupMark] == nil:
		return ours, err
	case !Equal(marks[lookupMark], markOfLookup(v.lookup)):
		return anothers, nil
	case !v.master.Load().made(marks[masterMark]):
		return underOther, nil
	}
	return ours, nil
}

// isAnothers is whose for who has no master key.
func isAnothers(ctx context.Context, lookup []byte, path string) (bool, error) {
	marks, err := readMarks(ctx, path)
	return err == nil && marks[lookupMark] != nil && !Equal(marks[lookupMark], markOfLookup(lookup)), err
}

// readMarks are the marks of a copy; none where it is damaged. It may be another's:
// nothing is written into it or beside it.
func readMarks(ctx context.Context, path string) (marks map[string][]byte, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro&immutable=1"}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, err
	}
	k := &fileStore{db: db}
	defer func() { err = errors.Join(err, db.Close()) }()
	var id int
	err = storeFault(db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id))
	if err == nil && id == applicationID {
		marks = map[string][]byte{}
		for _, name := range []string{lookupMark, masterMark} {
			if marks[name], err = k.mark(ctx, name); err != nil {
				break
			}
		}
	}
	if fault.Code(err) == "vault.keystore-damaged" {
		return nil, nil
	}
	return marks, err
}

// mayCopyInto refuses a folder in which another vault's copy lies, and one in which
// a copy that no master key of ours opens has one of the names that are to be
// written.
func (v *Vault) mayCopyInto(ctx context.Context, b Backups, names ...string) error {
	all, err := b.list()
	if err != nil {
		return err
	}
	for _, c := range all {
		whose, err := v.whose(ctx, c.Path)
		switch {
		case err != nil:
			return err
		case whose == anothers:
			return fault.New(fault.Conflict, "vault.backups-of-another", "file", c.Path)
		case whose == underOther && slices.Contains(names, filepath.Base(c.Path)):
			return fault.New(fault.Conflict, "vault.backup-under-another", "file", c.Path)
		}
	}
	return nil
}

// mayReplaceBackups refuses, before the master key is changed, what would be refused
// after it.
func (v *Vault) mayReplaceBackups(ctx context.Context) error {
	b, err := v.Backups()
	if err != nil {
		return err
	}
	return v.mayCopyInto(ctx, b, filepath.Base(b.of(v.today()).Path))
}

// SetBackups changes where copies of the key store go, and for how many days.
// This vault's copies that are there move with it: nobody would remove them else.
// After a crash it is given again.
func (v *Vault) SetBackups(b Backups) error {
	if err := b.check(); err != nil {
		return err
	}
	if b.Folder != "" {
		abs, err := filepath.Abs(b.Folder)
		if err != nil {
			return err
		}
		b.Folder = abs
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	v.changing.Lock()
	defer v.changing.Unlock()
	old, err := v.Backups()
	if err != nil {
		return err
	}
	if b.Folder == "" {
		b.Folder = filepath.Join(v.folder, backupsFolder)
	}
	if err := v.moveBackups(context.Background(), old, b); err != nil {
		return err
	}
	return replacePrivate(filepath.Join(v.folder, backupsFile), append(text, '\n'))
}

func (v *Vault) moveBackups(ctx context.Context, from, to Backups) error {
	if to.Folder == from.Folder {
		return nil
	}
	if err := os.MkdirAll(to.Folder, 0o700); err != nil {
		return fmt.Errorf("move the key store's backups: %w", err)
	}
	if err := checkFolder(to.Folder); err != nil {
		return err
	}
	all, err := from.list()
	if err != nil {
		return err
	}
	var mine []Backup
	names := []string{filepath.Base(to.of(v.today()).Path)}
	for _, c := range all {
		whose, err := v.whose(ctx, c.Path)
		if err != nil {
			return err
		}
		if whose != anothers {
			mine = append(mine, c)
		}
		if whose == ours {
			names = append(names, filepath.Base(c.Path))
		}
	}
	if err := v.mayCopyInto(ctx, to, names...); err != nil {
		return err
	}
	for _, c := range mine {
		if err := c.copyTo(to.Folder); err != nil {
			return err
		}
	}
	if err := syncFolder(to.Folder); err != nil {
		return err
	}
	for _, c := range mine {
		if err := removeStore(c.Path); err != nil {
			return err
		}
	}
	if len(mine) < len(all) {
		return nil // the list there may be the other vault's
	}
	return destroyFile(filepath.Join(from.Folder, shredFile))
}

func (c Backup) copyTo(folder string) error {
	for _, end := range []string{"", "-wal"} { // a damaged one that was replaced may have one
		to := filepath.Join(folder, filepath.Base(c.Path)) + end
		if err := destroyFile(to); err != nil {
			return err
		}
		if err := copyPrivate(c.Path+end, to); err != nil && (end == "" || !fault.Is(err, fault.NotFound)) {
			return err
		}
	}
	return nil
}
