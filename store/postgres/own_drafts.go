package postgres

import (
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/store"
)

// schemaOwnDrafts clears up as soon as a draft goes, as the other tables do out of
// which an erasure deletes.
const schemaOwnDrafts = `
CREATE TABLE own_drafts (
	id text COLLATE "C" PRIMARY KEY,
	programme text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	tag bytea NOT NULL,
	person bytea NOT NULL,
	updated text COLLATE "C" NOT NULL,
	expires text COLLATE "C" NOT NULL,
	by_code bytea NOT NULL,
	by_house bytea NOT NULL,
	sealed bytea NOT NULL
);
ALTER TABLE own_drafts ALTER sealed SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX own_drafts_tag ON own_drafts (tag) WHERE length(tag) > 0;
CREATE INDEX own_drafts_person ON own_drafts (person, id) WHERE length(person) > 0;
CREATE INDEX own_drafts_expires ON own_drafts (expires);
ALTER TABLE own_drafts SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
`

// schemaOwnWays adds the keys of drafts under what claimants' passkeys give.
const schemaOwnWays = `
ALTER TABLE own_drafts ADD COLUMN by_ways bytea NOT NULL DEFAULT '';
`

const ownDraftColumns = "id, programme, version, tag, person, updated, expires, by_code, by_house, sealed, by_ways"

func scanOwnDraft(s scanner) (store.OwnDraft, error) {
	var d store.OwnDraft
	var updated, expires string
	if err := s.Scan(&d.ID, &d.Programme, &d.Version, &d.Tag, &d.Person, &updated, &expires, &d.ByCode, &d.ByHouse, &d.Sealed, &d.ByWays); err != nil {
		return store.OwnDraft{}, err
	}
	if err := d.Updated.UnmarshalText([]byte(updated)); err != nil {
		return store.OwnDraft{}, err
	}
	return d, d.Expires.UnmarshalText([]byte(expires))
}

func (r *reader) OwnDraft(id string) (store.OwnDraft, error) {
	return one(r, scanOwnDraft, "SELECT "+ownDraftColumns+" FROM own_drafts WHERE id = $1", id)
}

// The conditions on the length let the database use the indexes, which hold no
// draft without tag or person.

func (r *reader) OwnDraftByTag(tag []byte) (store.OwnDraft, error) {
	return one(r, scanOwnDraft, "SELECT "+ownDraftColumns+" FROM own_drafts WHERE tag = $1 AND length(tag) > 0", tag)
}

func (r *reader) OwnDraftsOfPerson(person []byte) ([]store.OwnDraft, error) {
	return all(r, scanOwnDraft, "SELECT "+ownDraftColumns+" FROM own_drafts WHERE person = $1 AND length(person) > 0 ORDER BY id", person)
}

func (r *reader) ExpiredOwnDrafts(on day.Date) ([]string, error) {
	return all(r, value[string], "SELECT id FROM own_drafts WHERE expires <= $1 ORDER BY expires, id", on.String())
}

var (
	intoOwnDrafts = intoTable("own_drafts", ownDraftColumns)
	setOwnDraft   = change{one: `UPDATE own_drafts SET programme = $2, version = $3, tag = $4, person = $5, updated = $6, expires = $7,
		by_code = $8, by_house = $9, sealed = $10, by_ways = $11 WHERE id = $1 AND version = $3 - 1`, columns: len(intoOwnDrafts.columns)}
)

func (t *tx) PutOwnDraft(d store.OwnDraft) error {
	row := func(_ int, to []any) []any {
		return append(to, d.ID, d.Programme, d.Version, d.Tag, d.Person, d.Updated.String(), d.Expires.String(), d.ByCode, d.ByHouse, d.Sealed, d.ByWays)
	}
	if d.Version == 1 {
		if err := t.insert(intoOwnDrafts, 1, row); err != nil {
			return fmt.Errorf("add a claimant's draft: %w", err)
		}
		return nil
	}
	if err := t.write(setOwnDraft, 1, row); err != nil {
		return fmt.Errorf("set a claimant's draft: %w", err)
	}
	return nil
}

func (t *tx) DeleteOwnDrafts(ids []string) error {
	t.queue("DELETE FROM own_drafts WHERE id = ANY($1)", []any{ids})
	return t.failed
}
