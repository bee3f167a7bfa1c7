package office

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// What somebody's own program may see: the claims that its actor filed by a
// token, and nothing of any other. A claim that isn't theirs is none to them,
// as one that isn't there.

// ownFor loads one claim for who may take this step with it. The capacity that
// an edition names for it is checked by the act itself.
func ownFor(r store.Reader, who Known, act Act, id claim.ID) (claim.Claim, error) {
	if err := mayNow(r, who, act); err != nil {
		return claim.Claim{}, err
	}
	found, err := r.Claims([]claim.ID{id})
	if errors.Is(err, store.ErrNone) {
		return claim.Claim{}, fault.New(fault.NotFound, "claim.none", "claim", "…")
	}
	if err == nil {
		err = reaches(r, who, id)
	}
	if err != nil {
		return claim.Claim{}, err
	}
	return found[0], nil
}

// OwnClaim is a claim that who asks filed, with the edition it was filed under;
// else claim.none.
func (o *Office) OwnClaim(ctx context.Context, who Known, id claim.ID) (claim.Claim, *rulebook.Edition, error) {
	return o.OwnFor(ctx, who, ActReadOwn, id)
}

// OwnFor is the same for who would take a step with it, for which they need not
// be let to look at it otherwise.
func (o *Office) OwnFor(ctx context.Context, who Known, act Act, id claim.ID) (c claim.Claim, e *rulebook.Edition, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if c, err = ownFor(r, who, act, id); err != nil {
			return err
		}
		if err = o.underMandate(r, who, act, c); err != nil {
			return err
		}
		e, err = o.edition(r, c.Edition)
		return err
	})
	return c, e, err
}

// OwnClaims is a page of the claims that who asks filed, in the order of filing,
// and where the next page begins; the zero place after the last.
func (o *Office) OwnClaims(ctx context.Context, who Known, after store.Filing, limit int) (page []claim.Claim, next store.Filing, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, who, ActReadOwn); err != nil {
			return err
		}
		list, err := r.FiledBy(who.id, after, limit+1)
		if err != nil {
			return err
		}
		next = store.Filing{}
		if len(list) > limit {
			list = list[:limit]
			next = list[limit-1]
		}
		ids := make([]claim.ID, len(list))
		for i, f := range list {
			ids[i] = f.Claim
		}
		page, err = r.Claims(ids)
		return err
	})
	return page, next, err
}

// OwnHistory is everything that happened to a claim of one's own, oldest first.
func (o *Office) OwnHistory(ctx context.Context, who Known, id claim.ID) ([]Step, error) {
	c, _, err := o.OwnClaim(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return o.History(ctx, c.ID.Stream())
}

// OwnReceipt is the receipt of a claim of one's own, as Receipt gives it.
func (o *Office) OwnReceipt(ctx context.Context, who Known, id claim.ID) (docket.Receipt, []docket.Ref, error) {
	c, _, err := o.OwnClaim(ctx, who, id)
	if err != nil {
		return docket.Receipt{}, nil, err
	}
	return o.Receipt(ctx, string(c.Reference))
}

// OwnReadings are the openings of what is sealed of a claim of one's own.
func (o *Office) OwnReadings(ctx context.Context, who Known, id claim.ID) ([]Reading, error) {
	c, _, err := o.OwnClaim(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return o.Readings(ctx, c.ID)
}

// FindOwn are the claims that who asks filed under these references of their
// own; one that leads to nothing isn't among them.
func (o *Office) FindOwn(ctx context.Context, who Known, programme string, references []string) (found map[string]claim.ID, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, who, ActReadOwn); err != nil {
			return err
		}
		filings := make([]Filing, len(references))
		for i, text := range references {
			filings[i].Key = OwnReference(who, text)
		}
		known, err := o.knownFilings(r, programme, filings)
		if err != nil {
			return err
		}
		found = make(map[string]claim.ID, len(known))
		for i, text := range references {
			if k, ok := known[string(o.filingTag(programme, filings[i].Key))]; ok && !k.erased {
				found[text] = k.kept.ID
			}
		}
		return nil
	})
	return found, err
}

