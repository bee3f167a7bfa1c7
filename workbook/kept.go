package workbook

import (
	"cmp"
	"crypto/rand"
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
	"strings"
	"time"

	"github.com/openchancery/chancery/fault"
)

// Kept is where filled spreadsheets rest between the check and the filing, each in
// a folder of its own that only this process's user looks into. They hold what
// people told, in clear: so they are nobody's but their organisation's, and gone
// after some days.
type Kept struct {
	Folder func() (string, error) // where: of mode 0700, and in no backup
	Days   int                    // how long one is kept
	Now    func() time.Time
}

// Stage is how far a spreadsheet has come.
type Stage string

// The stages. One that is Checking or Filing and that nobody works on was
// interrupted: it goes on where it is begun again.
const (
	Given    Stage = "given"
	Checking Stage = "checking"
	Checked  Stage = "checked"
	Filing   Stage = "filing"
	Filed    Stage = "filed"
	Failed   Stage = "failed" // it can't be read, or somebody may not file: Trouble says it
)

// Sheet is a spreadsheet that is kept.
type Sheet struct {
	ID           string    `json:"-"` // 32 hexadecimal digits
	Organisation string    `json:"organisation"`
	Programme    string    `json:"programme"`
	Category     string    `json:"category"`
	Language     string    `json:"language"`
	Name         string    `json:"name"` // of the file, as it was given
	Format       Format    `json:"format"`
	Given        time.Time `json:"given"`
	Stage        Stage     `json:"stage"`
	KeepGoing    bool      `json:"keep_going,omitempty"` // the wrong rows are left out of the filing
	Report       Report    `json:"report"`               // of what was done last
	Trouble      string    `json:"trouble,omitempty"`    // a sentence
}

// The files of a sheet's folder.
const (
	keptBegins  = "bulk-"
	sheetFile   = "sheet.json"
	givenFile   = "given"
	checkedFile = "checked"
)

var keptID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func noSheet() error { return fault.New(fault.NotFound, "bulk.none") }

// Take keeps a spreadsheet as it comes, of at most so many bytes (bulk.too-large).
func (k Kept) Take(s Sheet, content io.Reader, most int64) (Sheet, error) {
	folder, err := k.Folder()
	if err != nil {
		return s, err
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails: it ends the program first
	s.ID, s.Given, s.Stage = hex.EncodeToString(id[:]), k.Now().UTC(), Given
	at := filepath.Join(folder, keptBegins+s.ID)
	if err := os.Mkdir(at, 0o700); err != nil {
		return s, fmt.Errorf("keep a spreadsheet: %w", err)
	}
	err = whole(at, givenFile, func(w io.Writer) error {
		n, err := io.Copy(w, io.LimitReader(content, most+1))
		if err == nil && n > most {
			err = fault.New(fault.Invalid, "bulk.too-large", "most", most>>20)
		}
		return err
	})
	if err == nil {
		err = k.Put(s)
	}
	if err != nil {
		return s, errors.Join(err, os.RemoveAll(at))
	}
	return s, nil
}

// whole writes a file that has its name once it is whole, of mode 0600.
func whole(folder, name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(folder, "."+name+"-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("keep a spreadsheet: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already once it has its name
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(folder, name))
}

func (k Kept) in(id, name string) (string, error) {
	if !keptID.MatchString(id) {
		return "", noSheet()
	}
	folder, err := k.Folder()
	return filepath.Join(folder, keptBegins+id, name), err
}

// Put keeps how far a sheet has come.
func (k Kept) Put(s Sheet) error {
	at, err := k.in(s.ID, sheetFile)
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return whole(filepath.Dir(at), sheetFile, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// Sheet is a spreadsheet of this organisation; bulk.none for any other, and for one
// whose days are over.
func (k Kept) Sheet(organisation, id string) (s Sheet, err error) {
	at, err := k.in(id, sheetFile)
	if err != nil {
		return s, err
	}
	text, err := os.ReadFile(at)
	if errors.Is(err, fs.ErrNotExist) {
		return s, noSheet()
	}
	if err != nil {
		return s, fmt.Errorf("read a spreadsheet that is kept: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read a spreadsheet that is kept: %w", err)
	}
	if s.ID = id; organisation == "" || s.Organisation != organisation || !k.Now().Before(k.Until(s)) {
		return Sheet{}, noSheet()
	}
	return s, nil
}

// Until is when a sheet is gone.
func (k Kept) Until(s Sheet) time.Time { return s.Given.AddDate(0, 0, k.Days) }

// Sheets are those of an organisation, the newest first.
func (k Kept) Sheets(organisation string) (list []Sheet, err error) {
	folder, err := k.Folder()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("look for spreadsheets: %w", err)
	}
	for _, e := range entries {
		id, ours := strings.CutPrefix(e.Name(), keptBegins)
		if !ours || !e.IsDir() {
			continue
		}
		s, err := k.Sheet(organisation, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Sheet) int { return cmp.Or(b.Given.Compare(a.Given), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

// Content is what was given.
func (k Kept) Content(s Sheet) ([]byte, error) {
	at, err := k.in(s.ID, givenFile)
	if err != nil {
		return nil, err
	}
	return Load(at)
}

// Back is the file that came back at last: bulk.none before a check.
func (k Kept) Back(s Sheet) (*os.File, error) {
	at, err := k.in(s.ID, checkedFile)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noSheet()
	}
	return f, err
}

// Answer keeps the file that comes back, when it is whole.
func (k Kept) Answer(s Sheet, write func(io.Writer) error) error {
	at, err := k.in(s.ID, checkedFile)
	if err != nil {
		return err
	}
	return whole(filepath.Dir(at), checkedFile, write)
}

// Drop lets a sheet go before its days are over.
func (k Kept) Drop(s Sheet) error {
	at, err := k.in(s.ID, "")
	if err != nil {
		return err
	}
	return os.RemoveAll(at)
}
