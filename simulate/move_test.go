package simulate_test

import (
	"encoding/json"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
)

// A whole programme moves to PostgreSQL and back: the same head, figures and
// balances, tables that are those of the docket, and receipts that verify as
// before.
func TestAProgrammeMovesToPostgreSQLAndBack(t *testing.T) {
	places := playing(t, 150, func(installation.Places, <-chan struct{}) {})
	server := pgtest.Start(t)
	owner := server.URL(pgtest.Owner, server.Database(t, ""))
	figures, receipts := standing(t, places), receiptsOf(t, places)
	for _, m := range []installation.Moving{{Owner: owner, Role: pgtest.Application}, {Owner: owner, Back: true}} {
		moved, err := installation.Move(t.Context(), places.Data, m, installation.Options{})
		must(t, err)
		if moved.Rows["blobs"] == 0 || moved.Rows["payments"] == 0 {
			t.Errorf("moved %+v", moved)
		}
		if now := standing(t, places); now != figures {
			t.Errorf("in %s:\n%s, was\n%s", moved.To, now, figures)
		}
		// From either store it is backed up, and comes back into a file.
		safe := newSafe(t)
		_, err = safe.backedUp(places)
		must(t, err)
		back := safe.restored(t, 0, places.Keys)
		if back.Head != moved.Head || standing(t, back.Places) != figures {
			t.Errorf("backed up in %s it comes back as %+v", moved.To, back)
		}
		now := receiptsOf(t, places)
		for n, was := range receipts {
			if now[n] != was {
				t.Errorf("in %s receipt %d is another:\n%s\n%s", moved.To, n, now[n], was)
			}
		}
	}
}

// receiptsOf are the receipts of some entries, each checked as it is made.
func receiptsOf(t testing.TB, places installation.Places) (texts []string) {
	t.Helper()
	i, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	defer i.Close()
	page, _, err := i.Office.ClaimPage(t.Context(), store.ClaimQuery{Programme: "demo", Limit: 20})
	must(t, err)
	for _, c := range page {
		r, _, err := i.Office.Receipt(t.Context(), string(c.Reference))
		must(t, err)
		r.Issued = docket.Instant{}
		text, err := json.Marshal(r)
		must(t, err)
		texts = append(texts, string(text))
	}
	if len(texts) < 3 {
		t.Fatalf("only %d receipts", len(texts))
	}
	return texts
}
