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
