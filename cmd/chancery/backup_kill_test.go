package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/vault"
)

// stracing runs a command of the binary that is killed at the n-th of the calls by
// which something becomes durable, or changes its name; it reports whether it was.
func (b binary) stracing(t *testing.T, strace, dir string, n int, args ...string) (killed bool) {
	t.Helper()
	c := b.command(dir, args...)
	c.Path = strace
	c.Args = append([]string{
		"strace", "-f", "-qq", "-o", os.DevNull,
		"-e", fmt.Sprintf("inject=write,pwrite64,fsync,fdatasync,renameat,unlinkat,mkdirat:signal=SIGKILL:when=%d", n), b.path,
	}, args...)
	return c.Run() != nil
}

// backingUp is an installation that is backed up into backups and restored into
// back, and killed while it is.
type backingUp struct {
	binary
	strace, dir   string
	back, restore []string
}

// isKilledBackingUp kills a backup, and then a restore, at calls by which something
// becomes durable. Whenever that is, the backup before is whole and the next one
// too; and a restore leaves nothing that opens, or all of it, and given again it
// ends at the same root.
func isKilledBackingUp(t *testing.T, bin binary) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not here: make setup")
	}
	_, desk, err := vault.NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	b := backingUp{
		binary: bin, strace: strace, dir: t.TempDir(),
		back:    []string{"backup", "backups", "--to", "backup.key.pub"},
		restore: []string{"restore", "backups", "back", "--identity", "backup.key"},
	}
	b.must(t, b.dir, "init", "register", "--origin", "test.example/log", "--desk", desk)
	b.must(t, b.dir, "programme", "open", "demo")
	b.must(t, b.dir, "keys", "new-backup-key", "-o", "backup.key")
	b.file(t, 0)
	b.must(t, b.dir, b.back...)
	backups := b.killBackups(t)
	restores := b.killRestores(t)
	b.must(t, b.dir, "verify", "--rebuild", "--dir", "back")
	t.Logf("%d kills of a backup, %d of a restore", backups, restores)
	if backups < 4 || restores < 8 {
		t.Error("too few kills to say anything")
	}
}

// file files a claim, and brings the keys to where backups are restored.
func (b backingUp) file(t *testing.T, n int) {
	t.Helper()
	c := b.command(b.dir, "claim", "file", "-", "--programme", "demo", "--category", "a-departure", "--key", fmt.Sprint("k", n))
	c.Stdin = strings.NewReader(`{"claimant_name":"A. Visser","contact":"Quay Lane 1","place":"marina"}`)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	copyTree(t, filepath.Join(b.dir, "register.keys"), filepath.Join(b.dir, "back.keys"))
}

func (b backingUp) root(t *testing.T, of string) string {
	t.Helper()
	return read[struct{ Root string }](t, b.must(t, b.dir, "log", "head", "--json", "--dir", of)).Root
}

// clear leaves nothing of what was restored but the keys.
func (b backingUp) clear(t *testing.T) {
	t.Helper()
	for _, folder := range []string{"back", "back.heads", "back.heads.restoring", "back.log"} {
		if err := os.RemoveAll(filepath.Join(b.dir, folder)); err != nil {
			t.Fatal(err)
		}
	}
}

func (b backingUp) killBackups(t *testing.T) (kills int) {
	for n, lived := 1, 0; lived < 2 && n < 60; n += 3 {
		b.file(t, n)
		if !b.stracing(t, b.strace, b.dir, n, b.back...) {
			lived++
			continue
		}
		kills++
		b.clear(t)
		b.must(t, b.dir, b.restore...) // the newest that is whole
		b.must(t, b.dir, b.back...)
		b.clear(t)
		b.must(t, b.dir, b.restore...)
		if got, want := b.root(t, "back"), b.root(t, "register"); got != want {
			t.Errorf("backup killed at call %d; the next comes back with root %s, want %s", n, got, want)
		}
	}
	return kills
}

func (b backingUp) killRestores(t *testing.T) (kills int) {
	want := b.root(t, "register")
	for n, lived := 1, 0; lived < 2 && n < 300; n += 2 + n/6 {
		b.clear(t)
		if !b.stracing(t, b.strace, b.dir, n, b.restore...) {
			lived++
			continue
		}
		kills++
		if _, err := os.Lstat(filepath.Join(b.dir, "back", "places.json")); err == nil { // all that was left to do is to tidy up
			b.must(t, b.dir, "verify", "--rebuild", "--dir", "back")
		} else if r := b.try(t, b.dir, "stats", "--dir", "back"); r.code != exitUse || !strings.Contains(r.err, "no installation") {
			t.Errorf("restore killed at call %d, and it opens: %d %s%s", n, r.code, r.out, r.err)
		} else {
			b.must(t, b.dir, b.restore...)
		}
		if got := b.root(t, "back"); got != want {
			t.Errorf("restore killed at call %d: root %s, want %s", n, got, want)
		}
	}
	return kills
}
