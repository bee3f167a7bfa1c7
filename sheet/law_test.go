package sheet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// lawMap is the map of the files that the laws make up.
func lawMap(delimiter string) *Map {
	return &Map{
		Source: "law", Delimiter: delimiter,
		Number:   Feed{Column: "No"},
		Received: Feed{Column: "Received"},
		Category: Feed{Column: "Kind", Values: map[string]string{"Loss": "property-loss", "": "not-stated"}},
		Claimant: Feed{Value: "individual"},
		Fields:   map[string]Feed{"what": {Column: "What"}, "amount": {Column: "Amount", Currency: "USD"}},
		Outcome:  []string{"Status"},
	}
}

var lawHeader = []string{"No", "What", "Received", "Kind", "Note", "Amount", "Status"}

// lawText is what people write into a cell: lines, quotes, commas, anything.
func lawText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(0, 12, 40),
		rapid.SampledFrom([]string{
			"", "hat", `5" pipe`, `"quoted"`, "two\nlines", "a, b, c", "; |\t", "\n", `"`, `""`, `","`, "\"\n", ",\n,", "é€и", "=1+1", " edge ", "\t",
		}),
	).Filter(func(s string) bool { return !strings.ContainsAny(s, "\x00\r") })
}

// lawRow is one row of such a file, with what must be read out of it.
type lawRow struct {
	cells []string
	want  Row
}

func drawRow(t *rapid.T, n int) lawRow {
	received := day.Must(rapid.IntRange(1900, 2100).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
	what, note, status := lawText().Draw(t, "what"), lawText().Draw(t, "note"), lawText().Draw(t, "status")
	kind := rapid.SampledFrom([]string{"Loss", ""}).Draw(t, "kind")
	amount := money.New(rapid.Int64Range(0, 1<<50).Draw(t, "cents"), "USD")
	row := lawRow{cells: []string{fmt.Sprintf("C%03d", n), what, received.String(), kind, note, amount.Decimal(), status}}
	row.want = Row{
		Number: n, SourceNumber: row.cells[0], Received: received, Category: lawMap("").Category.Values[kind], Claimant: "individual",
		Answers: map[string]string{"amount": amount.String()}, Outcome: map[string]string{"Status": status},
	}
	if strings.TrimSpace(what) != "" {
		row.want.Answers["what"] = what
	}
	return row
}

// bytes is the row as a CSV writer writes it.
func (r lawRow) bytes(comma rune) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	if err := w.Write(r.cells); err != nil {
		panic(err)
	}
	w.Flush()
	return b.Bytes()
}

func drawRows(t *rapid.T) []lawRow {
	var rows []lawRow
	for n := range rapid.IntRange(1, 12).Draw(t, "rows") {
		rows = append(rows, drawRow(t, n+1))
	}
	return rows
}

var commas = map[string]rune{",": ',', ";": ';', "tab": '\t', "|": '|'}

// Whatever stands in the cells, every cell comes back as it was written.
func TestEveryCellComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]string{",", ";", "tab", "|"}).Draw(t, "delimiter")
		rows := drawRows(t)
		file := lawRow{cells: lawHeader}.bytes(commas[delimiter])
		line := 2
		for i := range rows {
			b := rows[i].bytes(commas[delimiter])
			rows[i].want.Line = line
			line += bytes.Count(b, []byte{'\n'})
			file = append(file, b...)
		}
		got, bad := readAll(t, file, delimiter)
		if len(bad) > 0 {
			t.Fatalf("a good file has a bad row: %v\n%s", bad[0], file)
		}
		for i, row := range rows {
			same(t, got[i], row.want)
		}
	})
}

// Whatever is wrong with one row, it is reported with its number, and every
// other row comes through unchanged.
func TestOneBrokenRowHarmsNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		at := rapid.IntRange(0, len(rows)-1).Draw(t, "broken row")
		file := lawRow{cells: lawHeader}.bytes(',')
		lines := 1
		for i := range rows {
			b := rows[i].bytes(',')
			if i == at {
				b = breakRow(t, rows[i])
			}
			rows[i].want.Line = lines + 1
			lines += bytes.Count(b, []byte{'\n'})
			file = append(file, b...)
		}
		got, bad := readAll(t, file, ",")
		if len(bad) != 1 || bad[0].Row != at+1 || bad[0].Line != rows[at].want.Line {
			t.Fatalf("row %d is broken, and the reader says %v of\n%s", at+1, bad, file)
		}
		for i, row := range slices.Delete(slices.Clone(rows), at, at+1) {
			if i >= len(got) {
				t.Fatalf("%d rows came through\n%s", len(got), file)
			}
			same(t, got[i], row.want)
		}
	})
}

