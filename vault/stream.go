package vault

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"math/bits"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// A stream is evidence: what is too large to be sealed in one piece. It is
//
//	format, 1 byte ‖ length of the envelope, 2 bytes ‖ envelope ‖ segments
//
// The envelope holds a key made for this stream alone, sealed as a blob is:
// under the claim's own key for the class, and for the desk before, where the
// class is sensitive. What is sealed in the segments is
//
//	32-byte salt ‖ frames ‖ a frame of no length ‖ zeroes
//
// a frame being a length of 4 bytes, big end first, and so many bytes; padded as
// paddedStream says.
const (
	streamOwn    = 0x11 // the envelope opens under the claim's key
	streamDesk   = 0x12 // the same, and what is in it opens at the desk
	streamToDesk = 0x13 // the claim's key is taken off: on its way to the desk
)

// MaxStream is the most that one stream takes, in bytes.
const MaxStream = 4 << 30

const (
	frameSize     = 64 << 10
	frameHead     = 4
	smallStream   = 64 << 10 // all that is smaller looks alike
	mostEnvelope  = 4 << 10
	streamSpacing = saltSize + frameHead
)

// StreamSealed is a stream at rest. The commitment goes into the entry.
type StreamSealed struct {
	Commitment     docket.Hash // to salt and plaintext
	Salt           docket.Salt // of the commitment, for whoever may hold the file against it
	Size           int64       // of the plaintext
	Stored         int64       // of what was written
	CiphertextHash docket.Hash // SHA-256 of what was written, to find damage without a key
}

// paddedStream is the length to which n bytes of a stream are padded: 64 KiB at
// least; above, all but the first bits of the length are rounded up (the rule
// that its authors call Padmé). That costs 3 % at most, and up to 4 GiB there are
// 32 lengths for each doubling.
func paddedStream(n int64) int64 {
	if n <= smallStream {
		return smallStream
	}
	exponent := bits.Len64(uint64(n)) - 1
	kept := bits.Len64(uint64(exponent)) // bits that stay
	mask := int64(1)<<(exponent-kept) - 1
	return (n + mask) &^ mask
}

// SealStream seals what it reads and writes it out, a segment at a time: memory
// stays the same, whatever the length. As with Seal, Keep must have kept the
// keys before the act that stores the stream commits. After an error, what was
// written is to be thrown away.
//
// Faults: those of Seal; vault.too-large past MaxStream.
func (v *Vault) SealStream(ctx context.Context, claim, class, name string, r io.Reader, w io.Writer) (StreamSealed, Keys, error) {
	item := Item{Claim: claim, Class: class, Name: name}
	if err := item.check(); err != nil {
		return StreamSealed{}, Keys{}, err
	}
	desk := v.desks.Load().newest()
	if class == deskClass && desk == nil {
		return StreamSealed{}, Keys{}, fault.New(fault.Conflict, "vault.no-desk", "claim", claim, "name", name)
	}
	salts, err := v.drawSalts([]Item{item})
	if err != nil {
		return StreamSealed{}, Keys{}, err
	}
	sealers, keys, err := v.sealersFor(ctx, []slot{{claim, class}})
	if err != nil {
		return StreamSealed{}, Keys{}, err
	}
	key := newKey()
	format, envelope := byte(streamOwn), []byte(nil)
	if class == deskClass {
		inner, err := desk.seal(key, streamTag, claim, class, name)
		if err != nil {
			return StreamSealed{}, Keys{}, err
		}
		format = streamDesk
		envelope, err = sealers[0].sealAs(formatV2, inner, streamTag, claim, class, name)
		if err != nil {
			return StreamSealed{}, Keys{}, err
		}
	} else if envelope, err = sealers[0].seal(key, streamTag, claim, class, name); err != nil {
		return StreamSealed{}, Keys{}, err
	}
	out := &counted{to: w, hash: sha256.New()}
	if err := writeHead(out, format, envelope); err != nil {
		return StreamSealed{}, Keys{}, err
	}
	made, err := item.sealSegments(ctx, key, salts[0], r, out)
	made.Salt, made.Stored, made.CiphertextHash = salts[0], out.n, docket.Hash(out.hash.Sum(nil))
	return made, keys, err
}

