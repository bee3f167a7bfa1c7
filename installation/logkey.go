package installation

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

// The log's key, with the other keys: the one that signs, its public half, and
// the one of the epoch that is being opened.
const (
	logKeyFile    = "log.key"
	logPublicFile = "log.pub"
	nextKeyFile   = "log.key.next"
)

// makeLogKey makes the Ed25519 key that signs an epoch's checkpoints, in the
// form of signed notes.
func makeLogKey(path, name string) error {
	private, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return fmt.Errorf("make the log's key: %w", err)
	}
	return writeWhole(path, []byte(private+"\n"))
}

// mostOfLogKey bounds the file of a key that signs.
const mostOfLogKey = 4 << 10

// readSecret reads a key that signs, and refuses one that others can read: who has
// it signs as the log.
func readSecret(path string) ([]byte, error) { return vault.ReadPrivate(path, mostOfLogKey) }

// publicKey is the verifier key of a signing key: PRIVATE+KEY+NAME+HASH+KEY,
// whose last part is one byte for Ed25519 and the seed.
func publicKey(secret string) (string, error) {
	parts := strings.Split(strings.TrimSpace(secret), "+")
	if len(parts) < 5 {
		return "", errors.New("not a signing key")
	}
	key, err := base64.StdEncoding.DecodeString(strings.Join(parts[4:], "+"))
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return "", errors.New("not an Ed25519 signing key")
	}
	return note.NewEd25519VerifierKey(parts[2], ed25519.NewKeyFromSeed(key[1:]).Public().(ed25519.PublicKey))
}

// takeNextKey puts the key of the next epoch in the place of the log's: from
// then on the log is in that epoch, and nobody here can sign for the last one.
func takeNextKey(folder string) error {
	next := filepath.Join(folder, nextKeyFile)
	secret, err := readSecret(next)
	if fault.Is(err, fault.NotFound) {
		return nil // it was done before a crash
	}
	if err != nil {
		return err
	}
	public, err := publicKey(string(secret))
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(folder, logPublicFile), []byte(public+"\n")); err != nil {
		return err
	}
	if err := os.Rename(next, filepath.Join(folder, logKeyFile)); err != nil {
		return err
	}
	return syncFolder(folder)
}

// overtaken takes the log into the newest epoch that a statement beside the heads
// opened, where the key is of one before it: shares that were made before an epoch was
// opened bring back a key that is over, and maybe known to others. What was published
// can be read, and nothing is signed.
func (l *publicLog) overtaken(folder string) error {
	newest, text := l.epoch, []byte(nil)
	for {
		next, err := os.ReadFile(filepath.Join(l.heads, numbered(statementFile, newest+1)))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return fmt.Errorf("read the statement of epoch %d: %w", newest+1, err)
		}
		// One whose key lies beside the old one is being opened just now, or was broken off.
		secret, err := readSecret(filepath.Join(folder, nextKeyFile))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if signer, _, err := readLogKey(secret); err == nil && signer.Name() == originOf(l.base, newest+1) {
			break
		}
		newest, text = newest+1, next
	}
	if newest == l.epoch {
		return nil
	}
	e, err := parseStatement(string(text))
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(e.Key)
	if err != nil || verifier.Name() != originOf(l.base, newest) {
		return fault.New(fault.Unsound, "log.key-damaged", "file", filepath.Join(l.heads, numbered(statementFile, newest)))
	}
	l.over = fault.New(fault.Conflict, "log.key-over", "file", l.keyFile, "key", l.verifier.Name(), "epoch", newest, "keys", folder)
	l.signer, l.verifier, l.epoch = nil, verifier, newest
	return nil
}
