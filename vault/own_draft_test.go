package vault

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/fault"
)

func TestWhatIsSealedUnderSomebodysKeyOpensUnderItAlone(t *testing.T) {
	key, other := NewKey(), NewKey()
	sealed, err := SealUnder(key, "draft/a", []byte("told"))
	if err != nil {
		t.Fatal(err)
	}
	if payload, err := OpenUnder(key, "draft/a", sealed); err != nil || string(payload) != "told" {
		t.Errorf("%q, %v", payload, err)
	}
	again, err := SealUnder(key, "draft/a", bytes.Repeat([]byte("x"), 200))
	if err != nil || len(again) != len(sealed) {
		t.Errorf("of 4 bytes and of 200: %d and %d, %v", len(sealed), len(again), err)
	}
	for what, try := range map[string]func() ([]byte, error){
		"another key":  func() ([]byte, error) { return OpenUnder(other, "draft/a", sealed) },
		"another name": func() ([]byte, error) { return OpenUnder(key, "draft/b", sealed) },
		"cut short":    func() ([]byte, error) { return OpenUnder(key, "draft/a", sealed[:len(sealed)-1]) },
		"nothing":      func() ([]byte, error) { return OpenUnder(key, "draft/a", nil) },
		"no key":       func() ([]byte, error) { return OpenUnder(nil, "draft/a", sealed) },
	} {
		if payload, err := try(); err == nil {
			t.Errorf("%s opens it: %q", what, payload)
		}
	}
}

// A stream likewise: what was changed, cut or put elsewhere is told, at the end at the
// latest.
func TestAStreamThatIsSealedUnderSomebodysKeyOpensUnderItAlone(t *testing.T) {
	key, told := NewKey(), bytes.Repeat([]byte("told "), 50_000)
	var sealed bytes.Buffer
	if err := SealStreamUnder(t.Context(), key, "sheet/a", bytes.NewReader(told), &sealed); err != nil {
		t.Fatal(err)
	}
	open := func(key []byte, name string, sealed []byte) (string, error) {
		var got bytes.Buffer
		err := OpenStreamUnder(t.Context(), key, name, bytes.NewReader(sealed), &got)
		return got.String(), err
	}
	if got, err := open(key, "sheet/a", sealed.Bytes()); err != nil || got != string(told) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	changed := bytes.Clone(sealed.Bytes())
	changed[len(changed)/2]++
	for what, try := range map[string]func() (string, error){
		"another key":  func() (string, error) { return open(NewKey(), "sheet/a", sealed.Bytes()) },
		"another name": func() (string, error) { return open(key, "sheet/b", sealed.Bytes()) },
		"cut short":    func() (string, error) { return open(key, "sheet/a", sealed.Bytes()[:sealed.Len()-1]) },
		"gone on":      func() (string, error) { return open(key, "sheet/a", append(bytes.Clone(sealed.Bytes()), 0)) },
		"changed":      func() (string, error) { return open(key, "sheet/a", changed) },
		"nothing":      func() (string, error) { return open(key, "sheet/a", nil) },
		"no key":       func() (string, error) { return open(nil, "sheet/a", sealed.Bytes()) },
	} {
		if _, err := try(); fault.Code(err) != "vault.blob-damaged" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// ownVault is a new vault, seen from inside.
func ownVault(t *testing.T) *Vault {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "keys")
	if err := Create(folder, ""); err != nil {
		t.Fatal(err)
	}
	v, err := Open(folder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func TestACodeIsStretchedAlikeInOneVaultAndOtherwiseInAnother(t *testing.T) {
	one, two := ownVault(t), ownVault(t)
	tag, key, err := one.Stretch(t.Context(), "7K3M-9QX2-VD4K")
	if err != nil || len(tag) != keySize || len(key) != keySize || bytes.Equal(tag, key) {
		t.Fatalf("%x, %x, %v", tag, key, err)
	}
	if t2, k2, err := one.Stretch(t.Context(), "7K3M-9QX2-VD4K"); err != nil || !bytes.Equal(tag, t2) || !bytes.Equal(key, k2) {
		t.Error("not the same again")
	}
	for what, try := range map[string]func() ([]byte, []byte, error){
		"another code":  func() ([]byte, []byte, error) { return one.Stretch(t.Context(), "7K3M-9QX2-VD4M") },
		"another vault": func() ([]byte, []byte, error) { return two.Stretch(t.Context(), "7K3M-9QX2-VD4K") },
	} {
		if t2, k2, err := try(); err != nil || bytes.Equal(tag, t2) || bytes.Equal(key, k2) {
			t.Errorf("%s gives the same", what)
		}
	}
	for range codesAtOnce() {
		one.stretching <- struct{}{}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := one.Stretch(gone, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("while all places are taken: %v", err)
	}
}

func TestAKeyOfASecretIsBoundToItsNameAndOfNoShortOne(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, keySize)
	key, err := KeyOf(secret, "draft/a")
	if err != nil || len(key) != keySize || bytes.Equal(key, secret) {
		t.Fatalf("%x, %v", key, err)
	}
	if again, err := KeyOf(secret, "draft/a"); err != nil || !bytes.Equal(again, key) {
		t.Errorf("not the same again: %v", err)
	}
	if other, err := KeyOf(secret, "draft/b"); err != nil || bytes.Equal(other, key) {
		t.Errorf("the same for another draft: %v", err)
	}
	if _, err := KeyOf(secret[1:], "draft/a"); err == nil {
		t.Error("a short secret gives a key")
	}
}

func TestWhatIsSealedToASecretOpensByItAlone(t *testing.T) {
	secret, other := bytes.Repeat([]byte{7}, keySize), bytes.Repeat([]byte{8}, keySize)
	public, err := PublicOf(secret, "draft/a")
	if err != nil || bytes.Contains(public, secret) {
		t.Fatalf("%x, %v", public, err)
	}
	sealed, err := SealTo(public, "draft/a", []byte("a key"))
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := OpenBy(secret, "draft/a", sealed); err != nil || string(opened) != "a key" {
		t.Errorf("%q, %v", opened, err)
	}
	for what, try := range map[string]func() ([]byte, error){
		"another secret":   func() ([]byte, error) { return OpenBy(other, "draft/a", sealed) },
		"another draft":    func() ([]byte, error) { return OpenBy(secret, "draft/b", sealed) },
		"the public half":  func() ([]byte, error) { return OpenBy(public, "draft/a", sealed) },
		"a short secret":   func() ([]byte, error) { return OpenBy(secret[1:], "draft/a", sealed) },
		"something else":   func() ([]byte, error) { return OpenBy(secret, "draft/a", sealed[:40]) },
		"to no public key": func() ([]byte, error) { return SealTo(secret, "draft/a", nil) },
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s opens it", what)
		}
	}
}
