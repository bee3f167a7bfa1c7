package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// The means by which somebody signs in without a secret that we keep. They are
// named in what they then enter.
const (
	MeansPasskey  = "passkey"
	MeansProvider = "oidc" // an account with the body's identity provider
)

// The means by which somebody who has no way in yet gets one.
const (
	meansInvitation = "invitation"   // an administrator's
	meansSetUp      = "installation" // what stood on the terminal of serve
)

const (
	kindActorInvited    docket.Kind = "actor.invited.v1"
	kindActorEnrolled   docket.Kind = "actor.enrolled.v1"
	kindActorUnenrolled docket.Kind = "actor.unenrolled.v1"
)

// actorInvited: whoever has the invitation may make a way in for this actor.
type actorInvited struct {
	Replacing bool `json:"replacing,omitempty"` // of all that there were
}

// actorEnrolled: the actor may sign in by one more means; which key or account
// it is, is nobody's business.
type actorEnrolled struct {
	Means     string `json:"means"`
	Replacing bool   `json:"replacing,omitempty"`
}

// actorUnenrolled: one of them is gone.
type actorUnenrolled struct {
	Means string `json:"means"`
}

// How long an invitation is good, and a ceremony that a browser has begun.
const (
	InvitationTime = 72 * time.Hour
	SetUpTime      = 24 * time.Hour
	CeremonyTime   = 10 * time.Minute
)

const purposeInvited = "invited"

// invitation is what a voucher for one says.
type invitation struct {
	Means     string `json:"means"`
	Replacing bool   `json:"replacing,omitempty"`
}

// Invited is an invitation that is good.
type Invited struct {
	Actor     string
	Replacing bool
	Until     time.Time
}

// errVoucher says that nothing is to be had for this token, whatever the reason.
func errVoucher() error { return fault.New(fault.NotAllowed, "signin.voucher") }

// InviteActor makes a token by which an actor makes a way in of their own: the
// first one, one more, or, replacing, one in place of all there are, which is
// how a lost passkey is mended. It is good once, for InvitationTime, and ends
// the invitation before it.
func (o *Office) InviteActor(ctx context.Context, by By, id string, replacing bool) (token string, until time.Time, err error) {
	token = newToken()
	by.Key = "" // a repeat would be answered without the token, which isn't kept
	_, err = o.perform(ctx, ActInviteActor, by, "", nil, nil, func(p *performance) error {
		actor, err := standingActor(p.tx, id)
		if err != nil {
			return err
		}
		until = p.instant.Add(InvitationTime)
		env := docket.Envelope{Stream: actorStream(id), Version: actor.Version + 1, Kind: kindActorInvited}
		if err := p.enter(env, actorInvited{replacing}, nil); err != nil {
			return err
		}
		if err := o.putInvitation(p.tx, token, id, invitation{meansInvitation, replacing}, until); err != nil {
			return err
		}
		return p.commit()
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, until, nil
}

func standingActor(r store.Reader, id string) (store.Actor, error) {
	actor, err := r.Actor(id)
	if errors.Is(err, store.ErrNone) || err == nil && actor.Ended {
		return store.Actor{}, fault.New(fault.NotFound, "actor.none", "actor", id)
	}
	return actor, err
}

func (o *Office) putInvitation(tx store.Tx, token, id string, body invitation, until time.Time) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if err := tx.DropVouchers(purposeInvited, id); err != nil {
		return err
	}
	return tx.PutVoucher(store.Voucher{Hash: o.voucherHash(token), Purpose: purposeInvited, Subject: id, Body: raw, Until: docket.At(until)})
}

// setUp is the fact of the installation that its first administrator has signed
// in once: from then on nobody is let in by what stands on a terminal.
const setUp = "set-up"

// SetUp makes the token by which the first administrator signs in for the first
// time, for serve to print on its terminal; "" once anybody was let in. It ends
// the one that was made before, so that a program that starts again prints one
// that is good.
func (o *Office) SetUp(ctx context.Context, id string) (token string, until time.Time, err error) {
	err = o.write(ctx, true, func(tx store.Tx, _ before) error {
		token = ""
		done, err := setUpDone(tx)
		if err != nil || done {
			return err
		}
		actor, err := tx.Actor(id)
		if errors.Is(err, store.ErrNone) || err == nil && actor.Ended {
			return nil
		}
		if err != nil {
			return err
		}
		token, until = newToken(), o.instant().Add(SetUpTime)
		return o.putInvitation(tx, token, id, invitation{Means: meansSetUp}, until)
	})
	return token, until, err
}

func setUpDone(r store.Reader) (bool, error) {
	if _, err := r.Meta(setUp); !errors.Is(err, store.ErrNone) {
		return err == nil, err
	}
	n, err := r.SignInsFor(string(SessionStaff))
	return n > 0, err
}

// Invited is the invitation of this token, which stays good.
func (o *Office) Invited(ctx context.Context, token string) (is Invited, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		v, body, err := o.invitation(r, token)
		is = Invited{v.Subject, body.Replacing, v.Until.Time}
		return err
	})
	return is, err
}

