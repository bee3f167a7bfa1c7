package postgres

import (
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaJobs = `
CREATE TABLE jobs (
	kind text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	body text COLLATE "C" NOT NULL,
	due text COLLATE "C" NOT NULL,
	attempts bigint NOT NULL,
	trouble text COLLATE "C" NOT NULL,
	failed bigint NOT NULL,
	PRIMARY KEY (kind, key)
);
CREATE INDEX jobs_due ON jobs (failed, due);
`

const jobColumns = "kind, key, body, due, attempts, trouble, failed"

func scanJob(s scanner) (store.Job, error) {
	var j store.Job
	var due string
	if err := s.Scan(&j.Kind, &j.Key, &j.Body, &due, &j.Attempts, &j.Trouble, flag{&j.Failed}); err != nil {
		return store.Job{}, err
	}
	return j, j.Due.UnmarshalText([]byte(due))
}

func (r *reader) Job(kind, key string) (store.Job, error) {
	return one(r, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE kind = $1 AND key = $2", kind, key)
}

func (r *reader) DueJobs(at docket.Instant, limit int) ([]store.Job, error) {
	return all(r, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE failed = 0 AND due <= $1 ORDER BY due, kind, key LIMIT $2", at.String(), limit)
}

func (r *reader) Jobs(limit int) ([]store.Job, error) {
	return all(r, scanJob, "SELECT "+jobColumns+" FROM jobs ORDER BY failed DESC, due, kind, key LIMIT $1", limit)
}

// Enqueue adds the rows and, in the same transaction, River's jobs that wake a
// worker when they are due.
func (t *tx) Enqueue(jobs ...store.Job) error {
	for _, j := range jobs {
		t.queue("INSERT INTO jobs ("+jobColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
			[]any{j.Kind, j.Key, j.Body, j.Due.String(), j.Attempts, j.Trouble, bit(j.Failed)})
	}
	if err := t.wake(jobs...); err != nil {
		return fmt.Errorf("enter jobs: %w", err)
	}
	return nil
}

func (t *tx) PutJob(j store.Job) error {
	t.queue("UPDATE jobs SET due = $1, attempts = $2, trouble = $3, failed = $4 WHERE kind = $5 AND key = $6",
		[]any{j.Due.String(), j.Attempts, j.Trouble, bit(j.Failed), j.Kind, j.Key})
	if j.Failed {
		return t.failed // it waits for somebody
	}
	if err := t.wake(j); err != nil {
		return fmt.Errorf("set job %s: %w", j.Kind, err)
	}
	return nil
}

func (t *tx) DropJobs(kind string, keys ...string) error {
	if len(keys) > 0 {
		t.queue("DELETE FROM jobs WHERE kind = $1 AND key = ANY($2)", []any{kind, keys})
	}
	return t.failed
}
