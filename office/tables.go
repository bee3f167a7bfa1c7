package office

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/store"
)

// tables writes the derived tables by folding entries: an act folds the entry
// that it just made, a rebuild folds all of them. It holds what it changed
// until flush, so that a claim that is filed and answered in one act is
// written once.
type tables struct {
	tx         store.Tx
	known      map[claim.ID]*claim.Claim // loaded before, unchanged
	changed    map[claim.ID]*change
	order      []claim.ID // of changed, as they came
	programmes map[string]store.Programme
	payments   []store.Payment
	facts      foldedFacts
	filings    []store.Filing
	mandated   []store.Mandated
}

// change is a claim with an event that isn't written yet.
type change struct {
	claim claim.Claim
	fresh bool // not in the table yet
}

func newTables(tx store.Tx) tables {
	return tables{
		tx: tx, known: map[claim.ID]*claim.Claim{}, changed: map[claim.ID]*change{},
		programmes: map[string]store.Programme{},
	}
}

// know saves loading a claim that the act has loaded already, and doesn't change.
func (t *tables) know(c *claim.Claim) { t.known[c.ID] = c }

// take folds one entry with the rows of its annex.
func (t *tables) take(env docket.Envelope, rows []docket.RowEnvelope) error {
	if err := t.takeRows(env, rows); err != nil {
		return fmt.Errorf("fold %s: %w", docket.Ref{Stream: env.Stream, Version: env.Version}, err)
	}
	if err := t.takeEntry(env); err != nil {
		return fmt.Errorf("fold %s: %w", docket.Ref{Stream: env.Stream, Version: env.Version}, err)
	}
	postings, err := fund.Postings(env)
	if err != nil || len(postings) == 0 {
		return err
	}
	return t.tx.Post(env.Programme, docket.Ref{Stream: env.Stream, Version: env.Version}, postings)
}

// takeEntry folds the entry's own stream.
func (t *tables) takeEntry(env docket.Envelope) error {
	switch env.Stream.Sort() {
	case "claim":
		event, err := claim.Decode(env.Kind, env.Facts)
		if err != nil {
			return err
		}
		return t.takeClaim(&env, event)
	case "actor":
		actor, err := t.tx.Actor(env.Stream.ID())
		if err != nil && !(env.Version == 1 && errors.Is(err, store.ErrNone)) {
			return err
		}
		if actor, err = actorAfter(actor, env); err != nil {
			return err
		}
		return t.tx.PutActor(actor)
	case "organisation":
		return t.takeMember(env)
	case "mandate":
		return t.takeMandate(env)
	case "programme":
		return t.takeProgramme(env)
	case "instalment":
		return t.takeInstalment(env)
	case "list":
		return t.takeList(env)
	case "resolution":
		return t.takeResolution(env)
	case "round":
		return t.takeRound(env)
	case sortRoll, sortTreaty:
		return t.takeFacts(docket.RowEnvelope{Stream: env.Stream, Version: env.Version, Kind: env.Kind, Facts: env.Facts})
	case "register", "account", "bundle":
		return nil // their rows and postings say all
	case "log":
		return nil // the published log says all
	case "readings", "desk":
		return nil // verify reads them, and the vault knows the desk's key
	}
	return fault.New(fault.Unsound, "office.stream-unknown", "stream", env.Stream)
}

// takeClaim folds an entry in a claim's stream, whose event is read from it.
func (t *tables) takeClaim(env *docket.Envelope, event claim.Event) error {
	id := claim.ID(env.Stream.ID())
	filed, ok := event.(claim.FiledEvent)
	if !ok {
		return t.happen(env.Programme, id, env.Version, event)
	}
	if looksUp(*env) {
		t.filings = append(t.filings, store.Filing{Claim: id, Actor: env.Actor, Filed: env.Instant})
	}
	if filed.Mandate != "" {
		t.mandated = append(t.mandated, store.Mandated{Claim: id, Mandate: filed.Mandate})
	}
	return t.begin(claim.Begin(id, *env, filed))
}

// takeRows folds the rows of an annex into their claims, and those of facts
// into the record that they are of.
func (t *tables) takeRows(env docket.Envelope, rows []docket.RowEnvelope) error {
	if n := slices.IndexFunc(rows, func(r docket.RowEnvelope) bool { return !isFacts(r.Stream) }); n != 0 && len(rows) > 0 {
		if n > 0 { // no act enters both, and a fact is no claim's
			return fault.New(fault.Unsound, "office.row-kind", "entry", docket.Ref{Stream: rows[n].Stream, Version: rows[n].Version}, "kind", rows[n].Kind)
		}
		return t.takeFacts(rows...)
	}
	if slices.ContainsFunc(rows, func(r docket.RowEnvelope) bool { return t.pending(claim.ID(r.Stream.ID())) }) {
		if err := t.flush(); err != nil { // at once: the claims below are then loaded at once too
			return err
		}
	}
	if err := t.load(rows); err != nil {
		return err
	}
	events := make([]claim.Event, len(rows))
	err := parallel(len(rows), func(i int) (err error) {
		events[i], err = claim.Decode(rows[i].Kind, rows[i].Facts)
		return err
	})
	if err != nil {
		return err
	}
	for i, row := range rows {
		id := claim.ID(row.Stream.ID())
		if err := t.happen(env.Programme, id, row.Version, events[i]); err != nil {
			return err
		}
		t.takePayment(env.Programme, id, events[i])
	}
	return nil
}

