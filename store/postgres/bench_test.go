package postgres_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
)

// filed is what the filing of one claim writes, in the sizes of the demo's.
type filed struct {
	entry  docket.Entry
	claim  claim.Claim
	answer store.Answer
	blobs  []store.Blob
}

func filing(n int64) filed {
	id := sha256.Sum256(fmt.Append(nil, n))
	c := claim.Claim{
		ID: claim.ID(fmt.Sprintf("%x", id[:16])), Programme: "demo", Version: 1, Standing: claim.Filed,
		Reference: claim.NewReference([11]byte(id[16:])), Category: "a-departure", Claimant: "individual",
		Filed:   docket.At(time.Date(2020, 3, 2, 9, 0, 0, 0, time.UTC)),
		Answers: map[string]string{"place": "quayside", "family": "false", "incident_date": "2019-11-04"},
	}
	c.Reference = claim.Reference(fmt.Sprintf("%x", id[8:24])) // as long as it is unlike any other
	return filed{
		entry:  docket.Entry{Stream: c.ID.Stream(), Version: 1, Salt: docket.Salt(id), Bytes: []byte(strings.Repeat("0123456789abcdef", 60))},
		claim:  c,
		answer: store.Answer{Tag: id[:], Fingerprint: id[:], Answer: []byte(`{"id":"` + string(c.ID) + `","reference":"` + string(c.Reference) + `"}`), Claim: c.ID},
		blobs: []store.Blob{
			{Claim: c.ID, Version: 1, Name: "answers.internal", Class: "internal", Sealed: []byte(strings.Repeat("sealed..", 20))},
			{Claim: c.ID, Version: 1, Name: "answers.personal", Class: "personal", Sealed: []byte(strings.Repeat("sealed..", 60))},
		},
	}
}

// file is the filing as office does it: it asks for the programme, the actor
// and the first answer to the key, then writes.
func file(s store.Store, list []filed) error {
	return s.Write(context.Background(), func(tx store.Tx) error {
		if _, err := tx.Programme("demo"); err != nil {
			return err
		}
		if _, err := tx.Actor("registrar"); err != nil {
			return err
		}
		var entries []docket.Entry
		var claims []claim.Claim
		var answers []store.Answer
		var blobs []store.Blob
		var tags [][]byte
		for _, f := range list {
			entries, claims, answers, blobs = append(entries, f.entry), append(claims, f.claim), append(answers, f.answer), append(blobs, f.blobs...)
			tags = append(tags, f.answer.Tag)
		}
		if found, err := tx.Answers(tags); err != nil || len(found) > 0 {
			return errors.Join(err, fmt.Errorf("%d were answered", len(found)))
		}
		return errors.Join(tx.Append(entries...), tx.PutAnswers(answers), tx.PutBlobs(blobs), tx.InsertClaims(claims))
	})
}

// bare is the same rows and bytes, written by a program that asks nothing: into
// tables with the same columns and keys, all statements of an act sent at once.
type bare struct {
	pool   *pgxpool.Pool
	prefix string
}

func (p bare) statements(f filed) (list []statement) {
	c := &f.claim
	add := func(table, columns string, values ...any) {
		marks := make([]string, len(values))
		for i := range values {
			marks[i] = fmt.Sprint("$", i+1)
		}
		list = append(list, statement{"INSERT INTO " + p.prefix + table + " (" + columns + ") VALUES (" + strings.Join(marks, ",") + ")", values, table, strings.Split(columns, ", ")})
	}
	seq := bareSeq.Add(1)
	stream := string(f.entry.Stream)
	add("docket", "seq, stream, version, salt, bytes", seq, stream, int64(1), f.entry.Salt[:], f.entry.Bytes)
	add("unsequenced", "seq, stream, version", seq, stream, int64(1))
	add("idempotency", "tag, fingerprint, answer, claim_id", f.answer.Tag, f.answer.Fingerprint, f.answer.Answer, string(c.ID))
	for _, b := range f.blobs {
		add("blobs", "claim_id, version, name, class, sealed", string(b.Claim), int64(1), b.Name, b.Class, b.Sealed)
	}
	add("claims", `id, programme, version, standing, reference, number, serial, category, claimant, edition, received, filed, source, row, claimed, answers, blank, missing, ground, outcome, reported, award_stated, award_minor, award_currency, rule, instalment, ordered_minor, ordered_currency, paid_minor, paid_currency, holds, erased, keys_gone_by`,
		string(c.ID), c.Programme, int64(1), string(c.Standing), string(c.Reference), "", int64(0), c.Category, c.Claimant, c.Edition[:],
		c.Received.String(), c.Filed.String(), "", int64(0), "", `{"family":"false","incident_date":"2019-11-04","place":"quayside"}`, "", "", "", "", int64(0), int64(0), int64(0), "", "", int64(0), int64(0), "", int64(0), "", "", "", "")
	add("claim_references", "reference, claim_id", string(c.Reference), string(c.ID))
	return list
}

