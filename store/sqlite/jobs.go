package sqlite

import (
	"fmt"
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// schemaJobs brings the work that acts leave behind. What was noted to be
// shredded before there were jobs gets its own.
const schemaJobs = `
CREATE TABLE jobs (
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	body TEXT NOT NULL,
	due TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	trouble TEXT NOT NULL,
	failed INTEGER NOT NULL,
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_due ON jobs (failed, due);
INSERT INTO jobs SELECT 'shred', id, '', '1970-01-01T00:00:00.000Z', 0, '', 0 FROM shredding;
`

const jobColumns = "kind, key, body, due, attempts, trouble, failed"

func scanJob(s scanner) (store.Job, error) {
	var j store.Job
	var due string
	if err := s.Scan(&j.Kind, &j.Key, &j.Body, &due, &j.Attempts, &j.Trouble, &j.Failed); err != nil {
		return store.Job{}, err
	}
	return j, j.Due.UnmarshalText([]byte(due))
}

func (r *reader) Job(kind, key string) (store.Job, error) {
	return one(r, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE kind = ? AND key = ?", kind, key)
}

func (r *reader) DueJobs(at docket.Instant, limit int) ([]store.Job, error) {
	return all(r, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE failed = 0 AND due <= ? ORDER BY due, kind, key LIMIT ?", at.String(), limit)
}

func (r *reader) Jobs(limit int) ([]store.Job, error) {
	return all(r, scanJob, "SELECT "+jobColumns+" FROM jobs ORDER BY failed DESC, due, kind, key LIMIT ?", limit)
}

func (t *tx) Enqueue(jobs ...store.Job) error {
	_, err := t.write("INSERT INTO jobs ("+jobColumns+") VALUES ", " ON CONFLICT DO NOTHING", 7, len(jobs), func(i int, to []any) []any {
		j := &jobs[i]
		return append(to, j.Kind, j.Key, j.Body, j.Due.String(), j.Attempts, j.Trouble, j.Failed)
	})
	if err != nil {
		return fmt.Errorf("enter jobs: %w", err)
	}
	return nil
}

func (t *tx) PutJob(j store.Job) error {
	_, err := t.exec("UPDATE jobs SET due = ?, attempts = ?, trouble = ?, failed = ? WHERE kind = ? AND key = ?",
		j.Due.String(), j.Attempts, j.Trouble, j.Failed, j.Kind, j.Key)
	if err != nil {
		return fmt.Errorf("set job %s: %w", j.Kind, err)
	}
	return nil
}

func (t *tx) DropJobs(kind string, keys ...string) error {
	for chunk := range slices.Chunk(keys, idsAtOnce) {
		if _, err := t.exec("DELETE FROM jobs WHERE kind = ? AND key IN ("+marks(len(chunk))+")", append([]any{kind}, anys(chunk)...)...); err != nil {
			return fmt.Errorf("take out jobs %s: %w", kind, err)
		}
	}
	return nil
}
