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

// checker is the process that checks installations.
type checker struct {
	testing.TB
	ask     *json.Encoder
	answers chan finding
}

// newChecker starts one.
func newChecker(t testing.TB) *checker {
	t.Helper()
	c := program(context.Background(), t, "-check")
	var errs bytes.Buffer
	c.Stderr = &errs
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	k := &checker{t, json.NewEncoder(in), make(chan finding)}
	go func() {
		defer close(k.answers)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			f := finding{Wrong: []string{"no answer: " + lines.Text()}}
			_ = json.Unmarshal(lines.Bytes(), &f)
			k.answers <- f
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("the checker: %v\n%s", err, errs.String())
		}
	})
	return k
}

// longest is how long a check may take: one that takes longer hangs.
const longest = 2 * time.Minute

// survived reports whether an installation is as it must be after a fault.
func (k *checker) survived(after any, root string, acts []told) bool {
	k.Helper()
	must(k, k.ask.Encode(question{filepath.Join(root, "register"), acts}))
	select {
	case f, ok := <-k.answers:
		if !ok {
			k.Fatalf("%v: the checker ended", after)
		}
		if len(f.Wrong) > 0 {
			k.Errorf("%v, with %d acts acknowledged:\n%s", after, len(acts), strings.Join(f.Wrong, "\n"))
		}
		return len(f.Wrong) == 0
	case <-time.After(longest):
		k.Fatalf("%v: the check doesn't come to an end", after)
		return false
	}
}
