package sheet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"

	"github.com/openchancery/chancery/fault"
)

var proposeFields = []FieldSpec{
	{ID: "incident-date", Label: "Date of the incident", Type: "date"},
	{ID: "incident-time", Label: "Time of the incident", Type: "time"},
	{ID: "amount-claimed", Label: "Amount claimed", Type: "amount"},
	{ID: "place", Label: "Place", Type: "text"},
	{ID: "description", Label: "What happened", Type: "text"},
	{ID: "insured", Label: "Insured", Type: "boolean"},
	{ID: "name", Label: "Name of the claimant", Type: "text"},
}

var proposeCategories = []string{"property-loss", "property-damage", "personal-injury", "not-stated"}

// Each file in testdata/propose holds a file of an office (in the encoding
// that its name ends with), dashes, and the map that is proposed for it.
func TestMapsThatAreProposed(t *testing.T) {
	files, err := filepath.Glob("testdata/propose/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, want, _ := strings.Cut(string(golden), goldenDashes)
			got := proposalFor(t, name, file)
			if *update {
				if err := os.WriteFile(path, []byte(file+goldenDashes+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("proposed is\n%s\nand should be\n%s", got, want)
			}
		})
	}
}

// proposalFor is the map proposed for a file, with the codes of its notes for
// comments, and then what Check has against it.
func proposalFor(t *testing.T, name, file string) string {
	for suffix, c := range charmaps {
		if strings.HasSuffix(name, suffix) {
			encoded, err := encoding.HTMLEscapeUnsupported(c.NewEncoder()).String(file)
			if err != nil {
				t.Fatal(err)
			}
			file = encoded
		}
	}
	path := filepath.Join(t.TempDir(), "Office claims 2007.csv")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	m, notes, err := Propose(path, proposeFields, proposeCategories, map[string][]string{"insured": {"Versichert"}})
	if err != nil {
		return fault.Code(err) + "\n"
	}
	written := m.YAML(noteText)
	for _, n := range notes {
		if !strings.Contains(written, "# "+noteText(n)) {
			t.Errorf("the note %v is not written", n)
		}
	}
	again, err := ParseMap("map.yaml", []byte(written))
	if err != nil {
		t.Fatalf("%v in\n%s", err, written)
	}
	if p, _ := errors.AsType[Problems](again.Check(proposeFields, proposeCategories)); p != nil {
		written += goldenDashes + p.Error() + "\n"
		return written
	}
	r, err := Open(t.Context(), path, again, proposeFields)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for row, err := r.Next(); err == nil; row, err = r.Next() {
		written += fmt.Sprintf("# %s %s %s %q %q\n", row.SourceNumber, row.Received, row.Category, row.Answers, row.Outcome)
	}
	return written
}

// noteText is a note as these tests write it: its code and values, without
// the file's path.
func noteText(err error) string {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return err.Error()
	}
	c := *f
	c.Values = slices.DeleteFunc(slices.Clone(f.Values), func(v fault.Value) bool { return v.Name == "file" || v.Name == "path" })
	return c.Error()
}

// The real office's file: the proposal is the map that a person wrote, but
// for the source's name, and reads every row. The formats that come late in
// the file are in it.
func TestTheRealFilesMapIsProposed(t *testing.T) {
	openTSA(t).Close()
	m, notes, err := Propose(tsaFile, tsaFields, tsaCategories, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(tsaFields, tsaCategories); err != nil {
		t.Fatal(err)
	}
	want := tsaMap()
	want.Source = m.Source
	for _, id := range []string{"incident-date", "incident-time"} {
		f := m.Fields[id]
		slices.Sort(f.Formats)
		w := want.Fields[id]
		w.Formats = slices.Sorted(slices.Values(w.Formats))
		want.Fields[id] = w
	}
	want.Received.Formats = []string{"YYYY-MM-DD"}
	if got, wanted := m.YAML(nil), want.YAML(nil); got != inOrder(t, wanted, m) {
		t.Errorf("proposed is\n%s\nand a person wrote\n%s", got, wanted)
	}
	var codes []string
	for _, n := range notes {
		codes = append(codes, fault.Code(n))
	}
	wantCodes := []string{
		"sheet.note-proposed", "sheet.note-codes-guessed", "sheet.note-claimant", "sheet.note-outcome", "sheet.note-currency-taken",
	}
	if !slices.Equal(codes, wantCodes) {
		t.Errorf("notes: %v", codes)
	}
}

// inOrder writes a map with its fields in the order of another.
func inOrder(t *testing.T, text string, other *Map) string {
	m, err := ParseMap("map.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m.order = other.order
	return m.YAML(nil)
}
