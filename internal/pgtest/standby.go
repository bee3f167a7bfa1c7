package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// standbyName is by what the primary knows its standby.
const standbyName = "standby"

// Standby starts a standby of the server, and has the server wait for it with
// every commit: what it acknowledges is on both disks.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	standby := newServer(t)
	t.Cleanup(standby.remove)
	if err := os.Remove(standby.Folder); err != nil { // pg_basebackup makes it
		t.Fatal(err)
	}
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=%s application_name=%s", s.Port, Superuser, standbyName)
	if out, err := s.tool("pg_basebackup", "-D", standby.Folder, "-d", from, "--write-recovery-conf", "--checkpoint=fast", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v: %s", err, out)
	}
	standby.Run(t, "cluster_name="+standbyName)
	s.Exec(t, s.URL(Superuser, "postgres"),
		"ALTER SYSTEM SET synchronous_standby_names = '"+standbyName+"'",
		"SELECT pg_reload_conf()")
	s.await(t, "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
	return standby
}

// Promote makes a standby the primary.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	s.Exec(t, s.URL(Superuser, "postgres"), "SELECT pg_promote()")
	s.await(t, "SELECT NOT pg_is_in_recovery()")
}

// await asks until the answer is yes.
func (s *Server) await(t testing.TB, question string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, s.URL(Superuser, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for yes := false; !yes; time.Sleep(20 * time.Millisecond) {
		if err := c.QueryRow(ctx, question).Scan(&yes); err != nil {
			t.Fatalf("%s: %v", question, err)
		}
	}
}

// AnyOf is the address of a database on several servers, of which the primary
// is meant.
func AnyOf(role, database string, servers ...*Server) string {
	hosts := make([]string, len(servers))
	for i, s := range servers {
		hosts[i] = fmt.Sprintf("127.0.0.1:%d", s.Port)
	}
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", url.PathEscape(role), strings.Join(hosts, ","), database)
}
