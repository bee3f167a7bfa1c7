package screening

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/openchancery/chancery/evidence"
)

// An archive is read through, entry by entry, and nothing of it is written anywhere.

const (
	mostEntries   = 2_000
	mostDirectory = 1 << 20   // bytes of the list of entries
	mostUnpacked  = 512 << 20 // bytes of all entries together
	mostGrowth    = 100       // times the packed size, past freeGrowth
	freeGrowth    = 10 << 20
)

// zipEnd looks for the end of an archive's list of entries, which stands at the end of
// the file, and answers how many it says there are.
func (f *file) zipEnd() (there bool, entries int, err error) {
	tail, err := f.at(max(0, f.size-(64<<10)-22), 64<<10+22)
	if err != nil {
		return false, 0, err
	}
	for at := len(tail) - 22; at >= 0; at-- {
		if !bytes.HasPrefix(tail[at:], []byte("PK\x05\x06")) {
			continue
		}
		comment := int(binary.LittleEndian.Uint16(tail[at+20:]))
		if at+22+comment > len(tail) {
			continue
		}
		size, offset := binary.LittleEndian.Uint32(tail[at+12:]), binary.LittleEndian.Uint32(tail[at+16:])
		if int64(size)+int64(offset) > f.size && size != 0xffffffff && offset != 0xffffffff {
			continue // not the end of anything
		}
		return true, int(binary.LittleEndian.Uint16(tail[at+10:])), nil
	}
	return false, 0, nil
}

// errTooMuch says that a list of entries goes on longer than it may.
var errTooMuch = errors.New("the archive's list of entries is too long")

// bounded counts what is read, so that a list that says it is short is held to it.
type bounded struct {
	io.ReaderAt
	left int64
}

func (b *bounded) ReadAt(p []byte, at int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errTooMuch
	}
	return b.ReaderAt.ReadAt(p, at)
}

// list is the archive's list of entries. A finding says that it is none, or too long.
func (f *file) list() (*zip.Reader, *evidence.Finding, error) {
	there, entries, err := f.zipEnd()
	if err != nil {
		return nil, nil, err
	}
	if !there {
		found, _ := f.bad()
		return nil, found, nil
	}
	if entries > mostEntries {
		found, _ := f.refuse(evidence.Archive, "evidence.refused.archive-many", "most", mostEntries)
		return nil, found, nil
	}
	r, err := zip.NewReader(&bounded{f, mostDirectory + 256<<10}, f.size)
	switch {
	case errors.Is(err, errTooMuch) || err == nil && len(r.File) > mostEntries:
		found, _ := f.refuse(evidence.Archive, "evidence.refused.archive-many", "most", mostEntries)
		return nil, found, nil
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrInsecurePath), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		found, _ := f.bad()
		return nil, found, nil
	case err != nil && f.readable():
		found, _ := f.bad()
		return nil, found, nil
	}
	return r, nil, err
}

// readable tells a bad archive from a file that can't be read.
func (f *file) readable() bool {
	_, err := f.at(f.size-1, 1)
	return err == nil
}

