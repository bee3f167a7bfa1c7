package installation

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/openchancery/chancery/store/sqlite"
)

// InsertPlainly inserts the rows that filings wrote into an installation again,
// by plain statements into a database of its own, so many filings to a
// transaction: how many filings a second that makes. It is what `bench intake`
// compares acts with.
func InsertPlainly(ctx context.Context, places Places, to string, batch int, most time.Duration) (rate int64, err error) {
	s, err := sqlite.NewPlain(ctx, filepath.Join(places.Data, databaseFile), to,
		"docket", "unsequenced", "claims", "claim_references", "idempotency", "blobs")
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
