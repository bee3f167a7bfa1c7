package office_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// whoHasKeys are the ids in the key store.
func whoHasKeys(t testing.TB, keys *sql.DB) map[claim.ID]bool {
	t.Helper()
	rows, err := keys.Query("SELECT DISTINCT claim_id FROM wrapped_keys")
	must(t, err)
	defer rows.Close()
	has := map[claim.ID]bool{}
	for rows.Next() {
		var id claim.ID
		must(t, rows.Scan(&id))
		has[id] = true
	}
	must(t, rows.Err())
	return has
}

// Who files claims one after another, at the desk or by a program, soon gets ids whose
// keys were kept before; what they told is read like any other's, also after a restart,
// and no id is another's.
func TestClaimsFiledOneAfterAnotherTakeKeysThatAreThere(t *testing.T) {
	h := opened(t)
	keys := connected(t, filepath.Join(h.Keys, "keystore.db"))
	program := h.program()
	var ids []claim.ID
	for _, way := range []struct {
		name string
		file func(name string) claim.ID
	}{
		{"at the desk", func(name string) claim.ID { return h.file(departure(name, 3, true))[0] }},
		{"by a program", func(name string) claim.ID {
			done, _, err := h.Office.FileOwn(t.Context(), office.By{Actor: program, Key: name}, "demo", name, departure(name, 3, true))
			must(t, err)
			return done.ID
		}},
	} {
		ready := 0
		for range 60 {
			before := whoHasKeys(t, keys)
			id := way.file(fmt.Sprint("one-", len(ids)))
			if before[id] {
				ready++
			}
			ids = append(ids, id)
			time.Sleep(2 * time.Millisecond) // until more are kept
		}
		if ready < 30 {
			t.Errorf("%s: %d of 60 claims took keys that were kept before", way.name, ready)
		}
	}
	met := map[claim.ID]bool{}
	for _, id := range ids {
		if met[id] {
			t.Errorf("%s is two claims", id)
		}
		met[id] = true
	}
	must(t, h.Close())
	i, err := installation.Open(t.Context(), h.Data, installation.Options{Now: ticking()})
	must(t, err)
	h.Installation = i
	for n, id := range ids {
		told, err := h.Office.ReadAnswers(t.Context(), h.by("officer"), h.claim(id).Name(), office.PurposeAudit)
		must(t, err)
		if name := told.Answers["claimant_name"]; name != fmt.Sprint("Olena one-", n) {
			t.Errorf("claim %d: %q", n, name)
		}
	}
	h.sound()
}

// Many to an act make their own keys, and leave none behind.
func TestManyClaimsToAnActLeaveNoKeysBehind(t *testing.T) {
	h := opened(t)
	var filings []office.Filing
	for n := range 100 {
		filings = append(filings, departure(fmt.Sprint("many-", n), 3, true))
	}
	has := map[claim.ID]bool{}
	for _, id := range append(h.file(filings[:50]...), h.file(filings[50:]...)...) {
		has[id] = true
	}
	for id := range whoHasKeys(t, connected(t, filepath.Join(h.Keys, "keystore.db"))) {
		if !has[id] {
			t.Errorf("%s has keys, and is no claim", id)
		}
	}
}

// A filing that is refused takes no key that others would have had.
func TestWhoIsRefusedTakesNoKeys(t *testing.T) {
	h := opened(t)
	for n := range 20 {
		h.file(departure(fmt.Sprint("one-", n), 3, true))
	}
	keys := connected(t, filepath.Join(h.Keys, "keystore.db"))
	time.Sleep(100 * time.Millisecond) // until those ahead are kept
	before := len(whoHasKeys(t, keys))
	for n := range 100 {
		refused := departure(fmt.Sprint("refused-", n), 3, true)
		refused.Answers["place"] = "nowhere"
		if _, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{refused}); err == nil {
			t.Fatal("a place that isn't on the list was taken")
		}
	}
	time.Sleep(100 * time.Millisecond)
	if after := len(whoHasKeys(t, keys)); after != before {
		t.Errorf("%d claims had keys, and now %d have", before, after)
	}
}
