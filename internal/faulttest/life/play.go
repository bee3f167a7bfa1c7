package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/vault"
)

// The claims of a life.
const (
	singles = 3 // filed one at a time
	batched = 6 // filed together
	several = 4 // filed by several people at once, each one
	all     = singles + batched + several + 1
)

const programme = "demo"

// received is a day on which the demo takes claims in.
var received, _ = day.New(2020, 5, 1)

// life is one life while it is lived. What is done in it is done once, however
// often it is begun again: each act has its key.
type life struct {
	dir    string
	on     bool
	tell   func(told)
	before map[string]told // what an earlier run was told, by act

	*installation.Installation
	by    office.By
	mu    sync.Mutex
	again []func() // acts that failed; owned by mu
}

// live makes the installation, unless it stands, and does all that is to be
// done in it.
func (l *life) live(ctx context.Context) (err error) {
	if err := l.open(ctx); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for _, act := range []struct {
		name string
		do   func(context.Context) (told, error)
	}{
		{"programme", l.openProgramme},
		{"single 0", l.file(0, 1)},
		{"single 1", l.file(1, 2)},
		{"published 1", l.publish},
		{"single 2", l.file(2, 3)},
		{"batch", l.file(singles, singles+batched)},
		{"draft", l.draft},
		{"sent", l.send},
		{"withdrawn", l.withdraw},
		{"recorded", l.record},
	} {
		if err := l.act(ctx, act.name, act.do); err != nil {
			return err
		}
	}
	if err := l.atOnce(ctx); err != nil {
		return err
	}
	if err := l.act(ctx, "published 2", l.publish); err != nil {
		return err
	}
	for _, act := range l.again {
		act()
	}
	return nil
}

