package office

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// A webhook is told what is published of the claims that its actor filed, in the
// order of the published log, from the moment it was made. The log is the list
// of what is to be sent: a webhook keeps how far it was told, so that nothing is
// left out, and an event's id is its place in the log. What can't be delivered
// holds up what comes after it, until somebody mends the receiver.

// Webhook is a webhook as its holder sees it.
type Webhook struct {
	ID, URL string
	Made    docket.Instant
	Ended   bool
	Next    int64  // the first leaf that it wasn't told of
	Last    string // the id of the last event that was delivered
	Sent    int64  // events delivered
	State   string // "well", "waiting" (tried again at Again) or "failed" (for good, until it is retried)
	Trouble string // of the last attempt: a code
	Again   docket.Instant
}

// The states of a webhook.
const (
	WebhookWell    = "well"
	WebhookWaiting = "waiting"
	WebhookFailed  = "failed"
)

// Event is one thing that was published of a claim: ids and a kind, and nothing
// that anybody told.
type Event struct {
	ID      string // the leaf's number; of a row of its annex "leaf.row"
	Source  string // the log's origin
	Kind    docket.Kind
	Instant docket.Instant
	Claim   claim.ID
	Version docket.Version // of the claim: a receiver who has all of them has missed nothing
	Leaf    int64
	Row     int64  // in the leaf's annex; -1 for an entry of its own
	After   string // the id of the event before it at this webhook; "" for the first
}

// Delivery is an event on its way.
type Delivery struct {
	Event
	URL     string
	Secrets [][]byte // it is signed with each: the newest first, and for a day the one before
}

const (
	webhookClass, webhookName = "webhook", "secret"
	// mostWebhooks an actor may have at a time.
	mostWebhooks = 10
	// oldSecret is how long what is sent is signed with the secret before too.
	oldSecret = 24 * time.Hour
	// toldAtOnce is how many events are looked up at a time, and deliverFor how
	// long one webhook is told until others have their turn.
	toldAtOnce = 50
	deliverFor = 30 * time.Second
)

// webhookSecrets are what is sealed of a webhook.
type webhookSecrets struct {
	Now    []byte         `json:"now"`
	Before []byte         `json:"before,omitempty"`
	Until  docket.Instant `json:"until,omitzero"` // how long Before is good
}

// AddWebhook has an actor told at an address, and answers the secret that what
// is sent is signed with; it is shown once.
func (o *Office) AddWebhook(ctx context.Context, who Known, url string) (w Webhook, secret string, err error) {
	now := o.instant()
	kept := store.Webhook{Actor: who.id, URL: url, Made: now}
	var id [16]byte
	o.Entropy("webhook/"+who.id+"/"+now.String(), id[:])
	kept.ID = hex.EncodeToString(id[:])
	kept.Sealed, secret, err = o.sealWebhook(ctx, kept.ID, webhookSecrets{})
	if err != nil {
		return w, "", err
	}
	published, err := o.Log.Published(ctx)
	if err != nil {
		return w, "", err
	}
	kept.Leaf = published.Size
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		if err := mayNow(tx, who, ActSetWebhook); err != nil {
			return err
		}
		theirs, err := tx.Webhooks(who.id)
		if err != nil {
			return err
		}
		active := 0
		for _, one := range theirs {
			if !one.Ended {
				active++
			}
		}
		if active >= mostWebhooks {
			return fault.New(fault.Conflict, "webhook.most", "most", mostWebhooks)
		}
		return tx.PutWebhook(kept)
	})
	return webhookOf(kept, store.Job{}), secret, err
}

