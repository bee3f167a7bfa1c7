package life

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// What stands between an office and its parts, and lets their calls fail.

// wrap puts the injector between an office and its parts.
func wrap(o *office.Office, in *injector) {
	o.Store = &failingStore{o.Store, in}
	o.Vault = &failingVault{o.Vault, in}
	o.Tree = &failingTree{o.Tree, in}
	o.Log = &failingLog{o.Log, in}
}

type failingStore struct {
	store.Store
	in *injector
}

// Write fails at its beginning, at one of the writes, or once it has
// committed, in which case the act is done and nobody was told.
func (s *failingStore) Write(ctx context.Context, act func(store.Tx) error) error {
	if err := s.in.at(inStore, func() error { return nil }); err != nil {
		return err
	}
	err := s.Store.Write(ctx, func(tx store.Tx) error {
		t := &failingTx{Tx: tx, in: s.in}
		if err := cmp.Or(act(t), t.failed); err != nil {
			return err
		}
		if _, dead := s.in.state(); dead {
			return errGone
		}
		return nil
	})
	if err != nil {
		return err
	}
	// What is committed isn't called taken: a store says so of what isn't there.
	if err := s.in.at(inStore, func() error { return nil }); !errors.Is(err, store.ErrTaken) {
		return err
	}
	return nil
}

func (s *failingStore) Read(ctx context.Context, look func(store.Reader) error) error {
	return s.in.at(inReads, func() error { return s.Store.Read(ctx, look) })
}

func (s *failingStore) Scrub(ctx context.Context) error {
	return s.in.at(inStore, func() error { return s.Store.Scrub(ctx) })
}

// failingTx is a transaction of which a write that fails, fails the act,
// whether the act minds it or not.
type failingTx struct {
	store.Tx
	in     *injector
	failed error
}

func (t *failingTx) at(effect func() error) error {
	err := t.in.at(inStore, effect)
	t.failed = cmp.Or(t.failed, err)
	return err
}

func counted(t *failingTx, effect func() (int64, error)) (n int64, err error) {
	err = t.at(func() error {
		var err error
		n, err = effect()
		return err
	})
	return n, err
}

func (t *failingTx) Append(e ...docket.Entry) error {
	return t.at(func() error { return t.Tx.Append(e...) })
}

func (t *failingTx) AppendAnnex(owner docket.Ref, root docket.Hash, rows []docket.Row) error {
	return t.at(func() error { return t.Tx.AppendAnnex(owner, root, rows) })
}

func (t *failingTx) AddLeaves(l []store.Leaf) error {
	return t.at(func() error { return t.Tx.AddLeaves(l) })
}

func (t *failingTx) InsertClaims(c []claim.Claim) error {
	return t.at(func() error { return t.Tx.InsertClaims(c) })
}

func (t *failingTx) UpdateClaims(c []claim.Claim) error {
	return t.at(func() error { return t.Tx.UpdateClaims(c) })
}

func (t *failingTx) PutBlobs(b []store.Blob) error {
	return t.at(func() error { return t.Tx.PutBlobs(b) })
}

func (t *failingTx) DeleteBlobs(ids []claim.ID) (int64, error) {
	return counted(t, func() (int64, error) { return t.Tx.DeleteBlobs(ids) })
}

func (t *failingTx) PutProgramme(p store.Programme) error {
	return t.at(func() error { return t.Tx.PutProgramme(p) })
}

func (t *failingTx) PutEdition(hash docket.Hash, source []byte) error {
	return t.at(func() error { return t.Tx.PutEdition(hash, source) })
}

func (t *failingTx) PutActor(a store.Actor) error {
	return t.at(func() error { return t.Tx.PutActor(a) })
}

func (t *failingTx) PutVerifier(actor string, verifier []byte) error {
	return t.at(func() error { return t.Tx.PutVerifier(actor, verifier) })
}

func (t *failingTx) PutCode(id claim.ID, hash []byte) error {
	return t.at(func() error { return t.Tx.PutCode(id, hash) })
}

func (t *failingTx) PutAnswers(a []store.Answer) error {
	return t.at(func() error { return t.Tx.PutAnswers(a) })
}

func (t *failingTx) PutMeta(key, value string) error {
	return t.at(func() error { return t.Tx.PutMeta(key, value) })
}

func (t *failingTx) PutInstalment(i commission.Instalment) error {
	return t.at(func() error { return t.Tx.PutInstalment(i) })
}

func (t *failingTx) ForgetAnswers(ids []claim.ID) (int64, error) {
	return counted(t, func() (int64, error) { return t.Tx.ForgetAnswers(ids) })
}

func (t *failingTx) PutDraft(d store.Draft) error {
	return t.at(func() error { return t.Tx.PutDraft(d) })
}

