// Package vault is the strong-room: it seals what people told us, keeps the
// keys, and forgets for good by destroying a key. Each claim has one key for
// each class of its fields; the keys rest wrapped by a master key, in a folder
// of their own beside the data directory, never in it and never in its
// backups.
//
// # What a thief gets
//
// Of the database, its backups or the data directory: ciphertext, the ids of
// claims, the classes they have, lengths rounded up to a step of 256 bytes (of
// 1 KiB above 4 KiB), and keyed hashes, which tell that two values are equal
// and nothing else. No value can be read and none can be guessed at, since the
// commitments' salts are sealed too.
//
// Of the folder of keys alone: which claims have keys, and the credentials of
// those who act from this machine: with one of them he is that actor, and may
// ask the running installation for what that actor may see, until it is ended.
// By itself the folder opens nothing, for the ciphertext is elsewhere.
//
// Of keystore.db alone (its backups, say): which claims have keys and which
// were erased. Every key in it is wrapped by the master key.
//
// Of the database and the folder of keys together: everything that is not yet
// erased. The master key lies in a file in clear; who reads that file as well
// as the database reads all. Keyed hashes fall then too: likely values can be
// tried against them. That holds for fields of the class sensitive until they
// are sealed to the desk's key, which the server does not hold.
//
// Of a running server's memory: the master key, and what is being sent or read
// in that moment. Go gives no promise that a key leaves memory when it is no
// longer used, so none is made here.
//
// # What erasing does
//
// Destroy overwrites the claim's wrapped keys in keystore.db with zeroes and
// cuts the write-ahead log. From then on its sealed blobs, and the salts of
// their commitments, open nowhere, in whatever copy of the database they lie.
// Three things it does not reach. A copy of keystore.db made earlier still
// opens them, together with the master key, for as long as that copy lives. A
// disk may keep old sectors: whoever has those, the master key and the
// ciphertext reads them too; a new master key and the loss of the old one, or a
// disk encrypted below us, closes that. And keyed hashes lie in the database:
// who erases a claim deletes its rows there.
package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Vault is an opened folder of keys. It may be used by many at once.
type Vault struct {
	master sealer
	lookup []byte // key of the keyed hashes
	store  *keystore
	folder string
	desks  atomic.Pointer[deskKeys]

	changing sync.Mutex // one change of the folder's files at a time

	drawing sync.Mutex // salts are drawn in the order of the items
	salts   io.Reader
}

// Open opens the folder that Create made. It refuses a folder or file that
// others on the machine can read, that is missing, cut short, or of another
// vault. random gives the salts of commitments and nothing else: nil means the
// system's randomness, and only a demo that must repeat gives another. Keys
// and nonces always come from the system.
func Open(folder string, random io.Reader) (*Vault, error) {
	if random == nil {
		random = rand.Reader
	}
	master, lookup, err := readFolder(folder)
	if err != nil {
		return nil, err
	}
	seal, err := newSealer(master)
	if err != nil {
		return nil, err
	}
	store, err := openKeystore(storePath(folder))
	if err != nil {
		return nil, err
	}
	v := &Vault{master: seal, lookup: lookup, store: store, folder: folder, salts: random}
	if err := errors.Join(v.recognise(), v.loadDesks()); err != nil {
		return nil, closing(store, err)
	}
	return v, nil
}

// Close lets go of the key store. A vault is not used after it.
func (v *Vault) Close() error { return v.store.close() }

// The names under which the key store keeps a proof that a key file is its own.
const (
	masterMark = "master"
	lookupMark = "lookup"
)

// mark writes into a new key store what recognise looks for. Without it, a
// wrong lookup.key would go unseen and the same claim be taken in twice.
func (v *Vault) mark(ctx context.Context) error {
	sealed, err := v.master.seal([]byte(masterMark), markTag)
	if err != nil {
		return err
	}
	if err := v.store.setMark(ctx, masterMark, sealed); err != nil {
		return err
	}
	return v.store.setMark(ctx, lookupMark, keyedHash(v.lookup, markTag, lookupMark))
}

// recognise refuses key files that are not those of this key store.
func (v *Vault) recognise() error {
	ctx := context.Background()
	sealed, err := v.store.mark(ctx, masterMark)
	if err != nil {
		return err
	}
	if _, err := v.master.open(sealed, markTag); err != nil {
		return fault.New(fault.Unsound, "vault.key-of-another-vault", "file", masterFile)
	}
	hash, err := v.store.mark(ctx, lookupMark)
	if err != nil {
		return err
	}
	if !Equal(hash, keyedHash(v.lookup, markTag, lookupMark)) {
		return fault.New(fault.Unsound, "vault.key-of-another-vault", "file", lookupFile)
	}
	return nil
}

// drawSalts is a salt for each item: its own where it brings one, the next of
// the vault's reader where not. They are drawn one after another, before the
// work is spread, so that a seeded reader gives the same salts each time.
func (v *Vault) drawSalts(items []Item) ([]docket.Salt, error) {
	v.drawing.Lock()
	defer v.drawing.Unlock()
	salts := make([]docket.Salt, len(items))
	for i, item := range items {
		salts[i] = item.Salt
		if salts[i] != (docket.Salt{}) {
			continue
		}
		if _, err := io.ReadFull(v.salts, salts[i][:]); err != nil {
			return nil, err
		}
	}
	return salts, nil
}
