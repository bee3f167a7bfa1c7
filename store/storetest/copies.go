package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// copying is one sentence about whole tables that go from one store to another.
type copying struct {
	name string
	run  func(t *testing.T, from, to store.Store)
}

var copies = []copying{
	{"a store that was copied table by table has the same rows, and goes on as the other would", copyAll},
	{"what is copied is one state, that of the call, while a writer writes", copyOneState},
	{"rows come in the order of the key, key first, of three types and never nil", copyShape},
	{"rows whose key is taken are not added, none of them", copyTaken},
	{"a table or a column that isn't there is none", copyUnknown},
	{"a copy that is left half read gives everything free", copyHalfRead},
	{"a copy that fails says so", copyFailing},
}

// filled is a store with one of everything and enough of some things to break
// an adapter's batches: with seq past 2^31, with leaves and with entries that
// wait for theirs.
func filled(t testing.TB, s store.Store) {
	t.Helper()
	for _, step := range everything() {
		write(t, s, step)
	}
	write(t, s, func(tx store.Tx) error {
		if err := tx.PutAnswers([]store.Answer{{Tag: []byte{9}, Fingerprint: []byte{}, Answer: []byte{}}}); err != nil {
			return err
		}
		var list []docket.Entry
		for n := range 90 {
			list = append(list, entry(docket.Stream(fmt.Sprintf("round/demo/%04d", n+10)), 1))
		}
		if err := tx.Append(list...); err != nil {
			return err
		}
		return tx.AddLeaves(leaves(1, list[:45]))
	})
	write(t, s, func(tx store.Tx) error {
		return tx.PutBlobs([]store.Blob{
			{Claim: aClaim(1).ID, Version: docket.Version(past31), Name: "b'\x01\n", Class: "personal", Sealed: []byte{0, 255, '\'', '\\', '\n'}},
			{Claim: aClaim(1).ID, Version: 3, Name: "c", Class: "", Sealed: slices.Repeat([]byte("long"), 50_000)},
		})
	})
}

