package vault

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// The folder of keys, mode 0700, and what lies in it, mode 0600:
//
//	master.key    wraps the keys of claims; or master.age, master.remote
//	lookup.key    key of the keyed hashes
//	keystore.db   wrapped keys of claims, and which claims were erased
//	keystore.url  in its place: the address of the PostgreSQL that holds them
//	desk.pub      the desk's public keys, once one is set
//	shredded      the claims that were erased, so that an older key store is too
//	backups.json  where copies of the key store go, and for how long
//	backups/      copies of the key store, unless they go elsewhere
//	credentials/  one file for each actor who acts from this machine
const (
	masterFile       = masterName + "." + InFile
	lookupFile       = "lookup.key"
	storeFile        = "keystore.db"
	credentialFolder = "credentials"
)

// A key file is its header line and a line of 64 hexadecimal digits.
const (
	masterHeader = "chancery master key v1\n"
	lookupHeader = "chancery lookup key v1\n"
)

func storePath(folder string) string { return filepath.Join(folder, storeFile) }

// Create makes a folder of keys with new keys in it. It refuses a folder that
// exists, even an empty one: keys are made once. The folder appears whole or,
// after a crash, not at all. The key store is a file in it, or with an address a
// PostgreSQL database of its own, in which nothing may be yet.
func Create(folder, database string) error {
	if _, err := os.Lstat(folder); err == nil {
		return fault.New(fault.Conflict, "vault.folder-exists", "folder", folder)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make the folder of keys: %w", err)
	}
	parent := filepath.Dir(folder)
	making, err := filelock.NewPassing(parent, "."+filepath.Base(folder)+".new-")
	if err != nil {
		return fmt.Errorf("make the folder of keys: %w", err)
	}
	if err := furnish(making.Path, database); err != nil {
		return errors.Join(err, making.Remove())
	}
	if err := making.Become(folder); err != nil {
		return errors.Join(fmt.Errorf("make the folder of keys: %w", err), making.Remove())
	}
	return syncFolder(parent)
}

// furnish puts new keys and an empty key store into a new folder.
func furnish(folder, database string) error {
	master, lookup := newKey(), newKey()
	if err := writeKey(filepath.Join(folder, masterFile), masterHeader, master); err != nil {
		return err
	}
	if err := writeKey(filepath.Join(folder, lookupFile), lookupHeader, lookup); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(folder, credentialFolder), 0o700); err != nil {
		return fmt.Errorf("make the folder of keys: %w", err)
	}
	store, err := createStore(folder, database)
	if err != nil {
		return err
	}
	seal, err := newSealer(master)
	if err != nil {
		return closing(store, err)
	}
	v := &Vault{lookup: lookup, store: store}
	v.master.Store(&masters{now: resting{sealer: seal}})
	if err := v.mark(context.Background()); err != nil {
		return closing(store, err)
	}
	if err := store.close(); err != nil {
		return err
	}
	return syncFolder(folder)
}

// createStore makes an empty key store.
func createStore(folder, database string) (keystore, error) {
	if database == "" {
		k, err := createKeystore(storePath(folder))
		if err != nil {
			return nil, err
		}
		return k, nil
	}
	address, err := BareAddress(database)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	reached, err := reachedFor(ctx, database)
	if err != nil {
		return nil, err
	}
	k, err := prepareServer(ctx, reached)
	if err != nil {
		return nil, err
	}
	if err := k.unused(ctx); err != nil {
		return nil, closing(k, err)
	}
	if err := writeAddress(folder, address); err != nil {
		return nil, closing(k, err)
	}
	return k, nil
}

// checkFolder refuses a folder that is missing or that others can look into.
func checkFolder(folder string) error {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "vault.folder-missing", "folder", folder)
	case err != nil:
		return fmt.Errorf("open the folder of keys: %w", err)
	case !info.IsDir():
		return fault.New(fault.Invalid, "vault.not-a-folder", "folder", folder)
	case openToOthers(info):
		return fault.New(fault.Invalid, "vault.folder-open-to-others", "folder", folder, "mode", mode(info))
	}
	return nil
}

