package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
	"github.com/openchancery/chancery/vault"
)

// kept is an installation with a backup, and what is restored from it.
type kept struct {
	*testing.T
	binary
	dir           string
	back, restore []string // the commands
}

// isKilledBackingUp kills a backup, and then a restore, at calls by which something
// becomes durable. Whenever that is, the backup before is whole and the next one
// too; and a restore leaves nothing that opens, or all of it, and given again it
// ends at the same root.
func isKilledBackingUp(t *testing.T, bin binary) {
	k := &kept{
		T: t, binary: bin, dir: t.TempDir(),
		back:    []string{"backup", "backups", "--to", "backup.key.pub"},
		restore: []string{"restore", "backups", "back", "--identity", "backup.key", "--nothing-known", "--second", "back.keys/credentials/officer-2.credential"},
	}
	_, desk, err := vault.NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	bin.must(t, k.dir, "init", "register", "--origin", "test.example/log", "--desk", desk)
	bin.must(t, k.dir, "programme", "open", "demo")
	bin.must(t, k.dir, "actor", "add", "officer-2", "--capacity", "officer")
	bin.must(t, k.dir, "keys", "new-backup-key", "-o", "backup.key")
	k.file(0)
	bin.must(t, k.dir, k.back...)
	k.copyKeys()
	k.killBackups()
	k.killRestores()
	k.killKeysBack()
}

func (k *kept) file(n int) {
	k.Helper()
	c := k.command(k.dir, "claim", "file", "-", "--programme", "demo", "--category", "a-departure", "--key", fmt.Sprint("k", n))
	c.Stdin = strings.NewReader(`{"claimant_name":"A. Visser","contact":"Quay Lane 1","place":"marina"}`)
	if out, err := c.CombinedOutput(); err != nil {
		k.Fatalf("%v: %s", err, out)
	}
}

func (k *kept) copyKeys() {
	k.Helper()
	copyTree(k.T, filepath.Join(k.dir, "register.keys"), filepath.Join(k.dir, "back.keys"))
}

// root is that of the tree of an installation.
func (k *kept) root(of string) string {
	k.Helper()
	var head struct{ Root string }
	r := k.must(k.T, k.dir, "log", "head", "--json", "--dir", of)
	if err := json.Unmarshal([]byte(r.out), &head); err != nil {
		k.Fatal(err)
	}
	return head.Root
}

// clear removes what was restored.
func (k *kept) clear() {
	k.Helper()
	for _, folder := range []string{"back", "back.heads", "back.heads.restoring", "back.log"} {
		if err := os.RemoveAll(filepath.Join(k.dir, folder)); err != nil {
			k.Fatal(err)
		}
	}
}

func (k *kept) killBackups() {
	k.file(1)
	calls, kills, survived := k.calls(k.T, k.dir, k.back...), 0, 0
	for _, n := range faulttest.Part(faulttest.Chance(k), calls, 6) {
		k.file(n + 1)
		k.copyKeys()
		at, killed := k.killedAt(k.T, k.dir, n, k.back...)
		if !killed {
			continue
		}
		kills++
		k.clear()
		k.must(k.T, k.dir, k.restore...) // the newest that is whole
		k.must(k.T, k.dir, k.back...)
		k.clear()
		k.must(k.T, k.dir, k.restore...)
		if got, want := k.root("back"), k.root("register"); got != want {
			k.Errorf("backup killed at %v; the next comes back with root %s, want %s", at, got, want)
			continue
		}
		survived++
	}
	faulttest.Tried(k, 21, "SIGKILL at every call of a backup", kills, survived)
}

func (k *kept) killRestores() {
	want := k.root("register")
	k.clear()
	calls, kills, survived, whole := k.calls(k.T, k.dir, k.restore...), 0, 0, 0
	for _, n := range faulttest.Part(faulttest.Chance(k), calls, 8) {
		k.clear()
		at, killed := k.killedAt(k.T, k.dir, n, k.restore...)
		if !killed {
			continue
		}
		kills++
		if _, err := os.Lstat(filepath.Join(k.dir, "back", "places.json")); err == nil {
			whole++ // all that was left to do is to tidy up
			k.must(k.T, k.dir, "verify", "--rebuild", "--dir", "back")
		} else if r := k.try(k.T, k.dir, "stats", "--dir", "back"); r.code != exitUse || !strings.Contains(r.err, "no installation") {
			k.Errorf("restore killed at %v, and it opens: %d %s%s", at, r.code, r.out, r.err)
		} else {
			k.must(k.T, k.dir, k.restore...)
		}
		if got := k.root("back"); got != want {
			k.Errorf("restore killed at %v: root %s, want %s", at, got, want)
			continue
		}
		survived++
	}
	k.must(k.T, k.dir, "verify", "--rebuild", "--dir", "back")
	k.Logf("%d restores were killed when all was there", whole)
	faulttest.Tried(k, 21, "SIGKILL at every call of a restore", kills, survived)
}

// killKeysBack kills what brings the keys back from their shares. Given again it
// brings back the rest, and leaves no key under a name that nobody looks for.
func (k *kept) killKeysBack() {
	k.must(k.T, k.dir, "keys", "backup", "--shares", "2", "--needed", "2", "-o", "shares")
	back := []string{"keys", "restore", "--keys", "brought.keys", "shares/share-1-of-2.txt", "shares/share-2-of-2.txt"}
	folder := filepath.Join(k.dir, "brought.keys")
	calls, kills, survived := k.calls(k.T, k.dir, back...), 0, 0
	want := k.brought(folder)
	for _, n := range faulttest.Part(faulttest.Chance(k), calls, 10) {
		if err := os.RemoveAll(folder); err != nil {
			k.Fatal(err)
		}
		at, killed := k.killedAt(k.T, k.dir, n, back...)
		if !killed {
			continue
		}
		kills++
		if !slices.Contains(k.brought(folder), "master.key") {
			k.must(k.T, k.dir, back...)
		} else if r := k.try(k.T, k.dir, back...); r.code == exitOK {
			k.Errorf("killed at %v: a master key that is there was brought back again", at)
		}
		if got := k.brought(folder); !slices.Equal(got, want) {
			k.Errorf("keys killed on their way back at %v: %q, want %q", at, got, want)
			continue
		}
		survived++
	}
	faulttest.Tried(k, 21, "SIGKILL at every call of a restore of the keys", kills, survived)
}

// brought are the files that lie in a folder of keys, and those that were to.
func (k *kept) brought(folder string) (names []string) {
	k.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !os.IsNotExist(err) {
		k.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
