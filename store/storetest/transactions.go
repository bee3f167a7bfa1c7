package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/store"
)

var transactions = []test{
	{"an act that fails leaves nothing", failingAct},
	{"a write that failed fails its act, whether the act minds it or not", failedWrite},
	{"an act that panics leaves nothing, and the next one goes on", panickingAct},
	{"an act that is cancelled leaves nothing, and the next one goes on", cancelledAct},
	{"an act that is cancelled before it begins is not begun", cancelledBefore},
	{"who waits for another's act may give up", givingUp},
	{"an act sees what it wrote itself", ownWrites},
	{"a reader sees one state while a writer writes", oneState},
	{"a reader sees nothing of an act that isn't done", nothingUndone},
	{"of acts that want the same place each gets its own in the end, and none is lost", samePlace},
	{"a question that is left half read gives everything free", leftHalfRead},
	{"a look that fails says so", failingLook},
}

var errStop = errors.New("the act changes its mind")

// everything writes one of everything that can be written, as steps.
func everything() []func(store.Tx) error {
	e := entry("claim/0001", 1)
	c := aClaim(1)
	return []func(store.Tx) error{
		func(tx store.Tx) error { return tx.Append(e, entry("round/demo/1", 1)) },
		func(tx store.Tx) error { return tx.AppendAnnex(e.Ref(), hash("annex"), rows(3, 2)) },
		func(tx store.Tx) error { return tx.AddLeaves(leaves(0, []docket.Entry{e})) },
		func(tx store.Tx) error { return tx.InsertClaims([]claim.Claim{c}) },
		func(tx store.Tx) error { return tx.UpdateClaims([]claim.Claim{next(c)}) },
		func(tx store.Tx) error {
			return tx.PutBlobs([]store.Blob{{Claim: c.ID, Version: 1, Name: "a", Class: "personal", Sealed: []byte{1}}})
		},
		func(tx store.Tx) error { return tx.PutProgramme(store.Programme{ID: "demo"}) },
		func(tx store.Tx) error { return tx.PutEdition(hash("edition"), []byte("id: demo")) },
		func(tx store.Tx) error { return tx.PutActor(store.Actor{ID: "registrar", Version: 1}) },
		func(tx store.Tx) error { return tx.PutVerifier("registrar", []byte{1}) },
		func(tx store.Tx) error { return tx.PutCode("5f", []byte{1}) },
		func(tx store.Tx) error {
			return tx.PutAnswers([]store.Answer{{Tag: []byte{1}, Fingerprint: []byte{2}, Answer: []byte("{}")}})
		},
		func(tx store.Tx) error { return tx.PutDraft(aDraft("d1", "officer")) },
		func(tx store.Tx) error { return tx.PutOwnDraft(anOwnDraft("o1", 1)) },
		func(tx store.Tx) error { return tx.PutPaperForm(aPaperForm("o1")) },
		func(tx store.Tx) error { return tx.PutSheet(aSheet("o1", 1)) },
		func(tx store.Tx) error { return tx.Shred([]string{"d1"}) },
		func(tx store.Tx) error { return tx.AddFiles([]store.File{aFile(1)}) },
		func(tx store.Tx) error { return tx.AddFilePart(store.FilePart{File: aFile(1).ID, Size: 1}) },
		func(tx store.Tx) error { return tx.AddCustody([]store.Custody{{File: aFile(1).ID, What: "begun"}}) },
		func(tx store.Tx) error { return tx.PutMeta("origin", "register.example/log") },
		func(tx store.Tx) error { return tx.PutInstalment(commission.Instalment{Programme: "demo", Number: 1}) },
		func(tx store.Tx) error { return tx.PutList(board.List{Programme: "demo", Number: 1}) },
		func(tx store.Tx) error { return tx.PutResolution(board.Resolution{Programme: "demo", Number: 1}) },
		func(tx store.Tx) error { return tx.PutRound(fund.Round{Programme: "demo", Number: 1}) },
		func(tx store.Tx) error {
			return tx.PutPayments([]store.Payment{{Claim: c.ID, Programme: "demo", Round: 1, Amount: euros(5)}})
		},
		func(tx store.Tx) error {
			return tx.Post("demo", e.Ref(), []fund.Posting{{Account: fund.Bank, Amount: euros(5)}})
		},
		func(tx store.Tx) error {
			return tx.AppendReadings([]store.Reading{reading(1, c.ID, "officer-1", "2020-06-01")})
		},
		func(tx store.Tx) error { return tx.Enqueue(aJob("shred", string(c.ID), 0)) },
		func(tx store.Tx) error { return tx.AddLetters([]store.Letter{aLetter("l1", c.ID, 1)}) },
		func(tx store.Tx) error {
			return tx.PutContact(store.Contact{Claim: c.ID, Changed: noon(0), Sealed: []byte{1}})
		},
		func(tx store.Tx) error { return tx.PutPause(store.Pause{Claim: c.ID, Asked: noon(0)}) },
		func(tx store.Tx) error { return tx.PutClocks([]store.Clock{aClock(c.ID, "answer", "2020-07-01")}) },
		func(tx store.Tx) error { return tx.PutSet("one", []claim.ID{c.ID}) },
		func(tx store.Tx) error {
			return tx.AddPaces([]store.Pace{{Programme: "demo", Category: "a", Step: "recorded", Days: 9, Claims: 1}})
		},
		func(tx store.Tx) error {
			return tx.PutToken(store.Token{ID: "t", Scopes: []string{"file"}, Hash: []byte{1}})
		},
		func(tx store.Tx) error { return tx.InsertFilings([]store.Filing{{Claim: c.ID, Actor: "officer-1"}}) },
		func(tx store.Tx) error { return tx.PutMember(store.Member{Actor: "lawyer", Organisation: "aid"}) },
		func(tx store.Tx) error { return tx.PutMandate(claim.Mandate{ID: "m", Version: 1, Programme: "demo"}) },
		func(tx store.Tx) error { return tx.InsertMandated([]store.Mandated{{Claim: c.ID, Mandate: "m"}}) },
		func(tx store.Tx) error { return tx.PutWebhook(store.Webhook{ID: "w", Sealed: []byte{1}}) },
		func(tx store.Tx) error { return tx.AddFacts([]store.Fact{aFact("roll/cis", 1, 1)}) },
		func(tx store.Tx) error { return tx.MoveFactStreams([]store.FactMove{moved("roll/cis", 0, 1)}) },
		func(tx store.Tx) error { return tx.PutFactRecord(store.FactRecord{Sort: "roll", Entries: 1, Facts: 1}) },
		func(tx store.Tx) error { return tx.PutAssignment(assigned(1, "officer-1", 1)) },
		func(tx store.Tx) error { return tx.PutFlag(flagged(1, "urgent", 1)) },
		func(tx store.Tx) error {
			return tx.PutNote(store.Note{Claim: c.ID, Number: 1, By: "officer-1", At: noon(1), Sealed: []byte{1}})
		},
		func(tx store.Tx) error { return tx.PutFilter(store.Filter{Actor: "officer-1", Name: "a", Query: "b"}) },
		func(tx store.Tx) error { return tx.AddProposal(aProposal("p1", 1, 1)) },
		func(tx store.Tx) error { return tx.AddFeatures([]store.Feature{{Tag: []byte{1}, Claim: c.ID}}) },
		func(tx store.Tx) error { return tx.PutSession(aSession(1, 60)) },
		func(tx store.Tx) error { return tx.PutTries(someTries(1, 60)) },
		func(tx store.Tx) error { return tx.PutSignIn(aSignIn(1, "staff", "officer")) },
		func(tx store.Tx) error { return tx.PutVoucher(aVoucher(1, 60)) },
	}
}

