package vault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/vault"
)

// early seals for claims that have no keys yet.
func early(t *testing.T, v *vault.Vault, items ...vault.Item) ([]vault.Sealed, vault.Keys) {
	t.Helper()
	blobs, keys, err := v.SealNew(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	return blobs, keys
}

// The keys of new claims are begun to be kept when they are made: Keep only waits.
func TestNewKeysAreKeptFromWhenTheyAreMade(t *testing.T) {
	v, folder := opened(t)
	waited, keys := early(t, v, answers("c1", "Olena"))
	if err := v.Keep(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	left, _ := early(t, v, answers("c2", "Petro")) // nobody waits, and the vault closes
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = reopened(t, folder)
	for told, blob := range map[string]vault.Sealed{"Olena": waited[0], "Petro": left[0]} {
		if got, _, err := v.Open(t.Context(), blob.Claim, blob.Class, blob.Name, blob.Blob); err != nil || string(got) != told {
			t.Errorf("%s: %q, %v", blob.Claim, got, err)
		}
	}
}

// Who gives up waits no longer, and the keys are kept all the same.
func TestWhoGivesUpDoesNotWaitForNewKeys(t *testing.T) {
	v, folder := opened(t)
	blobs, keys := early(t, v, answers("c1", "Olena"))
	given, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.Keep(given, keys); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = reopened(t, folder)
	if got, _, err := v.Open(t.Context(), "c1", "personal", "answers", blobs[0].Blob); err != nil || string(got) != "Olena" {
		t.Errorf("%q, %v", got, err)
	}
}

// A claim that has keys, or had, is told from a new one before its act commits.
func TestAClaimWithKeysIsNotNew(t *testing.T) {
	v, _ := opened(t)
	blobs := sealed(t, v, answers("c1", "Olena"))
	_, keys := early(t, v, answers("c1", "Olena again"))
	wantCode(t, v.Keep(t.Context(), keys), "vault.key-made-twice")
	if got, _, err := v.Open(t.Context(), "c1", "personal", "answers", blobs[0].Blob); err != nil || string(got) != "Olena" {
		t.Errorf("what was sealed first: %q, %v", got, err)
	}
	if err := v.Destroy(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	_, keys = early(t, v, answers("c1", "Olena"))
	wantCode(t, v.Keep(t.Context(), keys), "vault.erased")
}

// A key store that doesn't answer has no more than so many calls heaped up before it;
// those beyond are kept by who asks for it, and all in the end.
func TestKeysAreNotHeapedUpBeforeAStoreThatDoesNotAnswer(t *testing.T) {
	v, _ := opened(t)
	letGo := v.HoldKeys()
	var all []vault.Keys
	for n := range vault.MostEarly + 2 {
		_, keys := early(t, v, answers(fmt.Sprint("c", n), "Olena"))
		if keys.Early() != (n < vault.MostEarly) {
			t.Errorf("call %d: begun %t", n, keys.Early())
		}
		all = append(all, keys)
	}
	letGo()
	for n, keys := range all {
		if err := v.Keep(t.Context(), keys); err != nil {
			t.Errorf("call %d: %v", n, err)
		}
	}
	if _, keys := early(t, v, answers("later", "Olena")); !keys.Early() {
		t.Error("a later one was not begun")
	}
	without, err := v.Keyless(t.Context(), []string{"c0", fmt.Sprint("c", vault.MostEarly+1)})
	if err != nil || len(without) > 0 {
		t.Errorf("not kept: %v, %v", without, err)
	}
}