// sealWebhook draws a webhook's secret and seals it with the one before.
func (o *Office) sealWebhook(ctx context.Context, id string, secrets webhookSecrets) (sealed []byte, secret string, err error) {
	var random [32]byte
	o.Entropy("webhook-secret/"+id+"/"+o.instant().String(), random[:])
	secrets.Now = random[:]
	payload, err := json.Marshal(secrets)
	if err != nil {
		return nil, "", fmt.Errorf("write the secret of a webhook: %w", err)
	}
	items, keep, err := o.Vault.Seal(ctx, []Item{{Claim: id, Class: webhookClass, Name: webhookName, Payload: payload}})
	if err != nil {
		return nil, "", fmt.Errorf("seal the secret of a webhook: %w", err)
	}
	if err := keep(ctx); err != nil {
		return nil, "", fmt.Errorf("keep the key of a webhook: %w", err)
	}
	return items[0].Blob, "whsec_" + base64.StdEncoding.EncodeToString(random[:]), nil
}

// openWebhook opens a webhook's secrets.
func (o *Office) openWebhook(ctx context.Context, w store.Webhook) (s webhookSecrets, err error) {
	opened, err := o.Vault.Open(ctx, []store.Blob{{Claim: claim.ID(w.ID), Class: webhookClass, Name: webhookName, Sealed: w.Sealed}})
	if err == nil {
		err = opened[0].Err
	}
	if err != nil {
		return s, fmt.Errorf("open the secret of a webhook: %w", err)
	}
	return s, json.Unmarshal(opened[0].Payload, &s)
}

// ownWebhook is a webhook of who asks that isn't ended; else webhook.none.
func ownWebhook(r store.Reader, who Known, id string) (store.Webhook, error) {
	if err := mayNow(r, who, ActSetWebhook); err != nil {
		return store.Webhook{}, err
	}
	w, err := r.Webhook(id)
	if errors.Is(err, store.ErrNone) || err == nil && (w.Actor != who.id || w.Ended) {
		return store.Webhook{}, fault.New(fault.NotFound, "webhook.none")
	}
	return w, err
}

// webhookOf is a webhook with the job that tells it.
func webhookOf(w store.Webhook, j store.Job) Webhook {
	seen := Webhook{ID: w.ID, URL: w.URL, Made: w.Made, Ended: w.Ended, Next: w.Leaf, Last: w.Last, Sent: w.Sent, State: WebhookWell}
	switch {
	case j.Failed:
		seen.State, seen.Trouble = WebhookFailed, j.Trouble
	case j.Attempts > 0:
		seen.State, seen.Trouble, seen.Again = WebhookWaiting, j.Trouble, j.Due
	}
	return seen
}

func webhookJob(r store.Reader, id string) (store.Job, error) {
	j, err := r.Job(JobWebhook, id)
	if errors.Is(err, store.ErrNone) {
		return store.Job{}, nil
	}
	return j, err
}

// Webhook is one webhook of who asks.
func (o *Office) Webhook(ctx context.Context, who Known, id string) (w Webhook, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		kept, err := ownWebhook(r, who, id)
		if err != nil {
			return err
		}
		j, err := webhookJob(r, id)
		w = webhookOf(kept, j)
		return err
	})
	return w, err
}

// Webhooks are the webhooks of who asks that aren't ended.
func (o *Office) Webhooks(ctx context.Context, who Known) (list []Webhook, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, who, ActSetWebhook); err != nil {
			return err
		}
		kept, err := r.Webhooks(who.id)
		if err != nil {
			return err
		}
		list, err = withJobs(r, kept)
		return err
	})
	return list, err
}

func withJobs(r store.Reader, kept []store.Webhook) (list []Webhook, err error) {
	for _, w := range kept {
		if w.Ended {
			continue
		}
		j, err := webhookJob(r, w.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, webhookOf(w, j))
	}
	return list, nil
}

// EndWebhook ends a webhook: nothing is sent there any more, and its secret is
// destroyed.
func (o *Office) EndWebhook(ctx context.Context, who Known, id string) error {
	err := o.write(ctx, true, func(tx store.Tx, _ before) error {
		w, err := ownWebhook(tx, who, id)
		if err != nil {
			return err
		}
		w.Ended, w.Sealed = true, []byte{}
		return errors.Join(tx.PutWebhook(w), tx.DropJobs(JobWebhook, id), o.shredLater(tx, []string{id}))
	})
	if err != nil {
		return err
	}
	return o.FinishErasures(context.WithoutCancel(ctx))
}

