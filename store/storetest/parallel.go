package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/store"
)

var parallels = []test{
	{"of many acts on one thing exactly one is done, and the others are told", oneOfMany},
	{"of many who each found a key unanswered one answers, and the others see it", oneAnswers},
	{"acts on different things are all done", differentThings},
	{"acts that give numbers in parallel give none twice", numbersOnce},
	{"postings in parallel add up", postingsAddUp},
	{"who was ended acts no more: no act of theirs enters after that was answered", endedActor},
	{"under an edition that was closed nothing enters after that was answered", closedEdition},
	{"a draft that was sent while somebody wrote on it doesn't come back", sentDraft},
}

// atOnce runs n acts at the same time and gives what became of each.
func atOnce(s store.Store, n int, act func(i int, tx store.Tx) error) []error {
	outcomes := make([]error, n)
	var group sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-begin
			outcomes[i] = s.Write(context.Background(), func(tx store.Tx) error { return act(i, tx) })
		})
	}
	close(begin)
	group.Wait()
	return outcomes
}

func oneOfMany(t *testing.T, s store.Store) {
	insert(t, s, aClaim(1))
	for what, act := range map[string]func(i int, tx store.Tx) error{
		"a stream's next version": func(i int, tx store.Tx) error { return tx.Append(entry("claim/a", 1)) },
		"a claim's next version":  func(i int, tx store.Tx) error { return tx.UpdateClaims([]claim.Claim{next(aClaim(1))}) },
		"a reference": func(i int, tx store.Tx) error {
			c := aClaim(10 + i)
			c.Reference = "0000-0000-0000"
			return tx.InsertClaims([]claim.Claim{c})
		},
		"a key's first answer": func(i int, tx store.Tx) error {
			return tx.PutAnswers([]store.Answer{{Tag: []byte{1}, Fingerprint: []byte{2}, Answer: fmt.Append(nil, i)}})
		},
		"a leaf": func(i int, tx store.Tx) error {
			return tx.AddLeaves(leaves(0, []docket.Entry{entry(docket.Stream(fmt.Sprint("claim/l", i)), 1)}))
		},
		"a reading's number": func(i int, tx store.Tx) error {
			return tx.AppendReadings([]store.Reading{reading(1, claimID(i), "officer-1", "2020-06-01")})
		},
	} {
		done := 0
		for _, err := range atOnce(s, 8, act) {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, store.ErrTaken) && !errors.Is(err, store.ErrAgain):
				t.Errorf("%s: %v", what, err)
			}
		}
		if done != 1 {
			t.Errorf("%s: %d acts are done", what, done)
		}
	}
}

// oneAnswers: as the filing of a claim does, which is told that nobody filed it.
func oneAnswers(t *testing.T, s store.Store) {
	tag := []byte{7}
	write(t, s, func(tx store.Tx) error { return tx.PutActor(store.Actor{ID: "registrar"}) })
	first := make([]bool, 64)
	for i, err := range atOnce(s, len(first), func(i int, tx store.Tx) error {
		first[i] = false
		if _, err := tx.Actor("registrar"); err != nil {
			return err
		}
		none, err := tx.Unanswered([][]byte{tag, {8}})
		if err != nil || !none {
			return err
		}
		first[i] = true
		return errors.Join(tx.PutAnswers([]store.Answer{{Tag: tag, Fingerprint: []byte{2}, Answer: fmt.Append(nil, i)}}),
			tx.Append(entry(docket.Stream(fmt.Sprint("claim/", i)), 1)))
	}) {
		if first[i] = first[i] && err == nil; err != nil && !errors.Is(err, store.ErrTaken) && !errors.Is(err, store.ErrAgain) {
			t.Errorf("%d: %v", i, err)
		}
	}
	answered := ask(t, s, func(r store.Reader) (map[string]store.Answer, error) { return r.Answers([][]byte{tag}) })
	var who []string
	for i := range first {
		if first[i] {
			who = append(who, fmt.Sprint(i))
		}
		if n := ask(t, s, func(r store.Reader) (docket.Version, error) {
			return r.LastVersion(docket.Stream(fmt.Sprint("claim/", i)))
		}); (n == 1) != first[i] {
			t.Errorf("%d: %d entries", i, n)
		}
	}
	if len(who) != 1 || string(answered[string(tag)].Answer) != who[0] {
		t.Errorf("%q answered, and the answer is of %q", who, answered[string(tag)].Answer)
	}
	write(t, s, func(tx store.Tx) error {
		for at, want := range []bool{false, true, false} {
			if stands, err := tx.StandsAt(docket.Stream("claim/"+who[0]), docket.Version(at)); err != nil || stands != want {
				t.Errorf("that it stands at %d: %t, %v", at, stands, err)
			}
		}
		none, err := tx.Unanswered([][]byte{{9}, tag})
		if none {
			return errors.Join(err, tx.PutAnswers([]store.Answer{{Tag: tag, Fingerprint: []byte{3}, Answer: []byte("late")}}))
		}
		return err
	})
	same(t, ask(t, s, func(r store.Reader) (map[string]store.Answer, error) { return r.Answers([][]byte{tag}) }), answered)
}

// filing writes what the filing of a claim does.
func filing(n int, tx store.Tx) error {
	c := aClaim(n)
	tag := hash("filing", n)
	err := errors.Join(
		tx.Append(entry(c.ID.Stream(), 1)),
		tx.PutAnswers([]store.Answer{{Tag: tag[:], Fingerprint: []byte{1}, Answer: []byte("{}"), Claim: c.ID}}),
		tx.PutBlobs([]store.Blob{{Claim: c.ID, Version: 1, Name: "answers.personal", Class: "personal", Sealed: []byte("sealed")}}),
	)
	return errors.Join(err, tx.InsertClaims([]claim.Claim{c}))
}

