package sheet

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"

	"github.com/openchancery/chancery/money"
)

const tsaFile = "../../shared/data/tsa/claims-2007-2009.csv"

// tsaFields is as much of that programme's form as these tests need.
var tsaFields = []FieldSpec{
	{ID: "incident-date", Label: "Date of the incident", Type: "date"},
	{ID: "incident-time", Label: "Time of the incident", Type: "time"},
	{ID: "airport-code", Label: "Airport (code)", Type: "text"},
	{ID: "airport-name", Label: "Airport (name)", Type: "text"},
	{ID: "airline", Label: "Airline name", Type: "text"},
	{ID: "site", Label: "Claim site", Type: "text"},
	{ID: "item", Label: "Item", Type: "text"},
	{ID: "amount-claimed", Label: "Amount claimed", Type: "amount", Currency: "USD"},
}

var tsaCategories = []string{
	"property-loss", "property-damage", "personal-injury", "motor-vehicle", "employee-loss", "passenger-theft", "not-stated",
}

// tsaMap is the map of the office's file, as the caller builds one.
func tsaMap() *Map {
	incident := []string{"YYYY-MM-DD", "YYYY-MM-DD HH:MM", "DD-MON-YYYY HH:MM"}
	return &Map{
		Source:   "tsa",
		Number:   Feed{Column: "Claim Number"},
		Received: Feed{Column: "Date Received"},
		Category: Feed{Column: "Claim Type", Values: map[string]string{
			"Passenger Property Loss": "property-loss", "Property Damage": "property-damage", "Personal Injury": "personal-injury",
			"Motor Vehicle": "motor-vehicle", "Employee Loss (MPCECA)": "employee-loss", "Passenger Theft": "passenger-theft", "": "not-stated",
		}},
		Claimant: Feed{Value: "individual"},
		Fields: map[string]Feed{
			"incident-date":  {Column: "Incident Date", Formats: incident},
			"incident-time":  {Column: "Incident Date", Formats: incident, Part: "time"},
			"airport-code":   {Column: "Airport Code"},
			"airport-name":   {Column: "Airport Name"},
			"airline":        {Column: "Airline Name"},
			"site":           {Column: "Claim Site"},
			"item":           {Column: "Item"},
			"amount-claimed": {Column: "Claim Amount"},
		},
		Outcome: []string{"Status", "Disposition"},
		Award:   &Feed{Column: "Close Amount", Currency: "USD"},
	}
}

// The file of the real office: every claim, none bad, and the sum that its
// README gives.
func TestTheRealFileIsReadWhole(t *testing.T) {
	r := openTSA(t)
	defer r.Close()
	claims, timed, oldest, unanswered := 0, 0, "9999", 0
	awards := money.Totals{}
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		claims++
		if row.Number != claims || row.Line != claims+1 {
			t.Fatalf("claim %d stands in row %d, line %d", claims, row.Number, row.Line)
		}
		if row.Answers["incident-time"] != "" {
			timed++
		}
		if d := row.Answers["incident-date"]; d == "" {
			unanswered++
		} else {
			oldest = min(oldest, d)
		}
		if d := row.Outcome["Disposition"]; row.AwardStated && (d == "Approve in Full" || d == "Settle") {
			if err := awards.Add(row.Award); err != nil {
				t.Fatal(err)
			}
		}
	}
	if claims != 47912 || timed != 1652+95 || unanswered != 97 || oldest != "0002-11-30" {
		t.Errorf("%d claims, %d with a time, %d without an incident date, oldest %s", claims, timed, unanswered, oldest)
	}
	if got := awards.Amounts(); len(got) != 1 || got[0].String() != "2636477.48 USD" {
		t.Errorf("awards come to %v", got)
	}
	if _, size, ok := r.FileDigest(); !ok || size != 8811468 {
		t.Errorf("digest over %d bytes, whole: %v", size, ok)
	}
}

// A quote that is opened by mistake in row 30,001 costs that row and no other,
// in whichever column it opens.
func TestABrokenQuoteInTheRealFile(t *testing.T) {
	openTSA(t).Close()
	file, err := os.ReadFile(tsaFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(file, []byte{'\n'})
	whole := lines[30_001]
	for column, name := range []string{"Claim Number", "Date Received", "Incident Date", "Airport Code", "Airport Name", "Airline Name"} {
		cells := bytes.SplitN(whole, []byte{','}, 13)
		cells[column] = append([]byte{'"'}, cells[column]...)
		lines[30_001] = bytes.Join(cells, []byte{','})
		r, err := From(t.Context(), "claims.csv", bytes.NewReader(bytes.Join(lines, nil)), tsaMap(), tsaFields)
		if err != nil {
			t.Fatal(err)
		}
		claims, bad := 0, 0
		for row, err := r.Next(); err != io.EOF; row, err = r.Next() {
			if e, ok := errors.AsType[*RowError](err); ok {
				bad++
				if e.Row != 30_001 || e.Line != 30_002 || e.Code() != "sheet.row-quote" || e.Column() != name {
					t.Errorf("a quote in %s: %v", name, e)
				}
				continue
			}
			claims++
			if row.Number != claims+bad || err != nil {
				t.Fatalf("claim %d is row %d, %v", claims, row.Number, err)
			}
		}
		if claims != 47_911 || bad != 1 {
			t.Errorf("a quote in %s: %d claims, %d bad rows", name, claims, bad)
		}
	}
}

func openTSA(t testing.TB) *Reader {
	t.Helper()
	if _, err := os.Stat(tsaFile); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the real office's file is not here: shared/data/tsa is absent")
	}
	m := tsaMap()
	if err := m.Check(tsaFields, tsaCategories); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), tsaFile, m, tsaFields)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func BenchmarkRealFile(b *testing.B) {
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		r := openTSA(b)
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			rows++
		}
		b.SetBytes(r.Offset())
		r.Close()
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
