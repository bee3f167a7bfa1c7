package installation

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/store/sqlite"
	"github.com/openchancery/chancery/tlog"
)

// DatabaseEnv names, where it is set, the whole address at which the
// application reaches its PostgreSQL, in place of what places.json says: with a
// password, or by way of a pooler.
const DatabaseEnv = "CHANCERY_DATABASE"

// Role is as whom the application acts in PostgreSQL unless told otherwise.
const Role = "chancery"

// AddressFor is the address at which a role reaches the database of another
// address, without a password: passwords come from PGPASSWORD, from ~/.pgpass or
// from CHANCERY_DATABASE, and stand in no file of ours.
func AddressFor(role, address string) (string, error) {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "postgres" && at.Scheme != "postgresql" || at.Host == "" || len(at.Path) < 2 {
		return "", fault.New(fault.Invalid, "installation.database-address")
	}
	at.User = url.User(role)
	query := at.Query()
	query.Del("user")
	query.Del("password")
	at.RawQuery = query.Encode()
	return at.String(), nil
}

// address is where the application reaches the database now.
func (p Places) address() string { return cmp.Or(os.Getenv(DatabaseEnv), p.Database) }

// role is as whom the application acts.
func (p Places) role() (string, error) { return roleIn(p.address()) }

// roleIn is the role that an address names.
func roleIn(address string) (string, error) {
	at, err := url.Parse(address)
	if err != nil || at.User.Username() == "" {
		return "", fault.New(fault.Invalid, "installation.database-address")
	}
	return at.User.Username(), nil
}

// reachedAs refuses an environment that leads the application to another database
// than the one that a command is to fill or to leave, by its owner's address, or as
// another role than role, "" where any will do: that one would be filled or left in
// its place. Names prove nothing (an alias, a pooler), so both are asked who they are.
func (p Places) reachedAs(ctx context.Context, role, owner string) error {
	said := os.Getenv(DatabaseEnv)
	if said == "" || !p.shared() {
		return nil
	}
	named, err := postgres.Whose(ctx, owner)
	if err != nil {
		return err
	}
	reached, err := postgres.Whose(ctx, said)
	if err != nil {
		return err
	}
	if reached.Server != named.Server || reached.Database != named.Database || role != "" && reached.Role != role {
		return fault.New(fault.Invalid, "installation.environment-elsewhere", "variable", DatabaseEnv, "leads", postgres.Redacted(said), "named", p.Database)
	}
	return nil
}

// shared reports whether several processes may act on the installation at
// once.
func (p Places) shared() bool { return p.Database != "" }

// Shared reports whether several processes may act on this installation at once:
// its docket is in a PostgreSQL.
func (i *Installation) Shared() bool { return i.shared() }

// openStore opens what holds the docket and the tables: a file in the data
// directory, or a PostgreSQL.
func (p Places) openStore(ctx context.Context, writing bool) (store.Store, error) {
	file := filepath.Join(p.Data, databaseFile)
	switch {
	case p.Database != "":
		s, err := opened(postgres.Open(ctx, p.address()))
		if err == nil && !writing {
			s = onlyRead{s}
		}
		return s, err
	case writing:
		s, err := opened(sqlite.Open(ctx, file))
		if err != nil {
			return nil, err
		}
		// SQLite names a log beside each database and minds no failure to make
		// that name durable; what is committed into a log without a name is lost.
		if err := errors.Join(syncFolder(p.Data), syncFolder(p.Keys)); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		return s, nil
	}
	return opened(sqlite.OpenReadOnly(file))
}

// opened is a store, or none: a nil pointer in an interface isn't nil.
func opened[S store.Store](s S, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// onlyRead is a store on which nobody may act.
type onlyRead struct{ store.Store }

func (onlyRead) Write(context.Context, func(store.Tx) error) error {
	return errors.New("the database is open to read only")
}

// occupy makes the schema for a new installation, in the database that is named and
// in no other.
func (p Places) occupy(ctx context.Context, owner string) error {
	role, err := roleIn(p.Database)
	if err != nil {
		return err
	}
	if err := p.reachedAs(ctx, role, owner); err != nil {
		return err
	}
	return p.makeSchema(ctx, owner)
}

// makeSchema makes the schema in an empty PostgreSQL database as its owner, and
// lets the application's role in.
func (p Places) makeSchema(ctx context.Context, owner string) (err error) {
	role, err := roleIn(p.Database)
	if err != nil {
		return err
	}
	if err := postgres.Prepare(ctx, owner, role); err != nil {
		return err
	}
	s, err := p.openStore(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Read(ctx, func(r store.Reader) error {
		origin, err := r.Meta("origin")
		if err == nil {
			return fault.New(fault.Conflict, "installation.database-taken", "origin", origin)
		}
		if errors.Is(err, store.ErrNone) {
			return nil
		}
		return err
	})
}

// UpgradeDatabase brings the schema of an installation's PostgreSQL up to date,
// as its owner. Where a move away from it was broken off it goes on there. While one
// is under way it is refused: nobody may act in what is being copied.
func UpgradeDatabase(ctx context.Context, dir, owner string) (err error) {
	places, err := Find(dir)
	if err != nil {
		return err
	}
	if !places.shared() {
		return fault.New(fault.Invalid, "installation.no-postgres", "dir", dir)
	}
	role, err := places.role()
	if err != nil {
		return err
	}
	if _, err := AddressFor("", owner); err != nil {
		return err
	}
	held, err := share(filepath.Join(places.Data, lockFile), "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	if err := places.upgrades(ctx, owner); err != nil {
		return err
	}
	if err := places.movedAway(ctx, owner); err != nil {
		return err
	}
	if places.brokenOff() == nil {
		return postgres.Prepare(ctx, owner, role)
	}
	if err := postgres.Reopen(ctx, owner, role); err != nil {
		return err
	}
	return places.endMove()
}

// upgrades refuses to bring up to date what another installation's older program may
// be at work on, or to make a schema where there is none. A tree that is damaged tells
// its name all the same; a machine that is new to several has none yet, and takes the
// name of the database that it acts in.
func (p Places) upgrades(ctx context.Context, owner string) error {
	ours, err := tlog.Origin(p.Heads)
	if p.Several && fault.Code(err) == "tlog.missing" {
		ours, err = postgres.Holds(ctx, p.address())
	}
	if err != nil {
		return err
	}
	holds, err := postgres.Holds(ctx, owner)
	if err != nil {
		return err
	}
	if holds != ours || holds == "" {
		return fault.New(fault.Invalid, "installation.upgrade-elsewhere", "dir", p.Data, "named", p.Database, "origin", ours, "holds", holds)
	}
	return nil
}
