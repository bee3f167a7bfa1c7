package office

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// A claimant's draft comes back by a passkey or an account too. Each says which
// draft is meant. What opens it is another matter: the house, as long as it keeps
// the draft's key; a passkey that gives a secret (WebAuthn's PRF), under which
// the key is sealed once more; else the code, which is asked in addition.

// OwnWay is a passkey that gives a secret, and so opens a draft by itself. What
// stands here of the secret is public: who reads an older copy of the draft, which
// the house could open, opens no later one by it.
type OwnWay struct {
	Tag    []byte `json:"tag"`    // of the way in
	Public []byte `json:"public"` // what its secret gives, so that a new key of the draft is sealed to it
}

// sealedWay is a draft's key as it rests for one of them.
type sealedWay struct {
	Tag    []byte `json:"tag"`
	Sealed []byte `json:"sealed"`
}

func ownWay(id string) string { return "own-way/" + id }

// sealToWays seals a draft's key to each passkey that gives a secret.
func (o *Office) sealToWays(d *OwnDraft, key []byte) ([]byte, error) {
	if len(d.Ways) == 0 {
		return nil, nil
	}
	list := make([]sealedWay, len(d.Ways))
	for i, w := range d.Ways {
		sealed, err := o.Vault.SealTo(w.Public, ownWay(d.ID), key)
		if err != nil {
			return nil, err
		}
		list[i] = sealedWay{w.Tag, sealed}
	}
	return json.Marshal(list)
}

// openByWay is a draft's key by what a passkey gave; empty where it doesn't open.
func (o *Office) openByWay(row store.OwnDraft, tag, secret []byte) ([]byte, error) {
	if len(row.ByWays) == 0 || len(secret) == 0 {
		return nil, nil
	}
	var list []sealedWay
	if err := json.Unmarshal(row.ByWays, &list); err != nil {
		return nil, err
	}
	n := slices.IndexFunc(list, func(w sealedWay) bool { return slices.Equal(w.Tag, tag) })
	if n < 0 {
		return nil, nil
	}
	key, err := o.Vault.OpenBy(secret, ownWay(row.ID), list[n].Sealed)
	if err != nil {
		return nil, nil // another secret than was enrolled: the code is asked
	}
	return key, nil
}

// EnrolOwn lets a draft be found by this proof from now on. With a secret of the
// passkey's, of 32 bytes, it opens the draft too, whatever is told in it. The
// fault for too many is signin.too-many.
func (o *Office) EnrolOwn(ctx context.Context, k OwnKey, proof Proof, secret []byte) error {
	tag := o.proofTag(proof)
	var public []byte
	if len(secret) > 0 {
		var err error
		if public, err = o.Vault.PublicOf(secret, ownWay(k.ID)); err != nil {
			return fault.New(fault.Invalid, "signin.not-made")
		}
	}
	_, _, err := o.SaveOwn(ctx, k, func(d *OwnDraft) error {
		d.dropWay(tag)
		if len(public) > 0 {
			d.Ways = append(d.Ways, OwnWay{tag, public})
		}
		d.also = func(tx store.Tx) error {
			if err := roomForWay(tx, SessionDraft, k.ID); err != nil {
				return err
			}
			return o.putProof(tx, SessionDraft, k.ID, proof)
		}
		return nil
	})
	return err
}

// dropWay takes out what is kept for a way in.
func (d *OwnDraft) dropWay(tag []byte) {
	d.Ways = slices.DeleteFunc(d.Ways, func(w OwnWay) bool { return slices.Equal(w.Tag, tag) })
}

// OwnWaysIn are the ways in to a draft, the oldest first, and the draft.
func (o *Office) OwnWaysIn(ctx context.Context, k OwnKey) (ways []WayIn, d OwnDraft, err error) {
	if d, err = o.Own(ctx, k); err != nil {
		return nil, d, err
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		list, err := r.SignInsOf(string(SessionDraft), k.ID)
		ways = nil
		for _, w := range list {
			opens := slices.ContainsFunc(d.Ways, func(o OwnWay) bool { return slices.Equal(o.Tag, w.Tag) })
			ways = append(ways, WayIn{Means: w.Means, Key: w.Key, Added: w.Added.Time, Used: w.Used.Time, Opens: opens, tag: w.Tag})
		}
		return err
	})
	return ways, d, err
}

