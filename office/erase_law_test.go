package office_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// clerk keeps a book of claims beside the office: what was said and done, and
// nothing of what the office thinks of it.
type clerk struct {
	h     *house
	book  map[claim.ID]*line
	order []claim.ID
	round int64 // whose answer the bank still owes; 0: none
}

type line struct {
	award    bool // what the rulebook gives, once it is decided
	recorded bool
	decided  bool
	ended    bool // withdrawn
	underWay bool
	paid     bool
	holds    map[string]bool
	erased   bool
	blobs    []store.Blob
}

// mayErase is the law: nothing owed, nothing under way, no hold, nothing that
// waits for a decision, and once only.
func (l *line) mayErase() bool {
	settled := l.decided && (!l.award || l.paid)
	return (l.ended || settled) && !l.underWay && len(l.holds) == 0 && !l.erased
}

func (c *clerk) any(t *rapid.T, fits func(*line) bool) (claim.ID, *line) {
	fit := slices.DeleteFunc(slices.Clone(c.order), func(id claim.ID) bool { return !fits(c.book[id]) })
	if len(fit) == 0 {
		t.Skip("there is no such claim")
	}
	id := rapid.SampledFrom(fit).Draw(t, "claim")
	return id, c.book[id]
}

func (c *clerk) file(t *rapid.T) {
	award := rapid.Bool().Draw(t, "it will be an award")
	nights := 0
	if award {
		nights = 2
	}
	c.h.keys++
	id := c.h.file(departure(fmt.Sprint("law ", c.h.keys), nights, true))[0]
	l := &line{award: award, holds: map[string]bool{}}
	c.book[id], c.order = l, append(c.order, id)
	c.blobs(id)
}

// blobs remembers what a backup would hold.
func (c *clerk) blobs(id claim.ID) {
	must(c.h.TB, c.h.Office.Store.Read(context.Background(), func(r store.Reader) (err error) {
		c.book[id].blobs, err = r.Blobs(id)
		return err
	}))
}

func (c *clerk) record(t *rapid.T) {
	id, l := c.any(t, func(l *line) bool { return !l.recorded && !l.ended })
	c.h.record(id)
	l.recorded = true
	c.blobs(id)
}

func (c *clerk) decide(t *rapid.T) {
	waiting := func(l *line) bool { return l.recorded && !l.decided && !l.ended }
	c.any(t, waiting)
	c.h.adopt(c.h.propose())
	for _, id := range c.order {
		if l := c.book[id]; waiting(l) {
			l.decided = true
			c.blobs(id)
		}
	}
}

func (c *clerk) pay(t *rapid.T) {
	due := func(l *line) bool { return l.decided && l.award && !l.paid && !l.underWay }
	c.any(t, due)
	if c.round != 0 {
		t.Skip("one round after the other")
	}
	c.round = c.h.pay(100_000).Round
	for _, l := range c.book {
		l.underWay = l.underWay || due(l)
	}
}

func (c *clerk) bankAnswers(returned func() bool) {
	var answers []office.BankAnswer
	for _, id := range c.order {
		l := c.book[id]
		if !l.underWay {
			continue
		}
		a := office.BankAnswer{Claim: id}
		if l.underWay, l.paid = false, true; returned() {
			a.Returned, a.Reason, l.paid = true, "AC04", false
		}
		answers = append(answers, a)
	}
	c.h.settle(c.round, answers...)
	c.round = 0
}

func (c *clerk) withdraw(t *rapid.T) {
	id, l := c.any(t, func(l *line) bool { return !l.decided && !l.ended })
	c.h.withdraw(id)
	l.ended = true
}

// check holds that what is erased opens nowhere, and everything else does.
func (c *clerk) check(t *rapid.T) {
	for id, l := range c.book {
		opened, err := c.h.Office.Vault.Open(context.Background(), l.blobs)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range opened {
			if gone := fault.Code(o.Err) == "vault.erased"; gone != l.erased || !gone && o.Err != nil {
				t.Fatalf("claim %s, erased: %v, opens: %v", id, l.erased, o.Err)
			}
		}
		if c.h.claim(id).Erased.IsZero() == l.erased {
			t.Fatalf("claim %s, erased: %v", id, l.erased)
		}
	}
}

// Whatever is done in whatever order: nothing is erased while somebody is owed
// or waits, or while it is held; and what may be erased, is.
func TestNothingIsErasedWhileItIsOwedOrHeld(t *testing.T) {
	h, erased, lives := opened(t), 0, 0
	rapid.Check(t, func(t *rapid.T) {
		if lives++; lives > 40 {
			return // each act goes to the disk
		}
		c := &clerk{h: h, book: map[claim.ID]*line{}}
		c.file(t)
		c.file(t)
		ground := func(t *rapid.T) string { return rapid.SampledFrom([]string{"audit", "court-order"}).Draw(t, "ground") }
		t.Repeat(map[string]func(*rapid.T){
			"":         c.check,
			"file":     c.file,
			"record":   c.record,
			"decide":   c.decide,
			"pay":      c.pay,
			"withdraw": c.withdraw,
			"the bank answers": func(t *rapid.T) {
				if c.round == 0 {
					t.Skip("nothing is under way")
				}
				c.bankAnswers(func() bool { return rapid.Bool().Draw(t, "returned") })
			},
			"hold": func(t *rapid.T) {
				g := ground(t)
				id, l := c.any(t, func(l *line) bool { return !l.holds[g] && !l.erased })
				must(h.TB, h.hold(id, g))
				l.holds[g] = true
			},
			"release": func(t *rapid.T) {
				id, l := c.any(t, func(l *line) bool { return len(l.holds) > 0 })
				g := rapid.SampledFrom(slices.Sorted(maps.Keys(l.holds))).Draw(t, "ground")
				must(h.TB, h.release(id, g))
				delete(l.holds, g)
			},
			"erase": func(t *rapid.T) {
				id, l := c.any(t, func(*line) bool { return true })
				_, err := h.erase(id)
				if (err == nil) != l.mayErase() || err != nil && !fault.Is(err, fault.Conflict) {
					book := *l
					book.blobs = nil
					t.Fatalf("erased, with %+v in the book: %v", book, err)
				}
				if err == nil {
					l.erased = true
					erased++
				}
			},
		})
		c.leave()
	})
	if erased < 20 {
		t.Errorf("only %d claims were erased in all these lives", erased)
	}
	h.sound()
}

// leave settles what is open, so that the next life begins with an empty desk.
func (c *clerk) leave() {
	never := func() bool { return false }
	if c.round != 0 {
		c.bankAnswers(never)
	}
	for id, l := range c.book {
		if !l.decided && !l.ended {
			c.h.withdraw(id)
		}
		l.underWay = l.decided && l.award && !l.paid
	}
	if slices.ContainsFunc(c.order, func(id claim.ID) bool { return c.book[id].underWay }) {
		c.round = c.h.pay(100_000).Round
		c.bankAnswers(never)
	}
}
