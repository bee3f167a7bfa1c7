package vault_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/vault"
)

// expecting is a vault that keeps keys ahead, for claims next-0001, next-0002 and so on.
func expecting(t testing.TB, folder string) *vault.Vault {
	t.Helper()
	var drawn atomic.Int64
	v, err := vault.Open(folder, vault.Options{Claims: func(n int) (ids []string) {
		for range n {
			ids = append(ids, fmt.Sprintf("next-%04d", drawn.Add(1)))
		}
		return ids
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func mustBe(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reserved asks until there is one.
func reserved(t testing.TB, v *vault.Vault, classes ...string) string {
	t.Helper()
	for range 10_000 {
		if id, ok := v.Reserve(classes); ok {
			return id
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("no key was kept ahead")
	return ""
}

// inTime asks for n, and answers for how many there was one.
func inTime(v *vault.Vault, n int) (found int) {
	for range n {
		if _, ok := v.Reserve([]string{"personal"}); ok {
			found++
		}
	}
	return found
}

// A claim under a reserved id is sealed without a key being made, and opens after the
// machine has lost everything that was not on disk: the key was there before its id
// was given.
func TestKeysAheadAreKeptBeforeTheirClaimIsKnown(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	id := reserved(t, v, "personal")
	stolen := copiedFolder(t, folder) // as it is on disk when the id is given
	blobs, keys := early(t, v, answers(id, "Olena"))
	if keys.Len() != 0 {
		t.Errorf("%d keys were made", keys.Len())
	}
	if err := v.Keep(t.Context(), keys); err != nil {
		t.Error(err)
	}
	for _, v := range []*vault.Vault{v, reopened(t, stolen)} {
		if got, _, err := v.Open(t.Context(), id, "personal", "answers", blobs[0].Blob); err != nil || string(got) != "Olena" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// copiedFolder is what is on disk.
func copiedFolder(t testing.TB, folder string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	mustBe(t, filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	}))
	return to
}

// Each id is given once, whoever asks, and keys of one aren't another's.
func TestAReservedIDIsGivenOnce(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	var mu sync.Mutex
	given := map[string]bool{}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			classes := [][]string{{"personal"}, {"sensitive", "personal"}}[n%2]
			for range 200 {
				id, ok := v.Reserve(classes)
				if !ok {
					time.Sleep(time.Millisecond)
					continue
				}
				mu.Lock()
				if given[id] {
					t.Errorf("%s was given twice", id)
				}
				given[id] = true
				mu.Unlock()
				blobs, keys, err := v.SealNew(t.Context(), []vault.Item{answers(id, id)})
				if err != nil || keys.Len() != 0 {
					t.Errorf("%s: %d keys made, %v", id, keys.Len(), err)
					continue
				}
				if got, _, err := v.Open(t.Context(), id, "personal", "answers", blobs[0].Blob); err != nil || string(got) != id {
					t.Errorf("%s: %q, %v", id, got, err)
				}
			}
		})
	}
	all.Wait()
	if len(given) == 0 {
		t.Error("none was given")
	}
}

// A class that nobody reserved gets a key when it is sealed, and keeps it.
func TestAClassBeyondTheReservedGetsItsKey(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	id := reserved(t, v, "personal")
	note := vault.Item{Claim: id, Class: "internal", Name: "note", Payload: []byte("by post")}
	blobs, keys := early(t, v, answers(id, "Olena"), note)
	if keys.Len() != 1 {
		t.Errorf("%d keys were made", keys.Len())
	}
	mustBe(t, v.Keep(t.Context(), keys))
	mustBe(t, v.Close())
	v = reopened(t, folder)
	for i, want := range []string{"Olena", "by post"} {
		if got, _, err := v.Open(t.Context(), id, blobs[i].Class, blobs[i].Name, blobs[i].Blob); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", blobs[i].Name, got, err)
		}
	}
}

// Whoever seals a reserved claim by Seal, as an act that is prepared again does, finds
// the key that was kept.
func TestAReservedClaimSealedLaterFindsItsKey(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	id := reserved(t, v, "personal")
	first, _ := early(t, v, answers(id, "Olena"))
	again := sealed(t, v, answers(id, "Olena"))
	for _, blob := range []vault.Sealed{first[0], again[0]} {
		if got, _, err := v.Open(t.Context(), id, "personal", "answers", blob.Blob); err != nil || string(got) != "Olena" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// Keys are kept ahead for as many as were asked for of late: nobody who files one
// claim leaves keys behind, and a rush doesn't either, beyond a bound.
func TestAsManyKeysAreKeptAheadAsAreAskedFor(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	count := func() int64 {
		t.Helper()
		v.WaitAhead()
		n, err := v.Kept()
		mustBe(t, err)
		return n
	}
	inTime(v, 1)
	if n := count(); n != 0 {
		t.Errorf("for a single filing: %d keys", n)
	}
	v.On(time.Now().Add(time.Hour)) // another one much later
	inTime(v, 1)
	if n := count(); n != 0 {
		t.Errorf("for two filings an hour apart: %d keys", n)
	}
	inTime(v, 10)
	if n := count(); n == 0 || n > 12 {
		t.Errorf("for ten more at once: %d keys", n)
	}
	given := 0
	for range 3000 {
		given += inTime(v, 1)
		v.WaitAhead()
	}
	if n := count(); n > int64(given)+vault.MostAhead {
		t.Errorf("for %d filings: %d keys", given, n)
	}
}

// Nobody files under a key that has waited for an hour, nor under one that a master
// key wraps which has been changed since: whoever copied those opens nothing new.
func TestKeysAheadDoNotWaitForLong(t *testing.T) {
	_, folder := opened(t)
	for what, change := range map[string]func(*vault.Vault){
		"after an hour":    func(v *vault.Vault) { v.On(time.Now().Add(61 * time.Minute)) },
		"after a rotation": func(v *vault.Vault) { mustBe(t, v.RotateMaster(t.Context(), nil)) },
	} {
		v := expecting(t, folder)
		for range 50 {
			reserved(t, v, "personal")
		}
		v.WaitAhead()
		before, _ := v.Reserve([]string{"personal"})
		change(v)
		if id, ok := v.Reserve([]string{"personal"}); ok {
			t.Errorf("%s: %s was given, after %s", what, id, before)
		}
		mustBe(t, v.Close())
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		mustBe(t, vault.Create(folder, ""))
	}
}

// Where the key store takes nothing, nothing is in stock, and whoever files hears why
// from their own keys.
func TestNothingIsReservedWhereNoKeyCanBeKept(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	v.BreakKeys(io.ErrUnexpectedEOF)
	if n := inTime(v, 500); n != 0 {
		t.Errorf("%d were given", n)
	}
	v.WaitAhead()
	if n := inTime(v, 500); n != 0 {
		t.Errorf("%d were given", n)
	}
	_, keys := early(t, v, answers("c1", "Olena"))
	wantCode(t, v.Keep(t.Context(), keys), "vault.state-unknown")
}

// A vault that was told of no claims to come keeps nothing ahead.
func TestWithoutClaimsToComeNothingIsReserved(t *testing.T) {
	v, _ := opened(t)
	if n := inTime(v, 500); n != 0 {
		t.Errorf("%d were given", n)
	}
}

// A key kept ahead is destroyed with its claim like any other.
func TestKeysAheadAreDestroyedWithTheirClaim(t *testing.T) {
	_, folder := opened(t)
	v := expecting(t, folder)
	id := reserved(t, v, "personal")
	blobs, _ := early(t, v, answers(id, "Olena"))
	mustBe(t, v.Destroy(t.Context(), id))
	_, _, err := v.Open(t.Context(), id, "personal", "answers", blobs[0].Blob)
	wantCode(t, err, "vault.erased")
}
