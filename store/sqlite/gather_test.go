package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// gatheringOn opens a database whose log's writes are gathered, with a cache so small that
// a transaction outgrows it and reads back what it wrote.
func gatheringOn(t rapidOrTest, path, vfs string) *sql.Conn {
	db, err := sql.Open("sqlite", dsn(path, "rwc", "FULL")+vfs+"&_pragma=cache_size(10)")
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

type rapidOrTest interface {
	Fatal(...any)
	Error(...any)
	Cleanup(func())
}

// rowsOf is all that a connection sees.
func rowsOf(t rapidOrTest, c *sql.Conn) string {
	var text sql.NullString
	if err := c.QueryRowContext(context.Background(), "SELECT group_concat(n || ':' || length(b), ' ') FROM (SELECT n, b FROM t ORDER BY n)").Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text.String
}

// Whatever transactions do, large ones, ones that are rolled back in part or whole: a
// database whose log's writes are gathered holds what SQLite's own way makes of them,
// and so does a copy of its files of any moment between two of them, as a crash
// leaves it.
func TestALogWhoseWritesAreGatheredHoldsTheSame(t *testing.T) {
	if err := gather(); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		folder, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		path := filepath.Join(folder, "gathered.db")
		both := []*sql.Conn{gatheringOn(rt, path, "&vfs="+gathering), gatheringOn(rt, filepath.Join(folder, "plain.db"), "")}
		reader := gatheringOn(rt, path, "")
		do := func(text string, values ...any) {
			for _, c := range both {
				if _, err := c.ExecContext(context.Background(), text, values...); err != nil {
					rt.Fatal(text, err)
				}
			}
		}
		do("CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB NOT NULL)")
		committed := ""
		for tx := range rapid.IntRange(1, 6).Draw(rt, "transactions") {
			do("BEGIN IMMEDIATE")
			for range rapid.IntRange(0, 12).Draw(rt, "steps") {
				n, size := rapid.IntRange(0, 40).Draw(rt, "n"), rapid.SampledFrom([]int{1, 500, 5_000, 60_000, 300_000}).Draw(rt, "size")
				switch rapid.SampledFrom([]string{"put", "put", "put", "delete", "savepoint", "back"}).Draw(rt, "step") {
				case "put":
					do("INSERT OR REPLACE INTO t VALUES (?, zeroblob(?))", n, size)
				case "delete":
					do("DELETE FROM t WHERE n > ?", n)
				case "savepoint":
					do("SAVEPOINT s")
				case "back":
					do("SAVEPOINT s")
					do("INSERT OR REPLACE INTO t VALUES (?, zeroblob(?))", n, size)
					do("ROLLBACK TO s")
				}
			}
			if seen := rowsOf(rt, reader); seen != committed {
				rt.Fatal("a reader sees of transaction", tx, seen, "where was committed", committed)
			}
			do(rapid.SampledFrom([]string{"COMMIT", "COMMIT", "ROLLBACK"}).Draw(rt, "end"))
			want := rowsOf(rt, both[1])
			committed = want
			crashed := copied(rt, path, filepath.Join(folder, fmt.Sprint("crashed-", tx)))
			for what, c := range map[string]*sql.Conn{"itself": both[0], "a reader": reader, "after a crash": gatheringOn(rt, crashed, "")} {
				if got := rowsOf(rt, c); got != want {
					rt.Fatal(what, got, "want", want)
				}
				var sound string
				if err := c.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
					rt.Fatal(what, sound, err)
				}
			}
			if rapid.Bool().Draw(rt, "checkpoint") {
				do(rapid.SampledFrom([]string{"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(RESTART)", "PRAGMA wal_checkpoint(TRUNCATE)"}).Draw(rt, "how"))
			}
		}
	})
}

// copied copies a database's file and log.
func copied(t rapidOrTest, path, to string) string {
	for _, end := range []string{"", "-wal"} {
		err := func() error {
			from, err := os.Open(path + end)
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			f, err := os.Create(to + end)
			if err != nil {
				return err
			}
			_, err = io.Copy(f, from)
			return errors.Join(err, f.Close(), from.Close())
		}()
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}
