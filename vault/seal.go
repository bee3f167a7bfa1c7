package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/secretsharing"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	streaming "github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
	"golang.org/x/crypto/argon2"

	"github.com/openchancery/chancery/docket"
)

// All encryption of the house is in this file, and none of it is our own.
//
// Under a key: XChaCha20-Poly1305 from Tink. Its nonces are 192 bits long and
// random, so that no count of blobs under one key comes near a repeat, and no
// counter has to survive a crash.
//
// What is too large for that: AES-256-GCM in segments (Tink's AES-GCM-HKDF).
//
// To the desk's public key: HPKE (RFC 9180) from the standard library. The key
// is agreed by ML-KEM-768 and X25519 together, so that what somebody copies
// today is not read once one of the two is broken.
//
// Under a claimant's code: Argon2id, of which the least memory is taken that is
// still advised, since the server does it for everybody who signs in.
//
// With a passphrase, or to an age identity: age, whose files a stranger can
// open with the tool of that name. Backups of the data are files of age too, so
// that they open in thirty years without this program.

// keySize is the length of every key, in bytes.
const keySize = 32

// formatV1 is the first byte of whatever is sealed:
//
//	0x01 ‖ 24-byte nonce ‖ ciphertext ‖ 16-byte tag
//
// A blob's plaintext inside it is
//
//	32-byte salt ‖ length of the payload, 4 bytes, big end first ‖ payload ‖ zeroes
//
// padded as paddedSize says. Another recipient or cipher gets another first
// byte, and this one is read for ever.
const formatV1 = 1

// formatV2 is the first byte of a blob that the desk alone can read: the same
// envelope under the claim's own key, so that destroying the key erases it,
// and in it, instead of the plaintext above,
//
//	id of the desk's key, 8 bytes ‖ encapsulated key, 1120 bytes ‖ ciphertext ‖ 16-byte tag
//
// which is that plaintext sealed to the desk's public key.
const formatV2 = 2

// formatV3 is the same where several blobs were sealed in one call: one key was
// agreed with the desk for all of them, out of which each has one of its own. In the
// envelope is
//
//	id of the desk's key, 8 bytes ‖ encapsulated key, 1120 bytes ‖ what formatV1 says, under the blob's key
//
// The blob's key is what the agreement exports for this claim, class and name (RFC
// 9180, section 5.3). Each blob has the encapsulated key, so that it opens by itself;
// who sealed forgets the agreement with the call. An agreement is most of what it
// costs to seal to the desk.
const formatV3 = 3

// Binding tags: what is sealed for one purpose, claim, class or name doesn't
// open as another.
const (
	keyTag  = "chancery/key/v1"
	blobTag = "chancery/blob/v1"
	markTag = "chancery/mark/v1"

	forDeskTag = "chancery/blob-for-desk/v1" // the envelope of formatV2 and formatV3
	deskTag    = "chancery/desk/v1"          // what is sealed to the desk
	agreedTag  = "chancery/desk/v2"          // the same under a key of one agreement for several
	streamTag  = "chancery/stream/v1"        // a stream, and the key it is sealed under
	shareTag   = "chancery/shares/v1"        // what the holders of shares can open
)

// errSealed is returned for whatever doesn't open; it tells no more, and its
// callers add whose it was.
var errSealed = errors.New("does not open under this key and binding")

// errFormat is returned for a first byte that this binary doesn't know.
var errFormat = errors.New("sealed in a format that is not known")

// sealer seals and opens under one key.
type sealer struct{ aead *subtle.XChaCha20Poly1305 }

func newSealer(key []byte) (sealer, error) {
	aead, err := subtle.NewXChaCha20Poly1305(key)
	return sealer{aead}, err
}

// newKey makes a key from the system's randomness, which can't fail in Go.
func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key)
	return key
}

// seal is the sealed form of plaintext, bound to the parts. No part holds the
// separator: checkName sees to it.
func (s sealer) seal(plaintext []byte, parts ...string) ([]byte, error) {
	return s.sealAs(formatV1, plaintext, parts...)
}

func (s sealer) sealAs(format byte, plaintext []byte, parts ...string) ([]byte, error) {
	sealed, err := s.aead.Encrypt(plaintext, binding(parts))
	if err != nil {
		return nil, err
	}
	return append([]byte{format}, sealed...), nil
}

// open gives back what seal sealed, or errSealed or errFormat.
func (s sealer) open(sealed []byte, parts ...string) ([]byte, error) {
	return s.openAs(formatV1, sealed, parts...)
}

func (s sealer) openAs(format byte, sealed []byte, parts ...string) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, errSealed
	}
	if sealed[0] != format {
		return nil, errFormat
	}
	plaintext, err := s.aead.Decrypt(sealed[1:], binding(parts))
	if err != nil {
		return nil, errSealed
	}
	return plaintext, nil
}

// recipient seals to a public key: what it sealed it can't open.
type recipient struct{ key hpke.PublicKey }

// reader opens what was sealed to its recipient.
type reader struct{ key hpke.PrivateKey }

