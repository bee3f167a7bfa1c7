package vault

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/openchancery/chancery/fault"
)

// The master key rests in one file, whose ending tells its form. While the key
// or its form is changed a second file stands beside it (see rotate.go).
const (
	masterName = "master"
	nextName   = "next-master"
)

// custody is a way in which the master key rests. The key is got at once, when
// the vault is opened.
type custody interface {
	// form is the ending of its file, and what a person calls it.
	form() string
	// lock gives what is to rest in the file.
	lock(ctx context.Context, key []byte) ([]byte, error)
	// unlock gives the key back. The path is for the fault alone.
	unlock(ctx context.Context, path string, content []byte) ([]byte, error)
}

// Forms in which the master key rests.
const (
	InFile   = "key"    // in clear, in a file that its owner alone may read
	InAge    = "age"    // in a file of age, under a passphrase or to an identity
	InRemote = "remote" // wrapped by a key service
)

// mostOfMaster bounds the file of the master key, whatever its form.
const mostOfMaster = 64 << 10

// Unlock is what opens a master key that doesn't rest in clear. Whatever is
// secret comes from a file that its owner alone may read, or from a person;
// never from an argument, which every process of the machine can see.
type Unlock struct {
	PassphraseFile string                 // the passphrase of master.age
	IdentityFile   string                 // or the age identity
	TokenFile      string                 // the token for the key service of master.remote
	Ask            func() (string, error) // asks a person for the passphrase; nil: nobody is there
}

// UnlockFromEnvironment reads the names of those files from the environment.
func UnlockFromEnvironment() Unlock {
	return Unlock{
		PassphraseFile: os.Getenv("CHANCERY_MASTER_PASSPHRASE_FILE"),
		IdentityFile:   os.Getenv("CHANCERY_MASTER_IDENTITY_FILE"),
		TokenFile:      os.Getenv("CHANCERY_MASTER_TOKEN_FILE"),
	}
}

// Protection says how the master key is to rest.
type Protection struct {
	Form    string  // InFile, InAge, InRemote
	Unlock  Unlock  // what will open it
	Service Service // for InRemote
}

func (p Protection) custody() (custody, error) {
	switch p.Form {
	case InFile:
		return inFile{}, nil
	case InAge:
		secret, err := p.Unlock.age()
		return inAge{secret}, err
	case InRemote:
		return newRemote(p.Service, p.Unlock.TokenFile)
	}
	return nil, fault.New(fault.Invalid, "vault.master-form", "form", p.Form)
}

// inFile is the master key in clear.
type inFile struct{}

func (inFile) form() string { return InFile }

func (inFile) lock(_ context.Context, key []byte) ([]byte, error) {
	return keyText(masterHeader, key), nil
}

func (inFile) unlock(_ context.Context, path string, content []byte) ([]byte, error) {
	return parseKey(path, masterHeader, content)
}

// inAge is the file of the master key in clear, in an armoured file of age.
type inAge struct{ secret ageSecret }

func (inAge) form() string { return InAge }

func (a inAge) lock(_ context.Context, key []byte) ([]byte, error) {
	return a.secret.seal(keyText(masterHeader, key))
}

func (a inAge) unlock(_ context.Context, path string, content []byte) ([]byte, error) {
	plain, err := a.secret.open(content)
	if err != nil {
		return nil, fault.New(fault.Invalid, "vault.master-locked", "file", path)
	}
	return parseKey(path, masterHeader, plain)
}

// shortestPassphrase is in characters. Whoever has the file may guess at leisure.
const shortestPassphrase = 12

