package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/openchancery/chancery/fault"
)

// oldestServer is the first version of PostgreSQL in which only its owner may
// make things in a database's public schema.
const oldestServer = 150000

// migrationLock is the advisory lock under which one program at a time looks
// after the schema of a database: the first eight letters of "chancery".
const migrationLock = 0x6368616e63657279

// Prepare makes the schema in a database, or brings it up to date, and gives
// role, as which the application will act, its rights: on the docket, its
// annexes and leaves and the reading log to read and to add, and no other. It
// acts as whom ownerURL names, who owns the schema from then on; role must be
// there, and be another. It may be called again at any time.
//
// Faults: store.holds-keys and store.holds-other where there is no schema of ours but
// something else.
func Prepare(ctx context.Context, ownerURL, role string) error {
	config, err := connConfig(ownerURL)
	if err != nil {
		return err
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if err := checkOwner(ctx, c, role); err != nil {
		return err
	}
	// All steps and all rights in one transaction: PostgreSQL takes back a
	// CREATE TABLE as it takes back a row.
	err = pgx.BeginFunc(ctx, c, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		if err := migrate(ctx, t); err != nil {
			return err
		}
		return grant(ctx, t, role)
	})
	if err == nil {
		err = prepareRiver(ctx, c, role)
	}
	if fault.Code(err) != "" {
		return err
	}
	if err != nil {
		return fmt.Errorf("prepare the database: %w", away(err))
	}
	return nil
}

func checkOwner(ctx context.Context, c *pgx.Conn, role string) error {
	var version int
	var same, there bool
	err := c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int,
			pg_has_role($1, current_user, 'MEMBER'), true FROM pg_roles WHERE rolname = $1
		UNION ALL SELECT current_setting('server_version_num')::int, false, false ORDER BY 3 DESC LIMIT 1`, role).Scan(&version, &same, &there)
	switch {
	case err != nil:
		return fmt.Errorf("prepare the database: %w", away(err))
	case version < oldestServer:
		return fault.New(fault.Conflict, "store.server-too-old", "version", version/10000, "oldest", oldestServer/10000)
	case !there:
		return fault.New(fault.NotFound, "store.role-missing", "role", role)
	case same:
		return fault.New(fault.Conflict, "store.role-owns", "role", role)
	}
	return nil
}

// schemaAt is the schema's number; 0 where there is none. It stands in a view,
// which only the owner can put another in the place of.
func schemaAt(ctx context.Context, q rowQuerier) (at int, err error) {
	err = q.QueryRow(ctx, "SELECT number FROM schema_number").Scan(&at)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == codeUndefinedTable {
		return 0, nil
	}
	return at, err
}

// rowQuerier is what a connection, a pool and a transaction have in common.
type rowQuerier interface {
	QueryRow(ctx context.Context, text string, args ...any) pgx.Row
}

// migrate applies what the schema still lacks.
func migrate(ctx context.Context, t pgx.Tx) error {
	var there bool
	if err := t.QueryRow(ctx, "SELECT to_regclass('schema_number') IS NOT NULL").Scan(&there); err != nil {
		return err
	}
	at := 0
	if there {
		var err error
		if at, err = schemaAt(ctx, t); err != nil {
			return err
		}
	}
	if at > len(migrations) {
		return newer(at)
	}
	if at == 0 {
		if err := unused(ctx, t); err != nil {
			return err
		}
	}
	for ; at < len(migrations); at++ {
		step := fmt.Sprintf("%s; CREATE OR REPLACE VIEW schema_number AS SELECT %d AS number", migrations[at], at+1)
		if _, err := t.Exec(ctx, step); err != nil {
			return fmt.Errorf("bring the schema to %d: %w", at+1, err)
		}
	}
	return nil
}

// unused refuses to make the schema where anything else lies: a wrong name leads into
// another program's database, or into that of the keys, which is none of anybody's any
// more once claims are in it. What an extension brought is nobody's work.
func unused(ctx context.Context, t pgx.Tx) error {
	var keys bool
	var other string
	err := t.QueryRow(ctx, `SELECT to_regclass('key_store_number') IS NOT NULL, coalesce((
		SELECT min(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
			AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')), '')`).Scan(&keys, &other)
	switch {
	case err != nil:
		return err
	case keys:
		return fault.New(fault.Conflict, "store.holds-keys")
	case other != "":
		return fault.New(fault.Conflict, "store.holds-other", "table", other)
	}
	return nil
}

// newer is the fault of a database that a newer program wrote: an older one
// must not touch what it doesn't know.
func newer(at int) error {
	return fault.New(fault.Conflict, "store.schema-newer", "schema", at, "known", len(migrations))
}

// grant gives role its rights, and takes away any other.
func grant(ctx context.Context, t pgx.Tx, role string) error {
	to := pgx.Identifier{role}.Sanitize()
	var schema string
	var version int
	if err := t.QueryRow(ctx, "SELECT current_schema(), current_setting('server_version_num')::int").Scan(&schema, &version); err != nil {
		return err
	}
	var text strings.Builder
	in := pgx.Identifier{schema}.Sanitize()
	fmt.Fprintf(&text, "GRANT USAGE ON SCHEMA %s TO %s;", in, to)
	for _, table := range tables {
		fmt.Fprintf(&text, "REVOKE ALL ON %[1]s FROM PUBLIC, %[3]s; GRANT %[2]s ON %[1]s TO %[3]s;", table.Name, rights[table.Name], to)
	}
	// UPDATE on the sequence is what setval asks for, after a whole docket was
	// copied in.
	fmt.Fprintf(&text, "GRANT SELECT ON schema_number TO %[1]s; GRANT USAGE, SELECT, UPDATE ON SEQUENCE docket_seq_seq TO %[1]s;", to)
	if version >= maintainSince {
		fmt.Fprintf(&text, "GRANT MAINTAIN ON %s TO %s;", strings.Join(scrubbed, ", "), to)
	}
	_, err := t.Exec(ctx, text.String())
	return err
}

// maintainSince is the version from which a role can be let VACUUM a table that
// it doesn't own.
const maintainSince = 170000
