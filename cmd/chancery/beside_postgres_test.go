package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/pgtest"
)

// On PostgreSQL serve takes no command's place. What only copies keys goes on beside
// it; what needs the installation for itself is refused and told which serve has it,
// whoever acted since.
func TestKeysBesideServeOnPostgreSQL(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	server := pgtest.Start(t)
	owner := server.URL(pgtest.Owner, server.Database(t, ""))
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--database", owner)
	s := bin.servingFrom(t, "The public figures", dir)
	bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
	for _, command := range []string{
		"keys backup-store --days 20 --key-backups copies", "keys backup -o shares", "keys show", "keys backup-store",
	} {
		bin.must(t, dir, strings.Fields(command)...)
	}
	if copies, err := filepath.Glob(filepath.Join(dir, "copies", "keystore-*.db")); err != nil || len(copies) != 1 {
		t.Errorf("copies: %v, %v", copies, err)
	}
	for _, command := range []string{
		"keys rotate", "keys protect --with file", "keys restore-store register.keys/keystore.db",
		"keys move --to " + server.URL(pgtest.Owner, server.Database(t, "")),
		"log epoch --reason key-rotation --second register.keys/credentials/officer-2.credential",
		"machines one", "machines several", "move --to sqlite --owner " + owner,
	} {
		r := bin.try(t, dir, append(strings.Fields(command), "--json")...)
		if r.code != exitFailed || !strings.Contains(r.err, `"installation.serving"`) || !strings.Contains(r.err, fmt.Sprintf("(process %d)", s.cmd.Process.Pid)) {
			t.Errorf("%s: exit code %d\n%s%s", command, r.code, r.out, r.err)
		}
	}
	s.stop(t)
	bin.must(t, dir, "keys", "rotate")
	bin.sound(t, dir)
}