func (o *Office) invitation(r store.Reader, token string) (v store.Voucher, body invitation, err error) {
	if v, err = o.voucher(r, purposeInvited, token); err != nil {
		return v, body, err
	}
	if _, err := standingActor(r, v.Subject); err != nil {
		return v, body, errVoucher()
	}
	return v, body, json.Unmarshal(v.Body, &body)
}

func (o *Office) voucher(r store.Reader, purpose, token string) (store.Voucher, error) {
	if !looksLikeToken(token) {
		return store.Voucher{}, errVoucher()
	}
	v, err := r.Voucher(o.voucherHash(token))
	if errors.Is(err, store.ErrNone) || err == nil && (v.Purpose != purpose || !o.instant().Before(v.Until.Time)) {
		return store.Voucher{}, errVoucher()
	}
	return v, err
}

func (o *Office) voucherHash(token string) []byte { return o.Vault.Lookup("voucher", token) }

// ceremony is the name that what is kept of a ceremony is sealed under.
func ceremony(purpose string) string { return "ceremony/" + purpose }

// BeginCeremony keeps what a ceremony with a browser needs to know when it is
// finished, and answers the token for its cookie. It is sealed under that token,
// which isn't kept: who reads the database learns nothing of whom it is about.
func (o *Office) BeginCeremony(ctx context.Context, purpose string, body []byte) (token string, err error) {
	token = newToken()
	key, err := o.Vault.KeyOf([]byte(token), ceremony(purpose))
	if err == nil {
		body, err = o.Vault.SealUnder(key, ceremony(purpose), body)
	}
	if err != nil {
		return "", err
	}
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		now := o.instant()
		if err := tx.SweepVouchers(now); err != nil {
			return err
		}
		return tx.PutVoucher(store.Voucher{Hash: o.voucherHash(token), Purpose: ceremony(purpose), Body: body, Until: docket.At(now.Add(CeremonyTime))})
	})
	return token, err
}

// EndCeremony gives back what was kept, once (signin.voucher afterwards).
func (o *Office) EndCeremony(ctx context.Context, purpose, token string) (body []byte, err error) {
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		v, err := o.voucher(tx, ceremony(purpose), token)
		if err != nil {
			return err
		}
		body = v.Body
		return tx.DropVoucher(v.Hash)
	})
	if err != nil {
		return nil, err
	}
	return o.openCeremony(purpose, token, body)
}

// Ceremony is what was kept, which stays.
func (o *Office) Ceremony(ctx context.Context, purpose, token string) (body []byte, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		v, err := o.voucher(r, ceremony(purpose), token)
		body = v.Body
		return err
	})
	if err != nil {
		return nil, err
	}
	return o.openCeremony(purpose, token, body)
}

func (o *Office) openCeremony(purpose, token string, sealed []byte) ([]byte, error) {
	key, err := o.Vault.KeyOf([]byte(token), ceremony(purpose))
	if err != nil {
		return nil, err
	}
	body, err := o.Vault.OpenUnder(key, ceremony(purpose), sealed)
	if err != nil {
		return nil, errVoucher() // of another program's time
	}
	return body, nil
}

// Proof is what somebody proves who they are with.
type Proof struct {
	Means string // MeansPasskey, MeansProvider
	Name  string // what the other side calls it: a passkey's id, an account's
	Key   []byte // a passkey's public key with what goes with it; empty otherwise
}

func (o *Office) proofTag(p Proof) []byte { return o.Vault.Lookup("way-in/"+p.Means, p.Name) }

// EnrolInvited lets whoever has an invitation in by this proof from now on, and
// signs them in. The invitation is spent.
func (o *Office) EnrolInvited(ctx context.Context, token string, proof Proof) (session string, err error) {
	var is store.Voucher
	var body invitation
	if err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		is, body, err = o.invitation(r, token)
		return err
	}); err != nil {
		return "", err
	}
	by := By{Actor: Known{id: is.Subject, means: body.Means}}
	_, err = o.perform(ctx, ActEnrolActor, by, "", nil, nil, func(p *performance) error {
		if _, _, err := o.invitation(p.tx, token); err != nil { // another may have spent it
			return err
		}
		if err := p.tx.DropVoucher(is.Hash); err != nil {
			return err
		}
		if body.Means == meansSetUp {
			if err := p.tx.PutMeta(setUp, "done"); err != nil {
				return err
			}
		}
		if body.Replacing {
			if err := errors.Join(p.tx.DropSignIns(string(SessionStaff), is.Subject), endSessionsOfActor(p.tx, is.Subject)); err != nil {
				return err
			}
		}
		return p.enrol(is.Subject, proof, body.Replacing)
	})
	if err != nil {
		return "", err
	}
	return o.BeginSession(ctx, SessionStaff, is.Subject, proof.Means, o.proofTag(proof))
}

