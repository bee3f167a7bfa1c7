package office_test

import (
	"context"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/faulttest"
	"github.com/openchancery/chancery/internal/receivertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/post"
	"github.com/openchancery/chancery/store"
)

// outgoing is an installation, closed, that has things to send by jobsDue: word of
// two letters, and a webhook's events; and who takes them, in this process.
type outgoing struct {
	places   installation.Places
	server   *receivertest.MailServer
	receiver *receivertest.Receiver
	secret   string // of the webhook
	webhook  string
	letters  []string

	once  map[string][]taken // what goes, by kind, where nobody is killed
	stood map[string]string  // and how the house stands then
}

func withOutgoing(t *testing.T) *outgoing {
	t.Helper()
	h, ctx := cared(t), t.Context()
	g := &outgoing{places: h.Places, server: receivertest.Mail(t, false, nil), receiver: receivertest.Webhook(t)}
	must(t, h.SetMail(post.Settings{Host: "127.0.0.1", Port: g.server.Port, Security: post.Clear, From: "register@example.org"}))
	program := h.program()
	made, secret, err := h.Office.AddWebhook(ctx, program, g.receiver.URL)
	must(t, err)
	g.webhook, g.secret = made.ID, secret
	var ids []claim.ID
	for _, key := range []string{"one", "two"} {
		filed, _, err := h.Office.FileOwn(ctx, office.By{Actor: program, Key: key}, "demo", "case "+key, departure(key, 3, true))
		must(t, err)
		must(t, h.Office.SetContact(ctx, h.by("officer"), "demo", filed.ID, office.Contact{Channel: office.ByMail, Mail: key + "@example.org"}))
		ids = append(ids, filed.ID)
	}
	for _, id := range ids {
		for _, l := range h.letters(id) {
			g.letters = append(g.letters, l.ID)
		}
	}
	// The reading log of this day is headed, so that whether a mail's reading or the
	// schedule comes first makes no entry more or less.
	now := h.Office.Now
	h.Office.Now = func() time.Time { return now().AddDate(0, 0, 1) }
	must(t, h.Office.HeadReadings(ctx))
	_, err = h.Office.Publish(ctx)
	must(t, err)
	must(t, h.Office.Announce(ctx))
	must(t, h.Close())
	return g
}

// taken is a thing that left the house, as who took it knows it.
type taken struct{ ID, Content string }

var dated = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// took is what came after so many mails and events, by the kind of its job: mails by
// their ids, but for the hour at which each went; events in their order, each signed.
func (g *outgoing) took(t *testing.T, mails, events int) map[string][]taken {
	t.Helper()
	by := map[string][]taken{}
	messages, _ := g.server.Took()
	for _, m := range messages[mails:] {
		read, err := mail.ReadMessage(strings.NewReader(m))
		must(t, err)
		by[office.JobMail] = append(by[office.JobMail], taken{read.Header.Get("Message-Id"), dated.ReplaceAllString(m, "")})
	}
	slices.SortFunc(by[office.JobMail], func(a, b taken) int { return strings.Compare(a.ID, b.ID) })
	for _, a := range g.receiver.Came()[events:] {
		if a.ID != a.Event.ID || !a.SignedBy(t, g.secret) {
			t.Errorf("event %s came as %q, signed %q", a.Event.ID, a.ID, a.Signature)
		}
		by[office.JobWebhook] = append(by[office.JobWebhook], taken{a.ID, string(a.Body)})
	}
	return by
}

// since is took for what comes from now on.
func (g *outgoing) since(t *testing.T) func() map[string][]taken {
	messages, _ := g.server.Took()
	events := len(g.receiver.Came())
	return func() map[string][]taken {
		t.Helper()
		return g.took(t, len(messages), events)
	}
}

// stand adds to how an installation stands what its letters and its webhook say of
// what went, and holds that nothing waits to go.
func (g *outgoing) stand(t *testing.T, h *house, standing map[string]string) map[string]string {
	t.Helper()
	must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) error {
		jobs, err := r.Jobs(1000)
		must(t, err)
		for _, j := range jobs {
			if j.Kind == office.JobMail || j.Kind == office.JobWebhook {
				t.Errorf("this waits: %+v", j)
			}
		}
		for n, id := range g.letters {
			l, err := r.Letter(id)
			must(t, err)
			standing[fmt.Sprint("letter ", n)] = string(l.State)
		}
		w, err := r.Webhook(g.webhook)
		standing["told"] = fmt.Sprint(w.Leaf, w.Row, w.Last, w.Sent)
		return err
	}))
	return standing
}

