package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/vault"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// opening makes a new vault: with its key store in a file, or in a PostgreSQL.
type opening func(t testing.TB) (*vault.Vault, string)

// onBoth holds a law over a key store in a file and over one in a database.
func onBoth(t *testing.T, law func(t *testing.T, opened opening)) {
	t.Helper()
	t.Run("in a file", func(t *testing.T) { law(t, opened) })
	t.Run("in a database", func(t *testing.T) { law(t, openedInDatabase) })
}

var places struct {
	sync.Mutex
	database string
	schemas  int
}

// newDatabase is the address of an empty place in a database: a schema of its
// own, which is made in a moment.
func newDatabase(t testing.TB) string {
	t.Helper()
	server := pgtest.Shared(t)
	places.Lock()
	defer places.Unlock()
	if places.database == "" {
		places.database = server.Database(t, "")
	}
	places.schemas++
	address, name := server.URL(pgtest.Owner, places.database), fmt.Sprintf("s%d", places.schemas)
	server.Exec(t, address, "CREATE SCHEMA "+name)
	return address + "&search_path=" + name
}

func openedInDatabase(t testing.TB) (*vault.Vault, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "keys")
	if err := vault.Create(folder, newDatabase(t)); err != nil {
		t.Fatal(err)
	}
	return reopened(t, folder), folder
}

