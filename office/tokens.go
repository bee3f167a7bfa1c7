package office

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// A token lets an actor's own programs act for them: for some purposes, until
// an instant, and on nothing but the claims that the actor filed, whatever else
// the actor may do at a desk. That it was given and ended stands in the actor's
// stream; the secret is kept nowhere but as a keyed hash.

// The scopes of a token. What a token has no scope for, it doesn't do.
const (
	ScopeFile     = "file"     // file one claim, answer, withdraw
	ScopeBulk     = "bulk"     // file many claims at once, and amend them
	ScopeReadOwn  = "read-own" // look at the claims that its actor filed
	ScopeEvidence = "evidence" // add files to them
	ScopeWebhooks = "webhooks" // be told of them
)

// Scopes lists them, for help and checks.
func Scopes() []string {
	return []string{ScopeFile, ScopeBulk, ScopeReadOwn, ScopeEvidence, ScopeWebhooks}
}

// scopesFor are the scopes under which an act may be taken by a token: one of
// them is enough. An act without a row is none of a program's.
var scopesFor = map[Act][]string{
	ActFileClaim:        {ScopeFile, ScopeBulk},
	ActAnswerDeficiency: {ScopeFile},
	ActAmend:            {ScopeBulk},
	ActWithdraw:         {ScopeFile},
	ActReadOwn:          {ScopeReadOwn},
	ActAddEvidence:      {ScopeEvidence},
	ActSetWebhook:       {ScopeWebhooks},
}

// meansToken is how a program proves for whom it acts.
const meansToken = "token"

func (k Known) byToken() bool { return k.means == meansToken }

// hasScope reports whether a token was given this scope.
func (k Known) hasScope(scope string) bool {
	return slices.Contains(strings.Fields(k.scopes), scope)
}

// mayToken checks whether a token was given for an act of this sort at all.
func mayToken(who Known, act Act) error {
	if !slices.ContainsFunc(scopesFor[act], who.hasScope) {
		return fault.New(fault.NotAllowed, "token.scope-missing", "act", act)
	}
	return nil
}

// needScope refuses a token without a scope; who acts otherwise needs none.
func needScope(who Known, scope string) error {
	if who.byToken() && !who.hasScope(scope) {
		return fault.New(fault.NotAllowed, "token.scope-missing", "act", scope)
	}
	return nil
}

// reaches refuses claims that aren't for who acts: a token reaches those that
// its actor filed, and every other one is none to it.
func (p *performance) reaches(ids ...claim.ID) error {
	if p.organisation != "" {
		return p.right().mandated(p.tx, ids)
	}
	return reaches(p.tx, p.by.Actor, ids...)
}

func reaches(r store.Reader, who Known, ids ...claim.ID) error {
	for _, id := range ids {
		if !who.owns(string(id)) {
			return fault.New(fault.NotFound, "claim.none", "claim", id)
		}
	}
	if !who.byToken() {
		return nil
	}
	filers, err := r.FilersOf(ids)
	if err != nil {
		return fmt.Errorf("read who filed: %w", err)
	}
	for _, id := range ids {
		if filers[id] != who.id {
			return fault.New(fault.NotFound, "claim.none", "claim", id)
		}
	}
	return nil
}

// looksUp reports whether the filer of a claim, by this entry, looks it up by
// having filed it.
func looksUp(env docket.Envelope) bool { return env.Means == meansToken }

// The kinds that tell of tokens, in their actor's stream.
const (
	kindTokenAdded docket.Kind = "actor.token_added.v1"
	kindTokenEnded docket.Kind = "actor.token_ended.v1"
)

type tokenAdded struct {
	Token   string         `json:"token"`
	Scopes  []string       `json:"scopes"`
	Expires docket.Instant `json:"expires"`
}

type tokenEnded struct {
	Token string `json:"token"`
}

// checkToken reads the facts of a token's entry: they move nothing but the
// version of the actor's stream.
func checkToken(env docket.Envelope) error {
	var said any = &tokenAdded{}
	if env.Kind == kindTokenEnded {
		said = &tokenEnded{}
	}
	if err := json.Unmarshal(env.Facts, said); err != nil {
		return fmt.Errorf("read %s: %w", env.Kind, err)
	}
	return nil
}

