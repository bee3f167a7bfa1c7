package sqlite

import (
	"errors"
	"fmt"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// schemaMandates brings who acts for claimants, and on what right.
const schemaMandates = `
CREATE TABLE members (
	actor TEXT PRIMARY KEY,
	organisation TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE mandates (
	id TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	programme TEXT NOT NULL,
	organisation TEXT NOT NULL,
	kind TEXT NOT NULL,
	scopes TEXT NOT NULL,
	from_day TEXT NOT NULL,
	until_day TEXT NOT NULL,
	ended TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mandates_organisation ON mandates (organisation, id);
CREATE TABLE mandated (
	claim_id TEXT PRIMARY KEY,
	mandate TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mandated_mandate ON mandated (mandate, claim_id);
`

func scanMember(s scanner) (m store.Member, err error) {
	return m, s.Scan(&m.Actor, &m.Organisation)
}

func (r *reader) Member(actor string) (store.Member, error) {
	return one(r, scanMember, "SELECT actor, organisation FROM members WHERE actor = ?", actor)
}

func (r *reader) Members(organisation string) ([]store.Member, error) {
	return all(r, scanMember, "SELECT actor, organisation FROM members WHERE organisation = ? OR ? = '' ORDER BY actor", organisation, organisation)
}

func (t *tx) PutMember(m store.Member) error {
	if m.Organisation == "" {
		_, err := t.exec("DELETE FROM members WHERE actor = ?", m.Actor)
		return err
	}
	return t.put("members", "actor, organisation", m.Actor, m.Organisation)
}

const mandateColumns = "id, version, programme, organisation, kind, scopes, from_day, until_day, ended"

func scanMandate(s scanner) (claim.Mandate, error) {
	var m claim.Mandate
	var version int64
	var scopes, from, until, ended string
	if err := s.Scan(&m.ID, &version, &m.Programme, &m.Organisation, &m.Kind, &scopes, &from, &until, &ended); err != nil {
		return m, err
	}
	m.Version = docket.Version(version)
	for _, scope := range strings.Fields(scopes) {
		m.Scopes = append(m.Scopes, claim.Scope(scope))
	}
	return m, errors.Join(m.From.UnmarshalText([]byte(from)), m.Until.UnmarshalText([]byte(until)), m.Ended.UnmarshalText([]byte(ended)))
}

func (r *reader) Mandate(id claim.MandateID) (claim.Mandate, error) {
	return one(r, scanMandate, "SELECT "+mandateColumns+" FROM mandates WHERE id = ?", string(id))
}

func (r *reader) Mandates(organisation string, after claim.MandateID, limit int) ([]claim.Mandate, error) {
	return all(r, scanMandate, "SELECT "+mandateColumns+" FROM mandates WHERE organisation = ? AND id > ? ORDER BY id LIMIT ?", organisation, string(after), limit)
}

func (t *tx) PutMandate(m claim.Mandate) error {
	scopes := make([]string, len(m.Scopes))
	for i, s := range m.Scopes {
		scopes[i] = string(s)
	}
	return t.put("mandates", mandateColumns, string(m.ID), int64(m.Version), m.Programme, m.Organisation, string(m.Kind),
		strings.Join(scopes, " "), m.From.String(), m.Until.String(), m.Ended.String())
}

func scanMandated(s scanner) (m store.Mandated, err error) {
	return m, s.Scan(&m.Claim, &m.Mandate)
}

func (r *reader) MandatesOf(ids []claim.ID) (map[claim.ID]claim.MandateID, error) {
	under := make(map[claim.ID]claim.MandateID, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), idsAtOnce)
		found, err := all(r, scanMandated, "SELECT claim_id, mandate FROM mandated WHERE claim_id IN ("+marks(n)+")", anys(ids[:n])...)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			under[m.Claim] = m.Mandate
		}
		ids = ids[n:]
	}
	return under, nil
}

func (r *reader) ClaimsUnder(id claim.MandateID) ([]claim.ID, error) {
	found, err := all(r, scanMandated, "SELECT claim_id, mandate FROM mandated WHERE mandate = ? ORDER BY claim_id", string(id))
	var ids []claim.ID
	for _, m := range found {
		ids = append(ids, m.Claim)
	}
	return ids, err
}

func (r *reader) ClaimsFor(organisation string, after claim.ID, limit int) ([]store.Mandated, error) {
	return all(r, scanMandated, `SELECT m.claim_id, m.mandate FROM mandates d JOIN mandated m ON m.mandate = d.id JOIN claims c ON c.id = m.claim_id
		WHERE d.organisation = ?1 AND (?2 = '' OR (c.filed, c.id) < (SELECT filed, id FROM claims WHERE id = ?2))
		ORDER BY c.filed DESC, c.id DESC LIMIT ?3`, organisation, string(after), limit)
}

func (t *tx) InsertMandated(list []store.Mandated) error {
	_, err := t.write("INSERT INTO mandated (claim_id, mandate) VALUES ", "", 2, len(list), func(i int, to []any) []any {
		return append(to, string(list[i].Claim), string(list[i].Mandate))
	})
	if err != nil {
		return fmt.Errorf("enter under which mandate: %w", err)
	}
	return nil
}