// hold holds the folder until what it gives is closed: beside others
// (filelock.Beside), as every open vault does, or alone (filelock.Alone).
func hold(folder string, how func(*os.File) error) (*os.File, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("hold the folder of keys: %w", err)
	}
	err = how(f)
	if errors.Is(err, filelock.ErrHeld) {
		err = fault.New(fault.Conflict, "vault.in-use", "folder", folder)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Unused refuses a folder of keys that somebody has open just now.
//
// Faults: vault.in-use; those of a folder that isn't there or others may read.
func Unused(folder string) error {
	if err := checkFolder(folder); err != nil {
		return err
	}
	alone, err := hold(folder, filelock.Alone)
	if err != nil {
		return err
	}
	return alone.Close()
}

// changeAgain is how often is tried to change what somebody else changes.
const changeAgain = 20 * time.Millisecond

// change keeps changes of the folder's files apart: those of this process, and those
// of others that have the vault open. lookup.key is locked for it, since it is there
// for as long as the folder and never replaced.
func (v *Vault) change(ctx context.Context) (done func(), err error) {
	v.changing.Lock()
	for {
		f, err := hold(filepath.Join(v.folder, lookupFile), filelock.Alone)
		if err == nil {
			return func() {
				_ = f.Close()
				v.changing.Unlock()
			}, nil
		}
		if fault.Code(err) != "vault.in-use" {
			v.changing.Unlock()
			return nil, err
		}
		select {
		case <-ctx.Done():
			v.changing.Unlock()
			return nil, ctx.Err()
		case <-time.After(changeAgain):
		}
	}
}

func writeKey(path, header string, key []byte) error {
	return writePrivate(path, keyText(header, key))
}

// keyText is the content of a key file.
func keyText(header string, key []byte) []byte { return fmt.Appendf(nil, "%s%x\n", header, key) }

func readKey(path, header string) ([]byte, error) {
	content, err := readPrivate(path, int64(len(header))+2*keySize+1)
	if err != nil {
		return nil, err
	}
	return parseKey(path, header, content)
}

// parseKey reads the content of a key file. It tells a file of another kind
// from one that was cut short: the first is a wrong path, the second is a case
// for the backup.
func parseKey(path, header string, content []byte) ([]byte, error) {
	whole := len(header) + 2*keySize + 1
	if len(content) < whole && bytes.HasPrefix([]byte(header), content[:min(len(content), len(header))]) {
		return nil, fault.New(fault.Unsound, "vault.file-cut-short", "file", path, "bytes", len(content), "whole", whole)
	}
	digits, ours := bytes.CutPrefix(content, []byte(header))
	if !ours || len(content) != whole || digits[2*keySize] != '\n' {
		return nil, fault.New(fault.Unsound, "vault.file-foreign", "file", path)
	}
	key := make([]byte, keySize)
	if _, err := hex.Decode(key, digits[:2*keySize]); err != nil {
		return nil, fault.New(fault.Unsound, "vault.file-foreign", "file", path)
	}
	return key, nil
}

// writePrivate writes a new file that its owner alone may read, and returns
// when it is on disk. It never writes over a file.
func writePrivate(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write key file: %w", err), os.Remove(path))
	}
	return nil
}

// replacePrivate writes a file in the place of the one that is there: after a
// crash the one or the other is whole.
func replacePrivate(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-") // with mode 0600
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write key file: %w", err), os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

// readPrivate reads a file of at most limit bytes (one more is read, so that
// the caller sees that there is more) and refuses one that others can read.
func readPrivate(path string, limit int64) ([]byte, error) {
	if err := checkPrivate(path); err != nil {
		return nil, err
	}
	return readAtMost(path, limit)
}

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	return content, nil
}

// ReadPrivate is readPrivate for a secret of another's that lies in the folder of
// keys.
func ReadPrivate(path string, limit int64) ([]byte, error) { return readPrivate(path, limit) }

// readGiven is readPrivate for a file that a person named. It need not belong to
// the folder of keys, and nothing brings it back from there.
func readGiven(path string, limit int64) ([]byte, error) {
	if err := checkGiven(path); err != nil && (fault.Code(err) != "vault.file-open-to-others" || !handedBySystemd(path)) {
		return nil, err
	}
	return readAtMost(path, limit)
}

// credentialsEnv names the folder in which systemd hands a service its
// credentials (LoadCredential=).
const credentialsEnv = "CREDENTIALS_DIRECTORY"

// handedBySystemd reports whether a file lies in that folder, which no other user
// may enter. Of a service that runs as a user the mode there is 0440: what it shows
// for the group is the mask of the list that names this user, and nobody's right.
func handedBySystemd(path string) bool {
	folder := os.Getenv(credentialsEnv)
	info, err := os.Stat(path)
	return folder != "" && filepath.Dir(filepath.Clean(path)) == filepath.Clean(folder) && err == nil && info.Mode().Perm()&0o037 == 0
}

// checkGiven is checkPrivate for a file that a person named.
func checkGiven(path string) error {
	err := checkPrivate(path)
	switch fault.Code(err) {
	case "vault.file-missing":
		return fault.New(fault.NotFound, "vault.given-missing", "file", path)
	case "vault.file-foreign":
		return fault.New(fault.Invalid, "vault.given-no-file", "file", path)
	}
	return err
}

// destroyFile overwrites a file with zeroes and removes it. That it isn't there
// is no fault. What the disk keeps of old sectors it doesn't reach.
func destroyFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("destroy key file: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = io.CopyN(f, zeroes{}, info.Size())
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("destroy key file: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("destroy key file: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// zeroes is a reader of nothing else.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// checkPrivate refuses a path that isn't a file, or that others may read.
func checkPrivate(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "vault.file-missing", "file", path)
	case err != nil:
		return fmt.Errorf("read key file: %w", err)
	case !info.Mode().IsRegular():
		return fault.New(fault.Unsound, "vault.file-foreign", "file", path)
	case openToOthers(info):
		return fault.New(fault.Invalid, "vault.file-open-to-others", "file", path, "mode", mode(info))
	}
	return nil
}

// openToOthers reports whether group or world have any right to it. Windows
// keeps rights elsewhere than in the mode, so there the mode says nothing.
func openToOthers(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

func mode(info fs.FileInfo) string { return fmt.Sprintf("%04o", info.Mode().Perm()) }

// syncFolder makes new names in a folder durable. Windows can't, and needn't.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("make folder durable: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make folder durable: %w", err)
	}
	return nil
}
