package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/fault"
)

// A move of the key store goes by these steps. Until the file keystore.url is
// written, or removed, the old place is the key store and has lost nothing: after
// a crash the move is given again and starts over.
const (
	stepHeld     = "held"     // nobody keeps a key any more
	stepFilled   = "filled"   // the new place has all
	stepCompared = "compared" // and it is the same
	stepInPlace  = "in place"
	stepPointed  = "pointed"
)

// movingFile stands in a folder while its key store is moved out of a database: it
// holds what the database is marked with meanwhile.
const movingFile = "moving"

// MoveStore moves the key store into a PostgreSQL database of its own, by the
// address of a role that owns it, or with "" into a file in the folder of keys. No
// other process may have the vault open; machines that share a database are kept
// from keeping keys, or refuse. The copy is held to the original key by key
// before the folder points to it.
//
// A file that was moved lies among the copies, for as long as they do. A database
// is left without keys.
func (v *Vault) MoveStore(ctx context.Context, to string) error {
	done, err := v.change(ctx)
	if err != nil {
		return err
	}
	defer done()
	if v.master.Load().before != nil {
		return fault.New(fault.Conflict, "vault.rotation-unfinished")
	}
	b, err := v.Backups()
	if err == nil { // the file that is moved is to lie among them
		err = b.placeThere(v.folder)
	}
	if err := errors.Join(err, v.EndMove(ctx)); err != nil {
		return err
	}
	switch from := v.store.(type) {
	case *fileStore:
		if to == "" {
			return fault.New(fault.Conflict, "vault.keys-there")
		}
		return v.moveIn(ctx, from, to)
	case *serverStore:
		if to != "" {
			return fault.New(fault.Conflict, "vault.keys-there")
		}
		return v.moveOut(ctx, from)
	}
	return errors.New("a key store of no known kind")
}

// moveIn moves a file into a database.
func (v *Vault) moveIn(ctx context.Context, from *fileStore, to string) (err error) {
	address, err := BareAddress(to)
	if err != nil {
		return err
	}
	reached, err := reachedFor(ctx, to)
	if err != nil {
		return err
	}
	k, err := prepareServer(ctx, reached)
	if err != nil {
		return err
	}
	defer func() {
		if v.store != keystore(k) {
			err = errors.Join(err, k.close())
		}
	}()
	if err := v.free(ctx, k); err != nil {
		return err
	}
	list, err := v.Shredded(ctx)
	if err != nil {
		return err
	}
	if err := k.fill(ctx, from, list, v.today()); err != nil {
		return err
	}
	if err := v.reached(stepFilled); err != nil {
		return err
	}
	if err := sameKeys(ctx, from, k); err != nil {
		return err
	}
	if err := v.reached(stepCompared); err != nil {
		return err
	}
	if err := writeAddress(v.folder, address); err != nil {
		return err
	}
	v.store = k
	if err := errors.Join(v.reached(stepPointed), from.close()); err != nil {
		return err
	}
	return v.settleIn(ctx)
}

// free refuses a database that is somebody's key store: another's, or this one's
// own, to which another machine's folder points.
func (v *Vault) free(ctx context.Context, k *serverStore) error {
	lookup, err := k.mark(ctx, lookupMark)
	if err != nil {
		return err
	}
	used, err := k.mark(ctx, usedMark)
	if err != nil {
		return err
	}
	away, err := k.mark(ctx, awayMark)
	if err != nil {
		return err
	}
	switch {
	case lookup != nil && !Equal(lookup, markOfLookup(v.lookup)):
		return fault.New(fault.Conflict, "vault.keys-database-taken")
	case used != nil && away == nil:
		return fault.New(fault.Conflict, "vault.keys-database-used")
	}
	return nil
}

// moveOut moves the key store out of a database, into a file.
func (v *Vault) moveOut(ctx context.Context, from *serverStore) (err error) {
	if err := v.holdStore(ctx, from); err != nil {
		return err
	}
	coming := filepath.Join(v.folder, ".coming.db")
	to, err := v.copyOut(ctx, from, coming)
	if err == nil {
		err = v.reached(stepCompared)
	}
	if err != nil {
		return errors.Join(err, v.letGo(context.WithoutCancel(ctx), from))
	}
	// Closed, the file holds all that its log did.
	if err := to.close(); err != nil {
		return err
	}
	if err := errors.Join(removeBeside(coming), syncFile(coming), removeStore(storePath(v.folder))); err != nil {
		return err
	}
	if err := os.Rename(coming, storePath(v.folder)); err != nil {
		return fmt.Errorf("move the key store: %w", err)
	}
	if err := v.reached(stepInPlace); err != nil {
		return err
	}
	if err := errors.Join(os.Remove(filepath.Join(v.folder, addressFile)), syncFolder(v.folder)); err != nil {
		return err
	}
	if to, err = openKeystore(storePath(v.folder)); err != nil {
		return err
	}
	v.store = to
	err = errors.Join(v.reached(stepPointed), from.empty(ctx), from.close())
	return errors.Join(err, v.EndMove(ctx))
}

// holdStore keeps everybody from keeping a key in the database.
func (v *Vault) holdStore(ctx context.Context, from *serverStore) error {
	token := newKey()
	if err := replacePrivate(filepath.Join(v.folder, movingFile), token); err != nil {
		return err
	}
	if err := from.setMarks(ctx, map[string][]byte{awayMark: token}); err != nil {
		return err
	}
	return v.reached(stepHeld)
}

// EndMove ends what a crash left of a move out of a database: the database is
// the key store as before. Nobody may be moving it meanwhile.
func (v *Vault) EndMove(ctx context.Context) error {
	if k, ok := v.store.(*serverStore); ok {
		return v.letGo(ctx, k)
	}
	return destroyFile(filepath.Join(v.folder, movingFile))
}

// letGo lets the database be the key store again, after a move that was broken
// off here.
func (v *Vault) letGo(ctx context.Context, k *serverStore) error {
	path := filepath.Join(v.folder, movingFile)
	token, err := readPrivate(path, keySize)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := k.unmark(ctx, awayMark, token); err != nil {
		return err
	}
	return destroyFile(path)
}

// copyOut fills a new file and holds it to the database.
func (v *Vault) copyOut(ctx context.Context, from *serverStore, path string) (_ *fileStore, err error) {
	if err := removeStore(path); err != nil {
		return nil, err
	}
	if err := errors.Join(writePrivate(path, nil), from.copyInto(ctx, path)); err != nil {
		return nil, err
	}
	if err := v.reached(stepFilled); err != nil {
		return nil, err
	}
	to, err := openKeystore(path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(sameKeys(ctx, to, from), to.sound(ctx)); err != nil {
		return nil, closing(to, err)
	}
	mark, err := to.mark(ctx, lookupMark)
	if err == nil && !bytes.Equal(mark, markOfLookup(v.lookup)) {
		err = fault.New(fault.Unsound, "vault.keys-differ")
	}
	if err != nil {
		return nil, closing(to, err)
	}
	return to, nil
}

// unmark takes a mark away that has this value.
func (k *serverStore) unmark(ctx context.Context, name string, value []byte) error {
	_, err := k.pool.Exec(ctx, "DELETE FROM marks WHERE name = $1 AND value = $2", name, value)
	return serverFault(ctx, err)
}
