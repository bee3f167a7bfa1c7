package docket_test

import (
	"encoding/json"
	"testing"

	"github.com/openchancery/chancery/docket"
)

// filed is an entry as most of the docket will be.
func filed() docket.Envelope {
	env := most()
	env.Stream, env.Version, env.Kind = "claim/5f0c2d7a91e84b36a0c1f2d3e4b5a697", 1, "claim.filed.v1"
	env.Second, env.ReliesOn, env.Annex = nil, nil, nil
	env.Facts = json.RawMessage(`{"reference":"7K3M-9QX2-VD4K","category":"property-loss","claimant":"individual",` +
		`"received":"2026-01-30","claimed":"12500.00 EUR","answers":{"incident_date":"2025-11-02","district":"quay"},"blank":["insurer"]}`)
	return env
}

// perSecond adds what people ask for to what Go prints.
func perSecond(b *testing.B, what string) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), what+"/s")
}

func BenchmarkMarshalFiledEntry(b *testing.B) {
	env := filed()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := docket.Marshal(env); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, "entries")
}

// Everything between an act and its leaf, but the database.
func BenchmarkSealAndAppend(b *testing.B) {
	env, salt := filed(), saltOf("any")
	var tree docket.Frontier
	b.ReportAllocs()
	for b.Loop() {
		entry, err := env.Seal(salt)
		if err != nil {
			b.Fatal(err)
		}
		tree.Append(docket.LeafHash(entry.Commitment()))
	}
	perSecond(b, "entries")
}

// What verify does with each entry.
func BenchmarkOpenEntry(b *testing.B) {
	entry, err := filed().Seal(saltOf("any"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := entry.Open(); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, "entries")
}

func BenchmarkCanonical(b *testing.B) {
	raw, err := json.Marshal(filed())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := docket.Canonical(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFrontierAppend(b *testing.B) {
	var tree docket.Frontier
	leaf := hashOf("a leaf")
	for b.Loop() {
		tree.Append(leaf)
	}
	perSecond(b, "leaves")
}

func BenchmarkInclusionProofInAnAnnexOf100000(b *testing.B) {
	leaves := leafHashes(records(100_000))
	for b.Loop() {
		if _, err := docket.InclusionProof(leaves, 77_777); err != nil {
			b.Fatal(err)
		}
	}
}
