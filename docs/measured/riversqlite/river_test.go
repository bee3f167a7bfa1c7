// Package riversqlite_test measures what a job of River's costs an intake act on
// SQLite. It is a module of its own, so that what it takes for that is in no
// go.mod of the product: cd here, go test -bench .
package riversqlite_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/openchancery/chancery/store/sqlite"
)

type riverArgs struct {
	Job string `json:"job"`
	Key string `json:"key"`
}

func (riverArgs) Kind() string { return "chancery" }

// BenchmarkJobInIntake: the rows of one filing in a transaction of its own, or
// 64 of them in one as group commit makes them; alone, with our outbox row, with
// a job of River's.
func BenchmarkJobInIntake(b *testing.B) {
	for _, acts := range []int{1, 64} {
		b.Run(fmt.Sprint(acts, " acts a commit"), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "chancery.db")
			ours, err := sqlite.Open(context.Background(), path) // the schema
			if err != nil {
				b.Fatal(err)
			}
			defer ours.Close()
			db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(16000)&_pragma=busy_timeout(10000)&_pragma=secure_delete(on)&_txlock=immediate")
			check := func(err error) {
				if err != nil {
					b.Fatal(err)
				}
			}
			check(err)
			defer db.Close()
			db.SetMaxOpenConns(1)
			ctx := context.Background()
			m, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
			check(err)
			_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
			check(err)
			client, err := river.NewClient(riversqlite.New(db), &river.Config{})
			check(err)
			prep := func(text string) *sql.Stmt {
				s, err := db.Prepare(text)
				check(err)
				return s
			}
			docket := prep("INSERT INTO docket (stream, version, salt, bytes) VALUES (?,?,?,?)")
			waiting := prep("INSERT INTO unsequenced (seq, stream, version) SELECT seq, stream, version FROM docket WHERE stream = ?")
			claims := prep("INSERT INTO claims VALUES (?, 'demo', 1, 'filed', ?, '', 0, 'a-departure', 'individual', x'00', '2020-01-01', '2020-01-01T00:00:00.000Z', '', 0, '', '{\"place\":\"quayside\",\"family\":\"false\"}', '', '', '', '', 0, 0, 0, '', '', 0, 0, '', 0, '', '', '', '')")
			refs := prep("INSERT INTO claim_references VALUES (?,?)")
			blobs := prep("INSERT INTO blobs VALUES (?, 1, 'answers.personal', 'personal', ?)")
			idem := prep("INSERT INTO idempotency VALUES (?,?,?,?)")
			outbox := prep("INSERT INTO jobs VALUES ('shred', ?, '', '2020-01-01T00:00:00.000Z', 0, '', 0) ON CONFLICT DO NOTHING")
			n := 0
			act := func(tx *sql.Tx) string {
				n++
				h := sha256.Sum256(fmt.Append(nil, n))
				id := fmt.Sprintf("%x", h[:16])
				run := func(s *sql.Stmt, args ...any) {
					_, err := tx.Stmt(s).Exec(args...)
					check(err)
				}
				run(docket, "claim/"+id, 1, h[:], []byte(strings.Repeat("0123456789abcdef", 60)))
				run(waiting, "claim/"+id)
				run(claims, id, id[:12])
				run(refs, id[:12], id)
				run(blobs, id, slices.Repeat(h[:], 20))
				run(idem, h[:], h[:], slices.Repeat(h[:], 8), id)
				return id
			}
			ways := []struct {
				name string
				job  func(*sql.Tx, string)
			}{
				{"none", func(*sql.Tx, string) {}},
				{"outbox", func(tx *sql.Tx, id string) { _, err := tx.Stmt(outbox).Exec(id); check(err) }},
				{"river", func(tx *sql.Tx, id string) {
					_, err := client.InsertTx(ctx, tx, riverArgs{"shred", id}, nil)
					check(err)
				}},
			}
			took := make([][]time.Duration, len(ways))
			for b.Loop() {
				for w, way := range ways {
					begin := time.Now()
					tx, err := db.Begin()
					check(err)
					for range acts {
						way.job(tx, act(tx))
					}
					check(tx.Commit())
					took[w] = append(took[w], time.Since(begin))
				}
			}
			median := func(d []time.Duration) float64 {
				slices.Sort(d)
				return float64(d[len(d)/2]) / float64(acts) / 1e3
			}
			none := median(took[0])
			b.ReportMetric(none, "µs/act")
			b.ReportMetric(100*(median(took[1])/none-1), "%outbox")
			b.ReportMetric(100*(median(took[2])/none-1), "%river")
		})
	}
}
