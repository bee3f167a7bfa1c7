package sheet

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the reader says into the golden files")

// Each file in testdata holds a file of an office, dashes, and what the
// reader says of it row by row. A map may stand before the first dashes; else
// it is harbourMap. In the file, \xNN is a byte, \r a carriage return, and
// {x*9} is x nine times.
const goldenDashes = "----------\n"

const harbourMap = `
source: harbour
number: {column: No}
received: {column: Received}
category: {column: Kind, values: {Loss: property-loss, Injury: personal-injury}}
claimant: {value: individual}
fields:
  amount: {column: Amount, currency: USD}
  what: {column: What}
outcome: [Status]
`

var harbourFields = []FieldSpec{
	{ID: "amount", Label: "Amount claimed", Type: "amount"},
	{ID: "what", Label: "What was lost", Type: "text"},
	{ID: "when", Label: "When", Type: "date"},
	{ID: "hour", Label: "At what hour", Type: "time"},
	{ID: "pieces", Label: "How many", Type: "integer"},
	{ID: "insured", Label: "Insured", Type: "boolean"},
	{ID: "place", Label: "Where", Type: "choice", Options: []string{"quay", "ship"}},
}

var harbourCategories = []string{"property-loss", "personal-injury", "not-stated"}

func TestBrokenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(string(golden), goldenDashes)
			mapText := harbourMap
			if len(parts) == 3 {
				mapText, parts = parts[0], parts[1:]
			}
			if len(parts) != 2 {
				t.Fatalf("%d parts", len(parts))
			}
			got := readingOf(t, mapText, fileBytes(parts[0]))
			if *update {
				whole := strings.TrimSuffix(string(golden), parts[1]) + got
				if err := os.WriteFile(path, []byte(whole), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != parts[1] {
				t.Errorf("the reader says\n%s\nand should say\n%s", got, parts[1])
			}
		})
	}
}

var (
	goldenRepeat = regexp.MustCompile(`\{(.)\*([0-9]+)\}`)
	goldenByte   = regexp.MustCompile(`\\x[0-9a-f]{2}`)
)

// fileBytes is the office's file that a golden file describes.
func fileBytes(s string) string {
	s = strings.ReplaceAll(s, `\r`, "\r")
	s = goldenRepeat.ReplaceAllStringFunc(s, func(m string) string {
		part := goldenRepeat.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[2])
		return strings.Repeat(part[1], n)
	})
	s = goldenByte.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:], 16, 8)
		return string([]byte{byte(n)})
	})
	return strings.TrimSuffix(s, `\`+"\n") // a backslash at the end: the file ends without a line's end
}

// readingOf is what the reader says of a file, a line for each row.
func readingOf(t testing.TB, mapText, file string) string {
	m, err := ParseMap("map.yaml", []byte(mapText))
	if err != nil {
		return fmt.Sprintln(err)
	}
	if err := m.Check(harbourFields, harbourCategories); err != nil {
		return fmt.Sprintln(err)
	}
	r, err := From(t.Context(), "claims.csv", strings.NewReader(file), m, harbourFields)
	if err != nil {
		return fmt.Sprintln(err)
	}
	var b strings.Builder
	for {
		row, err := r.Next()
		if err == io.EOF {
			return b.String()
		}
		if bad, ok := errors.AsType[*RowError](err); ok {
			for _, c := range bad.Cells {
				fmt.Fprintf(&b, "%v\n", c.Fault)
			}
			fmt.Fprintf(&b, "    raw %s\n", shortened(bad.Raw))
			continue
		}
		if err != nil {
			fmt.Fprintln(&b, err)
			return b.String()
		}
		fmt.Fprintf(&b, "row %d line %d: %s %s %s %q", row.Number, row.Line, row.SourceNumber, row.Received, row.Category, row.Answers)
		if row.AwardStated {
			fmt.Fprintf(&b, " award %s", row.Award)
		}
		if !row.DecidedOn.IsZero() {
			fmt.Fprintf(&b, " decided %s", row.DecidedOn)
		}
		fmt.Fprintln(&b)
	}
}

func shortened(raw []byte) string {
	s := strconv.Quote(string(raw))
	if len(s) > 200 {
		return fmt.Sprintf("%s… %d bytes", s[:80], len(raw))
	}
	return s
}
