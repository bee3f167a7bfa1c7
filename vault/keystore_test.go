package vault_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

var ctx = context.Background()

func manyItems(from, to int) []vault.Item {
	items := make([]vault.Item, 0, 2*(to-from))
	for n := from; n < to; n++ {
		claim := fmt.Sprintf("%032x", uint64(n)*0x9e3779b97f4a7c15)
		items = append(
			items,
			vault.Item{Claim: claim, Class: "personal", Name: "answers", Payload: []byte(`{"claimant":"Olena Kovalenko"}`)},
			vault.Item{Claim: claim, Class: "internal", Name: "trace", Payload: []byte(`{"rule":"formal"}`)},
		)
	}
	return items
}

func TestKeepingTwiceChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, _ := opened(t)
		blobs, keys, err := v.Seal(ctx, manyItems(0, 700))
		if err != nil || keys.Len() != 1400 {
			t.Fatal(keys.Len(), err)
		}
		for range 2 {
			if err := v.Keep(ctx, keys); err != nil {
				t.Fatal(err)
			}
		}
		if _, again, err := v.Seal(ctx, manyItems(0, 700)); err != nil || again.Len() != 0 {
			t.Fatalf("made %d keys anew, %v", again.Len(), err)
		}
		openAll(t, v, blobs)
	})
}

func openAll(t *testing.T, v *vault.Vault, blobs []vault.Sealed) {
	t.Helper()
	got, err := v.OpenAll(ctx, blobs)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range got {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
}

// Two requests file the same claim at once: the second must not store blobs
// under a key that never came to be kept.
func TestTheSecondOfTwoKeysIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, _ := opened(t)
		_, first, err := v.Seal(ctx, []vault.Item{answers("c2", "x")})
		if err != nil {
			t.Fatal(err)
		}
		_, second, err := v.Seal(ctx, []vault.Item{answers("c1", "y"), answers("c2", "y")})
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Keep(ctx, first); err != nil {
			t.Fatal(err)
		}
		err = v.Keep(ctx, second)
		wantCode(t, err, "vault.key-made-twice")
		if !fault.Is(err, fault.Conflict) {
			t.Error("not a conflict")
		}
		// Nothing of the refused ones was kept: c1 still has its key to be made.
		if _, keys, err := v.Seal(ctx, []vault.Item{answers("c1", "y"), answers("c2", "y")}); err != nil || keys.Len() != 1 {
			t.Fatalf("%d keys made, %v", keys.Len(), err)
		}
	})
}

func TestManyAtOnceLoseNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, _ := opened(t)
		var group sync.WaitGroup
		for worker := range 8 {
			group.Go(func() {
				items := manyItems(worker/2*50, worker/2*50+50) // two workers on the same claims
				for {
					blobs, keys, err := v.Seal(ctx, items)
					if err == nil {
						err = v.Keep(ctx, keys)
					}
					if fault.Is(err, fault.Conflict) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					openAll(t, v, blobs)
					return
				}
			})
		}
		group.Wait()
	})
}

func TestADestroyedKeyOpensNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, folder := opened(t)
		desk(t, v)
		erased := sealed(t, v, manyItems(0, 1)...)
		kept := sealed(t, v, manyItems(1, 2)...)
		_, late, err := v.Seal(ctx, []vault.Item{{Claim: erased[0].Claim, Class: "sensitive", Name: "answers"}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := v.Destroy(ctx, erased[0].Claim, "a claim without keys"); err != nil {
				t.Fatal(err)
			}
		}
		for _, v := range []*vault.Vault{v, reopened(t, folder)} {
			got, err := v.OpenAll(ctx, append(erased, kept...))
			if err != nil {
				t.Fatal(err)
			}
			wantCode(t, got[0].Err, "vault.erased")
			wantCode(t, got[1].Err, "vault.erased")
			if got[2].Err != nil || got[3].Err != nil {
				t.Error("another claim's blobs went with it")
			}
			_, _, err = v.Seal(ctx, []vault.Item{answers(erased[0].Claim, "again")})
			wantCode(t, err, "vault.erased")
			wantCode(t, v.Keep(ctx, late), "vault.erased")
		}
	})
}

