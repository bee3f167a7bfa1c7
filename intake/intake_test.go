package intake_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/intake"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// tsaFile is the real file, two folders up from the checkout; without it the
// test says that it skips, and with it unreadable it fails.
func tsaFile(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join("..", "..", "shared", "data", "tsa", "claims-2007-2009.csv")
	if _, err := os.Stat(filepath.Dir(filepath.Dir(path))); os.IsNotExist(err) {
		tb.Skip("the shared data is not here: ../shared/data")
	}
	if _, err := os.ReadFile(path); err != nil {
		tb.Fatalf("the shared data is here and this file can't be read: %v", err)
	}
	return path
}

// desk is an installation with the programme open and an officer signed in.
type desk struct {
	*installation.Installation
	by      office.By
	edition *rulebook.Edition
}

func fresh(tb testing.TB) *desk {
	tb.Helper()
	ctx := context.Background()
	places := installation.Beside(filepath.Join(tb.TempDir(), "data"))
	if err := installation.Create(ctx, places, "test.example/log", installation.Options{}); err != nil {
		tb.Fatal(err)
	}
	i, err := installation.Open(ctx, places.Data, installation.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = i.Close() })
	secret, err := i.Credential("")
	if err != nil {
		tb.Fatal(err)
	}
	actor, err := i.Office.Authenticate(ctx, secret)
	if err != nil {
		tb.Fatal(err)
	}
	d := &desk{Installation: i, by: office.By{Actor: actor}}
	book, _ := rulebooks.Find("tsa-2007")
	if _, err := i.Office.OpenProgramme(ctx, d.by, book.Name, book.Source); err != nil {
		tb.Fatal(err)
	}
	if d.edition, err = i.Office.Edition(ctx, "tsa-2007"); err != nil {
		tb.Fatal(err)
	}
	return d
}

// run is an import of this file with outcomes, by the programme's own map.
func (d *desk) run(path string) *intake.Run {
	return &intake.Run{
		Office: d.Office, By: d.by, Edition: d.edition, Path: path, Map: intake.BuiltInMap(d.edition),
		WithOutcomes: true, Say: func(err error) string { return err.Error() },
	}
}

func (d *desk) take(tb testing.TB, path string) intake.Report {
	tb.Helper()
	report, err := d.run(path).Do(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return report
}
