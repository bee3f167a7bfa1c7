package simulate_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/simulate"
)

// play runs the demo in an installation of its own.
func play(tb testing.TB, seed int64, claims int) (*installation.Installation, []simulate.Stage) {
	tb.Helper()
	ctx := context.Background()
	places := installation.Beside(filepath.Join(tb.TempDir(), "demo"))
	clock := simulate.NewClock()
	public, err := installation.MakeDemoDesk(places.Data)
	if err != nil {
		tb.Fatal(err)
	}
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(seed), Desk: public}
	if err := installation.Create(ctx, places, "demo.example/log", options); err != nil {
		tb.Fatal(err)
	}
	i, err := installation.Open(ctx, places.Data, options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = i.Close() })
	demo, err := simulate.NewDemo(ctx, i, seed, claims, clock)
	if err != nil {
		tb.Fatal(err)
	}
	stages, err := demo.Run(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return i, stages
}

func TestTheSameSeedGivesTheSameTreeHead(t *testing.T) {
	a, _ := play(t, 7, 400)
	b, _ := play(t, 7, 400)
	other, _ := play(t, 8, 400)
	if a.Office.Tree.Head() != b.Office.Tree.Head() {
		t.Errorf("seed 7 gave %v and then %v", a.Office.Tree.Head(), b.Office.Tree.Head())
	}
	if a.Office.Tree.Head().Root == other.Office.Tree.Head().Root {
		t.Error("seeds 7 and 8 gave the same tree")
	}
}

func TestTheDemoIsSound(t *testing.T) {
	ctx := context.Background()
	i, _ := play(t, 7, 600)
	v, err := i.Office.Verify(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Rebuild(ctx, v, nil); err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Findings {
		t.Errorf("%+v", f)
	}
	s, err := i.Office.Statistics(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	if s.Claims != 600 || s.Awards.Count == 0 || s.Standings["paid"] == 0 || s.Standings["refused"] == 0 || s.Standings["withdrawn"] == 0 {
		t.Errorf("the demo doesn't show the whole way: %+v", s)
	}
}

func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		_, stages := play(b, 1, 20_000)
		for _, s := range stages {
			b.Logf("%-10s %6d %s s", s.Name, s.Claims, s.Seconds)
		}
	}
}
