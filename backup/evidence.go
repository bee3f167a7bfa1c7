package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Evidence that is too large for the database is copied as it rests: it is sealed
// under the claims' own keys, which no backup of the data holds, and named by its own
// hash. Each backup has a file that lists its objects with their lengths; the list of
// the backup vouches for that file. An object that an earlier backup has is not copied
// again.
//
//	evidence-000007     "HASH LENGTH" on each line, in the order of the hashes
//	evidence/ab/abcd…   the objects

const evidenceName = "evidence"

// In the folder the lists are told from the objects' folder by their dash.
const evidenceList = evidenceName + "-"

var (
	objectForm   = regexp.MustCompile(`^[0-9a-f]{64}(\.part)?$`)
	evidenceForm = regexp.MustCompile(`^evidence-\d{6,}(\.part)?$`)
)

// Evidence is where the objects are that are backed up.
type Evidence struct {
	// Names are those of all objects, once the database's state was taken, in
	// their order.
	Names func(ctx context.Context) iter.Seq2[string, error]
	Open  func(ctx context.Context, name string) (io.ReadCloser, error)
	Gone  func(err error) bool // whether Open says that there is no such object
}

func (f folder) object(name string) string { return f.in(evidenceName, name[:2], name) }

// evidence copies the objects that no earlier backup has, and writes their list.
func (w *writer) evidence() error {
	if w.from.Evidence == nil {
		return nil
	}
	hash := sha256.New()
	var s FileSum
	listed, stop := w.listedObjects()
	defer stop()
	err := w.folder.put(w.in(numbered(evidenceList, w.list.Number)), func(file io.Writer) error {
		out := &counted{to: io.MultiWriter(file, hash)}
		for name, err := range w.from.Evidence.Names(w.ctx) {
			if err != nil {
				return err
			}
			size, err := w.copyObject(name, listed(name))
			if w.lacks(name, err) {
				continue
			}
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(out, "%s %d\n", name, size); err != nil {
				return err
			}
			w.report.Objects++
			w.report.Bytes += size
			w.progress.tell("evidence", w.report.Objects, 0)
		}
		s.Bytes = out.n
		return nil
	})
	if err != nil {
		return fmt.Errorf("back up evidence: %w", err)
	}
	s.SHA256 = docket.Hash(hash.Sum(nil))
	w.list.Evidence = &s
	return nil
}

// Lacking is an object that a backup lacks, and why.
type Lacking struct {
	Object string `json:"object"`
	Why    error  `json:"-"`
}

// mostNamed is how many objects a report names; it counts all.
const mostNamed = 20

// unreadInARow is after how many objects in a row that can't be read the shelf itself
// is away: each that is asked for then may take its time to say so.
const unreadInARow = 10

// unread is why an object can't be read where it rests: a disk that fails, a right
// that is missing, a bucket that doesn't answer.
type unread struct{ error }

func (u unread) Unwrap() error { return u.error }

// lacks reports that an object isn't in the backup for a reason that lies with itself,
// and counts it. The rest is backed up: what one page of a disk lost must not keep the
// docket out of every backup from then on.
func (w *writer) lacks(name string, err error) bool {
	var why unread
	switch {
	case err == nil || w.ctx.Err() != nil:
		return false
	case w.from.Evidence.Gone(err) || fault.Code(err) == "backup.object-damaged":
		w.report.Missing++ // erased meanwhile, lost or damaged: verify tells which
	case errors.As(err, &why):
		w.report.Unread++
		w.unread++
		w.away = err
	default:
		return false
	}
	if len(w.report.Lacking) < mostNamed {
		w.report.Lacking = append(w.report.Lacking, Lacking{name, err})
	}
	return true
}

// listedObjects tells the length of an object as the newest list has it, asked in the
// order of the names; -1 where that has none, or can't be read.
func (w *writer) listedObjects() (length func(name string) int64, stop func()) {
	if w.newest == nil {
		return func(string) int64 { return -1 }, func() {}
	}
	next, stop := iter.Pull2(w.folder.objects(*w.newest))
	o, err, more := next()
	return func(name string) int64 {
		for more && err == nil && o.Name < name {
			o, err, more = next()
		}
		if !more || err != nil || o.Name != name {
			return -1
		}
		return o.Bytes
	}, stop
}

