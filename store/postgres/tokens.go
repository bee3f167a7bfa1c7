package postgres

import (
	"fmt"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/store"
)

// schemaTokens brings what an actor's programs need: their tokens, the claims
// that they filed, and where they want to be told of them.
const schemaTokens = `
CREATE TABLE tokens (
	id text COLLATE "C" PRIMARY KEY,
	actor text COLLATE "C" NOT NULL,
	scopes text COLLATE "C" NOT NULL,
	hash bytea NOT NULL,
	made text COLLATE "C" NOT NULL,
	expires text COLLATE "C" NOT NULL,
	ended bigint NOT NULL
);
CREATE TABLE filings (
	claim_id text COLLATE "C" PRIMARY KEY,
	actor text COLLATE "C" NOT NULL,
	filed text COLLATE "C" NOT NULL
);
CREATE INDEX filings_actor ON filings (actor, filed, claim_id);
CREATE TABLE webhooks (
	id text COLLATE "C" PRIMARY KEY,
	actor text COLLATE "C" NOT NULL,
	url text COLLATE "C" NOT NULL,
	sealed bytea NOT NULL,
	made text COLLATE "C" NOT NULL,
	ended bigint NOT NULL,
	leaf bigint NOT NULL,
	row bigint NOT NULL,
	last text COLLATE "C" NOT NULL,
	sent bigint NOT NULL
);
`

const tokenColumns = "id, actor, scopes, hash, made, expires, ended"

func scanToken(s scanner) (store.Token, error) {
	var t store.Token
	var scopes, made, expires string
	if err := s.Scan(&t.ID, &t.Actor, &scopes, &t.Hash, &made, &expires, flag{&t.Ended}); err != nil {
		return store.Token{}, err
	}
	t.Scopes = strings.Fields(scopes)
	if err := t.Made.UnmarshalText([]byte(made)); err != nil {
		return store.Token{}, err
	}
	return t, t.Expires.UnmarshalText([]byte(expires))
}

func (r *reader) Token(id string) (store.Token, error) {
	return one(r, scanToken, "SELECT "+tokenColumns+" FROM tokens WHERE id = $1", id)
}

func (r *reader) Tokens() ([]store.Token, error) {
	return all(r, scanToken, "SELECT "+tokenColumns+" FROM tokens ORDER BY id")
}

var putToken = put("tokens", tokenColumns, 1)

func (t *tx) PutToken(k store.Token) error {
	return t.put(putToken, k.ID, k.Actor, strings.Join(k.Scopes, " "), k.Hash, k.Made.String(), k.Expires.String(), bit(k.Ended))
}

const filingColumns = "claim_id, actor, filed"

func scanFiling(s scanner) (store.Filing, error) {
	var f store.Filing
	var filed string
	if err := s.Scan(&f.Claim, &f.Actor, &filed); err != nil {
		return store.Filing{}, err
	}
	return f, f.Filed.UnmarshalText([]byte(filed))
}

func (r *reader) FilersOf(ids []claim.ID) (map[claim.ID]string, error) {
	filers := make(map[claim.ID]string, len(ids))
	found, err := all(r, scanFiling, "SELECT "+filingColumns+" FROM filings WHERE claim_id = ANY($1)", texts(ids))
	for _, f := range found {
		filers[f.Claim] = f.Actor
	}
	return filers, err
}

func (r *reader) FiledBy(actor string, after store.Filing, limit int) ([]store.Filing, error) {
	at := ""
	if after.Claim != "" {
		at = after.Filed.String()
	}
	return all(r, scanFiling, "SELECT "+filingColumns+" FROM filings WHERE actor = $1 AND (filed, claim_id) > ($2, $3) ORDER BY filed, claim_id LIMIT $4",
		actor, at, string(after.Claim), limit)
}

var intoFilings = intoTable("filings", filingColumns)

func (t *tx) InsertFilings(list []store.Filing) error {
	err := t.insert(intoFilings, len(list), func(i int, to []any) []any {
		return append(to, string(list[i].Claim), list[i].Actor, list[i].Filed.String())
	})
	if err != nil {
		return fmt.Errorf("enter who filed: %w", err)
	}
	return nil
}

const webhookColumns = "id, actor, url, sealed, made, ended, leaf, row, last, sent"

func scanWebhook(s scanner) (store.Webhook, error) {
	var w store.Webhook
	var made string
	if err := s.Scan(&w.ID, &w.Actor, &w.URL, &w.Sealed, &made, flag{&w.Ended}, &w.Leaf, &w.Row, &w.Last, &w.Sent); err != nil {
		return store.Webhook{}, err
	}
	return w, w.Made.UnmarshalText([]byte(made))
}

func (r *reader) Webhook(id string) (store.Webhook, error) {
	return one(r, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE id = $1", id)
}

func (r *reader) Webhooks(actor string) ([]store.Webhook, error) {
	return all(r, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE actor = $1 OR $1 = '' ORDER BY id", actor)
}

var putWebhook = put("webhooks", webhookColumns, 1)

func (t *tx) PutWebhook(w store.Webhook) error {
	return t.put(putWebhook, w.ID, w.Actor, w.URL, w.Sealed, w.Made.String(), bit(w.Ended), w.Leaf, w.Row, w.Last, w.Sent)
}
