package installation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/tlog"
	"github.com/openchancery/chancery/vault"
)

// Backup adds a backup of the data and the heads to a folder, beside whoever
// writes. Nothing of the folder of keys is in it, and nothing of the published
// log, which is written anew from the docket.
//
// What is read first is what must not be ahead of the rest: the signed
// checkpoints, then the tree, then the database. Whatever the database has more
// than the tree gets its leaf when it is restored; the other way round acts would
// be missing.
func (i *Installation) Backup(ctx context.Context, dest string, to vault.BackupTo, keep int, progress office.Progress) (_ backup.Report, err error) {
	if err := i.outside(dest); err != nil {
		return backup.Report{}, err
	}
	files, still, err := i.headFiles()
	if err != nil {
		return backup.Report{}, err
	}
	tree, err := tlog.Open(i.Heads, false)
	if err != nil {
		return backup.Report{}, err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	for _, own := range tree.OwnFiles() {
		files = append(files, backup.SourceFile{Name: own.Name, Open: func() (io.ReadCloser, error) { return io.NopCloser(own.Content), nil }})
	}
	loaded, err := i.loadedFiles()
	if err != nil {
		return backup.Report{}, err
	}
	files = append(files, loaded...)
	where, err := i.logPlace()
	if err != nil {
		return backup.Report{}, err
	}
	return backup.Write(ctx, dest, backup.Source{
		Store: i.store, Origin: tree.Origin(), Log: where, Made: docket.At(time.Now()), Head: tree.Head(), Files: files, Still: still,
		Evidence: &backup.Evidence{
			Names: i.Office.ShelvedNames,
			Open:  i.Office.Shelf.Open,
			Gone:  func(err error) bool { return fault.Code(err) == "shelf.missing" },
		},
	}, i.seals(to, nil), keep, backup.Progress(progress))
}

// BackupChecked is a backup that was found whole.
type BackupChecked struct {
	Number int64          `json:"number"`
	Made   docket.Instant `json:"made"`
	Size   int64          `json:"size"` // of the tree
	Root   docket.Hash    `json:"root"`
	Log    string         `json:"log"` // where it was published
	Parts  int64          `json:"parts"`
	Bytes  int64          `json:"bytes"`  // of them
	Opened bool           `json:"opened"` // every part was opened too
}

// Checking says which backups are looked at.
type Checking struct {
	Source   string // the folder of backups
	Number   int64  // of the backup; 0: all
	Keys     string // the folder of keys, which need be of no installation here
	Key      *vault.BackupKey
	Progress office.Progress
}

// CheckBackups holds the backups in a folder, or the one of a number, to their
// marks and every file to its hash, and restores nothing. With a key every part is
// opened as well. It answers those that are whole; faults are those of the first
// that isn't.
//
// Faults: those of vault.Open, backup.Open, backup.Check and backup.OpenAll.
func CheckBackups(ctx context.Context, c Checking, o Options) (done []BackupChecked, err error) {
	v, err := vault.Open(c.Keys, vault.Options{Unlock: o.unlock(), Now: o.Now})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	numbers := []int64{c.Number}
	if c.Number == 0 {
		all, err := backup.Numbers(c.Source)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if len(all) > 0 {
			numbers = all
		}
	}
	seals := backup.Seals{Mark: v.Lookup}
	if c.Key != nil {
		seals.Open = c.Key.Open
	}
	for _, number := range numbers {
		b, err := backup.Open(c.Source, number, seals)
		if err == nil && c.Key != nil {
			err = b.Unseal()
		}
		if err == nil {
			err = b.Check(ctx, backup.Progress(c.Progress))
		}
		if err == nil && c.Key != nil {
			err = b.OpenAll(ctx, backup.Progress(c.Progress))
		}
		if err != nil {
			return done, err
		}
		done = append(done, BackupChecked{
			Number: b.Number, Made: b.Made, Size: b.Size, Root: b.Root, Log: b.Log, Parts: int64(len(b.Parts)), Bytes: b.Bytes(), Opened: c.Key != nil,
		})
	}
	return done, nil
}

// seals are those of this installation's backups: the marks are made with the
// key of keyed hashes, which every backup of the keys holds.
func (i *Installation) seals(to vault.BackupTo, open func(io.Reader) (io.Reader, error)) backup.Seals {
	return backup.Seals{To: to.String(), Seal: to.Seal, Open: open, Mark: i.vault.Lookup}
}

// outside refuses a folder for backups within what is backed up or published,
// or around it, and in the outbox.
func (p Places) outside(dest string) error {
	at, err := real(dest)
	if err != nil {
		return err
	}
	for _, place := range append([]string{p.Data}, p.folders()...) {
		other, err := real(place)
		if err != nil {
			return err
		}
		if within(at, other) || within(other, at) {
			return fault.New(fault.Invalid, "backup.inside", "folder", dest, "place", place)
		}
	}
	return p.notInOutbox(dest)
}

// besideTheData is how a backup says that the log was published where it usually
// is: beside the data, wherever that is restored to.
const besideTheData = "beside the data"

// logPlace is where the log is published, as a backup says it: without anything
// secret that somebody wrote into a bucket's address.
func (p Places) logPlace() (string, error) {
	if isBucket(p.Log) {
		return bareBucket(p.Log)
	}
	at, err := real(p.Log)
	if err != nil {
		return "", err
	}
	usual, err := real(Beside(p.Data).Log)
	if err == nil && at == usual {
		at = besideTheData
	}
	return at, err
}

// headFiles are the files in the folder of heads beside those that grow, read
// now. still fails once the log has gone over to another epoch since.
func (i *Installation) headFiles() (files []backup.SourceFile, still func() error, err error) {
	names, err := namesOfHeads(i.Heads)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		path := filepath.Join(i.Heads, name)
		if strings.Contains(name, ".") { // leaves.epoch-1: as long as a tree, and never changed
			files = append(files, backup.SourceFile{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", path, err)
		}
		files = append(files, backup.SourceFile{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }})
	}
	epochs := epochsAmong(names)
	return files, func() error {
		names, err := namesOfHeads(i.Heads)
		if err == nil && !slices.Equal(epochsAmong(names), epochs) {
			err = fault.New(fault.Conflict, "backup.epoch-meanwhile")
		}
		return err
	}, nil
}

// epochsAmong are the statements that open epochs.
func epochsAmong(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, statementFile+"-") })
}

// namesOfHeads are the files of the folder of heads but for those of the tree
// itself and those that come and go.
func namesOfHeads(folder string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder of heads: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		passing := strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".writing")
		if e.Type().IsRegular() && !passing && !slices.Contains(tlog.OwnNames(), name) {
			names = append(names, name)
		}
	}
	return names, nil
}
