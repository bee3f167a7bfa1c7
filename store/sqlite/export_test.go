package sqlite

import "context"

// Exec runs a statement on the writer's own connection, past the interfaces.
func (s *Store) Exec(ctx context.Context, text string) error {
	_, err := s.writer.ExecContext(ctx, text)
	return err
}

// Setting is what a pragma of the writer's connection says.
func (s *Store) Setting(ctx context.Context, pragma string) (string, error) {
	var value string
	err := s.writer.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&value)
	return value, err
}

// Schema is how many migrations there are.
var Schema = len(migrations)

// Migrations are their statements.
var Migrations = migrations
