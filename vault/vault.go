// Package vault is the strong-room: it seals what people told us, keeps the
// keys, and forgets for good by destroying a key. Each claim has one key for
// each class of its fields; the keys rest wrapped by a master key, in a folder
// of their own beside the data directory, never in it and never in its
// backups. What is sensitive is sealed to the desk's public key before that: the
// private key is with the officers, and never here.
//
// # What a thief gets
//
// Of the database, its backups or the data directory: ciphertext, the ids of
// claims, the classes they have, lengths rounded up (of answers to a step of 256
// bytes, of 1 KiB above 4 KiB; of evidence by 3 % at most, and to 64 KiB at
// least), and keyed hashes, which tell that two values are equal and nothing
// else. No value can be read and none can be guessed at, since the commitments'
// salts are sealed too.
//
// Of the folder of keys alone: which claims have keys and which were erased, and
// the credentials of those who act from this machine: with one of them he is
// that actor, and may ask the running installation for what that actor may see,
// until it is ended. By itself the folder opens nothing, for the ciphertext is
// elsewhere. Where the log's key lies in it, he can sign as the log.
//
// Of keystore.db alone (its backups, say): which claims have keys and which
// were erased. Every key in it is wrapped by the master key.
//
// Of the database and the folder of keys together, where the master key rests in
// clear: everything of the classes internal and personal that is not yet erased.
// Keyed hashes fall then too: likely values can be tried against them. Under a
// passphrase, or wrapped by a key service, the master key is not in the folder;
// then he needs the passphrase or the service besides, or a running server's
// memory.
//
// Of all that and every key that the server holds: nothing sensitive, no hash of
// it, and no salt by which a guess could be tried. He learns that a claim has
// sensitive answers, and their length in steps. Where sensitive evidence or
// answers are read in that moment, or being sent, a server that he has taken
// over sees them in clear: sealing protects what rests.
//
// Of fewer shares of the keys than are needed: nothing. Of enough of them: what
// the folder holds but for the key store and the credentials.
//
// Of a running server's memory: the master key, and what is being sent or read
// in that moment. Go gives no promise that a key leaves memory when it is no
// longer used, so none is made here.
//
// Of a copy of the key store: also the wrapped keys of claims that are filed in the
// hour after it, some hundreds at most, since keys are kept ahead of their claims (see
// Reserve).
//
// Who stole the master key and not the claims' own keys with it is shut out by
// RotateMaster. Who had both at one time keeps what he could read then: a new
// master key takes back no claim's key. Who can write to the folder of keys may
// put a desk's key of his own there, and reads what is sealed from then on; the
// id of the desk's key is told by Desk, and is to be held against the officers'.
//
// # What erasing does
//
// Destroy writes the claim to the list of what was erased, overwrites its wrapped
// keys in keystore.db with zeroes and cuts the write-ahead log. From then on its
// sealed blobs and streams, and the salts of their commitments, open nowhere, in
// whatever copy of the database they lie. An older keystore.db that is put back
// is brought to the same state when it is opened, from the list.
//
// Three things it does not reach. A copy of keystore.db made earlier still opens
// them, together with the master key: such copies are removed after some days,
// and ErasedBy names the day, which holds as long as nobody makes others. A
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
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// Vault is an opened folder of keys. It may be used by many at once.
type Vault struct {
	folder string
	held   *os.File // the folder, so that nobody puts another key store in this one's place
	master atomic.Pointer[masters]
	lookup []byte // key of the keyed hashes
	hashes keyedHashes
	store  keystore
	desks  atomic.Pointer[deskKeys]
	now    func() time.Time

	changing sync.Mutex   // one change of the folder's files at a time
	rewraps  sync.RWMutex // held to read while keys are loaded or kept, to write while the master changes

	early background // keys that are being kept

	ahead ahead // keys of claims to come

	drawing sync.Mutex // salts are drawn in the order of the items
	salts   io.Reader

	stretching chan struct{} // a place for each code that is being stretched

	pass func(step string) error // nil, or a test's: stops a change at a step
}

// background is what goes on while nobody waits for it.
type background struct {
	all sync.WaitGroup
	n   atomic.Int64 // what is kept early

	mu    sync.Mutex
	ended bool // owned by mu
}

// begin does something in the background; false where that has ended.
func (b *background) begin(do func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended {
		b.all.Go(do)
	}
	return !b.ended
}

// end waits for what goes on, and lets nothing more begin.
func (b *background) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.all.Wait()
}

// Options change how a vault is opened.
type Options struct {
	// Salts gives the salts of commitments and nothing else: nil means the
	// system's randomness, and only a demo that must repeat gives another. Keys
	// and nonces always come from the system.
	Salts  io.Reader
	Unlock Unlock           // for a master key that isn't in clear
	Now    func() time.Time // nil: the machine's clock

	// Claims draws ids of so many claims to come, of which keys are kept ahead (see
	// Reserve); several may call it at once. nil: keys are kept ahead of none.
	Claims func(n int) []string
}

