package sqlite

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
	id TEXT PRIMARY KEY,
	actor TEXT NOT NULL,
	scopes TEXT NOT NULL,
	hash BLOB NOT NULL,
	made TEXT NOT NULL,
	expires TEXT NOT NULL,
	ended INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE filings (
	claim_id TEXT PRIMARY KEY,
	actor TEXT NOT NULL,
	filed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX filings_actor ON filings (actor, filed, claim_id);
CREATE TABLE webhooks (
	id TEXT PRIMARY KEY,
	actor TEXT NOT NULL,
	url TEXT NOT NULL,
	sealed BLOB NOT NULL,
	made TEXT NOT NULL,
	ended INTEGER NOT NULL,
	leaf INTEGER NOT NULL,
	row INTEGER NOT NULL,
	last TEXT NOT NULL,
	sent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

const tokenColumns = "id, actor, scopes, hash, made, expires, ended"

func scanToken(s scanner) (store.Token, error) {
	var t store.Token
	var scopes, made, expires string
	if err := s.Scan(&t.ID, &t.Actor, &scopes, &t.Hash, &made, &expires, &t.Ended); err != nil {
		return store.Token{}, err
	}
	t.Scopes = strings.Fields(scopes)
	if err := t.Made.UnmarshalText([]byte(made)); err != nil {
		return store.Token{}, err
	}
	return t, t.Expires.UnmarshalText([]byte(expires))
}

func (r *reader) Token(id string) (store.Token, error) {
	return one(r, scanToken, "SELECT "+tokenColumns+" FROM tokens WHERE id = ?", id)
}

func (r *reader) Tokens() ([]store.Token, error) {
	return all(r, scanToken, "SELECT "+tokenColumns+" FROM tokens ORDER BY id")
}

func (t *tx) PutToken(k store.Token) error {
	return t.put("tokens", tokenColumns, k.ID, k.Actor, strings.Join(k.Scopes, " "), k.Hash, k.Made.String(), k.Expires.String(), k.Ended)
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
	for len(ids) > 0 {
		n := min(len(ids), idsAtOnce)
		found, err := all(r, scanFiling, "SELECT "+filingColumns+" FROM filings WHERE claim_id IN ("+marks(n)+")", anys(ids[:n])...)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			filers[f.Claim] = f.Actor
		}
		ids = ids[n:]
	}
	return filers, nil
}

func (r *reader) FiledBy(actor string, after store.Filing, limit int) ([]store.Filing, error) {
	at := ""
	if after.Claim != "" {
		at = after.Filed.String()
	}
	return all(r, scanFiling, "SELECT "+filingColumns+" FROM filings WHERE actor = ? AND (filed, claim_id) > (?, ?) ORDER BY filed, claim_id LIMIT ?",
		actor, at, string(after.Claim), limit)
}

func (t *tx) InsertFilings(list []store.Filing) error {
	_, err := t.write("INSERT INTO filings ("+filingColumns+") VALUES ", "", 3, len(list), func(i int, to []any) []any {
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
	if err := s.Scan(&w.ID, &w.Actor, &w.URL, &w.Sealed, &made, &w.Ended, &w.Leaf, &w.Row, &w.Last, &w.Sent); err != nil {
		return store.Webhook{}, err
	}
	return w, w.Made.UnmarshalText([]byte(made))
}

func (r *reader) Webhook(id string) (store.Webhook, error) {
	return one(r, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE id = ?", id)
}

func (r *reader) Webhooks(actor string) ([]store.Webhook, error) {
	return all(r, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE actor = ? OR ? = '' ORDER BY id", actor, actor)
}

func (t *tx) PutWebhook(w store.Webhook) error {
	return t.put("webhooks", webhookColumns, w.ID, w.Actor, w.URL, w.Sealed, w.Made.String(), w.Ended, w.Leaf, w.Row, w.Last, w.Sent)
}
