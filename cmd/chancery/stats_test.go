package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// An act without a leaf, as it is left where nothing can be written to the tree any
// more: nobody is told that others are fast. What waits is counted once it has its
// leaf.
func TestCountingSaysWhenAnActWaitsForItsLeaf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "register")
	counted := func() (code int, said string) {
		var out, errs bytes.Buffer
		code = (&app{in: strings.NewReader(""), out: &out, err: &errs}).run(t.Context(), []string{"stats", "--dir", dir, "--json"})
		return code, out.String() + errs.String()
	}
	if code := (&app{out: io.Discard, err: io.Discard}).run(t.Context(), []string{"init", dir, "--origin", "test.example/log"}); code != exitOK {
		t.Fatalf("init: exit code %d", code)
	}
	i, err := installation.Open(t.Context(), dir, installation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := i.Credential("")
	if err != nil {
		t.Fatal(err)
	}
	var by office.By
	if by.Actor, err = i.Office.Authenticate(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if err := i.Office.AddActor(t.Context(), by, "officer-2", []string{office.Officer}, i.Keep("officer-2")); err != nil {
		t.Fatal(err)
	}
	if code, said := counted(); code != exitFailed || !strings.Contains(said, "stats.waiting") || !strings.Contains(said, "stood at 1 entries") {
		t.Errorf("while it waits: exit code %d, %s", code, said)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if code, said := counted(); code != exitOK || !strings.Contains(said, `"entries":2`) {
		t.Errorf("once it has its leaf: exit code %d, %s", code, said)
	}
}
