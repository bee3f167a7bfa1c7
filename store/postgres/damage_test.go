package postgres_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
)

// A bit of a page goes bad, of a table or of an index, in a server without
// checksums. What reads by the index reads as before; it is seen all the same.
func TestARowAndItsIndexMustSayTheSame(t *testing.T) {
	own := pgtest.Start(t)
	db := server{own, own.Database(t, "")}
	schema, root := db.prepared(t), docket.Hash(bytes.Repeat([]byte("root"), 8))
	super := db.in(schema, pgtest.Superuser)
	db.Exec(t, super, "CREATE EXTENSION amcheck SCHEMA public", "GRANT EXECUTE ON FUNCTION public.bt_index_check(regclass, boolean) TO "+pgtest.Application)
	s := opened(t, db.in(schema, pgtest.Application))
	write(t, s, func(tx store.Tx) error {
		var leaves []store.Leaf
		for n := range 9 {
			e := docket.Entry{Stream: docket.Stream(fmt.Sprintf("claim/%d", n)), Version: 1, Bytes: []byte("{}")}
			leaves = append(leaves, store.Leaf{Number: int64(n), Ref: e.Ref(), Commitment: e.Commitment()})
			if err := tx.Append(e); err != nil {
				return err
			}
		}
		if err := tx.AddLeaves(leaves); err != nil {
			return err
		}
		var rows []docket.Row
		for n := range 9 {
			rows = append(rows, docket.Row{Index: int64(n), Stream: docket.Stream(fmt.Sprintf("claim/%d", n)), Version: 2, Bytes: []byte("{}")})
		}
		return tx.AppendAnnex(leaves[0].Ref, root, rows)
	})
	if list := damages(t, s); len(list) > 0 {
		t.Fatalf("undamaged: %v", list)
	}
	db.Exec(t, super, "CHECKPOINT")
	files, c := map[string]string{}, as(t, super)
	for _, name := range []string{"docket", "annexes", "annexes_stream_version_key"} {
		files[name] = filepath.Join(own.Folder, list[string](t, c, "SELECT pg_relation_filepath($1)", name)[0])
	}
	own.Stop()
	for name, text := range map[string]string{
		"docket": "claim/4", "annexes": string(root[:]), // of row 0: a page is filled from its end
		"annexes_stream_version_key": "claim/8", // it stays the last: the index is in order
	} {
		content, err := os.ReadFile(files[name])
		must(t, err)
		content[bytes.LastIndex(content, []byte(text))+len(text)-1] ^= 0x40
		must(t, os.WriteFile(files[name], content, 0o600))
	}
	own.Run(t)
	s = opened(t, db.in(schema, pgtest.Application))
	if leaf, row := lost(t, s, root); leaf != "claim/4#1" || row != "claim/0#2" {
		t.Errorf("leaves without %q, annex without %q", leaf, row)
	}
	named := ""
	for _, d := range damages(t, s) {
		named += d.Table + " " + d.Ref.String() + ", "
	}
	if want := "docket claim/t#1, annexes claim/0#2, annexes claim/8#2, "; named != want {
		t.Errorf("named %q, want %q", named, want)
	}
}

func damages(t *testing.T, s store.Store) (list []store.Damage) {
	t.Helper()
	must(t, s.Read(t.Context(), func(r store.Reader) error {
		for d, err := range r.Damage() {
			if err != nil {
				return err
			}
			list = append(list, d)
		}
		return nil
	}))
	return list
}

// lost are the entry without which leaves are read, and the row without which an
// annex is, of those of the test.
func lost(t *testing.T, s store.Store, root docket.Hash) (leaf, row string) {
	t.Helper()
	must(t, s.Read(t.Context(), func(r store.Reader) error {
		for l, err := range r.Leaves(0) {
			if err != nil {
				return err
			}
			if !l.Found {
				leaf += l.Ref.String()
			}
		}
		next := int64(0)
		for a, err := range r.AnnexRows(root) {
			if err != nil {
				return err
			}
			for ; next < a.Index; next++ {
				row += fmt.Sprintf("claim/%d#2", next)
			}
			next++
		}
		for ; next < 9; next++ {
			row += fmt.Sprintf("claim/%d#2", next)
		}
		return nil
	}))
	return leaf, row
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
