package office

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// A filled spreadsheet rests on the shelf, sealed, from its check until some days
// after: on every machine of the installation alike. It is no act, and in no backup.
//
// What is sealed of one opens by a key of its own. That key rests sealed under what
// the browser keeps that gave it; and where nothing sensitive can stand in its rows
// the vault keeps it too, so that everybody of the organisation opens it. Where
// something can, the house can't read it while it rests, and a colleague gives it
// again.

// Sheet is a filled spreadsheet that an organisation of representatives gave.
type Sheet struct {
	ID         string // 32 hexadecimal digits
	Actor      string // who gave it
	Given      docket.Instant
	Expires    docket.Instant // from when on it is gone
	Stage      string         // how far it has come: a word of who keeps it
	Working    bool           // somebody works on it at this moment
	Done, Rows int64          // how far they are
	Answered   bool           // a file came back
	Closed     bool           // only the browser that gave it opens it: Told is empty
	Told       []byte         // what who keeps it says of it

	row store.Sheet
	key []byte // opens it; nil where it is closed
}

const (
	// SheetDays is how long a spreadsheet stays.
	SheetDays = 7
	// MostSheets is how many of one organisation's are kept at a time.
	MostSheets = 50

	sheetClass, sheetKeyName = "sheet", "sheet.key"
	sheetsAtOnce             = 100 // that expire in one transaction
)

// The names under which its parts are sealed.
func sheetTold(id string) string    { return "sheet/" + id }
func sheetContent(id string) string { return "sheet-given/" + id }
func sheetBack(id string) string    { return "sheet-back/" + id }
func sheetWrap(id string) string    { return "sheet-key/" + id }

// sheetLease is held by who works on a spreadsheet.
func sheetLease(id string) string { return "sheet/" + id }

func noSheet() error { return fault.New(fault.NotFound, "bulk.none") }

// MaySheet checks that one more spreadsheet may come.
//
// Faults: those of the right to it, bulk.full past MostSheets.
func (o *Office) MaySheet(ctx context.Context, by By) error {
	return o.Store.Read(ctx, func(r store.Reader) error {
		_, err := o.maySheet(r, by)
		return err
	})
}

func (o *Office) maySheet(r store.Reader, by By) (organisation string, err error) {
	if organisation, err = o.readsFor(r, by.Actor); err != nil {
		return "", err
	}
	list, err := r.SheetsOf(organisation)
	list = slices.DeleteFunc(list, o.sheetOver) // nobody sees those, nor could delete one
	if err == nil && len(list) >= MostSheets {
		err = fault.New(fault.Conflict, "bulk.full", "most", MostSheets)
	}
	return organisation, err
}

// NewSheet is a spreadsheet as it comes.
type NewSheet struct {
	Stage     string
	Told      []byte // kept sealed with it
	Sensitive bool   // something sensitive can stand in its rows
	Secret    []byte // of the browser that gives it: 32 random bytes at least
	Most      int64  // bytes of its content
}

// TakeSheet keeps a spreadsheet as it comes. It is durable when it returns; after an
// error nothing of it is there.
//
// Faults: bulk.full, bulk.too-large past Most, evidence.not-taken where there is no
// shelf.
func (o *Office) TakeSheet(ctx context.Context, by By, n NewSheet, content io.Reader) (Sheet, error) {
	if o.Shelf == nil {
		return Sheet{}, fault.New(fault.Conflict, "evidence.not-taken")
	}
	if err := o.MaySheet(ctx, by); err != nil {
		return Sheet{}, err
	}
	now := o.instant()
	s := Sheet{Told: n.Told, key: o.Vault.NewKey(), row: store.Sheet{
		Actor: by.Actor.id, Version: 1, Given: now, Expires: docket.At(now.AddDate(0, 0, SheetDays)), Stage: n.Stage,
	}}
	var id [16]byte
	o.Entropy("sheet/"+by.Actor.id+"/"+now.String(), id[:])
	s.row.ID = hex.EncodeToString(id[:])
	var err error
	if s.row.Object, err = o.shelveSheet(ctx, s, sheetContent(s.row.ID), &upToMost{content, n.Most, n.Most}); err == nil {
		err = o.sealSheet(ctx, &s, n)
	}
	if err == nil {
		err = o.write(ctx, true, func(tx store.Tx, _ before) (err error) {
			if _, err := tx.Sheet(s.row.ID); !errors.Is(err, store.ErrNone) {
				return err // an earlier run did it
			}
			if s.row.Organisation, err = o.maySheet(tx, by); err != nil {
				return err
			}
			return tx.PutSheet(s.row)
		})
	}
	if err != nil && fault.Code(err) != "office.outcome-unknown" { // it may be there in a moment
		err = errors.Join(err, o.neverSheet(ctx, s.row))
	}
	if err != nil {
		return Sheet{}, fmt.Errorf("keep a spreadsheet: %w", err)
	}
	return s.shown(false), nil
}

// upToMost gives no more than so many bytes: the fault is bulk.too-large.
type upToMost struct {
	from       io.Reader
	left, most int64
}

