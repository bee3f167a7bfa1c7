package vault_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/vault"
)

const photo = "evidence.photo-1"

// streamed seals a stream and keeps its keys.
func streamed(t testing.TB, v *vault.Vault, claim, class string, content []byte) ([]byte, vault.StreamSealed) {
	t.Helper()
	var out bytes.Buffer
	made, keys, err := v.SealStream(ctx, claim, class, photo, bytes.NewReader(content), &out)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Keep(ctx, keys); err != nil {
		t.Fatal(err)
	}
	if made.Size != int64(len(content)) || made.Stored != int64(out.Len()) || made.CiphertextHash != sha256.Sum256(out.Bytes()) {
		t.Errorf("%+v of %d bytes in %d", made, len(content), out.Len())
	}
	return out.Bytes(), made
}

// random is evidence of that length.
func random(n int) []byte {
	content := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	_, _ = r.Read(content)
	return content
}

func TestEvidenceOpensAsItWasSealed(t *testing.T) {
	v, folder := opened(t)
	_, d := desk(t, v)
	const segment = 1 << 20
	for _, n := range []int{0, 1, 65535, 65536, 65537, segment - 100, segment, segment + 1, 3*segment + 12345} {
		content := random(n)
		sealed, made := streamed(t, v, "c1", "personal", content)
		var out bytes.Buffer
		if err := reopened(t, folder).OpenStream(ctx, "c1", "personal", photo, made.Commitment, bytes.NewReader(sealed), &out); err != nil || !bytes.Equal(out.Bytes(), content) {
			t.Errorf("%d bytes: %v", n, err)
		}
		wrong := made.Commitment
		wrong[0] ^= 1
		wantCode(t, v.OpenStream(ctx, "c1", "personal", photo, wrong, bytes.NewReader(sealed), io.Discard), "vault.commitment-differs")

		sealed, made = streamed(t, v, "c1", "sensitive", content)
		wantCode(t, v.OpenStream(ctx, "c1", "sensitive", photo, made.Commitment, bytes.NewReader(sealed), io.Discard), "vault.desk-only")
		var onItsWay bytes.Buffer
		out.Reset()
		if err := v.StreamForDesk(ctx, "c1", "sensitive", photo, bytes.NewReader(sealed), &onItsWay); err != nil {
			t.Fatal(err)
		}
		if err := d.OpenStream(ctx, "c1", "sensitive", photo, made.Commitment, &onItsWay, &out); err != nil || !bytes.Equal(out.Bytes(), content) {
			t.Errorf("%d bytes at the desk: %v", n, err)
		}
	}
}

func TestLawEvidenceOfAnyLength(t *testing.T) {
	v, _ := opened(t)
	rapid.Check(t, func(r *rapid.T) {
		content := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0xff}), 0, 200_000).Draw(r, "content") // zeroes as the padding has
		sealed, made := streamed(t, v, "c1", "personal", content)
		var out bytes.Buffer
		if err := v.OpenStream(ctx, "c1", "personal", photo, made.Commitment, bytes.NewReader(sealed), &out); err != nil || !bytes.Equal(out.Bytes(), content) {
			r.Fatal(err)
		}
	})
}

// A length tells little: photographs of like size have one length, and it never
// costs more than 3 % above the smallest.
func TestLengthsOfEvidenceAreRoundedUp(t *testing.T) {
	v, _ := opened(t)
	lengths := map[int]bool{}
	for n := 1 << 20; n < 1<<21; n += 1 << 14 {
		sealed, _ := streamed(t, v, "c1", "personal", make([]byte, n))
		lengths[len(sealed)] = true
		if over := len(sealed) - n; over < 0 || over > n/32+500 {
			t.Errorf("%d bytes cost %d more", n, over)
		}
	}
	if len(lengths) > 33 {
		t.Errorf("%d lengths between one and two megabytes", len(lengths))
	}
	small, _ := streamed(t, v, "c1", "personal", nil)
	less, _ := streamed(t, v, "c1", "personal", make([]byte, 60_000))
	if len(small) != len(less) {
		t.Errorf("small ones have %d and %d bytes", len(small), len(less))
	}
}

