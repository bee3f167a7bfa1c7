package life

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openchancery/chancery/docket"
)

// books are the docket replayed by hand: what each entry may be, given those
// before it. It knows the demo's rules from their text, not from the rulebook.
type books struct {
	w        *world
	lines    []line
	claims   map[string]*account
	numbers  map[string]string // number to claim
	actors   map[string]*actor
	owned    map[string]*instalment // by stream
	balances map[string]map[string]int64
	editions map[string]string // by programme: the hash of the open edition
	zone     *time.Location

	instruments []instrument // of the convention
}

// account is one claim.
type account struct {
	programme, category, standing, number string
	version                               int64
	reported                              bool
	facts                                 map[string]string // public answers
	received                              string
	award, ordered, paid                  int64 // cents
	outcome                               string
	proposed                              line // the row of the last proposal
	instalment                            int64
	serial                                int64
	rounds                                map[int64]*payment
	holds                                 []string
	erased                                bool
}

type payment struct {
	cents int64
	state string // ordered, paid, returned
}

type actor struct {
	capacities []string
	ended      bool
}

type instalment struct {
	proposer string
	adopted  bool
}

func newBooks(w *world, lines []line) *books {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		w.broken("the programme's time zone is known", err)
	}
	return &books{
		w: w, lines: lines, zone: zone, claims: map[string]*account{}, numbers: map[string]string{}, actors: map[string]*actor{},
		owned: map[string]*instalment{}, balances: map[string]map[string]int64{}, editions: map[string]string{},
	}
}

func (b *books) broken(l line, invariant, text string, values ...any) {
	b.w.broken(invariant, fmt.Sprintf("%s, %s: ", l.ref(), l.Kind)+fmt.Sprintf(text, values...))
}

func (b *books) claimsOf(programme string) (n int) {
	for _, c := range b.claims {
		if c.programme == programme {
			n++
		}
	}
	return n
}

// replay goes through the entries in the order of their leaves.
func (b *books) replay() {
	streams := map[string]int64{}
	for _, l := range b.lines {
		if b.w.failure != nil {
			return
		}
		sort, _, _ := strings.Cut(l.Stream, "/")
		if streams[l.Stream]++; sort != "claim" && streams[l.Stream] != l.Version {
			b.broken(l, "a stream has each version once", "after version %d", streams[l.Stream]-1)
		}
		b.checkRight(l)
		b.checkDay(l)
		if sort == "claim" {
			b.happen(l, l)
		}
		if l.Kind == "fund.round_ordered.v1" {
			b.checkRound(l)
		}
		for _, row := range l.rows {
			if ofTreaty(row.Stream) {
				streams[row.Stream]++
				continue
			}
			b.happen(l, row)
		}
		b.takeOwn(l)
		b.book(l)
	}
}

// takeOwn takes what an entry says of its own stream.
func (b *books) takeOwn(l line) {
	switch l.Kind {
	case "actor.added.v1":
		at := &actor{}
		list, _ := l.Facts["capacities"].([]any)
		for _, c := range list {
			at.capacities = append(at.capacities, fmt.Sprint(c))
		}
		b.actors[l.id()] = at
	case "actor.ended.v1":
		b.actors[l.id()].ended = true
	case "programme.edition_published.v1":
		b.editions[l.id()] = l.Edition
	case "commission.instalment_proposed.v1":
		b.owned[l.Stream] = &instalment{proposer: l.Actor}
	case "treaty.facts_entered.v1":
		b.takeFacts(l)
	case "commission.instalment_adopted.v1":
		b.checkGate(l)
		at := b.owned[l.Stream]
		if at == nil || at.adopted {
			b.broken(l, "an instalment is proposed once and adopted once", "")
			return
		}
		at.adopted = true
	}
}

// checkDay holds the legal day of an entry against its instant.
func (b *books) checkDay(l line) {
	at, err := time.Parse("2006-01-02T15:04:05.000Z", l.Instant)
	if err != nil {
		b.broken(l, "an entry says when it was entered", "%s", l.Instant)
		return
	}
	zone := time.UTC
	if l.Programme != "" {
		zone = b.zone
	}
	if got := at.In(zone).Format(time.DateOnly); got != l.Day {
		b.broken(l, "no deadline is early or late", "the legal day of %s is %s, not %s", l.Instant, got, l.Day)
	}
}

// happen takes one thing that happened to a claim.
func (b *books) happen(owner, row line) {
	id := row.id()
	c := b.claims[id]
	if row.Kind == "claim.filed.v1" {
		if c != nil || row.Version != 1 {
			b.broken(row, "a claim is filed once", "")
			return
		}
		b.fileClaim(owner, row)
		return
	}
	if c == nil || row.Version != c.version+1 || owner.Programme != c.programme {
		b.broken(row, "a stream has each version once", "in %s", owner.ref())
		return
	}
	c.version = row.Version
	if c.erased && row.Kind != "claim.code_given.v1" {
		b.broken(row, "what is erased is done with", "")
	}
	from, ok := mayFollow[row.Kind]
	if !ok || len(from) > 0 && !slices.Contains(from, c.standing) {
		b.broken(row, "a claim takes its steps in order", "while it is %s", c.standing)
		return
	}
	switch {
	case strings.Contains(string(row.Kind), "payment") || row.Kind == "claim.paid.v1":
		b.pays(owner, row, c)
	case row.Kind == "claim.assessed.v1" || row.Kind == "claim.decided.v1":
		b.decides(owner, row, c)
	default:
		b.registers(owner, row, c)
	}
}

// mayFollow is from which standings a step may be taken; none listed: from any.
var mayFollow = map[docket.Kind][]string{
	"claim.found_deficient.v1":     {"filed"},
	"claim.deficiency_answered.v1": {"deficient"},
	"claim.recorded.v1":            {"filed"},
	"claim.refused.v1":             {"filed"},
	"claim.withdrawn.v1":           {"filed", "deficient", "recorded", "assessed"},
	"claim.outcome_reported.v1":    {"filed"},
	"claim.assessed.v1":            {"recorded"},
	"claim.decided.v1":             {"assessed"},
	"claim.payment_ordered.v1":     {"decided", "payable", "returned"},
	"claim.paid.v1":                {"payable", "returned", "paid"},
	"claim.payment_returned.v1":    {"payable", "returned"},
	"claim.code_given.v1":          {},
	"claim.held.v1":                {},
	"claim.released.v1":            {},
	"claim.linked.v1":              {},
	"claim.unlinked.v1":            {},
	"claim.erased.v1":              {},
	"claim.evidence_added.v1":      {"filed", "deficient", "recorded", "assigned"},
}
