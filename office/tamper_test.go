package office_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
)

// Behind the product's back: what an intruder who may write to the database
// does to the record, and what verify says of each. Every kind is done to n
// random places at once, in a copy of its own; each of them must be named.

// tampering is one kind of it. do changes the record and answers which entries
// or leaves it touched.
type tampering struct {
	name string
	do   func(*intruder) []touched
}

// touched is one place. A finding locates it when it names the entry or the
// leaf; of a row that is gone, when it names the entry whose annex it stood in,
// and which row of it.
type touched struct {
	entry string
	leaf  int64 // -1 for none
	row   int64 // that is gone, -1 for none
}

type intruder struct {
	*testing.T
	db   *sql.DB
	rand *rand.Rand
	n    int
}

// row is a row of one of the docket's tables, as it was recorded.
type row struct {
	table, where  string
	stream        string
	version, leaf int64
}

func (r row) touched() touched {
	return touched{docket.Ref{Stream: docket.Stream(r.stream), Version: docket.Version(r.version)}.String(), r.leaf, -1}
}

// rows are n random rows of a table.
func (i *intruder) rows(table string) []row {
	i.Helper()
	leaf := "(SELECT l.leaf FROM leaves l WHERE l.stream = t.stream AND l.version = t.version)"
	found, err := i.db.Query("SELECT stream, version, coalesce(" + leaf + ", -1) FROM " + table + " t ORDER BY stream, version")
	must(i.T, err)
	defer found.Close()
	var all []row
	for found.Next() {
		r := row{table: table}
		must(i.T, found.Scan(&r.stream, &r.version, &r.leaf))
		r.where = fmt.Sprintf("stream = '%s' AND version = %d", r.stream, r.version)
		all = append(all, r)
	}
	i.rand.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	return all[:i.n]
}

func (i *intruder) run(text string, args ...any) {
	i.Helper()
	run(i.T, i.db, text, args...)
}

