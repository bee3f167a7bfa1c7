package sqlite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

func scanProgramme(s scanner) (store.Programme, error) {
	var p store.Programme
	var edition []byte
	var opened string
	if err := s.Scan(&p.ID, &p.Version, &edition, &p.EditionNumber, &opened, &p.LastSerial); err != nil {
		return store.Programme{}, err
	}
	p.Edition = docket.Hash(sized(edition))
	return p, p.Opened.UnmarshalText([]byte(opened))
}

const programmeColumns = "id, version, edition, edition_number, opened, last_serial"

func (r *reader) Programme(id string) (store.Programme, error) {
	return one(r, scanProgramme, "SELECT "+programmeColumns+" FROM programmes WHERE id = ?", id)
}

func (r *reader) Programmes() ([]store.Programme, error) {
	return all(r, scanProgramme, "SELECT "+programmeColumns+" FROM programmes ORDER BY id")
}

func (r *reader) EditionBytes(hash docket.Hash) ([]byte, error) {
	return one(r, value[[]byte], "SELECT bytes FROM editions WHERE hash = ?", hash[:])
}

func (r *reader) EditionHashes() ([]docket.Hash, error) {
	return all(r, scanHash, "SELECT hash FROM editions ORDER BY hash")
}

func scanActor(s scanner) (store.Actor, error) {
	var a store.Actor
	var capacities, interests string
	err := s.Scan(&a.ID, &a.Version, &capacities, &a.Ended, &interests)
	a.Capacities, a.Interests = strings.Fields(capacities), strings.Fields(interests)
	return a, err
}

func (r *reader) Actor(id string) (store.Actor, error) {
	return one(r, scanActor, "SELECT id, version, capacities, ended, interests FROM actors WHERE id = ?", id)
}

func (r *reader) Actors() ([]store.Actor, error) {
	return all(r, scanActor, "SELECT id, version, capacities, ended, interests FROM actors ORDER BY id")
}

func (r *reader) Verifier(actor string) ([]byte, error) {
	return one(r, value[[]byte], "SELECT verifier FROM credentials WHERE actor = ?", actor)
}

func (r *reader) Code(id claim.ID) ([]byte, error) {
	return one(r, value[[]byte], "SELECT hash FROM codes WHERE claim_id = ?", string(id))
}

func scanAnswer(s scanner) (store.Answer, error) {
	var a store.Answer
	err := s.Scan(&a.Tag, &a.Fingerprint, &a.Answer, &a.Claim)
	return a, err
}

func (r *reader) Answers(tags [][]byte) (map[string]store.Answer, error) {
	found := map[string]store.Answer{}
	for chunk := range slices.Chunk(tags, idsAtOnce) {
		args := make([]any, len(chunk))
		for i, tag := range chunk {
			args[i] = tag
		}
		for a, err := range each(r, scanAnswer, "SELECT tag, fingerprint, answer, claim_id FROM idempotency WHERE tag IN ("+marks(len(chunk))+")", args...) {
			if err != nil {
				return nil, fmt.Errorf("read first answers: %w", err)
			}
			found[string(a.Tag)] = a
		}
	}
	return found, nil
}

// StandsAt asks: it costs little here.
func (t *tx) StandsAt(stream docket.Stream, version docket.Version) (bool, error) {
	last, err := t.LastVersion(stream)
	return err == nil && last == version, err
}

func (r *reader) Meta(key string) (string, error) {
	return one(r, value[string], "SELECT value FROM meta WHERE key = ?", key)
}

func scanInstalment(s scanner) (commission.Instalment, error) {
	var i commission.Instalment
	var total string
	if err := s.Scan(&i.Programme, &i.Number, &i.Version, &i.State, &i.ProposedBy, &i.AdoptedBy,
		&i.Claims, &i.Awards, &i.Dismissals, &total); err != nil {
		return commission.Instalment{}, err
	}
	return i, json.Unmarshal([]byte(total), &i.Total)
}

func (r *reader) Instalment(programme string, number int64) (commission.Instalment, error) {
	return one(r, scanInstalment, `SELECT programme, number, version, state, proposed_by, adopted_by, claims, awards, dismissals, total
		FROM instalments WHERE programme = ? AND number = ?`, programme, number)
}

func (r *reader) LastInstalment(programme string) (int64, error) {
	return one(r, value[int64], "SELECT coalesce(max(number), 0) FROM instalments WHERE programme = ?", programme)
}

func (t *tx) PutProgramme(p store.Programme) error {
	return t.put("programmes", programmeColumns, p.ID, int64(p.Version), p.Edition[:], p.EditionNumber, p.Opened.String(), p.LastSerial)
}

func (t *tx) PutEdition(hash docket.Hash, source []byte) error {
	return t.put("editions", "hash, bytes", hash[:], source)
}

func (t *tx) PutActor(a store.Actor) error {
	return t.put("actors", "id, version, capacities, ended, interests", a.ID, int64(a.Version), strings.Join(a.Capacities, " "), a.Ended, strings.Join(a.Interests, " "))
}

func (t *tx) PutVerifier(actor string, verifier []byte) error {
	return t.put("credentials", "actor, verifier", actor, verifier)
}

func (t *tx) PutCode(id claim.ID, hash []byte) error {
	return t.put("codes", "claim_id, hash", string(id), hash)
}

func (t *tx) PutAnswers(answers []store.Answer) error {
	err := t.insert("idempotency (tag, fingerprint, answer, claim_id)", 4, len(answers), func(i int, to []any) []any {
		return append(to, answers[i].Tag, answers[i].Fingerprint, answers[i].Answer, string(answers[i].Claim))
	})
	if err = t.kept(answers, err); err != nil {
		return fmt.Errorf("keep first answers: %w", err)
	}
	return nil
}

func (t *tx) PutMeta(key, value string) error { return t.put("meta", "key, value", key, value) }

func (t *tx) PutInstalment(i commission.Instalment) error {
	total, err := json.Marshal(i.Total)
	if err != nil {
		return err
	}
	return t.put("instalments", "programme, number, version, state, proposed_by, adopted_by, claims, awards, dismissals, total",
		i.Programme, i.Number, int64(i.Version), string(i.State), i.ProposedBy, i.AdoptedBy, i.Claims, i.Awards, i.Dismissals, string(total))
}