// RotateWebhook draws a webhook a new secret. For a day what is sent is signed
// with the one before too.
func (o *Office) RotateWebhook(ctx context.Context, who Known, id string) (secret string, err error) {
	var w store.Webhook
	look := func(r store.Reader) (err error) {
		w, err = ownWebhook(r, who, id)
		return err
	}
	if err := o.Store.Read(ctx, look); err != nil {
		return "", err
	}
	secrets, err := o.openWebhook(ctx, w)
	if err != nil {
		return "", err
	}
	was := w.Sealed
	sealed, secret, err := o.sealWebhook(ctx, id, webhookSecrets{Before: secrets.Now, Until: docket.At(o.Now().Add(oldSecret))})
	if err != nil {
		return "", err
	}
	return secret, o.write(ctx, false, func(tx store.Tx, _ before) error {
		if err := look(tx); err != nil {
			return err
		}
		if string(w.Sealed) != string(was) {
			return fault.New(fault.Conflict, "webhook.changed")
		}
		w.Sealed = sealed
		return tx.PutWebhook(w)
	})
}

// RetryWebhook has a webhook told again at once what couldn't be delivered.
func (o *Office) RetryWebhook(ctx context.Context, who Known, id string) error {
	return o.write(ctx, true, func(tx store.Tx, _ before) error {
		if _, err := ownWebhook(tx, who, id); err != nil {
			return err
		}
		now := o.instant()
		j := store.Job{Kind: JobWebhook, Key: id, Due: now}
		return errors.Join(tx.Enqueue(j), tx.PutJob(j))
	})
}

// JobWebhook is the job that tells a webhook what was published; its key is the
// webhook's id.
const JobWebhook = "webhook"

// Announce enters the jobs of those webhooks for which something may have been
// published: a schedule calls it.
func (o *Office) Announce(ctx context.Context) error {
	var due []store.Job
	published, err := o.Log.Published(ctx)
	if err != nil {
		return err
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		all, err := r.Webhooks("")
		due = due[:0]
		for _, w := range all {
			if !w.Ended && w.Leaf < published.Size {
				due = append(due, store.Job{Kind: JobWebhook, Key: w.ID, Due: o.instant()})
			}
		}
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	return o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.Enqueue(due...) })
}

// TellWebhook sends a webhook what was published since it was told last, one
// event after another. What was sent and not marked is sent again, under the
// same id. The first event that can't be delivered ends it with its error.
func (o *Office) TellWebhook(ctx context.Context, id string, send func(context.Context, Delivery) error) error {
	published, err := o.Log.Published(ctx)
	if err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < deliverFor; {
		var w store.Webhook
		var found []Event
		var end place
		err := o.Store.Read(ctx, func(r store.Reader) (err error) {
			w, err = r.Webhook(id)
			if err != nil || w.Ended {
				return err
			}
			found, end, err = o.eventsFor(r, w, published.Size)
			return err
		})
		if errors.Is(err, store.ErrNone) || err == nil && w.Ended {
			return nil
		}
		if err != nil {
			return err
		}
		if err := o.deliver(ctx, w, found, send); err != nil {
			return err
		}
		if err := o.markTold(ctx, id, end, Event{}); err != nil || end.leaf >= published.Size {
			return err
		}
	}
	return nil // the rest when the others had their turn
}

func (o *Office) deliver(ctx context.Context, w store.Webhook, events []Event, send func(context.Context, Delivery) error) error {
	if len(events) == 0 {
		return nil
	}
	secrets, err := o.openWebhook(ctx, w)
	if err != nil {
		return err
	}
	keys := [][]byte{secrets.Now}
	if len(secrets.Before) > 0 && secrets.Until.After(o.Now()) {
		keys = append(keys, secrets.Before)
	}
	for _, e := range events {
		if err := send(ctx, Delivery{Event: e, URL: w.URL, Secrets: keys}); err != nil {
			return err
		}
		at := place{e.Leaf, e.Row + 1}
		if e.Row < 0 {
			at = place{e.Leaf + 1, 0}
		}
		if err := o.markTold(ctx, w.ID, at, e); err != nil {
			return err
		}
	}
	return nil
}

