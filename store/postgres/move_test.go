package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/postgres"
)

// A job that was copied in from another store is handed out like one that an act
// entered.
func TestAJobThatWasCopiedInIsHandedOut(t *testing.T) {
	s := started(t).opened(t)
	err := s.CopyIn(t.Context(), "jobs", []string{"kind", "key", "body", "due", "attempts", "trouble", "failed"}, [][]any{
		{"shred", "late", "", docket.At(time.Now()).String(), int64(0), "", int64(0)},
		{"shred", "given up", "", docket.At(time.Now()).String(), int64(15), "why", int64(1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var looked []string
	_ = s.Work(ctx, aMinute, func(_ context.Context, kind, key string) (docket.Instant, error) {
		looked = append(looked, kind+" "+key)
		cancel()
		return docket.Instant{}, nil
	})
	if len(looked) != 1 || looked[0] != "shred late" {
		t.Errorf("looked at %q", looked)
	}
}

// The server goes while its owner waits there: it is said to be away, in the words that
// tell what to do, and not by what a broken connection calls itself.
func TestAnOwnerIsToldThatTheServerWentAway(t *testing.T) {
	for _, c := range []struct {
		what, wait string
		do         func(ctx context.Context, owner string) error
	}{
		{"prepare", "SELECT pg_advisory_lock(7163082334074663545)", func(ctx context.Context, owner string) error { return postgres.Prepare(ctx, owner, pgtest.Application) }},
		{"close", "BEGIN; LOCK TABLE docket", func(ctx context.Context, owner string) error { return postgres.Close(ctx, owner, pgtest.Application) }},
		{"clear", "BEGIN; LOCK TABLE meta", func(ctx context.Context, owner string) error { return postgres.Clear(ctx, owner, "none") }},
	} {
		t.Run(c.what, func(t *testing.T) {
			server := pgtest.Start(t)
			owner := server.URL(pgtest.Owner, server.Database(t, ""))
			if err := postgres.Prepare(t.Context(), owner, pgtest.Application); err != nil {
				t.Fatal(err)
			}
			other, err := pgx.Connect(t.Context(), owner)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close(context.Background())
			if _, err := other.Exec(t.Context(), c.wait); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- c.do(t.Context(), owner) }()
			for waiting := 0; waiting == 0; {
				if err := other.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&waiting); err != nil {
					t.Fatal(err)
				}
			}
			server.Kill()
			if err := <-done; !errors.Is(err, store.ErrAway) {
				t.Errorf("told %v", err)
			}
		})
	}
}

// A database that is closed for the application's role can be read and not
// written; prepared again, it is as before. Cleared, it is empty, unless it holds
// another log's installation.
func TestADatabaseIsClosedAndCleared(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	owner := db.in(schema, pgtest.Owner)
	s := opened(t, db.in(schema, pgtest.Application))
	put := func() error {
		return s.Write(t.Context(), func(tx store.Tx) error { return tx.PutMeta("origin", "claims.example.org/log") })
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("write", put())
	must("close", postgres.Close(t.Context(), owner, pgtest.Application))
	if put() == nil {
		t.Error("it takes something in")
	}
	origin := func() (origin string, err error) {
		err = s.Read(t.Context(), func(r store.Reader) (err error) {
			origin, err = r.Meta("origin")
			return err
		})
		return origin, err
	}
	if got, err := origin(); got != "claims.example.org/log" || err != nil {
		t.Errorf("it reads %q, %v", got, err)
	}
	closed := func(want bool) {
		t.Helper()
		if got, err := postgres.Closed(t.Context(), db.in(schema, pgtest.Application)); got != want || err != nil {
			t.Errorf("closed: %t, %v", got, err)
		}
	}
	closed(true)
	must("close again", postgres.Close(t.Context(), owner, pgtest.Application))
	must("open again", postgres.Reopen(t.Context(), owner, pgtest.Application))
	closed(false)
	must("write again", put())
	if err := postgres.Clear(t.Context(), owner, "other.example.org/log"); fault.Code(err) != "installation.database-taken" {
		t.Errorf("cleared for another: %v", err)
	}
	must("clear", postgres.Clear(t.Context(), owner, "claims.example.org/log"))
	must("prepare anew", postgres.Prepare(t.Context(), owner, pgtest.Application))
	if got, err := origin(); !errors.Is(err, store.ErrNone) {
		t.Errorf("it still holds %q, %v", got, err)
	}
}
