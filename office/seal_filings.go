package office

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// sealing is what was sealed together: the keys made for it, which its act keeps.
type sealing struct {
	begun bool           // they are being kept: keep has only to wait
	heard bool           // the desk's key was taken for the one that the docket names
	desk  docket.Version // by this version of its stream
	mu    sync.Mutex
	keep  func(context.Context) error
	kept  bool // owned by mu
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

// sealFilings seals the answers of all filings at once. Their keys are kept from
// when they are made, or, where a claim may have some already, by the act, while it
// writes; but where a claim's id was drawn before, at once: who meets another there
// seals again. trusting is whether what was heard last is taken for so.
func (o *Office) sealFilings(ctx context.Context, all []*prepared, trusting bool) error {
	steps := make([]step, len(all))
	for i, f := range all {
		steps[i] = step{claim: claim.Claim{ID: f.id}, seal: f.items}
	}
	early := trusting && !flaw.On(flaw.KeysNotKept)
	seal, read := o.Vault.Seal, func(look func(store.Reader) error) error { return o.Store.Read(ctx, look) }
	if early {
		seal = o.Vault.SealNew
	}
	together := &sealing{begun: early}
	if set, ok := o.Vault.Desk(); ok && trusting {
		if together.desk, together.heard = o.heard.deskStands(set); together.heard {
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
	together.keep = keep
	for _, f := range all {
		f.keys = together
	}
	if slices.ContainsFunc(all, func(f *prepared) bool { return f.filing.Becomes != "" }) {
		return together.keepKeys(ctx)
	}
	return nil
}

// keepSealed has the keys of filings kept by the act: it waits for it before it
// commits.
func (p *performance) keepSealed(ready *Prepared) {
	var all []*sealing
	for i := range ready.filings {
		f := &ready.filings[i]
		if !f.ready || slices.Contains(all, f.keys) {
			continue
		}
		all = append(all, f.keys)
		if f.keys.begun {
			p.kept = append(p.kept, f.keys.keepKeys)
		} else {
			p.keep = append(p.keep, f.keys.keepKeys)
		}
	}
}

// deskStillStands makes sure of the desk's key where something sensitive was sealed to it
// without having asked whether it is the one that the docket names.
func (p *performance) deskStillStands(ready *Prepared) error {
	for i := range ready.filings {
		f := &ready.filings[i]
		sensitive := func(item Item) bool { return item.Class == string(rulebook.Sensitive) }
		if !f.ready || !f.keys.heard || !slices.ContainsFunc(f.items, sensitive) {
			continue
		}
		if stands, err := p.tx.StandsAt(deskStream, f.keys.desk); err != nil || !stands {
			if err == nil {
				_, err = p.o.checkDesk(p.tx)
			}
			return cmp.Or(err, fault.New(fault.Conflict, codeDeskReplaced))
		}
	}
	return nil
}
