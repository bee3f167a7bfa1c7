package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/post"
)

// mailFile holds how mail is sent. There is a password in it: it lies with the
// keys, and in no backup of the data.
const mailFile = "mail.json"

// SetMail keeps how mail is sent, from now on and after the next start.
func (i *Installation) SetMail(s post.Settings) error {
	if err := s.Check(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write the settings of mail: %w", err)
	}
	return writeWhole(filepath.Join(i.Keys, mailFile), append(text, '\n'))
}

// Mail is how mail is sent; ok is false where it isn't.
func (p Places) Mail() (s post.Settings, ok bool, err error) {
	text, err := os.ReadFile(filepath.Join(p.Keys, mailFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err == nil {
		err = s.Check()
	}
	if err != nil {
		return s, false, fmt.Errorf("read the settings of mail: %w", err)
	}
	return s, true, nil
}

// mailbox carries mail as is set at that moment: whoever sets it anew, by whatever
// process, stops none.
type mailbox struct{ places Places }

var _ office.Carrier = mailbox{}

// Carries reports whether mail is sent. Settings that can't be read are no reason to
// send nobody anything: what waits for them says so.
func (m mailbox) Carries() bool {
	_, ok, err := m.places.Mail()
	return ok || err != nil
}

func (m mailbox) Carry(ctx context.Context, mail office.Mail) error {
	s, ok, err := m.places.Mail()
	if err == nil && !ok {
		err = fault.New(fault.Conflict, "letter.no-mail-server")
	}
	if err != nil {
		return err
	}
	return post.SMTP{Settings: s}.Carry(ctx, mail)
}
