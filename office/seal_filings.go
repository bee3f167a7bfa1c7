package office

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/store"
)

// sealing is what was sealed together: the keys made for it, which its act keeps.
type sealing struct {
	mu   sync.Mutex
	keep func(context.Context) error
	kept bool
}

// keepKeys makes the keys durable, once.
func (s *sealing) keepKeys(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept {
		return nil
	}
	err := s.keep(ctx)
	s.kept = err == nil
	return err
}

// sealFilings seals the answers of all filings at once. Their keys are kept by
// their act, while it asks and writes; but where a claim's id was drawn before,
// so that it may have keys by now, at once: who meets another there seals again.
// trusting is whether what was heard last is taken for so.
func (o *Office) sealFilings(ctx context.Context, all []*prepared, trusting bool) error {
	steps := make([]step, len(all))
	for i, f := range all {
		steps[i] = step{claim: claim.Claim{ID: f.id}, seal: f.items}
	}
	seal, read := o.Vault.Seal, func(look func(store.Reader) error) error { return o.Store.Read(ctx, look) }
	if trusting {
		seal = o.Vault.SealNew
		if set, ok := o.Vault.Desk(); ok && o.heard.deskStands(set) {
			read = func(func(store.Reader) error) error { return nil }
		}
	}
	commitments, blobs, keep, err := o.sealSteps(ctx, steps, seal, read)
	if err != nil {
		return err
	}
	at := 0
	for i, f := range all {
		f.commitments, f.blobs = commitments[i], blobs[at:at+len(f.items)]
		at += len(f.items)
		f.sortEnclosed()
		f.sortContact()
	}
	if flaw.On(flaw.KeysNotKept) {
		keep = func(context.Context) error { return nil }
	}
	together := &sealing{keep: keep}
	for _, f := range all {
		f.keys = together
	}
	if slices.ContainsFunc(all, func(f *prepared) bool { return f.filing.Becomes != "" }) {
		return together.keepKeys(ctx)
	}
	return nil
}

// keepMeanwhile begins to keep the keys of filings; the act waits for it before it
// commits, or ends.
func (p *performance) keepMeanwhile(ready *Prepared) {
	var all []*sealing
	for i := range ready.filings {
		if f := &ready.filings[i]; f.ready && !slices.Contains(all, f.keys) {
			all = append(all, f.keys)
		}
	}
	kept := make(chan error, 1)
	p.meanwhile.Go(func() {
		var group errgroup.Group // those kept at once share a commit of the key store
		for _, s := range all {
			group.Go(func() error { return s.keepKeys(p.ctx) })
		}
		kept <- group.Wait()
	})
	p.keep = append(p.keep, func(context.Context) error { return <-kept })
}