// asked is one value that the database of a key store answers, behind its back.
func asked[T any](t testing.TB, address, question string, args ...any) (value T) {
	t.Helper()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if err := c.QueryRow(ctx, question, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func wrappedInDatabase(t testing.TB, address string) map[string][][]byte {
	t.Helper()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	rows, err := c.Query(ctx, "SELECT claim_id, wrapped FROM wrapped_keys")
	if err != nil {
		t.Fatal(err)
	}
	wrapped := map[string][][]byte{}
	var claim string
	var key []byte
	if _, err := pgx.ForEachRow(rows, []any{&claim, &key}, func() error {
		wrapped[claim] = append(wrapped[claim], bytes.Clone(key))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func seconds(t testing.TB, folder string) *vault.Vault {
	t.Helper()
	other := filepath.Join(t.TempDir(), "another machine's")
	if err := os.CopyFS(other, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	for _, path := range append(filesBelow(t, other), other, filepath.Join(other, "credentials")) {
		mode := os.FileMode(0o600)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			mode = 0o700
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return reopened(t, other)
}

// Two machines whose folders hold copies of the same small files: what one keeps
// the other opens, and what one destroys is gone on both, for good.
func TestSeveralMachinesHaveOneKeyStore(t *testing.T) {
	here, folder := openedInDatabase(t)
	there := seconds(t, folder)
	blobs := sealed(t, here, manyItems(0, 20)...)
	openAll(t, there, blobs)
	_, late, err := there.Seal(ctx, []vault.Item{{Claim: blobs[0].Claim, Class: "public", Name: "answers"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Destroy(ctx, blobs[0].Claim); err != nil {
		t.Fatal(err)
	}
	wantCode(t, there.Keep(ctx, late), "vault.erased")
	got, err := there.OpenAll(ctx, blobs)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, got[0].Err, "vault.erased")
	wantCode(t, got[2].Err, "")
	if list, err := there.Shredded(ctx); err != nil || len(list) != 1 || list[0].Claim != blobs[0].Claim {
		t.Errorf("the list there: %v, %v", list, err)
	}
}

// A database that came back older is brought to what each machine's list says.
func TestADatabaseOfKeysThatCameBackOlderIsShreddedAgain(t *testing.T) {
	here, folder := openedInDatabase(t)
	there := seconds(t, folder)
	blobs := sealed(t, here, manyItems(0, 2)...)
	address := addressOf(t, folder)
	before := wrappedInDatabase(t, address)[blobs[0].Claim]
	if err := here.Destroy(ctx, blobs[0].Claim); err != nil {
		t.Fatal(err)
	}
	backedUp(t, there) // the other machine's file knows it from its daily copy
	pgtest.Shared(t).Exec(t, address,
		"DELETE FROM destroyed",
		fmt.Sprintf("INSERT INTO wrapped_keys VALUES ('%s', 'personal', '\\x%x')", blobs[0].Claim, before[0]))
	there.Close()
	again := reopened(t, there.Folder())
	_, _, err := again.Open(ctx, blobs[0].Claim, "personal", "answers", blobs[0].Blob)
	wantCode(t, err, "vault.erased")
	if n := len(wrappedInDatabase(t, address)[blobs[0].Claim]); n != 0 {
		t.Errorf("%d keys of it stand there again", n)
	}
}

func addressOf(t testing.TB, folder string) string {
	t.Helper()
	address, err := vault.StoreDatabase(folder)
	if err != nil || address == "" {
		t.Fatal(address, err)
	}
	return address
}

// Whoever wraps a key under a master key that was replaced elsewhere would lose
// it: it is refused, in the midst of the change and after it.
func TestAMachineWithAnOlderMasterKeyKeepsNothing(t *testing.T) {
	here, folder := openedInDatabase(t)
	there := seconds(t, folder)
	blobs := sealed(t, here, manyItems(0, 3)...)
	_, late, err := there.Seal(ctx, manyItems(10, 11))
	if err != nil {
		t.Fatal(err)
	}
	refused := func() {
		t.Helper()
		wantCode(t, there.Keep(ctx, late), "vault.master-changed")
		_, err := there.OpenAll(ctx, blobs)
		wantCode(t, err, "vault.master-changed")
		wantCode(t, there.RotateMaster(ctx, nil), "vault.master-changed")
	}
	here.StopAt(4, errStop) // its mark is set
	if err := here.RotateMaster(ctx, nil); err == nil {
		t.Fatal("it was not stopped")
	}
	refused()
	if err := here.RotateMaster(ctx, nil); err != nil {
		t.Fatal(err)
	}
	refused()
	openAll(t, here, blobs)
	openAll(t, seconds(t, folder), blobs) // with a copy of the new one
}

// The bytes of destroyed keys are in no file of the tables once the day's copy
// was made. (The server's write-ahead log is another matter: docs/threats.md.)
func TestDestroyedKeysAreNotInTheTablesFiles(t *testing.T) {
	v, folder := openedInDatabase(t)
	blobs := sealed(t, v, manyItems(0, 300)...)
	address := addressOf(t, folder)
	wrapped := wrappedInDatabase(t, address)
	if err := v.Destroy(ctx, blobs[0].Claim); err != nil {
		t.Fatal(err)
	}
	backedUp(t, v)
	server := pgtest.Shared(t)
	server.Exec(t, server.URL(pgtest.Superuser, "postgres"), "CHECKPOINT")
	var all []byte
	for _, table := range []string{"wrapped_keys", "wrapped_keys_pkey"} {
		content, err := os.ReadFile(filepath.Join(server.Folder, asked[string](t, address, "SELECT pg_relation_filepath($1::text::regclass)", table)))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	for _, key := range wrapped[blobs[0].Claim] {
		if bytes.Contains(all, key) {
			t.Error("a destroyed key stands there still")
		}
	}
	if living := wrapped[blobs[2].Claim]; len(living) != 2 || !bytes.Contains(all, living[0]) {
		t.Error("a living key was not found by the same search")
	}
}

// Moved there and back, stopped at each step and given again: at no instant is a
// key lost, at none does the old place take what the new one wouldn't have.
func TestAMoveOfTheKeyStoreStoppedAnywhereComesToItsEnd(t *testing.T) {
	for name, back := range map[string]bool{"into a database": false, "out of it": true} {
		t.Run(name, func(t *testing.T) {
			for n, ended := 1, false; !ended; n++ {
				v, folder := opened(t)
				blobs := sealed(t, v, manyItems(0, 1200)...)
				if err := v.Destroy(ctx, blobs[0].Claim); err != nil {
					t.Fatal(err)
				}
				address, to := newDatabase(t), ""
				if to = address; back {
					moved(t, v, address)
					to = ""
				}
				v.StopAt(n, errStop)
				err := v.MoveStore(ctx, to)
				if ended = err == nil; !ended && !errors.Is(err, errStop) {
					t.Fatal(err)
				}
				v.Close()
				v = reopened(t, folder)
				if err := v.EndMove(ctx); err != nil {
					t.Fatal(err)
				}
				blobs = append(blobs, sealed(t, v, manyItems(2000, 2001)...)...)
				if err := v.MoveStore(ctx, to); err != nil && fault.Code(err) != "vault.keys-there" {
					t.Fatalf("stopped at step %d, and again: %v", n, err)
				}
				v.Close()
				v = reopened(t, folder)
				openAll(t, v, blobs[2:])
				_, _, err = v.Open(ctx, blobs[0].Claim, "personal", "answers", blobs[0].Blob)
				wantCode(t, err, "vault.erased")
				if at, err := vault.StoreDatabase(folder); err != nil || (at == "") != back {
					t.Errorf("it is at %q, %v", at, err)
				}
				if keys := asked[int](t, address, "SELECT count(*) FROM wrapped_keys"); back != (keys == 0) {
					t.Errorf("step %d: the database has %d keys", n, keys)
				}
				if _, err := os.Stat(filepath.Join(folder, "keystore.db")); back != (err == nil) {
					t.Errorf("step %d: the file: %v", n, err)
				}
				if ended && n < 3 {
					t.Errorf("it was stopped at %d steps only", n-1)
				}
				v.Close()
			}
		})
	}
}

func moved(t testing.TB, v *vault.Vault, to string) {
	t.Helper()
	if err := v.MoveStore(ctx, to); err != nil {
		t.Fatal(err)
	}
}

// The database that is named is the one that is filled, and found again: an
// environment that leads elsewhere is refused before anything is written.
func TestTheKeysGoWhereItIsSaid(t *testing.T) {
	for _, test := range []struct {
		name     string
		variable func(named string) string
		code     string
	}{
		{"the same, with a password", func(named string) string { return strings.Replace(named, "@", ":secret@", 1) }, ""},
		{"the same by another name", func(named string) string { return strings.Replace(named, "127.0.0.1", "localhost", 1) }, ""},
		{"another one", func(string) string { return newDatabase(t) }, "vault.environment-elsewhere"},
		{"another role", func(named string) string {
			return strings.Replace(named, pgtest.Owner+"@", pgtest.Superuser+"@", 1)
		}, "vault.environment-elsewhere"},
		{"one that doesn't answer", func(string) string { return "postgres://keys:secret@127.0.0.1:1/keys" }, "vault.environment-away"},
		{"one that isn't there", func(named string) string { return named[:strings.LastIndex(named, "/")] + "/none" }, "vault.environment-away"},
		{"no address", func(string) string { return "keys:secret" }, "vault.environment-address"},
	} {
		for way, fill := range map[string]func(t *testing.T, folder, named string) error{
			"made": func(_ *testing.T, folder, named string) error { return vault.Create(folder, named) },
			"moved": func(t *testing.T, folder, named string) error {
				if err := vault.Create(folder, ""); err != nil {
					t.Fatal(err)
				}
				v := reopened(t, folder)
				defer v.Close()
				sealed(t, v, answers("c1", "x"))
				return v.MoveStore(ctx, named)
			},
		} {
			t.Run(test.name+", "+way, func(t *testing.T) {
				named, folder := newDatabase(t), filepath.Join(t.TempDir(), "keys")
				said := test.variable(named)
				t.Setenv(vault.DatabaseEnv, said)
				err := fill(t, folder, named)
				if fault.Code(err) != test.code || strings.Contains(fmt.Sprint(err), "secret") {
					t.Fatalf("got %v, want %q", err, test.code)
				}
				if test.code != "" && !strings.Contains(err.Error(), vault.DatabaseEnv) { // where it comes from
					t.Errorf("the variable isn't named: %v", err)
				}
				reached := []string{named, said}
				if test.code != "" && test.code != "vault.environment-elsewhere" {
					reached = reached[:1]
				}
				for _, address := range reached {
					if there := asked[bool](t, address, "SELECT to_regclass('wrapped_keys') IS NOT NULL"); there != (test.code == "") {
						t.Errorf("%s is filled: %t", address, there)
					}
				}
			})
		}
	}
}

// What can't be a key store's database.
func TestADatabaseThatCannotTakeKeysIsRefused(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, answers("c1", "x"))
	claims := newDatabase(t)
	pgtest.Shared(t).Exec(t, claims, "CREATE TABLE docket ()")
	wantCode(t, v.MoveStore(ctx, claims), "vault.keys-with-claims")
	wantCode(t, v.MoveStore(ctx, "postgres://127.0.0.1/no-role"), "vault.keys-address")
	wantCode(t, v.MoveStore(ctx, "postgres://nobody@127.0.0.1:1/none?sslmode=disable"), "vault.keys-away")
	theirs := newDatabase(t) // whose other roles would be kept out of it
	pgtest.Shared(t).Exec(t, theirs, "CREATE TABLE invoices ()")
	wantCode(t, v.MoveStore(ctx, theirs), "vault.keys-database-other")
	_, others := openedInDatabase(t)
	wantCode(t, v.MoveStore(ctx, addressOf(t, others)), "vault.keys-database-taken")
	wantCode(t, vault.Create(filepath.Join(t.TempDir(), "new"), addressOf(t, others)), "vault.keys-database-taken")
	if err := vault.Create(filepath.Join(t.TempDir(), "new"), claims); fault.Code(err) != "vault.keys-with-claims" {
		t.Error(err)
	}
	// A machine that missed that the key store was moved, and has the old file yet.
	old := seconds(t, folder)
	to := newDatabase(t)
	moved(t, v, to)
	sealed(t, v, answers("c2", "y"))
	wantCode(t, old.MoveStore(ctx, to), "vault.keys-database-used")
	// And one that missed that it was moved back.
	old = seconds(t, folder)
	moved(t, v, "")
	_, late, err := old.Seal(ctx, []vault.Item{answers("c3", "z")})
	if err == nil {
		err = old.Keep(ctx, late)
	}
	wantCode(t, err, "vault.keys-moved")
	wantCode(t, old.Destroy(ctx, "c2"), "vault.keys-moved")
	openAll(t, v, sealed(t, v, answers("c2", "y")))
}

// A copy is the same whatever it is of, and goes back into either.
func TestACopyGoesBackIntoAFileAndIntoADatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, folder := opened(t)
		blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"), answers("c3", "z"))
		if err := v.Destroy(ctx, "c3"); err != nil {
			t.Fatal(err)
		}
		copied := backedUp(t, v)
		if err := v.Destroy(ctx, "c1"); err != nil {
			t.Fatal(err)
		}
		sealed(t, v, answers("c4", "of after the copy"))
		v.Close()
		v = restored(t, folder, copied.Path)
		got, err := v.OpenAll(ctx, blobs)
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, got[0].Err, "vault.erased")
		wantCode(t, got[1].Err, "")
		wantCode(t, got[2].Err, "vault.erased")
		if lost, err := v.Keyless(ctx, []string{"c1", "c2", "c4"}); err != nil || len(lost) != 1 || lost[0] != "c4" {
			t.Errorf("without keys: %v, %v", lost, err)
		}
		replaced, _ := filepath.Glob(filepath.Join(filepath.Dir(copied.Path), "replaced-*.db"))
		if len(replaced) != 1 {
			t.Errorf("what was replaced: %v", replaced)
		}
	})
}