// What is deleted is overwritten in the file too, not only unlinked from the
// tree: the wrapped bytes of destroyed keys are nowhere in it, and those of
// the others are.
func TestDestroyedKeysAreNotInTheFile(t *testing.T) {
	v, folder := opened(t)
	const claims, every = 6000, 20
	for from := 0; from < claims; from += 500 {
		sealed(t, v, manyItems(from, from+500)...)
	}
	path := filepath.Join(folder, "keystore.db")
	wrapped := wrappedKeys(t, path)
	var gone []string
	for n := 0; n < claims; n += every {
		gone = append(gone, manyItems(n, n+1)[0].Claim)
	}
	if err := v.Destroy(ctx, gone...); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the write-ahead log is not cut: %v, %v", info, err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, claim := range gone {
		for _, key := range wrapped[claim] {
			if bytes.Contains(file, key) {
				t.Fatalf("a destroyed key of %s is still in the file", claim)
			}
		}
	}
	if alive := wrapped[manyItems(1, 2)[0].Claim]; len(alive) != 2 || !bytes.Contains(file, alive[0]) {
		t.Error("a living key was not found by the same search")
	}
}

func wrappedKeys(t *testing.T, path string) map[string][][]byte {
	t.Helper()
	if address, err := vault.StoreDatabase(filepath.Dir(path)); err != nil || address != "" {
		return wrappedInDatabase(t, address)
	}
	wrapped := map[string][][]byte{}
	bySQL(t, path, func(db *sql.DB) error {
		rows, err := db.Query("SELECT claim_id, wrapped FROM wrapped_keys")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var claim string
			var key []byte
			if err := rows.Scan(&claim, &key); err != nil {
				return err
			}
			wrapped[claim] = append(wrapped[claim], key)
		}
		return rows.Err()
	})
	return wrapped
}

// bySQL works on the key store behind its back.
func bySQL(t *testing.T, path string, do func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)+"?_pragma=busy_timeout(10000)") // what is kept ahead is written meanwhile
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(db), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAKeyPutInAnothersPlaceIsRefused(t *testing.T) {
	v, folder := opened(t)
	blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"))
	bySQL(t, filepath.Join(folder, "keystore.db"), func(db *sql.DB) error {
		_, err := db.Exec(`UPDATE wrapped_keys SET wrapped = (SELECT wrapped FROM wrapped_keys WHERE claim_id = 'c2')
			WHERE claim_id = 'c1'`)
		return err
	})
	_, _, err := v.Open(ctx, "c1", "personal", "answers", blobs[0].Blob)
	wantCode(t, err, "vault.key-damaged")
	_, _, err = v.Seal(ctx, []vault.Item{answers("c1", "z")})
	wantCode(t, err, "vault.key-damaged")
}

// A process is killed after Keep and before the act: the keys are there, the
// claim's next Seal takes them, and no blob is without its key.
func TestKilledBetweenKeepAndTheAct(t *testing.T) {
	const claims = 3000
	if folder := os.Getenv("VAULT_TEST_CHILD"); folder != "" {
		v := reopened(t, folder)
		_, keys, err := v.Seal(ctx, manyItems(0, claims))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(os.Stdout, "keeping")
		if err := v.Keep(ctx, keys); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(os.Stdout, "kept")
		time.Sleep(time.Minute) // the parent kills us
	}
	onBoth(t, func(t *testing.T, opened opening) { killedAtEachMoment(t, claims, opened) })
}

func killedAtEachMoment(t *testing.T, claims int, opened opening) {
	for _, moment := range []struct {
		name, line string
		after      time.Duration
	}{
		{"as Keep begins", "keeping", 0},
		{"in Keep", "keeping", 12 * time.Millisecond},
		{"late in Keep", "keeping", 30 * time.Millisecond},
		{"about its commit", "keeping", 50 * time.Millisecond},
		{"after Keep", "kept", 0},
	} {
		t.Run(moment.name, func(t *testing.T) {
			v, folder := opened(t)
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			killChild(t, folder, moment.line, moment.after)
			v = reopened(t, folder)
			blobs, keys, err := v.Seal(ctx, manyItems(0, claims))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d keys were to be made again", keys.Len())
			if keys.Len() != 0 && (keys.Len() != 2*claims || moment.line == "kept") {
				t.Errorf("%d keys of %d were kept: neither all nor none", 2*claims-keys.Len(), 2*claims)
			}
			if err := v.Keep(ctx, keys); err != nil {
				t.Fatal(err)
			}
			openAll(t, v, blobs)
		})
	}
}

// killChild runs the test above as a process of its own, and kills it that
// long after it has printed the line.
func killChild(t *testing.T, folder, line string, after time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledBetweenKeepAndTheAct$")
	child.Env = append(os.Environ(), "VAULT_TEST_CHILD="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var said []byte
	for !bytes.Contains(said, []byte(line+"\n")) {
		b := make([]byte, 256)
		n, err := out.Read(b)
		if err != nil {
			t.Fatalf("the child ended: %s", said)
		}
		said = append(said, b[:n]...)
	}
	time.Sleep(after)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed, and says so
}
