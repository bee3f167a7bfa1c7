package main

import (
	"bytes"
	"context"
	"net/http"
	"runtime"
	"testing"
)

// BenchmarkWalk is the whole walk of a log with three levels of tiles, from a
// folder.
func BenchmarkWalk(b *testing.B) {
	const leaves = 66_000
	s := newSigner(b, origin)
	f := published(b, s, someRecords(leaves))
	l := logOver(b, &source{at: f.folder(b)}, s)
	for b.Loop() {
		if r := l().run(context.Background()); !r.Good {
			b.Fatal(said(r))
		}
	}
	b.ReportMetric(float64(b.N)*leaves/b.Elapsed().Seconds(), "leaves/s")
}

func logOver(t testing.TB, from *source, s signer) func() *logCheck {
	k, err := parseKey(s.vkey, typeLog)
	must(t, err)
	return func() *logCheck {
		return &logCheck{from: from, known: trust{k.name: k}, errOut: new(bytes.Buffer)}
	}
}

// BenchmarkAudit is the audit of an export, all figures recomputed.
func BenchmarkAudit(b *testing.B) {
	c := demo(b)
	raw := exportText(c.header, c.lines)
	for b.Loop() {
		if r, text := audited(b, raw); !r.Good {
			b.Fatal(text)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(c.lines))/b.Elapsed().Seconds(), "lines/s")
}

// The walk holds as much of a large log as of a small one.
func TestTheWalkHoldsNoMoreOfALargerLog(t *testing.T) {
	s := newSigner(t, origin)
	held := func(leaves int) uint64 {
		l := logOver(t, &source{at: published(t, s, someRecords(leaves)).serve(t), client: http.DefaultClient}, s)()
		most, least := uint64(0), ^uint64(0)
		l.leaf = func(_, n int64, _ *hash) {
			if n%5000 == 0 {
				var now runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&now)
				most, least = max(most, now.HeapAlloc), min(least, now.HeapAlloc)
			}
		}
		if r := l.run(context.Background()); !r.Good {
			t.Fatal(said(r))
		}
		return most - least
	}
	small, large := held(10_000), held(130_000)
	if large > small+(1<<20) {
		t.Errorf("%d bytes of 10,000 leaves, %d of 130,000", small, large)
	}
	t.Logf("the heap moves by %d bytes over 10,000 leaves, and by %d over 130,000", small, large)
}