func (t *failingTx) DeleteDrafts(ids []string) error {
	return t.at(func() error { return t.Tx.DeleteDrafts(ids) })
}

func (t *failingTx) Shred(ids []string) error {
	return t.at(func() error { return t.Tx.Shred(ids) })
}

func (t *failingTx) Shredded(ids []string) error {
	return t.at(func() error { return t.Tx.Shredded(ids) })
}

func (t *failingTx) PutRound(r fund.Round) error {
	return t.at(func() error { return t.Tx.PutRound(r) })
}

func (t *failingTx) PutPayments(p []store.Payment) error {
	return t.at(func() error { return t.Tx.PutPayments(p) })
}

func (t *failingTx) Post(programme string, ref docket.Ref, postings []fund.Posting) error {
	return t.at(func() error { return t.Tx.Post(programme, ref, postings) })
}

func (t *failingTx) AppendReadings(r []store.Reading) error {
	return t.at(func() error { return t.Tx.AppendReadings(r) })
}

type failingVault struct {
	office.Vault
	in *injector
}

func (v *failingVault) Seal(ctx context.Context, items []office.Item) (sealed []office.Sealed, keep func(context.Context) error, err error) {
	var durable func(context.Context) error
	err = v.in.at(inVault, func() error {
		var err error
		sealed, durable, err = v.Vault.Seal(ctx, items)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return sealed, func(ctx context.Context) error {
		return v.in.at(inVault, func() error { return durable(ctx) })
	}, nil
}

// SealNew keeps the keys at once: in a life that is to be played again nothing may
// hang on who comes first.
func (v *failingVault) SealNew(ctx context.Context, items []office.Item) (sealed []office.Sealed, keep func(context.Context) error, err error) {
	err = v.in.at(inVault, func() error {
		var err error
		sealed, keep, err = v.Vault.SealNew(ctx, items)
		return err
	})
	if err == nil {
		err = v.in.at(inVault, func() error { return keep(ctx) })
	}
	if err != nil {
		return nil, nil, err
	}
	return sealed, func(context.Context) error { return nil }, nil
}

func (v *failingVault) Open(ctx context.Context, blobs []store.Blob) (opened []office.Unsealed, err error) {
	err = v.in.at(inVault, func() error {
		var err error
		opened, err = v.Vault.Open(ctx, blobs)
		return err
	})
	return opened, err
}

func (v *failingVault) Destroy(ctx context.Context, ids ...string) error {
	return v.in.at(inVault, func() error { return v.Vault.Destroy(ctx, ids...) })
}

type failingTree struct {
	office.Tree
	in *injector
}

func (t *failingTree) Extend(leaves []docket.TreeLeaf, at docket.Instant) (head docket.TreeHead, err error) {
	err = t.in.at(inTree, func() error {
		var err error
		head, err = t.Tree.Extend(leaves, at)
		return err
	})
	return head, err
}

type failingLog struct {
	office.Log
	in *injector
}

func (l *failingLog) Publish(ctx context.Context, head docket.TreeHead, commitments func(from int64) iter.Seq2[docket.Hash, error], mine func(context.Context) error) (p office.Published, err error) {
	err = l.in.at(inLog, func() error {
		var err error
		p, err = l.Log.Publish(ctx, head, commitments, mine)
		return err
	})
	return p, err
}

// Reads within a transaction fail as well: a disk that can't be read must not
// pass for a claim or a person that isn't there.

func (t *failingTx) reading(look func() error) error { return t.in.at(inReads, look) }

func (t *failingTx) Claims(ids []claim.ID) (list []claim.Claim, err error) {
	err = t.reading(func() error {
		var err error
		list, err = t.Tx.Claims(ids)
		return err
	})
	return list, err
}

func (t *failingTx) Programme(id string) (p store.Programme, err error) {
	err = t.reading(func() error {
		var err error
		p, err = t.Tx.Programme(id)
		return err
	})
	return p, err
}

func (t *failingTx) Actor(id string) (a store.Actor, err error) {
	err = t.reading(func() error {
		var err error
		a, err = t.Tx.Actor(id)
		return err
	})
	return a, err
}

func (t *failingTx) Answers(tags [][]byte) (found map[string]store.Answer, err error) {
	err = t.reading(func() error {
		var err error
		found, err = t.Tx.Answers(tags)
		return err
	})
	return found, err
}

func (t *failingTx) Round(programme string, number int64) (round fund.Round, err error) {
	err = t.reading(func() error {
		var err error
		round, err = t.Tx.Round(programme, number)
		return err
	})
	return round, err
}

func (t *failingTx) Instalment(programme string, number int64) (i commission.Instalment, err error) {
	err = t.reading(func() error {
		var err error
		i, err = t.Tx.Instalment(programme, number)
		return err
	})
	return i, err
}
