package vault_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

// shares are the files of a backup in n shares, k needed.
func shares(t testing.TB, v *vault.Vault, n, k int) []string {
	t.Helper()
	_, made, err := v.BackupShares(filepath.Join(t.TempDir(), "shares"), n, k)
	if err != nil {
		t.Fatal(err)
	}
	paths := make([]string, len(made))
	for i, s := range made {
		paths[i] = s.File
	}
	return paths
}

// Drill: the master key is lost. Three of five holders bring their shares; the
// keys come back, and what was sealed opens.
func TestDrillALostMasterComesBackFromShares(t *testing.T) {
	passphrase := vault.Unlock{PassphraseFile: written(t, "passphrase", "seven horses in the rain")}
	for _, c := range []struct {
		name string
		lose func(t *testing.T, folder string) error
		back []string
	}{
		{"the file alone", func(_ *testing.T, folder string) error { return os.Remove(filepath.Join(folder, "master.age")) }, []string{"master.key"}},
		{"the folder", func(t *testing.T, folder string) error {
			store := filepath.Join(folder, "keystore.db")
			content, err := os.ReadFile(store) // as it would lie in its own backups
			if err != nil {
				return err
			}
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			return os.WriteFile(folder+".store", content, 0o600)
		}, []string{"desk.pub", "log.key", "lookup.key", "master.key"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, folder := opened(t)
			desk(t, v)
			if err := os.WriteFile(filepath.Join(folder, "log.key"), []byte("PRIVATE+KEY+log"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := vault.WriteCredential(folder, "registrar", secretOf(t, v, "registrar")); err != nil {
				t.Fatal(err)
			}
			blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"))
			number := v.Lookup("number", "2007-1")
			if err := v.ProtectMaster(ctx, vault.Protection{Form: vault.InAge, Unlock: passphrase}); err != nil {
				t.Fatal(err)
			}
			all := shares(t, v, 5, 3)
			v.Close()
			if err := c.lose(t, folder); err != nil {
				t.Fatal(err)
			}
			names, err := vault.RestoreShares(folder, []string{all[4], all[0], all[2]})
			if err != nil || !slices.Equal(names, c.back) {
				t.Fatalf("%q, %v", names, err)
			}
			if _, err := os.Stat(folder + ".store"); err == nil {
				if _, err := vault.RestoreStore(folder, folder+".store", vault.Options{}); err != nil {
					t.Fatal(err)
				}
			}
			v = reopened(t, folder)
			openAll(t, v, blobs)
			if !vault.Equal(v.Lookup("number", "2007-1"), number) {
				t.Error("numbers are found no more")
			}
			if content, err := os.ReadFile(filepath.Join(folder, "log.key")); err != nil || string(content) != "PRIVATE+KEY+log" {
				t.Errorf("the log's key: %q, %v", content, err)
			}
			if _, ok := v.Desk(); !ok {
				t.Error("the desk's key is gone")
			}
			_, err = vault.RestoreShares(folder, all[:3])
			wantCode(t, err, "vault.restore-over")
		})
	}
}

// The disk takes all but one of the files. Nothing says then that the keys are there,
// so that the command is taken again.
func TestKeysThatCameBackInPartAreBroughtBackAgain(t *testing.T) {
	v, folder := opened(t)
	desk(t, v)
	unwritable := strings.Repeat("z", 250) // with what stands round it until it is whole
	if err := os.WriteFile(filepath.Join(folder, unwritable), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all := shares(t, v, 3, 2)
	v.Close()
	for range 8 {
		back := filepath.Join(t.TempDir(), "back.keys")
		for range 2 {
			_, err := vault.RestoreShares(back, all[:2])
			if err == nil || fault.Code(err) == "vault.restore-over" {
				t.Fatalf("%v", err)
			}
		}
		if _, err := os.Lstat(filepath.Join(back, "lookup.key")); err != nil {
			t.Error(err)
		}
	}
}

// A key beside the master key is lost, or the master key can't be unlocked any more.
// As it is told, an operator moves that one file aside: what is missing comes back, and
// the key store of today stays.
func TestAMasterKeyThatIsMovedAsideLeavesTheRest(t *testing.T) {
	v, folder := opened(t)
	if err := os.WriteFile(filepath.Join(folder, "log.key"), []byte("PRIVATE+KEY+log"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := shares(t, v, 3, 2)
	blobs := sealed(t, v, answers("c1", "today"))
	v.Close()
	if err := os.Remove(filepath.Join(folder, "log.key")); err != nil {
		t.Fatal(err)
	}
	_, err := vault.RestoreShares(folder, all[:2])
	wantCode(t, err, "vault.restore-over")
	if err := os.Rename(filepath.Join(folder, "master.key"), filepath.Join(t.TempDir(), "aside")); err != nil {
		t.Fatal(err)
	}
	names, err := vault.RestoreShares(folder, all[:2])
	if want := []string{"log.key", "master.key"}; err != nil || !slices.Equal(names, want) {
		t.Fatalf("%q, %v", names, err)
	}
	openAll(t, reopened(t, folder), blobs)
}

func secretOf(t testing.TB, v *vault.Vault, actor string) string {
	t.Helper()
	secret, _, err := v.NewCredential(actor)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestSharesThatDontFitAreNamed(t *testing.T) {
	v, folder := opened(t)
	first, second := shares(t, v, 5, 3), shares(t, v, 5, 3)
	change := func(path string, do func(string) string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return written(t, "share.txt", do(string(content)))
	}
	slip := change(first[1], func(s string) string {
		at := strings.Index(s, "part ") + 9
		return s[:at] + string(s[at]^1) + s[at+1:]
	})
	spaced := change(first[1], func(s string) string { return strings.ReplaceAll(s, "\n", "  \r\n\r\n") })
	half := change(first[1], func(s string) string { return s[:len(s)/2] })
	key := filepath.Join(folder, "lookup.key")
	missing := filepath.Join(t.TempDir(), "keys")
	for _, c := range []struct {
		name  string
		paths []string
		code  string
		names string // which file the fault names
	}{
		{"none", nil, "vault.shares-few", ""},
		{"too few", first[:2], "vault.shares-few", ""},
		{"of two backups", []string{first[0], first[1], second[2]}, "vault.share-of-another", second[2]},
		{"one twice", []string{first[0], first[1], first[0]}, "vault.share-twice", first[0]},
		{"a slip of the pen", []string{first[0], slip, first[2]}, "vault.share-damaged", slip},
		{"torn", []string{first[0], half, first[2]}, "vault.share-damaged", half},
		{"no share", []string{first[0], key, first[2]}, "vault.share-foreign", key},
		{"not there", []string{first[0], missing, first[2]}, "vault.given-missing", missing},
		{"typed in with other spaces", []string{first[0], spaced, first[2]}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			into := filepath.Join(t.TempDir(), "keys")
			_, err := vault.RestoreShares(into, c.paths)
			wantCode(t, err, c.code)
			if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%q", c.names)) && c.names != "" {
				t.Errorf("%v doesn't name %s", err, c.names)
			}
			if _, there := os.Stat(into); (there == nil) != (err == nil) {
				t.Error("something was written")
			}
		})
	}
	for _, c := range [][2]int{{5, 1}, {2, 3}, {21, 3}, {0, 0}} {
		_, _, err := v.BackupShares(filepath.Join(t.TempDir(), "s"), c[0], c[1])
		wantCode(t, err, "vault.shares-count")
	}
	_, _, err := v.BackupShares(filepath.Dir(first[0]), 5, 3)
	wantCode(t, err, "vault.shares-exist")
}

// Any k shares open, in any order, and k-1 never do, whatever is made up for the
// one that is missing.
func TestLawSoManySharesOpenAndFewerDont(t *testing.T) {
	v, folder := opened(t)
	master, err := os.ReadFile(filepath.Join(folder, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(r, "shares")
		k := rapid.IntRange(2, n).Draw(r, "needed")
		base := t.TempDir()
		_, made, err := v.BackupShares(filepath.Join(base, "shares"), n, k)
		if err != nil {
			r.Fatal(err)
		}
		var paths []string
		for _, s := range made {
			paths = append(paths, s.File)
			content, err := os.ReadFile(s.File)
			if err != nil || bytes.Contains(content, bytes.Fields(master)[4]) {
				r.Fatalf("a share holds the key: %v", err)
			}
		}
		seed := rapid.Uint64().Draw(r, "order")
		rand.New(rand.NewPCG(seed, 0)).Shuffle(n, func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		into := filepath.Join(base, "keys")
		if _, err := vault.RestoreShares(into, paths[:k-1]); err == nil {
			r.Fatal("opened with too few")
		}
		if _, err := vault.RestoreShares(into, paths[:k]); err != nil {
			r.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(into, "master.key")); err != nil || !bytes.Equal(got, master) {
			r.Fatal("another master key came back")
		}
	})
}
