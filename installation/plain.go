package installation

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/store/sqlite"
)

// What filings wrote is inserted again, by plain statements: how many filings a
// second that makes is what `bench intake` compares acts with.

// InsertPlainly inserts the rows that filings wrote into an installation, those of
// so many filings to a transaction, into a database of its own: with the rows of
// their keys, which the acts keep in another database, and in the order in which
// the claims came.
func InsertPlainly(ctx context.Context, places Places, to string, batch int, most time.Duration) (rate int64, err error) {
	data, keys := filepath.Join(places.Data, databaseFile), filepath.Join(places.Keys, "keystore.db")
	came := "(SELECT c.rowid FROM claims c WHERE c.id = claim_id)"
	s, err := sqlite.NewPlain(ctx, to,
		sqlite.PlainRows{File: data, Table: "docket", Order: "seq"}, sqlite.PlainRows{File: data, Table: "unsequenced", Order: "seq"},
		sqlite.PlainRows{File: data, Table: "claims", Order: "rowid"}, sqlite.PlainRows{File: data, Table: "claim_references", Order: came},
		sqlite.PlainRows{File: data, Table: "idempotency", Order: came}, sqlite.PlainRows{File: data, Table: "blobs", Order: "rowid"},
		sqlite.PlainRows{File: data, Table: "features", Order: came},
		sqlite.PlainRows{File: keys, Table: "wrapped_keys", Order: "(SELECT c.rowid FROM beside.claims c WHERE c.id = claim_id)", Beside: data})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	filings := s.Rows("claims")
	part, took, err := s.Insert(ctx, max(1, filings/batch), most)
	if err != nil {
		return 0, err
	}
	return int64(part * float64(filings) / took.Seconds()), nil
}

// InsertBarely is the same on PostgreSQL, as the database's owner, by so many
// clients: each transaction sends all its rows at once, or a table at a time by
// COPY. The keys are in no PostgreSQL, and are left out.
func InsertBarely(ctx context.Context, owner string, clients, batch int, most time.Duration) (rate int64, err error) {
	p, err := postgres.NewPlain(ctx, owner, clients)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.Close(context.WithoutCancel(ctx))) }()
	filings, took, err := p.Insert(ctx, clients, batch, most)
	if err != nil {
		return 0, err
	}
	return int64(float64(filings) / took.Seconds()), nil
}
