package main

import (
	"encoding/json"
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

// isKilledBackingUp kills a backup, and then a restore, at calls by which something
// becomes durable. Whenever that is, the backup before is whole and the next one
// too; and a restore leaves nothing that opens, or all of it, and given again it
// ends at the same root.
func isKilledBackingUp(t *testing.T, bin binary) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not here: make setup")
	}
	dir := t.TempDir()
	_, desk, err := vault.NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", desk)
	bin.must(t, dir, "programme", "open", "demo")
	bin.must(t, dir, "keys", "new-backup-key", "-o", "backup.key")
	back := []string{"backup", "backups", "--to", "backup.key.pub"}
	restore := []string{"restore", "backups", "back", "--identity", "backup.key"}
	file := func(n int) {
		c := bin.command(dir, "claim", "file", "-", "--programme", "demo", "--category", "a-departure", "--key", fmt.Sprint("k", n))
		c.Stdin = strings.NewReader(`{"claimant_name":"A. Visser","contact":"Quay Lane 1","place":"marina"}`)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	root := func(of string) string {
		var head struct{ Root string }
		r := bin.must(t, dir, "log", "head", "--json", "--dir", of)
		if err := json.Unmarshal([]byte(r.out), &head); err != nil {
			t.Fatal(err)
		}
		return head.Root
	}
	clear := func() {
		for _, folder := range []string{"back", "back.heads", "back.heads.restoring", "back.log"} {
			if err := os.RemoveAll(filepath.Join(dir, folder)); err != nil {
				t.Fatal(err)
			}
		}
	}
	file(0)
	bin.must(t, dir, back...)
	copyTree(t, filepath.Join(dir, "register.keys"), filepath.Join(dir, "back.keys"))

	backups := 0
	for n, lived := 1, 0; lived < 2 && n < 60; n += 3 {
		file(n)
		copyTree(t, filepath.Join(dir, "register.keys"), filepath.Join(dir, "back.keys"))
		if !bin.stracing(t, strace, dir, n, back...) {
			lived++
			continue
		}
		backups++
		clear()
		bin.must(t, dir, restore...) // the newest that is whole
		bin.must(t, dir, back...)
		clear()
		bin.must(t, dir, restore...)
		if got, want := root("back"), root("register"); got != want {
			t.Errorf("backup killed at call %d; the next comes back with root %s, want %s", n, got, want)
		}
	}
	want := root("register")
	restores, whole := 0, 0
	for n, lived := 1, 0; lived < 2 && n < 300; n += 2 + n/6 {
		clear()
		if !bin.stracing(t, strace, dir, n, restore...) {
			lived++
			continue
		}
		restores++
		if _, err := os.Lstat(filepath.Join(dir, "back", "places.json")); err == nil {
			whole++ // all that was left to do is to tidy up
			bin.must(t, dir, "verify", "--rebuild", "--dir", "back")
		} else if r := bin.try(t, dir, "stats", "--dir", "back"); r.code != exitUse || !strings.Contains(r.err, "no installation") {
			t.Errorf("restore killed at call %d, and it opens: %d %s%s", n, r.code, r.out, r.err)
		} else {
			bin.must(t, dir, restore...)
		}
		if got := root("back"); got != want {
			t.Errorf("restore killed at call %d: root %s, want %s", n, got, want)
		}
	}
	bin.must(t, dir, "verify", "--rebuild", "--dir", "back")
	t.Logf("%d kills of a backup; %d of a restore, %d of them when all was there", backups, restores, whole)
	if backups < 4 || restores < 8 {
		t.Error("too few kills to say anything")
	}
}
