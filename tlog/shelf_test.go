package tlog_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/tlog"
)

// shelf is a place to publish and a kept checkpoint, in memory, of which any
// operation can fail: before it happened, or after.
type shelf struct {
	mu     sync.Mutex
	files  map[string][]byte
	kept   []byte
	signed [][]byte // every checkpoint that was ever kept or published

	done   int // operations
	failAt int // the one that fails; 0 for none
	late   bool
	put    func(name string, content []byte) []byte // what becomes of a file on its way
}

var errShelf = errors.New("the shelf gives way")

func newShelf() *shelf { return &shelf{files: map[string][]byte{}} }

// operation does the work, unless this is the one that fails.
func (s *shelf) operation(work func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	if s.done == s.failAt {
		if s.late {
			_ = work()
		}
		return errShelf
	}
	return work()
}

func (s *shelf) Get(_ context.Context, name string) (content []byte, err error) {
	err = s.operation(func() error {
		was, ok := s.files[name]
		if !ok {
			return fs.ErrNotExist
		}
		content = bytes.Clone(was)
		return nil
	})
	return content, err
}

func (s *shelf) Put(_ context.Context, name string, content []byte) error {
	return s.operation(func() error {
		content = bytes.Clone(content)
		if s.put != nil {
			content = s.put(name, content)
		}
		s.files[name] = content
		if name == "checkpoint" {
			s.signed = append(s.signed, content)
		}
		return nil
	})
}

func (s *shelf) Create(_ context.Context, name string, content []byte) error {
	return s.operation(func() error {
		if was, ok := s.files[name]; ok && !bytes.Equal(was, content) {
			return fault.New(fault.Unsound, "tlog.file-stands", "file", name)
		}
		s.files[name] = bytes.Clone(content)
		return nil
	})
}

func (s *shelf) Delete(_ context.Context, name string) error {
	return s.operation(func() error {
		delete(s.files, name)
		return nil
	})
}

func (s *shelf) List(_ context.Context, folder string) (names []string, err error) {
	err = s.operation(func() error {
		for _, name := range slices.Sorted(maps.Keys(s.files)) {
			if strings.HasPrefix(name, folder) {
				names = append(names, name)
			}
		}
		return nil
	})
	return names, err
}

// safe is the shelf as the place of the kept checkpoint.
type safe struct{ *shelf }

func (s safe) Load(context.Context) (kept []byte, err error) {
	err = s.operation(func() error {
		kept = bytes.Clone(s.kept)
		return nil
	})
	return kept, err
}

func (s safe) Swap(_ context.Context, old, next []byte) error {
	return s.operation(func() error {
		if !bytes.Equal(s.kept, old) {
			return fault.New(fault.Conflict, "tlog.kept-changed", "file", "safe")
		}
		s.kept = bytes.Clone(next)
		s.signed = append(s.signed, s.kept)
		return nil
	})
}

const harbour = "harbour.example/log"

// key is a log's key that is the same in every run.
type key struct {
	note.Signer
	note.Verifier
}

func keyOf(origin, seed string) key {
	sum := sha256.Sum256([]byte(seed))
	private, public, err := note.GenerateKey(bytes.NewReader(sum[:]), origin)
	if err != nil {
		panic(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		panic(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		panic(err)
	}
	return key{signer, verifier}
}

var harbourKey = keyOf(harbour, "the harbour's key")

func publisher(t testing.TB, s *shelf) *tlog.Publisher {
	t.Helper()
	p, err := tlog.NewPublisher(s, safe{s}, harbourKey.Signer, harbourKey.Verifier)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(s *shelf) *tlog.Log { return tlog.Read(s, harbourKey.Verifier) }

func commitment(n int64) docket.Hash {
	return docket.EntryCommitment(docket.Salt{}, []byte(fmt.Sprint(n)))
}

// register is a database of so many leaves, and the tree that is kept of it.
type register struct {
	leaves []docket.Hash // commitments
	roots  []docket.Hash // of every size
}

func registerOf(size int) *register {
	r := &register{roots: []docket.Hash{docket.Root(nil)}}
	var f docket.Frontier
	for n := range int64(size) {
		c := commitment(n)
		f.Append(docket.LeafHash(c))
		r.leaves, r.roots = append(r.leaves, c), append(r.roots, f.Root())
	}
	return r
}

// long is a register for all tests that change nothing in it.
var long = sync.OnceValue(func() *register { return registerOf(1 << 17) })

func (r *register) source() tlog.Source {
	return tlog.Source{
		Commitments: func(from int64) iter.Seq2[docket.Hash, error] {
			return func(yield func(docket.Hash, error) bool) {
				for _, c := range r.leaves[from:] {
					if !yield(c, nil) {
						return
					}
				}
			}
		},
		Root: func(size int64) (docket.Hash, error) {
			if size >= int64(len(r.roots)) {
				return docket.Hash{}, errors.New("there are not so many leaves")
			}
			return r.roots[size], nil
		},
	}
}

// publish brings a shelf up to a size.
func publish(t testing.TB, p *tlog.Publisher, size int64) tlog.Checkpoint {
	t.Helper()
	done, err := p.Publish(t.Context(), size, long().source(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if done.Size != size || done.Root != long().roots[size] {
		t.Fatalf("published %d leaves under %s, want %d under %s", done.Size, done.Root, size, long().roots[size])
	}
	return done.Checkpoint
}

// wrong is all that is wrong with what is published.
func wrong(t testing.TB, s *shelf) []string {
	t.Helper()
	c, err := read(s).Checkpoint(t.Context())
	if err != nil {
		return []string{err.Error()}
	}
	var list []string
	for err := range read(s).Check(t.Context(), c) {
		list = append(list, err.Error())
	}
	return list
}

// consistent holds that every checkpoint that was ever signed is of the one
// register, that what is published is whole, and that nobody is shown more
// than was kept.
func (s *shelf) consistent(t testing.TB, what string) {
	t.Helper()
	done, failAt := s.done, s.failAt // looking is no operation
	s.failAt = 0
	defer func() { s.done, s.failAt = done, failAt }()
	last := int64(0)
	for _, signed := range s.signed {
		c, err := tlog.ParseCheckpoint(signed, harbourKey.Verifier, "signed")
		if err != nil || c.Root != long().roots[c.Size] || c.Size < last {
			t.Fatalf("%s: a checkpoint of %d leaves after one of %d says %s (%v)", what, c.Size, last, c.Root, err)
		}
		last = c.Size
	}
	public := s.files["checkpoint"]
	if public == nil {
		return
	}
	if list := wrong(t, s); len(list) > 0 {
		t.Fatalf("%s: %q", what, list)
	}
	shown, _ := tlog.ParseCheckpoint(public, harbourKey.Verifier, "public")
	kept, err := tlog.ParseCheckpoint(s.kept, harbourKey.Verifier, "kept")
	if err != nil || kept.Size < shown.Size {
		t.Fatalf("%s: %d leaves are shown and %d kept (%v)", what, shown.Size, kept.Size, err)
	}
}