// entries walks the archive. what looks at one entry's first bytes.
func (f *file) entries(what func(name string, head []byte) *evidence.Finding) (*evidence.Finding, error) {
	r, found, err := f.list()
	if found != nil || err != nil {
		return found, err
	}
	var packed, unpacked uint64
	for _, e := range r.File {
		if found := f.entryHead(e); found != nil {
			return found, nil
		}
		packed, unpacked = packed+e.CompressedSize64, unpacked+e.UncompressedSize64
		// Entries that share their bytes are packed to more than the file has.
		if packed > uint64(f.size) || unpacked > mostUnpacked || e.UncompressedSize64 > mostUnpacked {
			return f.refuse(evidence.Archive, "evidence.refused.archive-large")
		}
	}
	if unpacked > freeGrowth && unpacked/mostGrowth > packed {
		return f.refuse(evidence.Archive, "evidence.refused.archive-large")
	}
	// Only now, when what they say of themselves is within bounds, are they read; and
	// they are held to it.
	unpacker := io.LimitedReader{N: mostUnpacked}
	for _, e := range r.File {
		if e.FileInfo().IsDir() {
			continue
		}
		if found, err := f.unpack(r, e, &unpacker, what); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// entryHead looks at what the list says of an entry.
func (f *file) entryHead(e *zip.File) *evidence.Finding {
	var found *evidence.Finding
	name := strings.ReplaceAll(e.Name, `\`, "/")
	switch {
	case e.Flags&1 != 0:
		found, _ = f.refuse(evidence.Encrypted, "evidence.refused.encrypted", "kind", f.kind.name)
	case e.Mode()&fs.ModeType&^fs.ModeDir != 0:
		found, _ = f.refuse(evidence.Archive, "evidence.refused.archive-link")
	case name == "", strings.HasPrefix(name, "/"), strings.Contains(name, ":"), strings.Contains("/"+name+"/", "/../"), strings.ContainsRune(name, 0):
		found, _ = f.refuse(evidence.Archive, "evidence.refused.archive-path")
	case e.Method != zip.Store && e.Method != zip.Deflate:
		found, _ = f.refuse(evidence.Unreadable, "evidence.refused.archive-method")
	}
	return found
}

// unpack reads an entry through, and holds it to its length and sum.
func (f *file) unpack(_ *zip.Reader, e *zip.File, all *io.LimitedReader, what func(string, []byte) *evidence.Finding) (*evidence.Finding, error) {
	in, err := e.Open()
	if err != nil {
		return f.badUnless(err)
	}
	defer in.Close()
	all.R = in
	head := make([]byte, headSize)
	n, err := io.ReadFull(all, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return f.badUnless(err)
	}
	if found := what(e.Name, head[:n]); found != nil {
		return found, nil
	}
	for err == nil {
		if err := f.ctx.Err(); err != nil {
			return nil, err
		}
		_, err = io.CopyN(io.Discard, all, 1<<20)
	}
	switch {
	case all.N <= 0:
		return f.refuse(evidence.Archive, "evidence.refused.archive-large")
	case err == io.EOF || err == io.ErrUnexpectedEOF && n < headSize:
		return nil, nil
	}
	return f.badUnless(err)
}

// badUnless is a finding, unless the file itself can't be read.
func (f *file) badUnless(err error) (*evidence.Finding, error) {
	if !f.readable() {
		return nil, err
	}
	return f.bad()
}

// packers are endings of archives.
var packers = set("zip rar 7z gz tgz tar bz2 xz zst jar cab arj lzh iso img dmg docx xlsx odt pptx apk")

// zip looks into an archive that somebody sends with evidence in it: each entry is
// held to the kinds that are taken, and none may be an archive itself.
func (f *file) zip() (*evidence.Finding, error) {
	return f.entries(func(name string, head []byte) *evidence.Finding {
		ending := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
		m := mimetype.Detect(head)
		if isPacked(m) && !isOffice(m) || packers[ending] && !isOffice(m) && !isOfficeEnding(ending) {
			found, _ := f.refuse(evidence.Archive, "evidence.refused.archive-nested")
			return found
		}
		for at := m; at != nil; at = at.Parent() {
			for _, k := range kinds {
				for _, t := range k.types {
					if at.Is(t) && !k.archive {
						return nil
					}
				}
			}
		}
		if len(head) == 0 || isOffice(m) || isOfficeEnding(ending) && isPacked(m) {
			return nil
		}
		found, _ := f.refuse(evidence.WrongKind, "evidence.refused.archive-kind")
		return found
	})
}

func isOfficeEnding(ending string) bool {
	return ending == "docx" || ending == "xlsx" || ending == "odt"
}

func isOffice(m *mimetype.MIME) bool {
	for _, k := range kinds {
		if k.zipped() && !k.archive && m.Is(k.types[0]) {
			return true
		}
	}
	return false
}

// isPacked reports whether a kind is an archive, whatever is in it.
func isPacked(m *mimetype.MIME) bool {
	for ; m != nil; m = m.Parent() {
		switch m.String() {
		case "application/zip", "application/x-rar-compressed", "application/x-7z-compressed", "application/gzip", "application/x-tar",
			"application/x-bzip2", "application/x-xz", "application/zstd", "application/vnd.ms-cab-compressed", "application/x-iso9660-image":
			return true
		}
	}
	return false
}

// officeKind tells an office document by its entries; "" for any other archive.
func (f *file) officeKind() string {
	r, found, err := f.list()
	if found != nil || err != nil {
		return ""
	}
	names := map[string]bool{}
	for _, e := range r.File {
		names[e.Name] = true
	}
	switch {
	case names["[Content_Types].xml"] && names["word/document.xml"]:
		return "docx"
	case names["[Content_Types].xml"] && names["xl/workbook.xml"]:
		return "xlsx"
	case names["mimetype"] && names["content.xml"] && names["META-INF/manifest.xml"] && len(r.File) > 0 && strings.HasPrefix(f.firstStored(), "application/vnd.oasis.opendocument.text"):
		return "odt"
	}
	return ""
}

// firstStored is the content of the first entry, which an OpenDocument stores as it
// is so that its kind can be told.
func (f *file) firstStored() string {
	if len(f.head) < 38 {
		return ""
	}
	return string(f.head[38:])
}

// office looks into an office document: no programs in it, and no password.
func (f *file) office() (*evidence.Finding, error) {
	if f.officeKind() != f.kind.name {
		return f.bad()
	}
	return f.entries(func(name string, head []byte) *evidence.Finding {
		lower := strings.ToLower(name)
		var found *evidence.Finding
		switch {
		case strings.HasSuffix(lower, "vbaproject.bin"), strings.HasPrefix(lower, "basic/"), strings.HasSuffix(lower, ".exe"), strings.HasSuffix(lower, ".js"):
			found, _ = f.refuse(evidence.WrongKind, "evidence.refused.macros")
		case name == "META-INF/manifest.xml" && bytes.Contains(head, []byte("encryption-data")):
			found, _ = f.refuse(evidence.Encrypted, "evidence.refused.encrypted", "kind", f.kind.name)
		}
		return found
	})
}
