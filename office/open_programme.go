package office

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// kindEditionPublished: an edition is open for filing from now on; with
// version 1 of its stream the programme opens. The envelope's edition is its
// hash.
const kindEditionPublished docket.Kind = "programme.edition_published.v1"

type editionPublished struct {
	Edition string `json:"edition"` // its number
	Title   string `json:"title"`   // in the programme's first language: public
}

func programmeStream(id string) docket.Stream { return docket.Stream("programme/" + id) }

// Opened says what OpenProgramme found or did.
type Opened struct {
	Programme string
	Edition   string
	Hash      docket.Hash
	New       bool // false: this very edition was open already
}

// OpenProgramme publishes an edition of a rulebook: the first one opens the
// programme. Its bytes stay in the installation under their hash. Publishing
// the edition that is open already changes nothing.
func (o *Office) OpenProgramme(ctx context.Context, by By, name string, source []byte) (Opened, error) {
	e, err := rulebook.Parse(name, source)
	if err != nil {
		return Opened{}, err
	}
	if err := checkPowers(e); err != nil {
		return Opened{}, err
	}
	answer := Opened{Programme: e.ID, Edition: e.Number, Hash: docket.Hash(e.Hash)}
	_, err = o.perform(ctx, ActOpenProgramme, by, "", answer, &answer, func(p *performance) error {
		open, err := p.tx.Programme(e.ID)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if open.Edition == answer.Hash {
			return nil
		}
		if e.HasSensitive() {
			if set, _, _, err := o.desk(p.tx); err != nil || set == "" {
				return cmp.Or(err, fault.New(fault.Conflict, "desk.none", "programme", e.ID))
			}
		}
		if err := prefixFree(p.tx, o, e); err != nil {
			return err
		}
		answer.New = true
		p.programme.ID, p.edition = e.ID, e
		if p.day, err = legalDay(e, p.instant); err != nil {
			return err
		}
		if err := p.tx.PutEdition(answer.Hash, source); err != nil {
			return err
		}
		env := docket.Envelope{Stream: programmeStream(e.ID), Version: open.Version + 1, Kind: kindEditionPublished}
		if err := p.enter(env, editionPublished{Edition: e.Number, Title: e.Title.In(e.Programme.Languages[0])}, nil); err != nil {
			return err
		}
		return p.commit()
	})
	return answer, err
}

// prefixFree sees to it that no other programme numbers its claims with the
// same prefix, or did under an earlier edition: a number names one claim in the
// whole installation.
func prefixFree(r store.Reader, o *Office, e *rulebook.Edition) error {
	hashes, err := r.EditionHashes()
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		other, err := o.edition(r, hash)
		if err != nil {
			return err
		}
		if other.ID != e.ID && other.Programme.NumberPrefix == e.Programme.NumberPrefix {
			return fault.New(fault.Conflict, "programme.prefix-taken", "programme", e.ID, "prefix", e.Programme.NumberPrefix, "other", other.ID)
		}
	}
	return nil
}

// takeProgramme folds a programme's stream.
func (t *tables) takeProgramme(env docket.Envelope) error {
	p, ok := t.programmes[env.Stream.ID()]
	if !ok {
		var err error
		if p, err = t.tx.Programme(env.Stream.ID()); err != nil && !(env.Version == 1 && errors.Is(err, store.ErrNone)) {
			return err
		}
	}
	var published editionPublished
	if err := json.Unmarshal(env.Facts, &published); err != nil {
		return fmt.Errorf("read %s: %w", env.Kind, err)
	}
	if env.Edition == nil {
		return fault.New(fault.Unsound, "programme.no-edition", "programme", env.Stream.ID())
	}
	p.ID, p.Version, p.Edition, p.EditionNumber = env.Stream.ID(), env.Version, *env.Edition, published.Edition
	if env.Version == 1 {
		p.Opened = env.Instant
	}
	t.programmes[p.ID] = p
	return nil
}

// Edition is the edition of a programme that is open for filing.
func (o *Office) Edition(ctx context.Context, programme string) (e *rulebook.Edition, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		p, err := r.Programme(programme)
		if errors.Is(err, store.ErrNone) {
			return fault.New(fault.NotFound, "programme.none", "programme", programme)
		}
		if err != nil {
			return err
		}
		e, err = o.edition(r, p.Edition)
		return err
	})
	return e, err
}
