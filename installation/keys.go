package installation

import (
	"errors"
	"path/filepath"

	"github.com/openchancery/chancery/vault"
)

// WithKeys works on an installation's folder of keys while no other process
// writes the installation, also where the folder can't be opened as it is.
func WithKeys(dir string, o Options, do func(folder string, options vault.Options) error) (err error) {
	places, err := Find(dir)
	if err != nil {
		return err
	}
	held, err := lock(filepath.Join(places.Data, lockFile), "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	return do(places.Keys, vault.Options{Unlock: o.unlock(), Now: o.Now})
}

// WithVault opens the vault alone, while no other process writes the
// installation.
func WithVault(dir string, o Options, do func(*vault.Vault) error) error {
	return WithKeys(dir, o, func(folder string, options vault.Options) (err error) {
		v, err := vault.Open(folder, options)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.Close()) }()
		return do(v)
	})
}

// WithVault works on the vault of an installation that is open.
func (i *Installation) WithVault(do func(*vault.Vault) error) error { return do(i.vault) }