// sendsNoMore does once more all that sends, and looks for more that is to be sent.
func (g *outgoing) sendsNoMore(t *testing.T, h *house) {
	t.Helper()
	came := g.since(t)
	about := map[string][]string{office.JobMail: g.letters, office.JobWebhook: {g.webhook}}
	for _, k := range h.Jobs().Kinds {
		for _, key := range about[k.Name] {
			must(t, k.Do(t.Context(), store.Job{Kind: k.Name, Key: key}))
		}
	}
	must(t, h.Office.Announce(t.Context()))
	_, err := h.Jobs().Due(t.Context())
	must(t, err)
	if more := came(); len(more) > 0 {
		t.Errorf("done once more: %+v", more)
	}
}

// killedOnSending does a job that sends; its process is killed when who takes it has
// said yes to the first thing.
func killedOnSending(i *installation.Installation, kind string) func(context.Context, store.Job) error {
	if kind == office.JobMail {
		i.Office.Carrier = lastPost{i.Office.Carrier}
		return i.Office.SendMail
	}
	return func(ctx context.Context, j store.Job) error {
		return i.Office.TellWebhook(ctx, j.Key, func(ctx context.Context, d office.Delivery) error {
			if err := i.Webhooks().Send(ctx, d); err != nil {
				return err
			}
			return killItself()
		})
	}
}

// lastPost carries one mail.
type lastPost struct{ office.Carrier }

func (p lastPost) Carry(ctx context.Context, m office.Mail) error {
	if err := p.Carrier.Carry(ctx, m); err != nil {
		return err
	}
	return killItself()
}

// Promise 14, of what leaves the house and can't be called back. A process is killed when
// a receiver has what it sent, before or after the house says that it went; another does
// the job again. Where the house couldn't know, that one thing goes twice, under one id and
// with one content, by which its receiver knows it; all else goes once. All is then as if
// nobody had been killed, and nothing more is sent.
func TestWhatLeavesTheHouseTwiceIsOneThing(t *testing.T) {
	leavesTwice(t, "over SQLite", func(t *testing.T, places installation.Places) installation.Places { return copied(t, places) })
}

func TestWhatLeavesTheHouseTwiceIsOneThingOverPostgreSQL(t *testing.T) {
	theServer = serverOf(t)
	defer func() { theServer = nil }()
	leavesTwice(t, "over PostgreSQL", copiedWithDatabase)
}

// sending are the kinds of job whose effect is outside.
var sending = []string{office.JobMail, office.JobWebhook}

func leavesTwice(t *testing.T, over string, another func(*testing.T, installation.Places) installation.Places) {
	t.Helper()
	g := withOutgoing(t)
	came := g.since(t)
	h, stood := doneOnce(t, another(t, g.places))
	g.once, g.stood = came(), g.stand(t, h, stood)
	for _, kind := range sending {
		ids := map[string]bool{}
		for _, it := range g.once[kind] {
			ids[it.ID] = true
		}
		if len(ids) != len(g.once[kind]) || len(ids) < 2 {
			t.Fatalf("where nobody is killed goes by %s: %+v", kind, g.once[kind])
		}
	}
	g.sendsNoMore(t, h)
	tried, survived := 0, 0
	for _, kind := range sending {
		for _, moment := range []string{justSent, unmarked} {
			tried++
			if t.Run(kind+" "+moment, func(t *testing.T) { g.killedAndDoneAgain(t, another(t, g.places), kind, moment) }) {
				survived++
			}
		}
	}
	faulttest.Tried(t, 14, "jobs killed when what they send had left, "+over, tried, survived)
}

// killedAndDoneAgain does a job in a process that is killed at a moment, and again in this one.
func (g *outgoing) killedAndDoneAgain(t *testing.T, places installation.Places, kind, moment string) {
	t.Helper()
	came := g.since(t)
	killDoing(t, kind, moment, places)
	before := came()
	first := before[kind]
	if len(before) != 1 || len(first) == 0 || moment == justSent && len(first) != 1 {
		t.Fatalf("until the kill went %+v", before)
	}
	for n, it := range first {
		if !slices.Contains(g.once[kind], it) || kind == office.JobWebhook && it != g.once[kind][n] {
			t.Errorf("until the kill went %+v, where nobody is killed %+v", it, g.once[kind])
		}
	}
	came = g.since(t)
	h, stands := doneOnce(t, places)
	want, stood := maps.Clone(g.once), maps.Clone(g.stood)
	switch {
	case moment == unmarked: // the house knows that it went
		want[kind] = slices.DeleteFunc(slices.Clone(want[kind]), func(it taken) bool { return slices.Contains(first, it) })
	case kind == office.JobMail: // the address was opened twice, and the reading log says so
		n, err := strconv.Atoi(stood["readings"])
		must(t, err)
		stood["readings"] = strconv.Itoa(n + 1)
	}
	after := came()
	for _, kind := range sending {
		if diff := cmp.Diff(want[kind], after[kind], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("by %s went after the kill: -want +got\n%s", kind, diff)
		}
	}
	if diff := cmp.Diff(stood, g.stand(t, h, stands)); diff != "" {
		t.Errorf("killed, and done again: -once +twice\n%s", diff)
	}
	g.sendsNoMore(t, h)
	h.sound()
}
