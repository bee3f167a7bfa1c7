package vault

import (
	"context"
	"errors"
	"io"
	"runtime"

	"github.com/openchancery/chancery/docket"
)

// What a claimant has begun rests under a key that the vault doesn't keep. The
// claimant holds it: in the browser's cookie as it is, and on paper as a code,
// out of which it is opened slowly.

// ownTag binds what is sealed so.
const ownTag = "chancery/own/v1"

// codesAtOnce bounds the codes that are stretched at the same time, each in 19
// MiB: one core is left for everything else, however many people come at once.
func codesAtOnce() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// NewKey is a key for SealUnder that is kept nowhere.
func NewKey() []byte { return newKey() }

// KeyOf is a key for SealUnder out of a secret that is random already, and bound
// to a name: what a passkey gives, a token. The error is for a secret of fewer
// than 32 bytes, which could be guessed.
func KeyOf(secret []byte, name string) ([]byte, error) {
	if len(secret) < keySize {
		return nil, errShortSecret
	}
	return keyOf(secret, ownTag+separator+name)
}

var errShortSecret = errors.New("a secret of fewer than 32 bytes")

// PublicOf is the public half of what such a secret gives under a name: by it SealTo
// seals what only the secret opens (OpenBy). Who has the public half learns nothing,
// so that it may lie where the sealed thing itself lies, and longer.
func PublicOf(secret []byte, name string) ([]byte, error) {
	r, err := readerOf(secret, name)
	if err != nil {
		return nil, err
	}
	return r.recipient().bytes(), nil
}

func readerOf(secret []byte, name string) (reader, error) {
	seed, err := KeyOf(secret, name)
	if err != nil {
		return reader{}, err
	}
	return deriveReader(seed)
}

// SealTo seals a payload, bound to a name; the error is for a public half that is none.
func SealTo(public []byte, name string, payload []byte) ([]byte, error) {
	to, err := parseRecipient(public)
	if err != nil {
		return nil, err
	}
	return to.seal(payload, ownTag, name)
}

// OpenBy opens what SealTo sealed.
func OpenBy(secret []byte, name string, sealed []byte) ([]byte, error) {
	r, err := readerOf(secret, name)
	if err != nil {
		return nil, err
	}
	return r.open(sealed, ownTag, name)
}

// SealUnder seals a payload under a key of somebody else's, bound to a name;
// lengths are hidden as a blob's are. The error is for a key that isn't one.
func SealUnder(key []byte, name string, payload []byte) ([]byte, error) {
	s, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return s.seal(fill(docket.Salt{}, payload), ownTag, name)
}

// OpenUnder opens what SealUnder sealed.
func OpenUnder(key []byte, name string, sealed []byte) ([]byte, error) {
	s, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	plain, err := s.open(sealed, ownTag, name)
	if err != nil {
		return nil, err
	}
	_, payload, err := unfill(plain)
	return payload, err
}

// SealStreamUnder is SealUnder for what is larger than a blob may be: it seals what it
// reads and writes it out, a segment at a time. After an error, what was written is to
// be thrown away.
func SealStreamUnder(ctx context.Context, key []byte, name string, r io.Reader, w io.Writer) error {
	_, err := Item{Claim: ownTag, Name: name}.sealSegments(ctx, key, docket.Salt{}, r, w)
	return err
}

// OpenStreamUnder opens what SealStreamUnder sealed. Only after nil is it known to be
// whole. The fault is vault.blob-damaged.
func OpenStreamUnder(ctx context.Context, key []byte, name string, r io.Reader, w io.Writer) error {
	return reading(r, func(r io.Reader) error { return Sealed{Claim: ownTag, Name: name}.openSegments(ctx, key, r, w) })
}

// Stretch makes of a claimant's code a tag, by which what was sealed is found, and
// a key, which opens it; both of 32 bytes. It is slow on purpose, about 30 ms
// and 19 MiB, and only some run at once; the error is that of ctx while it waits.
//
// It is salted with the key of the keyed hashes: who has the database alone can
// try no code at all, and who has the keys too pays for every try. The salt is
// one for all, since a code comes without a name.
func (v *Vault) Stretch(ctx context.Context, code string) (tag, key []byte, err error) {
	select {
	case v.stretching <- struct{}{}:
		defer func() { <-v.stretching }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	tag, key = stretch(code, keyedHash(v.lookup, ownTag))
	return tag, key, nil
}
