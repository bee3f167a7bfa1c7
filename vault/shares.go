package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// The folder of keys is backed up in shares: so many people have one each, so
// many of them together bring the keys back, and fewer learn nothing. A share is
// a text file that can be printed and typed in again:
//
//	chancery key share v1
//	set 5f0c…              which backup it belongs to
//	share 2 of 5, 3 needed
//	made 2026-01-31
//	part 9a31…             the share
//	keys 140               so many lines follow: the keys, sealed, the same in each share of a set
//	…
//	check 77d0…            the beginning of the hash of all lines above
const (
	shareHeader = "chancery key share v1"
	headLines   = 6  // from the first to that of "keys"
	shareLine   = 64 // characters of the keys to a line
	shareCheck  = 8  // bytes
	shareLimit  = 4 << 20
	mostShares  = 20
)

// bundleFormat is the word by which the keys in a backup are known.
const bundleFormat = "chancery/keys-backup/v1"

// bundle is what the shares open: the files of the folder by their names. The
// master key is in it in clear, whatever its form in the folder. The key store
// and credentials are not: the one has backups of its own, the others are made
// anew.
type bundle struct {
	Format string            `json:"format"`
	Files  map[string]string `json:"files"`
}

// notInShares are files of the folder that a backup in shares leaves out. Where
// copies go is the machine's matter: who tries shares out on another one must not
// write into this one's.
func notInShares(name string) bool {
	return neverInShares(name) || name == backupsFile
}

// neverInShares are those that no share ever held.
func neverInShares(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, storeFile) ||
		strings.HasPrefix(name, masterName+".") || strings.HasPrefix(name, nextName+".") || name == shredFile
}

// share is one share, read or to be written.
type share struct {
	file         string
	set          string
	number, n, k int
	made         day.Date
	part         []byte
	sealed       []byte
}

// Share is what a share says of itself.
type Share struct {
	File   string `json:"file"`
	Number int    `json:"number"`
}

// BackupShares writes n shares of the folder's keys into a new folder, any k of
// which bring the keys back, and looks whether they do.
func (v *Vault) BackupShares(folder string, n, k int) (set string, made []Share, err error) {
	keys, err := v.bundle()
	if err != nil {
		return "", nil, err
	}
	return writeShares(folder, keys, n, k, v.today())
}

func writeShares(folder string, keys bundle, n, k int, today day.Date) (set string, made []Share, err error) {
	if k < 2 || n < k || n > mostShares {
		return "", nil, fault.New(fault.Invalid, "vault.shares-count", "shares", n, "needed", k, "most", mostShares)
	}
	plain, err := json.Marshal(keys)
	if err != nil {
		return "", nil, err
	}
	id := make([]byte, shareCheck)
	rand.Read(id)
	key, parts, err := split(n, k, id)
	if err != nil {
		return "", nil, err
	}
	under, err := newSealer(key)
	if err != nil {
		return "", nil, err
	}
	set = hex.EncodeToString(id)
	sealed, err := under.seal(plain, shareTag, set)
	if err != nil {
		return "", nil, err
	}
	if err := os.Mkdir(folder, 0o700); errors.Is(err, fs.ErrExist) {
		return "", nil, fault.New(fault.Conflict, "vault.shares-exist", "folder", folder)
	} else if err != nil {
		return "", nil, fmt.Errorf("write the shares: %w", err)
	}
	var paths []string
	for i, part := range parts {
		s := share{set: set, number: i + 1, n: n, k: k, made: today, part: part, sealed: sealed}
		path := filepath.Join(folder, fmt.Sprintf("share-%d-of-%d.txt", s.number, n))
		if err := writePrivate(path, s.text()); err != nil {
			return "", nil, err
		}
		paths = append(paths, path)
		made = append(made, Share{path, s.number})
	}
	if err := syncFolder(folder); err != nil {
		return "", nil, err
	}
	_, err = joinShares(paths[n-k:])
	return set, made, err
}

