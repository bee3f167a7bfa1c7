package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Channel is how a claimant wishes to be reached.
type Channel string

// The channels. Whatever is chosen, everything stands on the claimant's page.
const (
	ByPage  Channel = "page"  // not at all: they look themselves
	ByMail  Channel = "mail"  // a message without a subject that betrays
	ByPost  Channel = "post"  // a letter on paper
	ByPhone Channel = "phone" // a call
)

// Channels lists them.
func Channels() []Channel { return []Channel{ByPage, ByMail, ByPost, ByPhone} }

// Contact is how a claimant wishes to be reached. It is no act: it changes as
// often as they like, and rests sealed.
type Contact struct {
	Channel    Channel `json:"channel"`
	Language   string  `json:"language,omitempty"` // "en"; "" the programme's first
	Mail       string  `json:"mail,omitempty"`
	Post       string  `json:"post,omitempty"` // name and address, as they stand on an envelope
	Phone      string  `json:"phone,omitempty"`
	Times      string  `json:"times,omitempty"`       // when they can speak safely, in their words
	NoMessages bool    `json:"no_messages,omitempty"` // leave no message, with nobody
}

// mostContact bounds each text of a contact, in characters.
const mostContact = 400

// check holds a contact against its form: letter.contact with the field that is
// wrong and why: missing, long, form.
func (c Contact) check() error {
	wrong := func(field, why string) error {
		return fault.New(fault.Invalid, "letter.contact-"+why, "field", field)
	}
	if !slices.Contains(Channels(), c.Channel) {
		return wrong("channel", "missing")
	}
	for field, text := range map[string]string{"mail": c.Mail, "post": c.Post, "phone": c.Phone, "times": c.Times} {
		if utf8.RuneCountInString(text) > mostContact {
			return wrong(field, "long")
		}
	}
	for channel, need := range map[Channel]struct{ field, text string }{ByMail: {"mail", c.Mail}, ByPost: {"post", c.Post}, ByPhone: {"phone", c.Phone}} {
		if c.Channel == channel && need.text == "" {
			return wrong(need.field, "missing")
		}
	}
	if c.Mail == "" {
		return nil
	}
	if at, err := mail.ParseAddress(c.Mail); err != nil || at.Address != c.Mail || strings.ContainsAny(c.Mail, "\r\n\x00") {
		return wrong("mail", "form")
	}
	return nil
}

// contact opens how a claimant wishes to be reached; the zero value where they
// said nothing.
func (o *Office) contact(ctx context.Context, r store.Reader, id claim.ID) (c Contact, err error) {
	kept, err := r.Contact(id)
	if errors.Is(err, store.ErrNone) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	opened, err := o.Vault.Open(ctx, []store.Blob{{Claim: id, Class: correspondenceClass, Name: contactBlob, Sealed: kept.Sealed}})
	if err == nil {
		err = opened[0].Err
	}
	if err == nil {
		err = json.Unmarshal(opened[0].Payload, &c)
	}
	if err != nil {
		return c, fmt.Errorf("open a contact: %w", err)
	}
	return c, nil
}

// Contact is how a claimant wishes to be reached, for that claimant; for an
// officer the reading log has it first.
func (o *Office) Contact(ctx context.Context, by By, programme string, id claim.ID) (c Contact, err error) {
	_, err = o.perform(ctx, ActReadContact, By{Actor: by.Actor}, programme, nil, nil, func(p *performance) error {
		found, err := p.claim(id)
		if err != nil {
			return err
		}
		if !by.Actor.isClaimant() {
			if err := p.reads(PurposeLetter, ByPerson, []opening{{found, []string{contactBlob}}}); err != nil {
				return err
			}
		}
		c, err = o.contact(ctx, p.tx, id)
		return err
	})
	return c, err
}

// SetContact keeps how a claimant wishes to be reached.
func (o *Office) SetContact(ctx context.Context, by By, programme string, id claim.ID, c Contact) error {
	if err := c.check(); err != nil {
		return err
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write a contact: %w", err)
	}
	_, err = o.performed(ctx, true, ActSetContact, By{Actor: by.Actor}, programme, nil, nil, func(p *performance) error {
		found, err := p.claim(id)
		if err != nil {
			return err
		}
		if err := found.Kept(); err != nil {
			return err
		}
		sealed, keep, err := o.Vault.Seal(ctx, []Item{{Claim: string(id), Class: correspondenceClass, Name: contactBlob, Payload: payload}})
		if err != nil {
			return fmt.Errorf("seal a contact: %w", err)
		}
		p.keep = append(p.keep, keep)
		if err := p.tx.PutContact(store.Contact{Claim: id, Changed: p.instant, Sealed: sealed[0].Blob}); err != nil {
			return err
		}
		return p.commit()
	})
	return err
}
