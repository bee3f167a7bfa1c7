package sqlite

import (
	"errors"
	"fmt"
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
	id TEXT PRIMARY KEY,
	claim_id TEXT NOT NULL,
	programme TEXT NOT NULL,
	told TEXT NOT NULL,
	version INTEGER NOT NULL,
	instalment INTEGER NOT NULL,
	language TEXT NOT NULL,
	made TEXT NOT NULL,
	code BLOB NOT NULL,
	state TEXT NOT NULL,
	moved TEXT NOT NULL,
	goes TEXT NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX letters_claim ON letters (claim_id, version, told);
CREATE UNIQUE INDEX letters_code ON letters (code);
CREATE INDEX letters_out ON letters (programme, state, id) WHERE state <> 'shown';
CREATE INDEX letters_goes ON letters (goes) WHERE goes <> '';
CREATE TABLE contacts (
	claim_id TEXT PRIMARY KEY,
	changed TEXT NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
CREATE TABLE pauses (
	claim_id TEXT PRIMARY KEY,
	asked TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE clocks (
	claim_id TEXT NOT NULL,
	deadline TEXT NOT NULL,
	programme TEXT NOT NULL,
	whose TEXT NOT NULL,
	version INTEGER NOT NULL,
	ends TEXT NOT NULL,
	warn TEXT NOT NULL,
	ended INTEGER NOT NULL,
	PRIMARY KEY (claim_id, deadline)
) STRICT, WITHOUT ROWID;
CREATE INDEX clocks_warn ON clocks (programme, warn) WHERE warn <> '';
CREATE INDEX clocks_ends ON clocks (programme, ended, ends);
CREATE TABLE sets (
	claim_id TEXT PRIMARY KEY,
	tag TEXT NOT NULL,
	place INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sets_tag ON sets (tag, place);
CREATE TABLE paces (
	programme TEXT NOT NULL,
	category TEXT NOT NULL,
	step TEXT NOT NULL,
	days INTEGER NOT NULL,
	claims INTEGER NOT NULL,
	PRIMARY KEY (programme, category, step, days)
) STRICT, WITHOUT ROWID;
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
	return one(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE id = ?", id)
}

func (r *reader) LetterByCode(code []byte) (store.Letter, error) {
	return one(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE code = ?", code)
}

func (r *reader) Letters(id claim.ID) ([]store.Letter, error) {
	return all(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE claim_id = ? ORDER BY made, version, told", string(id))
}

func (r *reader) LettersIn(programme string, state store.LetterState, instalment int64, after string, limit int) ([]store.Letter, error) {
	return all(r, scanLetter, "SELECT "+letterColumns+" FROM letters WHERE programme = ? AND state = ? AND (? = 0 OR instalment = ?) AND id > ? ORDER BY id LIMIT ?",
		programme, string(state), instalment, instalment, after, limit)
}

func (r *reader) GoneLetters(on day.Date, limit int) ([]string, error) {
	return all(r, value[string], "SELECT id FROM letters WHERE goes <> '' AND goes <= ? ORDER BY goes, id LIMIT ?", on.String(), limit)
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
	return one(r, scanContact, "SELECT claim_id, changed, sealed FROM contacts WHERE claim_id = ?", string(id))
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
	return one(r, scanPause, "SELECT claim_id, asked FROM pauses WHERE claim_id = ?", string(id))
}

func (r *reader) SetOf(id claim.ID) ([]claim.ID, error) {
	return all(r, value[claim.ID], "SELECT claim_id FROM sets WHERE tag = (SELECT tag FROM sets WHERE claim_id = ?) ORDER BY place", string(id))
}

const clockColumns = "claim_id, deadline, programme, whose, version, ends, warn, ended"

func scanClock(s scanner) (store.Clock, error) {
	var c store.Clock
	var ends, warn string
	if err := s.Scan(&c.Claim, &c.Deadline, &c.Programme, &c.For, &c.Version, &ends, &warn, &c.Over); err != nil {
		return store.Clock{}, err
	}
	return c, errors.Join(c.Ends.UnmarshalText([]byte(ends)), dayIn(warn, &c.Warn))
}

func (r *reader) Clocks(id claim.ID) ([]store.Clock, error) {
	return all(r, scanClock, "SELECT "+clockColumns+" FROM clocks WHERE claim_id = ? ORDER BY ends, deadline", string(id))
}

func (r *reader) DueClocks(programme string, on day.Date, limit int) ([]store.Clock, error) {
	return all(r, scanClock, "SELECT "+clockColumns+" FROM clocks WHERE programme = ? AND ((warn <> '' AND warn <= ?) OR (ended = 0 AND ends < ?)) ORDER BY ends, claim_id, deadline LIMIT ?",
		programme, on.String(), on.String(), limit)
}

func (r *reader) OverClocks(programme string, limit int) ([]store.Clock, error) {
	return all(r, scanClock, "SELECT "+clockColumns+" FROM clocks WHERE ended = 1 AND programme = ? ORDER BY ends, claim_id, deadline LIMIT ?", programme, limit)
}

func scanPace(s scanner) (store.Pace, error) {
	var p store.Pace
	return p, s.Scan(&p.Programme, &p.Category, &p.Step, &p.Days, &p.Claims)
}

func (r *reader) Paces(programme, category string) ([]store.Pace, error) {
	return all(r, scanPace, "SELECT programme, category, step, days, claims FROM paces WHERE programme = ? AND category = ? ORDER BY step, days", programme, category)
}

func (t *tx) AddLetters(letters []store.Letter) error {
	_, err := t.write("INSERT INTO letters ("+letterColumns+") VALUES ", " ON CONFLICT DO NOTHING", 13, len(letters), func(i int, to []any) []any {
		l := &letters[i]
		return append(to, l.ID, string(l.Claim), l.Programme, l.On, int64(l.Version), l.Instalment, l.Language, l.Made.String(),
			l.Code, string(l.State), l.Moved.String(), l.Goes.String(), l.Sealed)
	})
	if err != nil {
		return fmt.Errorf("add letters: %w", err)
	}
	return nil
}

func (t *tx) MoveLetter(id string, from, to store.LetterState, at docket.Instant) error {
	_, err := t.exec("UPDATE letters SET state = ?, moved = ? WHERE id = ? AND state = ?", string(to), at.String(), id, string(from))
	return err
}

func (t *tx) TimeLetters(goes map[claim.ID]day.Date) error {
	for _, id := range slices.Sorted(maps.Keys(goes)) {
		if _, err := t.exec("UPDATE letters SET goes = ? WHERE claim_id = ?", goes[id].String(), string(id)); err != nil {
			return fmt.Errorf("time letters: %w", err)
		}
	}
	return nil
}

func (t *tx) DeleteLetters(ids []string) error {
	_, err := byChunks(t, "DELETE FROM letters WHERE id IN (%s)", ids)
	return err
}

func (t *tx) PutContact(c store.Contact) error {
	return t.put("contacts", "claim_id, changed, sealed", string(c.Claim), c.Changed.String(), c.Sealed)
}

func (t *tx) PutPause(p store.Pause) error {
	return t.put("pauses", "claim_id, asked", string(p.Claim), p.Asked.String())
}

func (t *tx) DeletePause(id claim.ID) error {
	_, err := t.exec("DELETE FROM pauses WHERE claim_id = ?", string(id))
	return err
}

func (t *tx) PutSet(tag string, claims []claim.ID) error {
	_, err := t.write("INSERT INTO sets (claim_id, tag, place) VALUES ", " ON CONFLICT DO NOTHING", 3, len(claims), func(i int, to []any) []any {
		return append(to, string(claims[i]), tag, int64(i))
	})
	return err
}

func (t *tx) LeaveSet(id claim.ID) error {
	_, err := t.exec("DELETE FROM sets WHERE claim_id = ?", string(id))
	return err
}

func (t *tx) PutClocks(clocks []store.Clock) error {
	for _, c := range clocks {
		err := t.put("clocks", clockColumns, string(c.Claim), c.Deadline, c.Programme, c.For, int64(c.Version), c.Ends.String(), c.Warn.String(), c.Over)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) StopClocks(before map[claim.ID]docket.Version) error {
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, err := t.exec("DELETE FROM clocks WHERE claim_id = ? AND version < ?", string(id), int64(before[id])); err != nil {
			return fmt.Errorf("stop clocks: %w", err)
		}
	}
	return nil
}

func (t *tx) AddPaces(paces []store.Pace) error {
	for _, p := range paces {
		_, err := t.exec(`INSERT INTO paces (programme, category, step, days, claims) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (programme, category, step, days) DO UPDATE SET claims = claims + excluded.claims`, p.Programme, p.Category, p.Step, p.Days, p.Claims)
		if err != nil {
			return fmt.Errorf("add paces: %w", err)
		}
	}
	return nil
}

func (t *tx) DeleteCorrespondence(ids []claim.ID) error {
	for _, table := range []string{"letters", "contacts", "pauses", "clocks", "sets"} {
		if _, err := byChunks(t, "DELETE FROM "+table+" WHERE claim_id IN (%s)", ids); err != nil {
			return fmt.Errorf("remove %s: %w", table, err)
		}
	}
	return nil
}