// set changes a column of n random rows.
func set(table, column, value string) func(*intruder) []touched {
	return func(i *intruder) (touched []touched) {
		for n, r := range i.rows(table) {
			i.run(fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", table, column, value, r.where), n)
			touched = append(touched, r.touched())
		}
		return touched
	}
}

// Values that a column is set to; ?1 numbers the rows, to keep them apart.
const (
	madeUpStream = "printf('claim/%032x', ?1)"
	flipped      = "CAST(substr(%[1]s, 1, 6) || x'00' || substr(%[1]s, 8) AS BLOB)"
	cutShort     = "CAST(substr(%[1]s, 1, length(%[1]s) - 1) AS BLOB)"
	longer       = "CAST(%[1]s || x'00' AS BLOB)"
	emptied      = "x''"
)

// bytesChanged are the ways in which bytes may be wrong.
func bytesChanged(table, column string) (kinds []tampering) {
	for _, way := range []struct{ name, value string }{
		{"a byte changed", flipped}, {"cut short", cutShort}, {"made longer", longer}, {"emptied", emptied},
	} {
		value := way.value
		if strings.Contains(value, "%") {
			value = fmt.Sprintf(value, column)
		}
		kinds = append(kinds, tampering{table + "." + column + " " + way.name, set(table, column, value)})
	}
	return kinds
}

var tamperings = slices.Concat(
	[]tampering{
		{"docket.stream", set("docket", "stream", madeUpStream)},
		{"docket.version", set("docket", "version", "version + 1000")},
		{"docket.version + 2^32", set("docket", "version", "version + 4294967296")},
		{"docket.version below nothing", set("docket", "version", "-version")},
	},
	bytesChanged("docket", "salt"),
	bytesChanged("docket", "bytes"),
	[]tampering{
		{"docket.bytes, another amount in good form", anotherDay},
		{"docket rows exchanged", exchange("docket", "salt", "bytes")},
		{"docket rows' places exchanged", exchange("docket", "stream", "version")},
		{"docket rows removed", remove("docket")},
		{"docket's tail removed", cutTail("docket")},
		{"docket's and leaves' tail removed", cutTail("docket", "leaves")},
		{"docket row made up", slipIn},
		{"docket row made up as a claim's next", slipInNext},
		{"docket row made up, with a leaf past the last", slipInLeaf("10000000000 + ?1")},
		{"docket row made up, with a leaf before the first", slipInLeaf("-1 - ?1")},
		{"docket row made up, waiting for its leaf", slipInWaiting},

		{"annexes.root", set("annexes", "root", "randomblob(32)")},
		{"annexes.row", set("annexes", "row", "row + 100000")},
		{"annexes.row below nothing", set("annexes", "row", "-1 - row")},
		{"annexes.stream", set("annexes", "stream", madeUpStream)},
		{"annexes.version", set("annexes", "version", "version + 1000")},
		{"annexes.version + 2^32", set("annexes", "version", "version + 4294967296")},
	},
	bytesChanged("annexes", "salt"),
	bytesChanged("annexes", "commitment"),
	bytesChanged("annexes", "bytes"),
	[]tampering{
		{"annex rows exchanged", exchange("annexes", "salt", "commitment", "bytes")},
		{"annex rows' places exchanged", exchange("annexes", "stream", "version")},
		{"annex rows' order changed", exchangeOrder},
		{"annex rows removed", removeRows},
		{"annex's last rows removed", removeLastRows},
		{"annex row made up under a root that is there", addRow},
		{"annex row made up under a root of its own", addAnnex},

		{"leaves.leaf", set("leaves", "leaf", "1000000 + leaf")},
		{"leaves.leaf below nothing", set("leaves", "leaf", "-1 - leaf")},
		{"leaves.stream", set("leaves", "stream", madeUpStream)},
		{"leaves.version", set("leaves", "version", "version + 1000")},
	},
	bytesChanged("leaves", "commitment"),
	[]tampering{
		{"leaves exchanged", exchange("leaves", "stream", "version", "commitment")},
		{"leaves' commitments exchanged", exchange("leaves", "commitment")},
		{"leaves removed", remove("leaves")},
		{"leaves' tail removed", cutTail("leaves")},

		{"an entry changed, and every hash to fit", rewriteEntry},
		{"a row changed, and every hash to fit", rewriteRow},
		{"an entry removed with its leaf, and those after it moved up", closeGap},
	},
)

func TestWhoChangesTheRecordIsFoundAndLocated(t *testing.T) {
	const seed, each = 20, demoClaims / 25
	original := played(t, demoClaims)
	if v := verified(t, reopened(t, original)); !v.Sound() || v.Rows == 0 {
		t.Fatalf("untouched: %+v", v)
	}
	var report bytes.Buffer
	table := tabwriter.NewWriter(&report, 0, 0, 2, ' ', 0)
	for k, kind := range tamperings {
		places := copied(t, original)
		i := &intruder{T: t, db: behindItsBack(t, places), rand: rand.New(rand.NewPCG(seed, uint64(k))), n: each}
		touched := kind.do(i)
		must(t, i.db.Close())
		v := verified(t, reopened(t, places))
		located := 0
		for _, at := range touched {
			if slices.ContainsFunc(v.Findings, func(f office.Finding) bool { return at.named(f) }) {
				located++
			} else {
				t.Errorf("%s: %+v isn't named", kind.name, at)
			}
		}
		fmt.Fprintf(table, "%s\t%d of %d\t%s\n", kind.name, located, len(touched), codes(v.Findings))
		if len(touched) == 0 {
			t.Errorf("%s: nothing was touched", kind.name)
		}
	}
	must(t, table.Flush())
	t.Logf("seed %d\n%s", seed, report.String())
}

func (at touched) named(f office.Finding) bool {
	if at.row >= 0 {
		var first, last int64
		if n, _ := fmt.Sscanf(f.Detail, "row %d", &first); n == 1 {
			last = first
		} else if n, _ := fmt.Sscanf(f.Detail, "rows %d to %d", &first, &last); n != 2 {
			return false
		}
		return f.Entry == at.entry && first <= at.row && at.row <= last
	}
	return at.entry != "" && f.Entry == at.entry || at.leaf >= 0 && f.Leaf == at.leaf
}

// codes counts findings by code.
func codes(findings []office.Finding) string {
	count := map[string]int{}
	for _, f := range findings {
		count[f.Code]++
	}
	var list []string
	for code, n := range count {
		list = append(list, fmt.Sprintf("%s %d", strings.TrimPrefix(code, "verify."), n))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// exchange swaps columns of random rows, two by two.
func exchange(table string, columns ...string) func(*intruder) []touched {
	return func(i *intruder) (touched []touched) {
		rows := i.rows(table)
		for n := 0; n+1 < len(rows); n += 2 {
			a, b := rows[n], rows[n+1]
			i.swap(table, columns, a, b)
			touched = append(touched, a.touched(), b.touched())
		}
		return touched
	}
}

// swap goes by way of a place that nobody has, for the places are unique.
func (i *intruder) swap(table string, columns []string, a, b row) {
	read := func(r row) []any {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for n := range values {
			into[n] = &values[n]
		}
		must(i.T, i.db.QueryRow("SELECT "+strings.Join(columns, ", ")+" FROM "+table+" WHERE "+r.where).Scan(into...))
		return values
	}
	ofA, ofB := read(a), read(b)
	setTo := "UPDATE " + table + " SET " + strings.Join(columns, " = ?, ") + " = ? WHERE "
	if slices.Contains(columns, "stream") {
		i.run("UPDATE " + table + " SET version = -7 WHERE " + a.where)
		i.run(setTo+b.where, ofA...)
		i.run(setTo+strings.Replace(a.where, fmt.Sprintf("version = %d", a.version), "version = -7", 1), ofB...)
		return
	}
	i.run(setTo+a.where, ofB...)
	i.run(setTo+b.where, ofA...)
}

func remove(table string) func(*intruder) []touched {
	return func(i *intruder) (touched []touched) {
		for _, r := range i.rows(table) {
			i.run("DELETE FROM " + table + " WHERE " + r.where)
			touched = append(touched, r.touched())
		}
		return touched
	}
}

// ownerOf is the entry that carries a row, and the row's index in its annex.
func (i *intruder) ownerOf(r row) (owner touched) {
	var stream string
	var version int64
	must(i.T, i.db.QueryRow("SELECT o.stream, o.version, a.row FROM annexes a JOIN annex_owners o USING (root) WHERE a.stream = ? AND a.version = ?",
		r.stream, r.version).Scan(&stream, &version, &owner.row))
	owner.entry, owner.leaf = docket.Ref{Stream: docket.Stream(stream), Version: docket.Version(version)}.String(), -1
	return owner
}

func removeRows(i *intruder) (touched []touched) {
	for _, r := range i.rows("annexes") {
		touched = append(touched, i.ownerOf(r))
		i.run("DELETE FROM annexes WHERE " + r.where)
	}
	return touched
}

func removeLastRows(i *intruder) (touched []touched) {
	i.n = i.count("annexes")
	for _, r := range i.rows("annexes") {
		if owner := i.ownerOf(r); owner.row >= 1 && owner.row >= i.lastRow(r)-1 {
			touched = append(touched, owner)
		}
	}
	i.run("DELETE FROM annexes WHERE row >= 1 AND row >= (SELECT max(row) - 1 FROM annexes b WHERE b.root = annexes.root)")
	return touched
}

func (i *intruder) lastRow(r row) (last int64) {
	must(i.T, i.db.QueryRow("SELECT max(b.row) FROM annexes a JOIN annexes b USING (root) WHERE a.stream = ? AND a.version = ?", r.stream, r.version).Scan(&last))
	return last
}

// exchangeOrder exchanges neighbours. Nothing in a row says which it is, so
// that what can be named is the entry that commits to their order.
func exchangeOrder(i *intruder) (touched []touched) {
	for _, r := range i.rows("annexes") {
		owner := i.ownerOf(r)
		if index := owner.row; index%2 == 0 && index < i.lastRow(r) {
			i.run("UPDATE annexes SET row = -1 WHERE " + r.where)
			i.run("UPDATE annexes SET row = ?1 WHERE row = ?1 + 1 AND root = (SELECT root FROM annexes WHERE "+r.where+")", index)
			i.run("UPDATE annexes SET row = ? + 1 WHERE "+r.where, index)
			owner.row = -1
			touched = append(touched, owner)
		}
	}
	return touched
}

// cutTail removes the last n entries from the tables.
func cutTail(tables ...string) func(*intruder) []touched {
	return func(i *intruder) (touched []touched) {
		n := i.n
		i.n = i.count("leaves")
		last := i.rows("leaves")
		slices.SortFunc(last, func(a, b row) int { return int(b.leaf - a.leaf) })
		for _, r := range last[:n] {
			for _, table := range tables {
				i.run("DELETE FROM " + table + " WHERE " + r.where)
			}
			touched = append(touched, r.touched())
		}
		return touched
	}
}

func (i *intruder) count(table string) (n int) {
	must(i.T, i.db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// madeUp is an entry that nobody entered, in perfect form.
func madeUp(stream string, version int64) docket.Entry {
	env := docket.Envelope{
		Stream: docket.Stream(stream), Version: docket.Version(version), Kind: "claim.withdrawn.v1",
		Programme: "demo", Actor: "officer-1", Capacity: "officer", Means: "credential",
		Instant: docket.At(time.Date(2020, 3, 2, 9, 0, 0, 0, time.UTC)), Day: day.Must(2020, 3, 2),
	}
	entry, err := env.Seal(docket.Salt{1})
	if err != nil {
		panic(err)
	}
	return entry
}

func (i *intruder) insert(e docket.Entry) touched {
	i.run("INSERT INTO docket (stream, version, salt, bytes) VALUES (?, ?, ?, ?)", string(e.Stream), int64(e.Version), e.Salt[:], e.Bytes)
	return touched{e.Ref().String(), -1, -1}
}

func slipIn(i *intruder) (touched []touched) {
	for n := range i.n {
		touched = append(touched, i.insert(madeUp(fmt.Sprintf("claim/%032x", n), 1)))
	}
	return touched
}

func slipInNext(i *intruder) (touched []touched) {
	for _, r := range i.rows("docket") {
		touched = append(touched, i.insert(madeUp(r.stream, r.version+1000)))
	}
	return touched
}

func slipInLeaf(number string) func(*intruder) []touched {
	return func(i *intruder) (touched []touched) {
		for n := range i.n {
			e := madeUp(fmt.Sprintf("claim/%032x", n), 2)
			touched = append(touched, i.insert(e))
			c := e.Commitment()
			i.run("INSERT INTO leaves (leaf, stream, version, commitment) VALUES ("+number+", ?, ?, ?)", n, string(e.Stream), int64(e.Version), c[:])
		}
		return touched
	}
}

func slipInWaiting(i *intruder) (touched []touched) {
	for _, r := range i.rows("docket") {
		e := madeUp(r.stream, r.version+1000)
		touched = append(touched, i.insert(e))
		i.run("INSERT INTO unsequenced SELECT seq, stream, version FROM docket WHERE stream = ? AND version = ?", string(e.Stream), int64(e.Version))
	}
	return touched
}

// addRow adds a row to annexes that entries carry: at its end, and in good form.
func addRow(i *intruder) (touched []touched) {
	for n, r := range i.rows("annexes") {
		e := madeUp(fmt.Sprintf("claim/%032x", n), 3)
		c := docket.RowCommitment(e.Salt, e.Bytes)
		i.run(`INSERT INTO annexes SELECT root, (SELECT max(row) + 1 FROM annexes b WHERE b.root = a.root), ?, 3, ?, ?, ?
			FROM annexes a WHERE `+r.where, string(e.Stream), e.Salt[:], c[:], e.Bytes)
		touched = append(touched, touched1(e))
	}
	return touched
}

func touched1(e docket.Entry) touched { return touched{e.Ref().String(), -1, -1} }

// addAnnex adds rows under a root of their own, with an owner that doesn't
// know of it.
func addAnnex(i *intruder) (touched []touched) {
	for n, r := range i.rows("docket") {
		e := madeUp(fmt.Sprintf("claim/%032x", n), 3)
		c := docket.RowCommitment(e.Salt, e.Bytes)
		root := docket.Root([]docket.Hash{docket.LeafHash(c)})
		i.run("INSERT INTO annexes VALUES (?, 0, ?, 3, ?, ?, ?)", root[:], string(e.Stream), e.Salt[:], c[:], e.Bytes)
		i.run("INSERT INTO annex_owners VALUES (?, ?, ?)", root[:], r.stream, r.version)
		touched = append(touched, touched1(e))
	}
	return touched
}

// anotherDay changes one digit of an entry's legal day: it reads well.
func anotherDay(i *intruder) (touched []touched) {
	for _, r := range i.rows("docket") {
		i.rewrite(r, false)
		touched = append(touched, r.touched())
	}
	return touched
}

// rewrite changes an entry's legal day; with hashes, its leaf's commitment too.
func (i *intruder) rewrite(r row, hashes bool) {
	var salt, content []byte
	must(i.T, i.db.QueryRow("SELECT salt, bytes FROM docket WHERE "+r.where).Scan(&salt, &content))
	changed := bytes.Replace(content, []byte(`"day":"20`), []byte(`"day":"19`), 1)
	if bytes.Equal(changed, content) {
		i.Fatalf("%s has no day", content)
	}
	i.run("UPDATE docket SET bytes = ? WHERE "+r.where, changed)
	if hashes {
		c := docket.EntryCommitment(docket.Salt(salt), changed)
		i.run("UPDATE leaves SET commitment = ? WHERE "+r.where, c[:])
	}
}

func rewriteEntry(i *intruder) (touched []touched) {
	for _, r := range i.rows("docket") {
		i.rewrite(r, true)
		touched = append(touched, r.touched())
	}
	return touched
}

// rewriteRow changes a row's content, its commitment, the root of its annex
// in every table, the entry that carries the root, and that entry's leaf. What
// is left to find is the entry.
func rewriteRow(i *intruder) (touched []touched) {
	var owners []row
	found, err := i.db.Query("SELECT o.stream, o.version, l.leaf FROM annex_owners o JOIN leaves l USING (stream, version)")
	must(i.T, err)
	for found.Next() {
		var r row
		must(i.T, found.Scan(&r.stream, &r.version, &r.leaf))
		r.where = fmt.Sprintf("stream = '%s' AND version = %d", r.stream, r.version)
		owners = append(owners, r)
	}
	must(i.T, found.Close())
	for _, owner := range owners {
		i.rewriteAnnex(owner)
		touched = append(touched, owner.touched())
	}
	return touched
}

func (i *intruder) rewriteAnnex(owner row) {
	var old, salt, content []byte
	must(i.T, i.db.QueryRow("SELECT o.root, d.salt, d.bytes FROM annex_owners o JOIN docket d USING (stream, version) WHERE "+owner.where).Scan(&old, &salt, &content))
	index := i.rand.IntN(i.countRows(old))
	var rowSalt, rowBytes []byte
	must(i.T, i.db.QueryRow("SELECT salt, bytes FROM annexes WHERE root = ? AND row = ?", old, index).Scan(&rowSalt, &rowBytes))
	changed := bytes.Replace(rowBytes, []byte(`"kind":"claim.`), []byte(`"kind":"claim.un`), 1)
	c := docket.RowCommitment(docket.Salt(rowSalt), changed)
	i.run("UPDATE annexes SET bytes = ?, commitment = ? WHERE root = ? AND row = ?", changed, c[:], old, index)
	root := i.rootOf(old)
	i.run("UPDATE annexes SET root = ? WHERE root = ?", root[:], old)
	i.run("UPDATE annex_owners SET root = ? WHERE root = ?", root[:], old)
	rewritten := bytes.Replace(content, fmt.Appendf(nil, "%x", old), fmt.Appendf(nil, "%x", root[:]), 1)
	i.run("UPDATE docket SET bytes = ? WHERE "+owner.where, rewritten)
	commitment := docket.EntryCommitment(docket.Salt(salt), rewritten)
	i.run("UPDATE leaves SET commitment = ? WHERE "+owner.where, commitment[:])
}

func (i *intruder) countRows(root []byte) (n int) {
	must(i.T, i.db.QueryRow("SELECT count(*) FROM annexes WHERE root = ?", root).Scan(&n))
	return n
}

// rootOf is the root over the commitments that stand under one now.
func (i *intruder) rootOf(old []byte) docket.Hash {
	found, err := i.db.Query("SELECT commitment FROM annexes WHERE root = ? ORDER BY row", old)
	must(i.T, err)
	defer found.Close()
	var tree docket.Frontier
	for found.Next() {
		var c []byte
		must(i.T, found.Scan(&c))
		tree.Append(docket.LeafHash(docket.Hash(c)))
	}
	return tree.Root()
}

// closeGap removes an entry and its leaf and renumbers all leaves after it.
func closeGap(i *intruder) []touched {
	r := i.rows("leaves")[0]
	i.run("DELETE FROM docket WHERE " + r.where)
	i.run("DELETE FROM leaves WHERE " + r.where)
	i.run("UPDATE leaves SET leaf = -leaf WHERE leaf > ?", r.leaf)
	i.run("UPDATE leaves SET leaf = -leaf - 1 WHERE leaf < 0")
	return []touched{r.touched()}
}

// The seq of an entry that has its leaf is no part of the record: nothing
// hangs on it.
func TestTheOrderOfEntryMeansNothingOnceTheLeafIsGiven(t *testing.T) {
	places := copied(t, played(t, demoClaims))
	db := behindItsBack(t, places)
	run(t, db, "UPDATE docket SET seq = -seq")
	must(t, db.Close())
	i := reopened(t, places)
	v := verified(t, i)
	must(t, i.Rebuild(t.Context(), v, nil))
	if !v.Sound() {
		t.Errorf("%+v", v.Findings)
	}
}

func TestAnEditionsBytesAreHeldToItsHash(t *testing.T) {
	for name, change := range map[string]string{
		"a byte changed":    "UPDATE editions SET bytes = CAST(replace(CAST(bytes AS TEXT), '2500', '9500') AS BLOB)",
		"emptied":           "UPDATE editions SET bytes = x''",
		"another hash":      "UPDATE editions SET hash = randomblob(32)",
		"a hash cut short":  "UPDATE editions SET hash = substr(hash, 1, 31)",
		"a hash too long":   "UPDATE editions SET hash = CAST(hash || x'00' AS BLOB)",
		"another beside it": "INSERT INTO editions VALUES (randomblob(32), x'00')",
		"removed":           "DELETE FROM editions",
	} {
		t.Run(name, func(t *testing.T) {
			places := copied(t, played(t, demoClaims))
			db := behindItsBack(t, places)
			run(t, db, change)
			must(t, db.Close())
			found := codes(verified(t, reopened(t, places)).Findings)
			if !strings.Contains(found, "edition-") {
				t.Errorf("found %q", found)
			}
		})
	}
}

// The files beside the database are verified too: whoever changes them can't
// make the database look wrong in silence, nor itself right.
func TestTheTreeOutsideIsHeldToItsHeads(t *testing.T) {
	for _, c := range []struct {
		name, file string
		change     func([]byte) []byte
	}{
		{"a leaf's hash", "leaves", func(b []byte) []byte { b[7*lineOf(b)+20] ^= 1; return b }},
		{"a leaf's number", "leaves", func(b []byte) []byte { b[7*lineOf(b)] = 'x'; return b }},
		{"two leaves exchanged", "leaves", func(b []byte) []byte {
			n := lineOf(b)
			return slices.Concat(b[:n], b[2*n:3*n], b[n:2*n], b[3*n:])
		}},
		{"the first head's root", "heads", firstRoot},
		{"the first head removed and the second made up", "heads", func(b []byte) []byte {
			_, rest, _ := bytes.Cut(b, []byte("\n"))
			return firstRoot(rest)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			places := copied(t, played(t, demoClaims))
			path := filepath.Join(places.Heads, c.file)
			text, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, c.change(text), 0o600))
			v := verified(t, reopened(t, places))
			if len(v.Findings) == 0 || len(v.Findings) > 4 {
				t.Errorf("found %q", codes(v.Findings))
			}
		})
	}
}

// lineOf is the length of the first line, and of all that are like it.
func lineOf(text []byte) int { return bytes.IndexByte(text, '\n') + 1 }

// firstRoot changes the first root in a file of heads.
func firstRoot(text []byte) []byte {
	const before = `"root":"`
	at := bytes.Index(text, []byte(before)) + len(before)
	changed := bytes.Clone(text)
	changed[at] ^= 1
	return changed
}
