package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// QueueQuery asks for a queue of a programme.
type QueueQuery struct {
	Programme string
	Standing  claim.Standing // "" only where Assigned or Flag is set
	Category  string         // "" for all
	Group     string         // of the edition: all of its categories; "" for all
	Assigned  string
	Flag      string
	Nobodys   bool
	After     string
	Limit     int
}

// Queued is a claim in a queue, with what an officer asks of it there.
type Queued struct {
	Claim    claim.Claim
	Edition  *rulebook.Edition
	Since    docket.Instant     // when it came to stand as it does
	Due      day.Date           // by which whoever acts next should have; zero: the rulebook sets no day
	Deadline *rulebook.Deadline // from which Due follows; nil where there is none
	Late     bool               // that day is over
	Assigned *store.Assignment
	Flags    []store.Flag
	Proposal string // the act that waits for a second person; "" for none
}

// Queue is a page of a queue, and the cursor of the next, "" after the last.
func (o *Office) Queue(ctx context.Context, by By, q QueueQuery) (list []Queued, next string, err error) {
	err = o.looksAtWork(ctx, by, func(l looker) error {
		page, cursor, err := o.queuePage(l.r, q)
		if errors.Is(err, store.ErrNone) {
			return fault.New(fault.Invalid, "claim.cursor", "cursor", clip(q.After))
		}
		if err != nil {
			return err
		}
		next = cursor
		list, err = o.queued(l.r, l.open(page), o.instant())
		return err
	})
	return list, next, err
}

// Queued is how one claim stands in the queues.
func (o *Office) Queued(ctx context.Context, by By, id claim.ID) (one Queued, err error) {
	err = o.looksAtWork(ctx, by, func(l looker) error {
		c, err := l.claim(id)
		if err != nil {
			return err
		}
		list, err := o.queued(l.r, []claim.Claim{c}, o.instant())
		if err == nil {
			one = list[0]
		}
		return err
	})
	return one, err
}

// InQueue is how many claims a queue holds, as far as most.
func (o *Office) InQueue(ctx context.Context, programme string, standing claim.Standing, category string, most int) (n int, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		n, err = r.Waiting(programme, standing, category, most)
		return err
	})
	return n, err
}

// queuePage asks the store; a group of categories is asked for one by one, each
// by its index, and what comes is put in order.
func (o *Office) queuePage(r store.Reader, q QueueQuery) ([]claim.Claim, string, error) {
	ask := store.QueueQuery{
		Programme: q.Programme, Standing: q.Standing, Category: q.Category, Assigned: q.Assigned, Flag: q.Flag,
		Nobodys: q.Nobodys, After: q.After, Limit: q.Limit,
	}
	if q.Group == "" || q.Category != "" {
		return r.Queue(ask)
	}
	_, edition, _, err := o.programme(r, q.Programme)
	if err != nil {
		return nil, "", err
	}
	if q.Assigned != "" || q.Flag != "" {
		return o.groupOfWork(r, ask, edition, q.Group)
	}
	var all []claim.Claim
	for _, c := range edition.Categories {
		if c.Group != q.Group {
			continue
		}
		ask.Category = c.ID
		page, _, err := r.Queue(ask)
		if err != nil {
			return nil, "", err
		}
		all = append(all, page...)
	}
	slices.SortFunc(all, func(a, b claim.Claim) int { return strings.Compare(filedKey(a), filedKey(b)) })
	if len(all) <= q.Limit {
		if len(all) < q.Limit {
			return all, "", nil
		}
		return all, filedKey(all[len(all)-1]), nil
	}
	all = all[:q.Limit]
	return all, filedKey(all[len(all)-1]), nil
}

// filedKey is where a claim stands in a queue by filing, and the cursor behind it.
func filedKey(c claim.Claim) string { return c.Filed.String() + " " + string(c.ID) }

