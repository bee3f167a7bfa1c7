package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Source is what is backed up. The tree was looked at before the database's
// state is taken, so that the database has all that the tree has; what it has
// more gets its leaf once it is restored.
type Source struct {
	Store  store.Store
	Origin string
	Log    string // where it is published, without secrets; lists are in clear
	Made   docket.Instant
	Head   docket.TreeHead
	Files  []SourceFile
	// Evidence is what is too large for the database; nil: nothing is.
	Evidence *Evidence
	// Still is asked once the database's state is taken: whether the files are
	// still of the log's present epoch.
	Still func() error
}

// SourceFile is one file from the folder of heads.
type SourceFile struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Report is what a backup came to.
type Report struct {
	Number    int64            `json:"number"`
	Origin    string           `json:"origin"`
	Made      docket.Instant   `json:"made"`
	Head      docket.TreeHead  `json:"head"`
	Rows      map[string]int64 `json:"rows"`
	Parts     int64            `json:"parts"`            // of this backup
	Bytes     int64            `json:"bytes"`            // of all of them, and of the objects of evidence
	New       int64            `json:"new_parts"`        // written now
	NewBytes  int64            `json:"new_bytes"`        // of those that were written now
	NewBlobs  int64            `json:"new_blobs"`        // blobs that no earlier backup had in a part that is still named
	Damaged   int64            `json:"damaged_parts"`    // parts, indexes and objects: missing or not as an earlier list says, and written anew
	Removed   int64            `json:"removed_parts"`    // parts that no list names any more
	Objects   int64            `json:"evidence"`         // objects of evidence
	Missing   int64            `json:"missing_evidence"` // objects that are gone from the shelf or damaged there, and in no earlier backup
	Unread    int64            `json:"unread_evidence"`  // objects that can't be read where they rest, and are in no earlier backup
	Lacking   []Lacking        `json:"lacking_evidence"` // the first of the missing and the unread, by their names
	Forgotten []int64          `json:"forgotten"`        // numbers of the backups whose lists went
}

// Write adds a backup to the folder, and then forgets all but the newest keep of
// them; 0 keeps all. Until its list is written, which is last, the earlier ones
// are all that there is; what an interrupted one left is written over or removed by
// the next.
//
// Faults: backup.locked; backup.damaged, backup.format and backup.foreign for a
// list that is in the way; backup.database-older where the database has fewer
// leaves than the tree.
func Write(ctx context.Context, dest string, from Source, seals Seals, keep int, progress Progress) (r Report, err error) {
	if err := os.MkdirAll(filepath.Join(dest, partsName), 0o700); err != nil {
		return r, err
	}
	f := folder(dest)
	held, err := f.lock()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	lists, err := f.allLists(from.Origin, seals)
	if err != nil {
		return r, err
	}
	w := newWriter(ctx, f, from, seals, lists, progress)
	if err := w.write(); err != nil {
		return r, err
	}
	r = w.report
	lists = append(lists, w.list)
	for keep > 0 && len(lists) > keep {
		gone := lists[0].Number
		if err := os.Remove(f.in(numbered(listName, gone))); err != nil {
			return r, err
		}
		lists, r.Forgotten = lists[1:], append(r.Forgotten, gone)
	}
	if r.Removed, err = f.sweep(lists); err != nil {
		return r, err
	}
	return r, f.sweepEvidence(lists)
}

// allLists are the lists that are there, oldest first, all of this origin.
func (f folder) allLists(origin string, seals Seals) (lists []List, err error) {
	numbers, err := f.numbers()
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		l, err := f.readList(n, seals)
		if err != nil {
			return nil, err
		}
		if l.Origin != origin {
			return nil, fault.New(fault.Unsound, "backup.foreign", "file", f.in(numbered(listName, n)), "origin", l.Origin)
		}
		lists = append(lists, l)
	}
	return lists, nil
}

// writer writes one backup.
type writer struct {
	folder
	ctx      context.Context // of the one call that it lives for
	from     Source
	seals    Seals
	to       string
	progress Progress
	known    map[string]FileSum // the parts of all earlier backups
	sound    map[string]bool    // those that were looked at: whether they are as their list says
	newest   *List              // the backup before; nil: there is none
	before   *List              // that backup, where its parts of blobs can be taken over
	parts    map[string]FileSum // of this one
	list     List
	summary  Summary
	report   Report
	rows     int64

	unread int64 // objects in a row that could not be read
	away   error // why the last of them

	blob  []byte // the part of blobs that is being filled
	blobs []string
}

