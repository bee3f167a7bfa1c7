package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is chancery as it ships, built without the race detector: what takes
// the whole real file, or is killed in the middle of it, runs here. Beside it
// lies chancery-verify.
type binary struct {
	path string
	env  []string // beside the test's own
}

// shippedIn names the folder of the binary, for whoever tidies up.
const shippedIn = "CHANCERY_TEST_SHIPPED"

// shipped builds both binaries, once for all tests.
var shipped = sync.OnceValues(func() (binary, error) {
	folder, err := os.MkdirTemp("", "chancery-shipped-")
	if err != nil {
		return binary{}, err
	}
	if err := os.Setenv(shippedIn, folder); err != nil {
		return binary{}, err
	}
	bin := binary{path: filepath.Join(folder, "chancery")}
	build := exec.Command("go", "build", "-trimpath", "-o", folder, ".", "../chancery-verify")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return bin, fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
})

func TestTheBinaryAsItShips(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary and takes the whole real file")
	}
	bin, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("takes the whole real file", func(t *testing.T) { t.Parallel(); takesTheWholeFile(t, bin) })
	t.Run("is killed while it imports", func(t *testing.T) { t.Parallel(); isKilledImporting(t, bin) })
	t.Run("is read while it imports", func(t *testing.T) { t.Parallel(); isReadMeanwhile(t, bin) })
	t.Run("is stopped by Ctrl-C", func(t *testing.T) { t.Parallel(); isStopped(t, bin) })
	t.Run("meets a full disk", func(t *testing.T) { t.Parallel(); meetsAFullDisk(t, bin) })
	t.Run("is refused by its disk", func(t *testing.T) { t.Parallel(); isRefusedByItsDisk(t, bin) })
	t.Run("is killed while it erases", func(t *testing.T) { t.Parallel(); isKilledErasing(t, bin) })
	t.Run("is killed while it backs up and restores", func(t *testing.T) { t.Parallel(); isKilledBackingUp(t, bin) })
	t.Run("is killed while it opens an epoch", func(t *testing.T) { t.Parallel(); isKilledOpeningAnEpoch(t, bin) })
	t.Run("is checked from outside", func(t *testing.T) { t.Parallel(); isCheckedFromOutside(t, bin) })
	t.Run("is held by a witness", func(t *testing.T) { t.Parallel(); isHeldByAWitness(t, bin) })
	t.Run("publishes into a bucket", func(t *testing.T) { t.Parallel(); publishesIntoABucket(t, bin) })
	t.Run("leaves nothing in the clear", func(t *testing.T) { t.Parallel(); leavesNothingInTheClear(t, bin) })
}

// run is one call: its output, and how it ended.
type ran struct {
	out, err string
	code     int
	peak     int64 // resident memory in KiB
	took     time.Duration
}

func (b binary) command(dir string, args ...string) *exec.Cmd {
	c := exec.Command(b.path, args...)
	c.Dir = dir
	c.Env = append(append(os.Environ(), "CHANCERY_DIR=register", "TMPDIR="+dir), b.env...)
	return c
}

// try runs a command in a folder.
func (b binary) try(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	c := b.command(dir, args...)
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	start := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watchPeak(c.Process.Pid)
	err := c.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return ran{out.String(), errs.String(), c.ProcessState.ExitCode(), peak(), time.Since(start)}
}

// watchPeak looks at a process's peak of resident memory, in KiB, until it has
// ended. The kernel's account of an ended child won't do: it begins with what
// its parent, this test, held at the fork.
func watchPeak(pid int) (peak func() int64) {
	most := make(chan int64)
	go func() {
		seen := int64(0)
		for {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, rest, ok := strings.Cut(string(text), "VmHWM:")
			if err != nil || !ok {
				most <- seen // it is gone
				return
			}
			var now int64
			_, _ = fmt.Sscan(rest, &now)
			seen = max(seen, now)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return func() int64 { return <-most }
}

// must runs a command that has to succeed.
func (b binary) must(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	r := b.try(t, dir, args...)
	if r.code != exitOK {
		t.Fatalf("chancery %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r
}

// figures are those of stats and of an import, as far as the tests read them.
type figures struct {
	Claims     int64            `json:"claims"`
	Standings  map[string]int64 `json:"standings"`
	Awards     awardFigures     `json:"awards"`
	Dismissals int64            `json:"dismissals"`
	Entries    int64            `json:"entries"`
	TreeHead   string           `json:"tree_head"`
}

type awardFigures struct {
	Count     int64             `json:"count"`
	Reported  int64             `json:"reported"`
	NotStated int64             `json:"not_stated"`
	Total     map[string]string `json:"total"`
}

type taken struct {
	Rows, Filed, Changed int64
	AlreadyHere          int64                       `json:"already_here"`
	Reported             int64                       `json:"outcomes_reported"`
	ChangedRows          []struct{ Row, Line int64 } `json:"changed_rows"`
}

func read[T any](t *testing.T, r ran) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), &v); err != nil {
		t.Fatalf("%v in %q (%s)", err, r.out, r.err)
	}
	return v
}

func (b binary) stats(t *testing.T, dir string) figures {
	t.Helper()
	return read[figures](t, b.must(t, dir, "stats", "--json"))
}

// sound holds that verify finds nothing.
func (b binary) sound(t *testing.T, dir string, flags ...string) {
	t.Helper()
	if r := b.try(t, dir, append([]string{"verify"}, flags...)...); r.code != exitOK {
		t.Fatalf("verify %v: %s%s", flags, r.out, r.err)
	}
}

// tsaFile is the real file's absolute path; the test is skipped without it.
func tsaFile(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data", "tsa", "claims-2007-2009.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the shared data is not here: ../shared/data")
	}
	return path
}

