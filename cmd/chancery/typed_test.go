package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/openchancery/chancery/fault"
)

// Ctrl-C ends a question that nobody answers, and takes no half of an answer.
func TestAQuestionEndsByCtrlC(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	ended := make(chan struct{})
	close(ended)
	if line, err := (&app{err: io.Discard, ended: ended}).typedLine(in); fault.Code(err) != "interrupted" || line != "" {
		t.Errorf("got %q, %v", line, err)
	}
	for typed, want := range map[string]string{" yes \n": "yes", "yes": "yes", "\n": "", "": ""} {
		line, err := (&app{err: io.Discard}).typedLine(strings.NewReader(typed))
		if err != nil || line != want {
			t.Errorf("typed %q: got %q, %v", typed, line, err)
		}
	}
}
