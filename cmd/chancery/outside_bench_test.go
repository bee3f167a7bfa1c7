package main

import (
	"crypto/rand"
	"iter"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/tlog"
)

// BenchmarkVerifyAMillion is chancery-verify, as it ships, over a log of a
// million leaves in a folder: each bundle and each tile read and hashed.
func BenchmarkVerifyAMillion(b *testing.B) {
	const size = 1_000_000
	bin, err := shipped()
	if err != nil {
		b.Fatal(err)
	}
	secret, key, err := note.GenerateKey(rand.Reader, theOrigin)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		b.Fatal(err)
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	p, err := tlog.NewPublisher(tlog.Directory(folder), tlog.KeptFile(filepath.Join(b.TempDir(), "kept")), signer, verifier)
	if err != nil {
		b.Fatal(err)
	}
	var tree docket.Frontier
	source := tlog.Source{
		Commitments: func(from int64) iter.Seq2[docket.Hash, error] {
			return func(yield func(docket.Hash, error) bool) {
				for n := from; n < size; n++ {
					c := docket.Hash{byte(n), byte(n >> 8), byte(n >> 16)}
					tree.Append(docket.LeafHash(c))
					if !yield(c, nil) {
						return
					}
				}
			}
		},
		Root: func(int64) (docket.Hash, error) { return tree.Root(), nil },
	}
	if _, err := p.Publish(b.Context(), size, source, nil); err != nil {
		b.Fatal(err)
	}
	cpu := 0.0
	for b.Loop() {
		c := exec.Command(bin.verifier().path, "log", folder, "--key", key)
		if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "GOOD") {
			b.Fatalf("%v: %s", err, out)
		}
		cpu += (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	}
	b.ReportMetric(size*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
	b.ReportMetric(cpu/float64(b.N), "cpu-s")
}
