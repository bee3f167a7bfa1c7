package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// doing carries out statements on a connection.
func doing(t *testing.T, c *sql.Conn, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := c.ExecContext(context.Background(), text); err != nil {
			t.Fatal(text, err)
		}
	}
}

// isSound is that a connection sees rows, and a database that is whole.
func isSound(t *testing.T, what string, c *sql.Conn, rows string) {
	t.Helper()
	if got := rowsOf(t, c); got != rows {
		t.Error(what, got, "want", rows)
	}
	var sound string
	if err := c.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Error(what, sound, err)
	}
}

// A transaction that outgrew its cache is rolled back, and another connection commits in
// its place in the log: what was held of the first is written over nothing of the
// second's.
func TestWhatWasRolledBackIsWrittenOverNobodysCommit(t *testing.T) {
	if err := gather(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "two.db")
	first, second := gatheringOn(t, path, "&vfs="+gathering), gatheringOn(t, path, "&vfs="+gathering)
	reader := gatheringOn(t, path, "")
	doing(t, first, "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB NOT NULL)", "PRAGMA wal_checkpoint(TRUNCATE)",
		"BEGIN IMMEDIATE", "INSERT INTO t VALUES (1, zeroblob(100000))", "ROLLBACK")
	doing(t, second, "INSERT INTO t VALUES (2, randomblob(60000))")
	doing(t, first, "INSERT INTO t VALUES (3, randomblob(60000))")
	isSound(t, "who reads", reader, "2:60000 3:60000")
	isSound(t, "after a crash", gatheringOn(t, copied(t, path, path+"-crashed"), ""), "2:60000 3:60000")
}

// diskIsFull stands for SQLite's own way to write, where there is no room for so many
// writes.
func diskIsFull(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	if noRoom--; noRoom >= 0 {
		return sqlite3.SQLITE_FULL
	}
	return as[fileMover](roomy)(tls, file, buf, n, off)
}

var (
	noRoom int
	roomy  uintptr // SQLite's own way
)

// fullFor has so many writes of the one log of which something is held find no room.
func fullFor(t *testing.T, writes int) {
	t.Helper()
	var log *gathered
	logs.Range(func(_, g any) bool { log = g.(*gathered); return len(log.held) == 0 })
	if len(log.held) == 0 {
		t.Fatal("nothing is held")
	}
	noRoom, roomy = writes, log.plain.FxWrite
	log.plain.FxWrite = pointer(diskIsFull)
}

// A commit that failed, as the disk was full, is nowhere: not even when there is room a
// moment later.
func TestACommitThatFailedIsNotInTheLog(t *testing.T) {
	if err := gather(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "failed.db")
	c := gatheringOn(t, path, "&vfs="+gathering)
	doing(t, c, "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB NOT NULL)", "PRAGMA wal_checkpoint(TRUNCATE)",
		"INSERT INTO t VALUES (1, zeroblob(10))", "BEGIN IMMEDIATE", "INSERT INTO t VALUES (2, zeroblob(100000))")
	fullFor(t, 1)
	if _, err := c.ExecContext(context.Background(), "COMMIT"); err == nil {
		t.Fatal("the disk was full, and nobody said so")
	}
	isSound(t, "who reads", gatheringOn(t, path, ""), "1:10")
	isSound(t, "after a crash", gatheringOn(t, copied(t, path, path+"-crashed"), ""), "1:10")
	doing(t, c, "INSERT INTO t VALUES (3, zeroblob(10))")
	isSound(t, "who reads", gatheringOn(t, path, ""), "1:10 3:10")
}

// The disk is full for a moment, while one of the acts that share a commit reads what
// another wrote. SQLite undoes that one statement and would commit the rest: what was
// held goes to the disk with it, or nothing does.
func TestNothingIsCommittedOfWhichTheLogLacksAPart(t *testing.T) {
	if err := gather(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "full.db")
	c := gatheringOn(t, path, "&vfs="+gathering)
	doing(t, c, "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB NOT NULL)", "CREATE TABLE u (n INTEGER PRIMARY KEY, b BLOB NOT NULL CHECK (length(b) > 0))",
		"INSERT INTO u VALUES (1, zeroblob(10)), (2, zeroblob(10))",
		"BEGIN IMMEDIATE", "SAVEPOINT act", "INSERT INTO t VALUES (1, zeroblob(100000))", "RELEASE act", "SAVEPOINT act")
	fullFor(t, 1)
	if _, err := c.ExecContext(context.Background(), "UPDATE u SET b = (SELECT b FROM t)"); err == nil {
		t.Fatal("the disk was full, and nobody said so")
	}
	doing(t, c, "ROLLBACK TO act", "COMMIT")
	isSound(t, "who reads", gatheringOn(t, path, ""), "1:100000")
	isSound(t, "after a crash", gatheringOn(t, copied(t, path, path+"-crashed"), ""), "1:100000")
}
