package office

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// SessionKind says who a session is for.
type SessionKind string

// The kinds of sessions, with what their subject is.
const (
	SessionStaff          SessionKind = "staff"          // an actor's id
	SessionClaimant       SessionKind = "claimant"       // a claim's id
	SessionDraft          SessionKind = "draft"          // a draft's id
	SessionRepresentative SessionKind = "representative" // an actor's id
)

// lasting is how long a session lasts: in all, and without being seen.
type lasting struct{ most, idle time.Duration }

// sessionTimes are those of each kind. What is open on a screen is a day's work
// for staff and a look for a claimant; who fills in a draft may do it between
// two other things, on a telephone that nobody else has.
var sessionTimes = map[SessionKind]lasting{
	SessionStaff:          {12 * time.Hour, 30 * time.Minute},
	SessionClaimant:       {15 * time.Minute, 15 * time.Minute},
	SessionDraft:          {30 * 24 * time.Hour, 24 * time.Hour},
	SessionRepresentative: {12 * time.Hour, 30 * time.Minute},
}

// sawEvery is how often at most a session's last time is written.
const sawEvery = time.Minute

// Session is somebody who has signed in.
type Session struct {
	Kind    SessionKind
	Subject string // by the kind
	Means   string // how it was proved: "code", "passkey", "oidc"
	Mark    []byte // of the code, passkey or account it was proved with; may be empty
	Begun   time.Time
	Ends    time.Time // at the latest
}

// errSession says that nobody is signed in with this token, whatever the reason.
func errSession() error { return fault.New(fault.NotAllowed, "session.none") }

// BeginSession signs somebody in who has just proved who they are, and answers
// the token for their cookie: 256 random bits, of which only a keyed hash is
// kept. Every signing-in has a token of its own, so that one from before it is
// worth nothing. mark is that of the code which was given, or nil: a claimant's
// session ends when the claim gets another code, and one that SignIn began when
// that way in is taken away.
func (o *Office) BeginSession(ctx context.Context, kind SessionKind, subject, means string, mark []byte) (token string, err error) {
	times, ok := sessionTimes[kind]
	if !ok {
		return "", fmt.Errorf("begin a session: no kind %q", kind)
	}
	token = newToken()
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		now := o.instant()
		s := store.Session{
			Hash: o.sessionHash(token), Kind: string(kind), Subject: subject, Means: means, Mark: mark,
			Begun: now, Seen: now, Ends: docket.At(now.Add(times.most)),
		}
		if stands, err := proofStands(tx, s); err != nil || !stands {
			return cmp.Or(err, errSession())
		}
		if err := tx.SweepSessions(now); err != nil {
			return err
		}
		return tx.PutSession(s)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Session is who is signed in with this token; session.none (not allowed) where
// nobody is: it was never given, has ended, was idle too long, its actor was
// ended, or the code it was begun with is no longer the claim's.
func (o *Office) Session(ctx context.Context, token string) (Session, error) {
	if !looksLikeToken(token) {
		return Session{}, errSession()
	}
	hash, now := o.sessionHash(token), o.instant()
	var s store.Session
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		if s, err = r.Session(hash); errors.Is(err, store.ErrNone) {
			return errSession()
		}
		if err != nil {
			return err
		}
		idle := sessionTimes[SessionKind(s.Kind)].idle
		stands, err := proofStands(r, s)
		if err == nil && (!stands || !now.Before(s.Ends.Time) || now.Sub(s.Seen.Time) >= idle) {
			err = errSession()
		}
		return err
	})
	if err != nil {
		return Session{}, err
	}
	if now.Sub(s.Seen.Time) >= sawEvery {
		// Who only looks is served also while nothing can be written: at worst
		// the session is idle sooner than it was.
		_ = o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.SawSession(hash, now) })
	}
	return Session{SessionKind(s.Kind), s.Subject, s.Means, s.Mark, s.Begun.Time, s.Ends.Time}, nil
}

// proofStands reports whether what a session was begun with still holds: its
// actor, its claim's code, its way in.
func proofStands(r store.Reader, s store.Session) (bool, error) {
	if kind := SessionKind(s.Kind); kind == SessionStaff || kind == SessionRepresentative {
		actor, err := r.Actor(s.Subject)
		if errors.Is(err, store.ErrNone) || err == nil && actor.Ended {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	switch {
	case len(s.Mark) == 0:
		return true, nil
	case s.Means == MeansPasskey || s.Means == MeansProvider:
		ways, err := r.SignIns(s.Means, s.Mark)
		if err != nil || slices.ContainsFunc(ways, func(w store.SignIn) bool { return w.Kind == s.Kind && w.Subject == s.Subject }) {
			return err == nil, err
		}
		if SessionKind(s.Kind) != SessionDraft {
			return false, nil
		}
		// The ways in to a draft go with it; its sessions open nothing any more, and
		// tell who had sent it that it has arrived.
		_, err = r.OwnDraft(s.Subject)
		gone := errors.Is(err, store.ErrNone)
		if gone {
			err = nil
		}
		return gone, err
	case SessionKind(s.Kind) == SessionClaimant:
		now, err := r.Code(claim.ID(s.Subject))
		if errors.Is(err, store.ErrNone) {
			return false, nil
		}
		return err == nil && equal(now, s.Mark), err
	}
	return true, nil
}

// EndSession signs out whoever has this token, on every device it was copied to.
func (o *Office) EndSession(ctx context.Context, token string) error {
	if !looksLikeToken(token) {
		return nil
	}
	return o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.EndSession(o.sessionHash(token)) })
}

// EndSessionsOf signs out all who are signed in for a subject.
func (o *Office) EndSessionsOf(ctx context.Context, kind SessionKind, subject string) error {
	return o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.EndSessions(string(kind), subject) })
}

// endSessionsOfActor is EndSessionsOf an actor, within an act.
func endSessionsOfActor(tx store.Tx, id string) error {
	for _, kind := range []SessionKind{SessionStaff, SessionRepresentative} {
		if err := tx.EndSessions(string(kind), id); err != nil {
			return err
		}
	}
	return nil
}

// KnownBySession is who acts in this session: an actor who signed in, or the
// claimant of a claim or draft. What they may do the policy says, at each act,
// as for a credential.
func (o *Office) KnownBySession(ctx context.Context, token string) (Known, Session, error) {
	s, err := o.Session(ctx, token)
	if err != nil {
		return Known{}, Session{}, err
	}
	if s.Kind == SessionClaimant || s.Kind == SessionDraft {
		return claimant(s.Subject, s.Means), s, nil
	}
	return Known{id: s.Subject, means: s.Means}, s, nil
}

// newToken is a secret of 256 random bits, as text. It isn't drawn from the
// office's entropy: a demo's tokens must not follow from its seed.
func newToken() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // it never fails: it ends the program first
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// looksLikeToken keeps what is no token from the database.
func looksLikeToken(token string) bool { return len(token) == 43 }

func (o *Office) sessionHash(token string) []byte { return o.Vault.Lookup("session", token) }
