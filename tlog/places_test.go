package tlog_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/tlog"
	"github.com/openchancery/chancery/tlog/tlogtest"
)

// holdsFiles is what every place to publish must do.
func holdsFiles(t *testing.T, files tlog.Files) {
	t.Helper()
	ctx := t.Context()
	is := func(name, want string) {
		t.Helper()
		if got, err := files.Get(ctx, name); err != nil || string(got) != want {
			t.Errorf("%s is %q (%v), want %q", name, got, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := files.Get(ctx, "checkpoint"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that isn't there: %v", err)
	}
	if names, err := files.List(ctx, "staging/"); err != nil || len(names) > 0 {
		t.Errorf("a folder that isn't there: %v, %v", names, err)
	}
	must(files.Delete(ctx, "tile/0/000"))
	must(files.Put(ctx, "checkpoint", []byte("one")))
	must(files.Put(ctx, "checkpoint", []byte("two and longer")))
	is("checkpoint", "two and longer")
	must(files.Put(ctx, "checkpoint", []byte("3")))
	is("checkpoint", "3")

	must(files.Create(ctx, "tile/0/x001/000", []byte("full")))
	must(files.Create(ctx, "tile/0/x001/000", []byte("full"))) // the same will do
	if err := files.Create(ctx, "tile/0/x001/000", []byte("fork")); faultCode(err) != "tlog.file-stands" {
		t.Errorf("another content: %v", err)
	}
	is("tile/0/x001/000", "full")
	must(files.Create(ctx, "tile/0/x001/000.p/7", []byte("part")))
	must(files.Create(ctx, "tile/0/x001/000.p/12", []byte("parts")))
	must(files.Create(ctx, "tile/0/x001/0001", nil))
	is("tile/0/x001/0001", "")
	names, err := files.List(ctx, "tile/0/x001/000.p/")
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"tile/0/x001/000.p/12", "tile/0/x001/000.p/7"}) {
		t.Errorf("%q, %v", names, err)
	}
	must(files.Delete(ctx, "tile/0/x001/000.p/7"))
	must(files.Delete(ctx, "tile/0/x001/000.p/12"))
	is("tile/0/x001/000", "full")
	if names, err := files.List(ctx, "tile/"); err != nil || len(names) != 2 {
		t.Errorf("%q, %v", names, err)
	}
	for _, name := range []string{"", ".", "/etc/passwd", "../x", "tile/../../x", "tile//0", "tile/0/", `tile\0`, "tile/\x00"} {
		_, getErr := files.Get(ctx, name)
		for _, err := range []error{getErr, files.Put(ctx, name, nil), files.Create(ctx, name, nil), files.Delete(ctx, name)} {
			if faultCode(err) != "tlog.name" {
				t.Errorf("the name %q: %v", name, err)
			}
		}
	}

	// Many at once, as tiles are put.
	var group sync.WaitGroup
	for n := range 40 {
		group.Go(func() {
			if err := files.Create(ctx, fmt.Sprintf("tile/1/x%03d/%03d", n/10, n%10), fmt.Append(nil, n)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	is("tile/1/x003/000", "30")
}

// publishesInto is a log's whole life in a place.
func publishesInto(t *testing.T, files tlog.Files) {
	t.Helper()
	kept := tlog.KeptFile(filepath.Join(t.TempDir(), "checkpoint"))
	for _, size := range []int64{5, 255, 300, 70_000} {
		p, err := tlog.NewPublisher(files, kept, harbourKey.Signer, harbourKey.Verifier)
		if err != nil {
			t.Fatal(err)
		}
		publish(t, p, size)
	}
	log := tlog.Read(files, harbourKey.Verifier)
	c, err := log.Checkpoint(t.Context())
	if err != nil || c.Size != 70_000 {
		t.Fatalf("%d leaves (%v)", c.Size, err)
	}
	for err := range log.Check(t.Context(), c) {
		t.Error(err)
	}
	if names, err := files.List(t.Context(), "staging/"); err != nil || len(names) > 0 {
		t.Errorf("%q are left (%v)", names, err)
	}
}

func TestADirectory(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "public", "log")
	holdsFiles(t, tlog.Directory(folder))
	holdsFiles(t, tlog.Under(tlog.Directory(folder), "epoch/2/"))
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if want := map[bool]fs.FileMode{true: 0o755, false: 0o644}[entry.IsDir()]; info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if strings.Contains(path, "writing") || strings.HasSuffix(path, ".p") {
			t.Errorf("%s is left", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	publishesInto(t, tlog.Directory(filepath.Join(t.TempDir(), "log")))
}

// A symbolic link that leads out is not followed.
func TestADirectoryKeepsWithin(t *testing.T) {
	folder, outside := t.TempDir(), t.TempDir()
	put(t, outside, "secret", []byte("the log's key"))
	for from, to := range map[string]string{"checkpoint": filepath.Join(outside, "secret"), "tile": outside} {
		if err := os.Symlink(to, filepath.Join(folder, from)); err != nil {
			t.Fatal(err)
		}
	}
	files := tlog.Directory(folder)
	for _, name := range []string{"checkpoint", "tile/secret"} {
		if got, err := files.Get(t.Context(), name); err == nil {
			t.Errorf("%s is %q", name, got)
		}
	}
	if err := files.Create(t.Context(), "tile/0/000", []byte("x")); err == nil {
		t.Error("a tile was put outside")
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

// What a stop in the middle of writing leaves is in nobody's way.
func TestADirectoryAfterAStop(t *testing.T) {
	folder := t.TempDir()
	files := tlog.Directory(folder)
	if err := files.Create(t.Context(), "tile/0/000.p/1", []byte("whole")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(folder, "tile", "0", "000.p"), ".writing-2", []byte("ha"))
	if names, err := files.List(t.Context(), "tile/"); err != nil || !slices.Equal(names, []string{"tile/0/000.p/1"}) {
		t.Errorf("%q, %v", names, err)
	}
	if err := files.Create(t.Context(), "tile/0/000.p/2", []byte("whole")); err != nil {
		t.Error(err)
	}
	if got, err := files.Get(t.Context(), "tile/0/000.p/2"); err != nil || string(got) != "whole" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTheKeptCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	put(t, filepath.Dir(path), "checkpoint.writing", []byte("a stop left this behind"))
	isSwapped(t, func() tlog.Kept { return tlog.KeptFile(path) })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := tlog.KeptFile(filepath.Join(path, "no folder")).Swap(t.Context(), nil, []byte("1")); err == nil {
		t.Error("kept in a folder that isn't there")
	}
}

func TestTheCheckpointKeptInABucket(t *testing.T) {
	server := tlogtest.New(t)
	cfg := tlog.BucketConfig{Endpoint: server.Endpoint, Region: server.Region, Bucket: server.Name, Prefix: "kept/", AccessKey: server.AccessKey, SecretKey: server.SecretKey}
	isSwapped(t, func() tlog.Kept {
		kept, err := tlog.KeptBucket(cfg, "checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		return kept
	})
}

// isSwapped holds a place to what Kept says.
func isSwapped(t *testing.T, open func() tlog.Kept) {
	t.Helper()
	ctx, kept := t.Context(), open()
	if text, err := kept.Load(ctx); err != nil || text != nil {
		t.Errorf("before the first: %q, %v", text, err)
	}
	if err := kept.Swap(ctx, []byte("old"), []byte("new")); faultCode(err) != "tlog.kept-changed" || !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if err := kept.Swap(ctx, nil, []byte("0")); err != nil {
		t.Fatal(err)
	}
	if err := kept.Swap(ctx, nil, []byte("other")); faultCode(err) != "tlog.kept-changed" {
		t.Error(err)
	}
	// Of many who swap the same, one does.
	var won sync.Map
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			kept := open()
			for round := range 20 {
				err := kept.Swap(ctx, fmt.Append(nil, round), fmt.Append(nil, round+1))
				if err != nil {
					if faultCode(err) != "tlog.kept-changed" {
						t.Error(err)
					}
				} else if _, twice := won.LoadOrStore(round, n); twice {
					t.Errorf("round %d was won twice", round)
				}
			}
		})
	}
	group.Wait()
}

func TestABucket(t *testing.T) {
	server := tlogtest.New(t)
	cfg := tlog.BucketConfig{Endpoint: server.Endpoint, Region: server.Region, Bucket: server.Name, AccessKey: server.AccessKey, SecretKey: server.SecretKey}
	opened := func(prefix string) tlog.Files {
		t.Helper()
		cfg.Prefix = prefix
		files, err := tlog.Bucket(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	holdsFiles(t, opened(""))
	holdsFiles(t, opened("a/prefix/"))
	publishesInto(t, opened("log/"))

	wrongKey := cfg
	wrongKey.SecretKey = "another"
	files, err := tlog.Bucket(wrongKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Put(t.Context(), "checkpoint", []byte("x")); err == nil || !strings.Contains(err.Error(), "bucket public-log, ") {
		t.Errorf("with another key: %v", err)
	}
	elsewhere := cfg
	elsewhere.Bucket = "not-there"
	if files, err = tlog.Bucket(elsewhere); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Get(t.Context(), "checkpoint"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a bucket that isn't there, a checkpoint that isn't there: %v", err)
	}

	files = opened("log/")
	server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	begun := time.Now()
	if _, err := files.Get(ctx, "checkpoint"); err == nil || errors.Is(err, fs.ErrNotExist) || time.Since(begun) > 10*time.Second {
		t.Errorf("a bucket that is gone: %v after %v", err, time.Since(begun))
	}
}

func TestBucketsThatCannotBe(t *testing.T) {
	for _, c := range []struct{ endpoint, prefix, code string }{
		{"https://s3.example.org", "", ""},
		{"https://s3.example.org:9000/", "log/", ""},
		{"http://127.0.0.1:7070", "", ""},
		{"http://[::1]:7070", "", ""},
		{"http://localhost:7070", "", ""},
		{"http://s3.example.org", "", "tlog.bucket-endpoint"},
		{"http://127.0.0.1.example.org", "", "tlog.bucket-endpoint"},
		{"s3.example.org", "", "tlog.bucket-endpoint"},
		{"https://s3.example.org/bucket", "", "tlog.bucket-endpoint"},
		{"https://", "", "tlog.bucket-endpoint"},
		{"", "", "tlog.bucket-endpoint"},
		{"https://s3.example.org", "log", "tlog.bucket-prefix"},
		{"https://s3.example.org", "/log/", "tlog.bucket-prefix"},
		{"https://s3.example.org", "../", "tlog.bucket-prefix"},
	} {
		_, err := tlog.Bucket(tlog.BucketConfig{Endpoint: c.endpoint, Prefix: c.prefix, Bucket: "b", Region: "r"})
		if faultCode(err) != c.code {
			t.Errorf("%q, %q: %v", c.endpoint, c.prefix, err)
		}
	}
}
