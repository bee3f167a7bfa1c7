package tlog

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// staging is the folder where a batch rests from before it is signed until all
// its files are in their places: one archive (tar) of them. It is no part of
// what is published.
const staging = "staging/"

// step is one batch: the tree before it and after it.
type step struct {
	from, to int64
	root     docket.Hash // after it
}

// name is where the step is staged. Two that publish at once have different
// names, so that neither spoils what the other has signed.
func (s step) name() string { return fmt.Sprintf("%s%d-%d-%s", staging, s.from, s.to, s.root) }

// parseStep reads a name of List.
func parseStep(name string) (s step, ok bool) {
	var root string
	_, err := fmt.Sscanf(strings.TrimPrefix(name, staging), "%d-%d-%s", &s.from, &s.to, &root)
	return s, err == nil && s.root.UnmarshalText([]byte(root)) == nil && s.name() == name
}

// pack writes files as one archive, always with the same bytes.
func pack(files []written) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(files) * (perTile*recordBytes + 1024))
	w := tar.NewWriter(&b)
	for _, f := range files {
		header := tar.Header{Typeflag: tar.TypeReg, Name: f.name(), Size: int64(len(f.content)), Mode: 0o444, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// staged reads a step back.
func (p *Publisher) staged(ctx context.Context, s step) ([]byte, error) {
	archive, err := p.log.files.Get(ctx, s.name())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Unsound, "tlog.staging-missing", "file", s.name(), "public", s.from, "signed", s.to)
	}
	return archive, err
}

// unpack hashes all of a staged archive anew, joins it to the tree before it,
// and is its files. Nothing is signed, and nothing is put in its place, that
// has not come through here.
func unpack(content []byte, before *edge, s step) ([]written, error) {
	damaged := func(what string) error {
		return fault.New(fault.Unsound, "tlog.staged-differs", "staging", s.name(), "file", what)
	}
	records, err := stagedRecords(content, before, s)
	if err != nil {
		return nil, err
	}
	after := before.clone()
	files := after.extend(records)
	archive := tar.NewReader(bytes.NewReader(content))
	for _, f := range files {
		header, err := archive.Next()
		if err != nil || header.Name != f.name() {
			return nil, damaged(f.name())
		}
		stands, err := io.ReadAll(archive)
		if err != nil {
			return nil, damaged(f.name())
		}
		if i := firstDifference(stands, f.content); i >= 0 {
			if f.level <= 0 {
				leaf := f.n*perTile + int64(min(i*f.width/f.bytes(), f.width-1))
				return nil, fault.New(fault.Unsound, "tlog.staged-leaf", "staging", s.name(), "file", f.name(), "leaf", leaf)
			}
			return nil, damaged(f.name())
		}
	}
	// Nothing beside the files either: the archive is as it was written, to
	// the last bit of its padding.
	same, err := pack(files)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(same, content) {
		return nil, damaged("tar")
	}
	if root, err := after.root(); err != nil || root != s.root {
		return nil, errors.Join(err, fault.New(fault.Unsound, "tlog.root-differs", "size", s.to, "root", root, "expected", s.root))
	}
	return files, nil
}

// stagedRecords are the records that a step adds, from its bundles.
func stagedRecords(content []byte, before *edge, s step) ([]docket.Hash, error) {
	var records []docket.Hash
	archive := tar.NewReader(bytes.NewReader(content))
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fault.New(fault.Unsound, "tlog.staged-differs", "staging", s.name(), "file", "tar")
		}
		if !strings.HasPrefix(header.Name, "tile/entries/") {
			continue
		}
		bundle, err := io.ReadAll(archive)
		if err != nil {
			return nil, fault.New(fault.Unsound, "tlog.staged-differs", "staging", s.name(), "file", header.Name)
		}
		some, err := parseBundle(bundle, s.name()+": "+header.Name)
		if err != nil {
			return nil, err
		}
		records = append(records, some...)
	}
	if len(records) < len(before.records) {
		return nil, fault.New(fault.Unsound, "tlog.staged-differs", "staging", s.name(), "file", "tar")
	}
	return records[len(before.records):], nil // the first bundle begins with what was there
}

// firstDifference is where two contents part, -1 where they are the same.
func firstDifference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
