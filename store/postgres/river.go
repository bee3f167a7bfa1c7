package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/patience"
	"github.com/openchancery/chancery/store"
)

// River hands out the jobs: in the transaction that writes a row of jobs it
// enters a job of its own, which wakes one worker of all when the row is due.
// The row says what is to be done and how often that failed; River's tables say
// no more than when to look, and hold nothing that can't be made from the rows.

// wakeArgs name the row to look at. Due makes each waking one of its own, so
// that a row that is set anew while a worker looks at it is looked at again;
// one that is written as it was wakes nobody more (once).
type wakeArgs struct {
	Job string `json:"job"`
	Key string `json:"key"`
	Due string `json:"due"`
}

// Kind is River's name for our jobs.
func (wakeArgs) Kind() string { return "chancery" }

// once says that a waking isn't entered while the same one is to be handed out,
// or was and isn't done.
var once = river.UniqueOpts{ByArgs: true, ByQueue: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}}

// wake enters River's jobs within the act's own transaction.
func (t *tx) wake(jobs ...store.Job) error {
	if len(jobs) == 0 || t.failed != nil {
		return t.failed
	}
	if err := t.flush(); err != nil {
		return err
	}
	many := make([]river.InsertManyParams, 0, len(jobs))
	entered := map[wakeArgs]bool{}
	for _, j := range jobs {
		args := wakeArgs{j.Kind, j.Key, j.Due.String()}
		if entered[args] {
			continue
		}
		entered[args] = true
		many = append(many, river.InsertManyParams{
			Args:       args,
			InsertOpts: &river.InsertOpts{Queue: t.store.queue, ScheduledAt: j.Due.Time, MaxAttempts: mostWakes, UniqueOpts: once},
		})
	}
	err := patience.While(t.conn, patience.Bulk, func() error {
		_, err := t.store.river.InsertManyTx(t.ctx, within{t.conn}, many)
		return err
	})
	if err != nil {
		return t.fail(meaning(err))
	}
	return nil
}

// mostWakes is how often River hands out a waking that came to nothing because
// the database failed: with its own pauses, for a week.
const mostWakes = 20

// within is the transaction of a session, as River wants to see it: it lends
// statements and ends nothing.
type within struct{ conn *pgx.Conn }

var _ pgx.Tx = within{}

var errWithin = errors.New("the transaction is the act's own")

func (w within) Begin(context.Context) (pgx.Tx, error) { return nil, errWithin }
func (w within) Commit(context.Context) error          { return errWithin }
func (w within) Rollback(context.Context) error        { return errWithin }
func (w within) LargeObjects() pgx.LargeObjects        { return pgx.LargeObjects{} }
func (w within) Conn() *pgx.Conn                       { return w.conn }

func (w within) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return w.conn.CopyFrom(ctx, table, columns, rows)
}

func (w within) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return w.conn.SendBatch(ctx, b)
}

func (w within) Prepare(ctx context.Context, name, text string) (*pgconn.StatementDescription, error) {
	return w.conn.Prepare(ctx, name, text)
}

func (w within) Exec(ctx context.Context, text string, args ...any) (pgconn.CommandTag, error) {
	return w.conn.Exec(ctx, text, args...)
}

func (w within) Query(ctx context.Context, text string, args ...any) (pgx.Rows, error) {
	return w.conn.Query(ctx, text, args...)
}

func (w within) QueryRow(ctx context.Context, text string, args ...any) pgx.Row {
	return w.conn.QueryRow(ctx, text, args...)
}

// quiet keeps River's own lines out of ours: what fails is reported by Work.
func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// riverSchema is where River's tables lie, apart from ours. Installations that
// share a database share them, each with a queue of its own.
const riverSchema = "river"

