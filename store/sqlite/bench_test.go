package sqlite_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// BenchmarkAppend appends entries of the size of a filing, so many in an act,
// and beside them inserts the same bytes into a table without keys, triggers
// or anything else, in the same file system with the same settings. The ratio
// says what being a docket costs.
func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{1, 100, 1000, 5000} {
		b.Run(fmt.Sprint(batch, " in an act"), func(b *testing.B) {
			s := opened(b, filepath.Join(b.TempDir(), "chancery.db"))
			beside := plainTable(b)
			var ours, plain time.Duration
			entries, n := 0, 0
			for b.Loop() {
				list := filings(n, batch)
				n += batch
				begin := time.Now()
				if err := s.Write(context.Background(), func(tx store.Tx) error { return tx.Append(list...) }); err != nil {
					b.Fatal(err)
				}
				ours += time.Since(begin)
				begin = time.Now()
				beside(list)
				plain += time.Since(begin)
				entries += batch
			}
			b.ReportMetric(float64(entries)/ours.Seconds(), "entries/s")
			b.ReportMetric(float64(entries)/plain.Seconds(), "plain-rows/s")
			b.ReportMetric(ours.Seconds()/plain.Seconds(), "times-plain")
		})
	}
}

// filings are entries as long as those of the demo's claims.
func filings(from, n int) []docket.Entry {
	list := make([]docket.Entry, n)
	for i := range list {
		id := sha256.Sum256(fmt.Append(nil, from+i))
		list[i] = docket.Entry{
			Stream: docket.Stream(fmt.Sprintf("claim/%x", id[:16])), Version: 1, Salt: docket.Salt(id),
			Bytes: []byte(strings.Repeat("0123456789abcdef", 60)),
		}
	}
	return list
}

// plainTable is a table beside, and what inserts into it in one transaction.
func plainTable(b *testing.B) func([]docket.Entry) {
	b.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "plain.db")+
		"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	_, err = db.Exec("CREATE TABLE plain (stream TEXT, version INTEGER, salt BLOB, bytes BLOB)")
	check(err)
	const atOnce = 40
	many, err := db.Prepare("INSERT INTO plain VALUES " + strings.TrimSuffix(strings.Repeat("(?,?,?,?),", atOnce), ","))
	check(err)
	one, err := db.Prepare("INSERT INTO plain VALUES (?,?,?,?)")
	check(err)
	return func(list []docket.Entry) {
		tx, err := db.Begin()
		check(err)
		for len(list) > 0 {
			n, stmt := min(atOnce, len(list)), many
			if n < atOnce {
				n, stmt = 1, one
			}
			var values []any
			for _, e := range list[:n] {
				values = append(values, string(e.Stream), int64(e.Version), e.Salt[:], e.Bytes)
			}
			_, err := tx.Stmt(stmt).Exec(values...)
			check(err)
			list = list[n:]
		}
		check(tx.Commit())
	}
}

// BenchmarkUpdateClaims moves claims a step on, five thousand in an act, among
// twenty thousand.
func BenchmarkUpdateClaims(b *testing.B) {
	s := opened(b, filepath.Join(b.TempDir(), "chancery.db"))
	all := make([]claim.Claim, 20_000)
	for i := range all {
		id := sha256.Sum256(fmt.Append(nil, i))
		all[i] = claim.Claim{
			ID: claim.ID(fmt.Sprintf("%x", id[:16])), Programme: "demo", Version: 1, Standing: claim.Filed,
			Reference: claim.NewReference([11]byte(id[16:])), Category: "a-departure", Claimant: "individual",
			Filed:   docket.At(time.Date(2020, 3, 2, 9, i/1000, 0, 0, time.UTC)),
			Answers: map[string]string{"place": "quayside", "family": "false", "incident_date": "2019-11-04"},
		}
	}
	write := func(act func(store.Tx) error) {
		if err := s.Write(context.Background(), act); err != nil {
			b.Fatal(err)
		}
	}
	write(func(tx store.Tx) error { return tx.InsertClaims(all) })
	const batch = 5000
	moved := 0
	standings := claim.Standings()
	for b.Loop() {
		some := all[moved%len(all) : moved%len(all)+batch]
		for i := range some {
			some[i].Version++
			some[i].Standing = standings[int(some[i].Version)%len(standings)]
		}
		write(func(tx store.Tx) error { return tx.UpdateClaims(some) })
		moved += batch
	}
	b.ReportMetric(float64(moved)/b.Elapsed().Seconds(), "claims/s")
}
