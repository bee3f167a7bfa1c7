package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

// Plain inserts the rows of filings as plainly as can be: what they cost by
// themselves, for benchmarks to compare with. Its tables, in a schema of their
// own, have the columns, keys and indexes of those that the rows come from.
type Plain struct {
	pool   *pgxpool.Pool
	tables []plainTable
	claims []plainClaim
}

// plainTable is a table into which filings write.
type plainTable struct {
	name, claim string // claim is what of a row names the claim
	columns     []string
	insert      string
}

// plainClaim are the rows of one filing, by table.
type plainClaim [][][]any

const plainSchema = "chancery_plain"

// NewPlain makes the tables in the database of an installation, as its owner and
// with so many connections, and reads the rows that its filings wrote.
func NewPlain(ctx context.Context, owner string, connections int) (_ *Plain, err error) {
	config, err := pgxpool.ParseConfig(owner)
	if err != nil {
		return nil, unreadable(err)
	}
	bound(config.ConnConfig)
	config.MaxConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	p := &Plain{pool: pool, tables: []plainTable{
		{name: "docket", claim: "substr(stream, 7)"},
		{name: "unsequenced", claim: "substr(stream, 7)"},
		{name: "claims", claim: "id"},
		{name: "claim_references", claim: "claim_id"},
		{name: "idempotency", claim: "claim_id"},
		{name: "blobs", claim: "claim_id"},
		{name: "features", claim: "claim_id"},
	}}
	if err := p.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("read what filings wrote: %w", err), p.Close(ctx))
	}
	return p, nil
}

func (p *Plain) load(ctx context.Context) error {
	if _, err := p.pool.Exec(ctx, "CREATE SCHEMA "+plainSchema); err != nil {
		return err
	}
	at := map[string]int{}
	for n := range p.tables {
		t := &p.tables[n]
		if _, err := p.pool.Exec(ctx, "CREATE TABLE "+plainSchema+"."+t.name+" (LIKE "+t.name+" INCLUDING INDEXES)"); err != nil {
			return err
		}
		rows, err := p.pool.Query(ctx, "SELECT "+t.claim+", t.* FROM "+t.name+" t WHERE "+t.claim+" IN (SELECT id FROM claims)")
		if err != nil {
			return err
		}
		for _, f := range rows.FieldDescriptions()[1:] {
			t.columns = append(t.columns, f.Name)
		}
		t.insert = "INSERT INTO " + plainSchema + "." + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES (" + marks(1, len(t.columns)) + ")"
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			claim, _ := values[0].(string)
			if _, there := at[claim]; !there {
				at[claim] = len(p.claims)
				p.claims = append(p.claims, make(plainClaim, len(p.tables)))
			}
			of := p.claims[at[claim]]
			of[n] = append(of[n], values[1:])
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Insert inserts the rows by so many clients, those of so many filings to a
// transaction, until they are spent or the time is: it answers of how many
// filings, and how long that took.
func (p *Plain) Insert(ctx context.Context, clients, batch int, most time.Duration) (filings int64, took time.Duration, err error) {
	for _, t := range p.tables {
		if _, err := p.pool.Exec(ctx, "TRUNCATE "+plainSchema+"."+t.name); err != nil {
			return 0, 0, err
		}
	}
	var next, done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for range clients {
		group.Go(func() error {
			return p.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
				for time.Since(start) < most {
					end := next.Add(int64(batch))
					if end > int64(len(p.claims)) {
						return nil
					}
					if err := p.act(ctx, c.Conn(), p.claims[end-int64(batch):end]); err != nil {
						return err
					}
					done.Add(int64(batch))
				}
				return nil
			})
		})
	}
	err = group.Wait()
	return done.Load(), time.Since(start), err
}

// copiedClaims is from how many claims on plain rows are copied.
const copiedClaims = 30

// act inserts the rows of one act in one round trip, or a table at a time by
// COPY where they are many.
func (p *Plain) act(ctx context.Context, c *pgx.Conn, claims []plainClaim) error {
	if len(claims) < copiedClaims {
		batch := &pgx.Batch{}
		batch.Queue("BEGIN")
		for _, claim := range claims {
			for n, rows := range claim {
				for _, row := range rows {
					batch.Queue(p.tables[n].insert, row...)
				}
			}
		}
		batch.Queue("COMMIT")
		return c.SendBatch(ctx, batch).Close()
	}
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		for n, t := range p.tables {
			var rows [][]any
			for _, claim := range claims {
				rows = append(rows, claim[n]...)
			}
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{plainSchema, t.name}, t.columns, pgx.CopyFromRows(rows)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close removes the tables.
func (p *Plain) Close(ctx context.Context) error {
	_, err := p.pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+plainSchema+" CASCADE")
	p.pool.Close()
	return err
}
