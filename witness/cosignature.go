package witness

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/fault"
)

// The types of keys in signed notes that are met here. A log signs with the
// first, a witness with the second: its signature says when it was made, and
// can't pass as a log's.
const (
	typeLog         = 0x01
	typeCosignature = 0x04
)

// timeSize is the length of the seconds before a cosignature.
const timeSize = 8

// verifier checks cosignatures of one witness (C2SP tlog-cosignature,
// cosignature/v1).
type verifier struct {
	name   string
	public ed25519.PublicKey
}

// ParseKey reads a witness's key, NAME+HASH+KEY.
func ParseKey(text string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, key64, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(key64)
	switch {
	case err != nil || !isName(name) || len(key) != 1+ed25519.PublicKeySize:
		return nil, fault.New(fault.Invalid, "witness.key-form")
	case key[0] == typeLog:
		return nil, fault.New(fault.Invalid, "witness.key-of-log", "name", name)
	case key[0] != typeCosignature:
		return nil, fault.New(fault.Invalid, "witness.key-form")
	}
	v := verifier{name, key[1:]}
	if hash != fmt.Sprintf("%08x", v.KeyHash()) {
		return nil, fault.New(fault.Invalid, "witness.key-form")
	}
	return v, nil
}

// Name is the witness's name.
func (v verifier) Name() string { return v.name }

// KeyHash tells its key from others of the same name.
func (v verifier) KeyHash() uint32 {
	h := sha256.New()
	h.Write([]byte(v.name + "\n"))
	h.Write([]byte{typeCosignature})
	h.Write(v.public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// Verify says whether sig is the witness's over a checkpoint's text.
func (v verifier) Verify(text, sig []byte) bool {
	if len(sig) != timeSize+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	return seconds <= math.MaxInt64 && ed25519.Verify(v.public, cosigned(seconds, text), sig[timeSize:])
}

// String is the key as others are given it.
func (v verifier) String() string {
	return fmt.Sprintf("%s+%08x+%s", v.name, v.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{typeCosignature}, v.public...)))
}

// cosigned is what a cosignature signs.
func cosigned(seconds uint64, text []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", seconds), text...)
}

// cosignedAt is the time in a signature that was verified.
func cosignedAt(s note.Signature) (time.Time, bool) {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(raw) < 4+timeSize {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0), true // Verify refuses what int64 can't hold
}

// signer is a witness's own key. As a note.Signer it signs for one instant.
type signer struct {
	verifier
	private ed25519.PrivateKey
	at      time.Time
}

// newSigner is the key of this name and seed.
func newSigner(name string, seed []byte) signer {
	private := ed25519.NewKeyFromSeed(seed)
	return signer{verifier: verifier{name, private.Public().(ed25519.PublicKey)}, private: private}
}

// Sign cosigns a checkpoint's text.
func (s signer) Sign(text []byte) ([]byte, error) {
	seconds := uint64(s.at.Unix())
	return append(binary.BigEndian.AppendUint64(nil, seconds), ed25519.Sign(s.private, cosigned(seconds, text))...), nil
}

const secretBegin = "PRIVATE+KEY+"

// secret is the key as it rests in its file.
func (s signer) secret() string {
	return fmt.Sprintf("%s%s+%08x+%s", secretBegin, s.name, s.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{typeCosignature}, s.private.Seed()...)))
}

// parseSecret reads what secret wrote.
func parseSecret(text string) (signer, bool) {
	rest, ours := strings.CutPrefix(text, secretBegin)
	parts := strings.Split(rest, "+")
	if !ours || len(parts) < 3 || !isName(parts[0]) {
		return signer{}, false
	}
	key, err := base64.StdEncoding.DecodeString(strings.Join(parts[2:], "+")) // base64 has a plus of its own
	if err != nil || len(key) != 1+ed25519.SeedSize || key[0] != typeCosignature {
		return signer{}, false
	}
	s := newSigner(parts[0], key[1:])
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	return s, err == nil && uint32(hash) == s.KeyHash()
}

// isName says whether a key may bear this name in a signed note.
func isName(name string) bool {
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }
	return name != "" && len(name) <= 255 && utf8.ValidString(name) && strings.IndexFunc(name, odd) < 0
}
