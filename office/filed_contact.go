package office

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// How somebody said in the interview that they may be reached becomes their claim's
// own setting in the act that files it: nobody is written to who said that it isn't
// safe, not even between the two.

// contact is what a draft's claimant said, as each of its claims keeps it. An answer
// that names no way leaves the page, which is always there.
func (c OwnContent) contact() *Contact {
	reach, when := strings.TrimSpace(c.Contact["reach"]), strings.TrimSpace(c.Contact["when"])
	if reach == "" && when == "" && c.Contact["safe"] == "" && c.Language == "" {
		return nil
	}
	kept := Contact{Channel: ByPage, Language: c.Language, Times: when}
	way := ByPage
	switch at, err := mail.ParseAddress(reach); {
	case reach == "":
	case err == nil && at.Address == reach:
		kept.Mail, way = reach, ByMail
	case digits(reach) >= fewestDigits:
		kept.Phone, way = reach, ByPhone
	default: // in their own words: who reads it knows more
		kept.Times = strings.Join(slices.DeleteFunc([]string{reach, when}, func(s string) bool { return s == "" }), "; ")
	}
	switch c.Contact["safe"] {
	case "yes", "careful":
		kept.Channel = way
	case "no":
		kept.NoMessages = true
	}
	if kept.check() != nil {
		return &Contact{Channel: ByPage, Language: c.Language, NoMessages: true}
	}
	return &kept
}

// fewestDigits are the digits from which on a text is taken for a telephone number.
const fewestDigits = 5

func digits(text string) (n int) {
	for _, r := range text {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// prepareContact makes what is to be sealed of a filing's contact.
func (f *prepared) prepareContact() error {
	if f.filing.Contact == nil {
		return nil
	}
	payload, err := json.Marshal(f.filing.Contact)
	if err != nil {
		return fmt.Errorf("write a contact: %w", err)
	}
	f.items = append(f.items, Item{Class: correspondenceClass, Name: contactBlob, Payload: payload})
	return nil
}

// sortContact takes the contact out of what was sealed: it changes as often as its
// claimant likes, and no entry commits to it.
func (f *prepared) sortContact() {
	at := slices.IndexFunc(f.blobs, func(b store.Blob) bool { return b.Name == contactBlob })
	if f.filing.Contact == nil || at < 0 {
		return
	}
	f.contact = f.blobs[at].Sealed
	f.blobs = slices.Delete(slices.Clone(f.blobs), at, at+1)
	f.commitments = slices.DeleteFunc(slices.Clone(f.commitments), func(c docket.Commitment) bool { return c.Name == contactBlob })
}

// putContacts keeps the contacts of claims that are filed in this act.
func (p *performance) putContacts(ready []*prepared) error {
	for _, f := range ready {
		if f.contact == nil {
			continue
		}
		if err := p.tx.PutContact(store.Contact{Claim: f.id, Changed: p.instant, Sealed: f.contact}); err != nil {
			return err
		}
	}
	return nil
}
