package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/fault"
)

// rejectAll reads a file and writes its bad rows to a reject file.
func rejectAll(t *testing.T, path, file string) *RejectFile {
	t.Helper()
	rejects, err := CreateRejects(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := From(t.Context(), "claims.csv", strings.NewReader(file), harbour(t), harbourFields)
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, err := r.Next()
		if err == io.EOF {
			break
		}
		if bad, ok := errors.AsType[*RowError](err); ok {
			if err := rejects.Add(bad, fault.Code); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := rejects.Close(); err != nil {
		t.Fatal(err)
	}
	return rejects
}

// The bad rows stand in the reject file to the byte, each with its place and
// reasons, and nobody but the owner may read it.
func TestTheRejectFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.csv")
	rejects := rejectAll(t, path, "No,Received,Kind,Amount,What,Status\r\n"+
		"1,2007-01-01,Loss,1,Hat,\r\n"+
		`2,2007-02-30,Lost,1,"=HYPERLINK(""x"")",`+"\r\n"+
		"3,2007-01-01,Loss,1,Caf\xe9,\r\n"+
		"4,2007-01-01,Loss,1,\"Hat,\r\n"+
		"5,2007-01-01,Loss,1,"+strings.Repeat("x", MaxRaw)+"\r\n")
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 || rejects.Rows() != 4 {
		t.Fatalf("%v %v, %d rows", info.Mode(), err, rejects.Rows())
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		strings.Split(rejectHeader, ","),
		{"2", "3", "Received; Kind", "sheet.cell-date\nsheet.cell-category", "", `2,2007-02-30,Lost,1,"=HYPERLINK(""x"")",`},
		{"3", "4", "What", "sheet.cell-encoding", "", "3,2007-01-01,Loss,1,Caf\xe9,"},
		{"4", "5", "What", "sheet.row-quote", "", `4,2007-01-01,Loss,1,"Hat,`},
		{"5", "6", "", "sheet.row-fields", "yes", "5,2007-01-01,Loss,1," + strings.Repeat("x", MaxRaw-20)},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%.400q", got)
	}
}

func TestARejectFileWithoutRowsGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.csv")
	rejectAll(t, path, "No,Received,Kind,Amount,What,Status\n1,2007-01-01,Loss,1,Hat,\n")
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// An earlier reject file makes room, with new permissions and a new inode;
// what is none of ours is left alone.
func TestWhatStandsWhereTheRejectFileGoes(t *testing.T) {
	dir := t.TempDir()
	bad := "No,Received,Kind,Amount,What,Status\n1,2007-02-30,Loss,1,Hat,\n"
	earlier, other := filepath.Join(dir, "rejects.csv"), filepath.Join(dir, "second-name.csv")
	rejectAll(t, earlier, bad+bad)
	if err := errors.Join(os.Chmod(earlier, 0o644), os.Link(earlier, other)); err != nil {
		t.Fatal(err)
	}
	rejectAll(t, earlier, bad)
	if info, err := os.Stat(earlier); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	old, _ := os.ReadFile(other)
	if now, _ := os.ReadFile(earlier); len(now) >= len(old) {
		t.Error("the earlier file was written over")
	}

	claims, link := filepath.Join(dir, "claims.csv"), filepath.Join(dir, "link.csv")
	if err := errors.Join(os.WriteFile(claims, []byte(bad), 0o644), os.Symlink(earlier, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{claims, link, dir} {
		if _, err := CreateRejects(path); fault.Code(err) != "sheet.reject-path-taken" {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if still, _ := os.ReadFile(claims); string(still) != bad {
		t.Error("the claims were written over")
	}
	if _, err := CreateRejects(filepath.Join(dir, "none", "rejects.csv")); fault.Code(err) != "sheet.reject-not-written" {
		t.Error(err)
	}
}
