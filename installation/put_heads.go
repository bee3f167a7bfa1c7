package installation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/fault"
)

// headsNote stands in a folder of heads that a restore fills, until it is decided
// that it goes on: they are those of a backup, and tell nothing that it doesn't.
const headsNote = ".restoring"

// headsStaged is the folder within, where each file lies until it is whole. Whatever
// else is in the folder of heads, and isn't as it was put, somebody else brought.
const headsStaged = ".restoring.files"

// lostAndFound is what a file system puts into its own root.
const lostAndFound = "lost+found"

// putNote says of which backup the heads are, and whether all of them are there.
type putNote struct {
	Mark  string            `json:"backup"`
	Whole bool              `json:"whole"`
	Put   map[string]string `json:"put,omitempty"` // the SHA-256 of each file, by name
}

// readNote reads it; ours is false where there is none. Heads that somebody brought
// to those that were put are not taken for either: backup.heads-among.
func readNote(folder string) (n putNote, ours bool, err error) {
	text, err := os.ReadFile(filepath.Join(folder, headsNote))
	if errors.Is(err, fs.ErrNotExist) {
		return n, false, nil
	}
	if err != nil {
		return n, false, err
	}
	if json.Unmarshal(text, &n) != nil {
		n = putNote{}
	}
	brought, err := n.brought(folder)
	if err == nil && brought != "" {
		err = fault.New(fault.Conflict, "backup.heads-among", "heads", folder, "file", brought)
	}
	return n, true, err
}

// brought is the name of something in the folder that was not put there: a file that is
// another, or of a name that no attempt gives, or a folder, into which heads came that
// were copied beside those that were put.
func (n putNote) brought(folder string) (name string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		name := e.Name()
		ours := name == headsNote || name == headsStaged && e.IsDir() || name == lostAndFound
		passing := strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".writing") || strings.HasPrefix(name, ".") && strings.Contains(name, ".new-")
		if ours || passing && e.Type().IsRegular() {
			continue
		}
		if !e.Type().IsRegular() {
			return name, nil
		}
		hash, err := sumOf(filepath.Join(folder, name))
		if err != nil {
			return "", err
		}
		fetched := n.Put[name] == "" && strings.HasPrefix(name, statementFile+"-") // see fetchStatements
		if hash != n.Put[name] && !fetched {
			return name, nil
		}
	}
	return "", nil
}

// whole reports whether all that was put is there: somebody may have cleared the folder
// but for the note, whose name is hidden.
func (n putNote) whole(folder string) bool {
	for name := range n.Put {
		if _, err := os.Lstat(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return n.Whole
}

func (n putNote) write(folder string) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(folder, headsNote), append(text, '\n'))
}

// dropNote makes the heads that were put those of the installation.
func dropNote(folder string) error {
	if err := os.Remove(filepath.Join(folder, headsNote)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncFolder(folder)
}

// namesIn are the names in a folder, which need not be there, but for what a file
// system puts into its own root, and a restore's own notes that were cut off while
// they were written: nothing else is there then.
func namesIn(folder string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		n := e.Name()
		cut := strings.HasPrefix(n, "."+headsNote+".new-") || strings.HasPrefix(n, "."+restoringFile+".new-")
		if n != lostAndFound && !cut {
			names = append(names, n)
		}
	}
	return names, nil
}

// putHeads fills a folder of heads with what a backup holds, in place: it may be a
// file system of its own. What an earlier attempt put there goes. Until all is
// there the note says so.
func putHeads(ctx context.Context, folder, mark string, from *backup.Backup) error {
	if err := makePrivate(folder); err != nil {
		return err
	}
	n := putNote{Mark: mark}
	names, err := namesIn(folder)
	for _, name := range names {
		switch path := filepath.Join(folder, name); name {
		case headsNote:
		case headsStaged:
			err = errors.Join(err, os.RemoveAll(path))
		default: // a folder that came this moment stays
			err = errors.Join(err, os.Remove(path))
		}
	}
	if err := errors.Join(err, syncFolder(folder)); err != nil {
		return err
	}
	if err := n.write(folder); err != nil {
		return err
	}
	staged := filepath.Join(folder, headsStaged)
	if n.Put, err = stageHeads(ctx, staged, from); err != nil {
		return err
	}
	if err := n.write(folder); err != nil {
		return err
	}
	for name := range n.Put {
		if err := os.Rename(filepath.Join(staged, name), filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Remove(staged), syncFolder(folder)); err != nil {
		return err
	}
	n.Whole = true
	return n.write(folder)
}

// stageHeads writes each file to a folder of its own.
func stageHeads(ctx context.Context, staged string, from *backup.Backup) (put map[string]string, err error) {
	if err := os.Mkdir(staged, 0o700); err != nil {
		return nil, err
	}
	put = map[string]string{}
	err = from.Copy(ctx, func(name string, content io.Reader) (err error) {
		if strings.HasPrefix(name, placesInBackup) || name == registriesInBackup {
			return nil // of the data: see putLoaded
		}
		if name != filepath.Base(name) || !fs.ValidPath(name) {
			return fault.New(fault.Unsound, "backup.damaged", "file", name)
		}
		f, err := os.OpenFile(filepath.Join(staged, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		hash := sha256.New()
		_, err = io.Copy(io.MultiWriter(f, hash), content)
		put[name] = hex.EncodeToString(hash.Sum(nil))
		return errors.Join(err, f.Sync(), f.Close())
	})
	return put, errors.Join(err, syncFolder(staged))
}
