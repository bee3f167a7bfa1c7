package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/vault"
)

// Keys that a making left which was killed open nothing, and go with the next one.
func TestWhatAKilledMakingLeftGoes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	left := filepath.Join(filepath.Dir(folder), ".keys.new-1")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := vault.Create(folder, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it stays: %v", err)
	}
}

func TestAFolderIsMadeOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	if err := vault.Create(folder, ""); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(folder, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, vault.Create(folder, ""), "vault.folder-exists")
	wantCode(t, vault.Create(t.TempDir(), ""), "vault.folder-exists")
	after, err := os.ReadFile(filepath.Join(folder, "master.key"))
	if err != nil || !bytes.Equal(before, after) {
		t.Error("the master key was changed")
	}
	if err := vault.Create(filepath.Join(t.TempDir(), "no", "such", "place"), ""); err == nil {
		t.Error("made in a folder that isn't there")
	}
	left, err := os.ReadDir(filepath.Dir(folder))
	if err != nil || len(left) != 1 {
		t.Errorf("left beside it: %v", left)
	}
}

func TestWhatLiesInTheFolderIsPrivate(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, answers("c1", "x")) // so that SQLite's own files are there
	secret, _, err := v.NewCredential("officer")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vault.WriteCredential(folder, "officer", secret); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		seen++
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || seen != 8 { // the folder, two keys, three of SQLite, credentials, one credential
		t.Errorf("%d things in it, %v", seen, err)
	}
}

var in = filepath.Join

func rewrite(path string, change func([]byte) []byte) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, change(content), 0o600)
}

func cut(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }

// disorders are the ways in which a folder of keys can be wrong, and what is said.
var disorders = []struct {
	name  string
	wrong func(folder, other string) error
	code  string
}{
	{"in order", func(f, _ string) error { return nil }, ""},
	{"no folder", func(f, _ string) error { return os.RemoveAll(f) }, "vault.folder-missing"},
	{"a file in its place", func(f, _ string) error {
		return rewriteAsFile(f)
	}, "vault.not-a-folder"},
	{"group may enter", func(f, _ string) error { return os.Chmod(f, 0o750) }, "vault.folder-open-to-others"},
	{"no master key", func(f, _ string) error { return os.Remove(in(f, "master.key")) }, "vault.file-missing"},
	{"no lookup key", func(f, _ string) error { return os.Remove(in(f, "lookup.key")) }, "vault.file-missing"},
	{"no key store", func(f, _ string) error { return os.Remove(in(f, "keystore.db")) }, "vault.file-missing"},
	{"world reads the master key", func(f, _ string) error { return os.Chmod(in(f, "master.key"), 0o604) }, "vault.file-open-to-others"},
	{"group reads the lookup key", func(f, _ string) error { return os.Chmod(in(f, "lookup.key"), 0o640) }, "vault.file-open-to-others"},
	{"group writes the key store", func(f, _ string) error { return os.Chmod(in(f, "keystore.db"), 0o620) }, "vault.file-open-to-others"},
	{"master key empty", func(f, _ string) error { return rewrite(in(f, "master.key"), cut(88)) }, "vault.file-cut-short"},
	{"master key cut in its header", func(f, _ string) error { return rewrite(in(f, "master.key"), cut(70)) }, "vault.file-cut-short"},
	{"master key cut by one", func(f, _ string) error { return rewrite(in(f, "master.key"), cut(1)) }, "vault.file-cut-short"},
	{"master key with more behind", func(f, _ string) error {
		return rewrite(in(f, "master.key"), func(b []byte) []byte { return append(b, '\n') })
	}, "vault.file-foreign"},
	{"master key not hexadecimal", func(f, _ string) error {
		return rewrite(in(f, "master.key"), func(b []byte) []byte { b[40] = 'x'; return b })
	}, "vault.file-foreign"},
	{"lookup key in the master's place", func(f, _ string) error {
		return errors.Join(os.Remove(in(f, "master.key")), os.Link(in(f, "lookup.key"), in(f, "master.key")))
	}, "vault.file-foreign"},
	{"two master keys", func(f, _ string) error {
		return os.WriteFile(in(f, "master.age"), nil, 0o600)
	}, "vault.two-masters"},
	{"another vault's master key", func(f, other string) error {
		return os.Rename(in(other, "master.key"), in(f, "master.key"))
	}, "vault.key-of-another-vault"},
	{"another vault's lookup key", func(f, other string) error {
		return os.Rename(in(other, "lookup.key"), in(f, "lookup.key"))
	}, "vault.key-of-another-vault"},
	{"another vault's key store", func(f, other string) error {
		return os.Rename(in(other, "keystore.db"), in(f, "keystore.db"))
	}, "vault.key-of-another-vault"},
	{"key store empty", func(f, _ string) error { return os.Truncate(in(f, "keystore.db"), 0) }, "vault.file-foreign"},
	{"key store cut in its first page", func(f, _ string) error { return os.Truncate(in(f, "keystore.db"), 700) }, "vault.keystore-damaged"},
	{"key store cut by a page", func(f, _ string) error {
		return rewrite(in(f, "keystore.db"), cut(4096))
	}, "vault.keystore-damaged"},
	{"key store is text", func(f, _ string) error {
		return rewrite(in(f, "keystore.db"), func([]byte) []byte { return []byte(strings.Repeat("not a database\n", 500)) })
	}, "vault.keystore-damaged"},
}

func TestAFolderThatIsNotInOrderIsRefused(t *testing.T) {
	for _, c := range disorders {
		t.Run(c.name, func(t *testing.T) {
			folder, other := filepath.Join(t.TempDir(), "keys"), filepath.Join(t.TempDir(), "other")
			for _, f := range []string{folder, other} {
				if err := vault.Create(f, ""); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.wrong(folder, other); err != nil {
				t.Fatal(err)
			}
			v, err := vault.Open(folder, vault.Options{})
			wantCode(t, err, c.code)
			if err == nil {
				v.Close()
			} else if c.code == "" {
				t.Error(err)
			}
		})
	}
}

func rewriteAsFile(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.WriteFile(folder, nil, 0o600)
}

// Canaries: what is sealed, looked up or given as a credential stands nowhere
// in the folder in clear, nor do the ciphertexts.
func TestNothingPersonalIsInTheFolder(t *testing.T) {
	v, folder := opened(t)
	desk(t, v)
	canary := "canary-Olena-Kovalenko-1975"
	blobs := sealed(t, v, answers("c1", canary), vault.Item{Claim: "c1", Class: "sensitive", Name: "answers", Payload: []byte(canary)})
	hash := v.Lookup("office-number", canary)
	for _, b := range append([]vault.Sealed{{Blob: hash}}, blobs...) {
		if bytes.Contains(b.Blob, []byte("canary")) {
			t.Error("in clear in what is handed back")
		}
	}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, clear := range [][]byte{[]byte("canary"), hash, blobs[0].Blob[:40]} {
			if bytes.Contains(content, clear) {
				t.Errorf("%s holds %q", path, clear)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = v.Open(ctx, "c1", "personal", "other", blobs[0].Blob)
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("the fault says %v", err)
	}
}
