package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// A change of the master key, or of the form in which it rests, goes by these
// steps. After a crash between any two the vault opens as before, and the change
// given again comes to its end.
//
//  1. The coming key is written beside the old one, as next-master, and read back.
//  2. The key store is marked: keys are wrapped under the coming key from now on.
//     (A mere change of form skips this and the next two: the key is the same.)
//  3. The others are wrapped anew, a batch to a commit.
//  4. The coming key becomes the key store's.
//  5. The key store is copied anew, and copies that the old key opens are removed.
//  6. The old file is overwritten and removed; the new one takes its name.
const (
	stepWritten   = "written"
	stepMarked    = "marked"
	stepRewrapped = "rewrapped"
	stepSwitched  = "switched"
	stepCopied    = "copied"
	stepDestroyed = "destroyed"
)

// keysToACommit keeps a batch of a rotation short.
const keysToACommit = 1000

// Progress is told how far long work has come.
type Progress func(done, total int64)

// reached is called between two steps.
func (v *Vault) reached(step string) error {
	if v.pass == nil {
		return nil
	}
	return v.pass(step)
}

// RotateMaster makes a new master key in the form of the old one and wraps all
// keys of claims under it; no blob and no entry is touched. Whoever copied the
// old key opens nothing that is here now. It may be interrupted at any instant
// and given again. Claims may be taken in meanwhile by this process; another one
// that has the vault open must open it anew.
func (v *Vault) RotateMaster(ctx context.Context, progress Progress) error {
	done, err := v.change(ctx)
	if err != nil {
		return err
	}
	defer done()
	if v.master.Load().before == nil {
		if err := v.settle(ctx); err != nil {
			return err
		}
		if err := v.mayReplaceBackups(ctx); err != nil {
			return err
		}
		if err := v.beginRotation(ctx); err != nil {
			return err
		}
	}
	if err := v.rewrapAll(ctx, progress); err != nil {
		return err
	}
	if err := v.endRotation(ctx); err != nil {
		return err
	}
	return v.settle(ctx)
}

// ProtectMaster changes the form in which the master key rests. The key stays
// the same: whoever copied it from its old file still has it, until it is
// rotated.
func (v *Vault) ProtectMaster(ctx context.Context, p Protection) error {
	keeper, err := p.custody()
	if err != nil {
		return err
	}
	done, err := v.change(ctx)
	if err != nil {
		return err
	}
	defer done()
	m := v.master.Load()
	if m.before != nil {
		return fault.New(fault.Conflict, "vault.rotation-unfinished")
	}
	if err := v.settle(ctx); err != nil {
		return err
	}
	m = v.master.Load()
	coming, err := rest(keeper, v.nextPath(keeper), m.now.key)
	if err != nil {
		return err
	}
	if err := coming.write(ctx); err != nil {
		return errors.Join(err, destroyFile(coming.path))
	}
	if err := v.reached(stepWritten); err != nil {
		return err
	}
	v.master.Store(&masters{now: *coming})
	return v.settle(ctx)
}

func (v *Vault) nextPath(keeper custody) string {
	return filepath.Join(v.folder, nextName+"."+keeper.form())
}

// beginRotation writes the coming key and marks the key store. Keys that are
// being kept in that moment are kept before it or wrapped anew.
func (v *Vault) beginRotation(ctx context.Context) error {
	old := v.master.Load().now
	coming, err := rest(old.custody, v.nextPath(old.custody), newKey())
	if err != nil {
		return err
	}
	if err := coming.write(ctx); err != nil {
		return errors.Join(err, destroyFile(coming.path))
	}
	if err := v.reached(stepWritten); err != nil {
		return err
	}
	mark, err := coming.mark()
	if err != nil {
		return err
	}
	v.rewraps.Lock()
	defer v.rewraps.Unlock()
	if err := v.store.setMarks(ctx, map[string][]byte{nextMark: mark}); err != nil {
		return err
	}
	v.master.Store(&masters{now: *coming, before: &old})
	return v.reached(stepMarked)
}

