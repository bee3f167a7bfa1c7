package simulate_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/simulate"
)

// The seed of the demos that are killed, and how they are handed to the
// process that plays them.
const (
	killedSeed   = 11
	dirOfHelper  = "CHANCERY_TEST_DIR"
	sizeOfHelper = "CHANCERY_TEST_CLAIMS"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(dirOfHelper)
	if dir == "" {
		os.Exit(m.Run())
	}
	claims, err := strconv.Atoi(os.Getenv(sizeOfHelper))
	if err == nil {
		err = playOn(dir, killedSeed, claims)
	}
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println("finished")
}

// playOn plays the demo in dir, from wherever it stands, and says on its
// output what was acknowledged.
func playOn(dir string, seed int64, claims int) (err error) {
	ctx, clock := context.Background(), simulate.NewClock()
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(seed)}
	i, err := installation.Open(ctx, dir, options)
	if fault.Code(err) == "installation.none" {
		if options.Desk, err = installation.MakeDemoDesk(dir); err != nil {
			return err
		}
		if err := installation.Create(ctx, installation.Beside(dir), "demo.example/log", options); err != nil {
			return err
		}
		i, err = installation.Open(ctx, dir, options)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	demo, err := simulate.NewDemo(ctx, i, seed, claims, clock)
	if err != nil {
		return err
	}
	demo.Progress = func(stage string, done, _ int64) { fmt.Println(stage, done) }
	_, err = demo.Run(ctx)
	return err
}

// run is one run of the demo in a process of its own.
type run struct {
	finished bool
	filed    int64 // claims that were acknowledged as filed
}

// playUntil runs the demo in a process of its own, and kills it after a time.
func playUntil(t *testing.T, dir string, claims int, after time.Duration) (r run) {
	t.Helper()
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), dirOfHelper+"="+dir, sizeOfHelper+"="+strconv.Itoa(claims))
	out, err := helper.StdoutPipe()
	must(t, err)
	must(t, helper.Start())
	timer := time.AfterFunc(after, func() { _ = helper.Process.Kill() })
	defer timer.Stop()
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		var filed int64
		switch n, _ := fmt.Sscanf(line, "file %d", &filed); {
		case n == 1:
			r.filed = filed
		case line == "finished\n":
			r.finished = true
		case strings.HasPrefix(line, "failed"):
			t.Error(line)
		}
	}
	_ = helper.Wait() // it was killed, or it has said how it ended
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sound opens what the killed process left: the tree is brought up to the
// database, everything verifies, and what was acknowledged is there.
func sound(t *testing.T, dir string, filed int64, rebuild bool) docket.TreeHead {
	t.Helper()
	i, err := installation.Open(t.Context(), dir, installation.Options{})
	must(t, err)
	defer i.Close()
	head, err := i.Office.Sequence(t.Context())
	must(t, err)
	v, err := i.Office.Verify(t.Context(), nil)
	must(t, err)
	if rebuild {
		must(t, i.Rebuild(t.Context(), v, nil))
	}
	for _, f := range v.Findings {
		t.Errorf("%+v", f)
	}
	s, err := i.Office.Statistics(t.Context(), "")
	must(t, err)
	if s.Claims < filed {
		t.Errorf("%d claims were acknowledged and %d are there", filed, s.Claims)
	}
	return head
}

// A process may be killed at any moment. What it leaves opens, verifies, and
// holds everything that was acknowledged; run again, the demo finishes, at the
// head of a run that nobody touched.
func TestADemoThatIsKilledGoesOnToTheSameHead(t *testing.T) {
	begin := time.Now()
	whole := filepath.Join(t.TempDir(), "whole")
	if r := playUntil(t, whole, killedClaims, time.Hour); !r.finished {
		t.Fatal("it doesn't finish when nobody kills it")
	}
	took := time.Since(begin)
	want := sound(t, whole, killedClaims, true)

	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d; undisturbed it took %v to head %s of %d", seed, took, want.Root, want.Size)
	dir := filepath.Join(t.TempDir(), "killed")
	var moments []string
	atInit, finished := 0, 0
	for kills := 0; kills < killedTimes; {
		r := playUntil(t, dir, killedClaims, soon(random, took))
		if r.finished {
			if got := sound(t, dir, killedClaims, true); got != want {
				t.Errorf("finished at %+v, want %+v", got, want)
			}
			finished++
			dir = filepath.Join(t.TempDir(), "killed") // another from the beginning
			continue
		}
		kills++
		if _, err := installation.Find(dir); err != nil { // while it was made: it is for a person to remove
			wantNone(t, dir, err)
			atInit++
			moments = append(moments, "init")
			continue
		}
		moments = append(moments, fmt.Sprint(sound(t, dir, r.filed, false).Size))
	}
	if r := playUntil(t, dir, killedClaims, time.Hour); !r.finished {
		t.Error("it doesn't finish in the end")
	}
	if got := sound(t, dir, killedClaims, true); got != want {
		t.Errorf("finished at %+v, want %+v", got, want)
	}
	t.Logf("killed %d times, %d of them within init, with so many leaves in the tree: %s; finished %d times; %v in all",
		killedTimes, atInit, strings.Join(moments, " "), finished+1, time.Since(begin))
}

// soon is a moment of a run: mostly an early one, for a run that goes on after
// a kill is soon where it was.
func soon(random *rand.Rand, took time.Duration) time.Duration {
	early := min(random.Int64N(1000), random.Int64N(1000), random.Int64N(1000))
	return took * time.Duration(early) / 1000
}

func wantNone(t *testing.T, dir string, err error) {
	t.Helper()
	if fault.Code(err) != "installation.none" {
		t.Error(err)
	}
	places := installation.Beside(dir)
	for _, folder := range []string{places.Data, places.Keys, places.Heads, places.Log} {
		must(t, os.RemoveAll(folder))
	}
}

// Whoever starts a finished demo again changes nothing, however small it is.
// The one claim of seed 98 is deficient, is answered, and is recorded when the
// register looks again: at its first look there was nothing to record.
func TestADemoThatIsFinishedStaysAsItIs(t *testing.T) {
	for _, c := range []struct {
		seed   int64
		claims int
	}{{98, 1}, {1, 1}, {1, 2}, {1, 3}, {2, 3}, {1, 5}, {1, 10}, {1, 33}} {
		dir := filepath.Join(t.TempDir(), "demo")
		must(t, playOn(dir, c.seed, c.claims))
		first := sound(t, dir, int64(c.claims), false)
		must(t, playOn(dir, c.seed, c.claims))
		if again := sound(t, dir, int64(c.claims), true); again != first {
			t.Errorf("seed %d, %d claims: first %+v, then %+v", c.seed, c.claims, first, again)
		}
	}
}
