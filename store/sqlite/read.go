package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/openchancery/chancery/store"
)

// readsAtOnce bounds those who read at once; others wait.
const readsAtOnce = 8

// readConn is a connection that reads, with what was prepared on it.
type readConn struct {
	*sql.Conn
	statements statements
}

func (c *readConn) close() error { return errors.Join(c.statements.close(), c.Conn.Close()) }

// readConns are connections that nobody uses at the moment.
type readConns struct {
	mu   sync.Mutex
	list []*readConn // owned by mu
}

func (r *readConns) take() *readConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.list)
	if n == 0 {
		return nil
	}
	c := r.list[n-1]
	r.list = r.list[:n-1]
	return c
}

func (r *readConns) put(c *readConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, c)
}

func (r *readConns) close() error {
	var errs []error
	for c := r.take(); c != nil; c = r.take() {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}

// Read runs look in one read transaction, so that it sees one state.
func (s *Store) Read(ctx context.Context, look func(store.Reader) error) error {
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c := s.idle.take()
	if c == nil {
		conn, err := s.readers.Conn(ctx)
		if err != nil {
			return fmt.Errorf("begin to read: %w", err)
		}
		c = &readConn{conn, newStatements(conn)}
	}
	defer s.doneReading(c)
	if _, err := c.statements.exec(ctx, "BEGIN", nil); err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	return look(&reader{ctx: ctx, asked: ctx, q: c, statements: c.statements})
}

// doneReading ends the transaction, which leaves nothing to keep, and keeps the
// connection for the next who reads.
func (s *Store) doneReading(c *readConn) {
	if _, err := c.statements.exec(context.Background(), "ROLLBACK", nil); err != nil {
		_ = c.close() // whatever is wrong with it goes with it
		return
	}
	s.idle.put(c)
}
