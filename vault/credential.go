package vault

import (
	"bytes"
	"encoding/base32"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// A credential's secret is chancery_ACTOR_ and 52 characters (a-z, 2-7), which
// are 256 random bits. The prefix lets scanners of leaked secrets find it.
const (
	secretPrefix  = "chancery_"
	secretDigits  = 52
	actorLimit    = 64
	credentialEnd = ".credential"
)

var secretCode = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewCredential makes a secret for an actor, to be shown or written once, and
// the verifier to keep in its stead: a keyed hash of the whole secret, actor's
// name included.
//
// A keyed hash suffices, where a password would need a slow one: the secret has
// 256 bits from the system's randomness, so there is nothing to guess, at any
// speed, even for one who holds lookup.key. The key is there so that a thief
// who can write to the database still can't make a verifier for a secret of
// his own.
func (v *Vault) NewCredential(actor string) (secret string, verifier []byte, err error) {
	if err := checkActor(actor); err != nil {
		return "", nil, err
	}
	secret = secretPrefix + actor + "_" + strings.ToLower(secretCode.EncodeToString(newKey()))
	return secret, keyedHash(v.lookup, credentialTag, secret), nil
}

// Verify reads a secret: whose it says it is, and the verifier that it has.
// Nobody is let in by it yet: the caller looks up what is kept for the actor
// and compares the two with Equal. The fault never holds the secret.
func (v *Vault) Verify(secret string) (actor string, verifier []byte, err error) {
	if actor, err = actorOf(secret); err != nil {
		return "", nil, err
	}
	return actor, keyedHash(v.lookup, credentialTag, secret), nil
}

// WriteCredential puts an actor's secret into the folder of keys, for commands
// that are given on this machine, and says where. It never writes over one:
// what is lost can't be made again.
func WriteCredential(folder, actor, secret string) (path string, err error) {
	of, err := actorOf(secret)
	if err != nil {
		return "", err
	}
	if of != actor {
		return "", fault.New(fault.Invalid, "credential.of-another", "actor", actor, "other", of)
	}
	path = CredentialPath(folder, actor)
	err = writePrivate(path, []byte(secret+"\n"))
	switch {
	case errors.Is(err, fs.ErrExist):
		return "", fault.New(fault.Conflict, "credential.exists", "actor", actor, "file", path)
	case err != nil:
		return "", err
	}
	return path, syncFolder(filepath.Dir(path))
}

// CredentialPath is where WriteCredential puts an actor's secret.
func CredentialPath(folder, actor string) string {
	return filepath.Join(folder, credentialFolder, actor+credentialEnd)
}

// RemoveCredential takes an actor's secret from the folder of keys; that there
// was none is no fault. It ends nothing by itself: the office ends credentials.
func RemoveCredential(folder, actor string) error {
	if err := checkActor(actor); err != nil {
		return err
	}
	err := os.Remove(CredentialPath(folder, actor))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ReadCredential reads a secret from a file that its owner alone may read.
func ReadCredential(path string) (secret string, err error) {
	limit := int64(len(secretPrefix) + actorLimit + 1 + secretDigits + len("\r\n"))
	content, err := readGiven(path, limit)
	if err != nil {
		return "", err
	}
	secret = string(bytes.TrimRight(content, "\r\n"))
	if _, err := actorOf(secret); err != nil {
		return "", fault.New(fault.Invalid, "credential.file-foreign", "file", path)
	}
	return secret, nil
}

// actorOf takes the actor's name out of a secret. The digits hold no _, so the
// last one ends the name, whatever the name holds.
func actorOf(secret string) (string, error) {
	malformed := fault.New(fault.Invalid, "credential.malformed")
	rest, ours := strings.CutPrefix(secret, secretPrefix)
	cut := strings.LastIndexByte(rest, '_')
	if !ours || cut < 0 {
		return "", malformed
	}
	actor, digits := rest[:cut], rest[cut+1:]
	if checkActor(actor) != nil || len(digits) != secretDigits || digits != strings.ToLower(digits) {
		return "", malformed
	}
	if key, err := secretCode.DecodeString(strings.ToUpper(digits)); err != nil || len(key) != keySize {
		return "", malformed
	}
	return actor, nil
}

// checkActor holds actors' names to what can stand in a secret and be a file's
// name on any machine: a-z, 0-9, then also . _ - @, 64 at most.
func checkActor(actor string) error {
	ok := actor != "" && len(actor) <= actorLimit
	for i, c := range []byte(actor) {
		first := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		ok = ok && (first || i > 0 && strings.IndexByte("._-@", c) >= 0)
	}
	if !ok {
		return fault.New(fault.Invalid, "credential.actor-name", "actor", actor)
	}
	return nil
}
