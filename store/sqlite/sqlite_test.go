package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
	"github.com/openchancery/chancery/store/storetest"
)

// entry is an entry of an actor's stream; nothing here looks into it.
func entry(id string, version docket.Version) docket.Entry {
	return docket.Entry{Stream: docket.Stream("actor/" + id), Version: version, Bytes: []byte("{}")}
}

func appendEntry(t testing.TB, s *sqlite.Store, e docket.Entry) {
	t.Helper()
	if err := s.Write(context.Background(), func(tx store.Tx) error { return tx.Append(e) }); err != nil {
		t.Fatal(err)
	}
}

func lastVersion(t testing.TB, s *sqlite.Store, id string) (last docket.Version) {
	t.Helper()
	err := s.Read(context.Background(), func(r store.Reader) (err error) {
		last, err = r.LastVersion(docket.Stream("actor/" + id))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// asTool opens the database as any tool on the machine may.
func asTool(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// recorded is a database with one row in each table of the docket, and in the
// reading log.
func recorded(t *testing.T) (*sqlite.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := opened(t, path)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		e := entry("a", 1)
		if err := tx.Append(e); err != nil {
			return err
		}
		row := docket.Row{Stream: "claim/a", Version: 2, Bytes: []byte("{}")}
		if err := tx.AppendAnnex(e.Ref(), docket.Hash{1}, []docket.Row{row}); err != nil {
			return err
		}
		if err := tx.AddLeaves([]store.Leaf{{Ref: e.Ref(), Commitment: e.Commitment()}}); err != nil {
			return err
		}
		return tx.AppendReadings([]store.Reading{{Number: 1, Claim: "a", Line: []byte("{}")}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestTheDocketAndTheReadingLogAreAppendOnly(t *testing.T) {
	s, path := recorded(t)
	tool := asTool(t, path)
	for _, table := range s.Tables() {
		if table.Class != store.Docket && table.Name != "readings" {
			continue
		}
		statements := []string{"DELETE FROM " + table.Name, "DELETE FROM " + table.Name + " WHERE rowid > -1"}
		if table.Name == "annexes" { // it has no rowid
			statements[1] = "DELETE FROM annexes WHERE version > 0"
		}
		for _, column := range columnsOf(t, tool, table.Name) {
			statements = append(statements, fmt.Sprintf("UPDATE %s SET %s = %s", table.Name, column, column))
		}
		replace := fmt.Sprintf("REPLACE INTO %s SELECT * FROM %s", table.Name, table.Name)
		for _, text := range statements {
			if _, err := tool.Exec(text); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: by a tool: %v", text, err)
			}
		}
		for _, text := range append(statements, replace) {
			if err := s.Exec(t.Context(), text); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: by ourselves: %v", text, err)
			}
		}
	}
}

func columnsOf(t testing.TB, db *sql.DB, table string) []string {
	t.Helper()
	return texts(t, db, "SELECT name FROM pragma_table_info('"+table+"')")
}

func texts(t testing.TB, db *sql.DB, question string) (list []string) {
	t.Helper()
	rows, err := db.Query(question)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

// A table that nobody listed would be neither verified nor rebuilt, and one
// that isn't STRICT would take a float for an amount.
func TestTheListOfTablesIsTheDatabasesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := opened(t, path)
	var listed []string
	for _, table := range s.Tables() {
		listed = append(listed, table.Name)
	}
	slices.Sort(listed)
	there := texts(t, asTool(t, path), "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if !slices.Equal(listed, there) {
		t.Errorf("listed\n%q, in the database\n%q", listed, there)
	}
	for _, name := range texts(t, asTool(t, path), "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND NOT strict") {
		t.Errorf("table %s isn't STRICT", name)
	}
}

// Whoever shards by claim, or deletes what is left of an erased one, needs the
// claim's id in every key of the claim's own tables.
func TestAClaimsTablesAreKeyedByTheClaim(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := opened(t, path)
	tool := asTool(t, path)
	var keys []storetest.Key
	for _, table := range s.Tables() {
		keys = append(keys, storetest.Key{Table: table.Name, Columns: texts(t, tool, "SELECT name FROM pragma_table_info('"+table.Name+"') WHERE pk > 0 ORDER BY pk")})
		for _, index := range texts(t, tool, `SELECT name FROM pragma_index_list('`+table.Name+`') WHERE "unique"`) {
			keys = append(keys, storetest.Key{Table: table.Name, Columns: texts(t, tool, "SELECT name FROM pragma_index_info('"+index+"') ORDER BY seqno")})
		}
		for _, foreign := range texts(t, tool, "SELECT id FROM pragma_foreign_key_list('"+table.Name+"') GROUP BY id") {
			keys = append(keys, storetest.Key{Table: table.Name, Columns: texts(t, tool, `SELECT "from" FROM pragma_foreign_key_list('`+table.Name+"') WHERE id = "+foreign)})
		}
	}
	storetest.Keys(t, s.Tables(), keys)
}

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chancery.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	appendEntry(t, s, entry("a", 1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tool := asTool(t, path)
	if _, err := tool.Exec(fmt.Sprintf("PRAGMA user_version = %d", sqlite.Schema+1)); err != nil {
		t.Fatal(err)
	}
	if err := tool.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.Open(t.Context(), path); fault.Code(err) != "store.schema-newer" {
		t.Errorf("opened %v, %v", s, err)
	}
	// The last one who has it open takes its log away.
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still open: %v", err)
	}
	if s, err := sqlite.OpenReadOnly(path); fault.Code(err) != "store.schema-newer" {
		t.Errorf("opened to read %v, %v", s, err)
	}
	if _, err := asTool(t, path).Exec("PRAGMA user_version = 0"); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.OpenReadOnly(path); fault.Code(err) != "store.schema-older" {
		t.Errorf("an older one: opened to read %v, %v", s, err)
	}
}

func TestADatabaseIsOpenedAgainWithAllThatWasWritten(t *testing.T) {
	at := path(t)
	for n := docket.Version(1); n <= 3; n++ {
		s, err := sqlite.Open(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if last := lastVersion(t, s, "a"); last != n-1 {
			t.Errorf("opened with %d entries", last)
		}
		appendEntry(t, s, entry("a", n))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnActIsOnDiskWhenItIsDone(t *testing.T) {
	s := opened(t, path(t))
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "fullfsync": "1", "checkpoint_fullfsync": "1"} { // 2 is FULL
		if got, err := s.Setting(t.Context(), pragma); err != nil || got != want {
			t.Errorf("%s is %s, %v", pragma, got, err)
		}
	}
}

func TestADatabaseIsItsOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, filepath.Join(folder, "chancery.db"))
	appendEntry(t, s, entry("a", 1))
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestWhatIsNoDatabaseIsRefused(t *testing.T) {
	folder := t.TempDir()
	letter := filepath.Join(folder, "letter.db")
	if err := os.WriteFile(letter, []byte(strings.Repeat("Dear Sir or Madam, ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{letter, folder, filepath.Join(folder, "none", "chancery.db")} {
		if s, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", path, s, err)
		}
		if s, err := sqlite.OpenReadOnly(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("to read, %s: %v, %v", path, s, err)
		}
	}
	missing := filepath.Join(folder, "missing.db")
	if _, err := sqlite.OpenReadOnly(missing); err == nil {
		t.Error("one that isn't there was opened")
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("reading made it")
	}
}

// Beside the writer, after it, and after it was killed.
func TestAReaderWritesNothing(t *testing.T) {
	at := path(t)
	s, err := sqlite.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	appendEntry(t, s, entry("a", 1))
	beside, err := sqlite.OpenReadOnly(at)
	if err != nil {
		t.Fatal(err)
	}
	appendEntry(t, s, entry("a", 2))
	if last := lastVersion(t, beside, "a"); last != 2 {
		t.Errorf("beside the writer it reads %d entries", last)
	}
	err = beside.Write(t.Context(), func(tx store.Tx) error { return tx.Append(entry("a", 3)) })
	if err == nil {
		t.Error("a reader wrote")
	}
	for _, s := range []*sqlite.Store{beside, s} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := sqlite.OpenReadOnly(at)
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	if last := lastVersion(t, alone, "a"); last != 2 {
		t.Errorf("alone it reads %d entries", last)
	}
	if after, err := os.ReadFile(at); err != nil || !slices.Equal(before, after) {
		t.Errorf("the file changed, %v", err)
	}
}

// databaseOfHelper says, in the environment, that this process is the second
// writer of the test below, and to which database.
const databaseOfHelper = "CHANCERY_TEST_DATABASE"

func TestMain(m *testing.M) {
	if path := os.Getenv(databaseOfHelper); path != "" {
		os.Exit(secondWriter(path))
	}
	os.Exit(m.Run())
}

func secondWriter(path string) int {
	s, err := sqlite.Open(context.Background(), path)
	if err == nil {
		fmt.Println("opened")
		err = s.Write(context.Background(), func(tx store.Tx) error {
			last, err := tx.LastVersion("actor/a")
			if err != nil {
				return err
			}
			return tx.Append(entry("a", last+1))
		})
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("wrote")
	return 0
}

// An installation's lock keeps a second process out; where one comes past it
// all the same, the database makes it wait for the act that is under way.
func TestASecondProcessWaitsForTheActUnderWay(t *testing.T) {
	at := path(t)
	s := opened(t, at)
	appendEntry(t, s, entry("a", 1))
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), databaseOfHelper+"="+at)
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("opened\n"))
	err = s.Write(t.Context(), func(tx store.Tx) error {
		if err := tx.Append(entry("a", 2)); err != nil {
			return err
		}
		if err := helper.Start(); err != nil {
			return err
		}
		if _, err := io.ReadFull(out, said); err != nil {
			return err
		}
		time.Sleep(300 * time.Millisecond) // long enough for the second to have written, if it could
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(out)
	if err := helper.Wait(); err != nil || string(rest) != "wrote\n" {
		t.Fatalf("the second process: %s%s, %v", said, rest, err)
	}
	if last := lastVersion(t, s, "a"); last != 3 {
		t.Errorf("the stream has %d entries", last)
	}
}

func TestAWaitForAnotherProcessCanBeGivenUp(t *testing.T) {
	at := path(t)
	s, other := opened(t, at), opened(t, at)
	err := s.Write(t.Context(), func(store.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		begin := time.Now()
		if err := other.Write(ctx, func(store.Tx) error { return nil }); err == nil || time.Since(begin) > 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	appendEntry(t, other, entry("a", 1))
}
