package office

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// What officers do with claims while they work on them is no act: it has no
// effect on anybody, stands in no docket and is undone by doing the opposite.

// The flags. The catalogue says them in words (label.flag.…).
const (
	FlagUrgent = "urgent" // somebody is in need, or a day is near
	FlagDoubt  = "doubt"  // it doesn't fit together
	FlagAdvice = "advice" // a lawyer should see it
	FlagRepeat = "repeat" // it may be there twice
	FlagFirst  = "first"  // the first of its kind: what is done with it others follow
)

// Flags lists them, for help and checks.
func Flags() []string { return []string{FlagUrgent, FlagDoubt, FlagAdvice, FlagRepeat, FlagFirst} }

const (
	// mostAtOnce bounds what casework takes on in one go.
	mostAtOnce = 1000
	// noteMost is how long a note may be, in characters.
	noteMost = 4000
	// nameMost is how long the name of a saved filter may be.
	nameMost = 60
)

// workOn runs casework over claims that are there, in one transaction.
func (o *Office) workOn(ctx context.Context, by By, ids []claim.ID, do func(*performance, []claim.Claim) error) error {
	if len(ids) == 0 || len(ids) > mostAtOnce {
		return fault.New(fault.Invalid, "office.too-many", "most", mostAtOnce, "asked", len(ids))
	}
	_, err := o.perform(ctx, ActWorkClaims, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		claims, err := p.tx.Claims(ids)
		if err != nil {
			return noSuchClaim(err)
		}
		for _, c := range claims {
			if err := p.disinterested(c); err != nil {
				return err
			}
		}
		return do(p, claims)
	})
	return err
}