// entering is a client that enters jobs and does none, and the queue into which
// they go: the name of our schema.
func entering(ctx context.Context, pool *pgxpool.Pool) (client *river.Client[pgx.Tx], queue string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience.Connect)
	defer cancel()
	if err := pool.QueryRow(ctx, "SELECT current_schema()").Scan(&queue); err != nil {
		return nil, "", err
	}
	client, err = river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet(), Schema: riverSchema})
	return client, queue, err
}

// prepareRiver brings River's tables up to date, as their owner, and lets role
// in. Steps that are done are not done again. River does each in a transaction
// of its own, over other connections; c holds the lock meanwhile.
func prepareRiver(ctx context.Context, c *pgx.Conn, role string) error {
	config, err := pgxpool.ParseConfig(c.Config().ConnString())
	if err != nil {
		return unreadable(err)
	}
	config.ConnConfig, config.MaxConns = c.Config(), 2
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: quiet(), Schema: riverSchema})
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, c, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		if err := migrateRiver(ctx, m, pool); err != nil {
			return err
		}
		_, err := t.Exec(ctx, fmt.Sprintf(`GRANT USAGE ON SCHEMA %[1]s TO %[2]s; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %[1]s TO %[2]s;
			GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %[1]s TO %[2]s`, riverSchema, pgx.Identifier{role}.Sanitize()))
		return err
	})
	if err != nil {
		return fmt.Errorf("bring River's tables up to date: %w", err)
	}
	return nil
}

func migrateRiver(ctx context.Context, m *rivermigrate.Migrator[pgx.Tx], pool *pgxpool.Pool) error {
	var there bool
	if err := pool.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", riverSchema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := pool.Exec(ctx, "CREATE SCHEMA "+riverSchema); err != nil {
			return err
		}
	}
	_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// waker is River's worker: it looks at the row that it is woken for.
type waker struct {
	river.WorkerDefaults[wakeArgs]
	limit func(kind string) time.Duration
	look  func(ctx context.Context, kind, key string) (again docket.Instant, err error)
}

// Timeout is after what time River breaks a look off, and hands the job out again
// where its worker was killed.
func (w *waker) Timeout(woken *river.Job[wakeArgs]) time.Duration { return w.limit(woken.Args.Job) }

// Work looks. A row that isn't due yet by our clock is looked at when it is.
func (w *waker) Work(ctx context.Context, woken *river.Job[wakeArgs]) error {
	again, err := w.look(ctx, woken.Args.Job, woken.Args.Key)
	if err == nil && !again.IsZero() {
		return river.JobSnooze(max(time.Until(again.Time), time.Second))
	}
	return err
}

// How River works for us.
const (
	jobsAtOnce = 2
	// A job whose worker was killed is handed out again after its own limit, and
	// not before this.
	jobRescue = 5 * time.Minute
	// What is done is forgotten: a job's key may be the id of a draft, which
	// leaves no trace.
	forgetDone = time.Minute
)

// Work has look called for each job that is due, in this process or in another
// that works on the same database, until ctx ends. look says when to look again
// at a job that isn't due yet, or the zero instant; what it fails with is tried
// again. limit is how long a look at a job of some kind may take.
func (s *Store) Work(ctx context.Context, limit func(kind string) time.Duration, look func(ctx context.Context, kind, key string) (again docket.Instant, err error)) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, &waker{limit: limit, look: look})
	client, err := river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		Logger: quiet(), Workers: workers, Schema: riverSchema, Queues: map[string]river.QueueConfig{s.queue: {MaxWorkers: jobsAtOnce}},
		PollOnly: true, FetchPollInterval: time.Second, RescueStuckJobsAfter: jobRescue,
		CompletedJobRetentionPeriod: forgetDone, DiscardedJobRetentionPeriod: 24 * time.Hour,
		// The application's role owns no index.
		ReindexerSchedule: river.NeverSchedule(),
	})
	if err != nil {
		return fmt.Errorf("work on jobs: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return fmt.Errorf("work on jobs: %w", err)
	}
	<-client.Stopped()
	return nil
}
