package sqlite

import (
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/store"
)

const schemaOwnDrafts = `
CREATE TABLE own_drafts (
	id TEXT PRIMARY KEY,
	programme TEXT NOT NULL,
	version INTEGER NOT NULL,
	tag BLOB NOT NULL,
	person BLOB NOT NULL,
	updated TEXT NOT NULL,
	expires TEXT NOT NULL,
	by_code BLOB NOT NULL,
	by_house BLOB NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX own_drafts_tag ON own_drafts (tag) WHERE length(tag) > 0;
CREATE INDEX own_drafts_person ON own_drafts (person, id) WHERE length(person) > 0;
CREATE INDEX own_drafts_expires ON own_drafts (expires);
`

// schemaOwnWays adds the keys of drafts under what claimants' passkeys give.
const schemaOwnWays = `
ALTER TABLE own_drafts ADD COLUMN by_ways BLOB NOT NULL DEFAULT X'';
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
	return one(r, scanOwnDraft, "SELECT "+ownDraftColumns+" FROM own_drafts WHERE id = ?", id)
}

// The conditions on the length let the database use the indexes, which hold no
// draft without tag or person.

func (r *reader) OwnDraftByTag(tag []byte) (store.OwnDraft, error) {
	return one(r, scanOwnDraft, "SELECT "+ownDraftColumns+" FROM own_drafts WHERE tag = ? AND length(tag) > 0", tag)
}

func (r *reader) OwnDraftsOfPerson(person []byte) ([]store.OwnDraft, error) {
	return all(r, scanOwnDraft, "SELECT "+ownDraftColumns+" FROM own_drafts WHERE person = ? AND length(person) > 0 ORDER BY id", person)
}

func (r *reader) ExpiredOwnDrafts(on day.Date) ([]string, error) {
	return all(r, value[string], "SELECT id FROM own_drafts WHERE expires <= ? ORDER BY expires, id", on.String())
}

func (t *tx) PutOwnDraft(d store.OwnDraft) error {
	values := []any{
		d.Programme, d.Version, whole(d.Tag), whole(d.Person), d.Updated.String(), d.Expires.String(),
		whole(d.ByCode), whole(d.ByHouse), whole(d.Sealed), whole(d.ByWays), d.ID,
	}
	if d.Version == 1 {
		_, err := t.exec("INSERT OR FAIL INTO own_drafts (programme, version, tag, person, updated, expires, by_code, by_house, sealed, by_ways, id) VALUES ("+marks(len(values))+")", values...)
		if err != nil {
			return fmt.Errorf("add a claimant's draft: %w", err)
		}
		return nil
	}
	n, err := t.exec(`UPDATE OR FAIL own_drafts SET programme = ?, version = ?, tag = ?, person = ?, updated = ?, expires = ?,
		by_code = ?, by_house = ?, sealed = ?, by_ways = ? WHERE id = ? AND version = ?`, append(values, d.Version-1)...)
	if err != nil {
		return fmt.Errorf("set a claimant's draft: %w", err)
	}
	if n != 1 {
		return t.fail(fmt.Errorf("a claimant's draft doesn't stand one version lower: %w", store.ErrTaken))
	}
	return nil
}

// whole is a byte string that is never NULL.
func whole(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (t *tx) DeleteOwnDrafts(ids []string) error {
	_, err := byChunks(t, "DELETE FROM own_drafts WHERE id IN (%s)", ids)
	return err
}
