package postgres

import (
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// Where its pages have checksums, as they do from PostgreSQL 18 on, the server
// refuses one that was changed. Without them amcheck finds rows and indexes that
// don't say the same; as it comes it is the superuser's alone, and who operates
// the server gives it to our role (docs/operations.md).

// Damage asks amcheck, where it is there for our role; else it has nothing to
// add to what the server says by itself.
func (r *reader) Damage() iter.Seq2[store.Damage, error] {
	return func(yield func(store.Damage, error) bool) {
		check, err := one(r, value[string], `SELECT format('%I.bt_index_check', n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
			WHERE e.extname = 'amcheck' AND has_schema_privilege(n.oid, 'USAGE')
				AND has_function_privilege(to_regprocedure(format('%I.bt_index_check(regclass,boolean)', n.nspname)), 'EXECUTE')`)
		if errors.Is(err, store.ErrNone) {
			return
		}
		for _, t := range tables {
			var said []string
			if err == nil {
				said, err = r.amcheck(check, t.Name)
			}
			if err != nil {
				yield(store.Damage{}, err)
				return
			}
			for _, detail := range said {
				if !yield(store.Damage{Table: t.Name, Ref: r.place(t, detail), Detail: detail}, nil) {
					return
				}
			}
		}
	}
}

// amcheck holds each row of a table against each of its indexes: it answers the
// first thing that is wrong with each.
func (r *reader) amcheck(check, table string) (said []string, err error) {
	indexes, err := all(r, value[uint32], `SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
		WHERE i.indrelid = $1::regclass AND i.indisvalid AND a.amname = 'btree' ORDER BY 1`, table)
	if err != nil {
		return nil, err
	}
	for _, index := range indexes {
		// What it finds is an error, which would end our transaction.
		text := fmt.Sprintf(`DO $$ BEGIN
				PERFORM set_config('chancery.damage', '', true);
				PERFORM %s(%d::regclass, true);
			EXCEPTION WHEN data_corrupted OR index_corrupted THEN
				PERFORM set_config('chancery.damage', SQLERRM, true);
			END $$`, check, index)
		if err := r.ask(text, nil, func(rows pgx.Rows) error { rows.Close(); return rows.Err() }); err != nil {
			return nil, err
		}
		found, err := one(r, value[string], "SELECT current_setting('chancery.damage')")
		if err != nil {
			return nil, err
		}
		if found != "" {
			said = append(said, found)
		}
	}
	return said, nil
}

// place is the place in the docket of the row that amcheck speaks of, as the row
// itself says it; none where it speaks of none, or of one that can't be read.
func (r *reader) place(t store.Table, detail string) docket.Ref {
	var block, item int
	if _, err := fmt.Sscanf(detail, "heap tuple (%d,%d)", &block, &item); err != nil || t.Class != store.Docket {
		return docket.Ref{}
	}
	ref, err := one(r, scanRef, "SELECT stream, version FROM "+t.Name+" WHERE ctid = $1::text::tid", fmt.Sprintf("(%d,%d)", block, item))
	if err != nil {
		return docket.Ref{} // a later question says so too
	}
	return ref
}
