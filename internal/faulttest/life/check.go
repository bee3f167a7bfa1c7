package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/store"
)

// check holds an installation against what was told of it before a fault: it
// opens, verifies, and holds every act that was acknowledged, once; and the
// same life, lived on under the same keys, comes to its end with no act done
// twice.
func (q question) check(ctx context.Context) (f finding) {
	wrong := func(format string, values ...any) { f.Wrong = append(f.Wrong, fmt.Sprintf(format, values...)) }
	before := acknowledged(q.Told)
	if _, created := before["created"]; !created {
		_, err := installation.Find(q.Dir)
		if fault.Code(err) == "installation.none" {
			err = removed(q.Dir)
		}
		if err != nil {
			wrong("never made, and: %v", err)
			return f
		}
	} else if err := q.look(ctx, before, &f); err != nil {
		wrong("%v", err)
	}
	if len(f.Wrong) > 0 {
		return f
	}
	after := map[string]told{}
	var one sync.Mutex
	l := &life{dir: q.Dir, before: before, tell: func(t told) {
		one.Lock()
		defer one.Unlock()
		after[t.Act] = t
	}}
	if err := l.live(ctx); err != nil {
		wrong("lived on: %v", err)
		return f
	}
	for act, was := range before {
		now := after[act]
		was.Again, was.Size, now.Again, now.Size = false, 0, false, 0
		if now != was {
			wrong("%s was answered %+v, and afterwards %+v", act, was, now)
		}
	}
	if err := whole(ctx, q.Dir, &f); err != nil {
		wrong("in the end: %v", err)
	}
	return f
}

// look opens what is there as the next one does who works with it.
func (q question) look(ctx context.Context, before map[string]told, f *finding) (err error) {
	i, err := installation.Open(ctx, q.Dir, installation.Options{})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if err := verify(ctx, i, f); err != nil {
		return err
	}
	if seen := before["seen"].Size; f.Claims < seen {
		return fmt.Errorf("somebody saw %d claims, and there are %d", seen, f.Claims)
	}
	for act, t := range before {
		if t.Reference != "" {
			c, err := i.Office.FindClaim(ctx, t.Reference)
			if err != nil || string(c.ID) != t.ID {
				return fmt.Errorf("%s was acknowledged as %s, and there is %q: %w", act, t.ID, c.ID, err)
			}
		}
	}
	for act, want := range map[string]claim.Standing{"withdrawn": claim.Withdrawn, "recorded": claim.Recorded} {
		t, ok := before[act]
		if !ok {
			continue
		}
		if c, err := i.Office.FindClaim(ctx, t.Reference); err != nil || c.Standing != want {
			return fmt.Errorf("%s was acknowledged, and it is %s: %w", act, c.Standing, err)
		}
	}
	if _, ok := before["programme"]; ok {
		if _, err := i.Office.Edition(ctx, programme); err != nil {
			return fmt.Errorf("the programme was opened: %w", err)
		}
	}
	return publishedAll(ctx, i, before)
}

// publishedAll holds that what was told to be published is.
func publishedAll(ctx context.Context, i *installation.Installation, before map[string]told) error {
	size := max(before["published 1"].Size, before["published 2"].Size)
	u, err := i.Office.Unpublished(ctx)
	if err != nil {
		return err
	}
	head, err := i.Office.DatabaseSize(ctx)
	if err == nil && head-u.Entries < size {
		err = fmt.Errorf("%d entries were published, and of %d now %d are not", size, head, u.Entries)
	}
	return err
}

// verify brings the tree up to the database, and holds that verify finds
// nothing.
func verify(ctx context.Context, i *installation.Installation, f *finding) error {
	if _, err := i.Office.Sequence(ctx); err != nil {
		return fmt.Errorf("sequence: %w", err)
	}
	v, err := i.Office.Verify(ctx, nil)
	if err != nil {
		return err
	}
	if err := i.Rebuild(ctx, v, nil); err != nil {
		return err
	}
	for _, found := range v.Findings {
		f.Wrong = append(f.Wrong, fmt.Sprintf("verify: %s %s %s", found.Code, found.Entry, found.Detail))
	}
	s, err := i.Office.Statistics(ctx, "")
	if err != nil {
		return err
	}
	f.Claims, f.Entries = s.Claims, s.Entries
	return nil
}

// whole holds that a life that came to its end has each of its claims once.
func whole(ctx context.Context, dir string, f *finding) (err error) {
	i, err := installation.Open(ctx, dir, installation.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	var end finding
	if err := verify(ctx, i, &end); err != nil {
		return err
	}
	f.Wrong = append(f.Wrong, end.Wrong...)
	page, _, err := i.Office.ClaimPage(ctx, store.ClaimQuery{Limit: 10 * all})
	if err != nil {
		return err
	}
	if len(page) != all || end.Claims != all {
		return fmt.Errorf("%d claims are listed and %d counted, of %d", len(page), end.Claims, all)
	}
	return nil
}