// bundle is the folder's files, the master key in clear.
func (v *Vault) bundle() (bundle, error) {
	b := bundle{bundleFormat, map[string]string{}}
	entries, err := os.ReadDir(v.folder)
	if err != nil {
		return bundle{}, fmt.Errorf("back up the keys: %w", err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || notInShares(e.Name()) {
			continue
		}
		content, err := readPrivate(filepath.Join(v.folder, e.Name()), mostOfMaster)
		if err != nil {
			return bundle{}, err
		}
		if len(content) > mostOfMaster {
			return bundle{}, fault.New(fault.Invalid, "vault.not-a-key", "file", filepath.Join(v.folder, e.Name()), "most", mostOfMaster)
		}
		b.Files[e.Name()] = string(content)
	}
	m := v.master.Load()
	if m.before != nil {
		return bundle{}, fault.New(fault.Conflict, "vault.rotation-unfinished")
	}
	b.Files[masterFile] = string(keyText(masterHeader, m.now.key))
	return b, nil
}

func (s share) text() []byte {
	var b strings.Builder
	code := base64.StdEncoding.EncodeToString(s.sealed)
	var lines []string
	for chunk := range slices.Chunk([]byte(code), shareLine) {
		lines = append(lines, string(chunk))
	}
	fmt.Fprintf(&b, "%s\nset %s\nshare %d of %d, %d needed\nmade %s\npart %x\nkeys %d\n", shareHeader, s.set, s.number, s.n, s.k, s.made, s.part, len(lines))
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	return fmt.Appendf([]byte(b.String()), "check %s\n", checkOf(b.String()))
}

func checkOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:shareCheck])
}

// readShare reads a share as it was written, or as somebody typed it in: spaces
// at the ends of lines and empty lines don't matter.
func readShare(path string) (share, error) {
	content, err := readGiven(path, shareLimit)
	if err != nil {
		return share{}, err
	}
	var lines []string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 || lines[0] != shareHeader {
		return share{}, fault.New(fault.Invalid, "vault.share-foreign", "file", path)
	}
	damaged := fault.New(fault.Unsound, "vault.share-damaged", "file", path)
	last := len(lines) - 1
	if last < headLines || lines[last] != "check "+checkOf(strings.Join(lines[:last], "\n")+"\n") {
		return share{}, damaged
	}
	s := share{file: path}
	var made, part string
	var count int
	form := shareHeader + "\nset %s\nshare %d of %d, %d needed\nmade %s\npart %s\nkeys %d"
	if _, err := fmt.Sscanf(strings.Join(lines[:headLines], "\n"), form, &s.set, &s.number, &s.n, &s.k, &made, &part, &count); err != nil {
		return share{}, damaged
	}
	var errs [3]error
	s.made, errs[0] = day.Parse(made)
	s.part, errs[1] = hex.DecodeString(part)
	s.sealed, errs[2] = base64.StdEncoding.DecodeString(strings.Join(lines[headLines:last], ""))
	if errors.Join(errs[:]...) != nil || count != last-headLines || s.number < 1 || s.number > s.n || s.k < 2 || s.k > s.n {
		return share{}, damaged
	}
	return s, nil
}

