package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/fault"
)

// closedView is there while the database is closed: a folder of elsewhere that still names
// the database is told so by it, and is given no rights anew.
const closedView = "closed_for_a_move"

// Close lets role read the database and no more, once the acts that are under way
// are done: whoever still acts there, on whatever machine, is refused from then
// on. It acts as the owner. Reopen gives the rights back.
func Close(ctx context.Context, ownerURL, role string) error {
	return asOwner(ctx, ownerURL, "close the database", func(t pgx.Tx) error {
		var list []string
		for _, table := range tables {
			list = append(list, table.Name)
		}
		all := strings.Join(list, ", ")
		_, err := t.Exec(ctx, fmt.Sprintf(`LOCK TABLE %[1]s IN SHARE MODE; REVOKE INSERT, UPDATE, DELETE ON %[1]s FROM %[2]s;
			CREATE OR REPLACE VIEW %[3]s AS SELECT true AS closed`,
			all, pgx.Identifier{role}.Sanitize(), closedView))
		return err
	})
}

// Closed reports whether a database was closed and not opened again. It may be asked as
// anybody who sees the schema.
func Closed(ctx context.Context, address string) (closed bool, err error) {
	err = asOwner(ctx, address, "look whether the database is closed", func(t pgx.Tx) error {
		return t.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", closedView).Scan(&closed)
	})
	return closed, err
}

// Reopen is Prepare for a database that was closed.
func Reopen(ctx context.Context, ownerURL, role string) error {
	if err := Prepare(ctx, ownerURL, role); err != nil {
		return err
	}
	return asOwner(ctx, ownerURL, "open the database again", func(t pgx.Tx) error {
		_, err := t.Exec(ctx, "DROP VIEW IF EXISTS "+closedView)
		return err
	})
}

// Clear removes the schema of ours from a database that holds no installation but
// perhaps that of origin, which was being copied into it. It acts as the owner.
func Clear(ctx context.Context, ownerURL, origin string) error {
	return asOwner(ctx, ownerURL, "clear the database", func(t pgx.Tx) error {
		holds, err := originIn(ctx, t)
		if err != nil {
			return err
		}
		if holds != "" && holds != origin {
			return fault.New(fault.Conflict, "installation.database-taken", "origin", holds)
		}
		for _, table := range tables {
			if _, err := t.Exec(ctx, "DROP TABLE IF EXISTS "+table.Name+" CASCADE"); err != nil {
				return err
			}
		}
		_, err = t.Exec(ctx, `DROP VIEW IF EXISTS schema_number, `+closedView+`;
			DO $$ DECLARE f regprocedure; BEGIN
				FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
					AND prorettype = 'trigger'::regtype AND proowner = current_user::regrole LOOP
					EXECUTE 'DROP FUNCTION ' || f;
				END LOOP;
			END $$`)
		return err
	})
}

// asOwner runs work in one transaction on a connection of its own.
func asOwner(ctx context.Context, ownerURL, what string, work func(pgx.Tx) error) error {
	config, err := connConfig(ownerURL)
	if err != nil {
		return err
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if err := pgx.BeginFunc(ctx, c, work); err != nil {
		return fmt.Errorf("%s: %w", what, away(err))
	}
	return nil
}
