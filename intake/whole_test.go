package intake_test

import (
	"slices"
	"testing"

	"github.com/openchancery/chancery/fault"
)

// tsaFigures are the real file's, as the issue states them and as its rule
// gives them.
var tsaFigures = figures{
	Claims: 47_912, Recorded: 362, Withdrawn: 1_654, Deficient: 1_628, Decided: 44_268,
	Awards: 11_382, Reported: 11_382, NotStated: 2, Dismissals: 32_886, Total: "2636477.48",
}

// The figures below would prove little if they had been taken from what the
// product says: the standard library's reader and the issue's rule give them.
func TestTheIssuesRuleGivesTheFiguresOfTheRealFile(t *testing.T) {
	if got := figuresOf(t, readTSA(t, tsaFile(t))); got != tsaFigures {
		t.Errorf("\n got %+v\nwant %+v", got, tsaFigures)
	}
}

// Every claim that a real office received in three years, with what it did:
// taken in once, a second time, and as a corrected copy.
func TestTheWholeRealFile(t *testing.T) {
	path := tsaFile(t)
	if raceOn || testing.Short() {
		t.Skip("too slow here: cmd/chancery takes the whole file by the binary as it ships")
	}
	d := fresh(t)
	report := d.take(t, path)
	if want := (done{Rows: 47_912, Filed: 47_912, Reported: 47_912}); did(report) != want {
		t.Errorf("\n got %+v\nwant %+v", did(report), want)
	}
	d.holds(t, tsaFigures)
	d.nothingIsPayable(t)

	before := d.head()
	if again, want := did(d.take(t, path)), (done{Rows: 47_912, Repeated: 47_912}); again != want {
		t.Errorf("given again:\n got %+v\nwant %+v", again, want)
	}
	if d.head() != before {
		t.Error("given again, the file added entries")
	}

	// The corrected copy: two rows changed, three added, two taken out, the
	// whole turned round and with other line ends.
	f := readTSA(t, path)
	f.rows[9][claimed], f.rows[40_000][status] = "1.00", "In review"
	for i, n := range []string{"2010000000001", "2010000000002", "2010000000003"} {
		row := slices.Clone(f.rows[100+i])
		row[number] = n
		f.rows = append(f.rows, row)
	}
	f.rows = slices.Delete(f.rows, 500, 502)
	slices.Reverse(f.rows)
	corrected := did(d.take(t, onDisk(t, f.bytes(crlf))))
	if want := (done{Rows: 47_913, Filed: 3, Changed: 2, Repeated: 47_908, Reported: 3}); corrected != want {
		t.Errorf("the corrected copy:\n got %+v\nwant %+v", corrected, want)
	}
	if got, _ := d.figures(t); got.Claims != 47_915 {
		t.Errorf("%d claims after the corrected copy", got.Claims)
	}
}

// nothingIsPayable holds that what another office decided binds nobody here:
// nothing is owed, and no instalment and no round comes of it.
func (d *desk) nothingIsPayable(t *testing.T) {
	t.Helper()
	_, s := d.figures(t)
	if len(s.Fund.Awarded) > 0 || len(s.Fund.Owed) > 0 || len(s.Paid) > 0 {
		t.Errorf("reported awards are owed: %+v", s.Fund)
	}
	if _, err := d.Office.ProposeInstalment(t.Context(), d.by, "tsa-2007", 1000); fault.Code(err) != "commission.nothing-to-decide" {
		t.Errorf("an instalment of reported claims: %v", err)
	}
}
