package office

import (
	"context"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Mail says that there is news about an application, and nothing else: not what,
// not of which kind, and no link. It has a code, by which anybody finds out on
// our page that it is ours.
type Mail struct {
	ID       string // of the letter, for the message's own id
	To       string
	Language string
	Code     claim.Code
}

// Carrier takes a mail to whoever delivers it. ErrBounced says that it never
// will be; any other error, that it may be tried again. No error names the
// address.
type Carrier interface {
	// Carries reports whether mail is sent by now: somebody may set how, or end it,
	// while this process works.
	Carries() bool
	Carry(ctx context.Context, m Mail) error
}

// ErrBounced says that a mail was refused for good.
var ErrBounced = errors.New("the mail was refused for good")

// mails reports whether word of letters is sent by mail.
func (o *Office) mails() bool { return o.Carrier != nil && o.Carrier.Carries() }

// SendMail sends word of a letter: a job calls it. A letter that is no longer
// queued, or whose claimant wishes to be reached otherwise by now, is left.
func (o *Office) SendMail(ctx context.Context, j store.Job) error {
	var m Mail
	state := store.LetterShown
	err := o.write(ctx, true, func(tx store.Tx, _ before) error {
		m = Mail{}
		l, err := tx.Letter(j.Key)
		if errors.Is(err, store.ErrNone) || err == nil && l.State != store.LetterQueued {
			return nil
		}
		if err != nil {
			return err
		}
		if !o.mails() { // it was so when the letter was written
			return fault.New(fault.Conflict, "letter.no-mail-server")
		}
		claims, err := tx.Claims([]claim.ID{l.Claim})
		if err != nil {
			return err
		}
		p := o.begin(ctx, tx, By{Actor: Known{id: ownActor, means: ownMeans}}, ownCapacity, "")
		if err := p.reads(PurposeLetter, ByRule, []opening{{claims[0], []string{contactBlob}}}); err != nil {
			return err
		}
		c, err := o.contact(ctx, tx, l.Claim)
		if err != nil {
			return err
		}
		if state = o.way(c); state != store.LetterQueued {
			return tx.MoveLetter(l.ID, store.LetterQueued, state, p.instant)
		}
		m = Mail{ID: l.ID, To: c.Mail, Language: l.Language, Code: o.letterCode(l.ID)}
		return nil
	})
	if err != nil || m.ID == "" {
		return err
	}
	state = store.LetterSent
	if err := o.Carrier.Carry(ctx, m); errors.Is(err, ErrBounced) {
		state = store.LetterBounced
	} else if err != nil {
		return fmt.Errorf("send word of a letter: %w", err)
	}
	return o.write(ctx, true, func(tx store.Tx, _ before) error {
		return tx.MoveLetter(j.Key, store.LetterQueued, state, o.instant())
	})
}
