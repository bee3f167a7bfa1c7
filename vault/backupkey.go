package vault

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Backups of the data are sealed to a key of their own, of which the server
// holds the public half alone: it writes them by itself every night, and who
// takes the server can read none that is older. A passphrase could do neither:
// it would lie beside the timer that gives it, and open them all.

// BackupTo seals backups of the data to their recipients.
type BackupTo struct {
	secret ageSecret
	names  []string
}

// ParseBackupTo reads age recipients, one a line.
//
// Faults: vault.backup-recipient; vault.backup-recipient-private for a private half.
func ParseBackupTo(text string) (BackupTo, error) {
	var to BackupTo
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			to.names = append(to.names, line)
		}
	}
	if slices.ContainsFunc(to.names, func(name string) bool { return strings.HasPrefix(name, "AGE-SECRET-KEY-") }) {
		return to, fault.New(fault.Invalid, "vault.backup-recipient-private")
	}
	slices.Sort(to.names)
	to.names = slices.Compact(to.names)
	var err error
	if to.secret, err = byRecipients([]byte(strings.Join(to.names, "\n"))); err != nil {
		return to, fault.New(fault.Invalid, "vault.backup-recipient")
	}
	// Some don't go together (those that withstand a quantum computer with
	// those that don't): better told now than in the night.
	w, err := to.Seal(io.Discard)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return to, fault.New(fault.Invalid, "vault.backup-recipient")
	}
	return to, nil
}

// String names the recipients.
func (t BackupTo) String() string { return strings.Join(t.names, " ") }

// Seal seals what is written to it; that is whole once it is closed.
func (t BackupTo) Seal(w io.Writer) (io.WriteCloser, error) { return t.secret.sealing(w) }

// BackupKey opens backups of the data.
type BackupKey struct {
	secret ageSecret
	file   string
}

// ReadBackupKey reads the identities in a file that its owner alone may read, as
// NewBackupKey or age-keygen wrote it.
//
// Faults: those of files that are given; vault.identity-foreign, and
// vault.identity-public for a file with the public half.
func ReadBackupKey(path string) (BackupKey, error) {
	if isPublicLine(path) {
		return BackupKey{}, fault.New(fault.Invalid, "vault.identity-public", "file", path)
	}
	text, err := readGiven(path, mostOfMaster)
	if err != nil {
		return BackupKey{}, err
	}
	secret, err := byIdentities(text)
	if err != nil {
		return BackupKey{}, fault.New(fault.Invalid, "vault.identity-foreign", "file", path)
	}
	return BackupKey{secret, path}, nil
}

// isPublicLine reports whether a file holds the public half of such a key, which
// anybody may read: it was named in place of the private one.
func isPublicLine(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	text, err := readAtMost(path, mostOfMaster)
	if err == nil {
		_, err = ParseBackupTo(string(text))
	}
	return err == nil
}

// Open opens what was sealed to it.
//
// Faults: vault.backup-locked where it was sealed to others.
func (k BackupKey) Open(r io.Reader) (io.Reader, error) {
	plain, err := k.secret.opening(r)
	if err != nil {
		return nil, fault.New(fault.Invalid, "vault.backup-locked", "file", k.file)
	}
	return plain, nil
}

// NewBackupKey makes a key for backups: the private half goes into a new file
// that its owner alone may read. It answers the public half, one line.
func NewBackupKey(path string) (public string, err error) {
	secret, public, err := backupSecret()
	if err != nil {
		return "", fmt.Errorf("make a key for backups: %w", err)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "# key of backups, made by chancery keys new-backup-key\n# public key: %s\n%s\n", public, secret)
	return public, writePrivate(path, text.Bytes())
}