// groupOfWork is a page of what is assigned or flagged, of one group: what
// somebody has is little, so that it is looked through.
func (o *Office) groupOfWork(r store.Reader, ask store.QueueQuery, e *rulebook.Edition, group string) (found []claim.Claim, next string, err error) {
	wanted := ask.Limit
	for len(found) < wanted {
		page, after, err := r.Queue(ask)
		if err != nil {
			return nil, "", err
		}
		for _, c := range page {
			if category, ok := e.Category(c.Category); ok && category.Group == group {
				found = append(found, c)
			}
		}
		if ask.After, next = after, after; after == "" {
			break
		}
	}
	return found, next, nil
}

// queued adds to claims what officers keep about them, and their clocks.
func (o *Office) queued(r store.Reader, claims []claim.Claim, now docket.Instant) ([]Queued, error) {
	ids := make([]claim.ID, len(claims))
	for i, c := range claims {
		ids[i] = c.ID
	}
	assigned, err := r.Assignments(ids)
	if err != nil {
		return nil, err
	}
	flags, err := r.Flags(ids)
	if err != nil {
		return nil, err
	}
	proposed, err := r.Proposed(ids)
	if err != nil {
		return nil, err
	}
	list := make([]Queued, len(claims))
	for i, c := range claims {
		at := &list[i]
		at.Claim, at.Flags, at.Proposal = c, flags[c.ID], proposed[c.ID]
		if a, ok := assigned[c.ID]; ok {
			at.Assigned = &a
		}
		if at.Edition, err = o.edition(r, c.Edition); err != nil {
			return nil, err
		}
		if err := at.clock(r, now); err != nil {
			return nil, fmt.Errorf("claim %s: %w", c.Name(), err)
		}
	}
	return list, nil
}

// nextAfter says from which moment the time of whoever acts next is reckoned, by
// standing, and who that is.
var nextAfter = map[claim.Standing]struct {
	who     string
	moments []rulebook.Moment // the first that a deadline names
}{
	claim.Filed:     {"register", []rulebook.Moment{"filed", "received"}},
	claim.Deficient: {"claimant", []rulebook.Moment{"found-deficient"}},
	claim.Recorded:  {"commission", []rulebook.Moment{"recorded"}},
	claim.Assessed:  {"commission", []rulebook.Moment{"assessed"}},
	claim.Decided:   {"fund", []rulebook.Moment{"decided"}},
}

// clock works out since when the claim stands as it does, and until when whoever
// acts next has.
func (q *Queued) clock(r store.Reader, now docket.Instant) error {
	q.Since = q.Claim.Filed
	if q.Claim.Version > 1 {
		since, err := standsSince(r, q.Claim)
		if err != nil {
			return err
		}
		q.Since = since
	}
	zone, err := zone(q.Edition.Programme.TimeZone)
	if err != nil {
		return err
	}
	next := nextAfter[q.Claim.Standing]
	for _, moment := range next.moments {
		from := day.Of(q.Since.Time, zone)
		if moment == "received" {
			from = q.Claim.Received
		}
		for i := range q.Edition.Deadlines {
			d := &q.Edition.Deadlines[i]
			covers := len(d.Categories) == 0 || slices.Contains(d.Categories, q.Claim.Category)
			if q.Deadline == nil && d.For == next.who && d.From == moment && covers {
				q.Due, q.Deadline = d.Ends(from), d
			}
		}
	}
	q.Late = !q.Due.IsZero() && day.Of(now.Time, zone).After(q.Due)
	return nil
}

// standsSince is the instant of the last entry that set how a claim stands.
func standsSince(r store.Reader, c claim.Claim) (docket.Instant, error) {
	history, err := r.History(c.ID.Stream())
	if err != nil {
		return docket.Instant{}, err
	}
	since, at := c.Filed, claim.Claim{}
	for _, s := range history {
		step, err := openStep(s)
		if err != nil {
			return docket.Instant{}, err
		}
		event, err := claim.Decode(step.Kind, step.Facts)
		if err != nil {
			return docket.Instant{}, err
		}
		if _, filed := event.(claim.FiledEvent); filed {
			at = claim.Claim{Standing: claim.Filed}
			continue
		}
		after := at.After(event)
		if after.Standing != at.Standing {
			since = step.Instant
		}
		at = after
	}
	return since, nil
}

