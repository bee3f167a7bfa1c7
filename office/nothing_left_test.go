package office_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

var errInjected = errors.New("the disk is full")

// failingVault fails at sealing, or when the new keys are to be kept.
type failingVault struct {
	office.Vault
	atSealing bool
}

func (v failingVault) Seal(ctx context.Context, items []office.Item) ([]office.Sealed, func(context.Context) error, error) {
	if v.atSealing {
		return nil, nil, errInjected
	}
	sealed, _, err := v.Vault.Seal(ctx, items)
	return sealed, func(context.Context) error { return errInjected }, err
}

// failingStore fails at the n-th write of an act, counted from 1.
type failingStore struct {
	store.Store
	at   int
	done *int
}

func (s failingStore) Write(ctx context.Context, act func(store.Tx) error) error {
	return s.Store.Write(ctx, func(tx store.Tx) error { return act(failingTx{tx, s.at, s.done}) })
}

type failingTx struct {
	store.Tx
	at   int
	done *int
}

func (t failingTx) next() error {
	if *t.done++; *t.done == t.at {
		return errInjected
	}
	return nil
}

func (t failingTx) Append(e ...docket.Entry) error { return errors.Join(t.next(), t.Tx.Append(e...)) }

func (t failingTx) AppendAnnex(o docket.Ref, root docket.Hash, r []docket.Row) error {
	return errors.Join(t.next(), t.Tx.AppendAnnex(o, root, r))
}

func (t failingTx) InsertClaims(c []claim.Claim) error {
	return errors.Join(t.next(), t.Tx.InsertClaims(c))
}

func (t failingTx) UpdateClaims(c []claim.Claim) error {
	return errors.Join(t.next(), t.Tx.UpdateClaims(c))
}

func (t failingTx) PutBlobs(b []store.Blob) error { return errors.Join(t.next(), t.Tx.PutBlobs(b)) }

func (t failingTx) PutProgramme(p store.Programme) error {
	return errors.Join(t.next(), t.Tx.PutProgramme(p))
}

func (t failingTx) PutEdition(h docket.Hash, b []byte) error {
	return errors.Join(t.next(), t.Tx.PutEdition(h, b))
}
func (t failingTx) PutActor(a store.Actor) error { return errors.Join(t.next(), t.Tx.PutActor(a)) }
func (t failingTx) PutVerifier(a string, v []byte) error {
	return errors.Join(t.next(), t.Tx.PutVerifier(a, v))
}

func (t failingTx) PutAnswers(a []store.Answer) error {
	return errors.Join(t.next(), t.Tx.PutAnswers(a))
}

func (t failingTx) DeleteBlobs(ids []claim.ID) (int64, error) {
	n, err := t.Tx.DeleteBlobs(ids)
	return n, errors.Join(t.next(), err)
}

func (t failingTx) ForgetAnswers(ids []claim.ID) (int64, error) {
	n, err := t.Tx.ForgetAnswers(ids)
	return n, errors.Join(t.next(), err)
}
func (t failingTx) PutDraft(d store.Draft) error { return errors.Join(t.next(), t.Tx.PutDraft(d)) }
func (t failingTx) DeleteDrafts(ids []string) error {
	return errors.Join(t.next(), t.Tx.DeleteDrafts(ids))
}

func (t failingTx) Shred(ids []string) error { return errors.Join(t.next(), t.Tx.Shred(ids)) }

func (t failingTx) Shredded(ids []string) error { return errors.Join(t.next(), t.Tx.Shredded(ids)) }

func (t failingTx) PutMeta(key, value string) error {
	return errors.Join(t.next(), t.Tx.PutMeta(key, value))
}

func (t failingTx) PutInstalment(i commission.Instalment) error {
	return errors.Join(t.next(), t.Tx.PutInstalment(i))
}
func (t failingTx) PutRound(r fund.Round) error { return errors.Join(t.next(), t.Tx.PutRound(r)) }
func (t failingTx) PutPayments(p []store.Payment) error {
	return errors.Join(t.next(), t.Tx.PutPayments(p))
}

func (t failingTx) AppendReadings(lines []store.Reading) error {
	return errors.Join(t.next(), t.Tx.AppendReadings(lines))
}

func (t failingTx) Post(p string, ref docket.Ref, list []fund.Posting) error {
	return errors.Join(t.next(), t.Tx.Post(p, ref, list))
}