// sealSegments writes salt, frames and padding through the stream's cipher.
func (i Item) sealSegments(ctx context.Context, key []byte, salt docket.Salt, r io.Reader, out io.Writer) (made StreamSealed, err error) {
	cipher, err := newStream(key)
	if err != nil {
		return made, err
	}
	in, err := cipher.NewEncryptingWriter(out, binding([]string{streamTag, i.Claim, i.Class, i.Name}))
	if err != nil {
		return made, err
	}
	if _, err := in.Write(salt[:]); err != nil {
		return made, err
	}
	commitment := docket.BlobCommitting(salt)
	written, frame := int64(streamSpacing), make([]byte, frameHead+frameSize)
	for ended := false; !ended; {
		if err := ctx.Err(); err != nil {
			return made, err
		}
		n, err := io.ReadFull(r, frame[frameHead:])
		if ended = err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !ended {
			return made, err
		}
		if made.Size += int64(n); made.Size > MaxStream {
			return made, fault.New(fault.Invalid, "vault.too-large", "claim", i.Claim, "name", i.Name, "bytes", made.Size, "limit", int64(MaxStream))
		}
		if n == 0 {
			break
		}
		commitment.Write(frame[frameHead : frameHead+n])
		binary.BigEndian.PutUint32(frame, uint32(n))
		if _, err := in.Write(frame[:frameHead+n]); err != nil {
			return made, err
		}
		written += int64(frameHead + n)
	}
	// The frame of no length is four zeroes, as the padding is.
	if _, err := io.CopyN(in, zeroes{}, paddedStream(written)-written+frameHead); err != nil {
		return made, err
	}
	made.Commitment = docket.Hash(commitment.Sum(nil))
	return made, in.Close()
}

// OpenStream reads a sealed stream and writes out what it held, segment by
// segment as each proves sound. Only after nil is it known to be whole: after an
// error, what was written is to be thrown away. Where a commitment is given, what
// the stream held is compared with it.
//
// Faults: those of Open; vault.blob-damaged also for a stream that is cut short
// or goes on too long.
func (v *Vault) OpenStream(ctx context.Context, claim, class, name string, want docket.Hash, r io.Reader, w io.Writer) error {
	s := Sealed{Claim: claim, Class: class, Name: name, Commitment: want}
	return reading(r, func(r io.Reader) error {
		format, key, err := v.openHead(ctx, s, r)
		if err != nil {
			return err
		}
		if format == streamDesk {
			return fault.New(fault.NotAllowed, "vault.desk-only", s.whose()...)
		}
		return s.openSegments(ctx, key, r, w)
	})
}

// StreamForDesk takes off the claim's own envelope and writes the stream out for
// Desk.OpenStream. What is in it can't be told here to be sound.
func (v *Vault) StreamForDesk(ctx context.Context, claim, class, name string, r io.Reader, w io.Writer) error {
	s := Sealed{Claim: claim, Class: class, Name: name}
	return reading(r, func(r io.Reader) error {
		format, inner, err := v.openHead(ctx, s, r)
		if err != nil {
			return err
		}
		if format != streamDesk {
			return fault.New(fault.Invalid, "vault.not-for-desk", s.whose()...)
		}
		if err := writeHead(w, streamToDesk, inner); err != nil {
			return err
		}
		_, err = io.Copy(w, r)
		return err
	})
}

// OpenStream is Vault.OpenStream for what StreamForDesk wrote.
func (d *Desk) OpenStream(ctx context.Context, claim, class, name string, want docket.Hash, r io.Reader, w io.Writer) error {
	s := Sealed{Claim: claim, Class: class, Name: name, Commitment: want}
	return reading(r, func(r io.Reader) error {
		format, inner, err := readHead(r)
		if err != nil || format != streamToDesk {
			return s.damaged()
		}
		key, err := d.openInner(s, streamTag, inner)
		if err != nil {
			return err
		}
		return s.openSegments(ctx, key, r, w)
	})
}

