package intake_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/intake"
)

// A file is taken as it stands, and what the office did comes out of the
// rulebook: every way in which a claim can end is among these rows.
func TestAFileIsTakenWithWhatTheOfficeDid(t *testing.T) {
	f := written(70)
	d := fresh(t)
	if got, want := did(d.take(t, f.on(t))), (done{Rows: 70, Filed: 70, Reported: 70}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	d.holds(t, figuresOf(t, f))
	d.nothingIsPayable(t)
}

// Given twice, a file adds nothing: not one entry.
func TestTheSameFileTwiceAddsNothing(t *testing.T) {
	f := written(50)
	d := fresh(t)
	d.take(t, f.on(t))
	before := d.head()
	if got, want := did(d.take(t, f.on(t))), (done{Rows: 50, Repeated: 50}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if d.head() != before {
		t.Error("the tree's head has moved")
	}
}

// A corrected copy adds what is new. What has changed is named by its row in
// the copy and not filed again; what was taken out stays on file; the order of
// the rows and of the columns, and the line ends, are no change.
func TestACorrectedCopyAddsOnlyWhatIsNew(t *testing.T) {
	f := written(50)
	for _, c := range []struct {
		name    string
		correct func(f *file)
		lineEnd string
		want    done
		changed []int64 // rows of the copy
	}{
		{"the rows turned round", func(f *file) { slices.Reverse(f.rows) }, lf, done{Rows: 50, Repeated: 50}, nil},
		{"other line ends", func(*file) {}, crlf, done{Rows: 50, Repeated: 50}, nil},
		{"two columns in each other's place", func(f *file) {
			for _, r := range append(f.rows, f.header) {
				r[item], r[airline] = r[airline], r[item]
			}
		}, lf, done{Rows: 50, Repeated: 50}, nil},
		{"rows taken out", func(f *file) { f.rows = slices.Delete(f.rows, 10, 20) }, lf, done{Rows: 40, Repeated: 40}, nil},
		{"rows changed: a field, an outcome, an amount paid", func(f *file) {
			f.rows[3][airport], f.rows[7][status], f.rows[11][closed] = "Elsewhere", "Canceled", "999"
		}, lf, done{Rows: 50, Repeated: 47, Changed: 3}, []int64{4, 8, 12}},
		{"rows added in front", func(f *file) {
			f.rows = append(written(53).rows[50:], f.rows...)
		}, lf, done{Rows: 53, Filed: 3, Repeated: 50, Reported: 3}, nil},
		{"all of it", func(f *file) {
			f.rows = append(written(53).rows[50:], slices.Delete(f.rows, 10, 20)...)
			f.rows[5][claimed] = "0.01"
			slices.Reverse(f.rows)
		}, crlf, done{Rows: 43, Filed: 3, Repeated: 39, Changed: 1, Reported: 3}, []int64{38}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fresh(t)
			d.take(t, f.on(t))
			copied := f.copied()
			c.correct(&copied)
			report := d.take(t, onDisk(t, copied.bytes(c.lineEnd)))
			if got := did(report); got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
			var rows []int64
			for _, at := range report.ChangedAt {
				rows = append(rows, at.Row)
			}
			if !slices.Equal(rows, c.changed) {
				t.Errorf("the rows named as changed are %v, want %v", rows, c.changed)
			}
			if got, _ := d.figures(t); got.Claims != 50+c.want.Filed {
				t.Errorf("%d claims are on file, want %d", got.Claims, 50+c.want.Filed)
			}
		})
	}
}

// A changed row's first content stays: its outcome and its figures too.
func TestAChangedRowChangesNothing(t *testing.T) {
	f := written(30)
	d := fresh(t)
	d.take(t, f.on(t))
	for _, r := range f.rows {
		r[status], r[closed], r[disposition] = "Approved", "1000000", "Approve in Full"
	}
	if got, want := did(d.take(t, f.on(t))), (done{Rows: 30, Changed: 30}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	d.holds(t, figuresOf(t, written(30)))
}

// One number twice in one file: the first row counts. The second is there
// already, or it is named as changed.
func TestANumberThatStandsTwiceInTheFile(t *testing.T) {
	f := written(20)
	f.rows = append(f.rows, slices.Clone(f.rows[4]), slices.Clone(f.rows[5]))
	f.rows[21][claimed] = "77"
	d := fresh(t)
	report := d.take(t, f.on(t))
	if got, want := did(report), (done{Rows: 22, Filed: 20, Repeated: 1, Changed: 1, Reported: 20}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if len(report.ChangedAt) != 1 || report.ChangedAt[0].Row != 22 {
		t.Errorf("changed is named at %v, want row 22", report.ChangedAt)
	}
}

// The claims first, what the office did with them later: the same as at once.
func TestOutcomesMayComeLater(t *testing.T) {
	f := written(50)
	d := fresh(t)
	path := f.on(t)
	run := d.run(path)
	run.WithOutcomes = false
	if got, want := did(do(t, run)), (done{Rows: 50, Filed: 50}); got != want {
		t.Errorf("without outcomes:\n got %+v\nwant %+v", got, want)
	}
	d.holds(t, figures{Claims: 50, Filed: 50, Total: "0.00"})
	if got, want := did(d.take(t, path)), (done{Rows: 50, Repeated: 50, Reported: 50}); got != want {
		t.Errorf("with outcomes:\n got %+v\nwant %+v", got, want)
	}
	d.holds(t, figuresOf(t, f))
}

// However many acts it takes, a file comes to the same.
func TestAFileIsTakenInAnyNumberOfActs(t *testing.T) {
	f := written(60)
	path := f.on(t)
	for _, rows := range []int{1, 7, 60, 61} {
		d := fresh(t)
		if got, want := did(do(t, d.run(path).InActsOf(rows))), (done{Rows: 60, Filed: 60, Reported: 60}); got != want {
			t.Errorf("%d rows to an act:\n got %+v\nwant %+v", rows, got, want)
		}
		d.holds(t, figuresOf(t, f))
		if got, want := did(do(t, d.run(path).InActsOf(11))), (done{Rows: 60, Repeated: 60}); got != want {
			t.Errorf("%d rows to an act, given again:\n got %+v\nwant %+v", rows, got, want)
		}
	}
}

// A run that was stopped anywhere is given again and finishes, with the same
// figures.
func TestAStoppedRunIsGivenAgain(t *testing.T) {
	f := written(60)
	path := f.on(t)
	for _, stage := range []string{"check", "take"} {
		d := fresh(t)
		ctx, stop := context.WithCancel(t.Context())
		run := d.run(path)
		run.Progress = func(at string, _, _ int64) {
			if at == stage {
				stop()
			}
		}
		if _, err := run.Do(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped in %s, it says %v", stage, err)
		}
		d.take(t, path)
		d.holds(t, figuresOf(t, f))
	}
}

// A file that changes between the passes: what is taken stood in the file that
// was checked, and the entries name that file by its digest. The rest comes
// with the next run.
func TestAFileThatChangesBetweenThePasses(t *testing.T) {
	f := written(105)
	for _, c := range []struct {
		name   string
		change func(f *file)
		most   int64 // claims taken before it is noticed; fewer when the filing lags behind
	}{
		{"in its first rows", func(f *file) { f.rows[10][claimed] = "1" }, 0},
		{"in its last rows", func(f *file) { f.rows[102][claimed] = "1" }, 100},
		{"by rows in front", func(f *file) { f.rows = append(written(106).rows[105:], f.rows...) }, 0},
		{"by rows at its end", func(f *file) { f.rows = append(f.rows, written(106).rows[105:]...) }, 100},
		{"by a row that is wrong now", func(f *file) { f.rows[101][received] = "yesterday" }, 100},
		{"by losing its end", func(f *file) { f.rows = f.rows[:90] }, 50}, // the first act's rows stand in it yet
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := fresh(t)
			path := f.on(t)
			changed := f.copied()
			c.change(&changed)
			run := d.run(path).InActsOf(50)
			run.WithOutcomes = false
			run.Begin = func(context.Context) error { return os.WriteFile(path, changed.bytes(lf), 0o600) }
			if _, err := run.Do(t.Context()); fault.Code(err) != "intake.file-changed" {
				t.Errorf("it says %v", err)
			}
			if got, _ := d.figures(t); got.Claims > c.most {
				t.Errorf("%d claims were taken, want %d at most", got.Claims, c.most)
			}
			again := d.run(path).InActsOf(50)
			again.KeepGoing, again.Rejects = true, path+".rejects.csv"
			report := do(t, again)
			if known := report.Filed + report.Repeated + report.Changed; known != int64(len(changed.rows))-report.Bad {
				t.Errorf("given again: %+v", report)
			}
		})
	}
}

// A dry run takes nothing and leaves nothing behind.
func TestADryRunTakesNothing(t *testing.T) {
	d := fresh(t)
	f := written(40)
	f.rows[3][received] = "yesterday"
	before := d.head()
	run := d.run(f.on(t))
	run.DryRun, run.KeepGoing, run.Rejects = true, true, run.Path+".rejects.csv"
	if got, want := did(do(t, run)), (done{Rows: 40, Bad: 1}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if d.head() != before {
		t.Error("the tree's head has moved")
	}
	if _, err := os.Stat(run.Rejects); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dry run left a file of rejects: %v", err)
	}
}

func do(tb testing.TB, run *intake.Run) intake.Report {
	tb.Helper()
	report, err := run.Do(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return report
}