// copyTables is what backup, restore and move do, in small.
func copyTables(from, to store.Store) error {
	ctx := context.Background()
	return from.CopyOut(ctx, func(c store.Copier) error {
		for _, table := range from.Tables() {
			columns, err := c.Columns(table.Name)
			if err != nil {
				return err
			}
			rows, err := list(c.Rows(table.Name))
			if err != nil {
				return err
			}
			for batch := range slices.Chunk(rows, 41) {
				if err := to.CopyIn(ctx, table.Name, columns, batch); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func copyAll(t *testing.T, from, to store.Store) {
	filled(t, from)
	if err := copyTables(from, to); err != nil {
		t.Fatal(err)
	}
	same(t, dump(t, to), dump(t, from))
	same(t, raw(t, to), raw(t, from)) // with seq, which Rows leaves out
	same(t, waiting(t, to), waiting(t, from))

	// The copy goes on: what comes next waits behind what was copied.
	for _, s := range []store.Store{from, to} {
		write(t, s, func(tx store.Tx) error { return tx.Append(entry("actor/next", 1)) })
	}
	same(t, waiting(t, to), waiting(t, from))
	if all := waiting(t, to); all[len(all)-1].Stream != "actor/next" {
		t.Errorf("what was appended to the copy stands before %s", all[len(all)-1].Stream)
	}
}

// raw are all rows of all tables, as they are copied.
func raw(t testing.TB, s store.Store) map[string][][]any {
	t.Helper()
	all := map[string][][]any{}
	err := s.CopyOut(context.Background(), func(c store.Copier) (err error) {
		for _, table := range s.Tables() {
			if all[table.Name], err = list(c.Rows(table.Name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func copyOneState(t *testing.T, from, _ store.Store) {
	write(t, from, func(tx store.Tx) error { return tx.Append(entries(3)...) })
	err := from.CopyOut(context.Background(), func(c store.Copier) error {
		write(t, from, func(tx store.Tx) error { // before anything was asked
			if err := tx.AddLeaves(leaves(0, entries(3))); err != nil {
				return err
			}
			return tx.Append(entry("actor/late", 1))
		})
		for table, want := range map[string]int{"docket": 3, "unsequenced": 3, "leaves": 0} {
			rows, err := list(c.Rows(table))
			if err != nil {
				return err
			}
			if len(rows) != want {
				t.Errorf("%s: %d rows, want %d", table, len(rows), want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyShape(t *testing.T, from, _ store.Store) {
	filled(t, from)
	keys := map[string][]string{"docket": {"seq"}, "blobs": {"claim_id", "version", "name"}, "annexes": {"root", "row"}, "leaves": {"leaf"}}
	err := from.CopyOut(context.Background(), func(c store.Copier) error {
		for _, table := range from.Tables() {
			columns, err := c.Columns(table.Name)
			if err != nil {
				return err
			}
			if key := keys[table.Name]; !slices.Equal(columns[:len(key)], key) {
				t.Errorf("%s: columns %q", table.Name, columns)
			}
			for row, err := range c.Rows(table.Name) {
				if err != nil {
					return err
				}
				if len(row) != len(columns) || !ofThreeTypes(row) {
					t.Errorf("%s: %#v", table.Name, row)
				}
			}
		}
		versions, err := list(c.Rows("blobs"))
		if err == nil && (len(versions) != 3 || versions[0][1] != int64(1) || versions[1][1] != int64(3) || versions[2][1] != past31) {
			t.Errorf("blobs come as %v", len(versions))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ofThreeTypes(row []any) bool {
	for _, v := range row {
		switch v := v.(type) {
		case int64, string:
		case []byte:
			if v == nil {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func copyTaken(t *testing.T, from, _ store.Store) {
	columns := []string{"key", "value"}
	ctx := context.Background()
	if err := from.CopyIn(ctx, "meta", columns, [][]any{{"b", "1"}}); err != nil {
		t.Fatal(err)
	}
	before := dump(t, from)
	if err := from.CopyIn(ctx, "meta", columns, [][]any{{"a", "1"}, {"b", "2"}}); !errors.Is(err, store.ErrTaken) {
		t.Errorf("got %v", err)
	}
	same(t, dump(t, from), before)
	if err := from.CopyIn(ctx, "meta", columns, nil); err != nil {
		t.Errorf("no rows: %v", err)
	}
}

func copyUnknown(t *testing.T, from, _ store.Store) {
	ctx := context.Background()
	for table, columns := range map[string][]string{
		"none": {"key"}, "meta": {"key", "other"}, "meta; DROP TABLE meta": {"key", "value"}, "actors": {"id"},
	} {
		if err := from.CopyIn(ctx, table, columns, nil); !errors.Is(err, store.ErrNone) {
			t.Errorf("%s: got %v", table, err)
		}
	}
	err := from.CopyOut(ctx, func(c store.Copier) error {
		if _, err := c.Columns("none"); !errors.Is(err, store.ErrNone) {
			t.Errorf("columns: got %v", err)
		}
		_, err := list(c.Rows("none"))
		return err
	})
	if !errors.Is(err, store.ErrNone) {
		t.Errorf("rows: got %v", err)
	}
}

func copyHalfRead(t *testing.T, from, _ store.Store) {
	filled(t, from)
	for range 20 {
		err := from.CopyOut(context.Background(), func(c store.Copier) error {
			next, stop := iter.Pull2(c.Rows("docket"))
			defer stop()
			_, err, _ := next()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(t, from, func(tx store.Tx) error { return tx.UpdateClaims([]claim.Claim{next(next(aClaim(1)))}) })
}

func copyFailing(t *testing.T, from, _ store.Store) {
	if err := from.CopyOut(context.Background(), func(store.Copier) error { return errStop }); !errors.Is(err, errStop) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := from.CopyOut(ctx, func(store.Copier) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	if err := from.CopyIn(ctx, "meta", []string{"key", "value"}, [][]any{{"a", "b"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}
