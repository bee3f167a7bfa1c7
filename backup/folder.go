package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// folder is where backups lie.
type folder string

const (
	listName   = "backup-"
	indexName  = "index-"
	partsName  = "parts"
	partEnding = ".age"
	unfinished = ".part"
	lockName   = "lock"
)

var (
	listForm = regexp.MustCompile(`^backup-(\d{6,})$`)
	partID   = regexp.MustCompile(`^[0-9a-f]{40}$`)

	// What a sweep may remove, in the folder itself and below its parts.
	leftForm  = regexp.MustCompile(`^(index-\d{6,}(\.part)?|backup-\d{6,}\.part)$`)
	shelfForm = regexp.MustCompile(`^[0-9a-f]{2}$`)
	partForm  = regexp.MustCompile(`^[0-9a-f]{40}\.age(\.part)?$`)
)

func numbered(name string, number int64) string { return fmt.Sprintf("%s%06d", name, number) }

func (f folder) in(names ...string) string {
	return filepath.Join(append([]string{string(f)}, names...)...)
}

func (f folder) part(id string) string { return f.in(partsName, id[:2], id+partEnding) }

// lock takes the folder for this process alone, until it is closed or ends.
func (f folder) lock() (*os.File, error) {
	held, err := os.OpenFile(f.in(lockName), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of backups: %w", err)
	}
	if err := filelock.Alone(held); err != nil {
		if errors.Is(err, filelock.ErrHeld) {
			err = fault.New(fault.Conflict, "backup.locked", "folder", string(f))
		}
		return nil, errors.Join(err, held.Close())
	}
	return held, nil
}

// numbers are those of the lists that are there, in order.
func (f folder) numbers() (list []int64, err error) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if m := listForm.FindStringSubmatch(e.Name()); m != nil {
			n, err := strconv.ParseInt(m[1], 10, 64)
			if err == nil && numbered(listName, n) == e.Name() {
				list = append(list, n)
			}
		}
	}
	slices.Sort(list)
	return list, nil
}

// A list's file is the line of its format, a line of JSON, and two lines that
// hold the SHA-256 of those two and the keyed mark of them.

func (f folder) writeList(l List, s Seals) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	text := append([]byte(Format+"\n"), append(body, '\n')...)
	sum := sha256.Sum256(text)
	whole := fmt.Appendf(slices.Clone(text), "sum %x\nmark %x\n", sum, s.Mark(listMark, string(text)))
	return f.put(f.in(numbered(listName, l.Number)), func(w io.Writer) error {
		_, err := w.Write(whole)
		return err
	})
}

// readList reads a list, holds it to its sum and to this installation's mark.
func (f folder) readList(number int64, s Seals) (l List, err error) {
	path := f.in(numbered(listName, number))
	whole, err := readRegular(path)
	if err != nil {
		return l, err
	}
	damaged := fault.New(fault.Unsound, "backup.damaged", "file", path)
	if format, _, _ := bytes.Cut(whole, []byte("\n")); string(format) != Format {
		if strings.HasPrefix(string(format), "chancery backup v") {
			return l, fault.New(fault.Unsound, "backup.format", "file", path, "format", string(format))
		}
		return l, damaged
	}
	at := bytes.LastIndex(whole, []byte("\nsum ")) + 1
	text, tail := whole[:at], whole[at:]
	sum := sha256.Sum256(text)
	rest, sound := bytes.CutPrefix(tail, fmt.Appendf(nil, "sum %x\nmark ", sum))
	if at == 0 || !sound {
		return l, damaged
	}
	mark, err := hex.DecodeString(strings.TrimSuffix(string(rest), "\n"))
	if err != nil || len(mark) != len(sum) || !bytes.HasSuffix(rest, []byte("\n")) {
		return l, damaged
	}
	d := json.NewDecoder(bytes.NewReader(text[len(Format)+1:]))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil || l.Number != number {
		return l, damaged
	}
	if !bytes.Equal(mark, s.Mark(listMark, string(text))) {
		return l, fault.New(fault.Unsound, "backup.foreign", "file", path, "origin", l.Origin)
	}
	for _, p := range l.Parts {
		if !partID.MatchString(p.ID) {
			return l, damaged
		}
	}
	return l, nil
}