// tsaRows are the real file's rows, the header first.
func tsaRows(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile(tsaFile(t))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func write(t *testing.T, path string, rows [][]string, lineEnds string) {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = lineEnds == "CRLF"
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// importing are the arguments that take a file of the TSA in.
func importingTSA(path string) []string {
	return []string{"claim", "import", path, "--programme", "tsa-2007", "--with-outcomes", "--json"}
}

// Every claim that a real office received in three years, under 200 MB; a
// second time; as a corrected copy; page by page; and verified.
func takesTheWholeFile(t *testing.T, bin binary) {
	dir, path := t.TempDir(), tsaFile(t)
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	first := bin.must(t, dir, importingTSA(path)...)
	t.Logf("47,912 rows in %v, at most %d MB", first.took.Round(time.Millisecond), first.peak>>10)
	if got := read[taken](t, first); got.Rows != 47_912 || got.Filed != 47_912 || got.Reported != 47_912 {
		t.Errorf("taken: %+v", got)
	}
	if first.peak > 200<<10 {
		t.Errorf("the import took %d MB of memory, more than 200", first.peak>>10)
	}
	before := bin.stats(t, dir)
	if before.Claims != 47_912 || before.Dismissals != 32_886 ||
		before.Standings["recorded"] != 362 || before.Standings["withdrawn"] != 1_654 ||
		before.Standings["deficient"] != 1_628 || before.Standings["decided"] != 44_268 || len(before.Standings) != 4 ||
		before.Awards.Count != 11_382 || before.Awards.Reported != 11_382 || before.Awards.NotStated != 2 ||
		before.Awards.Total["USD"] != "2636477.48" || len(before.Awards.Total) != 1 {
		t.Errorf("the figures are %+v", before)
	}
	if again := read[taken](t, bin.must(t, dir, importingTSA(path)...)); again.AlreadyHere != 47_912 || again.Filed+again.Changed+again.Reported != 0 {
		t.Errorf("given again: %+v", again)
	}
	if after := bin.stats(t, dir); after.TreeHead != before.TreeHead || after.Entries != before.Entries {
		t.Errorf("given again, the file added entries: %d, and before %d", after.Entries, before.Entries)
	}
	everyRowIsListed(t, bin, dir)

	// The corrected copy: two rows changed, one added, one taken out, turned
	// round, and with other line ends.
	rows := tsaRows(t)
	rows[10][9], rows[40_001][10] = "1.00", "In review"
	added := slices.Clone(rows[101])
	added[0] = "2010000000001"
	rows = slices.Delete(append(rows, added), 501, 502)
	slices.Reverse(rows[1:])
	corrected := filepath.Join(dir, "corrected.csv")
	write(t, corrected, rows, "CRLF")
	left := bin.try(t, dir, importingTSA(corrected)...)
	got := read[taken](t, left)
	if left.code != exitFailed || got.Filed != 1 || got.Changed != 2 || got.AlreadyHere != 47_909 || len(got.ChangedRows) != 2 {
		t.Errorf("the corrected copy: exit code %d, %+v", left.code, got)
	}
	bin.sound(t, dir, "--rebuild")
}

// everyRowIsListed pages through all claims: each row of the file stands there
// once.
func everyRowIsListed(t *testing.T, bin binary, dir string) {
	t.Helper()
	type page struct {
		Claims []struct {
			Row                                      int64
			Reference, Category, Standing, Programme string
		}
		Next string
	}
	seen := map[int64]bool{}
	for after, more := "", true; more; more = after != "" {
		p := read[page](t, bin.must(t, dir, "claim", "list", "--json", "--limit", "1000", "--after", after))
		for _, c := range p.Claims {
			if seen[c.Row] || c.Reference == "" || c.Category == "" || c.Standing == "" {
				t.Fatalf("row %d is listed twice, or in part: %+v", c.Row, c)
			}
			seen[c.Row] = true
		}
		after = p.Next
	}
	if len(seen) != 47_912 {
		t.Errorf("%d claims are listed", len(seen))
	}
}

// moments are random and can be had again: the seed is in the log.
func moments(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed of the moments: %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// killed starts a command and kills it at a random moment within a time; false
// when it had ended by then.
func (b binary) killed(t *testing.T, r *rand.Rand, within time.Duration, dir string, args ...string) bool {
	t.Helper()
	c := b.command(dir, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(r.Int64N(int64(within))))
	_ = c.Process.Kill() // it may have ended
	_ = c.Wait()
	return !c.ProcessState.Exited()
}

// Killed at any instant an import opens again, verifies, has lost nothing that
// stood in the tree before, and given again finishes with the figures of a run
// that nobody killed.
func isKilledImporting(t *testing.T, bin binary) {
	const kills = 20
	rows := tsaRows(t)[:3_001]
	dir := inMemory(t)
	path := filepath.Join(dir, "claims.csv")
	write(t, path, rows, "LF")
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	whole := bin.must(t, dir, importingTSA(path)...)
	want := bin.stats(t, dir)
	r := moments(t)
	for n := 0; n < kills; {
		dir := inMemory(t)
		bin.must(t, dir, "init", "register", "--origin", "test.example/log")
		entries := int64(0)
		for n < kills && bin.killed(t, r, whole.took, dir, importingTSA(path)...) {
			n++
			now := read[verified](t, bin.try(t, dir, "verify", "--json"))
			if !now.Sound || now.Entries < entries {
				t.Fatalf("kill %d: %+v, and %d entries before", n, now, entries)
			}
			entries = now.Entries
		}
		bin.sound(t, dir, "--rebuild")
		bin.must(t, dir, importingTSA(path)...)
		got := bin.stats(t, dir)
		got.TreeHead, got.Entries = want.TreeHead, want.Entries // salts are random, and each run opens bulk acts of its own
		if !same(got, want) {
			t.Errorf("resumed after kills:\n got %+v\nwant %+v", got, want)
		}
	}
}

// inMemory is a folder that no disk slows down, where the system has one: a
// killed process takes nothing of the page cache with it.
func inMemory(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "chancery-killed-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// somethingIsTaken waits until an import is in its second pass: the tree outside
// grows by then.
func somethingIsTaken(t *testing.T, dir string) {
	t.Helper()
	leaves := filepath.Join(dir, "register.heads", "leaves")
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if info, err := os.Stat(leaves); err == nil && info.Size() > 100<<10 {
			return
		}
	}
	t.Fatal("nothing was taken in a minute")
}

// same compares figures by their JSON.
func same(a, b figures) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Ctrl-C, or the system's own wish to stop, ends an import in good order: a
// sentence, exit code 1, and the same command goes on.
func isStopped(t *testing.T, bin binary) {
	for signal, flag := range map[os.Signal]string{os.Interrupt: "--json=false", syscall.SIGTERM: "--json"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "claims.csv")
		write(t, path, tsaRows(t)[:6_001], "LF")
		bin.must(t, dir, "init", "register", "--origin", "test.example/log")
		c := bin.command(dir, append(importingTSA(path), flag)...)
		var out, errs strings.Builder
		c.Stdout, c.Stderr = &out, &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		somethingIsTaken(t, dir)
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		if code := c.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(errs.String(), "Interrupted. What was acknowledged is on file. Run the same command again to go on") {
			t.Errorf("stopped by %v: exit code %d and %q", signal, code, errs.String())
		}
		if flag == "--json" && !strings.Contains(errs.String(), `{"error":{"code":"interrupted"`) {
			t.Errorf("stopped by %v, as JSON: %q", signal, errs.String())
		}
		bin.sound(t, dir)
		got := read[taken](t, bin.must(t, dir, importingTSA(path)...))
		if got.AlreadyHere == 0 || got.Filed == 0 || got.AlreadyHere+got.Filed != 6_000 {
			t.Errorf("given again: %+v", got)
		}
	}
}