// reading tells what can't be read from what is damaged: the error of the reader
// itself is answered before any other.
func reading(r io.Reader, do func(io.Reader) error) error {
	from := &remembering{from: r}
	if err := do(from); err != nil {
		return cmp.Or(from.err, err)
	}
	return nil
}

// remembering keeps the error that its reader gave, the end apart.
type remembering struct {
	from io.Reader
	err  error
}

func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// openHead takes the claim's envelope off: what is in it is the stream's key, or
// what the desk opens.
func (v *Vault) openHead(ctx context.Context, s Sealed, r io.Reader) (format byte, inside []byte, err error) {
	found, master, err := v.wrappedKeys(ctx, []string{s.Claim})
	if err != nil {
		return 0, nil, err
	}
	under, err := master.unwrap(slot{s.Claim, s.Class}, found)
	if err != nil {
		return 0, nil, err
	}
	format, envelope, err := readHead(r)
	if err != nil {
		return 0, nil, s.damaged()
	}
	sealedAs, known := map[byte]byte{streamOwn: formatV1, streamDesk: formatV2}[format]
	if !known {
		return 0, nil, fault.New(fault.Unsound, "vault.blob-format", append(s.whose(), "format", format)...)
	}
	if inside, err = under.openAs(sealedAs, envelope, streamTag, s.Claim, s.Class, s.Name); err != nil {
		return 0, nil, s.damaged()
	}
	return format, inside, nil
}

// openSegments writes out what the frames hold, and holds the whole to its
// padding and its commitment.
func (s Sealed) openSegments(ctx context.Context, key []byte, r io.Reader, w io.Writer) error {
	cipher, err := newStream(key)
	if err != nil {
		return s.damaged()
	}
	plain, err := cipher.NewDecryptingReader(r, binding([]string{streamTag, s.Claim, s.Class, s.Name}))
	if err != nil {
		return s.damaged()
	}
	var salt docket.Salt
	if _, err := io.ReadFull(plain, salt[:]); err != nil {
		return s.damaged()
	}
	commitment := docket.BlobCommitting(salt)
	out := io.MultiWriter(w, commitment)
	written, head, frame := int64(streamSpacing), make([]byte, frameHead), make([]byte, frameSize)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.ReadFull(plain, head); err != nil {
			return s.damaged()
		}
		n := binary.BigEndian.Uint32(head)
		if n == 0 {
			break
		}
		if n > frameSize {
			return s.damaged()
		}
		if _, err := io.ReadFull(plain, frame[:n]); err != nil {
			return s.damaged()
		}
		if _, err := out.Write(frame[:n]); err != nil {
			return err
		}
		written += int64(frameHead + n)
	}
	if !onlyZeroes(plain, paddedStream(written)-written) {
		return s.damaged()
	}
	if s.Commitment != (docket.Hash{}) && s.Commitment != docket.Hash(commitment.Sum(nil)) {
		return fault.New(fault.Unsound, "vault.commitment-differs", s.whose()...)
	}
	return nil
}

// onlyZeroes reports whether n zeroes follow, and then the end.
func onlyZeroes(r io.Reader, n int64) bool {
	piece := make([]byte, frameSize)
	for {
		got, err := r.Read(piece)
		if n -= int64(got); n < 0 || len(bytes.Trim(piece[:got], "\x00")) != 0 {
			return false
		}
		if err != nil {
			return err == io.EOF && n == 0
		}
	}
}

func writeHead(w io.Writer, format byte, envelope []byte) error {
	head := binary.BigEndian.AppendUint16([]byte{format}, uint16(len(envelope)))
	_, err := w.Write(append(head, envelope...))
	return err
}

func readHead(r io.Reader) (format byte, envelope []byte, err error) {
	var head [3]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint16(head[1:])
	if n > mostEnvelope {
		return 0, nil, errSealed
	}
	envelope = make([]byte, n)
	_, err = io.ReadFull(r, envelope)
	return head[0], envelope, err
}

// counted counts and hashes what goes through it.
type counted struct {
	to   io.Writer
	hash hash.Hash
	n    int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	return n, err
}