// age is the passphrase or the identities.
func (u Unlock) age() (ageSecret, error) {
	switch {
	case u.IdentityFile != "":
		text, err := readGiven(u.IdentityFile, mostOfMaster)
		if err != nil {
			return ageSecret{}, err
		}
		secret, err := byIdentities(text)
		if err != nil || len(secret.recipients) == 0 {
			return ageSecret{}, fault.New(fault.Invalid, "vault.identity-foreign", "file", u.IdentityFile)
		}
		return secret, nil
	case u.PassphraseFile != "":
		text, err := readGiven(u.PassphraseFile, mostOfMaster)
		if err != nil {
			return ageSecret{}, err
		}
		return agePassphrase(string(bytes.TrimRight(text, "\r\n")))
	case u.Ask != nil:
		text, err := u.Ask()
		if err != nil {
			return ageSecret{}, err
		}
		return agePassphrase(text)
	}
	return ageSecret{}, fault.New(fault.Invalid, "vault.no-passphrase")
}

func agePassphrase(text string) (ageSecret, error) {
	if n := utf8.RuneCountInString(text); n < shortestPassphrase {
		return ageSecret{}, fault.New(fault.Invalid, "vault.passphrase-short", "characters", n, "least", shortestPassphrase)
	}
	return byPassphrase(text)
}

// resting is a master key and how it rests.
type resting struct {
	custody
	path string
	key  []byte
	sealer
}

// masters are the keys under which claims' keys are wrapped: one, or two while
// they are being re-wrapped.
type masters struct {
	now    resting
	before *resting // what is not yet re-wrapped opens under this one
	over   *resting // the one before, until no copy of the key store is left that it opens
}

// made reports whether the mark of a key store or of its copy is by any of them.
func (m *masters) made(mark []byte) bool {
	for _, key := range []*resting{&m.now, m.before, m.over} {
		if key != nil && key.sealer.made(mark) {
			return true
		}
	}
	return false
}

// open opens what is wrapped by either.
func (m *masters) open(wrapped []byte, parts ...string) ([]byte, error) {
	key, err := m.now.open(wrapped, parts...)
	if err != nil && m.before != nil {
		return m.before.open(wrapped, parts...)
	}
	return key, err
}

// masterFileOf is the one file of that name in the folder, in whatever form;
// "" where there is none.
func masterFileOf(folder, name string) (path, form string, err error) {
	for _, f := range []string{InFile, InAge, InRemote} {
		p := filepath.Join(folder, name+"."+f)
		if _, err := os.Lstat(p); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return "", "", err
		}
		if path != "" {
			return "", "", fault.New(fault.Unsound, "vault.two-masters", "file", path, "other", p)
		}
		path, form = p, f
	}
	return path, form, nil
}

// readMaster reads and unlocks the master key of that name.
func readMaster(ctx context.Context, folder, name string, u Unlock) (*resting, error) {
	path, form, err := masterFileOf(folder, name)
	if err != nil {
		return nil, err
	}
	if path == "" {
		return nil, fault.New(fault.NotFound, "vault.file-missing", "file", filepath.Join(folder, name+"."+InFile))
	}
	content, err := readPrivate(path, mostOfMaster)
	if err != nil {
		return nil, err
	}
	protection := Protection{Form: form, Unlock: u}
	if form == InRemote {
		if protection.Service, err = parseRemote(path, content); err != nil {
			return nil, err
		}
	}
	keeper, err := protection.custody()
	if err != nil {
		return nil, err
	}
	key, err := keeper.unlock(ctx, path, content)
	if err != nil {
		return nil, err
	}
	return rest(keeper, path, key)
}

func rest(keeper custody, path string, key []byte) (*resting, error) {
	under, err := newSealer(key)
	return &resting{keeper, path, key, under}, err
}

// write puts the key into a new file, reads it back and unlocks it, so that
// nothing else is let go of before.
func (r *resting) write(ctx context.Context) error {
	content, err := r.lock(ctx, r.key)
	if err != nil {
		return err
	}
	if err := replacePrivate(r.path, content); err != nil {
		return err
	}
	if content, err = readPrivate(r.path, mostOfMaster); err != nil {
		return err
	}
	key, err := r.unlock(ctx, r.path, content)
	if err != nil {
		return err
	}
	if !Equal(key, r.key) {
		return fault.New(fault.Unsound, "vault.file-foreign", "file", r.path)
	}
	return nil
}
