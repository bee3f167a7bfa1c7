package life

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// checker holds what the asker's side knows and the docket doesn't say.
type checker struct {
	given map[string]int64 // contributions that were acknowledged, by giver, in cents
}

// check holds the whole installation against the invariants. The docket is
// replayed by code that shares nothing with the office's own but the bytes.
func (w *world) check(final bool) {
	lines, err := w.readDocket()
	if err != nil {
		w.broken("the docket can be read", err)
		return
	}
	w.tally.Entries += int64(len(lines))
	b := newBooks(w, lines)
	for _, part := range []func(){
		func() { w.checkTree(lines) },
		b.replay,
		func() { w.checkAcknowledged(lines) },
		func() { w.checkTables(b) },
		func() { w.checkKept(b) },
		func() { w.checkOwn(final) },
	} {
		if part(); w.failure != nil {
			return
		}
		w.tally.Checks++
	}
	if final {
		b.allPaid()
		w.searchFiles()
	}
}

// checkAcknowledged holds the docket against what was promised: each answer
// has its entry, and no entry is there that nobody was promised.
func (w *world) checkAcknowledged(lines []line) {
	there := map[docket.Ref]line{}
	given := maps.Clone(w.checker.given)
	gone := w.answersGone()
	for _, l := range lines {
		there[l.ref()] = l
		q, promised := w.owner[l.ref()]
		switch {
		case promised:
			w.checkAsked(q, l)
		case l.Kind == "fund.contribution_received.v1":
			if cents, ok := given[l.fact("contributor")]; !ok || cents != l.cents("amount") {
				w.broken("each acknowledged act is there exactly once", fmt.Sprintf("a contribution of %s that nobody knows of, or for the second time", l.fact("contributor")))
			}
			delete(given, l.fact("contributor"))
		case l.Kind == claim.KindCodeGiven && w.codes[l.id()] > 0:
			w.codes[l.id()]--
			defer func() { w.codes[l.id()]++ }()
		case gone[l.id()+string(l.Kind)] > 0:
			gone[l.id()+string(l.Kind)]--
		case l.Kind == claim.KindOutcomeReported || l.Kind == "register.outcomes_reported.v1":
			w.checkReports(l)
		case l.Kind == "readings.headed.v1" || l.Kind == "fund.owed_booked.v1":
		case l.Stream == "actor/registrar":
		default:
			w.broken("each acknowledged act is there exactly once", fmt.Sprintf("%s, %s of %s at %s: nobody was promised it", l.ref(), l.Kind, l.Actor, l.Instant))
		}
	}
	for ref, q := range w.owner {
		if _, ok := there[ref]; !ok {
			w.broken("no acknowledged act is lost", fmt.Sprintf("%s, the answer to %q of step %d", ref, q.what, q.step))
		}
	}
	for giver := range given {
		w.broken("no acknowledged act is lost", "the contribution of "+giver)
	}
}

// checkReports: an outcome is reported of a claim whose filing told it.
func (w *world) checkReports(l line) {
	for _, row := range append(l.rows, l) {
		at := slices.IndexFunc(w.claims, func(f *filed) bool { return string(f.id) == row.id() })
		if row.Kind == claim.KindOutcomeReported && (at < 0 || w.claims[at].filing.Report == nil) {
			w.broken("each acknowledged act is there exactly once", fmt.Sprintf("%s: nobody reported an outcome of that claim", row.ref()))
		}
	}
}

// answersGone counts, by claim and kind, the acts of which it is known only
// that they were done: their answers went with an erased claim.
func (w *world) answersGone() map[string]int {
	gone := map[string]int{}
	for _, q := range w.asked {
		if q.gone && q.answer == "" && q.kind != "" && len(q.about) == 1 {
			gone[string(q.about[0])+string(q.kind)]++
		}
	}
	return gone
}

// checkAsked holds an entry against who asked for it, and when.
func (w *world) checkAsked(q *request, l line) {
	if !slices.ContainsFunc(q.instants, func(at docket.Instant) bool { return at.String() == l.Instant }) {
		w.broken("an entry says when it was entered", fmt.Sprintf("%s says %s, and it was asked for at %v", l.ref(), l.Instant, q.instants))
	}
	if q.capacity == "" && q.by.id != l.Actor {
		w.broken("an entry says who did it", fmt.Sprintf("%s says %s, and it was %s", l.ref(), l.Actor, q.by.id))
	}
}

