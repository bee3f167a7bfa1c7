package installation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

// carrier is what carries mail; nil where it isn't sent.
func (p Places) carrier() (office.Carrier, error) {
	s, ok, err := p.Mail()
	if err != nil || !ok {
		return nil, err
	}
	return post.SMTP{Settings: s}, nil
}
