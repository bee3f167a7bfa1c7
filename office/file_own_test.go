package office_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// asked is one request of a program to file, and what came of it.
type asked struct {
	key, reference string
	filing         office.Filing

	done     office.OwnFiled
	repeated bool
	err      error
}

func (a *asked) by(h *house, program office.Known) {
	a.done, a.repeated, a.err = h.Office.FileOwn(h.Context(), office.By{Actor: program, Key: a.key}, "demo", a.reference, a.filing)
}

// ways are what the requests ask that come at once, in turns, and what each must have;
// first is the first one of its way.
var ways = []struct {
	name string
	ask  func(*asked)
	has  func(a, first asked) bool
}{
	{"a claim of its own", func(*asked) {}, func(a, _ asked) bool { return a.err == nil && !a.repeated && !a.done.Repeated }},
	{"what the form doesn't take", func(a *asked) { a.filing.Answers["place"] = "the moon" }, func(a, _ asked) bool { return fault.Is(a.err, fault.Invalid) }},
	{
		"the same request", func(a *asked) { a.key, a.reference = "the same", "case of one request" },
		func(a, first asked) bool { return a.err == nil && a.done == first.done && !a.done.Repeated },
	},
	{
		"the same claim by a request of its own", func(a *asked) { a.reference = "case of many" },
		func(a, first asked) bool { return a.err == nil && !a.repeated && a.done.ID == first.done.ID },
	},
	{
		"a claim of before, changed", func(a *asked) { a.reference, a.filing = "before", departure("", 3, true) },
		func(a, _ asked) bool { return fault.Code(a.err) == "claim.own-reference-taken" },
	},
	{"another claim by a request of before", func(a *asked) { a.key = "before" }, func(a, _ asked) bool { return fault.Code(a.err) == "office.key-reused" }},
	{"without a key", func(a *asked) { a.key = "" }, func(a, _ asked) bool { return a.err == nil && !a.repeated && !a.done.Repeated }},
}

// Those who file at once by one token share a transaction. A request that is repeated under
// its key meanwhile has the first answer, with another claim under the key it is refused
// and nothing is filed; each has what it would have had alone.
func TestOfManyRequestsOfAProgramEachHasItsOwnAnswer(t *testing.T) {
	for _, times := range []int{14, parallelRepeats} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			h := opened(t)
			program := h.program()
			before := asked{key: "before", reference: "before", filing: departure("", 2, true)}
			before.by(h, program)
			must(t, before.err)
			all := make([]asked, times)
			soManyAtOnce(times, func(n int) error {
				all[n] = asked{key: fmt.Sprint("request ", n), reference: fmt.Sprint("case ", n), filing: departure("", 2, true)}
				ways[n%len(ways)].ask(&all[n])
				all[n].by(h, program)
				return nil
			})
			ids := map[claim.ID]bool{before.done.ID: true}
			for n, a := range all {
				way := ways[n%len(ways)]
				if !way.has(a, all[n%len(ways)]) || a.err != nil && a.done != (office.OwnFiled{}) {
					t.Errorf("%s, request %d: %+v, %t, %v", way.name, n, a.done, a.repeated, a.err)
				}
				if a.err == nil {
					ids[a.done.ID] = true
				}
			}
			once(t, all, 2, func(a asked) bool { return !a.repeated })
			once(t, all, 3, func(a asked) bool { return !a.done.Repeated })
			if n := len(h.everyClaim()); n != len(ids) {
				t.Errorf("%d claims are on file, and %d were answered", n, len(ids))
			}
			keptUnderItsKey(t, h, program, all)
			h.sound()
		})
	}
}

// once holds that of the requests of one way one was done, and the others told of it.
func once(t *testing.T, all []asked, way int, done func(asked) bool) {
	t.Helper()
	n := 0
	for at, a := range all {
		if at%len(ways) == way && done(a) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%s was done %d times", ways[way].name, n)
	}
}

// keptUnderItsKey repeats requests one by one: what was answered is answered so again, and
// what was refused left its key free.
func keptUnderItsKey(t *testing.T, h *house, program office.Known, all []asked) {
	t.Helper()
	for n, first := range all {
		again, free := first, slices.Contains([]int{1, 4}, n%len(ways))
		if free {
			again.reference, again.filing = fmt.Sprint("mended ", n), departure("", 2, true)
		}
		again.by(h, program)
		switch {
		case again.key == "before":
			if fault.Code(again.err) != "office.key-reused" {
				t.Errorf("request %d again: %v", n, again.err)
			}
		case again.err != nil || again.repeated == (free || again.key == ""):
			t.Errorf("request %d again: %+v, %t, %v", n, again.done, again.repeated, again.err)
		case !free && again.done.ID != first.done.ID:
			t.Errorf("request %d again has claim %s, and had %s", n, again.done.ID, first.done.ID)
		}
	}
}
