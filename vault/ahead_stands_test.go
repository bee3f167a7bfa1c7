package vault_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

// That keys were kept ahead says nothing of the moment in which their claim comes: Keep
// finds out whether they stand there still.

// anotherExpecting is another machine over the same key store, that keeps keys ahead.
func anotherExpecting(t *testing.T, folder string) *vault.Vault {
	t.Helper()
	other := filepath.Join(t.TempDir(), "another machine's")
	mustBe(t, os.CopyFS(other, os.DirFS(folder)))
	for _, path := range append(filesBelow(t, other), other, filepath.Join(other, "credentials")) {
		mode := os.FileMode(0o600)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			mode = 0o700
		}
		mustBe(t, os.Chmod(path, mode))
	}
	return expecting(t, other)
}

// stocked is asked so often that there is something in stock.
func stocked(t *testing.T, v *vault.Vault) {
	t.Helper()
	for range 50 {
		reserved(t, v, "personal")
	}
	v.WaitAhead()
}

func TestKeysKeptAheadAreKeptAgainWhereAnOlderCopyWasPutBack(t *testing.T) {
	here, folder := openedInDatabase(t)
	there := anotherExpecting(t, folder)
	sealed(t, here, answers("old", "Olena"))
	b, err := here.BackupStore(ctx)
	mustBe(t, err)
	stocked(t, there)
	mustBe(t, here.Close())
	if _, err := vault.RestoreStore(folder, b.Path, vault.Options{}); err != nil {
		t.Fatal(err)
	}
	id := reserved(t, there, "personal")
	blobs, keys := early(t, there, answers(id, "Petro"))
	mustBe(t, there.Keep(t.Context(), keys))
	if payload, _, err := there.Open(t.Context(), id, "personal", "answers", blobs[0].Blob); err != nil || string(payload) != "Petro" {
		t.Errorf("%q, %v", payload, err)
	}
}

// In a file it is known without looking whether they may have gone.
func TestKeysKeptAheadInAFileAreKeptAgainWhereTheyWent(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, v *vault.Vault, id string){
		"nothing changed": func(*testing.T, *vault.Vault, string) {},
		"another program took them out": func(t *testing.T, v *vault.Vault, id string) {
			elsewhere(t, v, "DELETE FROM wrapped_keys WHERE claim_id = ?", id)
		},
		"another program wrote over them": func(t *testing.T, v *vault.Vault, id string) {
			elsewhere(t, v, "DELETE FROM wrapped_keys WHERE claim_id = ?", id)
			elsewhere(t, v, "INSERT INTO wrapped_keys VALUES (?, 'other', x'00')", id)
		},
		"keys of others were kept": func(t *testing.T, v *vault.Vault, _ string) { sealed(t, v, answers("other", "Olena")) },
		"keys of others were destroyed": func(t *testing.T, v *vault.Vault, _ string) {
			sealed(t, v, answers("other", "Olena"))
			mustBe(t, v.Destroy(ctx, "other"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, folder := opened(t)
			v := expecting(t, folder)
			stocked(t, v)
			id := reserved(t, v, "personal")
			change(t, v, id)
			blobs, keys := early(t, v, answers(id, "Petro"))
			mustBe(t, v.Keep(t.Context(), keys))
			if payload, _, err := v.Open(t.Context(), id, "personal", "answers", blobs[0].Blob); err != nil || string(payload) != "Petro" {
				t.Errorf("%q, %v", payload, err)
			}
		})
	}
}

// elsewhere has another program change the file of keys.
func elsewhere(t *testing.T, v *vault.Vault, text string, args ...any) {
	t.Helper()
	bySQL(t, filepath.Join(v.Folder(), "keystore.db"), func(db *sql.DB) error {
		_, err := db.Exec(text, args...)
		return err
	})
}

// What adds keys changes nothing of those that stand; whatever else is done may.
func TestKeysThatStandAreKnownToStandWhileOthersAreAdded(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	stocked(t, v)
	standing := func() bool {
		t.Helper()
		_, keys := early(t, v, answers(reserved(t, v, "personal"), "Petro"))
		v.WaitAhead()
		return keys.Stood()
	}
	sealed(t, v, answers("other", "Olena"))
	if !standing() {
		t.Error("a key of another claim was added: those that stand are looked for")
	}
	mustBe(t, v.Destroy(ctx, "other"))
	if standing() {
		t.Error("keys were destroyed: those kept before are taken for standing")
	}
	mustBe(t, v.LoseWriter())
	sealed(t, v, answers("third", "Ivan")) // by another connection, which counts anew
	if standing() {
		t.Error("what the lost connection counted is held against the count of another")
	}
}

func TestAMachineWithTheOldMasterKeyIsRefusedWhatItKeptAhead(t *testing.T) {
	here, folder := openedInDatabase(t)
	there := anotherExpecting(t, folder)
	stocked(t, there)
	id := reserved(t, there, "personal")
	mustBe(t, here.RotateMaster(ctx, nil))
	_, keys := early(t, there, answers(id, "Petro"))
	if err := there.Keep(t.Context(), keys); fault.Code(err) != "vault.master-changed" {
		t.Errorf("got %v", err)
	}
}

func TestNothingIsTakenFromStockOnceTheKeyStoreFailed(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	stocked(t, v)
	id := reserved(t, v, "personal")
	v.BreakKeys(os.ErrInvalid)
	_, keys := early(t, v, answers(id, "Petro"))
	if err := v.Keep(t.Context(), keys); fault.Code(err) != "vault.state-unknown" {
		t.Errorf("got %v", err)
	}
}

// Who files at a slow and steady rate leaves no more keys behind than are used.
func TestASlowRateIsNotKeptAheadFor(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	now := time.Now()
	for range 24 * 72 { // a day
		now = now.Add(50 * time.Second)
		v.On(now)
		v.Reserve([]string{"personal"})
		v.WaitAhead()
	}
	if keys, err := v.Kept(); err != nil || keys > 24*72 {
		t.Errorf("%d keys for %d claims, %v", keys, 24*72, err)
	}
}

func TestAVaultIsClosedWhileOthersStillAsk(t *testing.T) {
	for round := range 20 {
		_, folder := opened(t)
		v := expecting(t, folder)
		stop := make(chan struct{})
		for who := range 4 {
			go func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					id, ok := v.Reserve([]string{"personal"})
					if !ok {
						id = fmt.Sprintf("%d-%d", who, n)
					}
					if _, keys, err := v.SealNew(ctx, []vault.Item{answers(id, "x")}); err == nil {
						_ = v.Keep(ctx, keys)
					}
				}
			}()
		}
		time.Sleep(time.Duration(round) * time.Millisecond)
		closed := make(chan error, 1)
		go func() { closed <- v.Close() }()
		select {
		case err := <-closed:
			mustBe(t, err)
		case <-time.After(time.Minute):
			t.Fatal("it waits for ever")
		}
		close(stop)
	}
}

// No copy takes the place of a key store that somebody has open: what they keep from
// then on would be kept in the file that was replaced.
func TestACopyIsNotPutBackUnderAnOpenVault(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, answers("old", "Olena"))
	b, err := v.BackupStore(ctx)
	mustBe(t, err)
	if _, err := vault.RestoreStore(folder, b.Path, vault.Options{}); fault.Code(err) != "vault.in-use" {
		t.Errorf("got %v", err)
	}
	mustBe(t, v.Close())
	if keys, err := vault.RestoreStore(folder, b.Path, vault.Options{}); err != nil || keys == 0 {
		t.Errorf("%d keys, %v", keys, err)
	}
}
