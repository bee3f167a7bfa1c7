package main

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// mostManifest bounds a manifest: five hundred files with all that happened to them.
const mostManifest = 16 << 20

// evidenceName begins the name under which an entry commits to a file.
const evidenceName = "evidence."

// proven is a file that a receipt's entry commits to.
type proven struct {
	File    string `json:"file"` // as it was given
	ID      string `json:"id"`
	SHA256  string `json:"sha256"`
	Version int64  `json:"version"` // of the claim's stream, where it was entered
	Instant string `json:"instant"`
}

// listed is what a manifest says of a file.
type listed struct {
	id, sha256 string
	salt       hash
	version    int64
}

// readManifest reads a manifest's files, and refuses one of another claim.
func readManifest(file string, raw []byte, r *receipt) ([]listed, *problem) {
	v, err := readJSON(raw)
	if err != nil {
		return nil, wrong(file, "%v", err)
	}
	f := fieldsOf(file, v)
	if format := f.text("format"); f.wrong == nil && format != "chancery evidence v1" {
		f.fail("the field \"format\" says %.60q; this program knows chancery evidence v1", format)
	}
	reference, files := f.text("reference"), f.need("files", '[')
	if f.wrong != nil {
		return nil, f.wrong
	}
	if reference != r.Reference {
		return nil, wrong(file+", reference", "it is of the claim %.100q, and the receipt of %.100q", reference, r.Reference)
	}
	var all []listed
	for _, item := range files.items {
		f := fieldsOf(file+", files", item)
		l := listed{id: f.text("id"), sha256: f.text("sha256"), salt: f.hash("salt")}
		entry := f.text("entry")
		if f.wrong != nil {
			return nil, f.wrong
		}
		for _, s := range r.Steps {
			if entry == s.place() {
				l.version = s.version
			}
		}
		all = append(all, l)
	}
	return all, nil
}

// checkFile holds a file against the manifest and the receipt: its content is in the
// manifest, and with the manifest's salt it is what an entry of the receipt commits to.
func checkFile(path string, manifest []listed, r *receipt) (proven, *problem) {
	sum := sha256.New()
	if err := copyTo(sum, path); err != nil {
		return proven{}, wrong(path, "it can't be read: %v", err)
	}
	content := hash(sum.Sum(nil)).String()
	for _, l := range manifest {
		if l.sha256 != content {
			continue
		}
		committed, err := fileCommitment(l.salt, path)
		if err != nil {
			return proven{}, wrong(path, "it can't be read: %v", err)
		}
		for _, s := range r.Steps {
			if s.committed[evidenceName+l.id] == committed.String() {
				return proven{File: filepath.Base(path), ID: l.id, SHA256: content, Version: s.version, Instant: s.Instant}, nil
			}
		}
	}
	return proven{}, wrong(path, "no entry of the receipt commits to it with what the manifest says").
		meaning("The file is not the one that was sent, or the receipt is older than the file", "Ask for a new receipt and a new manifest, and give the file exactly as it was sent: a picture that was saved again is another file")
}

func copyTo(w io.Writer, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(w, f)
	return err
}

// fileCommitment is the blob commitment of a file, read as it comes.
func fileCommitment(salt hash, path string) (hash, error) {
	sum := sha256.New()
	_, _ = io.WriteString(sum, blobTag)
	_, _ = sum.Write(salt[:])
	err := copyTo(sum, path)
	return hash(sum.Sum(nil)), err
}

// withFiles holds files against a manifest and a receipt, all of them or none.
func withFiles(manifest string, files []string, r *receipt) ([]proven, error) {
	raw, err := readFile(manifest, mostManifest)
	if err != nil {
		return nil, useWrong("%.200q can't be read: %v", manifest, err)
	}
	list, p := readManifest(manifest, raw, r)
	if p != nil {
		return nil, p
	}
	all := make([]proven, 0, len(files))
	for _, file := range files {
		one, p := checkFile(file, list, r)
		if p != nil {
			return nil, p
		}
		all = append(all, one)
	}
	return all, nil
}