// put writes a file: after a crash it is there whole or, under this name, not at
// all. Others may write to the folder: what lies under the unfinished file's name
// goes, be it a link, and a new file is made.
func (f folder) put(path string, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Remove(path + unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	to, err := os.OpenFile(path+unfinished, os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(to.Name()))
		}
	}()
	buffered := bufio.NewWriterSize(to, 64<<10)
	err = errors.Join(write(buffered), buffered.Flush())
	if err := errors.Join(err, to.Sync(), to.Close()); err != nil {
		return err
	}
	if err := os.Rename(to.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openRegular opens a file that is one: a link leads out of the folder, and a pipe
// never ends.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	for _, refused := range []error{syscall.ELOOP, syscall.EMLINK, syscall.ENXIO, syscall.EOPNOTSUPP} { // a link, a socket: the latter of each pair on BSD and macOS
		if errors.Is(err, refused) {
			return nil, fault.New(fault.Unsound, "backup.damaged", "file", path)
		}
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fault.New(fault.Unsound, "backup.damaged", "file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func readRegular(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	return text, errors.Join(err, f.Close())
}

// sum is the length and hash of a file.
func sum(path string) (s FileSum, err error) {
	file, err := openRegular(path)
	if err != nil {
		return s, err
	}
	defer file.Close()
	hash := sha256.New()
	if s.Bytes, err = io.Copy(hash, file); err != nil {
		return s, fmt.Errorf("read %s: %w", path, err)
	}
	s.SHA256 = docket.Hash(hash.Sum(nil))
	return s, nil
}

// of reports whether it is that of a content.
func (want FileSum) of(content []byte) bool {
	return want.Bytes == int64(len(content)) && want.SHA256 == docket.Hash(sha256.Sum256(content))
}

// check holds a file to what a list says of it.
func (want FileSum) check(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Unsound, "backup.part-missing", "file", path)
	}
	if err != nil {
		return err
	}
	if info.Size() != want.Bytes {
		return fault.New(fault.Unsound, "backup.damaged", "file", path)
	}
	got, err := sum(path)
	if err == nil && got != want {
		err = fault.New(fault.Unsound, "backup.damaged", "file", path)
	}
	return err
}

// sweep removes what no list names: what an interrupted backup left, and what
// the lists that went had alone. It answers how many parts went. Whatever else
// lies in the folder is somebody else's.
func (f folder) sweep(lists []List) (removed int64, err error) {
	named := map[string]bool{}
	for _, l := range lists {
		named[f.in(numbered(indexName, l.Number))] = true
		for _, p := range l.Parts {
			named[f.part(p.ID)] = true
		}
	}
	if _, err := f.clear(string(f), leftForm, named); err != nil {
		return 0, err
	}
	shelves, err := os.ReadDir(f.in(partsName))
	if err != nil {
		return 0, err
	}
	for _, shelf := range shelves {
		if !shelf.IsDir() || !shelfForm.MatchString(shelf.Name()) {
			continue
		}
		n, err := f.clear(f.in(partsName, shelf.Name()), partForm, named)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// clear removes the files of one folder whose names are of a form and aren't
// named, and answers how many of them were whole parts.
func (f folder) clear(at string, form *regexp.Regexp, named map[string]bool) (parts int64, err error) {
	entries, err := os.ReadDir(at)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		path := filepath.Join(at, e.Name())
		if e.IsDir() || named[path] || !form.MatchString(e.Name()) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return parts, err
		}
		if strings.HasSuffix(path, partEnding) {
			parts++
		}
	}
	return parts, nil
}
