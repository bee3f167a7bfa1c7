package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Backup is one backup that is read.
type Backup struct {
	List
	Summary

	folder folder
	seals  Seals
	sums   map[string]FileSum
}

// Open finds a backup in a folder, the newest for number 0, and holds its list
// to its sum and to the installation's own mark. Nothing sealed is opened yet.
//
// Faults: backup.none; backup.damaged, backup.format, backup.foreign.
func Open(source string, number int64, seals Seals) (*Backup, error) {
	f := folder(source)
	numbers, err := f.numbers()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if number == 0 {
		if len(numbers) == 0 {
			return nil, fault.New(fault.NotFound, "backup.none", "folder", source, "number", "")
		}
		number = numbers[len(numbers)-1]
	}
	if !slices.Contains(numbers, number) {
		return nil, fault.New(fault.NotFound, "backup.none", "folder", source, "number", number)
	}
	b := &Backup{folder: f, seals: seals, sums: map[string]FileSum{}}
	if b.List, err = f.readList(number, seals); err != nil {
		return nil, err
	}
	for _, p := range b.List.Parts {
		b.sums[p.ID] = p.FileSum
	}
	return b, nil
}

// Check reads every file of the backup and holds it to the list.
//
// Faults: backup.part-missing, backup.damaged, each with the file's name.
func (b *Backup) Check(ctx context.Context, progress Progress) error {
	files := int64(len(b.Parts) + 1)
	if err := b.Index.check(b.folder.in(numbered(indexName, b.Number))); err != nil {
		return err
	}
	for n, p := range b.Parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.check(b.folder.part(p.ID)); err != nil {
			return err
		}
		progress.tell("backup-check", int64(n+2), files)
	}
	return b.checkEvidence(ctx, progress)
}

// OpenAll opens every part, and counts the rows of every table: what is sealed is
// what was written, and the key that is given opens all of it. Unseal comes first.
//
// Faults: backup.damaged with the part's file; backup.rows.
func (b *Backup) OpenAll(ctx context.Context, progress Progress) error {
	var done int64
	for _, t := range b.Tables {
		var rows int64
		for _, id := range t.Parts {
			if err := ctx.Err(); err != nil {
				return err
			}
			text, err := b.part(id)
			if err != nil {
				return err
			}
			for ; len(text) > 0; rows++ {
				if _, text, err = takeRow(text, len(t.Columns)); err != nil {
					return fault.New(fault.Unsound, "backup.damaged", "file", b.folder.part(id))
				}
			}
			done++
			progress.tell("backup-open", done, int64(len(b.Parts)))
		}
		if rows != t.Rows {
			return fault.New(fault.Unsound, "backup.rows", "table", t.Name, "rows", rows, "want", t.Rows)
		}
	}
	return b.Copy(ctx, func(_ string, content io.Reader) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
}

// Numbers are those of the backups in a folder, oldest first.
func Numbers(source string) ([]int64, error) { return folder(source).numbers() }

// Bytes are those of all the parts.
func (b *Backup) Bytes() (n int64) {
	for _, p := range b.Parts {
		n += p.Bytes
	}
	return n
}

// Unseal opens the summary.
//
// Faults: backup.sealed where the key that is given opens it not.
func (b *Backup) Unseal() error {
	text, err := b.part(b.List.Summary)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &b.Summary); err != nil || b.Summary.Head.Size != b.Size || b.Summary.Head.Root != b.Root {
		return fault.New(fault.Unsound, "backup.damaged", "file", b.folder.part(b.List.Summary))
	}
	return nil
}

// part is what is in a part.
func (b *Backup) part(id string) ([]byte, error) {
	s, ok := b.sums[id]
	if !ok {
		return nil, fault.New(fault.Unsound, "backup.damaged", "file", b.folder.in(numbered(listName, b.Number)))
	}
	path := b.folder.part(id)
	sealed, err := readRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Unsound, "backup.part-missing", "file", path)
	}
	if err != nil {
		return nil, err
	}
	if s.of(sealed) {
		r, err := b.seals.Open(bytes.NewReader(sealed))
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		if plain, err := readAtMost(r, s.Bytes); err == nil {
			return plain, nil
		}
	}
	return nil, fault.New(fault.Unsound, "backup.damaged", "file", path)
}

// Columns are those of each table. Unseal comes first.
func (b *Backup) Columns() map[string][]string {
	columns := make(map[string][]string, len(b.Tables))
	for _, t := range b.Tables {
		columns[t.Name] = t.Columns
	}
	return columns
}

// Copy gives each file from the folder of heads.
func (b *Backup) Copy(ctx context.Context, put func(name string, content io.Reader) error) error {
	for _, file := range b.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := put(file.Name, &pieces{b: b, left: file.Parts}); err != nil {
			return fmt.Errorf("restore %s: %w", file.Name, err)
		}
	}
	return nil
}

// pieces reads a file's parts one after another.
type pieces struct {
	b    *Backup
	left []string
	now  []byte
}

func (p *pieces) Read(to []byte) (int, error) {
	for len(p.now) == 0 {
		if len(p.left) == 0 {
			return 0, io.EOF
		}
		var err error
		if p.now, err = p.b.part(p.left[0]); err != nil {
			return 0, err
		}
		p.left = p.left[1:]
	}
	n := copy(to, p.now)
	p.now = p.now[n:]
	return n, nil
}

// Load copies all tables into a store that is empty.
//
// Faults: backup.schema where the store has other tables or columns.
func (b *Backup) Load(ctx context.Context, to store.Store, progress Progress) error {
	if err := b.fits(ctx, to); err != nil {
		return err
	}
	var all, done int64
	for _, t := range b.Tables {
		all += t.Rows
	}
	for _, t := range b.Tables {
		var rows int64
		for _, id := range t.Parts {
			n, err := b.load(ctx, to, t, id)
			if err != nil {
				return err
			}
			rows, done = rows+n, done+n
			progress.tell("restore", done, all)
		}
		if rows != t.Rows {
			return fault.New(fault.Unsound, "backup.rows", "table", t.Name, "rows", rows, "want", t.Rows)
		}
	}
	return nil
}

// fits holds the store's tables to those of the backup.
func (b *Backup) fits(ctx context.Context, to store.Store) error {
	return to.CopyOut(ctx, func(c store.Copier) error {
		tables := to.Tables()
		for _, t := range b.Tables {
			if !slices.ContainsFunc(tables, func(has store.Table) bool { return has.Name == t.Name }) {
				return fault.New(fault.Conflict, "backup.schema", "table", t.Name)
			}
		}
		for _, has := range tables {
			at := slices.IndexFunc(b.Tables, func(t Table) bool { return t.Name == has.Name })
			columns, err := c.Columns(has.Name)
			if err != nil {
				return err
			}
			if at < 0 || !sameNames(columns, b.Tables[at].Columns) {
				return fault.New(fault.Conflict, "backup.schema", "table", has.Name)
			}
		}
		return nil
	})
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// load adds the rows of one part.
func (b *Backup) load(ctx context.Context, to store.Store, t Table, id string) (n int64, err error) {
	text, err := b.part(id)
	if err != nil {
		return 0, err
	}
	batch := store.NewBatch(to, t.Name, t.Columns)
	for len(text) > 0 {
		row, rest, err := takeRow(text, len(t.Columns))
		if err != nil {
			return n, fault.New(fault.Unsound, "backup.damaged", "file", b.folder.part(id))
		}
		if err := batch.Add(ctx, row); err != nil {
			return n, err
		}
		n, text = n+1, rest
	}
	return n, batch.Flush(ctx)
}
