package installation

import (
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// Credential reads a credential's secret: a file's, or that of the first actor
// when none is named.
func (i *Installation) Credential(path string) (string, error) {
	if path != "" {
		return vault.ReadCredential(path)
	}
	path = vault.CredentialPath(i.Keys, FirstActor)
	secret, err := vault.ReadCredential(path)
	if fault.Code(err) == "vault.given-missing" {
		err = fault.New(fault.NotFound, "credential.none", "file", path)
	}
	return secret, err
}

// Keep delivers a new actor's secret into a file beside the keys. A file that
// an act left behind that never came to be is written over: its secret opens
// nothing.
func (i *Installation) Keep(actor string) office.Deliver {
	return func(secret string) error {
		if err := vault.RemoveCredential(i.Keys, actor); err != nil {
			return err
		}
		_, err := vault.WriteCredential(i.Keys, actor, secret)
		return err
	}
}

// CredentialPath is the file into which Keep puts an actor's secret.
func (i *Installation) CredentialPath(actor string) string {
	return vault.CredentialPath(i.Keys, actor)
}
