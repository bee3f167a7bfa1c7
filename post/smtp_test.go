package post_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/receivertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/post"
)

const recipient = "canary-olena@example.org"

var news = office.Mail{
	ID: "5f000000000000000000000000000001", To: recipient, Language: "uk", Code: claim.NewCode([11]byte{1, 2, 3, 4, 5}),
}

func settings(s *receivertest.MailServer, way post.Security) post.Settings {
	return post.Settings{Host: "127.0.0.1", Port: s.Port, Security: way, From: "register@example.org"}
}

// A mail says that there is news: in the claimant's language, with the code, and
// nothing that tells of whom or what it is.
func TestAMailBetraysNothing(t *testing.T) {
	for lang, subject := range map[string]string{"uk": "Новини щодо вашої заяви", "en": "News about your application", "fr": "Des nouvelles de votre demande"} {
		s := receivertest.Mail(t, true, nil)
		m := news
		m.Language = lang
		if err := (post.SMTP{Settings: settings(s, post.StartTLS), Roots: s.Roots}).Carry(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		messages, secure := s.Took()
		if len(messages) != 1 || !secure[0] {
			t.Fatalf("%d mails, by TLS: %v", len(messages), secure)
		}
		read, err := mail.ReadMessage(strings.NewReader(messages[0]))
		if err != nil {
			t.Fatal(err)
		}
		said, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
		if err != nil || said != subject {
			t.Errorf("%s: subject %q, %v", lang, said, err)
		}
		if got := read.Header.Get("Auto-Submitted"); got != "auto-generated" {
			t.Errorf("answers to it would come: %q", got)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(read.Body))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), string(news.Code)) {
			t.Errorf("%s: no code in\n%s", lang, body)
		}
		whole := messages[0] + string(body) + said
		if at := regexp.MustCompile(`(?i)https?:|www\.|href|<a |claim|loss|damage|register of|збитк|шкод|втрат|dommage|sinistre|perte`).FindString(whole); at != "" {
			t.Errorf("%s: the mail says %q", lang, at)
		}
		if at := regexp.MustCompile(`(?im)^(x-mailer|user-agent):.*`).FindString(messages[0]); at != "" {
			t.Errorf("%s: %s", lang, at)
		}
	}
}

// A no to the mail is for good; a no to us, a server that is away, and one that
// doesn't speak TLS, are tried again. No error tells the address.
func TestWhatBecomesOfAMail(t *testing.T) {
	no := func(command, text string) map[string]string { return map[string]string{command: text} }
	for name, c := range map[string]struct {
		answers map[string]string
		tls     bool
		bounced bool
		code    string
	}{
		"no such mailbox":      {no("RCPT", "550 5.1.1 <"+recipient+"> unknown"), true, true, ""},
		"try later":            {no("RCPT", "451 4.3.0 <"+recipient+"> later"), true, false, "post.refused"},
		"refused as a message": {no(".", "554 5.7.1 not that"), true, true, ""},
		"we may not send":      {no("MAIL", "550 5.7.1 not you"), true, false, "post.refused"},
		"no TLS":               {nil, false, false, "post.away"},
	} {
		s := receivertest.Mail(t, c.tls, c.answers)
		err := post.SMTP{Settings: settings(s, post.StartTLS), Roots: s.Roots}.Carry(t.Context(), news)
		if errors.Is(err, office.ErrBounced) != c.bounced || fault.Code(err) != c.code || err == nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the address is in the error: %v", name, err)
		}
		if messages, _ := s.Took(); len(messages) > 0 {
			t.Errorf("%s: it went", name)
		}
	}
	s := receivertest.Mail(t, true, nil)
	if err := (post.SMTP{Settings: settings(s, post.StartTLS)}).Carry(t.Context(), news); fault.Code(err) != "post.away" {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (post.SMTP{Settings: settings(s, post.StartTLS), Roots: s.Roots}).Carry(ctx, news); err == nil {
		t.Error("it went after the end")
	}
}

func TestSettingsAreHeldAgainstTheirForm(t *testing.T) {
	good := post.Settings{Host: "mail.example.org", Port: 587, Security: post.StartTLS, From: "register@example.org"}
	for name, c := range map[string]struct {
		change func(*post.Settings)
		code   string
	}{
		"as it should be":          {func(*post.Settings) {}, ""},
		"no host":                  {func(s *post.Settings) { s.Host = "" }, "post.setting"},
		"a port that is none":      {func(s *post.Settings) { s.Port = 70000 }, "post.setting"},
		"a name with the address":  {func(s *post.Settings) { s.From = "Register of Damage <register@example.org>" }, "post.setting"},
		"another way":              {func(s *post.Settings) { s.Security = "maybe" }, "post.setting"},
		"in clear over a network":  {func(s *post.Settings) { s.Security = post.Clear }, "post.clear"},
		"in clear on this machine": {func(s *post.Settings) { s.Security, s.Host = post.Clear, "127.0.0.1" }, ""},
	} {
		s := good
		c.change(&s)
		if err := s.Check(); fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