func differentThings(t *testing.T, s store.Store) {
	const n = 64
	for i, err := range atOnce(s, n, filing) {
		if err != nil {
			t.Errorf("filing %d: %v", i, err)
		}
	}
	same(t, claimsOf(t, s, ids(someClaims(n))...), someClaims(n))
	if waits := waiting(t, s); len(waits) != n {
		t.Errorf("%d entries wait", len(waits))
	}
}

func numbersOnce(t *testing.T, s store.Store) {
	const writers, acts = 4, 8
	write(t, s, func(tx store.Tx) error { return tx.PutProgramme(store.Programme{ID: "demo", Version: 1}) })
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range acts {
				err := again(s, func(tx store.Tx) error {
					p, err := tx.Programme("demo")
					if err != nil {
						return err
					}
					p.LastSerial++
					c := aClaim(w*acts + i)
					c.Standing, c.Number = claim.Recorded, claim.NewNumber("HF", p.LastSerial)
					return errors.Join(tx.InsertClaims([]claim.Claim{c}), tx.PutProgramme(p))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	p := ask(t, s, func(r store.Reader) (store.Programme, error) { return r.Programme("demo") })
	if p.LastSerial != writers*acts {
		t.Errorf("%d numbers were given", p.LastSerial)
	}
	for serial := range p.LastSerial {
		number := claim.NewNumber("HF", serial+1)
		c := ask(t, s, func(r store.Reader) (claim.Claim, error) { return r.FindClaim(string(number)) })
		if c.Number != number {
			t.Errorf("%s is found as %s", number, c.Number)
		}
	}
}

func postingsAddUp(t *testing.T, s store.Store) {
	const writers = 8
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			both := []fund.Posting{{Account: fund.Bank, Amount: euros(1)}, {Account: fund.Contributions, Amount: euros(-1)}}
			if w%2 == 1 {
				both = reversed(both)
			}
			err := again(s, func(tx store.Tx) error {
				return tx.Post("demo", docket.Ref{Stream: "account/demo/bank", Version: docket.Version(w + 1)}, both)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	read(t, s, func(r store.Reader) error {
		sums, err := r.Balances("demo")
		if sums[fund.Bank]["EUR"] != 100*writers || sums[fund.Contributions]["EUR"] != -100*writers {
			t.Errorf("balances %v", sums)
		}
		return err
	})
}

// afterwards lets many act under a right until it is taken from them, and holds
// that when that was answered nothing enters any more. allowed is asked within
// each act, so that some are under way when the right goes.
func afterwards(t *testing.T, s store.Store, allowed func(store.Tx) (bool, error), take func(store.Tx) error) {
	t.Helper()
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for n := docket.Version(1); ; n++ {
				over := false
				err := again(s, func(tx store.Tx) error {
					may, err := allowed(tx)
					if err != nil || !may {
						over = true
						return err
					}
					time.Sleep(2 * time.Millisecond)
					return tx.Append(entry(docket.Stream(fmt.Sprint("claim/", w)), n))
				})
				if err != nil {
					t.Error(err)
				}
				if over || err != nil {
					return
				}
			}
		})
	}
	time.Sleep(30 * time.Millisecond)
	if err := again(s, take); err != nil {
		t.Error(err)
	}
	then := len(waiting(t, s))
	group.Wait()
	if now := len(waiting(t, s)); now != then {
		t.Errorf("%d entries were there when it was answered, and %d entered later", then, now-then)
	}
}

func endedActor(t *testing.T, s store.Store) {
	a := store.Actor{ID: "registrar", Version: 1, Capacities: []string{"registrar"}}
	write(t, s, func(tx store.Tx) error { return tx.PutActor(a) })
	a.Version, a.Ended = 2, true
	afterwards(t, s, func(tx store.Tx) (bool, error) {
		actor, err := tx.Actor("registrar")
		return !actor.Ended, err
	}, func(tx store.Tx) error { return tx.PutActor(a) })
}

func closedEdition(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error {
		return tx.PutProgramme(store.Programme{ID: "demo", Version: 1, Edition: hash(1)})
	})
	afterwards(t, s, func(tx store.Tx) (bool, error) {
		p, err := tx.Programme("demo")
		return p.Edition == hash(1), err
	}, func(tx store.Tx) error {
		p, err := tx.Programme("demo")
		if err != nil {
			return err
		}
		p.Version, p.Edition = 2, hash(2)
		return tx.PutProgramme(p)
	})
}

func sentDraft(t *testing.T, s store.Store) {
	write(t, s, func(tx store.Tx) error { return tx.PutDraft(aDraft("d", "officer")) })
	sent := make(chan struct{})
	var group sync.WaitGroup
	err := s.Write(context.Background(), func(tx store.Tx) error {
		d, err := tx.Draft("d")
		if err != nil {
			return err
		}
		group.Go(func() {
			defer close(sent)
			if err := again(s, func(tx store.Tx) error { return tx.DeleteDrafts([]string{"d"}) }); err != nil {
				t.Error(err)
			}
		})
		select {
		case <-sent:
		case <-time.After(100 * time.Millisecond): // it waits for us
		}
		d.Sealed = []byte("anew")
		return tx.PutDraft(d)
	})
	if err != nil && !errors.Is(err, store.ErrAgain) && !errors.Is(err, store.ErrTaken) {
		t.Error(err)
	}
	group.Wait()
	none(t, s, "the draft", func(r store.Reader) (store.Draft, error) { return r.Draft("d") })
}