// breakRow spoils one row in one of the ways in which offices spoil them.
func breakRow(t *rapid.T, row lawRow) []byte {
	plain := slices.Clone(row.cells)
	for i := range plain {
		plain[i] = strings.Map(func(r rune) rune {
			if strings.ContainsRune("\",\n;|\t", r) {
				return 'x'
			}
			return r
		}, plain[i])
	}
	cell := rapid.IntRange(0, len(plain)-1).Draw(t, "cell")
	join := func(cells []string) []byte { return []byte(strings.Join(cells, ",") + "\n") }
	how := rapid.SampledFrom([]string{
		"a quote opens", "a quote in the middle", "a quote at the end", "a cell missing", "a cell too many", "no number", "no such day",
		"not UTF-8", "a NUL", "a word unknown", "no amount", "text after a quoted text of many lines",
	}).Draw(t, "how")
	switch how {
	case "a quote opens":
		plain[cell] = `"` + plain[cell]
	case "a quote in the middle":
		plain[cell] = "a" + `"` + plain[cell]
	case "a quote at the end":
		plain[cell] = "a" + plain[cell] + `"`
	case "a cell missing":
		return join(slices.Delete(plain, cell, cell+1))
	case "a cell too many":
		return join(slices.Insert(plain, cell, "extra"))
	case "no number":
		plain[0] = " "
	case "no such day":
		plain[2] = "2007-02-30"
	case "not UTF-8":
		plain[cell] = "\xff" + plain[cell]
	case "a NUL":
		plain[cell] += "\x00"
	case "a word unknown":
		plain[3] = "Los"
	case "no amount":
		plain[5] = "ten"
	case "text after a quoted text of many lines":
		plain[cell] = "\"first\n\nthird\" more"
	}
	return join(plain)
}

func readAll(t *rapid.T, file []byte, delimiter string) (rows []Row, bad []*RowError) {
	source := io.Reader(bytes.NewReader(file))
	if rapid.Bool().Draw(t, "slowly") {
		source = iotest.OneByteReader(source)
	}
	m := lawMap(delimiter)
	fields := []FieldSpec{{ID: "what", Type: "text"}, {ID: "amount", Type: "amount"}}
	if err := m.Check(fields, []string{"property-loss", "not-stated"}); err != nil {
		t.Fatal(err)
	}
	r, err := From(context.Background(), "claims.csv", source, m, fields)
	if err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if e, ok := errors.AsType[*RowError](err); ok {
			bad = append(bad, e)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if sum, size, ok := r.FileDigest(); !ok || size != int64(len(file)) || sum != sha256.Sum256(file) {
		t.Fatalf("the digest is not the file's")
	}
	return rows, bad
}

func same(t *rapid.T, got, want Row) {
	got.Digest = [32]byte{}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("read\n%+v\nand not\n%+v", got, want)
	}
}

// The digest is of what stands in the row: it changes with any cell, and not
// with the order of the columns.
func TestTheDigestIsOfTheContent(t *testing.T) {
	digest := func(t *rapid.T, header, cells []string) [32]byte {
		file := append(lawRow{cells: header}.bytes(','), lawRow{cells: cells}.bytes(',')...)
		rows, bad := readAll(t, file, ",")
		if len(rows) != 1 {
			t.Fatalf("%v in\n%s", bad, file)
		}
		return rows[0].Digest
	}
	rapid.Check(t, func(t *rapid.T) {
		row := drawRow(t, 1)
		first := digest(t, lawHeader, row.cells)
		order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6}).Draw(t, "order")
		var header, cells []string
		for _, i := range order {
			header, cells = append(header, lawHeader[i]), append(cells, row.cells[i])
		}
		if digest(t, header, cells) != first {
			t.Fatal("another order of the columns changes the digest")
		}
		cell := rapid.SampledFrom([]int{0, 1, 4, 6}).Draw(t, "cell")
		row.cells[cell] += "x"
		if digest(t, lawHeader, row.cells) == first {
			t.Fatalf("another %s has the same digest", lawHeader[cell])
		}
	})
}