func failingAct(t *testing.T, s store.Store) {
	steps := everything()
	for after := range len(steps) + 1 {
		refused(t, s, errStop, func(tx store.Tx) error {
			for _, step := range steps[:after] {
				if err := step(tx); err != nil {
					return err
				}
			}
			return errStop
		})
	}
	write(t, s, func(tx store.Tx) error { // the same steps, this time to the end
		for _, step := range steps {
			if err := step(tx); err != nil {
				return err
			}
		}
		return nil
	})
	takenLease(t, s, "a") // no act takes one
	for table, rows := range dump(t, s) {
		if len(rows) == 0 {
			t.Errorf("table %s is empty: this test writes one of everything", table)
		}
	}
}

func failedWrite(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("actor/a", 1)) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		_ = tx.Append(entry("actor/b", 1), entry("actor/a", 1))
		_ = tx.Append(entry("actor/c", 1))
		return nil
	})
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("actor/b", 1), entry("actor/c", 1)) })
}

func panickingAct(t *testing.T, s store.Store) {
	before := dump(t, s)
	func() {
		defer func() { _ = recover() }()
		_ = s.Write(context.Background(), func(tx store.Tx) error {
			if err := tx.Append(entry("actor/a", 1)); err != nil {
				return err
			}
			panic("a mistake in an act")
		})
	}()
	same(t, dump(t, s), before)
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("actor/a", 1)) })
}

