package postgres

import (
	"encoding/json"
	"fmt"
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

// programmeRow is a programme's row.
func programmeRow(p store.Programme) []any {
	return []any{p.ID, int64(p.Version), p.Edition[:], p.EditionNumber, p.Opened.String(), p.LastSerial}
}

func (r *reader) Programme(id string) (store.Programme, error) {
	return one(r, scanProgramme, "SELECT "+programmeColumns+" FROM programmes WHERE id = $1", id)
}

func (r *reader) Programmes() ([]store.Programme, error) {
	return all(r, scanProgramme, "SELECT "+programmeColumns+" FROM programmes ORDER BY id")
}

func (r *reader) EditionBytes(hash docket.Hash) ([]byte, error) {
	return one(r, value[[]byte], "SELECT bytes FROM editions WHERE hash = $1", hash[:])
}

func (r *reader) EditionHashes() ([]docket.Hash, error) {
	return all(r, scanHash, "SELECT hash FROM editions ORDER BY hash")
}

func scanActor(s scanner) (store.Actor, error) {
	var a store.Actor
	var capacities, interests string
	err := s.Scan(&a.ID, &a.Version, &capacities, flag{&a.Ended}, &interests)
	a.Capacities, a.Interests = strings.Fields(capacities), strings.Fields(interests)
	return a, err
}

const actorColumns = "id, version, capacities, ended, interests"

// actorRow is an actor's row.
func actorRow(a store.Actor) []any {
	return []any{a.ID, int64(a.Version), words(a.Capacities), bit(a.Ended), words(a.Interests)}
}

func (r *reader) Actor(id string) (store.Actor, error) {
	return one(r, scanActor, "SELECT "+actorColumns+" FROM actors WHERE id = $1", id)
}

func (r *reader) Actors() ([]store.Actor, error) {
	return all(r, scanActor, "SELECT "+actorColumns+" FROM actors ORDER BY id")
}

func (r *reader) Verifier(actor string) ([]byte, error) {
	return one(r, value[[]byte], "SELECT verifier FROM credentials WHERE actor = $1", actor)
}

func (r *reader) Code(id claim.ID) ([]byte, error) {
	return one(r, value[[]byte], "SELECT hash FROM codes WHERE claim_id = $1", string(id))
}

func scanAnswer(s scanner) (store.Answer, error) {
	var a store.Answer
	err := s.Scan(&a.Tag, &a.Fingerprint, &a.Answer, &a.Claim)
	return a, err
}

func (r *reader) Answers(tags [][]byte) (map[string]store.Answer, error) {
	if len(tags) == 0 {
		return map[string]store.Answer{}, r.failed
	}
	list, err := all(r, scanAnswer, "SELECT tag, fingerprint, answer, claim_id FROM idempotency WHERE tag = ANY($1)", tags)
	if err != nil {
		return nil, fmt.Errorf("read first answers: %w", err)
	}
	found := make(map[string]store.Answer, len(list))
	for _, a := range list {
		found[string(a.Tag)] = a
	}
	return found, nil
}

func (r *reader) Meta(key string) (string, error) {
	return one(r, value[string], "SELECT value FROM meta WHERE key = $1", key)
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

// words are how a list of words stands in a column.
func words(list []string) string { return strings.Join(list, " ") }

const instalmentColumns = "programme, number, version, state, proposed_by, adopted_by, claims, awards, dismissals, total"

func (r *reader) Instalment(programme string, number int64) (commission.Instalment, error) {
	return one(r, scanInstalment, "SELECT "+instalmentColumns+" FROM instalments WHERE programme = $1 AND number = $2", programme, number)
}

func (r *reader) LastInstalment(programme string) (int64, error) {
	return one(r, value[int64], "SELECT coalesce(max(number), 0) FROM instalments WHERE programme = $1", programme)
}

var (
	putProgramme  = put("programmes", programmeColumns, 1)
	putEdition    = put("editions", "hash, bytes", 1)
	putActor      = put("actors", actorColumns, 1)
	putVerifier   = put("credentials", "actor, verifier", 1)
	putCode       = put("codes", "claim_id, hash", 1)
	putMeta       = put("meta", "key, value", 1)
	putInstalment = put("instalments", instalmentColumns, 2)

	intoIdempotency = intoTable("idempotency", "tag, fingerprint, answer, claim_id")
)

func (t *tx) PutEdition(hash docket.Hash, source []byte) error {
	return t.put(putEdition, hash[:], source)
}

func (t *tx) PutVerifier(actor string, verifier []byte) error {
	return t.put(putVerifier, actor, verifier)
}

func (t *tx) PutCode(id claim.ID, hash []byte) error { return t.put(putCode, string(id), hash) }

func (t *tx) PutAnswers(answers []store.Answer) error {
	err := t.insert(intoIdempotency, len(answers), func(i int, to []any) []any {
		return append(to, answers[i].Tag, answers[i].Fingerprint, answers[i].Answer, string(answers[i].Claim))
	})
	if err != nil {
		return fmt.Errorf("keep first answers: %w", err)
	}
	return nil
}

func (t *tx) PutMeta(key, value string) error { return t.put(putMeta, key, value) }

func (t *tx) PutInstalment(i commission.Instalment) error {
	total, err := json.Marshal(i.Total)
	if err != nil {
		return err
	}
	return t.put(putInstalment, i.Programme, i.Number, int64(i.Version), string(i.State), i.ProposedBy, i.AdoptedBy,
		i.Claims, i.Awards, i.Dismissals, string(total))
}
