// Package screening looks into files that strangers send: of what kind a file is by
// its content, whether it can be used, and what is wrong with it if not. It unpacks
// nothing onto a disk, decodes no picture, and holds some hundred kilobytes in memory
// whatever a file claims of itself. What a scanner for malware finds is asked of
// clamd, where one is set up.
package screening

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/openchancery/chancery/evidence"
)

// Screening looks into files. It may be used by many at once.
type Screening struct {
	Scanner *Clamd // nil: none is set up
}

// kind is one kind of file that is taken.
type kind struct {
	name    string   // as the catalogue calls it: label.kind.NAME
	endings []string // of a file's name
	types   []string // as mimetype names them
	group   string   // kinds whose endings people and their devices mix up
	most    int64    // bytes
	archive bool     // taken from representatives alone
}

const (
	picture  = "picture"
	film     = "film"
	document = "document"
)

// kinds are all that are taken, and how large each may be.
var kinds = []kind{
	{name: "pdf", endings: []string{"pdf"}, types: []string{"application/pdf"}, most: 100 << 20},
	{name: "jpeg", endings: []string{"jpg", "jpeg", "jpe", "jfif"}, types: []string{"image/jpeg"}, group: picture, most: 60 << 20},
	{name: "png", endings: []string{"png"}, types: []string{"image/png"}, group: picture, most: 60 << 20},
	{name: "webp", endings: []string{"webp"}, types: []string{"image/webp"}, group: picture, most: 60 << 20},
	{name: "heic", endings: []string{"heic", "heif"}, types: []string{"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"}, group: picture, most: 60 << 20},
	{name: "docx", endings: []string{"docx"}, types: []string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}, most: 60 << 20},
	{name: "xlsx", endings: []string{"xlsx"}, types: []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, most: 60 << 20},
	{name: "odt", endings: []string{"odt"}, types: []string{"application/vnd.oasis.opendocument.text"}, most: 60 << 20},
	{name: "txt", endings: []string{"txt", "text", "csv", "md"}, types: []string{"text/plain", "text/csv", "text/tab-separated-values"}, most: 10 << 20},
	{name: "mp4", endings: []string{"mp4", "m4v"}, types: []string{"video/mp4", "video/x-m4v", "video/3gpp"}, group: film, most: 1 << 30},
	{name: "mov", endings: []string{"mov", "qt"}, types: []string{"video/quicktime"}, group: film, most: 1 << 30},
	{name: "m4a", endings: []string{"m4a"}, types: []string{"audio/x-m4a", "audio/mp4"}, group: film, most: 200 << 20},
	{name: "mp3", endings: []string{"mp3"}, types: []string{"audio/mpeg"}, most: 200 << 20},
	{name: "zip", endings: []string{"zip"}, types: []string{"application/zip"}, most: 500 << 20, archive: true},
}

// Kinds are the names of the kinds that are taken, archives aside.
func Kinds() (names []string) {
	for _, k := range kinds {
		if !k.archive {
			names = append(names, k.name)
		}
	}
	return names
}

// Endings are the endings of names of the kinds that are taken, with a point, for
// what a page lets people choose.
func Endings(archives bool) (endings []string) {
	for _, k := range kinds {
		if k.archive && !archives {
			continue
		}
		for _, ending := range k.endings {
			endings = append(endings, "."+ending)
		}
	}
	return endings
}

// file is one file while it is looked into.
type file struct {
	io.ReaderAt
	size int64
	head []byte
	kind kind
	ctx  context.Context
}

// headSize is how much of a file says of what kind it is.
const headSize = 8 << 10

// Look says of what kind a file is and whether it can be used. An error means that
// the content couldn't be read.
func (s *Screening) Look(ctx context.Context, name string, content io.ReaderAt, size int64, archives bool) (_ evidence.Finding, err error) {
	f := &file{ReaderAt: content, size: size, ctx: ctx}
	if size == 0 {
		return evidence.Refuse(evidence.Empty, "", "evidence.refused.empty"), nil
	}
	if f.head, err = f.at(0, headSize); err != nil {
		return evidence.Finding{}, err
	}
	found, err := f.look(name, archives)
	if errors.Is(err, errShort) { // the file says that there is more of it
		return f.unreadable(), nil
	}
	if err != nil {
		return evidence.Finding{}, fmt.Errorf("look into a file: %w", err)
	}
	return found, nil
}

