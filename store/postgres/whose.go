package postgres

import (
	"context"
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
