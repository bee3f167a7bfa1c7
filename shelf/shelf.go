// Package shelf is where sealed evidence rests that is too large for the database:
// a folder beside the data, or a bucket. What lies there is ciphertext, named by
// its own SHA-256; whose it is stands in the database alone, and what is in it
// opens with the claim's key alone. So a name says whether its content is whole,
// and what no row names any more may go.
package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"iter"
	"time"

	"github.com/openchancery/chancery/fault"
)

// Shelf keeps objects. It may be used by many at once.
type Shelf interface {
	// Put keeps what write writes, and names it. It is durable when Put returns;
	// after an error nothing of it is there, or it is under no name.
	Put(ctx context.Context, write func(io.Writer) error) (name string, size int64, err error)
	// Open reads an object. Fault shelf.missing where it isn't there.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Remove removes objects, those that aren't there included.
	Remove(ctx context.Context, names ...string) error
	// Old yields the names of what was put before a moment, in no order.
	Old(ctx context.Context, before time.Time) iter.Seq2[string, error]
}

// checkName refuses what names no object: a name comes from the database, and
// must not lead anywhere else.
func checkName(name string) error {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != name {
		return fault.New(fault.Unsound, "shelf.name")
	}
	return nil
}

func missing(name string) error { return fault.New(fault.NotFound, "shelf.missing", "object", name) }

// summing hashes and counts what goes through it.
type summing struct {
	to   io.Writer
	hash hash.Hash
	n    int64
}

func sum(to io.Writer) *summing { return &summing{to: to, hash: sha256.New()} }

func (s *summing) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.hash.Write(p[:n])
	s.n += int64(n)
	return n, err
}

func (s *summing) name() string { return hex.EncodeToString(s.hash.Sum(nil)) }