// objectStands reports whether an object is there as its name says. One of the length
// that the newest list has is read once in readAgain backups, any other now. One that
// was listed, or lies there, and isn't so is counted, and is to be copied anew.
func (w *writer) objectStands(name string, listed int64) (size int64, sound bool, err error) {
	info, err := os.Lstat(w.object(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if listed >= 0 {
			w.report.Damaged++
		}
		return 0, false, nil
	case err != nil:
		return 0, false, err
	}
	raw, err := hex.DecodeString(name)
	if err != nil {
		return 0, false, err
	}
	size, sound = info.Size(), info.Mode().IsRegular()
	if sound && (size != listed || (int64(raw[0])+w.list.Number)%readAgain == 0) {
		sound = FileSum{size, docket.Hash(raw)}.check(w.object(name)) == nil
	}
	if !sound {
		w.report.Damaged++
	}
	return size, sound, nil
}

// copyObject makes sure that an object is there, and answers its length.
func (w *writer) copyObject(name string, listed int64) (size int64, err error) {
	if !objectForm.MatchString(name) || len(name) != 64 {
		return 0, fault.New(fault.Unsound, "backup.object-name")
	}
	if size, sound, err := w.objectStands(name, listed); err != nil || sound {
		return size, err
	}
	if w.unread >= unreadInARow {
		return 0, w.away
	}
	from, err := w.from.Evidence.Open(w.ctx, name)
	if w.from.Evidence.Gone(err) {
		return 0, err
	}
	if err != nil {
		return 0, unread{err}
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	hash := sha256.New()
	err = w.folder.put(w.object(name), func(to io.Writer) (err error) {
		if size, err = io.Copy(io.MultiWriter(to, hash), resting{from}); err == nil && hex.EncodeToString(hash.Sum(nil)) != name {
			err = fault.New(fault.Unsound, "backup.object-damaged", "object", name)
		}
		return err
	})
	if err == nil {
		w.unread = 0
	}
	w.report.NewBytes += size
	return size, err
}

// resting tells an error of what is read from one of the backup's own disk.
type resting struct{ from io.Reader }

func (r resting) Read(to []byte) (int, error) {
	n, err := r.from.Read(to)
	if err != nil && !errors.Is(err, io.EOF) {
		err = unread{err}
	}
	return n, err
}

// Object is one object of a backup.
type Object struct {
	Name  string
	Bytes int64
}

// Objects are the objects of the backup, in their order. The list of them is held to
// the list of the backup first.
//
// Faults: backup.part-missing, backup.damaged.
func (b *Backup) Objects() iter.Seq2[Object, error] { return b.folder.objects(b.List) }

func (f folder) objects(l List) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if l.Evidence == nil {
			return
		}
		path := f.in(numbered(evidenceList, l.Number))
		if err := l.Evidence.check(path); err != nil {
			yield(Object{}, err)
			return
		}
		file, err := openRegular(path)
		if err != nil {
			yield(Object{}, err)
			return
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			name, length, _ := strings.Cut(lines.Text(), " ")
			bytes, err := strconv.ParseInt(length, 10, 64)
			if err != nil || len(name) != 64 || !objectForm.MatchString(name) {
				yield(Object{}, fault.New(fault.Unsound, "backup.damaged", "file", path))
				return
			}
			if !yield(Object{name, bytes}, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Object{}, err)
		}
	}
}

// checkEvidence reads every object and holds it to its name.
func (b *Backup) checkEvidence(ctx context.Context, progress Progress) error {
	var done int64
	for o, err := range b.Objects() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		name, err := hex.DecodeString(o.Name)
		if err != nil {
			return err
		}
		if err := (FileSum{o.Bytes, docket.Hash(name)}).check(b.folder.object(o.Name)); err != nil {
			return err
		}
		done++
		progress.tell("evidence-check", done, 0)
	}
	return nil
}

// OpenObject reads an object as it rested.
func (b *Backup) OpenObject(name string) (io.ReadCloser, error) {
	return openRegular(b.folder.object(name))
}

// sweepEvidence removes the objects that no list names any more, and the lists of
// objects whose backups went.
func (f folder) sweepEvidence(lists []List) error {
	named := map[string]bool{}
	kept := map[[sha256.Size]byte]bool{}
	for _, l := range lists {
		named[f.in(numbered(evidenceList, l.Number))] = true
		for o, err := range f.objects(l) {
			if err != nil {
				return nil // what a list names isn't known: nothing goes
			}
			var name [sha256.Size]byte
			if _, err := hex.Decode(name[:], []byte(o.Name)); err != nil {
				return nil
			}
			kept[name] = true
		}
	}
	if _, err := f.clear(string(f), evidenceForm, named); err != nil {
		return err
	}
	shelves, err := os.ReadDir(f.in(evidenceName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, shelf := range shelves {
		if !shelf.IsDir() || !shelfForm.MatchString(shelf.Name()) {
			continue
		}
		if err := f.clearObjects(shelf.Name(), kept); err != nil {
			return err
		}
	}
	return nil
}

func (f folder) clearObjects(shelf string, kept map[[sha256.Size]byte]bool) error {
	entries, err := os.ReadDir(f.in(evidenceName, shelf))
	if err != nil {
		return err
	}
	for _, e := range entries {
		var name [sha256.Size]byte
		raw, err := hex.DecodeString(e.Name())
		copy(name[:], raw)
		if e.IsDir() || !objectForm.MatchString(e.Name()) || err == nil && kept[name] {
			continue
		}
		if err := os.Remove(f.in(evidenceName, shelf, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
