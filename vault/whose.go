package vault

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	case v.master.Load().made(marks[masterMark]) || wasReplaced(path): // that may be under a key that was lost
		return ours, nil
	}
	return underOther, nil
}

// wasReplaced tells a key store that a copy replaced from a copy.
func wasReplaced(path string) bool { return strings.HasPrefix(filepath.Base(path), "replaced-") }

// isAnothers is whose for who has no master key.
func isAnothers(ctx context.Context, lookup []byte, path string) (bool, error) {
	marks, err := readMarks(ctx, path)
	return err == nil && marks[lookupMark] != nil && !Equal(marks[lookupMark], markOfLookup(lookup)), err
}

// lookInto opens a copy. It may be another's: nothing is written into it or beside it.
func lookInto(path string) (*fileStore, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path) // SQLite wouldn't say which file it is that can't be opened
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, err
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro&immutable=1"}
	db, err := sql.Open("sqlite", address.String())
	return &fileStore{db: db, kept: map[string]*sql.Stmt{}}, err
}

// readMarks are the marks of a copy; none where it is damaged.
func readMarks(ctx context.Context, path string) (marks map[string][]byte, err error) {
	k, err := lookInto(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	var id int
	err = storeFault(k.db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id))
	if err == nil && id == applicationID {
		marks = map[string][]byte{}
		for _, name := range []string{lookupMark, masterMark} {
			if marks[name], err = k.mark(ctx, name); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, undamaged(err)
	}
	return marks, nil
}

// hasMore reports that a copy has keys that the key store lacks, though nobody
// erased their claims: an older key store was put back since, or another machine
// that has these keys made it. What is damaged has none.
func (v *Vault) hasMore(ctx context.Context, path string) (more bool, err error) {
	marks, err := readMarks(ctx, path)
	if err != nil || marks[lookupMark] == nil {
		return false, err
	}
	k, err := lookInto(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	rows, err := k.query(ctx, "SELECT claim_id, class FROM wrapped_keys ORDER BY claim_id")
	if err != nil {
		return false, undamaged(storeFault(err))
	}
	var batch []slot
	look := func() error {
		more, err = v.lacks(ctx, batch)
		batch = batch[:0]
		return err
	}
	err = eachRow(rows, func() error {
		var at slot
		if err := rows.Scan(&at.claim, &at.class); err != nil || more {
			return err
		}
		if batch = append(batch, at); len(batch) < keysToACommit {
			return nil
		}
		return look()
	})
	if err == nil && !more {
		err = look()
	}
	return more, undamaged(storeFault(err))
}

// undamaged takes that a copy is damaged for no fault.
func undamaged(err error) error {
	if fault.Code(err) == "vault.keystore-damaged" {
		return nil
	}
	return err
}

// lacks reports that the key store has not all of these keys, nor were they erased.
func (v *Vault) lacks(ctx context.Context, keys []slot) (bool, error) {
	claims := make([]string, len(keys))
	for i, at := range keys {
		claims[i] = at.claim
	}
	there, err := v.store.load(ctx, slices.Compact(claims)) // they come sorted
	return err == nil && slices.ContainsFunc(keys, func(at slot) bool {
		return there.wrapped[at] == nil && !there.destroyed[at.claim]
	}), err
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
// after it, and to replace keys that are nowhere else.
func (v *Vault) mayReplaceBackups(ctx context.Context) error {
	b, err := v.Backups()
	if err != nil {
		return err
	}
	if err := b.placeThere(v.folder); err != nil {
		return err
	}
	if err := v.mayCopyInto(ctx, b, filepath.Base(b.of(v.today()).Path)); err != nil {
		return err
	}
	fullest, err := v.fullest(ctx, b)
	if err != nil || fullest == "" {
		return err
	}
	more, err := v.hasMore(ctx, fullest)
	if err == nil && more {
		err = fault.New(fault.Conflict, "vault.backup-has-more", "file", fullest, "setting", filepath.Join(v.folder, backupsFile))
	}
	return err
}

// fullest is our copy with the most keys, of several the newest; "" where there is
// none. What was replaced was so by somebody's will.
func (v *Vault) fullest(ctx context.Context, b Backups) (path string, err error) {
	all, err := b.list()
	if err != nil {
		return "", err
	}
	most := int64(0)
	for _, c := range all {
		whose, err := v.whose(ctx, c.Path)
		if err != nil {
			return "", err
		}
		if whose != ours || wasReplaced(c.Path) {
			continue
		}
		n, err := countIn(ctx, c.Path)
		if err != nil {
			return "", err
		}
		if n > most {
			most, path = n, c.Path
		}
	}
	return path, nil
}

// countIn is the number of keys in a copy; 0 where it is damaged.
func countIn(ctx context.Context, path string) (n int64, err error) {
	marks, err := readMarks(ctx, path)
	if err != nil || marks[lookupMark] == nil {
		return 0, err
	}
	k, err := lookInto(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	n, err = k.count(ctx)
	return n, undamaged(err)
}

// SetBackups changes where copies of the key store go, and for how many days.
// The copies that are there move with it, since nobody would remove them else; not
// those that another vault or machine made, which removes them itself. After a
// crash it is given again.
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
	done, err := v.change(context.Background())
	if err != nil {
		return err
	}
	defer done()
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
	if to.Folder == from.Folder { // a timer may name it each day: it is not made again
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
		if whose == ours {
			mine, names = append(mine, c), append(names, filepath.Base(c.Path))
		}
	}
	if err := v.mayCopyInto(ctx, to, names...); err != nil {
		return err
	}
	for _, c := range mine {
		if err := c.copyTo(to); err != nil {
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
		return nil // the list there may be the other's
	}
	return destroyFile(filepath.Join(from.Folder, shredFile))
}

// copyTo copies a copy into another folder, whole or not at all. One of its name that
// is there and is another stays: it may have what this one lacks.
func (c Backup) copyTo(b Backups) error {
	to := filepath.Join(b.Folder, filepath.Base(c.Path))
	if _, err := os.Lstat(to); err == nil {
		same, err := sameContent(c.Path, to)
		if err != nil || same {
			return err
		}
		what, _, _ := strings.Cut(filepath.Base(c.Path), "-")
		to = b.aside(what, c.Day)
	}
	making := filepath.Join(b.Folder, makingFile)
	if err := removeStore(making); err != nil {
		return err
	}
	for _, end := range []string{"-wal", ""} { // a damaged one that was replaced may have one
		err := copyPrivate(c.Path+end, making+end)
		if end != "" && fault.Is(err, fault.NotFound) {
			continue
		}
		if err == nil {
			err = os.Rename(making+end, to+end)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sameContent reports whether two files hold the same.
func sameContent(one, other string) (bool, error) {
	var sums [2][sha256.Size]byte
	for n, path := range []string{one, other} {
		f, err := os.Open(path)
		if err != nil {
			return false, err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return false, err
		}
		sums[n] = [sha256.Size]byte(h.Sum(nil))
	}
	return sums[0] == sums[1], nil
}
