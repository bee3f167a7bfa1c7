package tlog_test

import (
	"context"
	"io/fs"
	"iter"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/openchancery/chancery/docket"
	ours "github.com/openchancery/chancery/tlog"
)

// edgeOnly is a place that forgets every tile that is full: what a publisher
// needs back is the edge.
type edgeOnly struct {
	mu    sync.Mutex
	files map[string][]byte
	tiles int
	kept  []byte
	seen  func()
}

func (e *edgeOnly) Get(_ context.Context, name string) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	content, ok := e.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return content, nil
}

func (e *edgeOnly) Put(_ context.Context, name string, content []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.files[name] = content
	return nil
}

func (e *edgeOnly) Create(_ context.Context, name string, content []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tiles++
	if strings.Contains(name, ".p/") {
		e.files[name] = content
	}
	return nil
}

func (e *edgeOnly) Delete(_ context.Context, name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.files, name)
	return nil
}

func (e *edgeOnly) List(_ context.Context, folder string) (names []string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for name := range e.files {
		if strings.HasPrefix(name, folder) {
			names = append(names, name)
		}
	}
	return names, nil
}

func (e *edgeOnly) Load(context.Context) ([]byte, error) { return e.kept, nil }

func (e *edgeOnly) Swap(_ context.Context, _, next []byte) error {
	e.kept = next
	if e.seen != nil {
		e.seen()
	}
	return nil
}

func (e *edgeOnly) publisher(b *testing.B) *ours.Publisher {
	e.files = map[string][]byte{}
	p, err := ours.NewPublisher(e, e, harbourKey.Signer, harbourKey.Verifier)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// oneCore holds a benchmark to one core, the collector included.
func oneCore(b *testing.B) {
	was := runtime.GOMAXPROCS(1)
	b.Cleanup(func() { runtime.GOMAXPROCS(was) })
}

const benched = 1 << 17 // leaves in one round: two full batches

// Ours: hashing and tiling, and beside it what sumdb/tlog leaves to others:
// bundles, the staging written, read back and hashed anew, the signature.
func BenchmarkPublish(b *testing.B) {
	oneCore(b)
	source := long().source()
	for b.Loop() {
		if _, err := (&edgeOnly{}).publisher(b).Publish(b.Context(), benched, source, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benched)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}

// Into a folder, each file on disk before the next step: what that costs is the
// disk's affair.
func BenchmarkPublishIntoADirectory(b *testing.B) {
	for b.Loop() {
		folder := b.TempDir()
		p, err := ours.NewPublisher(ours.Directory(folder), ours.KeptFile(filepath.Join(folder, "kept")), harbourKey.Signer, harbourKey.Verifier)
		if err != nil {
			b.Fatal(err)
		}
		publish(b, p, benched)
	}
	b.ReportMetric(float64(benched)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}

// Theirs: the same leaves hashed, and the same hash tiles made of them, in the
// same batches.
func BenchmarkSumDB(b *testing.B) {
	oneCore(b)
	leaves := long().leaves[:benched]
	for b.Loop() {
		var stored theirTree
		tiles := 0
		for n, c := range leaves {
			stored.add(int64(n), c)
			if (n+1)%(1<<16) != 0 {
				continue
			}
			for _, t := range tlog.NewTiles(8, int64(n+1-1<<16), int64(n+1)) {
				if _, err := tlog.ReadTileData(t, &stored); err != nil {
					b.Fatal(err)
				}
				tiles++
			}
		}
		if root, err := tlog.TreeHash(benched, &stored); err != nil || docket.Hash(root) != long().roots[benched] || tiles < 512 {
			b.Fatal(root, err, tiles)
		}
	}
	b.ReportMetric(float64(benched)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}

// Ten million leaves, of which none is kept in memory.
func BenchmarkPublishTenMillion(b *testing.B) {
	const size = 10_000_000
	oneCore(b)
	for b.Loop() {
		var peak, early uint64 // of all, and of the first million
		files := &edgeOnly{}
		files.seen = func() {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			if files.tiles < 2*1_000_000/256 {
				early = peak
			}
		}
		var tree docket.Frontier
		source := ours.Source{
			Commitments: func(from int64) iter.Seq2[docket.Hash, error] {
				return func(yield func(docket.Hash, error) bool) {
					for n := from; n < size; n++ {
						c := docket.Hash{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
						tree.Append(docket.LeafHash(c))
						if !yield(c, nil) {
							return
						}
					}
				}
			},
			Root: func(int64) (docket.Hash, error) { return tree.Root(), nil },
		}
		done, err := files.publisher(b).Publish(b.Context(), size, source, nil)
		if err != nil || done.Size != size || files.tiles < 2*size/256 {
			b.Fatal(done.Size, files.tiles, err)
		}
		b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
		b.ReportMetric(float64(early)/(1<<20), "early-MiB")
		if peak > 2*early {
			b.Errorf("%d MiB of heap for ten million leaves, and %d for one", peak>>20, early>>20)
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}
