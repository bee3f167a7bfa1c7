package office_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// forgedStore is a store whose reading log is another.
type forgedStore struct {
	store.Store
	lines []store.Reading
}

type forgedReader struct {
	store.Reader
	lines []store.Reading
}

func (s forgedStore) Read(ctx context.Context, look func(store.Reader) error) error {
	return s.Store.Read(ctx, func(r store.Reader) error { return look(forgedReader{r, s.lines}) })
}

func (r forgedReader) Readings() iter.Seq2[store.Reading, error] {
	return func(yield func(store.Reading, error) bool) {
		for _, l := range r.lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// forge does one thing to the log, at random, and answers the lines it touched:
// one of them must be named. Lines 61 to 65 have no head yet, so that what is
// cut off or rewritten there to the very end can't be known; everything else is.
func forge(t *rapid.T, lines []store.Reading) (forged []store.Reading, touched []int) {
	l := slices.Clone(lines)
	for i := range l {
		l[i].Line = slices.Clone(l[i].Line)
	}
	at := rapid.IntRange(0, len(l)-1).Draw(t, "line")
	headed := rapid.IntRange(0, 59).Draw(t, "headed line")
	switch what := rapid.SampledFrom([]string{"a byte", "a hash", "a column", "removed", "exchanged", "doubled", "made anew"}).Draw(t, "what"); what {
	case "a byte":
		l[at].Line[rapid.IntRange(0, len(l[at].Line)-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
	case "a hash":
		l[at].Hash[rapid.IntRange(0, 31).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
	case "a column":
		column := rapid.SampledFrom([]func(*store.Reading){
			func(r *store.Reading) { r.Claim += "0" }, func(r *store.Reading) { r.Actor += "0" }, func(r *store.Reading) { r.Day += "0" },
			func(r *store.Reading) { r.Person = !r.Person }, func(r *store.Reading) { r.Alarm++ },
		}).Draw(t, "column")
		column(&l[at])
	case "removed":
		return slices.Delete(l, headed, headed+1), []int{headed + 1}
	case "exchanged":
		other := rapid.IntRange(0, len(l)-1).Filter(func(n int) bool { return n != at }).Draw(t, "other")
		l[at].Line, l[other].Line = l[other].Line, l[at].Line
		l[at].Hash, l[other].Hash = l[other].Hash, l[at].Hash
		return l, []int{at + 1, other + 1}
	case "doubled":
		return slices.Insert(l, headed, l[headed]), []int{headed + 1}
	case "made anew": // a good line in its place, and every hash after it
		l[headed].Line = []byte(fmt.Sprintf(`{"actor":"nobody","capacity":"officer","claim":%q,"instant":"%sT09:00:00.000Z","manner":"rule","number":%d,"opened":["x"],"programme":"demo","purpose":"audit"}`,
			claim.ID("5f"), l[headed].Day, l[headed].Number))
		l[headed].Actor, l[headed].Claim, l[headed].Person = "nobody", "5f", false
		for i := headed; i < len(l); i++ {
			var previous docket.Hash
			if i > 0 {
				previous = l[i-1].Hash
			}
			l[i].Hash = docket.ReadingHash(previous, l[i].Line)
		}
		return l, []int{headed + 1}
	}
	return l, []int{at + 1}
}

// names reports whether a finding names a line.
func names(f office.Finding, line int) bool {
	var from, to int
	if n, _ := fmt.Sscanf(f.Detail, "lines %d to %d", &from, &to); n == 2 {
		return from <= line && line <= to
	}
	n, _ := fmt.Sscanf(f.Detail, "line %d", &from)
	return n == 1 && from == line
}

// Whatever is done to the reading log, where a head in the docket or a line
// after it can tell, is found and located.
func TestTheReadingLogIsAsHardToRewriteAsTheDocket(t *testing.T) {
	h := logged(t)
	parts := reopened(t, h.Places).Office.Parts
	var lines []store.Reading
	must(t, parts.Store.Read(t.Context(), func(r store.Reader) error {
		for l, err := range r.Readings() {
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
		return nil
	}))
	original := parts.Store
	verify := func(lines []store.Reading) []office.Finding {
		parts.Store = forgedStore{original, lines}
		v, err := office.New(parts).Verify(context.Background(), nil)
		must(t, err)
		return v.Findings
	}
	if found := verify(lines); len(found) > 0 || len(lines) != 65 {
		t.Fatalf("untouched: %d lines, %+v", len(lines), found)
	}
	rapid.Check(t, func(t *rapid.T) {
		forged, touched := forge(t, lines)
		found := verify(forged)
		for _, line := range touched {
			if !slices.ContainsFunc(found, func(f office.Finding) bool { return names(f, line) }) {
				t.Errorf("line %d isn't named: %+v", line, found)
			}
		}
	})
}
