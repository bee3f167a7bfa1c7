package vault_test

import (
	"fmt"
	"testing"

	"github.com/openchancery/chancery/vault"
)

// BenchmarkSealAndKeep takes in new claims, two classes each: keys made, blobs
// sealed, keys durable in one commit.
func BenchmarkSealAndKeep(b *testing.B) {
	for _, claims := range []int{1000, 60000} {
		b.Run(fmt.Sprint(claims, "claims"), func(b *testing.B) {
			v, _ := opened(b)
			n := 0
			for b.Loop() {
				b.StopTimer()
				items := manyItems(n, n+claims)
				n += claims
				b.StartTimer()
				sealed(b, v, items...)
			}
			perClaim(b, claims)
		})
	}
}

// BenchmarkSeal seals 1,000 new claims of two classes, keys not yet kept.
func BenchmarkSeal(b *testing.B) {
	v, _ := opened(b)
	items := manyItems(0, 1000)
	for b.Loop() {
		if _, _, err := v.Seal(ctx, items); err != nil {
			b.Fatal(err)
		}
	}
	perClaim(b, 1000)
}

// BenchmarkSealUnderKeptKeys is what a decision's traces cost.
func BenchmarkSealUnderKeptKeys(b *testing.B) {
	v, _ := opened(b)
	sealed(b, v, manyItems(0, 60000)...)
	items := manyItems(20000, 21000)
	for b.Loop() {
		if _, _, err := v.Seal(ctx, items); err != nil {
			b.Fatal(err)
		}
	}
	perClaim(b, 1000)
}

func BenchmarkOpenAll(b *testing.B) {
	v, _ := opened(b)
	blobs := sealed(b, v, manyItems(0, 60000)...)[40000:42000]
	for b.Loop() {
		if _, err := v.OpenAll(ctx, blobs); err != nil {
			b.Fatal(err)
		}
	}
	perClaim(b, 1000)
}

// BenchmarkOneClaim is the single act: seal two blobs and keep two keys.
func BenchmarkOneClaim(b *testing.B) {
	v, _ := opened(b)
	n := 0
	for b.Loop() {
		sealed(b, v, manyItems(n, n+1)...)
		n++
	}
}

func BenchmarkLookup(b *testing.B) {
	v, _ := opened(b)
	for b.Loop() {
		v.Lookup("office-number", "2007-123456")
	}
}

func perClaim(b *testing.B, claims int) {
	b.ReportMetric(float64(claims)*float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

// BenchmarkSealToTheDesk is what a sensitive answer costs more than another.
func BenchmarkSealToTheDesk(b *testing.B) {
	v, _ := opened(b)
	desk(b, v)
	items := make([]vault.Item, 1000)
	for i := range items {
		items[i] = sensitive(fmt.Sprint("c", i), "what happened")
	}
	for b.Loop() {
		if _, _, err := v.Seal(ctx, items); err != nil {
			b.Fatal(err)
		}
	}
	perClaim(b, len(items))
}

// BenchmarkRotate wraps 20,000 claims' keys anew, two each.
func BenchmarkRotate(b *testing.B) {
	v, _ := opened(b)
	const claims = 20_000
	sealed(b, v, manyItems(0, claims)...)
	for b.Loop() {
		if err := v.RotateMaster(ctx, nil); err != nil {
			b.Fatal(err)
		}
	}
	perClaim(b, claims)
}