func newWriter(ctx context.Context, f folder, from Source, seals Seals, lists []List, progress Progress) *writer {
	w := &writer{
		folder: f, ctx: ctx, from: from, seals: seals, progress: progress,
		to: hex.EncodeToString(seals.Mark(toMark, seals.To)), known: map[string]FileSum{}, sound: map[string]bool{}, parts: map[string]FileSum{},
		list:    List{Number: 1, Origin: from.Origin, Log: from.Log, Made: from.Made, Size: from.Head.Size, Root: from.Head.Root},
		summary: Summary{Head: from.Head, Balances: map[string]map[string]int64{}},
		report:  Report{Origin: from.Origin, Made: from.Made, Head: from.Head, Rows: map[string]int64{}, Lacking: []Lacking{}, Forgotten: []int64{}},
	}
	for _, l := range lists {
		for _, p := range l.Parts {
			w.known[p.ID] = p.FileSum
		}
	}
	if len(lists) > 0 {
		newest := lists[len(lists)-1]
		w.newest, w.list.Number = &newest, newest.Number+1
		if newest.To == w.to {
			w.before = &newest
		}
	}
	w.list.To, w.report.Number = w.to, w.list.Number
	return w
}

func (w *writer) write() error {
	err := w.from.Store.CopyOut(w.ctx, func(c store.Copier) error {
		if err := w.from.Still(); err != nil {
			return err
		}
		for _, table := range w.from.Store.Tables() {
			if err := w.table(c, table.Name); err != nil {
				return fmt.Errorf("back up table %s: %w", table.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if leaves := w.report.Rows["leaves"]; leaves < w.from.Head.Size {
		return fault.New(fault.Unsound, "backup.database-older", "database", leaves, "tree", w.from.Head.Size)
	}
	if err := w.evidence(); err != nil {
		return err
	}
	for _, file := range w.from.Files {
		if err := w.file(file); err != nil {
			return fmt.Errorf("back up %s: %w", file.Name, err)
		}
	}
	text, err := json.Marshal(w.summary)
	if err != nil {
		return err
	}
	if w.list.Summary, err = w.put(text); err != nil {
		return err
	}
	for id, s := range w.parts {
		w.list.Parts = append(w.list.Parts, Part{id, s})
		w.report.Bytes += s.Bytes
	}
	sort.Slice(w.list.Parts, func(i, j int) bool { return w.list.Parts[i].ID < w.list.Parts[j].ID })
	w.report.Parts = int64(len(w.parts))
	w.progress.tell("backup", w.rows, w.rows)
	// The folders' own entries before the list that rests on them.
	if err := errors.Join(syncFolder(w.in(partsName)), syncFolder(string(w.folder))); err != nil {
		return err
	}
	return w.writeList(w.list, w.seals)
}

// put makes sure that a part is there, and gives its id.
func (w *writer) put(plain []byte) (id string, err error) {
	if err := w.ctx.Err(); err != nil {
		return "", err
	}
	content := sha256.Sum256(plain)
	id = hex.EncodeToString(w.seals.Mark(partMark, w.to+string(content[:])))[:40]
	if _, ok := w.parts[id]; ok {
		return id, nil
	}
	if w.stands(id) {
		w.parts[id] = w.known[id]
		return id, nil
	}
	// What lies there under this name and in no list may be anybody's: it is
	// written over.
	hash := sha256.New()
	s := FileSum{}
	err = w.folder.put(w.part(id), func(file io.Writer) error {
		out := &counted{to: io.MultiWriter(file, hash)}
		sealed, err := w.seals.Seal(out)
		if err != nil {
			return err
		}
		_, err = sealed.Write(plain)
		err = errors.Join(err, sealed.Close())
		s.Bytes = out.n
		return err
	})
	s.SHA256 = docket.Hash(hash.Sum(nil))
	w.parts[id] = s
	w.report.New++
	w.report.NewBytes += s.Bytes
	return id, err
}

// counted counts what goes through it.
type counted struct {
	to io.Writer
	n  int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// readAgain is after how many backups every old part was read whole once.
const readAgain = 7

// stands reports whether a part of an earlier backup is there as its list says:
// its length at every backup, its bytes at one of readAgain. One that isn't is
// counted, and is to be written anew.
func (w *writer) stands(id string) bool {
	s, ok := w.known[id]
	if !ok {
		return false
	}
	if sound, asked := w.sound[id]; asked {
		return sound
	}
	path := w.part(id)
	info, err := os.Lstat(path)
	sound := err == nil && info.Mode().IsRegular() && info.Size() == s.Bytes
	if shelf, err := strconv.ParseInt(id[:2], 16, 64); sound && (err != nil || (shelf+w.list.Number)%readAgain == 0) {
		sound = s.check(path) == nil
	}
	if w.sound[id] = sound; !sound {
		w.report.Damaged++
	}
	return sound
}

// table writes the parts of one table.
func (w *writer) table(c store.Copier, name string) (err error) {
	t := Table{Name: name, Parts: []string{}}
	if t.Columns, err = c.Columns(name); err != nil {
		return err
	}
	switch name {
	case blobTable:
		t.Rows, err = w.blobTable(c)
		t.Parts = slices.DeleteFunc(slices.Clone(w.blobs), func(id string) bool { return id == "" })
	default:
		err = w.runs(c, &t)
	}
	w.summary.Tables = append(w.summary.Tables, t)
	w.report.Rows[name] = t.Rows
	return err
}

// runs writes a table as runs of rows.
func (w *writer) runs(c store.Copier, t *Table) error {
	var part []byte
	flush := func() error {
		id, err := w.put(part)
		t.Parts, part = append(t.Parts, id), part[:0]
		return err
	}
	for row, err := range c.Rows(t.Name) {
		if err != nil {
			return err
		}
		from := len(part)
		if part, err = appendRow(part, row); err != nil {
			return err
		}
		w.count(&t.Rows)
		if t.Name == "balances" {
			w.balance(t.Columns, row)
		}
		if ends(len(part), part[from:]) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(part) == 0 {
		return nil
	}
	return flush()
}

// count counts a row, and tells of it now and then.
func (w *writer) count(of *int64) {
	*of++
	if w.rows++; w.rows%10_000 == 0 {
		w.progress.tell("backup", w.rows, 0)
	}
}

// balance adds a row of balances to the summary's.
func (w *writer) balance(columns []string, row []any) {
	var account, currency string
	var minor int64
	for i, name := range columns {
		switch name {
		case "account":
			account, _ = row[i].(string)
		case "currency":
			currency, _ = row[i].(string)
		case "minor":
			minor, _ = row[i].(int64)
		}
	}
	if w.summary.Balances[account] == nil {
		w.summary.Balances[account] = map[string]int64{}
	}
	w.summary.Balances[account][currency] += minor
}

// pieceOfFile is how much of a file is one part. Files grow at their end.
const pieceOfFile = 4 << 20

// file writes the parts of a file.
func (w *writer) file(from SourceFile) (err error) {
	file := File{Name: from.Name, Parts: []string{}}
	r, err := from.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	piece := make([]byte, pieceOfFile)
	for {
		n, err := io.ReadFull(r, piece)
		if n > 0 {
			id, err := w.put(piece[:n])
			if err != nil {
				return err
			}
			file.Parts, file.Bytes = append(file.Parts, id), file.Bytes+int64(n)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			w.summary.Files = append(w.summary.Files, file)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// blobTable writes the blobs that are new, and the index of all of them.
func (w *writer) blobTable(c store.Copier) (rows int64, err error) {
	at := w.in(numbered(indexName, w.list.Number))
	earlier, err := w.earlierIndex()
	if err != nil {
		return 0, err
	}
	broken := map[uint32]bool{} // parts of which a blob is gone
	err = w.folder.put(at, func(out io.Writer) error {
		defer earlier.Close()
		rows, err = w.newBlobs(c, readIndex(earlier), out, broken)
		return err
	})
	if err == nil && len(broken) > 0 {
		err = w.moveBlobs(c, at, broken)
	}
	if err != nil {
		return rows, err
	}
	for _, id := range w.blobs {
		if _, anew := w.parts[id]; id != "" && !anew {
			w.parts[id] = w.known[id]
		}
	}
	w.list.Blobs = w.blobs
	w.list.Index, err = sum(at)
	return rows, err
}

// earlierIndex is the index of the backup before, and takes over its parts but
// for those that are no longer there as they were. Without that index all blobs are
// written anew.
func (w *writer) earlierIndex() (io.ReadCloser, error) {
	if w.before == nil {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	path := w.in(numbered(indexName, w.before.Number))
	if err := w.before.Index.check(path); fault.Is(err, fault.Unsound) {
		w.report.Damaged++
		return io.NopCloser(bytes.NewReader(nil)), nil
	} else if err != nil {
		return nil, err
	}
	w.blobs = slices.Clone(w.before.Blobs)
	for n, id := range w.blobs {
		if id != "" && !w.stands(id) {
			w.blobs[n] = ""
		}
	}
	return openRegular(path)
}

// newBlobs walks the blobs beside the earlier index, both in the order of the
// blobs' key, and writes those that it doesn't name. Of the others it notes from
// which parts one is gone.
func (w *writer) newBlobs(c store.Copier, earlier *indexReader, index io.Writer, broken map[uint32]bool) (rows int64, err error) {
	gone := func(r indexed) { broken[r.part] = true }
	held, here := map[rowTag]uint32(nil), bucket{}
	var text, record []byte
	for row, err := range c.Rows(blobTable) {
		if err != nil {
			return rows, err
		}
		if text, err = appendRow(text[:0], row); err != nil {
			return rows, err
		}
		if b := bucketOf(row); held == nil || b != here {
			for tag, part := range held {
				gone(indexed{here, tag, part})
			}
			if held, err = earlier.upTo(b, gone); err != nil {
				return rows, err
			}
			here = b
		}
		tag := rowTag(w.seals.Mark(rowMark, string(text))[:tagSize])
		part, ok := held[tag]
		delete(held, tag)
		if !ok || w.blobs[part] == "" {
			if part, err = w.addBlob(text); err != nil {
				return rows, err
			}
		}
		record = indexed{here, tag, part}.appendTo(record[:0])
		if _, err := index.Write(record); err != nil {
			return rows, err
		}
		w.count(&rows)
	}
	for tag, part := range held {
		gone(indexed{here, tag, part})
	}
	for {
		r, ok, err := earlier.one()
		if err != nil {
			return rows, err
		}
		if !ok {
			return rows, w.endBlobs()
		}
		gone(r)
	}
}

// addBlob adds a blob to the part that is being filled, and gives its place.
func (w *writer) addBlob(text []byte) (part uint32, err error) {
	part = uint32(len(w.blobs))
	w.blob = append(w.blob, text...)
	w.report.NewBlobs++
	if ends(len(w.blob), text) {
		err = w.endBlobs()
	}
	return part, err
}

func (w *writer) endBlobs() error {
	if len(w.blob) == 0 {
		return nil
	}
	id, err := w.put(w.blob)
	w.blobs, w.blob = append(w.blobs, id), w.blob[:0]
	return err
}

// moveBlobs writes anew what is left of parts of which a blob is gone, so that no
// part that is named holds what was erased.
func (w *writer) moveBlobs(c store.Copier, at string, broken map[uint32]bool) (err error) {
	first, err := openRegular(at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, first.Close()) }()
	index := readIndex(first)
	err = w.folder.put(at, func(out io.Writer) error {
		var text []byte
		for row, err := range c.Rows(blobTable) {
			if err != nil {
				return err
			}
			r, ok, err := index.one()
			if err != nil || !ok {
				return errors.Join(err, errRow)
			}
			if broken[r.part] {
				if text, err = appendRow(text[:0], row); err != nil {
					return err
				}
				if r.part, err = w.addBlob(text); err != nil {
					return err
				}
			}
			if _, err := out.Write(r.appendTo(nil)); err != nil {
				return err
			}
		}
		return w.endBlobs()
	})
	for part := range broken {
		w.blobs[part] = ""
	}
	return err
}