// Desk is a programme as its desk sees it: its edition, and which acts somebody
// may take there.
type Desk struct {
	Programme store.Programme
	Edition   *rulebook.Edition
	Today     day.Date
	May       map[Act]Right
}

// Right is how somebody takes an act: in which capacity, and which one must
// consent ("" where nobody must).
type Right struct{ Capacity, Second string }

// deskActs are the acts that a desk shows.
var deskActs = []Act{
	ActWorkClaims, ActReadAnswers, ActExamine, ActFindDeficient, ActRecord, ActRefuse, ActWithdraw, ActGiveCode, ActExportList, ActAddActor,
	ActRecommend, ActDecideList, ActReverse, ActOpenFile, ActFindTest, ActProposeMove, ActConsentToMove, ActAskReview, ActResolve, ActWithdrawResolution,
}

// Desks are the programmes, with what this actor may do in each; ok is false
// where they may do nothing at a desk at all.
func (o *Office) Desks(ctx context.Context, by By) (desks []Desk, ok bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		programmes, err := r.Programmes()
		if err != nil {
			return err
		}
		desks, ok = make([]Desk, 0, len(programmes)), false
		for _, programme := range programmes {
			d := Desk{Programme: programme, May: map[Act]Right{}}
			if _, d.Edition, d.Today, err = o.programme(r, programme.ID); err != nil {
				return err
			}
			for _, act := range deskActs {
				right, err := rightOf(r, by.Actor, act, d.Edition)
				if err == nil {
					d.May[act], ok = right, true
				} else if !fault.Is(err, fault.NotAllowed) {
					return err
				}
			}
			desks = append(desks, d)
		}
		return nil
	})
	return desks, ok, err
}

// rightOf is how an actor takes an act, or why they may not.
func rightOf(r store.Reader, who Known, act Act, edition *rulebook.Edition) (Right, error) {
	capacity, second, err := capacityFor(act, edition)
	if err != nil {
		return Right{}, err
	}
	rule, err := ruleFor(act)
	if err != nil {
		return Right{}, err
	}
	if !rule.ofEdition {
		if capacity, err = capacityOf(r, who, rule.by, capacity); err != nil {
			return Right{}, err
		}
	}
	return Right{capacity, second}, may(r, who, capacity, act)
}

// Workers are the actors who may be given work on claims, by id.
func (o *Office) Workers(ctx context.Context) (ids []string, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		actors, err := r.Actors()
		for _, a := range actors {
			if mayBeGiven(r, a.ID) == nil {
				ids = append(ids, a.ID)
			}
		}
		return err
	})
	return ids, err
}

// Beside are the claims before and behind one in its queue, as far as the page
// that the query asks for shows them: "" for none.
func (o *Office) Beside(ctx context.Context, by By, q QueueQuery, id claim.ID) (before, behind claim.ID, err error) {
	err = o.looksAtWork(ctx, by, func(l looker) error {
		before, behind = "", ""
		page, next, err := o.queuePage(l.r, q)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(page, func(c claim.Claim) bool { return c.ID == id })
		if at < 0 { // it was dealt with: the first that is left
			if len(page) > 0 {
				behind = page[0].ID
			}
			return nil
		}
		if at > 0 {
			before = page[at-1].ID
		}
		if at+1 < len(page) {
			behind = page[at+1].ID
			return nil
		}
		if next != "" {
			q.After, q.Limit = next, 1
			if page, _, err = o.queuePage(l.r, q); err == nil && len(page) > 0 {
				behind = page[0].ID
			}
		}
		return err
	})
	return before, behind, err
}
