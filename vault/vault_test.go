package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

// opened is a new vault in a folder whose name would break a careless address.
func opened(t testing.TB) (*vault.Vault, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "keys of the register? 100% #1")
	if err := vault.Create(folder, ""); err != nil {
		t.Fatal(err)
	}
	return reopened(t, folder), folder
}

func reopened(t testing.TB, folder string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(folder, vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// sealed seals and keeps.
func sealed(t testing.TB, v *vault.Vault, items ...vault.Item) []vault.Sealed {
	t.Helper()
	blobs, keys, err := v.Seal(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Keep(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	return blobs
}

func answers(claim, payload string) vault.Item {
	return vault.Item{Claim: claim, Class: "personal", Name: "answers", Payload: []byte(payload)}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func TestWhatIsSealedOpensAfterARestart(t *testing.T) {
	v, folder := opened(t)
	items := []vault.Item{
		{Claim: "c1", Class: "personal", Name: "answers", Payload: []byte("Olena Kovalenko")},
		{Claim: "c1", Class: "internal", Name: "trace", Payload: nil},
		{Claim: "c2", Class: "personal", Name: "answers", Payload: bytes.Repeat([]byte{0}, 5000)},
		{Claim: "c1", Class: "personal", Name: "answers-2", Payload: []byte("a second blob under one key")},
	}
	blobs := sealed(t, v, items...)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = reopened(t, folder)
	got, err := v.OpenAll(t.Context(), blobs)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range got {
		if o.Err != nil || !bytes.Equal(o.Payload, items[i].Payload) {
			t.Errorf("%s/%s: %q, %v", o.Claim, o.Name, o.Payload, o.Err)
		}
		if blobs[i].Commitment != docket.BlobCommitment(o.Salt, o.Payload) || o.Salt == (docket.Salt{}) {
			t.Errorf("%s/%s: the commitment is not to salt and payload", o.Claim, o.Name)
		}
	}
}

// Commitments of a demo repeat with its seed; ciphertext and keys never do.
func TestOnlySaltsComeFromTheReader(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	if err := vault.Create(folder, ""); err != nil {
		t.Fatal(err)
	}
	var runs [2][]vault.Sealed
	for i := range runs {
		v, err := vault.Open(folder, vault.Options{Salts: bytes.NewReader(bytes.Repeat([]byte("seed"), 1000))})
		if err != nil {
			t.Fatal(err)
		}
		var items []vault.Item
		for n := range 20 {
			items = append(items, answers(fmt.Sprint("c", n), "Olena Kovalenko"))
		}
		if runs[i], _, err = v.Seal(t.Context(), items); err != nil {
			t.Fatal(err)
		}
		v.Close()
	}
	for n := range runs[0] {
		if runs[0][n].Commitment != runs[1][n].Commitment {
			t.Errorf("claim %d: the commitment did not repeat", n)
		}
		if bytes.Equal(runs[0][n].Blob[:25], runs[1][n].Blob[:25]) {
			t.Errorf("claim %d: the nonce repeated", n)
		}
	}
}

func TestASaltThatIsGivenIsTaken(t *testing.T) {
	v, _ := opened(t)
	item := answers("c1", "x")
	rand.Read(item.Salt[:])
	blob := sealed(t, v, item)[0]
	if blob.Commitment != docket.BlobCommitment(item.Salt, item.Payload) {
		t.Error("the commitment has another salt")
	}
	_, salt, err := v.Open(t.Context(), "c1", "personal", "answers", blob.Blob)
	if err != nil || salt != item.Salt {
		t.Errorf("salt %x, %v", salt, err)
	}
}

func TestACancelledCallStops(t *testing.T) {
	v, _ := opened(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := v.Seal(ctx, []vault.Item{answers("c1", "x")}); err == nil {
		t.Error("sealed all the same")
	}
}
