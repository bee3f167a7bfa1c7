package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/store"
)

func (t *tx) DeleteBlobs(ids []claim.ID) (int64, error) {
	n, err := t.exec("DELETE FROM blobs WHERE claim_id = ANY($1)", texts(ids))
	if err != nil {
		return n, fmt.Errorf("remove sealed blobs: %w", err)
	}
	return n, nil
}

func (t *tx) ForgetAnswers(ids []claim.ID) (int64, error) {
	n, err := t.exec("UPDATE idempotency SET fingerprint = '', answer = '', claim_id = '' WHERE claim_id <> '' AND claim_id = ANY($1)", texts(ids))
	if err != nil {
		return n, fmt.Errorf("forget first answers: %w", err)
	}
	return n, nil
}

func (r *reader) ErasedClaims() ([]claim.ID, error) {
	return all(r, value[claim.ID], "SELECT id FROM claims WHERE erased <> '' ORDER BY id")
}

func scanPlace(s scanner) (store.BlobPlace, error) {
	var p store.BlobPlace
	return p, s.Scan(&p.Claim, &p.Version, &p.Name)
}

func (r *reader) BlobPlaces(ids []claim.ID) ([]store.BlobPlace, error) {
	places, err := all(r, scanPlace, "SELECT claim_id, version, name FROM blobs WHERE claim_id = ANY($1)", texts(ids))
	if err != nil {
		return nil, fmt.Errorf("read the places of blobs: %w", err)
	}
	return places, nil
}

const draftColumns = "id, actor, programme, category, updated, expires, sealed"

func scanDraft(s scanner) (store.Draft, error) {
	var d store.Draft
	var updated, expires string
	if err := s.Scan(&d.ID, &d.Actor, &d.Programme, &d.Category, &updated, &expires, &d.Sealed); err != nil {
		return store.Draft{}, err
	}
	if err := d.Updated.UnmarshalText([]byte(updated)); err != nil {
		return store.Draft{}, err
	}
	return d, d.Expires.UnmarshalText([]byte(expires))
}

func (r *reader) Draft(id string) (store.Draft, error) {
	return one(r, scanDraft, "SELECT "+draftColumns+" FROM drafts WHERE id = $1", id)
}

func (r *reader) Drafts(actor string) ([]store.Draft, error) {
	return all(r, scanDraft, "SELECT "+draftColumns+" FROM drafts WHERE actor = $1 ORDER BY id", actor)
}

func (r *reader) ExpiredDrafts(on day.Date) ([]store.Draft, error) {
	return all(r, scanDraft, "SELECT "+draftColumns+" FROM drafts WHERE expires <= $1 ORDER BY expires, id", on.String())
}

var putDraft = put("drafts", draftColumns, 1)

func (t *tx) PutDraft(d store.Draft) error {
	return t.put(putDraft, d.ID, d.Actor, d.Programme, d.Category, d.Updated.String(), d.Expires.String(), d.Sealed)
}

func (t *tx) DeleteDrafts(ids []string) error {
	t.queue("DELETE FROM drafts WHERE id = ANY($1)", []any{ids})
	return t.failed
}

func (r *reader) Shredding() ([]string, error) {
	return all(r, value[string], "SELECT id FROM shredding ORDER BY id")
}

func (t *tx) Shred(ids []string) error {
	t.queue("INSERT INTO shredding (id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", []any{ids})
	return t.failed
}

func (t *tx) Shredded(ids []string) error {
	t.queue("DELETE FROM shredding WHERE id = ANY($1)", []any{ids})
	return t.failed
}

// Scrub lets the server give the place of deleted rows free for others to
// write over, where it lets the application's role do so (from version 17 on);
// elsewhere its own autovacuum does it, which Prepare has told to come as soon
// as anything was deleted: within about a minute. PostgreSQL doesn't overwrite
// what it gives free, and its write-ahead log, archives, standbys and backups
// keep what they have: what makes an erasure final on all of them is that the
// keys are destroyed.
func (s *Store) Scrub(ctx context.Context) error {
	if _, err := s.pool.Exec(ctx, "VACUUM "+strings.Join(scrubbed, ", ")); err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	return nil
}
