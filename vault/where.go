package vault

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/patience"
)

// addressFile says, where it is there, that the key store is in a PostgreSQL: one
// line, its address, without a password. Passwords come from PGPASSWORD, from
// ~/.pgpass, or with the whole address from the environment.
const addressFile = "keystore.url"

// DatabaseEnv names, where it is set, the whole address at which the key store's
// PostgreSQL is reached, in place of what the folder of keys says.
const DatabaseEnv = "CHANCERY_KEYS_DATABASE"

// BareAddress is an address as it is written down. It names a role, since that
// one must be another than the claims'.
func BareAddress(address string) (string, error) {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "postgres" && at.Scheme != "postgresql" || at.Host == "" || len(at.Path) < 2 || at.User.Username() == "" {
		return "", fault.New(fault.Invalid, "vault.keys-address")
	}
	at.User = url.User(at.User.Username())
	query := at.Query()
	query.Del("password")
	at.RawQuery = query.Encode()
	return at.String(), nil
}

// StoreDatabase is the address of the PostgreSQL in which a folder's key store
// is, as it is written in the folder; "" where it is a file there.
func StoreDatabase(folder string) (string, error) {
	path := filepath.Join(folder, addressFile)
	text, err := readPrivate(path, mostOfMaster)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	address, err := BareAddress(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fault.New(fault.Unsound, "vault.file-foreign", "file", path)
	}
	return address, nil
}

// ReachedBy is the address by which a key store is reached now: with a password,
// perhaps, from the environment.
func ReachedBy(address string) string { return cmp.Or(os.Getenv(DatabaseEnv), address) }

// reachedFor is the address by which a database is reached that is named to be filled.
// An environment that leads to another one is refused: that one would be filled, or be
// met in place of it afterwards. Names prove nothing, so both are asked who they are.
func reachedFor(ctx context.Context, named string) (string, error) {
	said := os.Getenv(DatabaseEnv)
	if said == "" {
		return named, nil
	}
	written, err := BareAddress(named)
	if err != nil {
		return "", err
	}
	if bare, err := BareAddress(said); err == nil && bare == written {
		return said, nil
	}
	leads, err := whoAnswers(ctx, said)
	if err != nil {
		return "", Unreached(err, named)
	}
	meant, err := whoAnswers(ctx, named)
	if err != nil {
		return "", err
	}
	if leads != meant {
		return "", fault.New(fault.Invalid, "vault.environment-elsewhere", "variable", DatabaseEnv, "named", written, "leads", leads.database, "role", leads.role)
	}
	return said, nil
}

// Unreached is the fault of a database that doesn't answer where a command is about
// the one that is named: by which variable it was asked for, if it was.
func Unreached(err error, named string) error {
	written, bad := BareAddress(named)
	if err == nil || bad != nil || os.Getenv(DatabaseEnv) == "" || errors.Is(err, context.Canceled) {
		return err
	}
	if fault.Code(err) == "vault.keys-address" {
		return fault.New(fault.Invalid, "vault.environment-address", "variable", DatabaseEnv, "named", written)
	}
	why := err.Error()
	if f, ok := errors.AsType[*fault.Fault](err); ok && len(f.Values) > 0 {
		why = f.Values[0].Text
	}
	return fault.New(fault.Conflict, "vault.environment-away", "variable", DatabaseEnv, "named", written, "why", why)
}

// answering is who answers at an address.
type answering struct {
	server                 int64 // its system identifier
	database, schema, role string
}

func whoAnswers(ctx context.Context, address string) (a answering, err error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return a, fault.New(fault.Invalid, "vault.keys-address")
	}
	patience.Bound(config)
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return a, serverFault(ctx, err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	err = c.QueryRow(ctx, "SELECT system_identifier, current_database(), coalesce(current_schema(), ''), current_user FROM pg_control_system()").
		Scan(&a.server, &a.database, &a.schema, &a.role)
	return a, serverFault(ctx, err)
}

func writeAddress(folder, address string) error {
	return replacePrivate(filepath.Join(folder, addressFile), []byte(address+"\n"))
}

// openStore opens the key store of a folder, wherever it is.
func openStore(ctx context.Context, folder string) (keystore, error) {
	address, err := StoreDatabase(folder)
	if err != nil {
		return nil, err
	}
	if address != "" {
		k, err := openServer(ctx, ReachedBy(address))
		if err != nil {
			return nil, err
		}
		return k, nil
	}
	k, err := openKeystore(storePath(folder))
	if err != nil {
		return nil, err
	}
	return k, nil
}

// settleIn says in the database that a folder points to it, and puts a file aside
// that was moved there.
func (v *Vault) settleIn(ctx context.Context) error {
	k, ok := v.store.(*serverStore)
	if !ok {
		return nil
	}
	used, err := k.mark(ctx, usedMark)
	if err != nil {
		return err
	}
	if used == nil {
		if err := k.setMarks(ctx, map[string][]byte{usedMark: {1}}); err != nil {
			return err
		}
	}
	if _, err := os.Lstat(storePath(v.folder)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return v.putAside()
}

// putAside puts the file of a key store that is in a database now among the
// copies, where it goes with them.
func (v *Vault) putAside() error {
	if err := keepReplaced(v.folder, Options{Now: v.now}); err != nil {
		return err
	}
	return removeStore(storePath(v.folder))
}
