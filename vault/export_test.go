package vault

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// Unfill takes a blob's plaintext apart, for tests of what fill never makes.
var Unfill = unfill

func init() { guessingCost = 10 }

// StopAt makes the n-th step of a change fail, as a crash there would.
func (v *Vault) StopAt(n int, err error) {
	v.pass = func(string) error {
		if n--; n == 0 {
			return err
		}
		return nil
	}
}

// Change keeps others from changing the folder until it is done.
func (v *Vault) Change(ctx context.Context) (done func(), err error) { return v.change(ctx) }

// CheckCopy opens a copy of the key store.
func (v *Vault) CheckCopy(path string) error { return v.checkCopy(context.Background(), path) }

// On sets the clock.
func (v *Vault) On(now time.Time) { v.now = func() time.Time { return now } }

// Folder is where the vault is.
func (v *Vault) Folder() string { return v.folder }

// HoldKeys keeps every key from being kept until they are let go.
func (v *Vault) HoldKeys() (letGo func()) {
	v.rewraps.Lock()
	return v.rewraps.Unlock
}

// Early reports whether keys were begun to be kept when they were made.
func (k Keys) Early() bool { return k.early != nil }

// LoseWriter ends the connection by which a file of keys is written.
func (v *Vault) LoseWriter() error { return v.store.(*fileStore).writer.Close() }

// Stood reports whether they were known to stand without a look at them.
func (k Keys) Stood() bool { return k.early == stood }

// SharesWith makes three shares, two needed, that also hold a file which they leave
// out by now.
func (v *Vault) SharesWith(folder, file string) ([]Share, error) {
	b, err := v.bundle()
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(filepath.Join(v.folder, file))
	if err != nil {
		return nil, err
	}
	b.Files[file] = string(content)
	_, made, err := writeShares(folder, b, 3, 2, v.today())
	return made, err
}

// MostEarly is how many may be.
const MostEarly = mostEarly

// MostAhead is the most claims, of the same classes, that keys are kept ahead for.
const MostAhead = mostAhead

// WaitAhead waits until what is being kept ahead is.
func (v *Vault) WaitAhead() { v.early.all.Wait() }

// Kept is how many keys there are.
func (v *Vault) Kept() (int64, error) { return v.store.count(context.Background()) }

// BreakKeys has the key store refuse every key from now on.
func (v *Vault) BreakKeys(why error) {
	if k, ok := v.store.(*fileStore); ok {
		k.unknown.Store(&why)
	}
}
