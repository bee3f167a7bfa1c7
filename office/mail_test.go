package office_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/post"
	"github.com/openchancery/chancery/store"
)

// postman carries mail as he is told.
type postman struct {
	err   error
	mails []office.Mail
}

func (p *postman) Carry(_ context.Context, m office.Mail) error {
	if p.err == nil {
		p.mails = append(p.mails, m)
	}
	return p.err
}

func (p *postman) Carries() bool { return true }

func (h *house) state(id claim.ID) store.LetterState {
	h.Helper()
	letters := h.letters(id)
	return letters[len(letters)-1].State
}

// Word of a letter is tried until it goes or is refused for good; and none goes
// to who changed their mind meanwhile. Neither address nor name is in a job.
func TestWordOfALetterGoesByMail(t *testing.T) {
	h := cared(t)
	carrier := &postman{err: fault.New(fault.Conflict, "post.away", "host", "mail.example.org")}
	h.Office.Carrier = carrier
	now := h.Office.Now()
	h.Office.Now = func() time.Time { return now }
	ids := h.filed(3)
	for _, id := range ids {
		must(t, h.Office.SetContact(t.Context(), h.by("officer"), "demo", id, office.Contact{Channel: office.ByMail, Mail: "canary@example.org"}))
	}
	h.followed()
	jobs := func() {
		now = now.Add(5 * time.Hour)
		_, err := h.Jobs().Due(t.Context())
		must(t, err)
	}
	jobs()
	for _, id := range ids {
		if got := h.state(id); got != store.LetterQueued {
			t.Errorf("while the server is away: %s", got)
		}
	}
	must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) error {
		list, err := r.Jobs(100)
		if text := fmt.Sprint(list); strings.Contains(text, "canary") || !strings.Contains(text, "post.away") {
			t.Errorf("the jobs say %s", text)
		}
		return err
	}))
	must(t, h.Office.SetContact(t.Context(), h.by("officer"), "demo", ids[0], office.Contact{Channel: office.ByPost, Post: "Olena\n3 Quay Lane"}))
	carrier.err = nil
	jobs()
	if got := h.state(ids[0]); got != store.LetterToPrint {
		t.Errorf("who asked for post meanwhile: %s", got)
	}
	if len(carrier.mails) != 2 || carrier.mails[0].To != "canary@example.org" || carrier.mails[0].Language != "en" || h.state(ids[1]) != store.LetterSent {
		t.Errorf("%+v, %s", carrier.mails, h.state(ids[1]))
	}
	if ours, err := h.Office.IsOurs(t.Context(), string(carrier.mails[0].Code)); err != nil || ours.State != store.LetterSent {
		t.Errorf("the mail's code: %+v, %v", ours, err)
	}
	jobs()
	if len(carrier.mails) != 2 {
		t.Errorf("%d mails for two letters", len(carrier.mails))
	}
	carrier.err = office.ErrBounced
	h.record(ids[1])
	h.followed()
	jobs()
	if got := h.state(ids[1]); got != store.LetterBounced {
		t.Errorf("refused for good: %s", got)
	}
	h.sound()
}

// Paper takes two people, has each letter once, and is in the reading log.
func TestLettersArePrintedOnceByTwo(t *testing.T) {
	h := cared(t)
	id := h.filed(1)[0]
	must(t, h.Office.SetContact(t.Context(), h.by("officer"), "demo", id, office.Contact{Channel: office.ByPost, Post: "Olena\n3 Quay Lane"}))
	h.followed()
	ctx, two := t.Context(), h.by("officer", "officer-2")
	letters, err := h.Office.LettersToPrint(ctx, two, "demo", 0)
	must(t, err)
	if len(letters) != 1 || letters[0].Post != "Olena\n3 Quay Lane" || letters[0].Content.Text == "" {
		t.Fatalf("%+v", letters)
	}
	must(t, h.Office.Printed(ctx, two, "demo", []string{letters[0].ID}))
	if again, err := h.Office.LettersToPrint(ctx, two, "demo", 0); err != nil || len(again) != 0 {
		t.Errorf("again: %d, %v", len(again), err)
	}
	readings := h.readings(id)
	if last := readings[len(readings)-1]; last.Purpose != office.PurposeLetter || last.Actor != "officer" || strings.Join(last.Opened, " ") != "letter contact" {
		t.Errorf("the reading log: %+v", last)
	}
	if err := h.Office.Printed(ctx, two, "demo", []string{"none"}); fault.Code(err) != "letter.none" || errors.Is(err, store.ErrNone) {
		t.Errorf("got %v", err)
	}
}

// How mail is sent is a file that a command writes, while serve and work go on, some of
// them elsewhere: each letter goes as is set when it is written and sent.
func TestMailGoesAsItIsSetMeanwhile(t *testing.T) {
	h := cared(t)
	now := h.Office.Now()
	h.Office.Now = func() time.Time { return now }
	filed := func() claim.ID {
		t.Helper()
		id := h.file(departure(fmt.Sprint(now.Unix()), 3, true))[0]
		must(t, h.Office.SetContact(t.Context(), h.by("officer"), "demo", id, office.Contact{Channel: office.ByMail, Mail: "canary@example.org"}))
		h.followed()
		now = now.Add(time.Hour)
		return id
	}
	if id := filed(); h.state(id) != store.LetterShown {
		t.Errorf("where no mail is sent: %s", h.state(id))
	}
	must(t, h.SetMail(post.Settings{Host: "localhost", Port: 1, Security: post.TLS, From: "register@example.org"}))
	id := filed()
	if h.state(id) != store.LetterQueued {
		t.Errorf("once it is said how: %s", h.state(id))
	}
	trouble := func() string {
		t.Helper()
		now = now.Add(5 * time.Hour)
		_, err := h.Jobs().Due(t.Context())
		must(t, err)
		var j store.Job
		must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) (err error) {
			all, err := r.Jobs(1000)
			for _, one := range all {
				if one.Kind == office.JobMail {
					j = one
				}
			}
			return err
		}))
		return j.Trouble
	}
	if got := trouble(); !strings.HasPrefix(got, "post.away") {
		t.Errorf("a server that isn't there: %q", got)
	}
	must(t, os.Remove(filepath.Join(h.Keys, "mail.json")))
	if got := trouble(); !strings.HasPrefix(got, "letter.no-mail-server") {
		t.Errorf("where it was ended meanwhile: %q", got)
	}
}
