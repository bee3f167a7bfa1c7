package office_test

import (
	"context"
	"errors"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// failingHouse fails at the n-th call of whatever an erasure or a draft asks of
// the store and the vault, before or after it was done, and at none after it:
// its process is gone.
type failingHouse struct {
	at    int
	after bool
	done  int
}

// call does, if the process still lives, and fails at its turn.
func (f *failingHouse) call(do func() error) error {
	f.done++
	switch {
	case f.done > f.at, f.done == f.at && !f.after:
		return errInjected
	case f.done == f.at:
		return errors.Join(errInjected, do())
	}
	return do()
}

type fragileStore struct {
	store.Store
	*failingHouse
}

// Write fails as a whole too: at its beginning, or once it is on disk.
func (s fragileStore) Write(ctx context.Context, act func(store.Tx) error) error {
	return s.call(func() error {
		return s.Store.Write(ctx, func(tx store.Tx) error {
			within := 0
			return act(failingTx{tx, s.at - s.done, &within})
		})
	})
}

func (s fragileStore) Scrub(ctx context.Context) error {
	return s.call(func() error { return s.Store.Scrub(ctx) })
}

type fragileVault struct {
	office.Vault
	*failingHouse
}

func (v fragileVault) Destroy(ctx context.Context, ids ...string) error {
	return v.call(func() error { return v.Vault.Destroy(ctx, ids...) })
}

func (v fragileVault) Seal(ctx context.Context, items []office.Item) ([]office.Sealed, func(context.Context) error, error) {
	sealed, keep, err := v.Vault.Seal(ctx, items) // changes nothing by itself
	return sealed, func(ctx context.Context) error { return v.call(func() error { return keep(ctx) }) }, err
}

// crash does with a house that fails at each of its calls in turn, lets look
// see what an installation opened from its files afterwards holds, and ends
// with the first that was done.
func crash(t *testing.T, h *house, do func(*house, *office.Office) error, look func(h *house, err error)) {
	t.Helper()
	must(t, h.Close())
	failures := 0
	for _, after := range []bool{false, true} {
		for at := 1; at < 100; at++ {
			this := &house{TB: t, Installation: openedAt(t, copied(t, h.Places)), people: h.people}
			fails := &failingHouse{at: at, after: after}
			parts := this.Office.Parts
			parts.Store, parts.Vault = fragileStore{this.Office.Store, fails}, fragileVault{this.Office.Vault, fails}
			err := do(this, office.New(parts))
			if err != nil && !errors.Is(err, errInjected) {
				t.Fatalf("call %d: %v", at, err)
			}
			// The files as they lie: nothing is closed in good order first.
			next := &house{TB: t, Installation: openedAt(t, copied(t, this.Places)), people: h.people}
			look(next, err)
			if n, err := next.Office.Unfinished(t.Context()); n != 0 || err != nil {
				t.Errorf("call %d: %d are unfinished once the installation was opened, %v", at, n, err)
			}
			next.sound()
			must(t, errors.Join(next.Close(), this.Close()))
			if err == nil || t.Failed() {
				break
			}
			failures++
		}
	}
	if failures < 8 {
		t.Errorf("only %d failures: the calls are not met", failures)
	}
	t.Logf("%d failures", failures)
}

// An erasure is interrupted at each call. Either nothing of it was done, or,
// once the installation is opened again, all of it: the entry says so, nothing
// is left of what it removes, and no key opens what lies in a backup.
func TestAnErasureThatIsInterruptedIsFinished(t *testing.T) {
	h := opened(t)
	ids := h.filed(2)
	h.withdraw(ids...)
	var old []store.Blob
	must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) (err error) {
		old, err = r.Blobs(ids[0])
		return err
	}))
	pieces := h.pieces(ids[:1])
	crash(t, h, func(h *house, o *office.Office) error {
		_, err := o.Erase(t.Context(), h.by("officer", "officer-2"), "demo", ids[0], "retention")
		return err
	}, func(h *house, failed error) {
		opened, err := h.Office.Vault.Open(t.Context(), old)
		must(t, err)
		opens, erased := opened[0].Err == nil, !h.claim(ids[0]).Erased.IsZero()
		switch n := met(t, h.Places, pieces); {
		case !erased && failed == nil:
			t.Error("it was answered and is not done")
		case erased == opens:
			t.Errorf("erased: %v, and its blobs open: %v", erased, opened[0].Err)
		case erased && n > 0:
			t.Errorf("%d pieces are left", n)
		case !erased && n < len(pieces):
			t.Errorf("%d of %d pieces are left, and nobody erased it", n, len(pieces))
		}
		if _, err := h.erase(ids[0]); (err == nil) == erased {
			t.Errorf("erased: %v, and again: %v", erased, err)
		}
		if h.claim(ids[1]).Erased.IsZero() == false || len(openAll(t, h.Installation, nil)) == 0 {
			t.Error("the other claim is erased too")
		}
	})
}

// A draft that is sent is a claim or still a draft, whatever happens.
func TestADraftThatIsSentIsNeitherLostNorFiledTwice(t *testing.T) {
	h := opened(t)
	kept, err := h.Office.SaveDraft(t.Context(), h.by("officer"), aDraft(nil))
	must(t, err)
	send := func(h *house, o *office.Office) (office.FilingAnswer, error) {
		return o.SendDraft(t.Context(), h.by("officer"), kept.ID, map[string]string{"signed": "true"})
	}
	crash(t, h, func(h *house, o *office.Office) error {
		_, err := send(h, o)
		return err
	}, func(h *house, failed error) {
		before := len(h.everyClaim())
		a, err := send(h, h.Office)
		if err != nil || a.Repeated != (before == 1) || failed == nil && !a.Repeated {
			t.Errorf("%d claims on file, and sent again: %+v, %v", before, a, err)
		}
		if n := len(h.everyClaim()); n != 1 {
			t.Errorf("%d claims", n)
		}
		list, err := h.Office.Drafts(t.Context(), h.by("officer"))
		if err != nil || len(list) != 0 {
			t.Errorf("%d drafts are left, %v", len(list), err)
		}
		if text := openAll(t, h.Installation, nil); len(text) == 0 {
			t.Error("its answers can't be read")
		}
		h.stands(claim.Filed, a.ID)
	})
}

// Reading beside the office keeps an erasure from cutting the log, not from
// being done: it says that it is unfinished, and the next opening finishes it.
func TestAnErasureBesideAReader(t *testing.T) {
	t.Parallel()
	h := opened(t)
	id := h.filed(1)[0]
	h.withdraw(id)
	beside, err := installation.Open(t.Context(), h.Data, installation.Options{ReadOnly: true})
	must(t, err)
	defer beside.Close()
	must(t, beside.Office.Store.Read(t.Context(), func(r store.Reader) error {
		if _, err := r.Blobs(id); err != nil {
			return err
		}
		done, err := h.erase(id)
		wantCode(t, "beside a reader", err, "store.log-not-cut")
		if done.Blobs == 0 || h.claim(id).Erased.IsZero() {
			t.Errorf("%+v", done)
		}
		return nil
	}))
	if n, err := h.Office.Unfinished(t.Context()); n != 1 || err != nil {
		t.Errorf("%d unfinished, %v", n, err)
	}
	must(t, h.Office.FinishErasures(t.Context()))
	if n, err := h.Office.Unfinished(t.Context()); n != 0 || err != nil {
		t.Errorf("%d unfinished, %v", n, err)
	}
}