// enrol enters that an actor may sign in by a proof.
func (p *performance) enrol(id string, proof Proof, replacing bool) error {
	// One who could come in as two would be two people.
	ways, err := p.tx.SignIns(proof.Means, p.o.proofTag(proof))
	if err != nil {
		return err
	}
	for _, way := range ways {
		if way.Kind == string(SessionStaff) && way.Subject != id {
			return fault.New(fault.Conflict, "signin.taken")
		}
	}
	actor, err := standingActor(p.tx, id)
	if err != nil {
		return err
	}
	env := docket.Envelope{Stream: actorStream(id), Version: actor.Version + 1, Kind: kindActorEnrolled}
	if err := p.enter(env, actorEnrolled{proof.Means, replacing}, nil); err != nil {
		return err
	}
	if err := p.o.putProof(p.tx, SessionStaff, id, proof); err != nil {
		return err
	}
	return p.commit()
}

func (o *Office) putProof(tx store.Tx, kind SessionKind, subject string, proof Proof) error {
	now := o.instant()
	return tx.PutSignIn(store.SignIn{
		Means: proof.Means, Tag: o.proofTag(proof), Kind: string(kind), Subject: subject,
		Key: proof.Key, Added: now, Used: now,
	})
}

// mostWaysIn bounds the ways in to one subject.
const mostWaysIn = 10

// Enrol lets who is signed in come back by this proof. Of an actor it is an act;
// of a claimant, whose own business it is, a row.
func (o *Office) Enrol(ctx context.Context, session string, proof Proof) error {
	known, s, err := o.KnownBySession(ctx, session)
	if err != nil {
		return err
	}
	full := func(r store.Reader) error { return roomForWay(r, s.Kind, s.Subject) }
	if s.Kind == SessionClaimant || s.Kind == SessionDraft {
		return o.write(ctx, true, func(tx store.Tx, _ before) error {
			if err := full(tx); err != nil {
				return err
			}
			return o.putProof(tx, s.Kind, s.Subject, proof)
		})
	}
	_, err = o.perform(ctx, ActEnrolActor, By{Actor: known}, "", nil, nil, func(p *performance) error {
		if err := full(p.tx); err != nil {
			return err
		}
		return p.enrol(s.Subject, proof, false)
	})
	return err
}

// WayIn is one way in of who is signed in.
type WayIn struct {
	Means       string
	Key         []byte // a passkey's, as it was enrolled
	Added, Used time.Time
	Opens       bool // it opens a claimant's draft by itself, whatever was told there
	tag         []byte
}

// ID tells the ways in of one subject apart, in a form.
func (w WayIn) ID() string { return fmt.Sprintf("%x", w.tag[:8]) }

// WaysIn are those of who is signed in, the oldest first.
func (o *Office) WaysIn(ctx context.Context, session string) (ways []WayIn, err error) {
	s, err := o.Session(ctx, session)
	if err != nil {
		return nil, err
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		list, err := r.SignInsOf(string(s.Kind), s.Subject)
		ways = nil
		for _, w := range list {
			ways = append(ways, WayIn{Means: w.Means, Key: w.Key, Added: w.Added.Time, Used: w.Used.Time, tag: w.Tag})
		}
		return err
	})
	return ways, err
}