type statement struct {
	text    string
	values  []any
	table   string
	columns []string
}

var bareSeq atomic.Int64

// file sends one act's rows in one go, or a table at a time by COPY.
func (p bare) file(list []filed) error {
	ctx := context.Background()
	return p.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if len(list) == 1 {
			batch := &pgx.Batch{}
			batch.Queue("BEGIN")
			for _, s := range p.statements(list[0]) {
				batch.Queue(s.text, s.values...)
			}
			batch.Queue("COMMIT")
			return c.SendBatch(ctx, batch).Close()
		}
		var tables []string
		columns, rows := map[string][]string{}, map[string][][]any{}
		for _, f := range list {
			for _, s := range p.statements(f) {
				if rows[s.table] == nil {
					tables, columns[s.table] = append(tables, s.table), s.columns
				}
				rows[s.table] = append(rows[s.table], s.values)
			}
		}
		return pgx.BeginFunc(ctx, c, func(t pgx.Tx) error {
			for _, table := range tables {
				if _, err := t.CopyFrom(ctx, pgx.Identifier{p.prefix + table}, columns[table], pgx.CopyFromRows(rows[table])); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// BenchmarkFiling files claims by 1, 8 and 64 clients at once, and beside them,
// in turns and in the same database, inserts the same rows and bytes by bare
// transactions: into tables with the same keys, and into tables without any.
// Each ratio is ours to bare, in claims a second: 1.00 is as fast.
func BenchmarkFiling(b *testing.B) {
	for _, batch := range []int{1, 500} {
		for _, clients := range []int{1, 8, 64} {
			if batch > 1 && clients > 8 {
				continue
			}
			b.Run(fmt.Sprintf("%d in an act/%d clients", batch, clients), func(b *testing.B) { benchmarkFiling(b, batch, clients) })
		}
	}
}

func benchmarkFiling(b *testing.B, batch, clients int) {
	db := started(b)
	schema := db.prepared(b)
	size := fmt.Sprint("&pool_max_conns=", clients)
	s := opened(b, db.in(schema, pgtest.Application)+size)
	write(b, s, func(tx store.Tx) error {
		return errors.Join(tx.PutProgramme(store.Programme{ID: "demo"}), tx.PutActor(store.Actor{ID: "registrar"}))
	})
	pool, err := pgxpool.New(b.Context(), db.in(schema, pgtest.Owner)+size)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	for _, table := range []string{"docket", "unsequenced", "idempotency", "blobs", "claims", "claim_references"} {
		db.Exec(b, db.in(schema, pgtest.Owner),
			"CREATE TABLE keyed_"+table+" (LIKE "+table+" INCLUDING INDEXES)", "CREATE TABLE plain_"+table+" (LIKE "+table+")")
	}
	kinds := []struct {
		name  string
		file  func([]filed) error
		spent time.Duration
	}{
		{"ours", func(list []filed) error { return file(s, list) }, 0},
		{"keyed", bare{pool, "keyed_"}.file, 0},
		{"plain", bare{pool, "plain_"}.file, 0},
	}
	var next atomic.Int64
	acts, claims := 20, 0
	if batch > 1 {
		acts = 2
	}
	for range 20 { // every connection has every statement prepared
		for i := range kinds {
			inTurn(b, clients, 2, batch, &next, kinds[i].file)
		}
		if batch > 1 {
			break
		}
	}
	for b.Loop() {
		for i := range kinds { // by turns, so that each has the same machine
			kinds[i].spent += inTurn(b, clients, acts, batch, &next, kinds[i].file)
		}
		claims += clients * acts * batch
	}
	rate := func(i int) float64 { return float64(claims) / kinds[i].spent.Seconds() }
	for i := range kinds {
		b.ReportMetric(rate(i), kinds[i].name+"-claims/s")
	}
	b.ReportMetric(rate(0)/rate(1), "ours/keyed")
	b.ReportMetric(rate(0)/rate(2), "ours/plain")
}

// inTurn lets so many clients do so many acts each, and says what time they took.
func inTurn(b *testing.B, clients, acts, batch int, next *atomic.Int64, file func([]filed) error) time.Duration {
	b.Helper()
	work := make([][][]filed, clients)
	for c := range work {
		for range acts {
			var list []filed
			for range batch {
				list = append(list, filing(next.Add(1)))
			}
			work[c] = append(work[c], list)
		}
	}
	begin := time.Now()
	var group sync.WaitGroup
	for _, mine := range work {
		group.Go(func() {
			for _, list := range mine {
				if err := file(list); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(begin)
}
