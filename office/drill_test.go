package office_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/vault"
)

// nightly copies the key store, as the timer does, with the machine's clock on
// this day.
func nightly(t testing.TB, places installation.Places, on day.Date) {
	t.Helper()
	at := time.Date(on.Year(), time.Month(on.Month()), on.Day(), 3, 0, 0, 0, time.UTC)
	must(t, installation.WithVault(places.Data, installation.Options{Now: func() time.Time { return at }}, func(v *vault.Vault) error {
		_, err := v.BackupStore(t.Context())
		return err
	}))
}

// copiesWith are the copies of the key store that hold a key of the claim.
func copiesWith(t testing.TB, places installation.Places, id claim.ID) (with []string) {
	t.Helper()
	copies, err := filepath.Glob(filepath.Join(places.Keys, "backups", "*.db"))
	must(t, err)
	for _, path := range copies {
		db := connected(t, path)
		var keys int
		must(t, db.QueryRow("SELECT count(*) FROM wrapped_keys WHERE claim_id = ?", string(id)).Scan(&keys))
		must(t, db.Close())
		if keys > 0 {
			with = append(with, path)
		}
	}
	return with
}

// Day by day after an erasure: the copy of that morning still holds the key,
// until the day that erase named, on which none does. The keys of the claim
// beside it are copied all the while.
func TestDrillAnErasureDayByDay(t *testing.T) {
	h := opened(t)
	ids := h.filed(2)
	places := h.Places
	h.withdraw(ids[0])
	must(t, h.Close())
	today := day.Must(2020, 6, 1)
	nightly(t, places, today)

	h = h.again()
	answer, err := h.erase(ids[0])
	must(t, err)
	must(t, h.Close())
	if want := today.AddDays(vault.DefaultBackupDays + 1); answer.KeysGoneBy != want {
		t.Fatalf("erase names %s, want %s", answer.KeysGoneBy, want)
	}
	if len(copiesWith(t, places, ids[0])) != 1 {
		t.Fatal("the copy that was made that morning doesn't hold the key")
	}
	for on := today.AddDays(1); !answer.KeysGoneBy.Before(on); on = on.AddDays(1) {
		nightly(t, places, on)
		with := copiesWith(t, places, ids[0])
		if on.Before(answer.KeysGoneBy) != (len(with) == 1) {
			t.Errorf("on %s the key is in %q, and the day named is %s", on, with, answer.KeysGoneBy)
		}
		if len(copiesWith(t, places, ids[1])) == 0 {
			t.Errorf("on %s no copy holds the key of the claim that stays", on)
		}
	}
}

// An older copy of the key store was put back: each claim filed since has lost
// its keys, verify names it, and no other.
func TestDrillAnOlderKeyStoreLeavesClaimsWithoutKeys(t *testing.T) {
	h := opened(t)
	before := h.filed(2)
	places := h.Places
	h.withdraw(before[0])
	must(t, h.Close())
	nightly(t, places, day.Must(2020, 6, 1))
	named := h.keys
	h = h.again()
	h.keys = named
	_, err := h.erase(before[0])
	must(t, err)
	since := h.filed(2)
	h.record(since[0])
	h.sound()
	must(t, h.Close())
	copies, err := filepath.Glob(filepath.Join(places.Keys, "backups", "keystore-*.db"))
	must(t, err)
	must(t, installation.WithKeys(places.Data, installation.Options{}, func(folder string, o vault.Options) error {
		_, err := vault.RestoreStore(folder, copies[0], o)
		return err
	}))
	var found []string
	for _, f := range verified(t, reopened(t, places)).Findings {
		found = append(found, f.Code+" "+f.Entry)
	}
	want := fmt.Sprintf("verify.keys-missing %s#1 verify.keys-missing %s#1", since[0].Stream(), since[1].Stream())
	if got := strings.Join(found, " "); got != want {
		t.Errorf("verify found %q, want %q", got, want)
	}
}