// stages are acts in an order in which each can be done.
func stages(h *house) []func(*office.Office) error {
	ctx := context.Background()
	var ids []claim.ID
	// The look before an act is not the act.
	examined := func(_ *office.Office, ids ...claim.ID) []office.Examination { return h.examined(ids...) }
	by := func(who ...string) office.By { return keyed(h.by(who[0], who[1:]...), "stage") }
	_, public, err := vault.NewDeskKey()
	must(h.TB, err)
	return []func(*office.Office) error{
		func(o *office.Office) error {
			_, err := o.UseDesk(ctx, by("registrar", "officer"), public)
			return err
		},
		func(o *office.Office) error {
			return o.AddActor(ctx, by("registrar"), "o-3", []string{office.Officer}, h.Keep("o-3"))
		},
		func(o *office.Office) error { return o.EndActor(ctx, by("registrar"), "o-3") },
		func(o *office.Office) error {
			_, err := o.OpenProgramme(ctx, by("registrar"), "other", []byte(otherProgramme(h.TB, "other", "OT")))
			return err
		},
		func(o *office.Office) error {
			answers, err := o.FileClaims(ctx, by("officer"), "demo", []office.Filing{
				departure("a", 2, true), departure("b", 2, true), departure("c", 2, false), elsewhere(departure("d", 2, true)),
			})
			for _, a := range answers {
				ids = append(ids, a.ID)
			}
			if err != nil && len(answers) > 0 {
				h.Errorf("answers come with the error: %+v", answers)
			}
			return err
		},
		func(o *office.Office) error {
			_, err := o.RecordClaims(ctx, by("officer"), "demo", examined(o, ids[0], ids[1]))
			return err
		},
		func(o *office.Office) error {
			_, err := o.FindDeficient(ctx, by("officer"), "demo", examined(o, ids[2]))
			return err
		},
		func(o *office.Office) error {
			_, err := o.RefuseClaims(ctx, by("officer", "officer-2"), "demo", examined(o, ids[3]))
			return err
		},
		func(o *office.Office) error {
			_, err := o.AnswerDeficiency(ctx, by("officer"), "demo", ids[2], map[string]string{"signed": "true"})
			return err
		},
		func(o *office.Office) error {
			_, err := o.WithdrawClaim(ctx, by("officer"), "demo", ids[2])
			return err
		},
		func(o *office.Office) error {
			_, err := o.ProposeInstalment(ctx, by("officer"), "demo", 10)
			return err
		},
		func(o *office.Office) error {
			_, err := o.AdoptInstalment(ctx, by("commissioner", "commissioner-2"), "demo", 1)
			return err
		},
		func(o *office.Office) error {
			_, err := o.ReceiveContribution(ctx, by("treasurer"), "demo", "harbour", euros(9000))
			return err
		},
		func(o *office.Office) error {
			_, err := o.PayRound(ctx, by("treasurer", "treasurer-2"), "demo", "EUR")
			return err
		},
		func(o *office.Office) error {
			_, err := o.SettlePayments(ctx, by("treasurer"), "demo", 1, []office.BankAnswer{{Claim: ids[0]}, {Claim: ids[1], Returned: true, Reason: "AC04"}})
			return err
		},
		func(o *office.Office) error {
			_, err := o.HoldClaim(ctx, by("officer", "officer-2"), "demo", ids[2], "court-order")
			return err
		},
		func(o *office.Office) error {
			_, err := o.ReleaseClaim(ctx, by("officer", "officer-2"), "demo", ids[2], "court-order")
			return err
		},
	}
}

// Each act fails at each of its writes in turn, and then when its keys can't
// be kept; after each failure nothing of it is there, and in the end it is
// done as if nothing had been.
func TestAnActThatFailsLeavesNothing(t *testing.T) {
	h := opened(t)
	failures := 0
	for n, do := range stages(h) {
		before := h.everything()
		fails := func(what string, parts office.Parts) bool {
			err := do(office.New(parts))
			if err == nil {
				return false
			}
			if !errors.Is(err, errInjected) {
				t.Fatalf("act %d, %s: %v", n, what, err)
			}
			unchanged(h, before)
			failures++
			return true
		}
		for _, atSealing := range []bool{true, false} {
			parts := h.Office.Parts
			parts.Vault = failingVault{h.Office.Vault, atSealing}
			parts.Store = failingStore{h.Office.Store, 1, new(int)} // where nothing is sealed the store fails
			fails(fmt.Sprint("sealing ", atSealing), parts)
		}
		for at := 1; ; at++ {
			parts := h.Office.Parts
			done := 0
			parts.Store = failingStore{h.Office.Store, at, &done}
			if !fails(fmt.Sprint("write ", at), parts) {
				if done >= at {
					t.Errorf("act %d: its write %d failed and nobody minded", n, at)
				}
				break // it had fewer writes, and is done
			}
		}
		if after := h.everything(); reflect.DeepEqual(before, after) {
			t.Errorf("act %d did nothing in the end", n)
		}
	}
	t.Logf("%d failures in %d acts", failures, len(stages(h)))
	h.sound()
}

// The asker goes away in the middle of an act: nothing of it is left, and the
// house goes on.
func TestAnActWhoseAskerGoesAwayLeavesNothing(t *testing.T) {
	h := opened(t)
	for n, do := range stages(h) {
		before := h.everything()
		for at := 1; ; at++ {
			parts, done := h.Office.Parts, 0
			ctx, cancel := context.WithCancel(context.Background())
			parts.Store = leavingStore{h.Office.Store, ctx, cancel, at, &done}
			err := do(office.New(parts))
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("act %d: %v", n, err)
			}
			unchanged(h, before)
		}
	}
	h.sound()
}

// leavingStore cancels the act's context at its n-th write.
type leavingStore struct {
	store.Store
	ctx    context.Context
	cancel func()
	at     int
	done   *int
}

func (s leavingStore) Write(_ context.Context, act func(store.Tx) error) error {
	return s.Store.Write(s.ctx, func(tx store.Tx) error { return act(leavingTx{failingTx{tx, 0, s.done}, s.at, s.cancel}) })
}

type leavingTx struct {
	failingTx
	at     int
	cancel func()
}

func (t leavingTx) Append(e ...docket.Entry) error {
	if *t.done++; *t.done == t.at {
		t.cancel()
	}
	return t.Tx.Append(e...)
}

func (t leavingTx) PutAnswers(a []store.Answer) error {
	if *t.done++; *t.done == t.at {
		t.cancel()
	}
	return t.Tx.PutAnswers(a)
}