// place is one in the published log: a leaf, and a row in its annex.
type place struct{ leaf, row int64 }

// markTold notes how far a webhook was told, and what was delivered last.
func (o *Office) markTold(ctx context.Context, id string, at place, sent Event) error {
	return o.write(ctx, true, func(tx store.Tx, _ before) error {
		w, err := tx.Webhook(id)
		if err != nil || w.Ended {
			return err
		}
		if at.leaf < w.Leaf || at.leaf == w.Leaf && at.row <= w.Row {
			return nil // another was here
		}
		w.Leaf, w.Row = at.leaf, at.row
		if sent.ID != "" {
			w.Last = sent.ID
			w.Sent++
		}
		return tx.PutWebhook(w)
	})
}

// leavesLooked bounds what is looked through in one read.
const leavesLooked = 5000

// eventsFor are the next events for a webhook below a size of the published
// log, and the place that was looked at up to.
func (o *Office) eventsFor(r store.Reader, w store.Webhook, size int64) (events []Event, end place, err error) {
	end = place{w.Leaf, w.Row}
	if end.leaf >= size {
		return nil, end, nil
	}
	s := &seeking{r: r, actor: w.Actor, source: o.Log.Origin(), after: w.Last}
	looked := 0
	for l, err := range r.Leaves(w.Leaf) {
		if err != nil {
			return nil, end, err
		}
		if l.Number >= size || looked >= leavesLooked {
			break
		}
		looked++
		if err := s.leaf(l, end.row); err != nil {
			return nil, end, err
		}
		if end = (place{l.Number + 1, 0}); len(s.waiting)+len(s.found) >= toldAtOnce {
			break
		}
	}
	if err := s.settle(); err != nil {
		return nil, end, err
	}
	return s.found, end, nil
}

// seeking goes through the log for what is of one actor's claims.
type seeking struct {
	r       store.Reader
	actor   string
	source  string
	after   string
	waiting []Event // it isn't known yet whose they are
	found   []Event
}

// leaf looks at one leaf, from a row of its annex on.
func (s *seeking) leaf(l store.LeafEntry, from int64) error {
	if !l.Found {
		return fault.New(fault.Unsound, "office.leaf-differs", "entry", l.Ref, "leaf", l.Number)
	}
	env, err := l.Entry.Open()
	if err != nil {
		return err
	}
	if env.Stream.Sort() == "claim" {
		s.waiting = append(s.waiting, Event{
			ID: strconv.FormatInt(l.Number, 10), Source: s.source, Kind: env.Kind, Instant: env.Instant,
			Claim: claim.ID(env.Stream.ID()), Version: env.Version, Leaf: l.Number, Row: -1,
		})
	}
	if env.Annex == nil {
		return nil
	}
	for row, err := range s.r.AnnexRows(env.Annex.Root) {
		if err != nil {
			return err
		}
		if row.Index < from || row.Stream.Sort() != "claim" {
			continue
		}
		opened, err := row.Open()
		if err != nil {
			return err
		}
		s.waiting = append(s.waiting, Event{
			ID: fmt.Sprintf("%d.%d", l.Number, row.Index), Source: s.source, Kind: opened.Kind, Instant: env.Instant,
			Claim: claim.ID(row.Stream.ID()), Version: row.Version, Leaf: l.Number, Row: row.Index,
		})
		if len(s.waiting) >= 500 {
			if err := s.settle(); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle keeps those that are of the actor's claims.
func (s *seeking) settle() error {
	ids := make([]claim.ID, len(s.waiting))
	for i, e := range s.waiting {
		ids[i] = e.Claim
	}
	filers, err := s.r.FilersOf(ids)
	if err != nil {
		return err
	}
	for _, e := range s.waiting {
		if filers[e.Claim] == s.actor {
			e.After, s.after = s.after, e.ID
			s.found = append(s.found, e)
		}
	}
	s.waiting = s.waiting[:0]
	return nil
}
