package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/fault"
)

// Close lets role read the database and no more, once the acts that are under way
// are done: whoever still acts there, on whatever machine, is refused from then
// on. It acts as the owner. Prepare gives the rights back.
func Close(ctx context.Context, ownerURL, role string) error {
	return asOwner(ctx, ownerURL, "close the database", func(t pgx.Tx) error {
		var list []string
		for _, table := range tables {
			list = append(list, table.Name)
		}
		all := strings.Join(list, ", ")
		_, err := t.Exec(ctx, fmt.Sprintf("LOCK TABLE %[1]s IN SHARE MODE; REVOKE INSERT, UPDATE, DELETE ON %[1]s FROM %[2]s",
			all, pgx.Identifier{role}.Sanitize()))
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
		_, err = t.Exec(ctx, `DROP VIEW IF EXISTS schema_number;
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
