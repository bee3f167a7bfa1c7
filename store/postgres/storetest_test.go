package postgres_test

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestTheSuiteThatEveryStorePasses(t *testing.T) {
	db := started(t)
	storetest.Run(t, func(t testing.TB) store.Store { return db.opened(t) })
}

// server is a server with one database. Each test has a schema of its own in
// it: that takes a tenth of the time of a database of its own.
type server struct {
	*pgtest.Server
	database string
}

func started(t testing.TB) server {
	t.Helper()
	s := pgtest.Shared(t)
	return server{s, s.Database(t, "")}
}

// in is the address of a schema for a role.
func (s server) in(schema, role string) string {
	return s.URL(role, s.database) + "&search_path=" + schema
}

// prepared makes a schema and prepares it.
func (s server) prepared(t testing.TB) (schema string) {
	t.Helper()
	schema = "s" + strings.ToLower(rand.Text()[:16])
	s.Exec(t, s.URL(pgtest.Owner, s.database), "CREATE SCHEMA "+schema)
	if err := postgres.Prepare(context.Background(), s.in(schema, pgtest.Owner), pgtest.Application); err != nil {
		t.Fatal(err)
	}
	return schema
}

// opened is an empty store, as the application opens it.
func (s server) opened(t testing.TB) *postgres.Store {
	t.Helper()
	return opened(t, s.in(s.prepared(t), pgtest.Application))
}

func opened(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
