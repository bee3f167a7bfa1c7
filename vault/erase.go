package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// shredFile is the list of what was erased: a line for each claim, with the day
// and the claim's id. It is only ever added to. When an older key store is put
// back, the list says what to destroy in it again. A key store that several
// machines reach keeps such a list too, of what all of them erased; each machine
// brings its own file up to that, so that the list outlives the store.
const shredFile = "shredded"

// Erasure is one line of the list.
type Erasure struct {
	Claim string
	Day   day.Date
}

// Destroy destroys all keys of the claims, whatever the class, and bars new
// ones: it is what erases a person. It is done when it returns nil; it may be
// given again after an error, and for claims that have no keys. See the
// package's comment for what it does not reach.
//
// The list of what was erased is on disk first: a crash between the two is made
// good when the vault is opened.
//
// Fault: vault.log-not-cut where a reader held the write-ahead log; the keys
// are destroyed, and Destroy given again cuts the log.
func (v *Vault) Destroy(ctx context.Context, claims ...string) error {
	for _, claim := range claims {
		if claim == "" || strings.ContainsAny(claim, "\r\n") { // it would be two lines of the list
			return fault.New(fault.Invalid, "vault.name", "part", "claim", "length", len(claim))
		}
	}
	erasures := make([]Erasure, len(claims))
	for i, claim := range claims {
		erasures[i] = Erasure{claim, v.today()}
	}
	if err := v.list(ctx, erasures); err != nil {
		return err
	}
	if err := v.reached(stepListed); err != nil {
		return err
	}
	return v.store.destroy(ctx, erasures)
}

const stepListed = "listed"

// Shredded is what was erased, here or on another machine, in order.
func (v *Vault) Shredded(ctx context.Context) ([]Erasure, error) {
	list, _, err := readShredded(filepath.Join(v.folder, shredFile))
	if err != nil {
		return nil, err
	}
	shared, err := v.store.erasures(ctx)
	if err != nil {
		return nil, err
	}
	return append(list, unlisted(list, shared)...), nil
}

// unlisted are those erasures that the list has not.
func unlisted(list, erasures []Erasure) (left []Erasure) {
	listed := make(map[string]bool, len(list))
	for _, e := range list {
		listed[e.Claim] = true
	}
	for _, e := range erasures {
		if !listed[e.Claim] {
			listed[e.Claim] = true
			left = append(left, e)
		}
	}
	return left
}

// list adds the erasures to the file, those that don't stand there yet. Where all do,
// nobody is waited for.
func (v *Vault) list(ctx context.Context, erasures []Erasure) error {
	stands, _, err := readShredded(filepath.Join(v.folder, shredFile))
	if err != nil || len(unlisted(stands, erasures)) == 0 {
		return err
	}
	done, err := v.change(ctx)
	if err != nil {
		return err
	}
	defer done()
	return v.listThem(erasures)
}

// listThem is list for who changes the folder.
func (v *Vault) listThem(erasures []Erasure) error {
	path := filepath.Join(v.folder, shredFile)
	stands, whole, err := readShredded(path)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, e := range unlisted(stands, erasures) {
		fmt.Fprintf(&lines, "%s %s\n", e.Day, e.Claim)
	}
	if lines.Len() == 0 {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("list what is erased: %w", err)
	}
	// What a crash left of a line was never acted on: it is written over.
	err = f.Truncate(whole)
	if err == nil {
		_, err = f.WriteAt(lines.Bytes(), whole)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("list what is erased: %w", err)
	}
	return syncFolder(v.folder)
}

// readShredded reads the list, and how many bytes of it are whole lines.
func readShredded(path string) (list []Erasure, whole int64, err error) {
	if err := checkPrivate(path); fault.Is(err, fault.NotFound) {
		return nil, 0, nil
	} else if err != nil {
		return nil, 0, err
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read what is erased: %w", err)
	}
	number := 0
	for line := range bytes.Lines(content) {
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		if !ended {
			break
		}
		number++
		on, claim, cut := strings.Cut(string(text), " ")
		d, err := day.Parse(on)
		if err != nil || !cut || claim == "" {
			return nil, 0, fault.New(fault.Unsound, "vault.shredded-line", "file", path, "line", number)
		}
		list = append(list, Erasure{claim, d})
		whole += int64(len(line))
	}
	return list, whole, nil
}

// shredAgain destroys what the list names and the key store still holds, or
// doesn't know for erased: it is an older one, or a crash came in between. What
// others erased in a key store that they share is added to the list.
func (v *Vault) shredAgain(ctx context.Context) error {
	list, err := v.Shredded(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := v.list(ctx, list); err != nil {
		return err
	}
	claims, on := make([]string, len(list)), make(map[string]day.Date, len(list))
	for i, e := range list {
		claims[i], on[e.Claim] = e.Claim, e.Day
	}
	left, err := v.store.notDestroyed(ctx, claims)
	if err != nil || len(left) == 0 {
		return err
	}
	again := make([]Erasure, len(left))
	for i, claim := range left {
		again[i] = Erasure{claim, on[claim]}
	}
	return v.store.destroy(ctx, again)
}

// olderList reports whether the list of what was erased in a folder is one from before
// that in another: each is only ever added to. A part of a list, as a crash leaves it, is
// older too; of none at all the same holds.
func olderList(folder, other string) (bool, error) {
	theirs, err := os.ReadFile(filepath.Join(other, shredFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read what is erased: %w", err)
	}
	ours, err := os.ReadFile(filepath.Join(folder, shredFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read what is erased: %w", err)
	}
	return len(ours) < len(theirs) && bytes.HasPrefix(theirs, ours), nil
}

// copyList puts the list of what was erased of one folder, where there is one, in the
// place of another's.
func copyList(from, to string) error {
	path := filepath.Join(from, shredFile)
	err := checkPrivate(path)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read what is erased: %w", err)
	}
	return replacePrivate(filepath.Join(to, shredFile), list)
}
