package office_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/simulate"
)

// demoFolder holds the installations that demos were played in, made once for
// all the tests that look at one.
var demoFolder string

func TestMain(m *testing.M) {
	if what := os.Getenv(killedAt); what != "" { // a process that a test kills
		fmt.Println(doAndBeKilled(what))
		os.Exit(1)
	}
	var err error
	if demoFolder, err = os.MkdirTemp("", "office-test-"); err != nil {
		panic(err)
	}
	code := pgtest.Main(m)
	_ = os.RemoveAll(demoFolder)
	os.Exit(code)
}

// played is the installation, closed, in which a demo of so many claims was
// played from seed 1.
func played(t testing.TB, claims int) installation.Places {
	t.Helper()
	demosPlayed.Lock()
	defer demosPlayed.Unlock()
	places := installation.Beside(filepath.Join(demoFolder, "demo-"+string(rune('0'+len(demosPlayed.by)))))
	if known, ok := demosPlayed.by[claims]; ok {
		return known
	}
	demosPlayed.by[claims] = places
	play(t, places, 1, claims)
	return places
}

var demosPlayed = struct {
	sync.Mutex
	by map[int]installation.Places
}{by: map[int]installation.Places{}}

func play(t testing.TB, places installation.Places, seed int64, claims int) {
	t.Helper()
	clock := simulate.NewClock()
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(seed), Desk: public}
	must(t, installation.Create(t.Context(), places, "demo.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	demo, err := simulate.NewDemo(t.Context(), i, seed, claims, clock)
	must(t, err)
	_, err = demo.Run(t.Context())
	must(t, err)
	must(t, i.Close())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// copied is a copy of an installation, to do with as one likes.
func copied(t testing.TB, of installation.Places) installation.Places {
	t.Helper()
	to := installation.Beside(filepath.Join(t.TempDir(), "copy"))
	for from, to := range map[string]string{of.Data: to.Data, of.Keys: to.Keys, of.Heads: to.Heads, of.Log: to.Log} {
		err := os.CopyFS(to, os.DirFS(from))
		for try := 0; errors.Is(err, fs.ErrNotExist) && try < 20; try++ {
			// Who read the original has gone, and SQLite's own files with them.
			must(t, os.RemoveAll(to))
			err = os.CopyFS(to, os.DirFS(from))
		}
		must(t, err)
		must(t, os.Chmod(to, 0o700))
	}
	if _, err := os.Stat(of.Evidence); err == nil {
		must(t, os.CopyFS(to.Evidence, os.DirFS(of.Evidence)))
	}
	where, err := json.Marshal(to)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(to.Data, "places.json"), where, 0o600))
	must(t, filepath.WalkDir(to.Keys, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	}))
	return to
}

// reopened opens an installation to read, as verify does.
func reopened(t testing.TB, places installation.Places) *installation.Installation {
	t.Helper()
	i, err := installation.Open(context.Background(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	return i
}

// behindItsBack opens the database as an intruder does who owns the machine:
// the triggers are gone.
func behindItsBack(t testing.TB, places installation.Places) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(places.Data, "chancery.db")+"?_pragma=busy_timeout(10000)")
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'trigger'")
	must(t, err)
	var triggers []string
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		triggers = append(triggers, name)
	}
	must(t, rows.Close())
	for _, name := range triggers {
		run(t, db, "DROP TRIGGER "+name)
	}
	return db
}

func run(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func verified(t testing.TB, i *installation.Installation) *office.Verified {
	t.Helper()
	v, err := i.Office.Verify(context.Background(), nil)
	must(t, err)
	return v
}
