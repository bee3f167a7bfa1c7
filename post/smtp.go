package post

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/log"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// SMTP sends mail through one server.
type SMTP struct {
	Settings
	Roots *x509.CertPool // whom the server's certificate is held against; nil: the machine's
}

// patience bounds each step of a conversation with the server.
const patience = 30 * time.Second

// silent is the log of nobody: what the server says may repeat an address.
func silent() log.Logger { return log.New(io.Discard, log.LevelError) }

// Carry hands a mail to the server. No error of it names the address, nor what
// the server said of it.
func (s SMTP) Carry(ctx context.Context, m office.Mail) error {
	msg, err := s.message(m)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return fault.New(fault.Invalid, "post.setting", "setting", "host", "value", s.Host)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return s.meaning(err)
	}
	return nil
}

// client is a client for one conversation.
func (s SMTP) client() (*mail.Client, error) {
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(patience), mail.WithLogger(silent()),
		mail.WithTLSConfig(&tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12, RootCAs: s.Roots}),
	}
	switch s.Security {
	case TLS:
		options = append(options, mail.WithSSL())
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	return mail.NewClient(s.Host, options...)
}

// message makes the mail: words of the catalogue and the code, no link, nothing
// of whom it is for or what it is about.
func (s SMTP) message(m office.Mail) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithCharset(mail.CharsetUTF8))
	subject, ok := catalogue.Say(m.Language, "message.subject", nil)
	text, known := catalogue.Say(m.Language, "message.text", map[string]string{"code": string(m.Code)})
	if !ok || !known {
		return nil, errors.New("the catalogue has no message")
	}
	if msg.From(s.From) != nil {
		return nil, fault.New(fault.Invalid, "post.setting", "setting", "from", "value", s.From)
	}
	if msg.To(m.To) != nil {
		return nil, office.ErrBounced // no server would take it, today or ever
	}
	msg.Subject(subject)
	msg.SetDate()
	// A server that is asked twice for one letter may know it by its id.
	_, domain, _ := strings.Cut(s.From, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no holiday answers
	msg.SetGenHeader("Content-Language", m.Language)
	msg.SetBodyString(mail.TypeTextPlain, text)
	return msg, nil
}

// meaning is what an error of the conversation means, without its words.
func (s SMTP) meaning(err error) error {
	var sending *mail.SendError
	switch {
	case errors.As(err, &sending) && !sending.IsTemp() && refusedFor(sending.Reason):
		return office.ErrBounced
	case errors.As(err, &sending):
		return fault.New(fault.Conflict, "post.refused", "host", s.Host, "code", sending.ErrorCode())
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("send mail: %w", context.Canceled)
	}
	return fault.New(fault.Conflict, "post.away", "host", s.Host)
}

// refusedFor reports whether the server's no was to this mail, and not to us.
func refusedFor(reason mail.SendErrReason) bool {
	return reason == mail.ErrSMTPRcptTo || reason == mail.ErrSMTPData || reason == mail.ErrSMTPDataClose
}