func (o Options) clock() func() time.Time {
	if o.Now == nil {
		return time.Now
	}
	return o.Now
}

// Open opens the folder that Create made. It refuses a folder or file that
// others on the machine can read, that is missing, cut short, or of another
// vault. The master key is unlocked once, here. What was erased after the key
// store was copied that now lies here is erased again.
func Open(folder string, o Options) (*Vault, error) {
	if o.Salts == nil {
		o.Salts = rand.Reader
	}
	if err := checkFolder(folder); err != nil {
		return nil, err
	}
	lookup, err := readKey(filepath.Join(folder, lookupFile), lookupHeader)
	if err != nil {
		return nil, err
	}
	held, err := hold(folder, filelock.Beside)
	if err != nil {
		return nil, err
	}
	store, err := openStore(context.Background(), folder)
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	v := &Vault{folder: folder, held: held, lookup: lookup, store: store, salts: o.Salts, now: o.clock(), ahead: ahead{draw: o.Claims}, stretching: make(chan struct{}, codesAtOnce())}
	if err := v.unlock(o.Unlock); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	if err := v.settleIn(context.Background()); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// unlock finds out which master key is this key store's, and brings the rest
// of the folder in order.
func (v *Vault) unlock(u Unlock) error {
	ctx := context.Background()
	for _, do := range []func() error{
		func() error { return v.loadMaster(ctx, u) },
		func() error { return v.recogniseLookup(ctx) },
		v.loadDesks,
		func() error { return v.shredAgain(ctx) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// today is the day of what is done to the folder, by UTC.
func (v *Vault) today() day.Date { return day.Of(v.now(), time.UTC) }

// Close lets go of the key store. A vault is not used after it.
func (v *Vault) Close() error {
	v.early.end()
	return errors.Join(v.store.close(), v.held.Close())
}

// The names under which the key store keeps a proof that a key file is its own.
const (
	masterMark = "master"
	nextMark   = "next-master" // while keys are re-wrapped
	lookupMark = "lookup"
)

// mark writes into a new key store what is looked for when it is opened. Without
// it, a wrong lookup.key would go unseen and the same claim be taken in twice.
func (v *Vault) mark(ctx context.Context) error {
	sealed, err := v.master.Load().now.mark()
	if err != nil {
		return err
	}
	return v.store.setMarks(ctx, map[string][]byte{
		masterMark: sealed,
		lookupMark: markOfLookup(v.lookup),
	})
}

// markOfLookup is the proof that a key of hashes is the key store's.
func markOfLookup(key []byte) []byte { return keyedHash(key, markTag, lookupMark) }

// mark is the proof that a key is the key store's.
func (s sealer) mark() ([]byte, error) { return s.seal([]byte(masterMark), markTag) }

func (s sealer) made(mark []byte) bool {
	_, err := s.open(mark, markTag)
	return err == nil
}

// loadMaster reads the master key and holds it to the key store. In the midst
// of a change there are two: see rotate.go.
func (v *Vault) loadMaster(ctx context.Context, u Unlock) error {
	mark, err := v.store.mark(ctx, masterMark)
	if err != nil {
		return err
	}
	next, err := v.store.mark(ctx, nextMark)
	if err != nil {
		return err
	}
	now, err := readMaster(ctx, v.folder, masterName, u)
	switch {
	case err == nil && now.made(mark) && next == nil:
		v.master.Store(&masters{now: *now})
		return nil
	case err == nil && now.made(mark):
		coming, err := readMaster(ctx, v.folder, nextName, u)
		if err == nil && !coming.made(next) {
			err = foreignKey(coming.path)
		}
		if err != nil {
			return err
		}
		v.master.Store(&masters{now: *coming, before: now})
		return nil
	case err == nil:
		err = foreignKey(now.path)
	}
	// The change had come to its end but for the files.
	coming, nextErr := readMaster(ctx, v.folder, nextName, u)
	switch {
	case nextErr == nil && coming.made(mark):
		v.master.Store(&masters{now: *coming, over: now})
		return nil
	case fault.Is(nextErr, fault.NotFound) || nextErr == nil:
		return err
	}
	return errors.Join(err, nextErr)
}

func foreignKey(path string) error {
	return fault.New(fault.Unsound, "vault.key-of-another-vault", "file", filepath.Base(path))
}

// recogniseLookup refuses a key of hashes that is not this key store's.
func (v *Vault) recogniseLookup(ctx context.Context) error {
	hash, err := v.store.mark(ctx, lookupMark)
	if err != nil {
		return err
	}
	if !Equal(hash, markOfLookup(v.lookup)) {
		return foreignKey(lookupFile)
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
