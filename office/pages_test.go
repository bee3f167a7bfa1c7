package office_test

import (
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
)

// formed are the trees of the docket's tables and their indexes, with the columns
// that a record of each has, in SQLite's order.
var formed = []struct {
	name    string
	columns []string
}{
	{"docket", []string{"seq", "stream", "version", "salt", "bytes"}},
	{"annexes", []string{"root", "row", "stream", "version", "salt", "commitment", "bytes"}},
	{"leaves", []string{"leaf", "stream", "version", "commitment"}},
	{"sqlite_autoindex_docket_1", []string{"stream", "version", "seq"}},
	{"sqlite_autoindex_annexes_2", []string{"stream", "version", "root", "row"}},
	{"sqlite_autoindex_leaves_1", []string{"stream", "version", "leaf"}},
}

// A bit goes bad where SQLite has written of which type a value is, so that a
// salt is a text of the same bytes; or in a name or key that a table and its index
// both have. Verify names the place, whichever of the two is right, and also
// where no byte of the record is another one. A type that makes a row longer may
// leave it unreadable: then its table is named.
func TestAFlippedBitOfARowsFormIsNamed(t *testing.T) {
	places := copied(t, played(t, fewClaims))
	path := filepath.Join(places.Data, "chancery.db")
	trees := treesOf(t, path)
	was, err := os.ReadFile(path)
	must(t, err)
	for _, tree := range formed {
		all := records(was, trees[tree.name])
		for n, column := range tree.columns {
			r := all[(n+1)*len(all)/(len(tree.columns)+1)]
			v, ref := r.values[n], r.ref(was, tree.columns)
			flips := map[string]int{"type": v.form}
			if !slices.Contains([]string{"salt", "commitment", "bytes"}, column) && v.to > v.from {
				flips["content"] = v.to - 1
			}
			for what, at := range flips {
				bad := slices.Clone(was)
				bad[at] ^= 1
				must(t, os.WriteFile(path, bad, 0o600))
				i := reopened(t, places)
				found := verified(t, i).Findings
				must(t, i.Close())
				sameBytes := what == "content" || v.kind > 11 // text or blob
				if !slices.ContainsFunc(found, located(ref)) && (sameBytes || !strings.Contains(codes(found), "cut-short")) {
					t.Errorf("%s.%s, its %s, byte %d: %s isn't named: %+v", tree.name, column, what, at, ref, found)
				}
			}
		}
	}
}

// fewClaims are enough for annexes of every kind.
const fewClaims = 60

// treesOf are the first pages of SQLite's trees, by the name of table or index.
func treesOf(t *testing.T, path string) map[string]int {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	must(t, err)
	defer db.Close()
	rows, err := db.Query("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0")
	must(t, err)
	defer rows.Close()
	trees := map[string]int{}
	for rows.Next() {
		var name string
		var page int
		must(t, rows.Scan(&name, &page))
		trees[name] = page
	}
	must(t, rows.Err())
	return trees
}

// record is where a record stands in SQLite's file (sqlite.org/fileformat2.html,
// 2.1): what is on other pages isn't looked for.
type record struct{ values []recordValue }

// recordValue is where the last byte of a value's type stands, and its content.
type recordValue struct{ kind, form, from, to int }

func (r record) ref(file []byte, columns []string) (ref docket.Ref) {
	stream, version := r.values[slices.Index(columns, "stream")], r.values[slices.Index(columns, "version")]
	ref.Stream = docket.Stream(file[stream.from:stream.to])
	if version.kind == 9 { // the number one, without a byte
		ref.Version = 1
	}
	for _, b := range file[version.from:version.to] {
		ref.Version = ref.Version<<8 | docket.Version(b)
	}
	return ref
}

// records are those of a tree, in its order.
func records(file []byte, page int) (list []record) {
	size := int(binary.BigEndian.Uint16(file[16:]))
	start := (page - 1) * size
	kind, cells, head := file[start], int(binary.BigEndian.Uint16(file[start+3:])), 8
	if kind == 2 || kind == 5 {
		head = 12
	}
	for n := range cells {
		at := start + int(binary.BigEndian.Uint16(file[start+head+2*n:]))
		if head == 12 {
			list = append(list, records(file, int(binary.BigEndian.Uint32(file[at:])))...)
			at += 4
		}
		if kind != 5 { // a table's inner pages hold keys alone
			list = append(list, recordAt(file, at, kind == 13))
		}
	}
	if head == 12 {
		list = append(list, records(file, int(binary.BigEndian.Uint32(file[start+8:])))...)
	}
	return list
}

func recordAt(file []byte, at int, rowid bool) (r record) {
	_, at = varint(file, at) // how long it is
	if rowid {
		_, at = varint(file, at)
	}
	head, next := varint(file, at)
	from := at + head
	for end := from; next < end; {
		var kind int
		kind, next = varint(file, next)
		long := []int{0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0}
		to := from
		if kind < len(long) {
			to += long[kind]
		} else {
			to += (kind - len(long)) / 2
		}
		r.values = append(r.values, recordValue{kind, next - 1, from, to})
		from = to
	}
	return r
}

// varint reads one of SQLite's numbers; those here are short.
func varint(file []byte, at int) (n, next int) {
	for {
		b := file[at]
		at++
		n = n<<7 | int(b&0x7f)
		if b < 0x80 {
			return n, at
		}
	}
}

func located(ref docket.Ref) func(f office.Finding) bool {
	return func(f office.Finding) bool { return f.Entry == ref.String() }
}
