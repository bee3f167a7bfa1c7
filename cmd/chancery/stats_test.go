package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// waitingForALeaf is an installation that is held open, with an act that has no leaf
// until it is closed or publishes, as it is left where nothing can be written to the
// tree any more; and a command beside it.
func waitingForALeaf(t *testing.T) (i *installation.Installation, beside func(words ...string) (code int, said string)) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "register")
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
	return i, func(words ...string) (code int, said string) {
		var out, errs bytes.Buffer
		code = (&app{in: strings.NewReader(""), out: &out, err: &errs}).run(t.Context(), append(words, "--dir", dir, "--json"))
		return code, out.String() + errs.String()
	}
}

// Nobody is told that others are fast, where an act waits for its leaf. What waits is
// counted once it has it.
func TestCountingSaysWhenAnActWaitsForItsLeaf(t *testing.T) {
	i, beside := waitingForALeaf(t)
	for _, words := range [][]string{{"stats"}, {"docket", "export", "--audit"}} {
		if code, said := beside(words...); code != exitFailed || !strings.Contains(said, "stats.waiting") || !strings.Contains(said, "stood at 1 entries") {
			t.Errorf("%v while it waits: exit code %d, %s", words, code, said)
		}
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if code, said := beside("stats"); code != exitOK || !strings.Contains(said, `"entries":2`) {
		t.Errorf("once it has its leaf: exit code %d, %s", code, said)
	}
	if code, said := beside("docket", "export", "--audit"); code != exitFailed || !strings.Contains(said, "log.not-all-published") {
		t.Errorf("exported though nobody publishes: exit code %d, %s", code, said)
	}
}

// Who publishes does so a moment after an act: an export beside it waits for that.
func TestAnExportWaitsForWhatIsBeingPublished(t *testing.T) {
	i, beside := waitingForALeaf(t)
	published := make(chan error, 1)
	go func() {
		time.Sleep(500 * time.Millisecond)
		_, err := i.Office.Publish(context.Background())
		published <- err
	}()
	code, said := beside("docket", "export", "--audit")
	if err := errors.Join(<-published, i.Close()); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(said, "\n"); code != exitOK || lines != 3 {
		t.Errorf("exit code %d, %d lines: %s", code, lines, said)
	}
}
