// Package storetest is the one suite that every store must pass. It says in
// tests what the interfaces of package store say in words, so that an office
// over SQLite and an office over PostgreSQL give the same answers: adapters
// share no code, they share this.
package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

// Open gives an empty store, and closes it when the test is over.
type Open func(testing.TB) store.Store

// Run runs the suite, each test over an empty store of its own.
func Run(t *testing.T, open Open) {
	for _, room := range []struct {
		name  string
		tests []test
	}{
		{"transactions", transactions},
		{"in parallel", parallels},
		{"docket", dockets},
		{"claims", claims},
		{"office", offices},
		{"board", boards},
		{"fund", funds},
		{"readings", readings},
		{"erasure", erasures},
		{"claimants' drafts", ownDrafts},
		{"forms on paper", papers},
		{"spreadsheets", sheets},
		{"facts", facts},
		{"jobs", jobs},
		{"correspondence", correspondences},
		{"leases", leases},
		{"casework", casework},
		{"sessions", sessions},
		{"tries", tries},
		{"damage", damage},
		{"ways in", signIns},
		{"files", files},
		{"mandates", mandates},
		{"tokens", tokens},
		{"tables", tables},
	} {
		t.Run(room.name, func(t *testing.T) {
			for _, c := range room.tests {
				t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
			}
		})
	}
	t.Run("copies", func(t *testing.T) {
		for _, c := range copies {
			t.Run(c.name, func(t *testing.T) { c.run(t, open(t), open(t)) })
		}
	})
}

// test is one sentence of the suite.
type test struct {
	name string
	run  func(*testing.T, store.Store)
}

// sizes are the numbers of things in one call that an adapter's own batches
// break at, with their neighbours: 40 rows a statement, 500 ids a question.
var sizes = []int{1, 2, 39, 40, 41, 199, 200, 500, 501}

// past31 doesn't fit into 32 bits, with a sign or without.
const past31 = int64(1)<<40 + 7

// write is an act that must succeed.
func write(t testing.TB, s store.Store, act func(store.Tx) error) {
	t.Helper()
	if err := s.Write(context.Background(), act); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// refused is an act that must fail with this error and leave nothing.
func refused(t testing.TB, s store.Store, want error, act func(store.Tx) error) {
	t.Helper()
	before := dump(t, s)
	if err := s.Write(context.Background(), act); !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	same(t, dump(t, s), before)
}

// read looks, which must succeed.
func read(t testing.TB, s store.Store, look func(store.Reader) error) {
	t.Helper()
	if err := s.Read(context.Background(), look); err != nil {
		t.Fatalf("read: %v", err)
	}
}

// ask is the answer to one question, which must have one.
func ask[T any](t testing.TB, s store.Store, question func(store.Reader) (T, error)) T {
	t.Helper()
	var answer T
	read(t, s, func(r store.Reader) (err error) {
		answer, err = question(r)
		return err
	})
	return answer
}

// none is a question that must answer store.ErrNone.
func none[T any](t testing.TB, s store.Store, what string, question func(store.Reader) (T, error)) {
	t.Helper()
	err := s.Read(context.Background(), func(r store.Reader) error {
		_, err := question(r)
		return err
	})
	if !errors.Is(err, store.ErrNone) {
		t.Errorf("%s: got %v, want %v", what, err, store.ErrNone)
	}
}

// list is everything that a question yields.
func list[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// same compares by content: an empty list is as good as none.
func same(t testing.TB, got, want any) {
	t.Helper()
	if reflect.DeepEqual(got, want) {
		return // says the same, and many times faster
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.Comparer(equal[money.Amount]), cmp.Comparer(equal[day.Date])); diff != "" {
		t.Fatalf("-want +got\n%s", diff)
	}
}

func equal[T comparable](a, b T) bool { return a == b }

// dump is all that stands in the store, by table.
func dump(t testing.TB, s store.Store) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range s.Tables() {
		rows, err := list(s.Rows(context.Background(), table.Name))
		if err != nil {
			t.Fatalf("rows of %s: %v", table.Name, err)
		}
		all[table.Name] = rows
	}
	return all
}

// hash is a hash that is like no other's.
func hash(of ...any) docket.Hash { return sha256.Sum256([]byte(fmt.Sprint(of...))) }

// salt likewise.
func salt(of ...any) docket.Salt { return docket.Salt(hash(append(of, "salt")...)) }

// entry is an entry as a store sees it: it never looks into the bytes, which
// may be anything.
func entry(stream docket.Stream, version docket.Version) docket.Entry {
	return docket.Entry{
		Stream: stream, Version: version, Salt: salt(stream, version),
		Bytes: fmt.Appendf(nil, "{\x00'%s' #%d ?}", stream, version),
	}
}

// entries are n entries of n streams.
func entries(n int) []docket.Entry {
	list := make([]docket.Entry, n)
	for i := range list {
		list[i] = entry(docket.Stream(fmt.Sprintf("claim/%04d", i)), 1)
	}
	return list
}

// leaves are the leaves of entries, from a number on.
func leaves(from int64, entries []docket.Entry) []store.Leaf {
	list := make([]store.Leaf, len(entries))
	for i, e := range entries {
		list[i] = store.Leaf{Number: from + int64(i), Ref: e.Ref(), Commitment: e.Commitment()}
	}
	return list
}

// waiting are the entries without a leaf.
func waiting(t testing.TB, s store.Store) []docket.Entry {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]docket.Entry, error) { return list(r.Unsequenced()) })
}

// rows are the rows of an annex over the next version of n streams.
func rows(n int, version docket.Version) []docket.Row {
	list := make([]docket.Row, n)
	for i := range list {
		stream := docket.Stream(fmt.Sprintf("claim/%04d", i))
		list[i] = docket.Row{
			Index: int64(i), Stream: stream, Version: version, Salt: salt("row", stream, version),
			Bytes: fmt.Appendf(nil, "row %d of %s", i, stream),
		}
	}
	return list
}

// reversed is the list from its end.
func reversed[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}
