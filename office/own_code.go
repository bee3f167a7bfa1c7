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
	if !anew {
		if d, err := o.Own(ctx, k); err != nil || d.Code != "" {
			return k, d.Code, err
		}
	}
	k, d, err := o.SaveOwn(ctx, k, func(d *OwnDraft) error {
		if d.Code == "" || anew {
			o.drawCode(d)
			d.rekey = anew
		}
		return nil
	})
	return k, d.Code, err
}

// EnsureCode gives a draft that is being changed its code, where it has none.
func (o *Office) EnsureCode(d *OwnDraft) {
	if d.Code == "" {
		o.drawCode(d)
	}
}

// drawCode gives a draft that is being changed another code. It costs nothing yet:
// as long as the house keeps the draft's key, the code finds the draft by a
// keyed hash, and the house opens it. It is stretched once, when the house lets
// that key go (sealToCode).
func (o *Office) drawCode(d *OwnDraft) {
	d.Code = o.newCode(docket.Ref{Stream: docket.Stream("own/" + d.ID + "/" + o.instant().String()), Version: 1})
	d.CodeKey, d.CodeTag = nil, nil
}

// sealToCode works out what the code gives, for a draft that nothing else of the
// house's opens.
func (o *Office) sealToCode(ctx context.Context, d *OwnDraft) (err error) {
	if d.Closed && d.Code != "" && len(d.CodeKey) == 0 {
		d.CodeTag, d.CodeKey, err = o.Vault.Stretch(ctx, string(d.Code))
	}
	return err
}

// codeTag is what a draft is found under by its code: a keyed hash while the
// house keeps its key, which tells who has that no more than the draft itself
// would; then what the stretched code gives.
func (o *Office) codeTag(d *OwnDraft) []byte {
	switch {
	case len(d.CodeTag) > 0:
		return d.CodeTag
	case d.Code != "":
		return o.quickTag(d.Code)
	}
	return nil
}

func (o *Office) quickTag(code claim.Code) []byte { return o.Vault.Lookup("own-code", string(code)) }

// OwnByCode is the key of the draft that has this code. Whoever asks counts the
// wrong ones (claim.code-wrong); a text that can't be a code is refused before
// the wait, with what ParseCode says of it.
func (o *Office) OwnByCode(ctx context.Context, text string) (k OwnKey, err error) {
	code, err := claim.ParseCode(text)
	if err != nil {
		return k, err
	}
	k, err = o.heldByCode(ctx, code)
	if fault.Code(err) != "claim.code-wrong" {
		return k, err
	}
	tag, key, err := o.Vault.Stretch(ctx, string(code))
	if err != nil {
		return k, err
	}
	row, err := o.ownByTag(ctx, tag)
	if err != nil {
		return k, err
	}
	if k.Key, err = o.Vault.OpenUnder(key, ownWrap(row.ID), row.ByCode); err != nil {
		return OwnKey{}, wrongCode()
	}
	k.ID = row.ID
	return k, nil
}

func wrongCode() error { return fault.New(fault.NotAllowed, "claim.code-wrong") }

// heldByCode is the key, which the house keeps, of the draft that has this code.
func (o *Office) heldByCode(ctx context.Context, code claim.Code) (OwnKey, error) {
	row, err := o.ownByTag(ctx, o.quickTag(code))
	if err == nil && len(row.ByHouse) == 0 {
		err = wrongCode()
	}
	if err != nil {
		return OwnKey{}, err
	}
	held, err := o.takeOff(ctx, row.ID, houseName, row.ByHouse)
	return OwnKey{row.ID, held}, err
}

func (o *Office) ownByTag(ctx context.Context, tag []byte) (row store.OwnDraft, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		row, err = r.OwnDraftByTag(tag)
		if errors.Is(err, store.ErrNone) || err == nil && o.ownOverdue(row) {
			return wrongCode()
		}
		return err
	})
	return row, err
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
	o.drawCode(&d)
	d.Replaced = o.instant()
	if row, err = o.sealOwn(ctx, OwnKey{row.ID, o.Vault.NewKey()}, &d); err != nil {
		return "", err
	}
	return d.Code, o.putOwn(ctx, row, nil)
}
