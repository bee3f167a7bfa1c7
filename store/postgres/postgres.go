// Package postgres keeps an installation in a PostgreSQL database, for any
// number of processes at once: acts on different things commit in parallel,
// and of two on the same thing one is refused. The application acts as a role
// that may read and add to the docket and nothing else (Prepare).
package postgres

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/patience"
	"github.com/openchancery/chancery/store"
)

// Store is one PostgreSQL database, by a pool of connections to its primary.
// The zero value is of no use: Open makes it.
type Store struct {
	pool       *pgxpool.Pool
	programmes recent[store.Programme]
	actors     recent[store.Actor]
	distrusted atomic.Int64          // until then nothing is told from memory: nanoseconds since 1970
	river      *river.Client[pgx.Tx] // enters jobs
	queue      string                // of River, for ours
}

var _ store.Store = (*Store)(nil)

// connectionsPerCore bounds the pool where the address doesn't (pool_max_conns).
// More would only wait for each other.
const connectionsPerCore = 8

// Open opens a database that Prepare has prepared, as the role that the address
// names (postgres://role@host:port/database). Several hosts may be named: those
// that only read, standbys, are passed over. A role that could change the
// docket is refused.
func Open(ctx context.Context, address string) (*Store, error) {
	s, err := open(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", Redacted(address), err)
	}
	return s, nil
}

func open(ctx context.Context, address string) (*Store, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, unreadable(err)
	}
	bound(config.ConnConfig)
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = int32(connectionsPerCore * runtime.GOMAXPROCS(0))
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool}
	err = s.check(ctx)
	if err == nil {
		s.river, s.queue, err = entering(ctx, pool)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// connConfig is how one connection is made.
func connConfig(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, unreadable(err)
	}
	bound(config)
	return config, nil
}

// unreadable is the error of an address that can't be read. The driver's own
// repeats the address, though without its password; that is enough of it.
func unreadable(err error) error {
	return fmt.Errorf("read the database's address: %w", err)
}

// bound sets what every connection has: bounds on waiting, a primary at its
// other end, and an ear for what the server warns of.
func bound(config *pgx.ConnConfig) {
	patience.Bound(config)
	config.OnNotice = func(c *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			c.CustomData()[warned] = n.Message
		}
	}
}

// warned is where a connection keeps what the server warned of last.
const warned = "warned"

// check holds the database against what this program knows, and its role
// against what an application may do.
func (s *Store) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience.Connect)
	defer cancel()
	at, err := schemaAt(ctx, s.pool)
	switch {
	case err != nil:
		return err
	case at == 0:
		return fault.New(fault.NotFound, "store.not-prepared")
	case at > len(migrations):
		return newer(at)
	case at < len(migrations):
		return fault.New(fault.Conflict, "store.schema-behind", "schema", at, "known", len(migrations))
	}
	if err := s.checkDurable(ctx); err != nil {
		return err
	}
	for _, g := range guarded {
		var role string
		var strong bool
		err := s.pool.QueryRow(ctx, `SELECT current_user, has_table_privilege($1, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
			OR pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = $1::regclass`, g.table).Scan(&role, &strong)
		if err != nil {
			return err
		}
		if strong {
			return fault.New(fault.Conflict, "store.role-too-strong", "role", role, "table", g.table)
		}
	}
	return nil
}

// sure are the settings without which the server answers a COMMIT that a loss of
// power may still undo, and the values with which it does. What waits for more
// than the primary's own disk (remote_apply) is left as it is.
var sure = map[string][]string{
	"synchronous_commit": {"on", "remote_write", "remote_apply"},
	"fsync":              {"on"},
	"full_page_writes":   {"on"},
}

// checkDurable refuses a database in which, or a role for which, what is
// acknowledged is not on disk yet.
func (s *Store) checkDurable(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(sure)) {
		var value string
		if err := s.pool.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return err
		}
		if !slices.Contains(sure[name], value) {
			return fault.New(fault.Conflict, "store.not-durable", "setting", name, "value", value)
		}
	}
	return nil
}

// Redacted is a database's address without its password, to be shown.
func Redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" { // as host=… password=… it is no URL, and may hold a password anywhere
		return "…"
	}
	q := u.Query()
	if q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}

// Tables is the one list of every table.
func (s *Store) Tables() []store.Table { return tables }

// Close ends every connection, once what they do is done.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// acquire is a connection of the pool, which is waited for within bounds.
func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	bounded, end := patience.ToConnect(ctx)
	defer end()
	c, err := s.pool.Acquire(bounded)
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		err = context.Cause(bounded)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", away(err))
	}
	return c, nil
}
