package sqlite_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// BenchmarkQueue lists a page of 50 claims, with what officers keep about them,
// out of queues of different lengths: of a state, of a rare category, of one
// officer, from the middle of the queue, and by a keyed feature.
func BenchmarkQueue(b *testing.B) {
	for _, claims := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(claims), func(b *testing.B) {
			s := manyClaims(b, claims)
			middle := docket.At(benchBegin.Add(time.Duration(claims/2)*time.Second)).String() + " 0"
			for _, q := range []struct {
				name string
				ask  store.QueueQuery
			}{
				{"state", store.QueueQuery{Standing: claim.Filed}},
				{"middle", store.QueueQuery{Standing: claim.Filed, After: middle}},
				{"category", store.QueueQuery{Standing: claim.Filed, Category: "rare"}},
				{"assigned", store.QueueQuery{Assigned: "officer-1"}},
				{"nobodys", store.QueueQuery{Standing: claim.Filed, Nobodys: true}},
				{"flag", store.QueueQuery{Flag: "urgent", Standing: claim.Filed}},
			} {
				q.ask.Programme, q.ask.Limit = "demo", 50
				b.Run(q.name, func(b *testing.B) {
					for b.Loop() {
						if err := s.Read(context.Background(), func(r store.Reader) error { return aPage(b, r, q.ask) }); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.Run("feature", func(b *testing.B) {
				for b.Loop() {
					if err := s.Read(context.Background(), func(r store.Reader) error {
						ids, err := r.Featured(benchTag(claims/3), 50)
						if err == nil && len(ids) != 1 {
							b.Errorf("%d claims are found", len(ids))
						}
						return err
					}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func aPage(b *testing.B, r store.Reader, ask store.QueueQuery) error {
	page, _, err := r.Queue(ask)
	if err != nil {
		return err
	}
	if len(page) != ask.Limit {
		b.Errorf("a page has %d claims", len(page))
	}
	ids := make([]claim.ID, len(page))
	for i, c := range page {
		ids[i] = c.ID
	}
	if _, err = r.Assignments(ids); err == nil {
		if _, err = r.Flags(ids); err == nil {
			_, err = r.Proposed(ids)
		}
	}
	return err
}

var benchBegin = time.Date(2020, 3, 2, 9, 0, 0, 0, time.UTC)

func benchTag(n int) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "tag %d", n))
	return sum[:]
}

// manyClaims is a store with so many filed claims: each hundredth is of a rare
// category, each tenth is assigned, each fiftieth flagged.
func manyClaims(b *testing.B, n int) store.Store {
	b.Helper()
	s := opened(b, filepath.Join(b.TempDir(), "chancery.db"))
	const atOnce = 20_000
	for from := 0; from < n; from += atOnce {
		if err := s.Write(context.Background(), func(tx store.Tx) error { return someOfThem(tx, from, min(from+atOnce, n)) }); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func someOfThem(tx store.Tx, from, to int) error {
	var claims []claim.Claim
	var features []store.Feature
	for i := from; i < to; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "claim %d", i))
		c := claim.Claim{
			ID: claim.ID(fmt.Sprintf("%x", sum[:16])), Programme: "demo", Version: 1, Standing: claim.Filed, Reference: claim.Reference(fmt.Sprintf("%012d", i)),
			Category: "usual", Claimant: "individual", Received: day.Must(2020, 3, 2), Filed: docket.At(benchBegin.Add(time.Duration(i) * time.Second)),
		}
		if i%100 == 0 {
			c.Category = "rare"
		}
		claims, features = append(claims, c), append(features, store.Feature{Tag: benchTag(i), Claim: c.ID})
		if i%10 == 0 {
			if err := tx.PutAssignment(store.Assignment{Claim: c.ID, Programme: "demo", Actor: fmt.Sprint("officer-", i/10%20), By: "officer-1", At: c.Filed}); err != nil {
				return err
			}
		}
		if i%50 == 0 {
			if err := tx.PutFlag(store.Flag{Claim: c.ID, Programme: "demo", Flag: "urgent", By: "officer-1", At: c.Filed}); err != nil {
				return err
			}
		}
	}
	if err := tx.InsertClaims(claims); err != nil {
		return err
	}
	return tx.AddFeatures(features)
}
