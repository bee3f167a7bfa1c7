package life_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/simulate/life"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// On PostgreSQL the same lives are played. There the invariants are checked, and
// not the order: how long a turn is kept goes by the database's own clock.
func TestLivesOnPostgreSQL(t *testing.T) {
	server := pgtest.Shared(t)
	for seed := uint64(1); seed <= postgresLives; seed++ {
		l, err := life.Play(t.Context(), life.Options{
			Seed: seed, Years: 1, Owner: server.URL(pgtest.Owner, server.Database(t, "")), Role: pgtest.Application,
		})
		if f, ok := errors.AsType[*life.Failure](err); ok {
			t.Fatalf("%v\n%s", f, strings.Join(f.Story, "\n"))
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: %+v", seed, l.Summary)
	}
}