func (u *upToMost) Read(b []byte) (int, error) {
	n, err := u.from.Read(b)
	if u.left -= int64(n); u.left < 0 {
		return 0, fault.New(fault.Invalid, "bulk.too-large", "most", mebibytes(u.most))
	}
	return n, err
}

// neverSheet undoes what was kept of a spreadsheet that wasn't taken, unless it was
// after all.
func (o *Office) neverSheet(ctx context.Context, row store.Sheet) error {
	ctx = context.WithoutCancel(ctx)
	err := o.Store.Read(ctx, func(r store.Reader) error {
		_, err := r.Sheet(row.ID)
		return err
	})
	if !errors.Is(err, store.ErrNone) {
		return nil // what is left the schedules find
	}
	if err = nil; row.Object != "" {
		err = o.Shelf.Remove(ctx, row.Object)
	}
	if len(row.ByHouse) > 0 {
		err = errors.Join(err, o.Vault.Destroy(ctx, row.ID))
	}
	return err
}

// sealSheet seals a new spreadsheet's key for who may open it, and what is told of it.
func (o *Office) sealSheet(ctx context.Context, s *Sheet, n NewSheet) error {
	under, err := o.Vault.KeyOf(n.Secret, sheetWrap(s.row.ID))
	if err == nil {
		s.row.ByBrowser, err = o.Vault.SealUnder(under, sheetWrap(s.row.ID), s.key)
	}
	if err == nil && !n.Sensitive {
		var sealed []Sealed
		if sealed, err = o.sealKept(ctx, Item{Claim: s.row.ID, Class: sheetClass, Name: sheetKeyName, Payload: s.key}); err == nil {
			s.row.ByHouse = sealed[0].Blob
		}
	}
	if err == nil {
		s.row.Sealed, err = o.Vault.SealUnder(s.key, sheetTold(s.row.ID), n.Told)
	}
	return err
}

// shelveSheet puts a part of a spreadsheet on the shelf, sealed.
func (o *Office) shelveSheet(ctx context.Context, s Sheet, name string, r io.Reader) (object string, err error) {
	object, _, err = o.Shelf.Put(ctx, func(w io.Writer) error { return o.Vault.SealStreamUnder(ctx, s.key, name, r, w) })
	return object, err
}

// shown is a spreadsheet from its row.
func (s Sheet) shown(working bool) Sheet {
	row := s.row
	s.ID, s.Actor, s.Given, s.Expires, s.Stage = row.ID, row.Actor, row.Given, row.Expires, row.Stage
	s.Working, s.Done, s.Rows, s.Answered = working, row.Done, row.Rows, row.Back != ""
	return s
}

// Sheet is a spreadsheet of the asker's organisation, opened by the secret of their
// browser or by the house's key; bulk.none for any other, and for one whose days are
// over.
func (o *Office) Sheet(ctx context.Context, by By, secret []byte, id string) (Sheet, error) {
	var row store.Sheet
	var working bool
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		if row, err = o.sheetFor(r, by, id); err == nil {
			working, err = isWorking(r, id)
		}
		return err
	})
	if err != nil {
		return Sheet{}, err
	}
	return o.openSheet(ctx, row, secret, working)
}

// sheetFor is the row of a spreadsheet that is the asker's.
func (o *Office) sheetFor(r store.Reader, by By, id string) (store.Sheet, error) {
	organisation, err := o.readsFor(r, by.Actor)
	if err != nil {
		return store.Sheet{}, err
	}
	row, err := r.Sheet(id)
	if errors.Is(err, store.ErrNone) || err == nil && (row.Organisation != organisation || o.sheetOver(row)) {
		return store.Sheet{}, noSheet()
	}
	return row, err
}

func (o *Office) sheetOver(row store.Sheet) bool { return !o.Now().Before(row.Expires.Time) }

func isWorking(r store.Reader, id string) (bool, error) {
	who, err := r.Holder(sheetLease(id))
	return who != "", err
}

// SheetWorked reports whether somebody works on a spreadsheet of the asker's at this
// moment: who waits for the end of that asks again and again.
func (o *Office) SheetWorked(ctx context.Context, by By, id string) (working bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if _, err = o.sheetFor(r, by, id); err == nil {
			working, err = isWorking(r, id)
		}
		return err
	})
	return working, err
}

// Sheets are the spreadsheets of the asker's organisation, the newest first.
func (o *Office) Sheets(ctx context.Context, by By, secret []byte) (list []Sheet, err error) {
	var rows []store.Sheet
	working := map[string]bool{}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		organisation, err := o.readsFor(r, by.Actor)
		if err == nil {
			rows, err = r.SheetsOf(organisation)
		}
		rows = slices.DeleteFunc(rows, o.sheetOver)
		for _, row := range rows {
			if err == nil {
				working[row.ID], err = isWorking(r, row.ID)
			}
		}
		return err
	})
	for _, row := range rows {
		if err != nil {
			return nil, err
		}
		var s Sheet
		s, err = o.openSheet(ctx, row, secret, working[row.ID])
		list = append(list, s)
	}
	return list, err
}

