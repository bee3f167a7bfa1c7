package life_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/openchancery/chancery/simulate/life"
)

func TestSweep(t *testing.T) {
	from, _ := strconv.ParseUint(os.Getenv("FROM"), 10, 64)
	n, _ := strconv.ParseUint(os.Getenv("N"), 10, 64)
	years, _ := strconv.Atoi(os.Getenv("YEARS"))
	if n == 0 {
		t.Skip()
	}
	count := map[string]int{}
	var sum life.Summary
	for s := from; s < from+n; s++ {
		l, err := life.Play(t.Context(), life.Options{Seed: s, Years: years})
		if f, ok := errors.AsType[*life.Failure](err); ok {
			if count[f.Invariant]++; count[f.Invariant] <= 2 {
				t.Log(f)
				t.Log(strings.Join(f.Story[max(0, len(f.Story)-6):], "\n"))
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		sum.Add(l.Summary)
	}
	t.Logf("%v %+v", count, sum)
}

func TestStory(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("STORY"), 10, 64)
	if err != nil {
		t.Skip()
	}
	l, err := life.Play(t.Context(), life.Options{Seed: seed, Years: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(strings.Join(l.Answers, "\n"))
}
