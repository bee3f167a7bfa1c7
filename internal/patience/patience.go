// Package patience bounds what is waited for from a PostgreSQL server: a network
// that was cut looks like a server that thinks.
package patience

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// How long anything is waited for. A wait that ends is an error, never a doubt
// whether an act is there, but for the commit itself.
const (
	Connect = 10 * time.Second // for a connection, a new one or one of a pool's
	Answer  = 60 * time.Second // for anything to come from the server, which is asked something, and for it to take in what it is sent
	Bulk    = 10 * time.Minute // likewise, where a table is written as a whole
)

// settings are those of every connection, unless the address gives others: how long the server waits for a lock
// that another act holds, and after what time it breaks off a transaction of
// ours of which it hears nothing, so that a process which was cut off holds up
// nobody for long. There is no statement_timeout: it would end the wait of a
// commit for its standby, and let it return as if the standby had it.
var settings = map[string]string{
	"application_name":                    "chancery",
	"lock_timeout":                        "10s",
	"idle_in_transaction_session_timeout": "120s",
	"client_connection_check_interval":    "5s",
	"tcp_keepalives_idle":                 "10",
	"tcp_keepalives_interval":             "5",
	"tcp_keepalives_count":                "3",
	"timezone":                            "UTC",
	"plan_cache_mode":                     "force_generic_plan", // all our questions go by a key: to plan each anew costs more than to answer it
}

// Bound sets what every connection has: bounds on waiting, and a primary at its
// other end.
func Bound(config *pgx.ConnConfig) {
	config.ConnectTimeout = Connect
	dialer := &net.Dialer{Timeout: Connect, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &patientConn{Conn: c, patience: Answer}, nil
	}
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	for name, value := range settings {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
}

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

// While does something that may take long before the server says anything.
func While(c *pgx.Conn, patience time.Duration, do func() error) error {
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
	defer set(Answer)
	return do()
}
