package sheet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/openchancery/chancery/fault"
)

func harbour(t testing.TB) *Map {
	t.Helper()
	m, err := ParseMap("map.yaml", []byte(harbourMap))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// endless is a file that never ends: after a head, the same lines for ever,
// up to a number of bytes.
type endless struct {
	head, again string
	left        int
	at          int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && e.left > 0 {
		if e.head != "" {
			m := copy(p[n:], e.head)
			e.head, n = e.head[m:], n+m
			continue
		}
		m := copy(p[n:], e.again[e.at:])
		e.at, n, e.left = (e.at+m)%len(e.again), n+m, e.left-m
	}
	return n, nil
}

// Memory stays as it is, whatever is wrong with a long file.
func TestMemoryIsBounded(t *testing.T) {
	const header = "No,Received,Kind,Amount,What,Status\n"
	for _, c := range []struct {
		name, head, again string
		code              string
		good              bool
	}{
		{"a quote that is never closed, no row after it", header + `1,2007-01-01,Loss,1,"Hat,` + "\n", "nothing that is a row\n", "sheet.row-too-long", false},
		{"one line without an end", header + `1,2007-01-01,Loss,1,Hat`, "x", "sheet.row-too-long", false},
		{"one line of quotes", header, `"",`, "sheet.row-too-long", false},
		{"a header without an end", "No", "x", "sheet.header-broken", false},
		{"only good rows", header, "1,2007-01-01,Loss,1,Hat,\n", "", true},
		{"a broken quote in every other row", header, "1,2007-01-01,Loss,1,\"Hat,\n2,2007-01-01,Loss,1,Hat,\n", "sheet.row-quote", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			size := 24 << 20
			if c.good {
				size = 1 << 20
			}
			r, err := From(t.Context(), "claims.csv", &endless{head: c.head, again: c.again, left: size}, harbour(t), harbourFields)
			code, rows, most := fault.Code(err), 0, uint64(0)
			for i := 0; err == nil || errors.As(err, new(*RowError)); i++ {
				if i > 0 && err == nil {
					rows++
				}
				if i%20_000 == 0 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
				if _, err = r.Next(); err != nil && err != io.EOF && code == "" {
					code = fault.Code(err)
				}
			}
			if code != c.code || (rows > 0) != c.good {
				t.Errorf("%q and %d good rows, ended by %v", code, rows, err)
			}
			if r != nil && cap(r.tape.buffer) > 2*maxKept {
				t.Errorf("%d bytes of the file are kept", cap(r.tape.buffer))
			}
			if most > 64<<20 {
				t.Errorf("%d MB in use", most>>20)
			}
		})
	}
}

// A row of MaxRow bytes is read, one of a byte more is not, and the row after
// it is.
func TestTheLongestRow(t *testing.T) {
	for more, want := range map[int]string{0: "", 1: "sheet.row-too-long"} {
		row := "1,2007-01-01,Loss,1,,\n"
		row = strings.Replace(row, ",,", ","+strings.Repeat("x", MaxRow-len(row)+more)+",", 1)
		file := "No,Received,Kind,Amount,What,Status\n" + row + "2,2007-01-01,Loss,1,Hat,\n"
		r, err := From(t.Context(), "claims.csv", strings.NewReader(file), harbour(t), harbourFields)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); fault.Code(err) != want {
			t.Errorf("%d bytes: %v", len(row), err)
		}
		if next, err := r.Next(); err != nil || next.Number != 2 || next.Line != 3 {
			t.Errorf("the next row is %d in line %d, %v", next.Number, next.Line, err)
		}
	}
}

// A reader that is stopped says so, and one whose file can't be read further
// names the file; neither goes on.
func TestTheReaderStops(t *testing.T) {
	file := "No,Received,Kind,Amount,What,Status\n" + strings.Repeat("1,2007-01-01,Loss,1,Hat,\n", 20_000)
	ctx, stop := context.WithCancel(t.Context())
	r, err := From(ctx, "claims.csv", strings.NewReader(file), harbour(t), harbourFields)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, and it says %v", err)
	}
	if _, again := r.Next(); !errors.Is(again, context.Canceled) {
		t.Errorf("asked again, it says %v", again)
	}
	if _, _, ok := r.FileDigest(); ok {
		t.Error("a file read in part has a digest")
	}

	broken := errors.New("the disk is gone")
	source := io.MultiReader(strings.NewReader(file[:200_000]), iotest.ErrReader(broken))
	r, err = From(t.Context(), "claims.csv", source, harbour(t), harbourFields)
	for err == nil {
		_, err = r.Next()
	}
	if fault.Code(err) != "sheet.file-unreadable" || !errors.Is(err, broken) {
		t.Errorf("unreadable, and it says %v", err)
	}
	if _, again := r.Next(); !errors.Is(again, broken) {
		t.Errorf("asked again, it says %v", again)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(t.Context(), filepath.Join(dir, "no.csv"), harbour(t), harbourFields); fault.Code(err) != "sheet.file-not-found" || !fault.Is(err, fault.NotFound) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(t.Context(), dir, harbour(t), harbourFields); fault.Code(err) != "sheet.file-is-directory" {
		t.Errorf("a directory: %v", err)
	}
	if _, _, err := Propose(dir, nil, nil, nil); fault.Code(err) != "sheet.file-is-directory" {
		t.Errorf("a directory: %v", err)
	}
}

