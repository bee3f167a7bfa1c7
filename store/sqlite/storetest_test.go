package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
	"github.com/openchancery/chancery/store/storetest"
)

func TestTheSuiteThatEveryStorePasses(t *testing.T) {
	storetest.Run(t, func(t testing.TB) store.Store { return opened(t, path(t)) })
}

// path is a place for a database whose name would break a careless address.
func path(t testing.TB) string {
	return filepath.Join(t.TempDir(), "register? 100% #1;.db")
}

func opened(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path)
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