// Unenrol takes one of their ways in, by its ID, from who is signed in, and ends
// the sessions that were begun by it. An actor's last one stays.
func (o *Office) Unenrol(ctx context.Context, session, way string) error {
	known, s, err := o.KnownBySession(ctx, session)
	if err != nil {
		return err
	}
	find := func(r store.Reader) (found store.SignIn, err error) {
		list, err := r.SignInsOf(string(s.Kind), s.Subject)
		n := slices.IndexFunc(list, func(w store.SignIn) bool { return WayIn{tag: w.Tag}.ID() == way })
		switch {
		case err != nil:
			return found, err
		case n < 0:
			return found, fault.New(fault.NotFound, "signin.no-way")
		case s.Kind == SessionStaff && len(list) == 1:
			return found, fault.New(fault.Conflict, "signin.last")
		}
		return list[n], nil
	}
	if s.Kind != SessionStaff {
		return o.write(ctx, true, func(tx store.Tx, _ before) error {
			w, err := find(tx)
			if err != nil {
				return err
			}
			return tx.DropSignIn(w.Means, w.Tag, w.Kind, w.Subject)
		})
	}
	_, err = o.perform(ctx, ActEnrolActor, By{Actor: known}, "", nil, nil, func(p *performance) error {
		w, err := find(p.tx)
		if err != nil {
			return err
		}
		actor, err := standingActor(p.tx, s.Subject)
		if err != nil {
			return err
		}
		env := docket.Envelope{Stream: actorStream(s.Subject), Version: actor.Version + 1, Kind: kindActorUnenrolled}
		if err := p.enter(env, actorUnenrolled{w.Means}, nil); err != nil {
			return err
		}
		if err := p.tx.DropSignIn(w.Means, w.Tag, w.Kind, w.Subject); err != nil {
			return err
		}
		return p.commit()
	})
	return err
}

// Way is a subject that somebody may sign in to.
type Way struct {
	Kind    SessionKind
	Subject string
}

// SignIn signs in whoever gives this proof, for one of these kinds: the subject
// to which the way was added last. check holds the proof against the key that
// was enrolled and answers it as it is to be kept from now on; nil where the
// proof was checked already. Whatever is wrong has one answer (signin.unknown).
func (o *Office) SignIn(ctx context.Context, proof Proof, check func(key []byte) ([]byte, error), kinds ...SessionKind) (token string, to Way, err error) {
	unknown := fault.New(fault.NotAllowed, "signin.unknown")
	tag := o.proofTag(proof)
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		to = Way{}
		ways, err := tx.SignIns(proof.Means, tag)
		if err != nil {
			return err
		}
		for _, w := range ways {
			stands, err := proofStands(tx, store.Session{Kind: w.Kind, Subject: w.Subject, Means: w.Means, Mark: w.Tag})
			if err != nil {
				return err
			}
			if !stands || !slices.Contains(kinds, SessionKind(w.Kind)) {
				continue
			}
			if check != nil {
				if w.Key, err = check(w.Key); err != nil {
					return unknown
				}
			}
			w.Used = o.instant()
			to = Way{SessionKind(w.Kind), w.Subject}
			return tx.PutSignIn(w)
		}
		return unknown
	})
	if err != nil {
		return "", Way{}, err
	}
	token, err = o.BeginSession(ctx, to.Kind, to.Subject, proof.Means, tag)
	return token, to, err
}

// Ways are the subjects to which who is signed in may go over, because the way
// by which they came leads there too.
func (o *Office) Ways(ctx context.Context, session string) (ways []Way, err error) {
	s, err := o.Session(ctx, session)
	if err != nil || s.Means != MeansPasskey && s.Means != MeansProvider {
		return nil, err
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		list, err := r.SignIns(s.Means, s.Mark)
		ways = nil
		for _, w := range list {
			if staff := w.Kind == string(SessionStaff); staff == (s.Kind == SessionStaff) {
				ways = append(ways, Way{SessionKind(w.Kind), w.Subject})
			}
		}
		return err
	})
	return ways, err
}

// GoOver signs who is signed in over to another of their subjects. The session
// before it ends.
func (o *Office) GoOver(ctx context.Context, session string, to Way) (token string, err error) {
	ways, err := o.Ways(ctx, session)
	if err != nil {
		return "", err
	}
	if !slices.Contains(ways, to) {
		return "", errSession()
	}
	s, err := o.Session(ctx, session)
	if err != nil {
		return "", err
	}
	if err := o.EndSession(ctx, session); err != nil {
		return "", err
	}
	return o.BeginSession(ctx, to.Kind, to.Subject, s.Means, s.Mark)
}

// followSignIns lets the ways in to a draft lead to the claims that it became.
func followSignIns(tx store.Tx, draft string, claims []claim.ID) error {
	ways, err := tx.SignInsOf(string(SessionDraft), draft)
	if err != nil {
		return err
	}
	for _, way := range ways {
		for _, id := range claims {
			way.Kind, way.Subject = string(SessionClaimant), string(id)
			if err := tx.PutSignIn(way); err != nil {
				return err
			}
		}
	}
	return tx.DropSignIns(string(SessionDraft), draft)
}

// dropSubject forgets who could sign in to a draft or claim, and signs them out.
func dropSubject(tx store.Tx, kind SessionKind, subject string) error {
	if err := tx.DropSignIns(string(kind), subject); err != nil {
		return err
	}
	return tx.EndSessions(string(kind), subject)
}
