package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/internal/faulttest"
)

// The program is built once, without the race detector: it is killed hundreds
// of times, and has one thread of work.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "chancery-life-")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(folder, "life"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return folder, fmt.Errorf("build: %w\n%s", err, out)
	}
	return folder, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, err := built(); err == nil {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func program(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	folder, err := built()
	must(t, err)
	return exec.CommandContext(ctx, filepath.Join(folder, "life"), args...)
}

// ground is a folder that no disk slows down, where the system has one: what a
// lost sync would lose is reckoned from a record, never left to a real disk.
func ground(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "chancery-faults-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { must(t, os.RemoveAll(folder)) })
	return folder
}

// emptied is the folder with nothing in it.
func emptied(t testing.TB, folder string) {
	t.Helper()
	must(t, os.RemoveAll(folder))
	must(t, os.Mkdir(folder, 0o700))
}

// lived is one life under a tracer, and what was told of it.
type lived struct {
	faulttest.Ran
	told []told
	said string
	errs string
}

// traced lives a life in the trace's root.
func traced(t testing.TB, trace faulttest.Trace, flags ...string) lived {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), longest)
	defer stop()
	c := program(ctx, t, append(flags, filepath.Join(trace.Root, "register"))...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	ran, err := trace.Run(c)
	if errors.Is(err, faulttest.ErrNotHere) {
		t.Skip(err)
	}
	must(t, err)
	acts, err := tell(out.Bytes())
	must(t, err)
	return lived{ran, acts, out.String(), errs.String()}
}

// asked is a process that is asked about installations: one that dies or hangs
// of what it finds is a failure.
type asked struct {
	testing.TB
	ask     *json.Encoder
	answers chan []byte
}

// startAsking starts one with a flag.
func startAsking(t testing.TB, how string) *asked {
	t.Helper()
	c := program(context.Background(), t, how)
	var errs bytes.Buffer
	c.Stderr = &errs
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	a := &asked{t, json.NewEncoder(in), make(chan []byte)}
	go func() {
		defer close(a.answers)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			a.answers <- bytes.Clone(lines.Bytes())
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("life %s: %v\n%s", how, err, errs.String())
		}
	})
	return a
}

// racing is how many calls a life may make fewer than another: those who file at once
// near its end share as many commits as chance has it.
const racing = 60

// longest is how long a life or an answer may take: one that takes longer hangs.
const longest = 2 * time.Minute

// about asks about an installation.
func (a *asked) about(after any, q question, answer any) {
	a.Helper()
	must(a, a.ask.Encode(q))
	select {
	case line, ok := <-a.answers:
		if !ok {
			a.Fatalf("%v: it died of the question", after)
		}
		must(a, json.Unmarshal(line, answer))
	case <-time.After(longest):
		a.Fatalf("%v: there is no answer", after)
	}
}

// checker checks installations.
type checker struct{ *asked }

func newChecker(t testing.TB) checker { return checker{startAsking(t, "-check")} }

// survived reports whether an installation is as it must be after a fault.
func (k checker) survived(after any, root string, acts []told) bool {
	k.Helper()
	var f finding
	k.about(after, question{filepath.Join(root, "register"), acts}, &f)
	if len(f.Wrong) > 0 {
		k.Errorf("%v, with %d acts acknowledged:\n%s", after, len(acts), strings.Join(f.Wrong, "\n"))
	}
	return len(f.Wrong) == 0
}