func TestDamagedEvidenceIsRefused(t *testing.T) {
	v, _ := opened(t)
	_, d := desk(t, v)
	const segment = 1 << 20
	for _, class := range []string{"personal", "sensitive"} {
		sealed, made := streamed(t, v, "c1", class, random(3*segment+segment/2))
		other, _ := streamed(t, v, "c1", class, random(3*segment+segment/2))
		head := len(sealed) - len(sealed)/segment*segment // near enough: any cut is refused
		for name, changed := range map[string][]byte{
			"a bit of the format":     flip(sealed, 0),
			"a bit of the envelope":   flip(sealed, 40),
			"a bit of the head":       flip(sealed, 3+int(sealed[2])+int(sealed[1])<<8+2),
			"a bit in the midst":      flip(sealed, 2*segment+5),
			"the last bit":            flip(sealed, len(sealed)-1),
			"cut by a byte":           sealed[:len(sealed)-1],
			"cut by a segment":        sealed[:len(sealed)-segment],
			"cut to its head":         sealed[:head%4096],
			"nothing":                 nil,
			"a byte more":             append(slices.Clone(sealed), 0),
			"a segment twice":         slices.Concat(sealed[:2*segment], sealed[segment:2*segment], sealed[2*segment:]),
			"two segments changed":    swap(sealed, segment),
			"another's end":           slices.Concat(sealed[:2*segment], other[2*segment:]),
			"another's head":          slices.Concat(other[:segment/2], sealed[segment/2:]),
			"an envelope without end": append([]byte{sealed[0], 0xff, 0xff}, sealed[3:]...),
		} {
			t.Run(class+"/"+name, func(t *testing.T) {
				var err error
				if class == "personal" {
					err = v.OpenStream(ctx, "c1", class, photo, made.Commitment, bytes.NewReader(changed), io.Discard)
				} else {
					var onItsWay bytes.Buffer
					if err = v.StreamForDesk(ctx, "c1", class, photo, bytes.NewReader(changed), &onItsWay); err == nil {
						err = d.OpenStream(ctx, "c1", class, photo, made.Commitment, &onItsWay, io.Discard)
					}
				}
				if name == "a bit of the format" {
					wantCode(t, err, "vault.blob-format")
				} else {
					wantCode(t, err, "vault.blob-damaged")
				}
			})
		}
		for _, at := range [][3]string{{"c2", class, photo}, {"c1", "internal", photo}, {"c1", class, "evidence.photo-2"}} {
			streamed(t, v, at[0], at[1], nil) // so that there is a key
			if err := v.OpenStream(ctx, at[0], at[1], at[2], docket.Hash{}, bytes.NewReader(sealed), io.Discard); err == nil {
				t.Errorf("opened as %v", at)
			}
		}
	}
}

func flip(b []byte, at int) []byte {
	b = slices.Clone(b)
	b[at] ^= 2
	return b
}

// swap changes the second and the third segment for each other.
func swap(b []byte, segment int) []byte {
	return slices.Concat(b[:segment], b[2*segment:3*segment], b[segment:2*segment], b[3*segment:])
}

func TestErasedEvidenceOpensNowhere(t *testing.T) {
	v, _ := opened(t)
	sealed, made := streamed(t, v, "c1", "personal", random(100))
	if err := v.Destroy(ctx, "c1"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, v.OpenStream(ctx, "c1", "personal", photo, made.Commitment, bytes.NewReader(sealed), io.Discard), "vault.erased")
	_, _, err := v.SealStream(ctx, "c1", "personal", photo, bytes.NewReader(nil), io.Discard)
	wantCode(t, err, "vault.erased")
}

func TestWithoutADeskNoSensitiveEvidenceIsTaken(t *testing.T) {
	v, _ := opened(t)
	_, _, err := v.SealStream(ctx, "c1", "sensitive", photo, bytes.NewReader(nil), io.Discard)
	wantCode(t, err, "vault.no-desk")
}