// AddToken gives an actor a token, and hands its secret to deliver before it
// counts. The answer is what is kept of it, without the hash.
func (o *Office) AddToken(ctx context.Context, by By, actor string, scopes []string, expires docket.Instant, deliver Deliver) (made store.Token, err error) {
	if err := o.checkScopes(scopes, expires); err != nil {
		return store.Token{}, err
	}
	by.Key = "" // a repeat would be answered without the secret, which isn't kept
	_, err = o.perform(ctx, ActAddToken, by, "", []any{actor, scopes, expires}, &struct{}{}, func(p *performance) error {
		holder, err := p.tx.Actor(actor)
		if errors.Is(err, store.ErrNone) || err == nil && holder.Ended {
			return fault.New(fault.NotFound, "actor.none", "actor", actor)
		}
		if err != nil {
			return err
		}
		var secret string
		made, secret = o.newToken(holder, scopes, expires, p.instant)
		env := docket.Envelope{Stream: actorStream(actor), Version: holder.Version + 1, Kind: kindTokenAdded}
		if err := p.enter(env, tokenAdded{made.ID, scopes, expires}, nil); err != nil {
			return err
		}
		if err := errors.Join(p.tx.PutToken(made), p.commit()); err != nil {
			return err
		}
		if _, err := p.tx.Token(made.ID); err != nil { // as enterActor: nobody is let in with a secret that was lost
			return fmt.Errorf("read back the token of %s: %w", actor, err)
		}
		if err := deliver(secret); err != nil {
			return fmt.Errorf("deliver the token of %s: %w", actor, err)
		}
		return nil
	})
	made.Hash = nil
	return made, err
}

func (o *Office) checkScopes(scopes []string, expires docket.Instant) error {
	if len(scopes) == 0 {
		return fault.New(fault.Invalid, "token.no-scope", "known", strings.Join(Scopes(), ", "))
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes(), s) {
			return fault.New(fault.Invalid, "token.scope-unknown", "scope", s, "known", strings.Join(Scopes(), ", "))
		}
	}
	if !expires.After(o.instant().Time) {
		return fault.New(fault.Invalid, "token.expires-past")
	}
	return nil
}

// newToken draws a token and its secret.
func (o *Office) newToken(of store.Actor, scopes []string, expires, now docket.Instant) (store.Token, string) {
	label := fmt.Sprintf("token/%s/%d", of.ID, of.Version+1)
	var id [8]byte
	o.Entropy(label, id[:])
	var random [32]byte
	o.Entropy(label+"/secret", random[:])
	t := store.Token{ID: hex.EncodeToString(id[:]), Actor: of.ID, Scopes: scopes, Made: now, Expires: expires}
	secret := "chy_" + t.ID + "_" + hex.EncodeToString(random[:])
	t.Hash = o.Vault.Lookup("token", secret)
	return t, secret
}

// EndToken ends a token; it works at once.
func (o *Office) EndToken(ctx context.Context, by By, id string) error {
	_, err := o.perform(ctx, ActEndToken, by, "", id, &struct{}{}, func(p *performance) error {
		t, err := p.tx.Token(id)
		if errors.Is(err, store.ErrNone) || err == nil && t.Ended {
			return fault.New(fault.NotFound, "token.none", "token", id)
		}
		if err != nil {
			return err
		}
		holder, err := p.tx.Actor(t.Actor)
		if err != nil {
			return err
		}
		t.Ended = true
		env := docket.Envelope{Stream: actorStream(t.Actor), Version: holder.Version + 1, Kind: kindTokenEnded}
		if err := p.enter(env, tokenEnded{id}, nil); err != nil {
			return err
		}
		return errors.Join(p.tx.PutToken(t), p.commit())
	})
	return err
}

// Tokens lists all tokens, ended and expired ones too, without their hashes.
func (o *Office) Tokens(ctx context.Context) (tokens []store.Token, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		tokens, err = r.Tokens()
		for i := range tokens {
			tokens[i].Hash = nil
		}
		return err
	})
	return tokens, err
}

var tokenForm = regexp.MustCompile(`^chy_([0-9a-f]{16})_[0-9a-f]{64}$`)

// AuthenticateToken tells whose program has this secret, and what it was given
// for. Every secret that opens nothing has the same answer (token.wrong): one of
// another form, one that was ended or has expired, that of an actor who was
// ended.
func (o *Office) AuthenticateToken(ctx context.Context, secret string) (Known, store.Token, error) {
	wrong := fault.New(fault.NotAllowed, "token.wrong")
	parts := tokenForm.FindStringSubmatch(secret)
	if parts == nil {
		return Known{}, store.Token{}, wrong
	}
	var t store.Token
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		t, err = r.Token(parts[1])
		if errors.Is(err, store.ErrNone) {
			return wrong
		}
		if err != nil {
			return err
		}
		if !equal(t.Hash, o.Vault.Lookup("token", secret)) || t.Ended || !t.Expires.After(o.instant().Time) {
			return wrong
		}
		actor, err := r.Actor(t.Actor)
		if err == nil && actor.Ended || errors.Is(err, store.ErrNone) {
			return wrong
		}
		return err
	})
	if err != nil {
		return Known{}, store.Token{}, err
	}
	t.Hash = nil
	return Known{id: t.Actor, means: meansToken, scopes: strings.Join(t.Scopes, " ")}, t, nil
}