// The act is cancelled after each of its steps in turn, and goes on as if it
// didn't know; then it is cancelled in its last moment.
func cancelledAct(t *testing.T, s store.Store) {
	before := dump(t, s)
	steps := everything()
	for at := range steps {
		ctx, cancel := context.WithCancel(context.Background())
		err := s.Write(ctx, func(tx store.Tx) error {
			for i, step := range steps {
				if err := step(tx); err != nil {
					return err
				}
				if i == at {
					cancel()
				}
			}
			return nil
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled after step %d: got %v", at, err)
		}
		same(t, dump(t, s), before)
	}
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("actor/a", 1)) })
}

func cancelledBefore(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := s.Write(ctx, func(store.Tx) error {
		t.Error("the act was begun")
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v", err)
	}
	err = s.Read(ctx, func(store.Reader) error {
		t.Error("the look was begun")
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
}

func givingUp(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(entry("actor/a", 1)); err != nil {
			return err
		}
		if _, err := tx.LastVersion("actor/a"); err != nil { // by then the place is taken
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		gaveUp := make(chan error)
		go func() {
			gaveUp <- s.Write(ctx, func(tx store.Tx) error { return tx.Append(entry("actor/a", 1)) })
		}()
		if err := <-gaveUp; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("actor/a", 2)) })
}

func ownWrites(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		if err := tx.InsertClaims([]claim.Claim{aClaim(1)}); err != nil {
			return err
		}
		if err := tx.UpdateClaims([]claim.Claim{next(aClaim(1))}); err != nil {
			return err
		}
		c, err := tx.FindClaim(string(aClaim(1).Reference))
		if err == nil && c.Version != next(aClaim(1)).Version {
			t.Errorf("the act sees version %d", c.Version)
		}
		return err
	})
}

func oneState(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error { return tx.Append(entries(3)...) })
	read(t, s, func(r store.Reader) error {
		seen := func() int {
			waiting, err := list(r.Unsequenced())
			if err != nil {
				t.Fatal(err)
			}
			return len(waiting)
		}
		if n := seen(); n != 3 {
			t.Errorf("%d entries wait", n)
		}
		write(t, s, func(tx store.Tx) error { return tx.AddLeaves(leaves(0, entries(3))) })
		size, err := r.TreeSize()
		if err != nil || size != 0 || seen() != 3 {
			t.Errorf("beside the writer the tree has %d leaves, and %d entries wait, %v", size, seen(), err)
		}
		return nil
	})
	if size := ask(t, s, store.Reader.TreeSize); size != 3 {
		t.Errorf("afterwards the tree has %d leaves", size)
	}
}

func nothingUndone(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(entries(1)...); err != nil {
			return err
		}
		if seen := waiting(t, s); len(seen) != 0 {
			t.Errorf("a reader sees %d entries of an act that isn't done", len(seen))
		}
		return nil
	})
}

// again runs an act until it no longer meets another.
func again(s store.Store, act func(store.Tx) error) error {
	for {
		err := s.Write(context.Background(), act)
		if !errors.Is(err, store.ErrTaken) && !errors.Is(err, store.ErrAgain) {
			return err
		}
	}
}

func samePlace(t *testing.T, s store.Store) {
	const writers, acts = 8, 10
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range acts {
				err := again(s, func(tx store.Tx) error {
					last, err := tx.LastVersion("account/demo/bank")
					if err != nil {
						return err
					}
					return tx.Append(entry("account/demo/bank", last+1))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	last := ask(t, s, func(r store.Reader) (docket.Version, error) { return r.LastVersion("account/demo/bank") })
	if last != writers*acts {
		t.Errorf("the stream has %d entries", last)
	}
}

func leftHalfRead(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(entries(100)...); err != nil {
			return err
		}
		return tx.AddLeaves(leaves(0, entries(100)))
	})
	half := func(r store.Reader) error {
		for outer := range 20 {
			for l, err := range r.Leaves(0) {
				if err != nil {
					return fmt.Errorf("leaf %d: %w", outer, err)
				}
				if l.Number == int64(outer) {
					break
				}
				for inner, err := range r.Leaves(0) { // the same question within itself
					if err != nil || inner.Number != 0 {
						return fmt.Errorf("within %d: leaf %d, %w", l.Number, inner.Number, err)
					}
					break
				}
			}
		}
		return nil
	}
	read(t, s, half)
	write(t, s, func(tx store.Tx) error { return half(tx) })
	write(t, s, func(tx store.Tx) error { return tx.Append(entry("actor/a", 1)) })
}

func failingLook(t *testing.T, s store.Store) {
	if err := s.Read(context.Background(), func(store.Reader) error { return errStop }); !errors.Is(err, errStop) {
		t.Errorf("got %v", err)
	}
}