// Assign gives claims to an actor to work on; to nobody with "".
func (o *Office) Assign(ctx context.Context, by By, to string, ids ...claim.ID) error {
	return o.workOn(ctx, by, ids, func(p *performance, claims []claim.Claim) error {
		if to != "" {
			if err := mayBeGiven(p.tx, to); err != nil {
				return err
			}
		}
		for _, c := range claims {
			var err error
			if to == "" {
				err = p.tx.DropAssignment(c.ID)
			} else {
				err = p.tx.PutAssignment(store.Assignment{Claim: c.ID, Programme: c.Programme, Actor: to, By: by.Actor.id, At: p.instant})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// mayBeGiven checks that somebody can work on claims.
func mayBeGiven(r store.Reader, actor string) error {
	rule, err := ruleFor(ActWorkClaims)
	if err != nil {
		return err
	}
	a, err := r.Actor(actor)
	if err != nil || a.Ended || !slices.ContainsFunc(rule.by, func(c string) bool { return slices.Contains(a.Capacities, c) }) {
		return fault.New(fault.NotFound, "casework.nobody", "actor", clip(actor))
	}
	return nil
}

// SetFlag marks claims, or takes the mark off.
func (o *Office) SetFlag(ctx context.Context, by By, flag string, on bool, ids ...claim.ID) error {
	if !slices.Contains(Flags(), flag) {
		return fault.New(fault.Invalid, "casework.flag", "flag", clip(flag), "known", strings.Join(Flags(), ", "))
	}
	return o.workOn(ctx, by, ids, func(p *performance, claims []claim.Claim) error {
		for _, c := range claims {
			err := p.tx.DropFlag(c.ID, flag)
			if on {
				err = p.tx.PutFlag(store.Flag{Claim: c.ID, Programme: c.Programme, Flag: flag, By: by.Actor.id, At: p.instant})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// CaseNote is a note, opened; one that is for somebody is a task.
type CaseNote struct {
	store.Note
	Claim claim.Claim // of a list of tasks; zero otherwise
	Text  string
}

// WriteNote adds a note to a claim, sealed under its key, and answers its number.
// With a reader it is a task of theirs, until a day or (zero) none.
func (o *Office) WriteNote(ctx context.Context, by By, id claim.ID, text, reader string, due day.Date) (number int64, err error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > noteMost || !utf8.ValidString(text) {
		return 0, fault.New(fault.Invalid, "casework.note-length", "most", noteMost)
	}
	err = o.workOn(ctx, by, []claim.ID{id}, func(p *performance, claims []claim.Claim) error {
		if err := claims[0].Kept(); err != nil {
			return err
		}
		if reader != "" {
			if err := mayBeGiven(p.tx, reader); err != nil {
				return err
			}
		}
		there, err := p.tx.Notes(id)
		if err != nil {
			return err
		}
		number = 1
		if len(there) > 0 {
			number = there[len(there)-1].Number + 1
		}
		n := store.Note{Claim: id, Number: number, By: by.Actor.id, At: p.instant, For: reader, Due: due}
		sealed, keep, err := o.Vault.Seal(p.ctx, []Item{{
			Claim: string(id), Class: string(rulebook.Personal), Name: noteName(number), Payload: []byte(text),
			Salt: o.salt(fmt.Sprintf("note/%s/%d/%s", id, number, p.instant)),
		}})
		if err != nil {
			return fmt.Errorf("seal a note: %w", err)
		}
		n.Sealed = sealed[0].Blob
		p.keep = append(p.keep, keep)
		return cmp.Or(p.tx.PutNote(n), p.commit())
	})
	return number, err
}

func noteName(number int64) string { return fmt.Sprint("note.", number) }

// TakeNoteBack takes out a note of the asker's own.
func (o *Office) TakeNoteBack(ctx context.Context, by By, id claim.ID, number int64) error {
	return o.oneNote(ctx, by, id, number, func(p *performance, n store.Note) error {
		if n.By != by.Actor.id {
			return fault.New(fault.NotAllowed, "casework.note-others")
		}
		return p.tx.DropNote(id, number)
	})
}

// FinishTask says whether a task is done; who it is for and who gave it may.
func (o *Office) FinishTask(ctx context.Context, by By, id claim.ID, number int64, done bool) error {
	return o.oneNote(ctx, by, id, number, func(p *performance, n store.Note) error {
		if n.For == "" || n.For != by.Actor.id && n.By != by.Actor.id {
			return fault.New(fault.NotAllowed, "casework.note-others")
		}
		n.Done = done
		return p.tx.PutNote(n)
	})
}

func (o *Office) oneNote(ctx context.Context, by By, id claim.ID, number int64, do func(*performance, store.Note) error) error {
	return o.workOn(ctx, by, []claim.ID{id}, func(p *performance, _ []claim.Claim) error {
		list, err := p.tx.Notes(id)
		if err != nil {
			return err
		}
		for _, n := range list {
			if n.Number == number {
				return do(p, n)
			}
		}
		return fault.New(fault.NotFound, "casework.note-none")
	})
}

// ReadNotes opens the notes of a claim for a person to see, oldest first; the
// reading log has it.
func (o *Office) ReadNotes(ctx context.Context, by By, id claim.ID) (notes []CaseNote, err error) {
	var list []store.Note
	err = o.workOn(ctx, by, []claim.ID{id}, func(p *performance, claims []claim.Claim) error {
		p.by.Second = by.Second
		if list, err = p.tx.Notes(id); err != nil || len(list) == 0 {
			return err
		}
		if err := claims[0].Kept(); err != nil {
			return err
		}
		names := make([]string, len(list))
		for i, n := range list {
			names[i] = noteName(n.Number)
		}
		return p.reads(PurposeExamination, ByPerson, []opening{{claims[0], names}})
	})
	if err != nil {
		return nil, err
	}
	return o.openNotes(ctx, list)
}

func (o *Office) openNotes(ctx context.Context, list []store.Note) ([]CaseNote, error) {
	blobs := make([]store.Blob, len(list))
	for i, n := range list {
		blobs[i] = store.Blob{Claim: n.Claim, Class: string(rulebook.Personal), Name: noteName(n.Number), Sealed: n.Sealed}
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return nil, fmt.Errorf("open notes: %w", err)
	}
	notes := make([]CaseNote, len(list))
	for i, n := range list {
		if opened[i].Err != nil {
			return nil, fmt.Errorf("open note %d: %w", n.Number, opened[i].Err)
		}
		notes[i] = CaseNote{Note: n, Text: string(opened[i].Payload)}
	}
	return notes, nil
}

// Tasks are the asker's tasks that are not done, unopened: which claims they
// are about and until when.
func (o *Office) Tasks(ctx context.Context, by By, limit int) (tasks []CaseNote, err error) {
	err = o.looksAtWork(ctx, by, func(l looker) error {
		list, err := l.r.Tasks(by.Actor.id, limit)
		if err != nil {
			return err
		}
		ids := make([]claim.ID, len(list))
		for i, n := range list {
			ids[i] = n.Claim
		}
		claims, err := l.r.Claims(ids)
		if err != nil {
			return err
		}
		tasks = make([]CaseNote, len(list))
		for i := range list {
			tasks[i] = CaseNote{Note: list[i], Claim: claims[i]}
		}
		return nil
	})
	return tasks, err
}

// SaveFilter keeps a queue that the asker asks for again and again.
func (o *Office) SaveFilter(ctx context.Context, by By, name, query string) error {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > nameMost || len(query) > 1000 {
		return fault.New(fault.Invalid, "casework.filter-name", "most", nameMost)
	}
	return o.filters(ctx, by, func(tx store.Tx) error {
		return tx.PutFilter(store.Filter{Actor: by.Actor.id, Name: name, Query: query})
	})
}

// DropFilter lets a saved filter go.
func (o *Office) DropFilter(ctx context.Context, by By, name string) error {
	return o.filters(ctx, by, func(tx store.Tx) error { return tx.DropFilter(by.Actor.id, name) })
}

// Filters are the asker's, by name.
func (o *Office) Filters(ctx context.Context, by By) (list []store.Filter, err error) {
	err = o.looksAtWork(ctx, by, func(l looker) error {
		list, err = l.r.Filters(by.Actor.id)
		return err
	})
	return list, err
}

func (o *Office) filters(ctx context.Context, by By, do func(store.Tx) error) error {
	_, err := o.perform(ctx, ActWorkClaims, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error { return do(p.tx) })
	return err
}

// noSuchClaim tells of an id that no claim has.
func noSuchClaim(err error) error {
	if errors.Is(err, store.ErrNone) {
		return fault.New(fault.NotFound, "claim.none", "claim", "…")
	}
	return err
}
