package sqlite_test

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
)

// A database is made as an older program had it, and is brought up to date once it is
// opened, with what is in it. What no program had is not made up.
func TestADatabaseIsMadeAsAnOlderProgramHadIt(t *testing.T) {
	now, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chancery.db"))
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	err = now.CopyOut(t.Context(), func(c store.Copier) (err error) {
		for _, table := range now.Tables() {
			if columns[table.Name], err = c.Columns(table.Name); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, now.Close()); err != nil {
		t.Fatal(err)
	}
	newest, _, err := sqlite.SchemaOf(t.Context(), columns)
	if err != nil || newest == 0 {
		t.Fatalf("the newest schema is %d, %v", newest, err)
	}

	older := maps.Clone(columns)
	delete(older, "sheets")
	path := filepath.Join(t.TempDir(), "chancery.db")
	old, err := sqlite.OpenAs(t.Context(), path, older)
	if err != nil {
		t.Fatal(err)
	}
	if len(old.Tables()) != len(older) {
		t.Errorf("it has %d tables, and had %d", len(old.Tables()), len(older))
	}
	err = old.CopyIn(t.Context(), "meta", columns["meta"], [][]any{{"origin", "claims.example.org/log"}})
	if err := errors.Join(err, old.Close()); err != nil {
		t.Fatal(err)
	}
	if now, err = sqlite.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer now.Close()
	for _, table := range now.Tables() {
		rows := 0
		for _, err := range now.Rows(t.Context(), table.Name) {
			if err != nil {
				t.Fatalf("table %s: %v", table.Name, err)
			}
			rows++
		}
		if table.Name == "meta" && rows != 1 {
			t.Errorf("meta has %d rows", rows)
		}
	}

	for what, change := range map[string]func(map[string][]string){
		"sheets":  func(c map[string][]string) { c["sheets"] = append(slices.Clone(c["sheets"]), "colour") },
		"notes":   func(c map[string][]string) { delete(c, "notes") },
		"weather": func(c map[string][]string) { c["weather"] = []string{"day"} },
	} {
		other := maps.Clone(columns)
		change(other)
		if schema, unlike, err := sqlite.SchemaOf(t.Context(), other); schema != 0 || unlike != what || err != nil {
			t.Errorf("%s: schema %d, unlike is %q, %v", what, schema, unlike, err)
		}
		if s, err := sqlite.OpenAs(t.Context(), filepath.Join(t.TempDir(), "chancery.db"), other); !errors.Is(err, store.ErrNone) {
			t.Errorf("%s: opened as %v, %v", what, s, err)
		}
	}
}