func (f *file) look(name string, archives bool) (evidence.Finding, error) {
	known := false
	if f.kind, known = f.byContent(); !known {
		return f.unknown(), nil
	}
	switch {
	case f.kind.archive && !archives:
		return evidence.Refuse(evidence.WrongKind, f.kind.name, "evidence.refused.archive-not-taken"), nil
	case f.size > f.kind.most:
		return evidence.Refuse(evidence.TooLarge, f.kind.name, "evidence.refused.too-large", "kind", f.kind.name, "most", f.kind.most>>20), nil
	case !f.kind.fits(name):
		return evidence.Refuse(evidence.Mismatch, f.kind.name, "evidence.refused.mismatch", "kind", f.kind.name), nil
	}
	for _, look := range []func(*file) (*evidence.Finding, error){(*file).structure, (*file).twofold} {
		found, err := look(f)
		if err != nil {
			return evidence.Finding{}, err
		}
		if found != nil {
			return *found, nil
		}
	}
	return evidence.Finding{Kind: f.kind.name}, nil
}

// structure looks whether a file is made as its kind is, to its end.
func (f *file) structure() (*evidence.Finding, error) {
	switch f.kind.name {
	case "pdf":
		return f.pdf()
	case "jpeg":
		return f.jpeg()
	case "png":
		return f.png()
	case "webp":
		return f.webp()
	case "heic":
		return f.heic()
	case "docx", "xlsx", "odt":
		return f.office()
	case "txt":
		return f.text()
	case "mp4", "mov", "m4a":
		return f.movie()
	case "mp3":
		return f.sound()
	}
	return f.zip()
}

// byContent is the kind that the content is of.
func (f *file) byContent() (kind, bool) {
	for m := mimetype.Detect(f.head); m != nil; m = m.Parent() {
		for _, k := range kinds {
			for _, t := range k.types {
				if m.Is(t) {
					return f.betterKnown(k)
				}
			}
		}
	}
	return kind{}, false
}

// betterKnown corrects what the first bytes alone can't say: an office document is an
// archive whose entries say what it is, and a text has no zeroes in it.
func (f *file) betterKnown(k kind) (kind, bool) {
	switch m := mimetype.Detect(f.head).String(); {
	case k.name == "zip":
		if better := f.officeKind(); better != "" {
			return kindNamed(better), true
		}
	case k.name == "txt" && !strings.HasPrefix(m, "text/plain") && !strings.HasPrefix(m, "text/csv") && !strings.HasPrefix(m, "text/tab"):
		return kind{}, false // a page, a script: text that a program would run
	}
	return k, true
}

func kindNamed(name string) kind {
	for _, k := range kinds {
		if k.name == name {
			return k
		}
	}
	return kind{}
}

// fits reports whether a name goes with the kind. One without an ending, or with one
// that says no kind, does; pictures are called by each other's endings by the very
// devices that make them.
func (k kind) fits(name string) bool {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if ending == "" {
		return true
	}
	for _, other := range kinds {
		for _, e := range other.endings {
			if e == ending {
				return other.name == k.name || k.group != "" && other.group == k.group
			}
		}
	}
	return !risky[ending]
}

// risky are endings that a machine would run, or that say another kind for certain.
var risky = set("exe com scr bat cmd ps1 vbs js jse wsf hta msi dll jar apk app sh py rb pl php html htm svg xml xhtml lnk reg iso img dmg doc xls ppt docm xlsm rtf rar 7z gz tar")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// unknown is what is said of a kind that isn't taken.
func (f *file) unknown() evidence.Finding {
	if found := f.compound(); found != nil {
		return *found
	}
	return evidence.Refuse(evidence.WrongKind, "", "evidence.refused.wrong-kind")
}

func (f *file) unreadable() evidence.Finding {
	return evidence.Refuse(evidence.Unreadable, f.kind.name, "evidence.refused.unreadable", "kind", f.kind.name)
}

func (f *file) bad() (*evidence.Finding, error) {
	found := f.unreadable()
	return &found, nil
}

func (f *file) refuse(verdict evidence.State, code string, values ...any) (*evidence.Finding, error) {
	found := evidence.Refuse(verdict, f.kind.name, code, values...)
	return &found, nil
}

// errShort says that a file ends before it says that it does.
var errShort = errors.New("the file ends too early")

// at reads up to n bytes from a place; fewer where the file ends.
func (f *file) at(place int64, n int) ([]byte, error) {
	if place < 0 || place > f.size {
		return nil, errShort
	}
	part := make([]byte, min(int64(n), f.size-place))
	got, err := f.ReadAt(part, place)
	if err == io.EOF && got == len(part) {
		err = nil
	}
	if err == io.EOF {
		err = errShort
	}
	return part[:got], err
}

// exactly reads n bytes from a place, or it is errShort.
func (f *file) exactly(place int64, n int) ([]byte, error) {
	part, err := f.at(place, n)
	if err == nil && len(part) < n {
		err = errShort
	}
	return part, err
}

// whole reads the file from its start.
func (f *file) whole() io.Reader { return io.NewSectionReader(f, 0, f.size) }

// Scans reports whether a scanner for malware is set up.
func (s *Screening) Scans() bool { return s.Scanner != nil }

// Scan asks the scanner.
func (s *Screening) Scan(ctx context.Context, content io.Reader) (infected bool, err error) {
	return s.Scanner.Scan(ctx, content)
}