func TestAFileIsReadAndItsDigestGiven(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.csv")
	file := []byte("\xef\xbb\xbfNo,Received,Kind,Amount,What,Status,Extra\n1,2007-01-01,Loss,1,Hat, Denied ,x\n")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), path, harbour(t), harbourFields)
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	if err != nil || row.Outcome["Status"] != " Denied " || row.AwardStated {
		t.Errorf("%+v, %v", row, err)
	}
	unknown := fault.New(fault.Invalid, "rulebook.outcome-unknown")
	e := r.Refuse("Status", unknown)
	if e.Row != 1 || e.Line != 2 || e.Column() != "Status" || e.Code() != "rulebook.outcome-unknown" ||
		string(e.Raw) != "1,2007-01-01,Loss,1,Hat, Denied ,x" {
		t.Errorf("%v with %q", e, e.Raw)
	}
	if _, _, ok := r.FileDigest(); ok {
		t.Error("a digest before the end")
	}
	if _, err := r.Next(); err != io.EOF {
		t.Error(err)
	}
	if sum, size, ok := r.FileDigest(); !ok || size != int64(len(file)) || sum != sha256.Sum256(file) {
		t.Errorf("%x over %d bytes, %v", sum, size, ok)
	}
	if got := strings.Join(r.Header(), "|"); got != "No|Received|Kind|Amount|What|Status|Extra" || r.Offset() != int64(len(file)) {
		t.Errorf("header %q, offset %d", got, r.Offset())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// What a row's digest is made of is for ever: it is what tells a changed copy
// of a file from the same one.
func TestTheDigestOfARowStays(t *testing.T) {
	file := "No,Received,Kind,Amount,What,Status\n1,2007-01-01,Loss,1,Hat,Denied\n"
	r, err := From(t.Context(), "claims.csv", strings.NewReader(file), harbour(t), harbourFields)
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	const want = "b262abed6a8eea6ebe4495422fc84d1172aa2af721d257e6d7a562bc9dfb387f"
	if got := hex.EncodeToString(row.Digest[:]); got != want {
		t.Errorf("%s, and it was %s", got, want)
	}
}

// No error shows what stands in a cell, but for the words of columns that
// hold codes.
func TestErrorsShowNoCell(t *testing.T) {
	const canary = "canary7"
	header := "No,Received,Kind,Amount,What,Status\n"
	for _, row := range []string{
		canary + ",2007-01-01,Loss,1," + canary + `" x,`,
		canary + ",2007-01-01,Loss,1,\"" + canary,
		canary + "," + canary + ",Loss," + canary + "," + canary + ",",
		canary + ",2007-01-01,Loss,1," + canary + "\x00,",
		canary + ",2007-01-01,Loss,1,\xff" + canary + ",",
		canary + ",2007-01-01,Loss,1," + canary,
		canary + ",2007-01-01,Loss,1," + strings.Repeat(canary, MaxRow/4),
		"," + canary + "," + strings.Repeat(canary, 40) + ",1.001" + ",,",
		strings.Repeat(canary, 40) + ",2007-01-01,Loss,1,Hat,",
	} {
		r, err := From(t.Context(), "claims.csv", strings.NewReader(header+row+"\n"), harbour(t), harbourFields)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Next()
		bad, ok := errors.AsType[*RowError](err)
		if !ok {
			t.Fatalf("%v of %.40q", err, row)
		}
		said := bad.Error() + errors.Join(bad.Unwrap()...).Error()
		if strings.Contains(said, canary) {
			t.Errorf("an error shows a cell: %s", said)
		}
		if !bytes.Contains(bad.Raw, []byte(canary)) || len(bad.Raw) > MaxRaw {
			t.Errorf("the row is not kept: %d bytes", len(bad.Raw))
		}
	}
	// A file without a header: its first row is somebody's claim.
	_, err := From(t.Context(), "claims.csv", strings.NewReader(canary+",2007-01-01,Loss,1,Hat,\n"), harbour(t), harbourFields)
	if fault.Code(err) != "sheet.header-absent" || strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
}

// FuzzReader: whatever the bytes, the reader comes to an end, counts its rows
// without a gap and never goes back.
func FuzzReader(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		golden, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		parts := strings.Split(string(golden), goldenDashes)
		if file := fileBytes(parts[len(parts)-2]); len(file) < 4096 {
			f.Add([]byte(file))
		}
	}
	m, fields := harbour(f), harbourFields
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := From(t.Context(), "claims.csv", bytes.NewReader(file), m, fields)
		if err != nil {
			if fault.Code(err) == "" {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		number, line := 0, 1
		for {
			row, err := r.Next()
			if err == io.EOF {
				break
			}
			if bad, ok := errors.AsType[*RowError](err); ok {
				row.Number, row.Line = bad.Row, bad.Line
				if len(bad.Cells) == 0 || bad.Code() == "" || len(bad.Raw) == 0 {
					t.Fatalf("a row error without a reason: %v", bad)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if row.Number <= number || row.Line <= line {
				t.Fatalf("row %d in line %d comes after row %d in line %d", row.Number, row.Line, number, line)
			}
			number, line = row.Number, row.Line
		}
		if number > r.number || r.line > bytes.Count(file, []byte{'\n'})+1 {
			t.Fatalf("%d rows, %d lines", r.number, r.line)
		}
		if sum, _, ok := r.FileDigest(); !ok || sum != sha256.Sum256(file) {
			t.Fatal("the digest is not the file's")
		}
	})
}
