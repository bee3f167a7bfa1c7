package postgres

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
	actor text COLLATE "C" PRIMARY KEY,
	organisation text COLLATE "C" NOT NULL
);
CREATE TABLE mandates (
	id text COLLATE "C" PRIMARY KEY,
	version bigint NOT NULL,
	programme text COLLATE "C" NOT NULL,
	organisation text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL,
	scopes text COLLATE "C" NOT NULL,
	from_day text COLLATE "C" NOT NULL,
	until_day text COLLATE "C" NOT NULL,
	ended text COLLATE "C" NOT NULL
);
CREATE INDEX mandates_organisation ON mandates (organisation, id);
CREATE TABLE mandated (
	claim_id text COLLATE "C" PRIMARY KEY,
	mandate text COLLATE "C" NOT NULL
);
CREATE INDEX mandated_mandate ON mandated (mandate, claim_id);
`

func scanMember(s scanner) (m store.Member, err error) {
	return m, s.Scan(&m.Actor, &m.Organisation)
}

func (r *reader) Member(actor string) (store.Member, error) {
	return one(r, scanMember, "SELECT actor, organisation FROM members WHERE actor = $1", actor)
}

func (r *reader) Members(organisation string) ([]store.Member, error) {
	return all(r, scanMember, "SELECT actor, organisation FROM members WHERE organisation = $1 OR $1 = '' ORDER BY actor", organisation)
}

var putMember = put("members", "actor, organisation", 1)

func (t *tx) PutMember(m store.Member) error {
	if m.Organisation == "" {
		t.queue("DELETE FROM members WHERE actor = $1", []any{m.Actor})
		return t.failed
	}
	return t.put(putMember, m.Actor, m.Organisation)
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
	return one(r, scanMandate, "SELECT "+mandateColumns+" FROM mandates WHERE id = $1", string(id))
}

func (r *reader) Mandates(organisation string, after claim.MandateID, limit int) ([]claim.Mandate, error) {
	return all(r, scanMandate, "SELECT "+mandateColumns+" FROM mandates WHERE organisation = $1 AND id > $2 ORDER BY id LIMIT $3", organisation, string(after), limit)
}

var putMandate = put("mandates", mandateColumns, 1)

func (t *tx) PutMandate(m claim.Mandate) error {
	scopes := make([]string, len(m.Scopes))
	for i, s := range m.Scopes {
		scopes[i] = string(s)
	}
	return t.put(putMandate, string(m.ID), int64(m.Version), m.Programme, m.Organisation, string(m.Kind),
		strings.Join(scopes, " "), m.From.String(), m.Until.String(), m.Ended.String())
}

func scanMandated(s scanner) (m store.Mandated, err error) {
	return m, s.Scan(&m.Claim, &m.Mandate)
}

func (r *reader) MandatesOf(ids []claim.ID) (map[claim.ID]claim.MandateID, error) {
	under := make(map[claim.ID]claim.MandateID, len(ids))
	found, err := all(r, scanMandated, "SELECT claim_id, mandate FROM mandated WHERE claim_id = ANY($1)", texts(ids))
	for _, m := range found {
		under[m.Claim] = m.Mandate
	}
	return under, err
}

func (r *reader) ClaimsUnder(id claim.MandateID) ([]claim.ID, error) {
	found, err := all(r, scanMandated, "SELECT claim_id, mandate FROM mandated WHERE mandate = $1 ORDER BY claim_id", string(id))
	var ids []claim.ID
	for _, m := range found {
		ids = append(ids, m.Claim)
	}
	return ids, err
}

func (r *reader) ClaimsFor(organisation string, after claim.ID, limit int) ([]store.Mandated, error) {
	return all(r, scanMandated, `SELECT m.claim_id, m.mandate FROM mandates d JOIN mandated m ON m.mandate = d.id JOIN claims c ON c.id = m.claim_id
		WHERE d.organisation = $1 AND ($2 = '' OR (c.filed, c.id) < (SELECT filed, id FROM claims WHERE id = $2))
		ORDER BY c.filed DESC, c.id DESC LIMIT $3`, organisation, string(after), limit)
}

var intoMandated = intoTable("mandated", "claim_id, mandate")

func (t *tx) InsertMandated(list []store.Mandated) error {
	err := t.insert(intoMandated, len(list), func(i int, to []any) []any {
		return append(to, string(list[i].Claim), string(list[i].Mandate))
	})
	if err != nil {
		return fmt.Errorf("enter under which mandate: %w", err)
	}
	return nil
}
