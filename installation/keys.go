package installation

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/vault"
)

// WithKeys works on an installation's folder of keys while no other process
// writes the installation, also where the folder can't be opened as it is.
func WithKeys(dir string, o Options, do func(folder string, options vault.Options) error) (err error) {
	return withKeys(dir, o, func(Places) taking { return lock }, do)
}

// taking is lock or share.
type taking func(path, as string) (*os.File, error)

func withKeys(dir string, o Options, how func(Places) taking, do func(folder string, options vault.Options) error) (err error) {
	places, err := Find(dir)
	if err != nil {
		return err
	}
	held, err := how(places)(filepath.Join(places.Data, lockFile), "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	return do(places.Keys, vault.Options{Unlock: o.unlock(), Now: o.Now})
}

// WithVault opens the vault alone, while no other process writes the
// installation.
func WithVault(dir string, o Options, do func(*vault.Vault) error) error {
	return WithKeys(dir, o, onVault(do))
}

// WithVaultBeside opens the vault for what changes no key and no form of one: beside
// the processes that share the installation, where several may.
func WithVaultBeside(dir string, o Options, do func(*vault.Vault) error) error {
	return withKeys(dir, o, Places.taking, onVault(do))
}

// taking is how a process takes the installation that others may act on too.
func (p Places) taking() taking {
	if p.shared() {
		return share
	}
	return lock
}

// onVault opens the vault of a folder of keys.
func onVault(do func(*vault.Vault) error) func(folder string, options vault.Options) error {
	return func(folder string, options vault.Options) (err error) {
		v, err := vault.Open(folder, options)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.Close()) }()
		return do(v)
	}
}

// WithVault works on the vault of an installation that is open.
func (i *Installation) WithVault(do func(*vault.Vault) error) error { return do(i.vault) }

// MoveKeys moves the key store into a PostgreSQL database of its own, by the
// address of the role that owns it, or with "" back into a file in the folder of
// keys.
func MoveKeys(ctx context.Context, dir, to string, o Options) error {
	places, err := Find(dir)
	if err != nil {
		return err
	}
	if to == "" && places.Several {
		return fault.New(fault.Conflict, "installation.several")
	}
	if err := places.keysApart(ctx, to); err != nil {
		return err
	}
	return WithVault(dir, o, func(v *vault.Vault) error { return v.MoveStore(ctx, to) })
}

// keysApart refuses to have the keys where the claims are: in the same database,
// or under the same role.
func (p Places) keysApart(ctx context.Context, keys string) error {
	if keys == "" {
		return nil
	}
	if _, err := vault.BareAddress(keys); err != nil || !p.shared() {
		return err
	}
	claims, err := postgres.Whose(ctx, p.address())
	if err != nil {
		return err
	}
	theirs, err := postgres.Whose(ctx, vault.ReachedBy(keys))
	switch {
	case err != nil:
		return vault.Unreached(err, keys)
	case claims.Server == theirs.Server && claims.Database == theirs.Database:
		return fault.New(fault.Invalid, "vault.keys-with-claims")
	case claims.Server == theirs.Server && claims.Role == theirs.Role:
		return fault.New(fault.Invalid, "installation.keys-role", "role", theirs.Role)
	}
	return nil
}

// keysBesideClaims reports whether the key store's database is on the server of
// the claims': what copies that server as a whole holds both.
func (p Places) keysBesideClaims(ctx context.Context) (bool, error) {
	keys, err := vault.StoreDatabase(p.Keys)
	if err != nil || keys == "" || !p.shared() {
		return false, err
	}
	claims, err := postgres.Whose(ctx, p.address())
	if err != nil {
		return false, err
	}
	theirs, err := postgres.Whose(ctx, vault.ReachedBy(keys))
	return claims.Server == theirs.Server, err
}
