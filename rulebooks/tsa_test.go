package rulebooks_test

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// The real file: what its office did, read by the rulebook alone. The figures
// of awards are those of the data's own README; the others follow from the
// file by the rule that the disposition decides and the status only without
// one.
func TestTSAFileByTheRulebook(t *testing.T) {
	rows := tsaRows(t)
	e := parse(t, "tsa-2007")
	outcomes := map[rulebook.ReportedOutcome]int{}
	suspicions := map[string]int{}
	total := money.Totals{}
	for i, row := range rows {
		reported, err := e.Outcome(row)
		if err != nil {
			t.Fatalf("row %d: %v", i+1, err)
		}
		outcomes[reported.Outcome]++
		c := tsaCase(t, e, row)
		c.Outcome = reported.Outcome
		if text := row[e.Import.Award.Column]; text != "" && reported.Outcome == rulebook.ReportedAward {
			c.Award, err = money.Parse(text, e.Import.Award.Currency)
			if err != nil {
				t.Fatalf("row %d: %v", i+1, err)
			}
			c.AwardStated = true
			if err := total.Add(c.Award); err != nil {
				t.Fatal(err)
			}
		}
		found, err := e.Suspicions(c)
		if err != nil {
			t.Fatalf("row %d: %v", i+1, err)
		}
		for _, id := range found {
			suspicions[id]++
		}
	}
	wantOutcomes := map[rulebook.ReportedOutcome]int{
		rulebook.ReportedAward: 11_382, rulebook.ReportedDismissal: 32_886, rulebook.ReportedWithdrawn: 1_654,
		rulebook.ReportedDeficient: 1_628, rulebook.ReportedRecorded: 362,
	}
	if diff := cmp.Diff(wantOutcomes, outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if got := total["USD"]; got != 2_636_477_48 {
		t.Errorf("awards add up to %d cents, want 263647748", got)
	}
	// Counted apart from this code, as dates. To compare the file's texts gives
	// 412 incidents after receipt, 34 too many: the office wrote some dates as
	// 21-AUG-0207, which as a text comes after 2007, and some with a time.
	wantSuspicions := map[string]int{
		"incident-after-receipt": 378, "incident-long-before": 95, "incident-date-missing": 97,
		"claimed-missing": 752, "claimed-nothing": 33, "claimed-very-high": 27,
		"award-above-claim": 8, "award-not-stated": 2,
	}
	if diff := cmp.Diff(wantSuspicions, suspicions); diff != "" {
		t.Errorf("suspicions (-want +got):\n%s", diff)
	}
}

func TestTSAOutcomeOfUnknownWords(t *testing.T) {
	e := parse(t, "tsa-2007")
	for _, test := range []struct {
		name                string
		disposition, status string
		rule, code          string
		outcome             rulebook.ReportedOutcome
	}{
		{"the disposition decides", "Settle", "In litigation", "disposition-award", "", "award"},
		{"the status where there is none", "", "Canceled", "status-canceled", "", "withdrawn"},
		{"a status that isn't known, beside a disposition", "Deny", "Lost", "", "rulebook.outcome-unknown", ""},
		{"a disposition that isn't known", "Perhaps", "Denied", "", "rulebook.outcome-unknown", ""},
		{"a status that decides nothing by itself", "", "Approved", "", "rulebook.outcome-undecided", ""},
		{"nothing said", "", "", "", "", "none"},
	} {
		got, err := e.Outcome(map[string]string{"Disposition": test.disposition, "Status": test.status})
		if got.Rule != test.rule || got.Outcome != test.outcome || fault.Code(err) != test.code {
			t.Errorf("%s: %+v, %v; want %s %s %s", test.name, got, err, test.rule, test.outcome, test.code)
		}
	}
}

// parsed are the editions that parse has read: they never change.
var parsed sync.Map

func parse(t testing.TB, id string) *rulebook.Edition {
	t.Helper()
	if e, ok := parsed.Load(id); ok {
		return e.(*rulebook.Edition)
	}
	r, ok := rulebooks.Find(id)
	if !ok {
		t.Fatalf("no rulebook %s", id)
	}
	e, err := rulebook.Parse(r.Name, r.Source)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Store(id, e)
	return e
}

// tsaRows reads the file as maps of column to cell.
func tsaRows(t *testing.T) []map[string]string {
	t.Helper()
	name := filepath.Join("..", "..", "shared", "data", "tsa", "claims-2007-2009.csv")
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the data set %s is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	r := csv.NewReader(f)
	header, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for {
		record, err := r.Read()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		row := make(map[string]string, len(record))
		for i, cell := range record {
			row[header[i]] = cell
		}
		rows = append(rows, row)
	}
}

// layouts are the file's formats in Go's words; the sheet room reads them as
// they stand in the rulebook.
var layouts = map[string]string{
	"YYYY-MM-DD": "2006-01-02", "YYYY-MM-DD HH:MM": "2006-01-02 15:04", "DD-MON-YYYY HH:MM": "02-Jan-2006 15:04",
}

// tsaCase makes a case of a row by the rulebook's import section.
func tsaCase(t *testing.T, e *rulebook.Edition, row map[string]string) rulebook.Case {
	t.Helper()
	raw := map[string]string{}
	for id, feed := range e.Import.Fields {
		cell := row[feed.Column]
		field, _ := e.Field(id)
		switch {
		case cell == "":
		case field.Type == rulebook.Choice:
			raw[id] = feed.Values[cell]
			if raw[id] == "" {
				t.Fatalf("%s: the rulebook doesn't know %q", id, cell)
			}
		case field.Type == rulebook.Date:
			raw[id] = dateOf(t, feed.Formats, cell).String()
		case field.Type != rulebook.Time:
			raw[id] = cell
		}
	}
	c := rulebook.Case{
		Category: e.Import.Category.Values[row[e.Import.Category.Column]],
		Claimant: e.Import.Claimant.Value,
		Received: dateOf(t, e.Import.Received.Formats, row[e.Import.Received.Column]),
	}
	var err error
	if c.Answers, err = e.Read(c.Category, raw); err != nil {
		t.Fatal(err, maps.Clone(row))
	}
	return c
}

func dateOf(t *testing.T, formats []string, cell string) day.Date {
	t.Helper()
	for _, f := range formats {
		at, err := time.Parse(layouts[f], cell)
		if err == nil {
			return day.Of(at, nil)
		}
	}
	t.Fatalf("no format reads %q", cell)
	return day.Date{}
}
