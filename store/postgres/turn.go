package postgres

import (
	"context"
	"fmt"
)

// turnLock is the advisory lock of who sequences and publishes.
const turnLock = migrationLock + 1

// Turn takes the turn to sequence and publish, unless another process has it;
// end gives it back. The server gives it free too when the process ends or its
// connection breaks. It holds one connection of the pool meanwhile.
func (s *Store) Turn(ctx context.Context) (end func() error, mine bool, err error) {
	c, err := s.acquire(ctx)
	if err != nil {
		return nil, false, err
	}
	// A transaction's lock and not a session's, so that a pooler which hands out
	// connections by the transaction may stand in between.
	free := func() error {
		defer c.Release()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelPatience)
		defer cancel()
		_, err := c.Exec(ctx, "ROLLBACK")
		return err
	}
	asking, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	if _, err = c.Exec(asking, "BEGIN"); err == nil {
		// To publish may take longer than a transaction may otherwise be idle.
		_, err = c.Exec(asking, "SET LOCAL idle_in_transaction_session_timeout = 0")
	}
	if err == nil {
		err = c.QueryRow(asking, "SELECT pg_try_advisory_xact_lock($1)", int64(turnLock)).Scan(&mine)
	}
	if err != nil || !mine {
		_ = free()
		if err != nil {
			err = fmt.Errorf("take the turn to sequence: %w", err)
		}
		return nil, false, err
	}
	// What was done is done, also where the connection broke meanwhile and the
	// turn with it.
	return func() error { _ = free(); return nil }, true, nil
}
