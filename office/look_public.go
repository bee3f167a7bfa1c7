package office

import (
	"context"
	"errors"
	"slices"

	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Programmes are the programmes of the installation, by id, each with the
// edition that is open for filing.
func (o *Office) Programmes(ctx context.Context) (programmes []store.Programme, editions []*rulebook.Edition, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if programmes, err = r.Programmes(); err != nil {
			return err
		}
		editions = make([]*rulebook.Edition, len(programmes))
		for i, p := range programmes {
			if editions[i], err = o.edition(r, p.Edition); err != nil {
				return err
			}
		}
		return nil
	})
	return programmes, editions, err
}

// EditionOf is an edition of a programme, by its hash: also one that is no
// longer open for filing. The fault is programme.no-such-edition.
func (o *Office) EditionOf(ctx context.Context, programme string, hash docket.Hash) (e *rulebook.Edition, err error) {
	none := fault.New(fault.NotFound, "programme.no-such-edition", "programme", programme)
	err = o.Store.Read(ctx, func(r store.Reader) error {
		hashes, err := r.EditionHashes()
		if err != nil {
			return err
		}
		if !slices.Contains(hashes, hash) {
			return none
		}
		if e, err = o.edition(r, hash); err == nil && e.ID != programme {
			err = none
		}
		return err
	})
	return e, err
}

// Instalments are a programme's adopted instalments with a number below before
// (0: all), newest first, at most limit of them.
func (o *Office) Instalments(ctx context.Context, programme string, before int64, limit int) (list []commission.Instalment, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if _, _, _, err := o.programme(r, programme); err != nil {
			return err
		}
		last, err := r.LastInstalment(programme)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if before > 0 {
			last = min(last, before-1)
		}
		list = list[:0]
		for n := last; n > 0 && len(list) < limit; n-- {
			i, err := r.Instalment(programme, n)
			if err != nil {
				return err
			}
			if i.State == commission.Adopted {
				list = append(list, i)
			}
		}
		return nil
	})
	return list, err
}