func (l *life) open(ctx context.Context) error {
	_, err := installation.Find(l.dir)
	if fault.Code(err) == "installation.none" {
		_, desk, err := vault.NewDeskKey()
		if err != nil {
			return err
		}
		if err := installation.Create(ctx, installation.Beside(l.dir), "life.example/log", installation.Options{Desk: desk}); err != nil {
			return err
		}
	}
	if l.Installation, err = installation.Open(ctx, l.dir, installation.Options{}); err != nil {
		return err
	}
	// What a crash left unfinished is finished first.
	_, err = l.Office.Sequence(ctx)
	var secret string
	if err == nil {
		secret, err = l.Credential("")
	}
	if err == nil {
		l.by.Actor, err = l.Office.Authenticate(ctx, secret)
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	l.tell(told{Act: "created"})
	return nil
}

// act does an act and tells of it.
func (l *life) act(ctx context.Context, name string, do func(context.Context) (told, error)) error {
	t, err := do(ctx)
	t.Act = cmp.Or(t.Act, name)
	if err == nil {
		if t.Reference != "many" {
			l.tell(t)
		}
		return nil
	}
	if !l.on {
		return fmt.Errorf("%s: %w", name, err)
	}
	l.refused(ctx, name, err, false)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.again = append(l.again, func() {
		t, err := do(ctx)
		t.Act = cmp.Or(t.Act, name)
		switch {
		case err != nil:
			l.refused(ctx, name, err, true)
		case t.Reference != "many":
			t.Again = true
			l.tell(t)
		}
	})
	return nil
}

// refused tells of an act that failed, and whether anything can be read still.
func (l *life) refused(ctx context.Context, name string, err error, again bool) {
	t := told{Act: name, Refused: cmp.Or(fault.Code(err), "?"), Why: err.Error(), Again: again}
	if _, err := l.Office.Statistics(ctx, ""); err != nil {
		t.Reads = err.Error()
	}
	l.tell(t)
}

func (l *life) openProgramme(ctx context.Context) (told, error) {
	book, ok := rulebooks.Find(programme)
	if !ok {
		return told{}, errors.New("the demo's rulebook doesn't ship")
	}
	_, err := l.Office.OpenProgramme(ctx, l.by, book.Name, book.Source)
	return told{}, err
}

// filing is the n-th claim of a life. Each is different, and so is what it
// comes to; one has an answer that is sensitive.
func filing(n int) office.Filing {
	f := office.Filing{
		Key: fmt.Sprint("claim ", n), Category: "a-departure", Claimant: "individual", Received: received,
		Answers: map[string]string{
			"claimant_name": fmt.Sprint("Claimant ", n), "contact": fmt.Sprintf("%d Quay Lane", n), "signed": "true",
			"incident_date": "2019-11-04", "place": "quayside", "family": "false", "nights_away": fmt.Sprint(n + 1),
		},
	}
	if n == singles+1 {
		f.Category = "b-injury"
		delete(f.Answers, "nights_away")
		f.Answers["injured"], f.Answers["medical_record"], f.Answers["statement"] = "1", "true", "what nobody else may read"
	}
	return f
}

// file files the claims from one on to another in one act, and tells of each.
func (l *life) file(from, to int) func(context.Context) (told, error) {
	return func(ctx context.Context) (told, error) {
		var filings []office.Filing
		for n := from; n < to; n++ {
			filings = append(filings, filing(n))
		}
		answers, err := l.Office.FileClaims(ctx, l.by, programme, filings)
		if err != nil {
			return told{}, err
		}
		for n, a := range answers {
			l.tell(told{Act: filings[n].Key, ID: string(a.ID), Reference: string(a.Reference)})
		}
		return told{Reference: "many"}, nil
	}
}

// atOnce files claims of several people at once, while somebody reads how many there
// are and tells of it: who has read of one may rely on it, as who filed it may.
func (l *life) atOnce(ctx context.Context) error {
	var filing errgroup.Group
	for n := singles + batched; n < all-1; n++ {
		filing.Go(func() error {
			return l.act(ctx, fmt.Sprint("at once ", n), func(ctx context.Context) (told, error) {
				a, err := l.own(ctx, n)
				return told{ID: string(a.ID), Reference: string(a.Reference)}, err
			})
		})
	}
	filed := make(chan error, 1)
	go func() { filed <- filing.Wait() }()
	for seen := int64(0); ; {
		s, err := l.Office.Statistics(ctx, "")
		if err == nil && s.Claims > seen {
			seen = s.Claims
			l.tell(told{Act: "seen", Size: seen})
		}
		select {
		case err := <-filed:
			return err
		default:
		}
	}
}

// draft keeps a draft of the last claim, unless an earlier run was told of one.
func (l *life) draft(ctx context.Context) (told, error) {
	if was, ok := l.before["draft"]; ok {
		return was, nil
	}
	f := filing(all - 1)
	d, err := l.Office.SaveDraft(ctx, l.by, office.Draft{
		Programme: programme, Category: f.Category, DraftContent: office.DraftContent{Claimant: f.Claimant, Received: f.Received, Answers: f.Answers},
	})
	if err != nil {
		return told{}, err
	}
	l.before["draft"] = told{Act: "draft", ID: d.ID}
	return l.before["draft"], nil
}

func (l *life) send(ctx context.Context) (told, error) {
	draft, ok := l.before["draft"]
	if !ok {
		return told{}, errors.New("there is no draft to send")
	}
	a, err := l.Office.SendDraft(ctx, l.by, draft.ID, nil)
	return told{ID: string(a.ID), Reference: string(a.Reference)}, err
}

// own is a claim by its number in this life.
func (l *life) own(ctx context.Context, n int) (office.FilingAnswer, error) {
	answers, err := l.Office.FileClaims(ctx, l.by, programme, []office.Filing{filing(n)})
	if err != nil {
		return office.FilingAnswer{}, err
	}
	return answers[0], nil
}

func (l *life) keyed(key string) office.By {
	by := l.by
	by.Key = key
	return by
}

func (l *life) withdraw(ctx context.Context) (told, error) {
	c, err := l.own(ctx, 1)
	if err != nil {
		return told{}, err
	}
	_, err = l.Office.WithdrawClaim(ctx, l.keyed("withdraw"), programme, c.ID)
	return told{ID: string(c.ID), Reference: string(c.Reference)}, err
}

func (l *life) record(ctx context.Context) (told, error) {
	var ids []claim.ID
	var last office.FilingAnswer
	for _, n := range []int{0, 2} {
		var err error
		if last, err = l.own(ctx, n); err != nil {
			return told{}, err
		}
		ids = append(ids, last.ID)
	}
	examined, err := l.Office.ExamineClaims(ctx, l.by, ids)
	if err != nil {
		return told{}, err
	}
	_, err = l.Office.RecordClaims(ctx, l.keyed("record"), programme, examined)
	return told{ID: string(last.ID), Reference: string(last.Reference)}, err
}

func (l *life) publish(ctx context.Context) (told, error) {
	published, err := l.Office.Publish(ctx)
	return told{Size: published.Size}, err
}

// removed takes away what is left of an installation that never came to be, as
// the person does who was to have it.
func removed(dir string) error {
	p := installation.Beside(dir)
	var errs []error
	for _, folder := range []string{p.Data, p.Keys, p.Heads, p.Log} {
		errs = append(errs, os.RemoveAll(folder))
	}
	return errors.Join(errs...)
}