// OwnReference is the key of a filing that its filer calls by a reference of their
// own: another actor's reference of the same text is another filing.
func OwnReference(who Known, reference string) string { return "own\x00" + who.id + "\x00" + reference }

// BulkReference is the key of a filing by spreadsheet, which its filer calls by a
// reference of their own: what one of an organisation's people filed, another of
// them doesn't file twice; another organisation's reference of the same text is
// another filing.
func BulkReference(organisation, reference string) string {
	return "bulk\x00" + organisation + "\x00" + reference
}

// ownAsked is what the filings of a request are, for the keyed hash by which it
// is known when it is repeated.
func ownAsked(ready *Prepared) (asked [][]byte) {
	for _, f := range ready.filings {
		asked = append(asked, f.tag, f.fingerprint)
	}
	return asked
}

// FileOwnMany files claims for a program, all in one act, each under the key
// that OwnReference makes of its filer's own reference. by.Key names the act: with
// other filings it is refused (office.key-reused), with the same each filing has
// its first answer.
func (o *Office) FileOwnMany(ctx context.Context, by By, ready *Prepared) (answers []FilingAnswer, err error) {
	if err := needScope(by.Actor, ScopeBulk); err != nil {
		return nil, err
	}
	before, err := o.performed(ctx, ready.keyed(), ActFileClaim, by, ready.programme, ownAsked(ready), &struct{}{}, func(p *performance) error {
		if p.edition != ready.edition {
			return fault.New(fault.Conflict, "programme.edition-changed", "programme", ready.programme)
		}
		answers, err = o.fileAll(p, ready)
		return err
	})
	if err == nil && before {
		return o.FilePrepared(ctx, By{Actor: by.Actor}, ready)
	}
	return answers, err
}

// Checked is what a filing would come to: what is wrong with it, or that it was
// filed before, or neither.
type Checked struct {
	Wrong    []error // each field's own; kind fault.Invalid or fault.Conflict
	Repeated bool
	Changed  bool
	Erased   bool
	Alike    bool // the asker's organisation has filed another one of its category for somebody like this
}

// CheckFilings holds filings against the form and against what was filed
// before, for who may file them, and files nothing.
func (o *Office) CheckFilings(ctx context.Context, who Known, programme string, filings []Filing) (checked []Checked, err error) {
	checked = make([]Checked, len(filings))
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, who, ActFileClaim); err != nil {
			return err
		}
		_, edition, today, err := o.programme(r, programme)
		if err != nil {
			return err
		}
		known, err := o.knownFilings(r, programme, filings)
		if err != nil {
			return err
		}
		mandates, err := mandatesOf(r, who, ActFileClaim, programme, today, filings)
		if err != nil {
			return err
		}
		alike, err := o.alikeOwn(r, who, edition, filings, known)
		if err != nil {
			return err
		}
		return parallel(len(filings), func(i int) error {
			f, c := filings[i], &checked[i]
			c.Alike = alike[i]
			if err := mandates[f.Mandate]; err != nil {
				c.Wrong = append(c.Wrong, err)
			}
			if f.Received.IsZero() {
				f.Received = today
			}
			if c.Wrong = append(c.Wrong, whatIsWrong(edition, f)...); len(c.Wrong) > 0 {
				return nil
			}
			tag, fingerprint, err := o.filingTags(edition, filings[i])
			if k, ok := known[string(tag)]; ok && err == nil {
				a := k.answer(fingerprint)
				c.Repeated, c.Changed, c.Erased = a.Repeated, a.Changed, a.Erased
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("check filings: %w", err)
	}
	return checked, nil
}

// whatIsWrong are all the faults of a filing, each answer's own.
func whatIsWrong(e *rulebook.Edition, f Filing) (wrong []error) {
	if _, err := ReadFiling(e, f); err != nil {
		for _, field := range slices.Sorted(maps.Keys(f.Answers)) {
			if _, err := e.Read(f.Category, map[string]string{field: f.Answers[field]}); err != nil && fault.Code(err) != "rulebook.category-unknown" {
				wrong = append(wrong, err)
			}
		}
		if len(wrong) == 0 {
			wrong = append(wrong, err)
		}
		return wrong
	}
	if err := e.Receives(f.Category, f.Received); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}
