package witness

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// The folder of a witness, mode 0700:
//
//	witness.key  its own key, mode 0600
//	logs         the keys of the logs that it cosigns for, one a line; # begins a comment
//	state/       for each origin a file, named by the origin's SHA-256 in
//	             hexadecimal: the last checkpoint that was cosigned
//	lock         held by the process that is the witness
//
// Who loses state/, or goes back to an older copy of it, must not go on under
// the same key: what was cosigned since is forgotten, and a fork could be.
const (
	keyFile     = "witness.key"
	logsFile    = "logs"
	stateFolder = "state"
	lockFile    = "lock"
	tempBegin   = ".new-"
)

const logsHead = `# The keys of the logs that this witness cosigns for, one a line.
# Add one with: chancery witness add-log
`

// Create makes a witness's folder with a new key of this name, which it
// returns as others are given it. The folder must not be there yet.
func Create(folder, name string) (key string, err error) {
	if !isName(name) {
		return "", fault.New(fault.Invalid, "witness.name", "name", name)
	}
	if err := removeCutOff(folder); err != nil {
		return "", err
	}
	if err := os.Mkdir(folder, 0o700); errors.Is(err, fs.ErrExist) {
		return "", fault.New(fault.Conflict, "witness.exists", "folder", folder)
	} else if err != nil {
		return "", fmt.Errorf("make the witness's folder: %w", err)
	}
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails
	s := newSigner(name, seed)
	err = os.Mkdir(filepath.Join(folder, stateFolder), 0o700)
	// The key last: without it the folder is no witness.
	if err = errors.Join(err, write(filepath.Join(folder, logsFile), []byte(logsHead), nil)); err == nil {
		err = write(filepath.Join(folder, keyFile), []byte(s.secret()+"\n"), nil)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(folder))
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("make the witness's folder: %w", err), os.RemoveAll(folder))
	}
	return s.String(), nil
}

// removeCutOff removes a folder in which the making of a witness was cut off before it
// had a key. One in which anything else lies stays: what was cosigned, or a list of logs.
func removeCutOff(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil || !info.IsDir() {
		return nil // nothing is there, or it is somebody else's
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("make the witness's folder: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case e.Name() == stateFolder:
			if state, err := os.ReadDir(path); err != nil || len(state) > 0 {
				return err
			}
		case e.Name() == logsFile:
			if text, err := os.ReadFile(path); err != nil || string(text) != logsHead {
				return err
			}
		case !strings.HasPrefix(e.Name(), tempBegin):
			return nil
		}
	}
	if len(entries) == 0 { // somebody made it, for this or for something else
		return nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("make the witness's folder: %w", err)
	}
	return nil
}

// Key is the key of the witness in a folder, as others are given it.
func Key(folder string) (string, error) {
	s, err := readKey(folder)
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

func readKey(folder string) (signer, error) {
	path := filepath.Join(folder, keyFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return signer{}, fault.New(fault.NotFound, "witness.none", "folder", folder)
	case err != nil:
		return signer{}, fmt.Errorf("read the witness's key: %w", err)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return signer{}, fault.New(fault.Invalid, "witness.key-open-to-others", "file", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return signer{}, fmt.Errorf("read the witness's key: %w", err)
	}
	s, ok := parseSecret(strings.TrimSuffix(string(text), "\n"))
	if !ok {
		return signer{}, fault.New(fault.Unsound, "witness.key-damaged", "file", path)
	}
	return s, nil
}

// AddLog adds a log's key to those that the witness in a folder cosigns for.
// It returns the log's origin. A witness that runs takes it up at once.
func AddLog(folder, key string) (origin string, err error) {
	if _, err := readKey(folder); err != nil {
		return "", err
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return "", fault.New(fault.Invalid, "witness.log-key")
	}
	path := filepath.Join(folder, logsFile)
	known, err := readLogs(folder)
	if err != nil {
		return "", err
	}
	for _, k := range known[v.Name()] {
		if k.KeyHash() == v.KeyHash() {
			return "", fault.New(fault.Conflict, "witness.log-known", "origin", v.Name())
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("add a log: %w", err)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return v.Name(), write(path, append(text, key+"\n"...), nil)
}

// readLogs are the keys of each log, by its origin.
func readLogs(folder string) (map[string][]note.Verifier, error) {
	path := filepath.Join(folder, logsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read which logs to cosign for: %w", err)
	}
	logs := map[string][]note.Verifier{}
	for n, line := range listed(string(text)) {
		v, err := note.NewVerifier(line)
		if err != nil {
			return nil, fault.New(fault.Invalid, "witness.logs-line", "file", path, "line", n)
		}
		logs[v.Name()] = append(logs[v.Name()], v)
	}
	return logs, nil
}

// listed are the lines of a list by their numbers, without comments and blanks.
func listed(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(n, line) {
				return
			}
		}
	}
}

// statePath is where an origin's last checkpoint rests.
func statePath(folder, origin string) string {
	return filepath.Join(folder, stateFolder, originHash(origin))
}

// originHash is an origin's name in paths.
func originHash(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// last is the last checkpoint of an origin that was cosigned; of none, the
// empty tree. A file that is there and doesn't bear the witness's own
// signature is never taken for none.
func (s *Server) last(origin string) (checkpoint, error) {
	path := statePath(s.folder, origin)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return checkpoint{origin: origin, root: docket.Root(nil)}, nil
	}
	if err != nil {
		return checkpoint{}, fmt.Errorf("read what was cosigned last: %w", err)
	}
	n, err := note.Open(text, note.VerifierList(s.key))
	if err != nil {
		return checkpoint{}, fault.New(fault.Unsound, "witness.state-damaged", "file", path)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil || c.origin != origin {
		return checkpoint{}, fault.New(fault.Unsound, "witness.state-damaged", "file", path)
	}
	return c, nil
}

// write puts a file whole in place of what is there; when it returns nil, it is
// on disk under its name. before is told of each operation on the disk and may
// forbid it; nil forbids none.
func write(path string, content []byte, before func(operation string) error) (err error) {
	if before == nil {
		before = func(string) error { return nil }
	}
	if err := before("create"); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), tempBegin) // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // not there any more once it has its name
		}
	}()
	steps := []struct {
		operation string
		do        func() error
	}{
		{"write", func() error { _, err := f.Write(content); return err }},
		{"sync", f.Sync},
		{"close", f.Close},
		{"rename", func() error { return os.Rename(f.Name(), path) }},
		{"sync folder", func() error { return syncFolder(filepath.Dir(path)) }},
	}
	for _, s := range steps {
		if err = before(s.operation); err == nil {
			err = s.do()
		}
		if err != nil {
			return errors.Join(err, closed(f))
		}
	}
	return nil
}

// closed closes a file that may be closed already.
func closed(f *os.File) error {
	if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lock takes the folder for this process alone: two would each cosign what the
// other doesn't know of. The kernel gives it free when the process ends.
func lock(folder string) (*os.File, error) {
	path := filepath.Join(folder, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the witness's folder: %w", err)
	}
	if err = filelock.Alone(f); errors.Is(err, filelock.ErrHeld) {
		err = fault.New(fault.Conflict, "witness.locked", "folder", folder)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