func newReader() (reader, error) {
	key, err := hpke.MLKEM768X25519().GenerateKey()
	return reader{key}, err
}

// deriveReader is the same one for the same seed.
func deriveReader(seed []byte) (reader, error) {
	key, err := hpke.MLKEM768X25519().DeriveKeyPair(seed)
	return reader{key}, err
}

func parseReader(private []byte) (reader, error) {
	key, err := hpke.MLKEM768X25519().NewPrivateKey(private)
	return reader{key}, err
}

func parseRecipient(public []byte) (recipient, error) {
	key, err := hpke.MLKEM768X25519().NewPublicKey(public)
	return recipient{key}, err
}

func (r reader) bytes() ([]byte, error) { return r.key.Bytes() }
func (r reader) recipient() recipient   { return recipient{r.key.PublicKey()} }
func (r recipient) bytes() []byte       { return r.key.Bytes() }

func (r recipient) seal(plaintext []byte, parts ...string) ([]byte, error) {
	return hpke.Seal(r.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), binding(parts), plaintext)
}

func (r reader) open(sealed []byte, parts ...string) ([]byte, error) {
	plaintext, err := hpke.Open(r.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), binding(parts), sealed)
	if err != nil {
		return nil, errSealed
	}
	return plaintext, nil
}

// agreement is a key agreed with a recipient, out of which several things are sealed.
// It may be used by many at once.
type agreement struct {
	encapsulated []byte
	with         *hpke.Sender
}

// encapsulatedSize is the length of an encapsulated key of ML-KEM-768 and X25519.
const encapsulatedSize = 1120

func (r recipient) agree(parts ...string) (agreement, error) {
	encapsulated, with, err := hpke.NewSender(r.key, hpke.HKDFSHA256(), hpke.ExportOnly(), binding(parts))
	return agreement{encapsulated, with}, err
}

// seal seals under a key of the agreement that is bound to the parts. The key being
// one for each binding, and the nonce random, nothing is sealed alike twice.
func (a agreement) seal(plaintext []byte, parts ...string) ([]byte, error) {
	key, err := a.with.Export(string(binding(parts)), keySize)
	if err != nil {
		return nil, err
	}
	under, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	sealed, err := under.seal(plaintext, parts...)
	if err != nil {
		return nil, err
	}
	return append(slices.Clip(a.encapsulated), sealed...), nil
}

// openAgreed opens what an agreement of these parts (first) sealed.
func (r reader) openAgreed(sealed []byte, first, parts []string) ([]byte, error) {
	if len(sealed) < encapsulatedSize {
		return nil, errSealed
	}
	with, err := hpke.NewRecipient(sealed[:encapsulatedSize], r.key, hpke.HKDFSHA256(), hpke.ExportOnly(), binding(first))
	if err != nil {
		return nil, errSealed
	}
	key, err := with.Export(string(binding(parts)), keySize)
	if err != nil {
		return nil, errSealed
	}
	under, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return under.open(sealed[encapsulatedSize:], parts...)
}

// segmentSize is how much of a stream is sealed in one piece, and held in memory.
const segmentSize = 1 << 20

// newStream seals and opens streams under a key, each by a key of its own that is
// made of it and of 32 random bytes before the stream: a segment that is changed, left
// out, moved or cut off is found.
func newStream(key []byte) (*streaming.AESGCMHKDF, error) {
	return streaming.NewAESGCMHKDF(key, "SHA256", keySize, segmentSize, 0)
}

// ageSecret opens a file of age: a passphrase, or identities.
type ageSecret struct {
	identities []age.Identity
	recipients []age.Recipient
}

// guessingCost makes guessing slow: each try takes about a second and 256 MiB.
// It is the logarithm of scrypt's N; tests alone change it.
var guessingCost = 18

func byPassphrase(passphrase string) (ageSecret, error) {
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return ageSecret{}, err
	}
	to.SetWorkFactor(guessingCost)
	from, err := age.NewScryptIdentity(passphrase)
	return ageSecret{[]age.Identity{from}, []age.Recipient{to}}, err
}

// byIdentities reads a file of age identities, as age-keygen writes it.
func byIdentities(text []byte) (ageSecret, error) {
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return ageSecret{}, err
	}
	secret := ageSecret{identities: identities}
	for _, identity := range identities {
		switch i := identity.(type) {
		case *age.X25519Identity:
			secret.recipients = append(secret.recipients, i.Recipient())
		case *age.HybridIdentity:
			secret.recipients = append(secret.recipients, i.Recipient())
		}
	}
	return secret, nil
}

// What a claimant's code is stretched by: OWASP's smallest setting of Argon2id,
// 19 MiB and two passes, some 30 ms. It never changes: codes are found again by
// what it gives.
const (
	codeMemory = 19 << 10 // KiB
	codePasses = 2
	codeLanes  = 1
)

// stretch makes two keys of a short secret, slowly.
func stretch(secret string, salt []byte) (first, second []byte) {
	out := argon2.IDKey([]byte(secret), salt, codePasses, codeMemory, codeLanes, 2*keySize)
	return out[:keySize:keySize], out[keySize:]
}