// openSheet opens what is told of a spreadsheet, where the browser or the house can.
func (o *Office) openSheet(ctx context.Context, row store.Sheet, secret []byte, working bool) (Sheet, error) {
	s := Sheet{row: row}.shown(working)
	key, err := o.sheetKey(ctx, row, secret)
	if err != nil {
		return s, fmt.Errorf("open a spreadsheet: %w", err)
	}
	if s.Told, err = o.Vault.OpenUnder(key, sheetTold(row.ID), row.Sealed); err != nil {
		s.Closed = true
		return s, nil
	}
	s.key = key
	return s, nil
}

// sheetKey is a spreadsheet's key; nil where neither the browser nor the house has it.
func (o *Office) sheetKey(ctx context.Context, row store.Sheet, secret []byte) ([]byte, error) {
	if under, err := o.Vault.KeyOf(secret, sheetWrap(row.ID)); err == nil {
		if key, err := o.Vault.OpenUnder(under, sheetWrap(row.ID), row.ByBrowser); err == nil {
			return key, nil
		}
	}
	if len(row.ByHouse) == 0 {
		return nil, nil
	}
	opened, err := o.Vault.Open(ctx, []store.Blob{{Claim: claim.ID(row.ID), Class: sheetClass, Name: sheetKeyName, Sealed: row.ByHouse}})
	if err != nil {
		return nil, err
	}
	return opened[0].Payload, nil // nil where its key is destroyed: an older database was put back
}

// SheetContent writes out what was given, SheetBack the file that came back. Only
// after nil is it known to be whole.
//
// Faults: bulk.closed, bulk.none before a file came back, bulk.lost.
func (o *Office) SheetContent(ctx context.Context, s Sheet, w io.Writer) error {
	return o.sheetPart(ctx, s, s.row.Object, sheetContent(s.ID), w)
}

// SheetBack is said beside SheetContent.
func (o *Office) SheetBack(ctx context.Context, s Sheet, w io.Writer) error {
	return o.sheetPart(ctx, s, s.row.Back, sheetBack(s.ID), w)
}

func (o *Office) sheetPart(ctx context.Context, s Sheet, object, name string, w io.Writer) error {
	switch {
	case s.Closed:
		return fault.New(fault.Conflict, "bulk.closed")
	case object == "":
		return noSheet()
	case o.Shelf == nil:
		return fault.New(fault.Conflict, "evidence.not-taken")
	}
	from, err := o.Shelf.Open(ctx, object)
	if err == nil {
		err = errors.Join(o.Vault.OpenStreamUnder(ctx, s.key, name, from, w), from.Close())
	}
	switch fault.Code(err) {
	case "shelf.missing", "vault.blob-damaged": // after a restore, say: it is in no backup
		return fault.New(fault.Conflict, "bulk.lost")
	}
	return err
}

// DropSheet lets a spreadsheet go before its days are over.
//
// Faults: bulk.none, bulk.working.
func (o *Office) DropSheet(ctx context.Context, by By, id string) error {
	var gone []string
	err := o.write(ctx, false, func(tx store.Tx, _ before) error {
		row, err := o.sheetFor(tx, by, id)
		if err != nil {
			return err
		}
		if working, err := isWorking(tx, id); err != nil || working {
			return errors.Join(err, fault.New(fault.Conflict, "bulk.working"))
		}
		gone, err = o.letGoSheets(tx, row.ID)
		return err
	})
	if err != nil {
		return err
	}
	return o.forgetSheets(ctx, gone)
}

// ExpireSheets lets those go whose days are over: a schedule calls it.
func (o *Office) ExpireSheets(ctx context.Context) error {
	for more := true; more; {
		var gone []string
		err := o.write(ctx, true, func(tx store.Tx, _ before) error {
			ids, err := tx.ExpiredSheets(o.instant(), sheetsAtOnce)
			if more = len(ids) == sheetsAtOnce; err != nil || len(ids) == 0 {
				return err
			}
			gone, err = o.letGoSheets(tx, ids...)
			return err
		})
		if err == nil && len(gone) > 0 {
			err = o.forgetSheets(ctx, gone)
		}
		if err != nil {
			return fmt.Errorf("let expired spreadsheets go: %w", err)
		}
	}
	return nil
}

// letGoSheets removes spreadsheets, and notes that their keys and what lies on the
// shelf go too.
func (o *Office) letGoSheets(tx store.Tx, ids ...string) (objects []string, err error) {
	leases := make([]string, len(ids))
	for n, id := range ids {
		leases[n] = sheetLease(id)
	}
	if objects, err = tx.DeleteSheets(ids); err != nil {
		return nil, err
	}
	return objects, errors.Join(tx.DropLeases(leases...), o.unshelveLater(tx, objects), o.shredLater(tx, ids))
}

func (o *Office) forgetSheets(ctx context.Context, objects []string) error {
	ctx = context.WithoutCancel(ctx)
	return errors.Join(o.unshelve(ctx, objects), o.FinishErasures(ctx))
}
