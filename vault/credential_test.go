package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openchancery/chancery/vault"
)

func TestASecretIsKnownAgain(t *testing.T) {
	v, folder := opened(t)
	for _, actor := range []string{"officer", "first_officer", "a.b-c_d@register", strings.Repeat("z", 64)} {
		secret, kept, err := v.NewCredential(actor)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^chancery_` + regexp.QuoteMeta(actor) + `_[a-z2-7]{52}$`).MatchString(secret) {
			t.Errorf("the secret is %s", secret)
		}
		who, verifier, err := reopened(t, folder).Verify(secret)
		if err != nil || who != actor || !vault.Equal(kept, verifier) {
			t.Errorf("%s was not known again: %s, %v", actor, who, err)
		}
		if bytes.Contains([]byte(secret), verifier) || len(verifier) != 32 {
			t.Error("the verifier is not a hash")
		}
	}
}

func TestAnotherSecretIsNot(t *testing.T) {
	v, _ := opened(t)
	other, _ := opened(t)
	secret, kept, err := v.NewCredential("officer")
	if err != nil {
		t.Fatal(err)
	}
	renewed, _, err := v.NewCredential("officer")
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]string{"a second one of the same actor": renewed, "the same under another name": strings.Replace(secret, "officer", "cashier", 1)} {
		if _, verifier, err := v.Verify(try); err != nil || vault.Equal(kept, verifier) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, verifier, err := other.Verify(secret); err != nil || vault.Equal(kept, verifier) {
		t.Errorf("another vault knows it: %v", err)
	}
	if vault.Equal(kept, v.Lookup("chancery/credential/v1", secret)) {
		t.Error("a look-up makes a verifier")
	}
}

func TestWhatIsNoSecretIsRefused(t *testing.T) {
	v, _ := opened(t)
	digits := strings.Repeat("a", 52)
	for _, secret := range []string{
		"", "chancery_", "chancery__" + digits, "chancery_officer", "chancery_officer_" + digits[1:], "chancery_officer_" + digits + "a",
		"chancery_officer_" + digits[1:] + "1", "chancery_officer_" + digits[1:] + "A", "Chancery_officer_" + digits,
		"chancery_../x_" + digits, "chancery_Officer_" + digits, "chancery_officer_" + digits + "\n",
	} {
		_, _, err := v.Verify(secret)
		wantCode(t, err, "credential.malformed")
		if secret != "" && strings.Contains(err.Error(), secret) {
			t.Error("the fault tells the secret")
		}
	}
	for _, actor := range []string{"", "Officer", "../x", ".x", "a b", "ю", strings.Repeat("z", 65)} {
		_, _, err := v.NewCredential(actor)
		wantCode(t, err, "credential.actor-name")
	}
}

func TestACredentialIsKeptInItsFile(t *testing.T) {
	v, folder := opened(t)
	secret, _, err := v.NewCredential("officer")
	if err != nil {
		t.Fatal(err)
	}
	path, err := vault.WriteCredential(folder, "officer", secret)
	if err != nil || path != vault.CredentialPath(folder, "officer") {
		t.Fatal(path, err)
	}
	if got, err := vault.ReadCredential(path); err != nil || got != secret {
		t.Errorf("read %v", err)
	}
	_, err = vault.WriteCredential(folder, "officer", secret)
	wantCode(t, err, "credential.exists")
	_, err = vault.WriteCredential(folder, "cashier", secret)
	wantCode(t, err, "credential.of-another")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = vault.ReadCredential(path)
	wantCode(t, err, "vault.file-open-to-others")
	for range 2 {
		if err := vault.RemoveCredential(folder, "officer"); err != nil {
			t.Fatal(err)
		}
	}
	_, err = vault.ReadCredential(path)
	wantCode(t, err, "vault.given-missing")
	foreign := filepath.Join(folder, "credentials", "letter")
	if err := os.WriteFile(foreign, bytes.Repeat([]byte("Dear Sir\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = vault.ReadCredential(foreign)
	wantCode(t, err, "credential.file-foreign")
}

func TestLookupsAreKeptApart(t *testing.T) {
	v, folder := opened(t)
	other, _ := opened(t)
	hash := v.Lookup("office-number", "A-1")
	if len(hash) != 32 || !bytes.Equal(hash, reopened(t, folder).Lookup("office-number", "A-1")) {
		t.Error("the same value is not found again")
	}
	for name, h := range map[string][]byte{
		"another value": v.Lookup("office-number", "A-2"), "another domain": v.Lookup("passport", "A-1"),
		"a border moved": v.Lookup("office-numberA", "-1"), "another vault": other.Lookup("office-number", "A-1"),
	} {
		if bytes.Equal(hash, h) {
			t.Errorf("%s has the same hash", name)
		}
	}
}
