package office

import (
	"context"
	"errors"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// GiveOwnCode gives a draft its code, or another in place of the one it had: by
// it the draft is opened on another device, and it is the code of the claims
// once they are sent. A repeat without anew answers the code that is there. With
// anew the draft goes under another key too: whoever opened it by the old code is
// out, and the key that is answered takes the place of the asker's.
func (o *Office) GiveOwnCode(ctx context.Context, k OwnKey, anew bool) (OwnKey, claim.Code, error) {
	fresh, err := o.freshCode(ctx, k.ID)
	if err != nil {
		return k, "", err
	}
	k, d, err := o.SaveOwn(ctx, k, func(d *OwnDraft) error {
		if d.Code == "" || anew {
			d.Code, d.CodeKey, d.CodeTag, d.rekey = fresh.code, fresh.key, fresh.tag, anew
		}
		return nil
	})
	return k, d.Code, err
}

// stretched is a code with what it gives.
type stretched struct {
	code     claim.Code
	tag, key []byte
}

func (o *Office) freshCode(ctx context.Context, id string) (s stretched, err error) {
	s.code = o.newCode(docket.Ref{Stream: docket.Stream("own/" + id + "/" + o.instant().String()), Version: 1})
	s.tag, s.key, err = o.Vault.Stretch(ctx, string(s.code))
	return s, err
}

// OwnByCode is the key of the draft that has this code. Whoever asks counts the
// wrong ones (claim.code-wrong); a text that can't be a code is refused before
// the wait, with what ParseCode says of it.
func (o *Office) OwnByCode(ctx context.Context, text string) (k OwnKey, err error) {
	code, err := claim.ParseCode(text)
	if err != nil {
		return k, err
	}
	tag, key, err := o.Vault.Stretch(ctx, string(code))
	if err != nil {
		return k, err
	}
	wrong := fault.New(fault.NotAllowed, "claim.code-wrong")
	var row store.OwnDraft
	err = o.Store.Read(ctx, func(r store.Reader) error {
		row, err = r.OwnDraftByTag(tag)
		if errors.Is(err, store.ErrNone) || err == nil && o.ownOverdue(row) {
			return wrong
		}
		return err
	})
	if err != nil {
		return k, err
	}
	if k.Key, err = o.Vault.OpenUnder(key, ownWrap(row.ID), row.ByCode); err != nil {
		return OwnKey{}, wrong
	}
	k.ID = row.ID
	return k, nil
}

// personTag is the keyed hash under which a draft is found at a counter.
func (o *Office) personTag(reach string) []byte {
	text := strings.ToLower(strings.Join(strings.Fields(reach), ""))
	if text == "" {
		return nil
	}
	return o.Vault.Lookup("own-draft", text)
}

// ReplaceOwnCode gives a new code, at a counter, to who lost theirs: to the draft
// that was begun with this e-mail address or telephone number. The old code
// opens nothing any more, and neither does any device. The claimant is told
// when it was, on their own page.
//
// A draft in which something sensitive was told is not found: its key isn't
// here, and nobody but who has the code, or a device that is still signed in,
// opens it (draft.not-at-counter, which is also the answer where there is none).
func (o *Office) ReplaceOwnCode(ctx context.Context, by By, reach string) (code claim.Code, err error) {
	var row store.OwnDraft
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if by.Actor.isClaimant() {
			return fault.New(fault.NotAllowed, "policy.not-claimants", "act", ActDraftClaim)
		}
		if err := mayDraft(r, by); err != nil {
			return err
		}
		found, err := r.OwnDraftsOfPerson(o.personTag(reach))
		if err != nil {
			return err
		}
		for _, d := range found {
			if len(d.ByHouse) > 0 && !o.ownOverdue(d) && (row.ID == "" || d.Updated.After(row.Updated.Time)) {
				row = d
			}
		}
		if row.ID == "" {
			return fault.New(fault.NotFound, "draft.not-at-counter")
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	held, err := o.takeOff(ctx, row.ID, houseName, row.ByHouse)
	if err != nil {
		return "", err
	}
	d, err := o.openOwn(ctx, OwnKey{row.ID, held}, row)
	if err != nil {
		return "", err
	}
	fresh, err := o.freshCode(ctx, row.ID)
	if err != nil {
		return "", err
	}
	d.Code, d.CodeKey, d.CodeTag, d.Replaced = fresh.code, fresh.key, fresh.tag, o.instant()
	if row, err = o.sealOwn(ctx, OwnKey{row.ID, o.Vault.NewKey()}, &d); err != nil {
		return "", err
	}
	return fresh.code, o.putOwn(ctx, row, nil)
}
