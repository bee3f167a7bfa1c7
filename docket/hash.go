// Package docket is the format of the record: what an entry is, the bytes it
// is written in, how the published tree commits to it, and how an outsider
// proves that one entry stands in it. Every act with legal effect is an entry;
// what people work with are tables that can be rebuilt from them.
//
// The format is for ever. Kinds end in .v1; a golden file for each kind must
// decode and fold for ever; new fields are optional and free when unset; there
// are no floats. If a golden test fails, add a new kind: never change the old.
package docket

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/openchancery/chancery/fault"
)

// Hash is a SHA-256 value; its text is 64 lower-case hexadecimal digits.
type Hash [sha256.Size]byte

// Salt is 32 bytes that keep a commitment from being guessed: who knows the
// hash and tries every likely content learns nothing without the salt.
type Salt [32]byte

// Domain tags keep a commitment of one sort from ever passing as another.
const (
	entryTag = "chancery/entry/v1\x00"
	rowTag   = "chancery/annex-row/v1\x00"
	blobTag  = "chancery/blob/v1\x00"

	readingTag = "chancery/reading/v1\x00"
)

// EntryCommitment is what the published tree holds of an entry:
// SHA-256(tag ‖ salt ‖ canonical bytes).
func EntryCommitment(salt Salt, canonical []byte) Hash { return commit(entryTag, salt, canonical) }

// RowCommitment is what an annex's tree holds of one of its rows.
func RowCommitment(salt Salt, canonical []byte) Hash { return commit(rowTag, salt, canonical) }

// BlobCommitment is what an entry holds of a sealed blob: it commits to the
// plaintext, never to the ciphertext. Its salt is sealed with the blob and
// dies with the blob's key, after which the commitment proves nothing about
// the person and still keeps its place.
func BlobCommitment(salt Salt, plaintext []byte) Hash { return commit(blobTag, salt, plaintext) }

// ReadingHash chains a line of the reading log to the one before it, whose hash
// is previous; the first line's previous is of zeroes.
func ReadingHash(previous Hash, line []byte) Hash { return commit(readingTag, Salt(previous), line) }

// BlobCommitting is the same for a blob that is not held in memory: the
// plaintext is written to it, and its Sum is the commitment.
func BlobCommitting(salt Salt) hash.Hash { return committing(blobTag, salt) }

func commit(tag string, salt Salt, content []byte) Hash {
	h := committing(tag, salt)
	h.Write(content)
	return Hash(h.Sum(nil))
}

func committing(tag string, salt Salt) hash.Hash {
	h := sha256.New()
	h.Write([]byte(tag))
	h.Write(salt[:])
	return h
}

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports that there is no hash: no content has this one.
func (h Hash) IsZero() bool { return h == Hash{} }

func (h Hash) append(to []byte) []byte { return hex.AppendEncode(to, h[:]) }

// MarshalText writes the hash in hexadecimal.
func (h Hash) MarshalText() ([]byte, error) { return h.append(make([]byte, 0, 2*len(h))), nil }

// UnmarshalText reads exactly 64 hexadecimal digits, in lower case: one hash
// has one text.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fault.New(fault.Invalid, "docket.hash-form", "length", len(text))
	}
	var read Hash
	if _, err := hex.Decode(read[:], text); err != nil || bytes.ContainsAny(text, "ABCDEF") {
		return fault.New(fault.Invalid, "docket.hash-form", "length", len(text))
	}
	*h = read
	return nil
}