// underTheMaster is the keys that a Seal made, wrapped by the master key of this
// moment.
func (v *Vault) underTheMaster(keys Keys) ([]wrappedKey, error) {
	m := v.master.Load()
	if keys.under == m {
		return keys.made, nil
	}
	made := make([]wrappedKey, len(keys.made))
	for i, key := range keys.made {
		wrapped, err := m.rewrapped(key, keys.under)
		if err != nil {
			return nil, err
		}
		if made[i] = key; wrapped != nil {
			made[i].wrapped = wrapped
		}
	}
	return made, nil
}

// rewrapped is a key wrapped under the newest master; nil where it is already.
func (m *masters) rewrapped(key wrappedKey, by *masters) ([]byte, error) {
	if _, err := m.now.open(key.wrapped, keyTag, key.claim, key.class); err == nil {
		return nil, nil
	}
	plain, err := by.open(key.wrapped, keyTag, key.claim, key.class)
	if err != nil {
		return nil, fault.New(fault.Unsound, "vault.key-damaged", "claim", key.claim, "class", key.class)
	}
	return m.now.seal(plain, keyTag, key.claim, key.class)
}

func (v *Vault) rewrapAll(ctx context.Context, progress Progress) error {
	m := v.master.Load()
	total, err := v.store.count(ctx)
	if err != nil {
		return err
	}
	var at slot
	for done := int64(0); ; {
		last, n, err := v.store.rewrap(ctx, at, keysToACommit, func(key wrappedKey) ([]byte, error) { return m.rewrapped(key, m) })
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		at = last
		if done += int64(n); progress != nil {
			progress(done, max(done, total))
		}
		if err := v.reached(stepRewrapped); err != nil {
			return err
		}
	}
}

func (v *Vault) endRotation(ctx context.Context) error {
	m := v.master.Load()
	mark, err := m.now.mark()
	if err != nil {
		return err
	}
	if err := v.switchMaster(ctx, m, mark); err != nil {
		return err
	}
	if err := v.store.clean(ctx); err != nil {
		return err
	}
	return v.reached(stepSwitched)
}

func (v *Vault) switchMaster(ctx context.Context, m *masters, mark []byte) error {
	v.rewraps.Lock()
	defer v.rewraps.Unlock()
	err := v.store.setMarks(ctx, map[string][]byte{masterMark: mark, nextMark: nil})
	if err == nil {
		v.master.Store(&masters{now: m.now, over: m.before})
	}
	return err
}

// settle brings the files in order once the key store rests on one key: no copy
// of the key store that the key before opens, one file of the master key, nothing
// half written.
func (v *Vault) settle(ctx context.Context) error {
	if err := v.replaceBackups(ctx); err != nil {
		return err
	}
	if err := v.reached(stepCopied); err != nil {
		return err
	}
	now := v.master.Load().now
	stale := nextName
	if strings.HasPrefix(filepath.Base(now.path), nextName) {
		stale = masterName
	}
	for _, form := range []string{InFile, InAge, InRemote} {
		if err := destroyFile(filepath.Join(v.folder, stale+"."+form)); err != nil {
			return err
		}
	}
	if err := v.reached(stepDestroyed); err != nil {
		return err
	}
	if stale == masterName {
		path := filepath.Join(v.folder, masterName+"."+now.form())
		if err := os.Rename(now.path, path); err != nil {
			return err
		}
		if err := syncFolder(v.folder); err != nil {
			return err
		}
		now.path = path
		v.master.Store(&masters{now: now})
	}
	return v.sweep()
}

// sweep removes what a crash left half written.
func (v *Vault) sweep() error {
	left, err := filepath.Glob(filepath.Join(globEscape(v.folder), ".*master.*.new-*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := destroyFile(path); err != nil {
			return err
		}
	}
	return nil
}

// globEscape takes a folder's name as it is, whatever signs are in it.
func globEscape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}
