package shelf_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/shelf"
	"github.com/openchancery/chancery/tlog/tlogtest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, s shelf.Shelf, content []byte) string {
	t.Helper()
	name, size, err := s.Put(t.Context(), func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	must(t, err)
	sum := sha256.Sum256(content)
	if name != hex.EncodeToString(sum[:]) || size != int64(len(content)) {
		t.Errorf("%s of %d bytes", name, size)
	}
	return name
}

// holds is what every shelf is held to.
func holds(t *testing.T, s shelf.Shelf) {
	ctx := t.Context()
	large := bytes.Repeat([]byte("sealed "), 100_000)
	a, b := put(t, s, large), put(t, s, []byte("small"))
	if again := put(t, s, []byte("small")); again != b {
		t.Error("the same content has two names")
	}
	in, err := s.Open(ctx, a)
	must(t, err)
	back, err := io.ReadAll(in)
	if err != nil || !bytes.Equal(back, large) {
		t.Errorf("it comes back otherwise: %d bytes, %v", len(back), err)
	}
	must(t, in.Close())
	broke := errors.New("the source broke")
	if _, _, err := s.Put(ctx, func(w io.Writer) error {
		_, _ = w.Write([]byte("half"))
		return broke
	}); !errors.Is(err, broke) {
		t.Errorf("got %v", err)
	}
	names := func(before time.Time) (list []string) {
		for name, err := range s.Old(ctx, before) {
			must(t, err)
			list = append(list, name)
		}
		slices.Sort(list)
		return list
	}
	all := []string{a, b}
	slices.Sort(all)
	if got := names(time.Now().Add(time.Hour)); !slices.Equal(got, all) {
		t.Errorf("on it lies %q, want %q", got, all)
	}
	if got := names(time.Now().Add(-time.Hour)); len(got) != 0 {
		t.Errorf("%q are old", got)
	}
	must(t, s.Remove(ctx, a, strings.Repeat("0", 64)))
	_, err = s.Open(ctx, a)
	if fault.Code(err) != "shelf.missing" {
		t.Errorf("removed: %v", err)
	}
	for _, name := range []string{"", "../../etc/passwd", strings.ToUpper(b), b + "/.."} {
		if _, err := s.Open(ctx, name); fault.Code(err) != "shelf.name" {
			t.Errorf("%q: %v", name, err)
		}
		if err := s.Remove(ctx, name); fault.Code(err) != "shelf.name" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAFolder(t *testing.T) {
	at := filepath.Join(t.TempDir(), "evidence")
	holds(t, shelf.Folder(at))
	must(t, filepath.WalkDir(at, func(path string, d os.DirEntry, err error) error {
		must(t, err)
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others can read %s: %v %v", path, info.Mode(), err)
		}
		return nil
	}))
	if left, err := os.ReadDir(filepath.Join(at, "incoming")); err != nil || len(left) != 0 {
		t.Errorf("what broke is left: %v, %v", left, err)
	}
}

func TestABucket(t *testing.T) {
	b := tlogtest.New(t)
	s, err := shelf.Bucket(shelf.BucketConfig{Endpoint: b.Endpoint, Region: b.Region, Bucket: b.Name, Prefix: "evidence/", AccessKey: b.AccessKey, SecretKey: b.SecretKey})
	must(t, err)
	holds(t, s)
	for _, endpoint := range []string{"", "http://s3.example.org", "s3.example.org", "https://s3.example.org/path"} {
		if _, err := shelf.Bucket(shelf.BucketConfig{Endpoint: endpoint}); fault.Code(err) != "shelf.bucket-endpoint" {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}