// keyOf makes a key of a secret that nobody can guess, at once.
func keyOf(secret []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, purpose, keySize)
}

func (s ageSecret) seal(plaintext []byte) ([]byte, error) {
	var sealed bytes.Buffer
	text := armor.NewWriter(&sealed)
	w, err := age.Encrypt(text, s.recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plaintext); err != nil {
		return nil, err
	}
	err = errors.Join(w.Close(), text.Close())
	return sealed.Bytes(), err
}

func (s ageSecret) open(sealed []byte) ([]byte, error) {
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(sealed)), s.identities...)
	if err != nil {
		return nil, errSealed
	}
	return io.ReadAll(r)
}

// backupSecret is a new age identity that seals as the desk's key does, by
// ML-KEM-768 and X25519 together, and its recipient.
func backupSecret() (secret, public string, err error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", err
	}
	return identity.String(), identity.Recipient().String(), nil
}

// byRecipients reads lines of age recipients: what seals to them can't open.
func byRecipients(text []byte) (ageSecret, error) {
	recipients, err := age.ParseRecipients(bytes.NewReader(text))
	return ageSecret{recipients: recipients}, err
}

// sealing seals a stream to the recipients, in segments of 64 KiB.
func (s ageSecret) sealing(to io.Writer) (io.WriteCloser, error) {
	return age.Encrypt(to, s.recipients...)
}

// opening opens one; what was changed or cut off is an error where it is read.
func (s ageSecret) opening(from io.Reader) (io.Reader, error) {
	return age.Decrypt(from, s.identities...)
}

// A secret of shares is a random scalar of ristretto255, whose arithmetic takes
// no time that tells of the secret; the key is derived from it.
var shareGroup = group.Ristretto255

// split makes a new key and n shares of its secret, of which any k give the key
// back and k-1 tell nothing.
func split(n, k int, salt []byte) (key []byte, shares [][]byte, err error) {
	secret := shareGroup.RandomNonZeroScalar(rand.Reader)
	if key, err = keyOfSecret(secret, salt); err != nil {
		return nil, nil, err
	}
	for _, share := range secretsharing.New(rand.Reader, uint(k-1), secret).Share(uint(n)) {
		value, err := share.Value.MarshalBinary()
		if err != nil {
			return nil, nil, err
		}
		shares = append(shares, value)
	}
	return key, shares, nil
}

// join gives the key back from shares by their numbers, which begin at 1.
func join(k int, shares map[int][]byte, salt []byte) ([]byte, error) {
	list := make([]secretsharing.Share, 0, len(shares))
	for number, value := range shares {
		share := secretsharing.Share{ID: shareGroup.NewScalar().SetUint64(uint64(number)), Value: shareGroup.NewScalar()}
		if err := share.Value.UnmarshalBinary(value); err != nil {
			return nil, err
		}
		list = append(list, share)
	}
	secret, err := secretsharing.Recover(uint(k-1), list)
	if err != nil {
		return nil, err
	}
	return keyOfSecret(secret, salt)
}

func keyOfSecret(secret group.Scalar, salt []byte) ([]byte, error) {
	bytes, err := secret.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, bytes, salt, shareTag, keySize)
}

const separator = "|"

func binding(parts []string) []byte { return []byte(strings.Join(parts, separator)) }

const (
	saltSize   = len(docket.Salt{})
	headSize   = saltSize + 4
	smallStep  = 256
	largeStep  = 1 << 10
	smallLimit = 4 << 10
)

// paddedSize is the length that n bytes are padded to: the next multiple of
// 256 up to 4 KiB, of 1 KiB above, so that a length tells little of an answer.
func paddedSize(n int) int {
	step := smallStep
	if n > smallLimit {
		step = largeStep
	}
	return (n + step - 1) / step * step
}

// fill is the plaintext of a blob: salt, length, payload, padding.
func fill(salt docket.Salt, payload []byte) []byte {
	plain := make([]byte, paddedSize(headSize+len(payload)))
	copy(plain, salt[:])
	binary.BigEndian.PutUint32(plain[saltSize:], uint32(len(payload)))
	copy(plain[headSize:], payload)
	return plain
}

// unfill takes a blob's plaintext apart, and refuses one that fill doesn't make.
func unfill(plain []byte) (docket.Salt, []byte, error) {
	if len(plain) < headSize {
		return docket.Salt{}, nil, errSealed
	}
	n := uint64(binary.BigEndian.Uint32(plain[saltSize:]))
	if n > uint64(len(plain)-headSize) || paddedSize(headSize+int(n)) != len(plain) {
		return docket.Salt{}, nil, errSealed
	}
	end := headSize + int(n)
	if len(bytes.Trim(plain[end:], "\x00")) != 0 {
		return docket.Salt{}, nil, errSealed
	}
	return docket.Salt(plain[:saltSize]), plain[headSize:end:end], nil
}
