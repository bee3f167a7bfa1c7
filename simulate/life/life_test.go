package life_test

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/simulate/life"
)

func played(t *testing.T, seed uint64, years int) *life.Life {
	t.Helper()
	l, err := life.Play(t.Context(), life.Options{Seed: seed, Years: years})
	if f, ok := errors.AsType[*life.Failure](err); ok {
		t.Fatalf("%v\n%s", f, strings.Join(f.Story, "\n"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A seed gives the same life: the same answers in the same order, to the same
// tree head.
func TestASeedReplaysExactly(t *testing.T) {
	first, again := played(t, 7, 3), played(t, 7, 3)
	if first.Head != again.Head || !slices.Equal(first.Answers, again.Answers) || first.Summary != again.Summary {
		t.Errorf("first %s after %d answers, then %s after %d", first.Head, len(first.Answers), again.Head, len(again.Answers))
	}
	if other := played(t, 8, 3); other.Head == first.Head {
		t.Error("another seed gives the same tree head")
	}
}

func TestOneSeed(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		t.Skip("no SEED")
	}
	years, _ := strconv.Atoi(os.Getenv("YEARS"))
	begin := time.Now()
	l := played(t, seed, years)
	t.Logf("%+v %s %v", l.Summary, l.Head, time.Since(begin))
}
