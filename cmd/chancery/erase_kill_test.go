package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
	"github.com/openchancery/chancery/vault"
)

// erasing is what lies on disk of one claim: whether it is erased, and how much
// of it is left where.
type erasing struct {
	erased             bool
	blobs, keys, noted int
	pieces             int
}

// isKilledErasing kills an erasure at each of the calls by which something
// becomes durable. Whenever that is, the next command finds the claim as it was
// or finishes its erasure: no entry without the keys gone, no keys gone without
// the entry.
func isKilledErasing(t *testing.T, bin binary) {
	dir := t.TempDir()
	_, desk, err := vault.NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", desk)
	bin.must(t, dir, "programme", "open", "demo")
	bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
	file := bin.command(dir, "claim", "file", "-", "--programme", "demo", "--category", "a-departure", "--key", "desk-1", "--json")
	file.Stdin = strings.NewReader(`{"claimant_name":"A. Visser","contact":"Quay Lane 1","place":"marina"}`)
	out, err := file.Output()
	var filed struct{ Reference, Entry string }
	if err != nil || json.Unmarshal(out, &filed) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	bin.must(t, dir, "claim", "withdraw", filed.Reference)
	id := strings.TrimSuffix(strings.TrimPrefix(filed.Entry, "claim/"), "#1")
	pieces := piecesOf(t, dir, id)
	before := filepath.Join(t.TempDir(), "before")
	copyTree(t, dir, before)

	erase := []string{"erase", filed.Reference, "--ground", "retention", "--second", "register.keys/credentials/officer-2.credential"}
	calls := bin.calls(t, dir, erase...)
	kills, survived, seen := 0, 0, map[bool]int{}
	for _, n := range faulttest.Part(faulttest.Chance(t), calls, 20) {
		copyTree(t, before, dir)
		at, killed := bin.killedAt(t, dir, n, erase...)
		if !killed {
			continue // its threads race: it came to its end in fewer
		}
		kills++
		broken := t.Failed()
		if r := bin.try(t, dir, "actor", "end", "nobody"); r.code != exitUse { // whatever opens it to write
			t.Fatalf("killed at %v, and then: %s%s", at, r.out, r.err)
		}
		got := erasingIn(t, dir, id, pieces)
		seen[got.erased]++
		switch {
		case got.noted != 0:
			t.Errorf("%v: not finished: %+v", at, got)
		case got.erased && got != erasing{erased: true}:
			t.Errorf("%v: erased, and something is left: %+v", at, got)
		case !got.erased && (got.blobs == 0 || got.keys == 0 || got.pieces < len(pieces)):
			t.Errorf("%v: not erased, and something is gone: %+v", at, got)
		}
		if kills%5 == 0 {
			bin.sound(t, dir, "--rebuild")
		}
		if broken == t.Failed() {
			survived++
		}
	}
	faulttest.Tried(t, 20, "SIGKILL at every call of an erasure", kills, survived)
	t.Logf("%d kills; afterwards %d times erased, %d times as it was", kills, seen[true], seen[false])
	if kills < 8 || seen[false] == 0 || seen[true] == 0 {
		t.Error("too few kills to say anything")
	}
}

// database opens one of the installation's databases, when nobody else does.
func database(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// one is the single value of a question.
func one[T any](t *testing.T, db *sql.DB, question string, args ...any) (v T) {
	t.Helper()
	if err := db.QueryRow(question, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func databases(t *testing.T, dir string) (data, keys *sql.DB) {
	t.Helper()
	return database(t, filepath.Join(dir, "register", "chancery.db")), database(t, filepath.Join(dir, "register.keys", "keystore.db"))
}

func piecesOf(t *testing.T, dir, id string) [][]byte {
	t.Helper()
	data, keys := databases(t, dir)
	defer data.Close()
	defer keys.Close()
	return [][]byte{
		one[[]byte](t, data, "SELECT substr(sealed, 10, 32) FROM blobs WHERE claim_id = ?", id),
		one[[]byte](t, data, "SELECT fingerprint FROM idempotency WHERE claim_id = ?", id),
		one[[]byte](t, keys, "SELECT substr(wrapped, 10, 32) FROM wrapped_keys WHERE claim_id = ?", id),
	}
}

func erasingIn(t *testing.T, dir, id string, pieces [][]byte) (e erasing) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, piece := range pieces {
			e.pieces += bytes.Count(text, piece)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	data, keys := databases(t, dir)
	defer data.Close()
	defer keys.Close()
	e.erased = one[string](t, data, "SELECT erased FROM claims WHERE id = ?", id) != ""
	e.blobs = one[int](t, data, "SELECT count(*) FROM blobs WHERE claim_id = ?", id)
	e.noted = one[int](t, data, "SELECT count(*) FROM shredding")
	e.keys = one[int](t, keys, "SELECT count(*) FROM wrapped_keys WHERE claim_id = ?", id)
	return e
}

// copyTree makes to a copy of from, and nothing else.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
