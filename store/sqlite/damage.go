package sqlite

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// SQLite gives a value by the type that its row says, also where the table is
// strict, and takes what an index holds from the index: a flipped bit may leave
// what one question reads as it was and change what another one reads. Its own
// check finds that, and doesn't say at which row; each table of the docket
// therefore has two questions of ours.

// docketTable is a table of the docket, as its rows are found by name.
type docketTable struct {
	index string // over stream and version, with the key
	key   string // that the table's row t and the index's i have the same
	types string // those of the columns of t, as declared
}

var docketTables = map[string]docketTable{
	"docket": {
		"sqlite_autoindex_docket_1", "t.seq = i.seq",
		"typeof(t.stream) = 'text' AND typeof(t.version) = 'integer' AND typeof(t.salt) = 'blob' AND typeof(t.bytes) = 'blob'",
	},
	"annexes": {
		"sqlite_autoindex_annexes_2", "t.root = i.root AND t.row = i.row",
		"typeof(t.root) = 'blob' AND typeof(t.row) = 'integer' AND typeof(t.stream) = 'text' AND typeof(t.version) = 'integer'" +
			" AND typeof(t.salt) = 'blob' AND typeof(t.commitment) = 'blob' AND typeof(t.bytes) = 'blob'",
	},
	"leaves": {
		"sqlite_autoindex_leaves_1", "t.leaf = i.leaf",
		"typeof(t.stream) = 'text' AND typeof(t.version) = 'integer' AND typeof(t.commitment) = 'blob'",
	},
}

// places asks for the rows that are of other types or that the index doesn't
// have, and for those of the index that the table doesn't have. Any wish for an
// order, that of UNION too, would have SQLite read the first from the index.
func (d docketTable) places(table string) string {
	return fmt.Sprintf(`SELECT CAST(t.stream AS TEXT), CAST(t.version AS INTEGER) FROM %[1]s t NOT INDEXED WHERE NOT (%[4]s)
				OR NOT EXISTS (SELECT 1 FROM %[1]s i INDEXED BY %[2]s WHERE i.stream = t.stream AND i.version = t.version AND %[3]s)
			UNION ALL SELECT CAST(i.stream AS TEXT), CAST(i.version AS INTEGER) FROM %[1]s i INDEXED BY %[2]s
				WHERE NOT EXISTS (SELECT 1 FROM %[1]s t NOT INDEXED WHERE %[3]s AND t.stream = i.stream AND t.version = i.version)`,
		table, d.index, d.key, d.types)
}

func (r *reader) Damage() iter.Seq2[store.Damage, error] {
	return func(yield func(store.Damage, error) bool) {
		whole, err := r.integrity("")
		if err != nil {
			yield(store.Damage{}, err)
			return
		}
		if len(whole) == 0 {
			return
		}
		located := false
		for _, t := range tables {
			said, err := r.integrity("(" + t.Name + ")")
			if err == nil && len(said) == 0 {
				continue
			}
			if stopped := r.asked.Err(); stopped != nil {
				yield(store.Damage{}, stopped)
				return
			}
			if err != nil { // it is this table that can't be read
				said = []string{err.Error()}
			}
			located = true
			for _, d := range r.damaged(t.Name, said) {
				if !yield(d, nil) {
					return
				}
			}
		}
		if located {
			return
		}
		for _, detail := range whole { // pages that are in no table
			if !yield(store.Damage{Detail: detail}, nil) {
				return
			}
		}
	}
}

// integrity is what SQLite's check says of the database or of one table: at
// most a hundred lines, and none where nothing is wrong.
func (r *reader) integrity(of string) ([]string, error) {
	said, err := all(r, value[string], "PRAGMA integrity_check"+of)
	if err != nil || slices.Equal(said, []string{"ok"}) {
		return nil, err
	}
	for i, line := range said {
		said[i] = strings.ReplaceAll(line, "\n", "; ")
	}
	return said, nil
}

// damaged names the places of what is wrong in a table, as far as it is of the
// docket and can be read; else it is named by the table.
func (r *reader) damaged(table string, said []string) (list []store.Damage) {
	if d, ok := docketTables[table]; ok {
		named := map[docket.Ref]bool{}
		for ref, err := range each(r, scanRef, d.places(table)) {
			if err != nil {
				break // some pages can't be read at all
			}
			if named[ref] {
				continue
			}
			named[ref] = true
			list = append(list, store.Damage{Table: table, Ref: ref, Detail: said[0]})
		}
	}
	if len(list) == 0 {
		for _, detail := range said {
			list = append(list, store.Damage{Table: table, Ref: docket.Ref{}, Detail: detail})
		}
	}
	return list
}
