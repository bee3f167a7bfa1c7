package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// schemaErasure brings holds and erasures, drafts, and what shredding needs.
// First answers are found by their claim, which those from before are given
// out of what they say.
const schemaErasure = `
ALTER TABLE claims ADD COLUMN holds TEXT NOT NULL DEFAULT '';
ALTER TABLE claims ADD COLUMN erased TEXT NOT NULL DEFAULT '';
ALTER TABLE claims ADD COLUMN keys_gone_by TEXT NOT NULL DEFAULT '';
CREATE INDEX claims_erased ON claims (id) WHERE erased <> '';
ALTER TABLE idempotency ADD COLUMN claim_id TEXT NOT NULL DEFAULT '';
UPDATE idempotency SET claim_id = coalesce(json_extract(CAST(answer AS TEXT), '$.id'), '') WHERE json_type(CAST(answer AS TEXT), '$.reference') = 'text';
UPDATE idempotency SET claim_id = substr(json_extract(CAST(answer AS TEXT), '$.Ref'), 7, instr(json_extract(CAST(answer AS TEXT), '$.Ref'), '#') - 7)
	WHERE json_extract(CAST(answer AS TEXT), '$.Ref') LIKE 'claim/%';
CREATE INDEX idempotency_claim ON idempotency (claim_id) WHERE claim_id <> '';
CREATE TABLE drafts (
	id TEXT PRIMARY KEY,
	actor TEXT NOT NULL,
	programme TEXT NOT NULL,
	category TEXT NOT NULL,
	updated TEXT NOT NULL,
	expires TEXT NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
CREATE INDEX drafts_actor ON drafts (actor, id);
CREATE INDEX drafts_expires ON drafts (expires);
CREATE TABLE shredding (
	id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`

// byChunks runs a statement over ids, some hundred at a time, and counts the
// rows that it wrote. The text has one %s, for the marks.
func byChunks[T ~string](t *tx, text string, ids []T) (rows int64, err error) {
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		n, err := t.exec(fmt.Sprintf(text, marks(len(chunk))), anys(chunk)...)
		if err != nil {
			return rows, err
		}
		rows += n
	}
	return rows, nil
}

func (t *tx) DeleteBlobs(ids []claim.ID) (int64, error) {
	n, err := byChunks(t, "DELETE FROM blobs WHERE claim_id IN (%s)", ids)
	if err != nil {
		return n, fmt.Errorf("remove sealed blobs: %w", err)
	}
	return n, nil
}

func (t *tx) ForgetAnswers(ids []claim.ID) (int64, error) {
	n, err := byChunks(t, "UPDATE idempotency SET fingerprint = x'', answer = x'', claim_id = '' WHERE claim_id <> '' AND claim_id IN (%s)", ids)
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

func (r *reader) BlobPlaces(ids []claim.ID) (places []store.BlobPlace, err error) {
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		found, err := all(r, scanPlace, "SELECT claim_id, version, name FROM blobs WHERE claim_id IN ("+marks(len(chunk))+")", anys(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("read the places of blobs: %w", err)
		}
		places = append(places, found...)
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
	return one(r, scanDraft, "SELECT "+draftColumns+" FROM drafts WHERE id = ?", id)
}

func (r *reader) Drafts(actor string) ([]store.Draft, error) {
	return all(r, scanDraft, "SELECT "+draftColumns+" FROM drafts WHERE actor = ? ORDER BY id", actor)
}

func (r *reader) ExpiredDrafts(on day.Date) ([]store.Draft, error) {
	return all(r, scanDraft, "SELECT "+draftColumns+" FROM drafts WHERE expires <= ? ORDER BY expires, id", on.String())
}

func (t *tx) PutDraft(d store.Draft) error {
	return t.put("drafts", draftColumns, d.ID, d.Actor, d.Programme, d.Category, d.Updated.String(), d.Expires.String(), d.Sealed)
}

func (t *tx) DeleteDrafts(ids []string) error {
	_, err := byChunks(t, "DELETE FROM drafts WHERE id IN (%s)", ids)
	return err
}

func (r *reader) Shredding() ([]string, error) {
	return all(r, value[string], "SELECT id FROM shredding ORDER BY id")
}

func (t *tx) Shred(ids []string) error {
	_, err := t.write("INSERT INTO shredding (id) VALUES ", " ON CONFLICT DO NOTHING", 1, len(ids), func(i int, to []any) []any {
		return append(to, ids[i])
	})
	return err
}

func (t *tx) Shredded(ids []string) error {
	_, err := byChunks(t, "DELETE FROM shredding WHERE id IN (%s)", ids)
	return err
}

// Scrub cuts the write-ahead log, where pages stand as they were before. In
// the file itself secure_delete overwrites what is deleted with zeroes.
func (s *Store) Scrub(ctx context.Context) error {
	s.take()
	defer s.free()
	if err := s.refuses(); err != nil {
		return err
	}
	s.checkpoints.one.Lock()
	defer s.checkpoints.one.Unlock()
	var busy, logged, moved int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved); err != nil {
		return fmt.Errorf("cut the write-ahead log: %w", err)
	}
	if busy != 0 {
		return fault.New(fault.Conflict, "store.log-not-cut")
	}
	return nil
}
