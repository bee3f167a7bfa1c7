package postgres

import (
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// How long anything is waited for. A wait that ends is an error, never a doubt
// whether an act is there, but for the commit itself (store.ErrUnknown).
const (
	connectPatience = 10 * time.Second // for a connection, a new one or one of the pool's
	answerPatience  = 60 * time.Second // for anything to come from the server, which is asked something, and for it to take in what it is sent
	bulkPatience    = 10 * time.Minute // likewise, where a table is written as a whole
	cancelPatience  = 5 * time.Second  // for telling the server that nobody waits any more
)

// patientConn is a connection on which no wait for the other side is endless:
// a network that takes what is sent and gives nothing back looks like a slow
// server, and goes on doing so; one that takes nothing holds up whoever sends. A
// context with a deadline for each question would do the same, and cost as much
// as a short question.
type patientConn struct {
	net.Conn

	mu       sync.Mutex
	patience time.Duration
	read     time.Time // the deadline for reading that others have set; zero for none
	write    time.Time // likewise for writing
}

// Read implements net.Conn.
func (c *patientConn) Read(b []byte) (int, error) {
	if err := c.bound(&c.read, c.Conn.SetReadDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write implements net.Conn.
func (c *patientConn) Write(b []byte) (int, error) {
	if err := c.bound(&c.write, c.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// bound sets a deadline of ours for what comes next, unless others have set one.
func (c *patientConn) bound(given *time.Time, set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !given.IsZero() {
		return nil
	}
	return set(time.Now().Add(c.patience))
}

// SetDeadline implements net.Conn.
func (c *patientConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.write = t, t
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *patientConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = t
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *patientConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write = t
	return c.Conn.SetWriteDeadline(t)
}

// patiently does something that may take long before the server says anything.
func patiently(c *pgx.Conn, patience time.Duration, do func() error) error {
	under := c.PgConn().Conn()
	if over, ok := under.(*tls.Conn); ok {
		under = over.NetConn()
	}
	wait, ok := under.(*patientConn)
	if !ok {
		return do()
	}
	set := func(patience time.Duration) {
		wait.mu.Lock()
		defer wait.mu.Unlock()
		wait.patience = patience
	}
	set(patience)
	defer set(answerPatience)
	return do()
}
