package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/store/sqlite"
)

// Moving says where docket and tables go.
type Moving struct {
	Owner    string // the PostgreSQL, by its owner's address: the one that is moved to, or away from
	Role     string // as whom the application acts there; for the way there
	Back     bool   // to a file in the data directory
	Progress office.Progress
}

// Moved is what a move came to.
type Moved struct {
	From string           `json:"from"` // where the old database stays
	To   string           `json:"to"`
	Head docket.TreeHead  `json:"head"`
	Rows map[string]int64 `json:"rows"`
	// Variable is the environment's, where it still names the database that was left:
	// nobody asks it while the data is a file.
	Variable string `json:"variable,omitempty"`
}

// movingFile stands in a data directory while a database is being filled: what it
// names is ours to clear when the move is given again.
const movingFile = "moving.json"

// movingDatabase is a file that is being filled.
const movingDatabase = databaseFile + ".moving"

// Move copies docket and tables into another database, holds the copy to what was
// copied, row by row, and to the tree, and then lets the installation use it: the
// file of places is replaced, which is one step and the last. Until then the old
// database is the installation's, and untouched but that nobody acts in it: by the
// lock where it is a file, by the role's rights where it is a PostgreSQL. Given
// again after a crash it starts over. The old database stays, for reading.
//
// Faults: move.there where it is there already; move.lives where it was moved there
// before and went on; installation.database-taken.
func Move(ctx context.Context, dir string, m Moving, o Options) (*Moved, error) {
	return move(ctx, dir, m, o, func(string) error { return nil })
}

// move tells done after each step; an error of it ends the work there, as a crash
// would.
func move(ctx context.Context, dir string, m Moving, o Options, done func(step string) error) (_ *Moved, err error) {
	target, err := Find(dir)
	if err != nil {
		return nil, err
	}
	was := target
	if target.shared() != m.Back {
		return nil, fault.New(fault.Conflict, "move.there", "dir", dir, "database", was.databaseName())
	}
	if m.Back && was.Several {
		return nil, fault.New(fault.Conflict, "installation.several")
	}
	if target.Database = ""; !m.Back {
		if target.Database, err = AddressFor(m.Role, m.Owner); err != nil {
			return nil, err
		}
	}
	if err := m.reached(ctx, was, target); err != nil {
		return nil, err
	}
	o.Disaster = true // alone on this machine; what else is checked at opening comes now
	i, err := open(ctx, was, o, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if err := errors.Join(i.belongs(ctx), i.log.checkSigned(ctx)); err != nil {
		return nil, err
	}
	if was.brokenOff() != nil { // what is to be forgotten first wants the rights that it took
		if err := m.release(ctx, was); err != nil {
			return nil, err
		}
	}
	if err := i.forget(ctx); err != nil {
		return nil, err
	}
	if err := m.hold(ctx, was, target); err != nil {
		return nil, err
	}
	if err := done("hold"); err != nil {
		return nil, err
	}
	moved, err := i.moveTo(ctx, target, m, done)
	if err != nil {
		return nil, errors.Join(err, m.release(ctx, was))
	}
	return moved, nil
}

// reached refuses an environment in which the application reaches another
// PostgreSQL than the one that is moved to, or away from.
func (m Moving) reached(ctx context.Context, was, target Places) error {
	if !m.Back {
		return target.reachedAs(ctx, m.Role, m.Owner)
	}
	if err := was.ownedBy(m.Owner); err != nil {
		return err
	}
	return was.reachedAs(ctx, "", m.Owner)
}

// moveTo fills the new database and goes over to it.
func (i *Installation) moveTo(ctx context.Context, target Places, m Moving, done func(step string) error) (_ *Moved, err error) {
	to, err := m.prepare(ctx, target, i.tree.Origin())
	if err != nil {
		return nil, err
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, to.Close())
		}
	}()
	if err := done("prepare"); err != nil {
		return nil, err
	}
	moved := &Moved{Rows: map[string]int64{}, From: i.Places.databaseName(), To: target.databaseName()}
	if m.Back && os.Getenv(DatabaseEnv) != "" {
		moved.Variable = DatabaseEnv
	}
	var all int64
	copied := map[string]store.Sum{}
	sums, err := store.Copy(ctx, i.store, to, func(table string, sum store.Sum) error {
		copied[table], moved.Rows[table] = sum, sum.Rows
		if all += sum.Rows; m.Progress != nil {
			m.Progress("move", all, 0)
		}
		// Before the new database says whose it is: what lies there then is known
		// again, and is no installation that was moved there before and went on.
		if content := store.Content(to.Tables(), copied); content != "" {
			if err := target.beginMove(content); err != nil {
				return err
			}
		}
		return done(table)
	})
	if err != nil {
		return nil, err
	}
	if moved.Head, err = i.holdTo(ctx, to, sums); err != nil {
		return nil, err
	}
	if m.Progress != nil {
		m.Progress("move", all, all)
	}
	if err := done("checked"); err != nil {
		return nil, err
	}
	closed = true
	if err := to.Close(); err != nil {
		return nil, err
	}
	if m.Back {
		if err := putInPlace(target.Data); err != nil {
			return nil, err
		}
	}
	if err := done("in place"); err != nil {
		return nil, err
	}
	if err := writePlaces(target); err != nil {
		return nil, err
	}
	if err := done("switched"); err != nil {
		return nil, err
	}
	return moved, i.setAside(target, moved)
}

