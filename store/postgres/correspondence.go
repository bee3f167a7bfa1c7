package postgres

import (
	"errors"
	"maps"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// schemaCorrespondence brings letters, how to reach claimants, and clocks.
const schemaCorrespondence = `
CREATE TABLE letters (
	id text COLLATE "C" NOT NULL PRIMARY KEY,
	claim_id text COLLATE "C" NOT NULL,
	programme text COLLATE "C" NOT NULL,
	told text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	instalment bigint NOT NULL,
	language text COLLATE "C" NOT NULL,
	made text COLLATE "C" NOT NULL,
	code bytea NOT NULL,
	state text COLLATE "C" NOT NULL,
	moved text COLLATE "C" NOT NULL,
	goes text COLLATE "C" NOT NULL,
	sealed bytea NOT NULL
);
CREATE UNIQUE INDEX letters_claim ON letters (claim_id, version, told);
CREATE UNIQUE INDEX letters_code ON letters (code);
CREATE INDEX letters_out ON letters (programme, state, id) WHERE state <> 'shown';
CREATE INDEX letters_goes ON letters (goes) WHERE goes <> '';
CREATE TABLE contacts (
	claim_id text COLLATE "C" NOT NULL PRIMARY KEY,
	changed text COLLATE "C" NOT NULL,
	sealed bytea NOT NULL
);
CREATE TABLE pauses (
	claim_id text COLLATE "C" NOT NULL PRIMARY KEY,
	asked text COLLATE "C" NOT NULL
);
CREATE TABLE clocks (
	claim_id text COLLATE "C" NOT NULL,
	deadline text COLLATE "C" NOT NULL,
	programme text COLLATE "C" NOT NULL,
	whose text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	ends text COLLATE "C" NOT NULL,
	warn text COLLATE "C" NOT NULL,
	ended bigint NOT NULL,
	PRIMARY KEY (claim_id, deadline)
);
CREATE INDEX clocks_warn ON clocks (programme, warn) WHERE warn <> '';
CREATE INDEX clocks_ends ON clocks (programme, ended, ends);
CREATE TABLE sets (
	claim_id text COLLATE "C" NOT NULL PRIMARY KEY,
	tag text COLLATE "C" NOT NULL,
	place bigint NOT NULL
);
CREATE INDEX sets_tag ON sets (tag, place);
CREATE TABLE paces (
	programme text COLLATE "C" NOT NULL,
	category text COLLATE "C" NOT NULL,
	step text COLLATE "C" NOT NULL,
	days bigint NOT NULL,
	claims bigint NOT NULL,
	PRIMARY KEY (programme, category, step, days)
);
ALTER TABLE letters SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
ALTER TABLE contacts SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
`

const letterColumns = "id, claim_id, programme, told, version, instalment, language, made, code, state, moved, goes, sealed"

func scanLetter(s scanner) (store.Letter, error) {
	var l store.Letter
	var made, moved, goes string
	err := s.Scan(&l.ID, &l.Claim, &l.Programme, &l.On, &l.Version, &l.Instalment, &l.Language, &made, &l.Code, &l.State, &moved, &goes, &l.Sealed)
	if err != nil {
		return store.Letter{}, err
	}
	return l, errors.Join(l.Made.UnmarshalText([]byte(made)), l.Moved.UnmarshalText([]byte(moved)), dayIn(goes, &l.Goes))
}

// dayIn reads a day that may be none.
func dayIn(text string, to *day.Date) error {
	if text == "" {
		return nil
	}
	return to.UnmarshalText([]byte(text))
}

func (r *reader) Letter(id string) (store.Letter, error) {
	return one(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE id = $1", id)
}

func (r *reader) LetterByCode(code []byte) (store.Letter, error) {
	return one(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE code = $1", code)
}

func (r *reader) Letters(id claim.ID) ([]store.Letter, error) {
	return all(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE claim_id = $1 ORDER BY made, version, told", string(id))
}

func (r *reader) LettersIn(programme string, state store.LetterState, instalment int64, after string, limit int) ([]store.Letter, error) {
	return all(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE programme = $1 AND state = $2 AND ($3::bigint = 0 OR instalment = $3) AND id > $4 ORDER BY id LIMIT $5",
		programme, string(state), instalment, after, limit)
}

func (r *reader) GoneLetters(on day.Date, limit int) ([]string, error) {
	return all(r, value[string], "SELECT id FROM letters WHERE goes <> '' AND goes <= $1 ORDER BY goes, id LIMIT $2", on.String(), limit)
}

func scanContact(s scanner) (store.Contact, error) {
	var c store.Contact
	var changed string
	if err := s.Scan(&c.Claim, &changed, &c.Sealed); err != nil {
		return store.Contact{}, err
	}
	return c, c.Changed.UnmarshalText([]byte(changed))
}

func (r *reader) Contact(id claim.ID) (store.Contact, error) {
	return one(r, scanContact, "SELECT claim_id, changed, sealed FROM contacts WHERE claim_id = $1", string(id))
}

func scanPause(s scanner) (store.Pause, error) {
	var p store.Pause
	var asked string
	if err := s.Scan(&p.Claim, &asked); err != nil {
		return store.Pause{}, err
	}
	return p, p.Asked.UnmarshalText([]byte(asked))
}

func (r *reader) Pause(id claim.ID) (store.Pause, error) {
	return one(r, scanPause, "SELECT claim_id, asked FROM pauses WHERE claim_id = $1", string(id))
}

func (r *reader) SetOf(id claim.ID) ([]claim.ID, error) {
	return all(r, value[claim.ID], "SELECT claim_id FROM sets WHERE tag = (SELECT tag FROM sets WHERE claim_id = $1) ORDER BY place", string(id))
}

const clockColumns = "claim_id, deadline, programme, whose, version, ends, warn, ended"

func scanClock(s scanner) (store.Clock, error) {
	var c store.Clock
	var ends, warn string
	if err := s.Scan(&c.Claim, &c.Deadline, &c.Programme, &c.For, &c.Version, &ends, &warn, flag{&c.Over}); err != nil {
		return store.Clock{}, err
	}
	return c, errors.Join(c.Ends.UnmarshalText([]byte(ends)), dayIn(warn, &c.Warn))
}

func (r *reader) Clocks(id claim.ID) ([]store.Clock, error) {
	return all(r, scanClock, "SELECT "+clockColumns+" FROM clocks WHERE claim_id = $1 ORDER BY ends, deadline", string(id))
}

func (r *reader) DueClocks(programme string, on day.Date, limit int) ([]store.Clock, error) {
	return all(r, scanClock, "SELECT "+clockColumns+" FROM clocks WHERE programme = $1 AND ((warn <> '' AND warn <= $2) OR (ended = 0 AND ends < $2)) ORDER BY ends, claim_id, deadline LIMIT $3",
		programme, on.String(), limit)
}

func (r *reader) OverClocks(programme string, limit int) ([]store.Clock, error) {
	return all(r, scanClock, "SELECT "+clockColumns+" FROM clocks WHERE ended = 1 AND programme = $1 ORDER BY ends, claim_id, deadline LIMIT $2", programme, limit)
}

func scanPace(s scanner) (store.Pace, error) {
	var p store.Pace
	return p, s.Scan(&p.Programme, &p.Category, &p.Step, &p.Days, &p.Claims)
}

func (r *reader) Paces(programme, category string) ([]store.Pace, error) {
	return all(r, scanPace, "SELECT programme, category, step, days, claims FROM paces WHERE programme = $1 AND category = $2 ORDER BY step, days", programme, category)
}

const addLetter = "INSERT INTO letters (" + letterColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING"

func (t *tx) AddLetters(letters []store.Letter) error {
	for _, l := range letters {
		t.queue(addLetter, []any{
			l.ID, string(l.Claim), l.Programme, l.On, int64(l.Version), l.Instalment, l.Language, l.Made.String(),
			l.Code, string(l.State), l.Moved.String(), l.Goes.String(), l.Sealed,
		})
	}
	return t.failed
}

func (t *tx) MoveLetter(id string, from, to store.LetterState, at docket.Instant) error {
	t.queue("UPDATE letters SET state = $1, moved = $2 WHERE id = $3 AND state = $4", []any{string(to), at.String(), id, string(from)})
	return t.failed
}

func (t *tx) TimeLetters(goes map[claim.ID]day.Date) error {
	for _, id := range slices.Sorted(maps.Keys(goes)) {
		t.queue("UPDATE letters SET goes = $1 WHERE claim_id = $2", []any{goes[id].String(), string(id)})
	}
	return t.failed
}

func (t *tx) DeleteLetters(ids []string) error {
	t.queue("DELETE FROM letters WHERE id = ANY($1)", []any{ids})
	return t.failed
}

var (
	putContact = put("contacts", "claim_id, changed, sealed", 1)
	putPause   = put("pauses", "claim_id, asked", 1)
	putClock   = put("clocks", clockColumns, 2)
)

func (t *tx) PutContact(c store.Contact) error {
	return t.put(putContact, string(c.Claim), c.Changed.String(), c.Sealed)
}

func (t *tx) PutPause(p store.Pause) error { return t.put(putPause, string(p.Claim), p.Asked.String()) }

func (t *tx) DeletePause(id claim.ID) error {
	t.queue("DELETE FROM pauses WHERE claim_id = $1", []any{string(id)})
	return t.failed
}

func (t *tx) PutSet(tag string, claims []claim.ID) error {
	for i, id := range claims {
		t.queue("INSERT INTO sets (claim_id, tag, place) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", []any{string(id), tag, int64(i)})
	}
	return t.failed
}

func (t *tx) LeaveSet(id claim.ID) error {
	t.queue("DELETE FROM sets WHERE claim_id = $1", []any{string(id)})
	return t.failed
}

func (t *tx) PutClocks(clocks []store.Clock) error {
	for _, c := range clocks {
		_ = t.put(putClock, string(c.Claim), c.Deadline, c.Programme, c.For, int64(c.Version), c.Ends.String(), c.Warn.String(), bit(c.Over))
	}
	return t.failed
}

func (t *tx) StopClocks(before map[claim.ID]docket.Version) error {
	for _, id := range slices.Sorted(maps.Keys(before)) {
		t.queue("DELETE FROM clocks WHERE claim_id = $1 AND version < $2", []any{string(id), int64(before[id])})
	}
	return t.failed
}

const addPace = `INSERT INTO paces AS p (programme, category, step, days, claims) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (programme, category, step, days) DO UPDATE SET claims = p.claims + excluded.claims`

func (t *tx) AddPaces(paces []store.Pace) error {
	for _, p := range paces {
		t.queue(addPace, []any{p.Programme, p.Category, p.Step, p.Days, p.Claims})
	}
	return t.failed
}

func (t *tx) DeleteCorrespondence(ids []claim.ID) error {
	for _, table := range []string{"letters", "contacts", "pauses", "clocks", "sets"} {
		t.queue("DELETE FROM "+table+" WHERE claim_id = ANY($1)", []any{texts(ids)})
	}
	return t.failed
}
