// Package registry asks other bodies' registers what they hold, for forms that
// fill themselves in. What ships is a register in a CSV file, which an operator
// loads: for tests, for trials, and for a body that is handed extracts. An
// adapter to a real register meets the same interface (office.Registry); none is
// reachable from where this was built, and none is here.
package registry

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// File is a register in a CSV file: the first column is the key, the others are
// ids of fields with their canonical texts. It is read anew for each question, so
// that a newer extract counts at once; a file that can't be read is a register
// that doesn't answer.
type File struct {
	name, path string
}

// OfFile is the register in a file, which need not be there yet.
func OfFile(name, path string) *File { return &File{name, path} }

// Name is the register's short code.
func (f *File) Name() string { return f.name }

// Fields are the columns beside the key; none where the file can't be read.
func (f *File) Fields() []string {
	file, err := os.Open(f.path)
	if err != nil {
		return nil
	}
	defer file.Close()
	head, err := reader(file).Read()
	if err != nil || len(head) < 2 {
		return nil
	}
	return head[1:]
}

func reader(from io.Reader) *csv.Reader {
	r := csv.NewReader(from)
	r.ReuseRecord = true
	return r
}

// LookUp is the first row with this key.
func (f *File) LookUp(ctx context.Context, key string) (map[string]string, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := reader(file)
	head, err := r.Read()
	if err != nil || len(head) < 2 {
		return nil, fmt.Errorf("read the columns: %w", errors.Join(err, errNoColumns))
	}
	names := append([]string{}, head...)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if row[0] != key || key == "" {
			continue
		}
		texts := map[string]string{}
		for n, text := range row[1:] {
			if text != "" {
				texts[names[n+1]] = text
			}
		}
		return texts, nil
	}
}

var errNoColumns = errors.New("a register's file has a key and at least one field")

// Folder are the registers whose files lie in a folder, each called after its
// file, behind a breaker.
func Folder(path string, now func() time.Time) ([]office.Registry, error) {
	entries, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []office.Registry
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".csv")
		if ok && e.Type().IsRegular() {
			all = append(all, Guard(OfFile(name, filepath.Join(path, e.Name())), now))
		}
	}
	return all, nil
}

// After failures in a row a register is left alone for pause.
const (
	failures = 3
	pause    = time.Minute
)

// Breaker asks a register, and leaves one that doesn't answer alone for a while:
// nobody waits for it, and it isn't pressed while it is down.
type Breaker struct {
	office.Registry
	now func() time.Time

	mu     sync.Mutex
	failed int
	until  time.Time
}

// Guard puts a breaker before a register.
func Guard(r office.Registry, now func() time.Time) *Breaker { return &Breaker{Registry: r, now: now} }

// LookUp asks, unless the register is left alone. After the pause one question
// goes through; if it fails the pause begins again.
func (b *Breaker) LookUp(ctx context.Context, key string) (map[string]string, error) {
	b.mu.Lock()
	if at := b.now(); b.failed >= failures && at.Before(b.until) {
		b.mu.Unlock()
		return nil, fault.New(fault.Conflict, "registry.left-alone", "registry", b.Name(), "until", b.until.UTC().Format(time.RFC3339))
	} else if b.failed >= failures {
		b.until = at.Add(pause) // this one asks, others wait for what it hears
	}
	b.mu.Unlock()
	texts, err := b.Registry.LookUp(ctx, key)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.failed = 0
		return texts, nil
	}
	if errors.Is(err, context.Canceled) { // who asked went away: that says nothing of the register
		return nil, err
	}
	b.failed++
	b.until = b.now().Add(pause)
	return nil, err
}
