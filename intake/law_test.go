package intake_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// Whatever subset of the rows is wrong, in whatever way: the others are filed,
// each as from a clean file and under its own row number, and the wrong ones
// are rejected under theirs.
func TestWhateverRowsAreWrongTheOthersAreFiled(t *testing.T) {
	clean := written(12)
	seenClean := cleanly(t, fresh(t), clean)
	var d *desk
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n%10 == 0 {
			d = fresh(t) // one for each case takes longer, and one for all does too
		}
		n++
		content, bad := drawSpoilt(rt, clean)
		path := t.TempDir() + "/claims.csv"
		if err := os.WriteFile(path, content, 0o600); err != nil {
			rt.Fatal(err)
		}
		run := d.run(path).InActsOf(rapid.IntRange(1, 13).Draw(rt, "rows to an act"))
		run.Map.Source = fmt.Sprintf("case-%d", n) // a source of its own, so that every case files anew
		run.KeepGoing, run.Rejects = true, path+".rejects.csv"
		report, err := run.Do(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		want := int64(len(clean.rows) - len(bad))
		if report.Filed != want || report.Bad != int64(len(bad)) || report.Reported != want {
			rt.Fatalf("of 12 rows %v are wrong, and it says %+v of\n%s", bad, did(report), content)
		}
		taken := d.taken(t, run.Map.Source)
		for row := int64(1); row <= int64(len(clean.rows)); row++ {
			if got, ok := taken[row]; ok == bad[row] || ok && got != seenClean[row] {
				rt.Fatalf("row %d (wrong: %v) was taken as\n%s\nand from a clean file as\n%s", row, bad[row], got, seenClean[row])
			}
		}
		if len(bad) == 0 {
			return
		}
		for _, r := range readRejects(t, run.Rejects) {
			var row int64
			if _, err := fmt.Sscan(r[0], &row); err != nil || !bad[row] {
				rt.Fatalf("row %q was rejected; wrong are %v", r[0], bad)
			}
		}
	})
}

// cleanly takes the clean file in under a source of its own.
func cleanly(t *testing.T, d *desk, clean file) map[int64]string {
	run := d.run(clean.on(t))
	run.Map.Source = "clean"
	do(t, run)
	return d.taken(t, "clean")
}

// drawSpoilt is the file with some rows spoilt, and which they are.
func drawSpoilt(rt *rapid.T, clean file) (content []byte, bad map[int64]bool) {
	bad = map[int64]bool{}
	b := bytes.NewBuffer(file{header: clean.header}.bytes(lf))
	swallows := false // the row before opened a quote: what follows must look like a row to be told from its text
	for i, row := range clean.rows {
		if !rapid.Bool().Draw(rt, fmt.Sprintf("row %d is wrong", i+1)) {
			b.Write(file{header: row}.bytes(lf))
			swallows = false
			continue
		}
		ways := wrongs
		if swallows {
			ways = wrongs[:2] // wrong in its outcome alone
		}
		way := rapid.IntRange(0, len(ways)-1).Draw(rt, "how")
		b.Write(ways[way].spoil(row))
		bad[int64(i+1)] = true
		swallows = ways[way].code == "sheet.row-quote"
	}
	return b.Bytes(), bad
}
