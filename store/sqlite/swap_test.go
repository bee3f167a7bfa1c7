package sqlite

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

// Pages that SQLite brings in order are found again, among them when a transaction is
// undone and the database shrinks: the cache forgets a number that is none, and no other.
func TestPagesThatChangePlacesAreFoundAgain(t *testing.T) {
	db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "swapped.db"), "rwc", "FULL"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(text string, args ...any) {
		t.Helper()
		if _, err := db.Exec(text, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("PRAGMA auto_vacuum = incremental")
	exec("VACUUM")
	exec("CREATE TABLE claims (id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE)")
	exec("CREATE INDEX backwards ON claims (reference DESC, id)")
	before, r, stand := swaps.Load(), rand.New(rand.NewPCG(1, 2)), 0
	for n := range 60 {
		exec("BEGIN")
		for range 200 {
			exec("INSERT INTO claims (reference) VALUES (?)", fmt.Sprintf("%016x", r.Uint64()))
		}
		switch n % 6 {
		case 3:
			exec("SAVEPOINT act")
			exec("DELETE FROM claims WHERE id % 3 = 0")
			exec("ROLLBACK TO act")
		case 4:
			exec("ROLLBACK")
			continue
		}
		exec("COMMIT")
		if stand += 200; n%6 == 5 { // it gets shorter
			exec("DELETE FROM claims WHERE id <= (SELECT max(id) FROM claims) - 400")
			exec("PRAGMA incremental_vacuum")
			if err := db.QueryRow("SELECT count(*) FROM claims").Scan(&stand); err != nil {
				t.Fatal(err)
			}
		}
		var found int
		var sound string
		if err := db.QueryRow("SELECT count(DISTINCT reference) FROM claims").Scan(&found); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil {
			t.Fatal(err)
		}
		if sound != "ok" || found != stand {
			t.Fatalf("after %d transactions %d of %d are found, and the database is %s", n+1, found, stand, sound)
		}
	}
	if swaps.Load() == before {
		t.Error("no two pages changed places: the cache is SQLite's own, or this test tries nothing")
	}
}