// checkTables compares the tables that people work with to the replay.
func (w *world) checkTables(b *books) {
	for _, programme := range programmes {
		query := store.ClaimQuery{Programme: programme, Limit: 500}
		seen := 0
		for {
			page, next, err := w.office().ClaimPage(w.ctx, query)
			if err != nil {
				w.broken("what fails has a reason", err)
				return
			}
			for _, c := range page {
				seen++
				w.checkClaim(b, c)
			}
			if query.After = next; next == "" {
				break
			}
		}
		if n := b.claimsOf(programme); n != seen {
			w.broken("tables = replay", fmt.Sprintf("%d claims of %s in the table, %d in the docket", seen, programme, n))
		}
	}
	err := w.office().Store.Read(w.ctx, func(r store.Reader) error {
		for _, programme := range programmes {
			balances, err := r.Balances(programme)
			if err != nil {
				return err
			}
			for account, cents := range b.balances[programme] {
				var at int64
				for a, totals := range balances {
					if string(a) == account {
						at = totals["EUR"]
					}
				}
				if at != cents {
					w.broken("tables = replay", fmt.Sprintf("account %s of %s stands at %d, by the entries at %d", account, programme, at, cents))
				}
			}
		}
		return nil
	})
	if err != nil {
		w.broken("what fails has a reason", err)
	}
}

func (w *world) checkClaim(b *books, c claim.Claim) {
	m, ok := b.claims[string(c.ID)]
	if !ok {
		w.broken("tables = replay", fmt.Sprintf("claim %s isn't in the docket", c.Name()))
		return
	}
	got := fmt.Sprintf("version %d, %s, number %q, award %d, ordered %d, paid %d, instalment %d, erased %t",
		c.Version, c.Standing, c.Number, c.Award.Minor(), c.Ordered.Minor(), c.Paid.Minor(), c.Instalment, !c.Erased.IsZero())
	want := fmt.Sprintf("version %d, %s, number %q, award %d, ordered %d, paid %d, instalment %d, erased %t",
		m.version, m.standing, m.number, m.award, m.ordered, m.paid, m.instalment, m.erased)
	if got != want {
		w.broken("tables = replay", fmt.Sprintf("claim %s: the table says %s; the entries say %s", c.Name(), got, want))
	}
}

// checkKept looks at what is no table of the docket's: blobs of the erased are
// gone, and each reading is in the reading log.
func (w *world) checkKept(b *books) {
	var erased []claim.ID
	for id, m := range b.claims {
		if m.erased {
			erased = append(erased, claim.ID(id))
		}
	}
	slices.Sort(erased)
	err := w.office().Store.Read(w.ctx, func(r store.Reader) error {
		places, err := r.BlobPlaces(erased)
		for _, at := range places {
			w.broken("what is erased is gone", fmt.Sprintf("%s of claim %s", at.Name, at.Claim))
		}
		return err
	})
	if err != nil {
		w.broken("what fails has a reason", err)
		return
	}
	shredded, err := w.office().Vault.Shredded(w.ctx)
	if err != nil {
		w.broken("what fails has a reason", err)
		return
	}
	for _, id := range erased {
		if !slices.Contains(shredded, string(id)) {
			w.broken("what is erased is gone", fmt.Sprintf("the keys of claim %s are not destroyed", id))
		}
	}
	for _, f := range w.claims {
		if f.read == 0 {
			continue
		}
		readings, err := w.office().Readings(w.ctx, f.id)
		byPerson := 0
		for _, l := range readings {
			if l.Manner == office.ByPerson {
				byPerson++
			}
		}
		if err != nil || byPerson < f.read {
			w.broken("every reading is in the reading log", fmt.Sprintf("claim %s: %d of %d (%v)", f.id, byPerson, f.read, err))
		}
	}
}

// checkOwn has the office verify itself, and rebuild its tables.
func (w *world) checkOwn(rebuild bool) {
	v, err := w.office().Verify(w.ctx, nil)
	if err == nil && rebuild {
		err = w.i.Rebuild(w.ctx, v, nil)
	}
	if err != nil {
		w.broken("the office can verify itself", err)
		return
	}
	for _, f := range v.Findings {
		invariant := "the office finds itself sound"
		if f.Code == "verify.table-row-unexplained" || f.Code == "verify.table-row-lacking" {
			invariant = "tables = replay"
		}
		w.broken(invariant, errors.Join(errors.New(f.Code+" "+f.Entry+" "+f.Detail), f.Why))
	}
}