// joinShares reads shares and opens what they hold together. Each that is
// damaged, of another set or there twice is named.
func joinShares(paths []string) (bundle, error) {
	var first share
	parts := map[int][]byte{}
	from := map[int]string{}
	for i, path := range paths {
		s, err := readShare(path)
		switch {
		case err != nil:
			return bundle{}, err
		case i == 0:
			first = s
		case s.set != first.set:
			return bundle{}, fault.New(fault.Invalid, "vault.share-of-another", "file", path, "set", s.set, "other", first.file, "others", first.set)
		case parts[s.number] != nil:
			return bundle{}, fault.New(fault.Invalid, "vault.share-twice", "file", path, "other", from[s.number], "number", s.number)
		case s.n != first.n || s.k != first.k || string(s.sealed) != string(first.sealed):
			return bundle{}, fault.New(fault.Unsound, "vault.shares-differ", "set", first.set)
		}
		parts[s.number], from[s.number] = s.part, path
	}
	if len(parts) < first.k || len(parts) == 0 {
		return bundle{}, fault.New(fault.Invalid, "vault.shares-few", "given", len(parts), "needed", first.k, "set", first.set)
	}
	differ := fault.New(fault.Unsound, "vault.shares-differ", "set", first.set)
	id, err := hex.DecodeString(first.set)
	if err != nil {
		return bundle{}, differ
	}
	key, err := join(first.k, parts, id)
	if err != nil {
		return bundle{}, differ
	}
	under, err := newSealer(key)
	if err != nil {
		return bundle{}, err
	}
	var b bundle
	plain, err := under.open(first.sealed, shareTag, first.set)
	if err != nil || json.Unmarshal(plain, &b) != nil || b.Format != bundleFormat {
		return bundle{}, differ
	}
	for name := range b.Files {
		if name != filepath.Base(name) || neverInShares(name) && name != masterFile {
			return bundle{}, differ
		}
	}
	delete(b.Files, backupsFile) // older shares hold it
	return b, nil
}

// RestoreShares brings the keys back from their shares, into a folder that is
// missing or has lost its master key, and names the files that were brought
// back. What is there is never written over. The key store, where it is lost too,
// comes back by RestoreStore. Copies of it go where they do by default, until that
// is set again.
func RestoreShares(folder string, paths []string) (names []string, err error) {
	b, err := joinShares(paths)
	if err != nil {
		return nil, err
	}
	if _, ours := b.Files[masterFile]; !ours {
		return nil, fault.New(fault.Invalid, "vault.shares-of-a-desk")
	}
	if err := mayRestore(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(folder, credentialFolder), 0o700); err != nil {
		return nil, fmt.Errorf("restore the keys: %w", err)
	}
	// The master key last: where it is, nothing is brought back any more, and a
	// restore that was cut off before goes on when it is given again.
	order := slices.DeleteFunc(slices.Sorted(maps.Keys(b.Files)), func(name string) bool { return name == masterFile })
	for _, name := range append(order, masterFile) {
		path := filepath.Join(folder, name)
		if err := removeCutOff(path); err != nil {
			return nil, err
		}
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if err := replacePrivate(path, []byte(b.Files[name])); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, errors.Join(syncFolder(folder), syncFolder(filepath.Dir(folder)))
}

// removeCutOff removes what a restore left of a file in whose writing it was cut off:
// a key, or a part of one, under a name that nobody looks for.
func removeCutOff(path string) error {
	left, err := filepath.Glob(filepath.Join(globEscape(filepath.Dir(path)), "."+globEscape(filepath.Base(path))+".new-*"))
	for _, one := range left {
		err = errors.Join(err, os.Remove(one))
	}
	return err
}

// mayRestore refuses a folder that has a master key already: it would be the
// wrong one, or none is needed.
func mayRestore(folder string) error {
	if err := checkFolder(folder); fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	for _, name := range []string{masterName, nextName} {
		if path, _, err := masterFileOf(folder, name); err != nil || path != "" {
			return errors.Join(err, fault.New(fault.Conflict, "vault.restore-over", "file", path))
		}
	}
	return nil
}

// deskKeyFile is the name under which shares hold a desk's private key.
const deskKeyFile = "desk.key"

// ShareDeskKey is BackupShares for a desk's private key: it is lost with one
// machine else, and all that is sensitive with it.
func ShareDeskKey(folder, private string, n, k int, today day.Date) (set string, made []Share, err error) {
	if _, err := OpenDesk(private); err != nil {
		return "", nil, err
	}
	return writeShares(folder, bundle{bundleFormat, map[string]string{deskKeyFile: private}}, n, k, today)
}

// RestoreDeskKey brings a desk's private key back from its shares, into a new
// file.
func RestoreDeskKey(path string, paths []string) error {
	b, err := joinShares(paths)
	if err != nil {
		return err
	}
	private, ours := b.Files[deskKeyFile]
	if !ours {
		return fault.New(fault.Invalid, "vault.shares-of-a-server")
	}
	return WriteDeskKey(path, private)
}
