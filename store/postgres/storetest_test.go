package postgres_test

import (
	"context"
	"testing"

	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/store/storetest"
)

func TestTheSuiteThatEveryStorePasses(t *testing.T) {
	db := prepared(t)
	storetest.Run(t, func(t testing.TB) store.Store { return db.opened(t) })
}

// prepared is a server with a database in which the schema is, and nothing
// else: those of the tests are copies of it.
type server struct {
	*pgtest.Server
	template string
}

func prepared(t testing.TB) server {
	t.Helper()
	s := pgtest.Start(t)
	template := s.Database(t, "")
	if err := postgres.Prepare(context.Background(), s.URL(pgtest.Owner, template), pgtest.Application); err != nil {
		t.Fatal(err)
	}
	return server{s, template}
}

// opened is an empty store, as the application opens it.
func (s server) opened(t testing.TB) *postgres.Store {
	t.Helper()
	return opened(t, s.URL(pgtest.Application, s.Database(t, s.template)))
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