// databaseName is where docket and tables are, for a person.
func (p Places) databaseName() string {
	if p.shared() {
		return p.Database
	}
	return filepath.Join(p.Data, databaseFile)
}

// hold keeps everybody from acting in the database that is moved: the lock does,
// where it is a file. That it was begun is written first, so that whoever is kept out
// by what was broken off is told so.
func (m Moving) hold(ctx context.Context, was, target Places) error {
	if !was.shared() {
		return nil
	}
	role, err := was.role()
	if err != nil {
		return err
	}
	if err := target.beginMove(""); err != nil {
		return err
	}
	if err := postgres.Close(ctx, m.Owner, role); err != nil {
		return errors.Join(err, was.endMove())
	}
	return nil
}

// begun is what the file of a move says.
type begun struct {
	To      *string `json:"to"`                // the PostgreSQL that is being filled, "" where it is a file; nil where it isn't said
	Content string  `json:"content,omitempty"` // of the whole copy, once all is in it but whose it is
}

// is reports whether it is of a move to this PostgreSQL.
func (b begun) is(database string) bool { return b.To != nil && *b.To == database }

// begun reads the file of a move; zero where there is none or it can't be made out.
func (p Places) begun() (b begun, err error) {
	text, err := os.ReadFile(filepath.Join(p.Data, movingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil && json.Unmarshal(text, &b) != nil {
		b = begun{}
	}
	return b, err
}

// beginMove writes that the database of p is being filled, and with what.
func (p Places) beginMove(content string) error {
	text, err := json.Marshal(begun{&p.Database, content})
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(p.Data, movingFile), append(text, '\n'))
}

// endMove takes back that one is.
func (p Places) endMove() error {
	err := os.Remove(filepath.Join(p.Data, movingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, syncFolder(p.Data))
}

// brokenOff is the fault of a move away from PostgreSQL that came to no end: the role
// may not act there any more. Who moves has the lock, so that it is asked of what
// nobody works on.
func (p Places) brokenOff() error {
	b, err := p.begun()
	if err == nil && p.shared() && b.is("") {
		err = fault.New(fault.Conflict, "move.broken-off", "database", p.Database)
	}
	return err
}

// movedAway is the fault of a database out of which the data were moved, or are being
// moved, by another folder than this one; nil where that isn't so.
func (p Places) movedAway(ctx context.Context, address string) error {
	if b, err := p.begun(); err != nil || b.is("") {
		return err
	}
	closed, err := postgres.Closed(ctx, address)
	if err == nil && closed {
		err = fault.New(fault.Conflict, "move.away", "database", p.Database, "dir", p.Data)
	}
	return err
}

// release lets act again in a database that was not moved after all.
func (m Moving) release(ctx context.Context, was Places) error {
	now, err := Find(was.Data)
	if err != nil || !was.shared() || now.Database != was.Database {
		return err
	}
	role, err := was.role()
	if err != nil {
		return err
	}
	if err := postgres.Reopen(context.WithoutCancel(ctx), m.Owner, role); err != nil {
		return err
	}
	return was.endMove()
}

// ownedBy refuses an owner's address that is of another database.
func (p Places) ownedBy(owner string) error {
	for _, address := range []string{p.Database, owner} {
		if _, err := AddressFor("", address); err != nil {
			return err
		}
	}
	ours, _ := url.Parse(p.Database)
	theirs, _ := url.Parse(owner)
	if ours.Host != theirs.Host || ours.Path != theirs.Path {
		return fault.New(fault.Invalid, "move.other-database", "database", p.Database)
	}
	return nil
}

// prepare makes an empty database, in the place of what an earlier attempt left.
func (m Moving) prepare(ctx context.Context, target Places, origin string) (store.Store, error) {
	if !m.Back {
		if err := m.makeRoom(ctx, target, origin); err != nil {
			return nil, err
		}
	}
	if err := target.beginMove(""); err != nil {
		return nil, err
	}
	if !m.Back {
		if err := target.makeSchema(ctx, m.Owner); err != nil {
			return nil, err
		}
		return target.openStore(ctx, true)
	}
	path := filepath.Join(target.Data, movingDatabase)
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return opened(sqlite.Open(ctx, path))
}

// makeRoom clears what an earlier attempt left, and refuses a database in which
// anything else is: also this very installation, which was moved there before and
// goes on there, where this folder is an older copy from amid that move.
func (m Moving) makeRoom(ctx context.Context, target Places, origin string) error {
	b, err := target.begun()
	if err != nil {
		return err
	}
	if !b.is(target.Database) {
		return m.empty(ctx, target)
	}
	holds, err := postgres.Holds(ctx, m.Owner)
	if err != nil {
		return err
	}
	if holds == origin {
		if left, err := m.leftThere(ctx, target, b); err != nil || !left {
			return errors.Join(err, fault.New(fault.Conflict, "move.lives", "database", target.Database))
		}
	}
	return postgres.Clear(ctx, m.Owner, origin)
}

// leftThere reports whether a database holds what the move that was begun put there,
// and nothing that came since.
func (m Moving) leftThere(ctx context.Context, target Places, b begun) (left bool, err error) {
	if b.Content == "" {
		return false, nil
	}
	to, err := target.openStore(ctx, false)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	sums, err := store.Sums(ctx, to)
	return err == nil && store.Content(to.Tables(), sums) == b.Content, err
}

// empty refuses a database in which anything is.
func (m Moving) empty(ctx context.Context, target Places) (err error) {
	if err := target.makeSchema(ctx, m.Owner); err != nil {
		return err
	}
	to, err := target.openStore(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	sums, err := store.Sums(ctx, to)
	for _, sum := range sums {
		if err == nil && sum.Rows > 0 {
			err = fault.New(fault.Conflict, "installation.database-taken", "origin", "")
		}
	}
	return err
}

// holdTo holds a copy to what was copied, and its leaves to the tree outside.
func (i *Installation) holdTo(ctx context.Context, to store.Store, want map[string]store.Sum) (head docket.TreeHead, err error) {
	got, err := store.Sums(ctx, to)
	if err != nil {
		return head, err
	}
	for _, table := range slices.Sorted(maps.Keys(want)) {
		if got[table] != want[table] {
			return head, fault.New(fault.Unsound, "move.differs", "table", table, "rows", got[table].Rows, "want", want[table].Rows)
		}
	}
	var tree docket.Frontier
	head = i.tree.Head()
	root := tree.Root()
	err = to.Read(ctx, func(reader store.Reader) error {
		for c, err := range i.agreed(reader) {
			if err != nil {
				return err
			}
			if tree.Append(docket.LeafHash(c)); tree.Size() == head.Size {
				root = tree.Root()
			}
		}
		return nil
	})
	if err == nil && (tree.Size() < head.Size || root != head.Root) {
		err = fault.New(fault.Unsound, "move.differs", "table", "leaves", "rows", tree.Size(), "want", head.Size)
	}
	return head, err
}

// putInPlace gives a filled file the name that the installation knows. One that
// is there is of before an earlier move, and is set aside.
func putInPlace(data string) error {
	path := filepath.Join(data, databaseFile)
	if _, err := keepAside(path); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(data, movingDatabase), path); err != nil {
		return err
	}
	return syncFolder(data)
}

// keepAside renames a database that is no longer used, where there is one.
func keepAside(path string) (aside string, err error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for n := 1; ; n++ {
		aside = fmt.Sprintf("%s.moved-%d", path, n)
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	for _, end := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, nil
}

// setAside tidies up once the installation uses the new database.
func (i *Installation) setAside(target Places, moved *Moved) error {
	// Closed, the file holds all that its log did.
	if err := i.store.Close(); err != nil {
		return err
	}
	i.store = nil
	if target.shared() {
		aside, err := keepAside(filepath.Join(target.Data, databaseFile))
		if err != nil {
			return err
		}
		moved.From = aside
	}
	return target.endMove()
}