// UnenrolOwn takes a way in to a draft away, by its ID (signin.no-way where there
// is none). The draft goes under another key, so that the telephone which was
// lost with the passkey opens nothing either: all are signed out, and the key that
// is answered takes the place of the asker's.
func (o *Office) UnenrolOwn(ctx context.Context, k OwnKey, way string) (OwnKey, error) {
	ways, _, err := o.OwnWaysIn(ctx, k)
	if err != nil {
		return k, err
	}
	n := slices.IndexFunc(ways, func(w WayIn) bool { return w.ID() == way })
	if n < 0 {
		return k, fault.New(fault.NotFound, "signin.no-way")
	}
	id := k.ID
	k, _, err = o.SaveOwn(ctx, k, func(d *OwnDraft) error {
		d.dropWay(ways[n].tag)
		d.rekey = true
		d.also = func(tx store.Tx) error {
			return errors.Join(
				tx.DropSignIn(ways[n].Means, ways[n].tag, string(SessionDraft), id),
				tx.EndSessions(string(SessionDraft), id))
		}
		return nil
	})
	return k, err
}

// OwnFound is a draft that a passkey or an account leads to.
type OwnFound struct {
	OwnKey    // its key is empty where the code is asked in addition
	Programme string
	Updated   docket.Instant
	Expires   day.Date
}

// OwnByProof finds the drafts that a proof leads to, the newest first; none where
// it leads to none. check is as for SignIn. secret is what a passkey gave beside
// its signature; empty where it gives nothing. A signature that is wrong is
// signin.unknown.
func (o *Office) OwnByProof(ctx context.Context, proof Proof, secret []byte, check func(key []byte) ([]byte, error)) (found []OwnFound, err error) {
	tag := o.proofTag(proof)
	var rows []store.OwnDraft
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		rows = nil
		ways, err := tx.SignIns(proof.Means, tag)
		if err != nil {
			return err
		}
		for _, w := range ways {
			row, there, err := o.draftOfWay(tx, w)
			if err != nil {
				return err
			}
			if !there {
				continue
			}
			if check != nil {
				if w.Key, err = check(w.Key); err != nil {
					return fault.New(fault.NotAllowed, "signin.unknown")
				}
			}
			w.Used = o.instant()
			if err := tx.PutSignIn(w); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		one := OwnFound{OwnKey{ID: row.ID}, row.Programme, row.Updated, row.Expires}
		if one.Key, err = o.openByWay(row, tag, secret); err == nil && len(one.Key) == 0 && len(row.ByHouse) > 0 {
			one.Key, err = o.takeOff(ctx, row.ID, houseName, row.ByHouse)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	slices.SortStableFunc(found, func(a, b OwnFound) int { return b.Updated.Compare(a.Updated.Time) })
	return found, nil
}

// draftOfWay is the claimant's draft that a way in leads to, while it is there.
func (o *Office) draftOfWay(r store.Reader, w store.SignIn) (row store.OwnDraft, there bool, err error) {
	if SessionKind(w.Kind) != SessionDraft {
		return row, false, nil
	}
	row, err = r.OwnDraft(w.Subject)
	if errors.Is(err, store.ErrNone) || err == nil && o.ownOverdue(row) {
		return row, false, nil
	}
	return row, err == nil, err
}

// LeadsToClaims reports whether a proof leads to a claim that was sent, also.
func (o *Office) LeadsToClaims(ctx context.Context, proof Proof) (leads bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		ways, err := r.SignIns(proof.Means, o.proofTag(proof))
		leads = slices.ContainsFunc(ways, func(w store.SignIn) bool { return SessionKind(w.Kind) == SessionClaimant })
		return err
	})
	return leads, err
}

// EnterOwn signs in to a draft that a proof led to.
func (o *Office) EnterOwn(ctx context.Context, id string, proof Proof) (token string, err error) {
	return o.BeginSession(ctx, SessionDraft, id, proof.Means, o.proofTag(proof))
}

// roomForWay refuses one way in too many to one subject.
func roomForWay(r store.Reader, kind SessionKind, subject string) error {
	ways, err := r.SignInsOf(string(kind), subject)
	if err == nil && len(ways) >= mostWaysIn {
		err = fault.New(fault.Conflict, "signin.too-many", "most", mostWaysIn)
	}
	return err
}
