package tlog

import (
	"context"
	"io"
	"io/fs"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Files is where a log is published: a directory, a bucket. Names are paths
// with slashes. What Put or Create have answered is durable and whole.
type Files interface {
	// Get is a file's content; fs.ErrNotExist where there is none.
	Get(ctx context.Context, name string) ([]byte, error)
	// Put writes a file in place of the one that is there.
	Put(ctx context.Context, name string, content []byte) error
	// Create writes a file that never changes: one that is there with the
	// same content will do, one with other content is a fault.
	Create(ctx context.Context, name string, content []byte) error
	// Delete removes a file; that there is none is no error.
	Delete(ctx context.Context, name string) error
	// List are the names of the files in a folder, which ends in a slash, and
	// in those below it.
	List(ctx context.Context, folder string) ([]string, error)
}

// mostBytes bounds what is read into memory as one file. The largest is the
// staging of a full batch, under six million bytes.
const mostBytes = 32 << 20

// Under are the files below a prefix, such as "epoch/2/".
func Under(files Files, prefix string) Files { return under{files, prefix} }

type under struct {
	files  Files
	prefix string
}

func (u under) Get(ctx context.Context, name string) ([]byte, error) {
	return u.files.Get(ctx, u.prefix+name)
}

func (u under) Put(ctx context.Context, name string, content []byte) error {
	return u.files.Put(ctx, u.prefix+name, content)
}

func (u under) Create(ctx context.Context, name string, content []byte) error {
	return u.files.Create(ctx, u.prefix+name, content)
}

func (u under) Delete(ctx context.Context, name string) error {
	return u.files.Delete(ctx, u.prefix+name)
}

func (u under) List(ctx context.Context, folder string) ([]string, error) {
	names, err := u.files.List(ctx, u.prefix+folder)
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, u.prefix)
	}
	return names, err
}

// checkName refuses a name that could lead out of the place where the log is
// published.
func checkName(name string) error {
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") {
		return fault.New(fault.Invalid, "tlog.name", "name", name)
	}
	return nil
}

// sameContent is what Create answers where a file is there already.
func sameContent(was, content []byte, name string) error {
	if string(was) != string(content) {
		return fault.New(fault.Unsound, "tlog.file-stands", "file", name)
	}
	return nil
}

// readAll reads a whole file, up to the bound.
func readAll(r io.Reader, name string) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err == nil && len(content) > mostBytes {
		err = fault.New(fault.Unsound, "tlog.file-long", "file", name, "most", mostBytes)
	}
	return content, err
}