// load loads the claims of rows that aren't known yet, all at once.
func (t *tables) load(rows []docket.RowEnvelope) error {
	var missing []claim.ID
	for _, row := range rows {
		id := claim.ID(row.Stream.ID())
		_, known := t.known[id]
		if _, changed := t.changed[id]; !known && !changed {
			missing = append(missing, id)
		}
	}
	claims, err := t.tx.Claims(missing)
	if err != nil {
		return err
	}
	for i := range claims {
		t.know(&claims[i])
	}
	return nil
}

func (t *tables) begin(c claim.Claim) error {
	if _, ok := t.changed[c.ID]; ok {
		return fault.New(fault.Unsound, "office.filed-twice", "claim", c.ID)
	}
	t.changed[c.ID] = &change{claim: c, fresh: true}
	t.order = append(t.order, c.ID)
	return nil
}

// pending reports whether a claim that is in the table has an event that isn't
// written: the table moves one version at a time, so that goes first.
func (t *tables) pending(id claim.ID) bool {
	at, ok := t.changed[id]
	return ok && !at.fresh
}

// happen folds one event into its claim, which must stand one version lower.
func (t *tables) happen(programme string, id claim.ID, version docket.Version, event claim.Event) error {
	if t.pending(id) {
		if err := t.flush(); err != nil {
			return err
		}
	}
	at, ok := t.changed[id]
	if !ok {
		c, known := t.known[id]
		if !known {
			claims, err := t.tx.Claims([]claim.ID{id})
			if err != nil {
				return err
			}
			c = &claims[0]
		}
		at = &change{claim: *c}
		t.changed[id] = at
		t.order = append(t.order, id)
	}
	if at.claim.Version != version-1 {
		return fmt.Errorf("claim %s stands at version %d, not %d: %w", at.claim.Name(), at.claim.Version, version-1, store.ErrTaken)
	}
	at.claim = at.claim.After(event)
	return t.number(programme, at.claim.Number)
}

// number keeps the highest serial that the programme has given.
func (t *tables) number(programme string, n claim.Number) error {
	if n == "" || flaw.On(flaw.NumberTwice) {
		return nil
	}
	p, ok := t.programmes[programme]
	if !ok {
		var err error
		if p, err = t.tx.Programme(programme); err != nil {
			return fmt.Errorf("programme %s: %w", programme, err)
		}
	}
	p.LastSerial = max(p.LastSerial, n.Serial())
	t.programmes[programme] = p
	return nil
}

// takePayment keeps the table of payments.
func (t *tables) takePayment(programme string, id claim.ID, event claim.Event) {
	p := store.Payment{Claim: id, Programme: programme}
	switch e := event.(type) {
	case claim.PaymentOrdered:
		p.Round, p.Amount, p.State = e.Round, e.Amount, store.PaymentOrdered
	case claim.PaidEvent:
		p.Round, p.Amount, p.State = e.Round, e.Amount, store.PaymentPaid
	case claim.PaymentReturned:
		p.Round, p.Amount, p.State = e.Round, e.Amount, store.PaymentReturned
	default:
		return
	}
	t.payments = append(t.payments, p)
}

func (t *tables) takeInstalment(env docket.Envelope) error {
	var s commission.Summary
	if err := json.Unmarshal(env.Facts, &s); err != nil {
		return err
	}
	i, err := t.tx.Instalment(env.Programme, s.Instalment)
	if err != nil && !(env.Version == 1 && errors.Is(err, store.ErrNone)) {
		return err
	}
	return t.tx.PutInstalment(i.After(env, s))
}

func (t *tables) takeRound(env docket.Envelope) error {
	var at struct {
		Round int64 `json:"round"`
	}
	if err := json.Unmarshal(env.Facts, &at); err != nil {
		return err
	}
	r, err := t.tx.Round(env.Programme, at.Round)
	if err != nil && !(env.Version == 1 && errors.Is(err, store.ErrNone)) {
		return err
	}
	if r, err = r.After(env); err != nil {
		return err
	}
	return t.tx.PutRound(r)
}

// flush writes what was folded.
func (t *tables) flush() error {
	if err := t.flushClaims(true, t.tx.InsertClaims); err != nil {
		return err
	}
	if err := t.flushClaims(false, t.tx.UpdateClaims); err != nil {
		return err
	}
	if err := t.tx.InsertFilings(t.filings); err != nil {
		return err
	}
	if err := t.tx.InsertMandated(t.mandated); err != nil {
		return err
	}
	if err := t.tx.PutPayments(t.payments); err != nil {
		return err
	}
	for _, p := range t.programmes {
		if err := t.tx.PutProgramme(p); err != nil {
			return err
		}
	}
	if err := t.facts.flush(t.tx); err != nil {
		return err
	}
	*t = newTables(t.tx)
	return nil
}

// claimsWritten is how many claims are handed to the store at once: an act may
// change a hundred thousand, and what it hands over is a copy.
const claimsWritten = 5000

// flushClaims writes the claims that are fresh, or those that aren't, in the order
// in which they came.
func (t *tables) flushClaims(fresh bool, write func([]claim.Claim) error) error {
	list := make([]claim.Claim, 0, min(len(t.order), claimsWritten))
	for _, id := range t.order {
		if c := t.changed[id]; c.fresh == fresh {
			list = append(list, c.claim)
		}
		if len(list) == claimsWritten {
			if err := write(list); err != nil {
				return err
			}
			list = list[:0]
		}
	}
	return write(list)
}
