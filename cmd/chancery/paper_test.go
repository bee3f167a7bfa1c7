package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/blank"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// A form as PDF has a page for each sheet, and is tagged, so that a screen reader
// finds its headings.
func TestABlankFormIsATaggedPDF(t *testing.T) {
	for _, name := range []string{"chromium", "pdfinfo"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("no %s here: make setup installs it", name)
		}
	}
	b, _ := rulebooks.Find("demo")
	e, err := rulebook.Parse("demo", b.Source)
	ok(t, err)
	f, err := blank.Make(e, "c-belongings", "en", paper.NewNumber([11]byte{1, 2, 3}))
	ok(t, err)
	out := filepath.Join(t.TempDir(), "form.PDF")
	ok(t, writeBlank(t.Context(), f, out, "chromium"))
	content, err := os.ReadFile(out)
	ok(t, err)
	info, err := exec.Command("pdfinfo", out).Output()
	ok(t, err)
	said := strings.Join(strings.Fields(string(info)), " ")
	if !bytes.HasPrefix(content, []byte("%PDF-")) || !strings.Contains(said, "Tagged: yes") || !strings.Contains(said, "Pages: "+string(rune('0'+len(f.Sheets)))+" ") {
		t.Errorf("%d sheets are\n%s", len(f.Sheets), info)
	}
}
