package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Place says which database an address leads to, by whatever name, and as whom.
type Place struct {
	Server   int64 // its system identifier, which its standbys have too
	Database string
	Role     string
}

// Whose asks where an address leads.
func Whose(ctx context.Context, address string) (p Place, err error) {
	config, err := connConfig(address)
	if err != nil {
		return p, err
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return p, fmt.Errorf("look where a database is: %w", err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if err := c.QueryRow(ctx, "SELECT system_identifier, current_database(), current_user FROM pg_control_system()").Scan(&p.Server, &p.Database, &p.Role); err != nil {
		return p, fmt.Errorf("look where a database is: %w", err)
	}
	return p, nil
}

// Holds is the origin of the installation whose docket and tables are in a database,
// "" where there is none. It asks as the owner.
func Holds(ctx context.Context, ownerURL string) (origin string, err error) {
	err = asOwner(ctx, ownerURL, "look what a database holds", func(t pgx.Tx) error {
		origin, err = originIn(ctx, t)
		return err
	})
	return origin, err
}

func originIn(ctx context.Context, t pgx.Tx) (origin string, err error) {
	var there bool
	if err := t.QueryRow(ctx, "SELECT to_regclass('meta') IS NOT NULL").Scan(&there); err != nil || !there {
		return "", err
	}
	err = t.QueryRow(ctx, "SELECT value FROM meta WHERE key = 'origin'").Scan(&origin)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return origin, err
}
