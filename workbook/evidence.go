package workbook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// Folder takes a folder of files in as evidence of claims that were filed by a
// spreadsheet. A file belongs to the claim whose own reference begins its name
// (K-17_passport.pdf, K-17 page 2.jpg), or that a list names beside its hash. What
// belongs to none stays, and is named.
type Folder struct {
	Office    *office.Office
	By        office.By
	Programme string
	Files     fs.FS
	Hashes    map[docket.Hash]string // own reference by the SHA-256 of a file; may be nil
	DryRun    bool                   // say where each belongs, and take none
	Progress  office.Progress        // in files; may be nil
	Tell      func(Outcome)          // is told of each file; may be nil
}

// Outcome is what came of one file.
type Outcome struct {
	File  string   // its path in the folder
	Came  Came     //
	Claim claim.ID // that it belongs to; "" for none
	Why   error    // of one that was refused
}

// Came says what came of a file.
type Came string

// What may come of a file.
const (
	Added   Came = "added"
	Here    Came = "here"
	Refused Came = "refused"
	Left    Came = "left"
)

// Taken counts what came of the files: each is in exactly one of Added, Here,
// Refused and Left; where nothing was taken, Added are those that would be tried.
type Taken struct {
	Files   int64        `json:"files"`
	Added   int64        `json:"added"`
	Here    int64        `json:"already_here"` // the claim has a file of this content
	Refused int64        `json:"refused"`      // it can't be used, or taken
	Left    int64        `json:"left"`         // it belongs to no claim here
	Rest    []FileResult `json:"rest,omitempty"`
}

// FileResult is a file that wasn't taken: one that was left has no Why.
type FileResult struct {
	File string `json:"file"`
	Why  error  `json:"-"`
}

// filesAtOnce is how many files are looked up by one question.
const filesAtOnce = 500

// Take goes through the folder, its folders included.
func (f *Folder) Take(ctx context.Context) (taken Taken, err error) {
	organisation, err := f.Office.Organisation(ctx, f.By.Actor)
	if err != nil {
		return taken, err
	}
	var names []string
	err = fs.WalkDir(f.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return taken, err
	}
	run := &Run{organisation: organisation}
	has := map[claim.ID]map[docket.Hash]bool{}
	for batch := range slices.Chunk(names, filesAtOnce) {
		files, err := f.belong(ctx, run, batch)
		if err != nil {
			return taken, err
		}
		for _, at := range files {
			if f.Progress != nil {
				f.Progress("evidence", taken.Files, int64(len(names)))
			}
			if err := f.take(ctx, at, has, &taken); err != nil {
				return taken, err
			}
		}
	}
	if f.Progress != nil && len(names) > 0 {
		f.Progress("evidence", int64(len(names)), int64(len(names)))
	}
	return taken, nil
}

// belonging is a file, and the claim that it belongs to; "" for none.
type belonging struct {
	name  string
	hash  docket.Hash
	claim claim.ID
}

// belong finds the claims of files.
func (f *Folder) belong(ctx context.Context, run *Run, names []string) ([]belonging, error) {
	files := make([]belonging, len(names))
	candidates := make([][]string, len(names)) // keys, the best first
	var keys []string
	for i, name := range names {
		hash, err := f.hash(name)
		if err != nil {
			return nil, err
		}
		files[i] = belonging{name: name, hash: hash}
		if own, listed := f.Hashes[hash]; listed {
			candidates[i] = append(candidates[i], run.key(own))
		}
		for _, own := range beginnings(path.Base(name)) {
			candidates[i] = append(candidates[i], run.key(own))
		}
		keys = append(keys, candidates[i]...)
	}
	found, err := f.Office.FindFiled(ctx, f.By.Actor, f.Programme, keys)
	if err != nil {
		return nil, err
	}
	for i := range files {
		for _, key := range candidates[i] {
			if id, ok := found[key]; ok {
				files[i].claim = id
				break
			}
		}
	}
	return files, nil
}