// failing is a reader or writer whose n-th call fails.
type failing struct {
	n int
	io.Reader
	io.Writer
}

func (f *failing) Read(p []byte) (int, error) {
	if f.n--; f.n == 0 {
		return 0, errStop
	}
	return f.Reader.Read(p)
}

func (f *failing) Write(p []byte) (int, error) {
	if f.n--; f.n == 0 {
		return 0, errStop
	}
	return f.Writer.Write(p)
}

func TestAStreamThatFailsAnywhereSaysSo(t *testing.T) {
	v, _ := opened(t)
	content := random(1<<21 + 7)
	sealed, made := streamed(t, v, "c1", "personal", content)
	seal := func(r io.Reader, w io.Writer) error {
		_, _, err := v.SealStream(ctx, "c1", "personal", photo, r, w)
		return err
	}
	open := func(r io.Reader, w io.Writer) error {
		return v.OpenStream(ctx, "c1", "personal", photo, made.Commitment, r, w)
	}
	for name, try := range map[string]func(n int) error{
		"reading, to seal": func(n int) error { return seal(&failing{n: n, Reader: bytes.NewReader(content)}, io.Discard) },
		"writing, to seal": func(n int) error { return seal(bytes.NewReader(content), &failing{n: n, Writer: io.Discard}) },
		"reading, to open": func(n int) error { return open(&failing{n: n, Reader: bytes.NewReader(sealed)}, io.Discard) },
		"writing, to open": func(n int) error { return open(bytes.NewReader(sealed), &failing{n: n, Writer: io.Discard}) },
	} {
		t.Run(name, func(t *testing.T) {
			failed := 0
			for n := 1; ; n++ {
				err := try(n)
				if err == nil {
					break
				}
				if failed++; !errors.Is(err, errStop) {
					t.Fatalf("call %d: %v", n, err)
				}
			}
			if failed < 3 {
				t.Errorf("%d calls only", failed)
			}
		})
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, _, err := v.SealStream(ended, "c1", "personal", photo, bytes.NewReader(content), io.Discard); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// An eighth of a gigabyte goes through, and memory stays at some segments.
func TestMemoryStaysTheSameWhateverTheLength(t *testing.T) {
	v, _ := opened(t)
	const size = 128 << 20
	read, write := io.Pipe()
	var most uint64
	done := make(chan error)
	var made vault.StreamSealed
	keysOf := func() error {
		_, keys, err := v.SealStream(ctx, "c1", "personal", photo, bytes.NewReader(nil), io.Discard)
		return errors.Join(err, v.Keep(ctx, keys))
	}
	if err := keysOf(); err != nil {
		t.Fatal(err)
	}
	go func() {
		var err error
		made, _, err = v.SealStream(ctx, "c1", "personal", photo, io.LimitReader(endless{}, size), write)
		done <- errors.Join(err, write.Close())
	}()
	watch := &watching{most: &most}
	if err := v.OpenStream(ctx, "c1", "personal", photo, docket.Hash{}, read, watch); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || made.Size != size || watch.n != size {
		t.Fatalf("%v, %d, %d", err, made.Size, watch.n)
	}
	if most > 64<<20 {
		t.Errorf("%d MiB of memory", most>>20)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// watching looks at the memory now and then.
type watching struct {
	n    int64
	most *uint64
}

func (w *watching) Write(p []byte) (int, error) {
	if w.n>>25 != (w.n+int64(len(p)))>>25 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		*w.most = max(*w.most, m.HeapInuse)
	}
	w.n += int64(len(p))
	return len(p), nil
}

func BenchmarkStream(b *testing.B) {
	v, _ := opened(b)
	b.SetBytes(64 << 20)
	for b.Loop() {
		if _, _, err := v.SealStream(ctx, "c1", "personal", photo, io.LimitReader(endless{}, 64<<20), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