func (f *Folder) hash(name string) (sum docket.Hash, err error) {
	file, err := f.Files.Open(name)
	if err != nil {
		return sum, err
	}
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	copy(sum[:], hash.Sum(nil))
	return sum, errors.Join(err, file.Close())
}

// mostBeginnings bounds the beginnings of a name that are tried.
const mostBeginnings = 20

// beginnings are what the own reference may be that a file's name begins with, the
// longest first: it ends where the name has no letter or digit, or ends.
func beginnings(name string) (all []string) {
	name = strings.TrimSuffix(name, path.Ext(name))
	for at, r := range name + " " {
		if at > 0 && !unicode.IsLetter(r) && !unicode.IsDigit(r) && ownForm.MatchString(name[:at]) {
			all = append(all, name[:at])
		}
	}
	slices.Reverse(all)
	return all[:min(len(all), mostBeginnings)]
}

// take takes one file in, unless its claim has the same one already.
func (f *Folder) take(ctx context.Context, at belonging, has map[claim.ID]map[docket.Hash]bool, taken *Taken) error {
	came, err := f.bring(ctx, at, has)
	// What is no fault of the file's ends the run.
	if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotAllowed) {
		return err
	}
	if err != nil {
		came = Refused
	}
	taken.Files++
	*map[Came]*int64{Added: &taken.Added, Here: &taken.Here, Refused: &taken.Refused, Left: &taken.Left}[came]++
	if came == Refused || came == Left {
		taken.Rest = append(taken.Rest, FileResult{at.name, err})
	}
	if f.Tell != nil {
		f.Tell(Outcome{at.name, came, at.claim, err})
	}
	return nil
}

func (f *Folder) bring(ctx context.Context, at belonging, has map[claim.ID]map[docket.Hash]bool) (Came, error) {
	if at.claim == "" {
		return Left, nil
	}
	if has[at.claim] == nil {
		m, err := f.Office.Manifest(ctx, f.By, at.claim)
		if err != nil {
			return "", err
		}
		has[at.claim] = map[docket.Hash]bool{}
		for _, file := range m.Files {
			has[at.claim][file.SHA256] = true
		}
	}
	if has[at.claim][at.hash] {
		return Here, nil
	}
	if !f.DryRun {
		if err := f.send(ctx, at); err != nil {
			return "", err
		}
	}
	has[at.claim][at.hash] = true
	return Added, nil
}

func (f *Folder) send(ctx context.Context, at belonging) error {
	file, err := f.Files.Open(at.name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	begun, err := f.Office.BeginFile(ctx, f.By, office.FileOwner{Claim: at.claim}, office.FileFacts{Name: path.Base(at.name), Size: info.Size(), Archives: true})
	if err != nil {
		return err
	}
	if _, err := f.Office.AppendFile(ctx, f.By, begun.ID, 0, file); err != nil {
		return err
	}
	done, err := f.Office.FinishFile(ctx, f.By, begun.ID)
	if err == nil && !done.State.Arrived() {
		err = fault.New(fault.Invalid, done.Reason, done.Values...)
	}
	return err
}

// hashForm is a SHA-256 as people list it.
var hashForm = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// ReadHashes reads a list of files by their hash: a CSV whose lines have a SHA-256
// and an own reference, in this order or the other; a first line without a hash
// names the columns. The fault is bulk.hashes.
func ReadHashes(content []byte) (map[docket.Hash]string, error) {
	hashes := map[docket.Hash]string{}
	n := 0
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return hashes, nil
		}
		n++
		if err != nil || len(cells) < 2 {
			return nil, fault.New(fault.Invalid, "bulk.hashes", "line", n)
		}
		hash, own := strings.TrimSpace(cells[0]), typed(cells[1])
		if !hashForm.MatchString(hash) {
			hash, own = strings.TrimSpace(cells[1]), typed(cells[0])
		}
		sum, err := hex.DecodeString(hash)
		if err != nil || len(sum) != sha256.Size {
			if n == 1 {
				continue
			}
			return nil, fault.New(fault.Invalid, "bulk.hashes", "line", n)
		}
		hashes[docket.Hash(sum)] = own
	}
}
