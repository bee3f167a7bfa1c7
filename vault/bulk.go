package vault

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Item is one thing that is sealed: a claim's answers of one class, a trace.
//
// Claim, Class and Name are 1 to 128 printable ASCII characters without |.
// Name says which of the claim's blobs it is; a blob opens under its own
// claim, class and name only, so a name is used once for a claim and class.
// Payload has at most MaxPayload bytes and may be empty. Salt is the salt of
// the blob's commitment; one of all zeroes means that Seal draws it.
type Item struct {
	Claim, Class, Name string
	Payload            []byte
	Salt               docket.Salt
}

// Sealed is an item at rest. The blob goes into the kept table, the commitment
// (to salt and payload, never to ciphertext) into the entry.
type Sealed struct {
	Claim, Class, Name string
	Blob               []byte
	Commitment         docket.Hash
}

// Opened is what one blob held, or why it could not be opened.
type Opened struct {
	Item
	Err error
}

// Keys are the keys that a Seal made, wrapped, and not yet kept.
type Keys struct {
	made  []wrappedKey
	again []wrappedKey // they were kept ahead, and are to stand there still
	since version      // by which those stand there; zero where it isn't known, or not of all
	under *masters     // which wrapped them
	early *keeping     // begun when they were made; nil where Keep is to do all
}

func (k Keys) none() bool { return len(k.made)+len(k.again) == 0 }

// keeping is a Keep under way. err is set before done is closed.
type keeping struct {
	done chan struct{}
	err  error
}

// Len is the number of keys made.
func (k Keys) Len() int { return len(k.made) }

// MaxPayload is the most that one blob takes, in bytes. What is larger is
// evidence, which streams.
const MaxPayload = 1 << 20

// nameLimit is the longest claim id, class or name, in bytes.
const nameLimit = 128

// Seal seals the items, in their order, on all cores. A claim's key for a
// class is loaded if it is kept and made if not; the keys made are returned,
// and Keep must have kept them before the act that stores the blobs commits:
// a key without a blob is harmless, a blob without a key is lost.
//
// Items of the class sensitive are sealed to the desk's key first: once sealed,
// nothing on this machine opens them.
//
// Faults: vault.name and vault.too-large for an item that can't be sealed,
// vault.no-desk for a sensitive one where no desk's key is set, vault.erased
// for a claim whose keys were destroyed.
func (v *Vault) Seal(ctx context.Context, items []Item) ([]Sealed, Keys, error) {
	return v.seal(ctx, items, v.sealersFor)
}

// SealNew is Seal for claims that have no keys yet, or those of Reserve: it doesn't
// look for them, and begins to keep those that it makes before it seals, so that Keep
// has little left to wait for. Those of Reserve are looked for with that, unless the store
// shows that nothing has gone from it since, and kept again where they are gone: an older
// copy of the key store may have been put back since, the master key have changed, or the
// store take nothing any more. Where a claim
// has other keys, Keep finds it (vault.key-made-twice, vault.erased), and the items are to
// be sealed by Seal.
func (v *Vault) SealNew(ctx context.Context, items []Item) ([]Sealed, Keys, error) {
	return v.seal(ctx, items, func(ctx context.Context, slots []slot) ([]sealer, Keys, error) {
		master := v.master.Load()
		sealers, keys, err := master.sealersFor(ctx, slots, held{ready: v.ahead.take(slots, master)})
		if err == nil && !keys.none() {
			keys.early = v.keepEarly(ctx, keys)
		}
		return sealers, keys, err
	})
}

// mostEarly bounds what is kept in the background: nobody who gave up takes it back,
// and a key store that doesn't answer is not to have it heaped up before it.
const mostEarly = 64

// keepEarly keeps keys in the background; nil where as many as may be are waiting
// there, and Keep is to do it. Who asked may give up: keys without blobs do no harm.
func (v *Vault) keepEarly(ctx context.Context, keys Keys) *keeping {
	if v.stand(keys) {
		return stood
	}
	k := &keeping{done: make(chan struct{})}
	if v.early.n.Add(1) <= mostEarly && v.early.begin(func() {
		defer v.early.n.Add(-1)
		defer close(k.done)
		k.err = v.keep(context.WithoutCancel(ctx), keys)
	}) {
		return k
	}
	v.early.n.Add(-1)
	return nil
}

func (v *Vault) seal(ctx context.Context, items []Item, sealersFor func(context.Context, []slot) ([]sealer, Keys, error)) ([]Sealed, Keys, error) {
	for _, item := range items {
		if err := item.check(); err != nil {
			return nil, Keys{}, err
		}
	}
	desk, err := v.agreeFor(items)
	if err != nil {
		return nil, Keys{}, err
	}
	salts, err := v.drawSalts(items)
	if err != nil {
		return nil, Keys{}, err
	}
	slots, slotOf := slotsOf(items, func(i Item) slot { return slot{i.Claim, i.Class} })
	sealers, made, err := sealersFor(ctx, slots)
	if err != nil {
		return nil, Keys{}, err
	}
	sealed := make([]Sealed, len(items))
	err = spread(ctx, len(items), func(i int) error {
		item := items[i]
		blob, err := item.seal(sealers[slotOf[i]], desk, salts[i])
		sealed[i] = Sealed{
			Claim: item.Claim, Class: item.Class, Name: item.Name,
			Blob: blob, Commitment: docket.BlobCommitment(salts[i], item.Payload),
		}
		return err
	})
	if err != nil {
		return nil, Keys{}, err
	}
	return sealed, made, nil
}

// agreeFor agrees a key with the desk for what of the items is sensitive; nothing
// where none is.
func (v *Vault) agreeFor(items []Item) (toDesk, error) {
	at := slices.IndexFunc(items, func(i Item) bool { return i.Class == deskClass })
	if at < 0 {
		return toDesk{}, nil
	}
	desk := v.desks.Load().newest()
	if desk == nil {
		return toDesk{}, fault.New(fault.Conflict, "vault.no-desk", "claim", items[at].Claim, "name", items[at].Name)
	}
	return desk.agree()
}

// Keep makes the keys durable, all in one commit. Keeping the same keys again
// changes nothing. Of SealNew's it waits until they are.
//
// Faults, after which nothing was kept and the blobs of that Seal are to be
// thrown away: vault.key-made-twice (another Seal kept a key for the same
// claim and class in between: seal again, which uses that one), vault.erased.
func (v *Vault) Keep(ctx context.Context, keys Keys) error {
	switch {
	case keys.none():
		return nil
	case keys.early == nil:
		return v.keep(ctx, keys)
	}
	select {
	case <-keys.early.done:
		return keys.early.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *Vault) keep(ctx context.Context, keys Keys) error {
	v.rewraps.RLock()
	defer v.rewraps.RUnlock()
	gone, err := v.gone(ctx, keys.again)
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		keys.made = slices.SortedFunc(slices.Values(slices.Concat(keys.made, gone)), byPlace)
	}
	made, err := v.underTheMaster(keys)
	if err != nil || len(made) == 0 {
		return err
	}
	return v.store.keep(ctx, made)
}

// stood is a Keep of keys that stand.
var stood = func() *keeping {
	k := &keeping{done: make(chan struct{})}
	close(k.done)
	return k
}()

// stand reports whether nothing is to be kept, since the key store has seen nothing but
// keys that were added since these were; false doesn't say that there is something to be.
func (v *Vault) stand(keys Keys) bool {
	if len(keys.made) > 0 || keys.since == (version{}) || !v.rewraps.TryRLock() {
		return false
	}
	defer v.rewraps.RUnlock()
	return keys.under == v.master.Load() && v.store.writable() == nil && v.store.version(false) == keys.since
}

// gone are those of the keys that don't stand in the store as they were kept. To look is
// cheaper than to keep them again, which waits for whoever writes.
func (v *Vault) gone(ctx context.Context, keys []wrappedKey) (gone []wrappedKey, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	if err := v.store.writable(); err != nil {
		return nil, err
	}
	there, err := v.store.load(ctx, claimsOfKeys(keys))
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if !bytes.Equal(there.wrapped[key.slot], key.wrapped) {
			gone = append(gone, key)
		}
	}
	return gone, nil
}

// Open opens one blob and gives back the payload and the salt of its
// commitment. Faults: vault.erased, vault.key-missing, vault.key-damaged,
// vault.blob-damaged (also for a blob of another claim, class or name),
// vault.blob-format, vault.desk-only for what is sealed to the desk.
func (v *Vault) Open(ctx context.Context, claim, class, name string, blob []byte) ([]byte, docket.Salt, error) {
	opened, err := v.OpenAll(ctx, []Sealed{{Claim: claim, Class: class, Name: name, Blob: blob}})
	if err != nil {
		return nil, docket.Salt{}, err
	}
	return opened[0].Payload, opened[0].Salt, opened[0].Err
}

// OpenAll opens blobs in bulk, in their order, on all cores. Each has its own
// answer, for one claim's erasure doesn't keep the others from being read; the
// error is for what concerns all (the key store, a cancelled call). Where a
// blob comes with its commitment, what it holds is compared with it
// (vault.commitment-differs).
func (v *Vault) OpenAll(ctx context.Context, blobs []Sealed) ([]Opened, error) {
	return v.eachBlob(ctx, blobs, func(o *Opened, s Sealed, under sealer) {
		o.Salt, o.Payload, o.Err = s.open(under)
	})
}

// eachBlob opens each blob under its claim's key, in the way that is given.
func (v *Vault) eachBlob(ctx context.Context, blobs []Sealed, open func(*Opened, Sealed, sealer)) ([]Opened, error) {
	slots, slotOf := slotsOf(blobs, func(s Sealed) slot { return slot{s.Claim, s.Class} })
	found, master, err := v.wrappedKeys(ctx, claimsOf(slots))
	if err != nil {
		return nil, err
	}
	sealers, faults := make([]sealer, len(slots)), make([]error, len(slots))
	err = spread(ctx, len(slots), func(i int) error {
		sealers[i], faults[i] = master.unwrap(slots[i], found)
		return nil
	})
	if err != nil {
		return nil, err
	}
	opened := make([]Opened, len(blobs))
	err = spread(ctx, len(blobs), func(i int) error {
		b := blobs[i]
		opened[i] = Opened{Item: Item{Claim: b.Claim, Class: b.Class, Name: b.Name}, Err: faults[slotOf[i]]}
		if opened[i].Err == nil {
			open(&opened[i], b, sealers[slotOf[i]])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// sealersFor is a sealer for each slot, under the key that is kept or one just
// made.
func (v *Vault) sealersFor(ctx context.Context, slots []slot) ([]sealer, Keys, error) {
	found, master, err := v.wrappedKeys(ctx, claimsOf(slots))
	if err != nil {
		return nil, Keys{}, err
	}
	return master.sealersFor(ctx, slots, found)
}

func (m *masters) sealersFor(ctx context.Context, slots []slot, found held) ([]sealer, Keys, error) {
	sealers, made := make([]sealer, len(slots)), make([]wrappedKey, len(slots))
	err := spread(ctx, len(slots), func(i int) (err error) {
		if under, ok := found.ready[slots[i]]; ok {
			sealers[i] = under.sealer
			return nil
		}
		sealers[i], err = m.unwrap(slots[i], found)
		if fault.Code(err) == codeKeyMissing {
			sealers[i], made[i], err = m.makeKey(slots[i])
		}
		return err
	})
	if err != nil {
		return nil, Keys{}, err
	}
	made = slices.DeleteFunc(made, func(k wrappedKey) bool { return k.wrapped == nil })
	slices.SortFunc(made, byPlace)
	keys := Keys{made: slices.Clip(made), under: m}
	for _, at := range slots {
		if ahead, ok := found.ready[at]; ok {
			if keys.again = append(keys.again, ahead.kept); len(keys.again) == 1 {
				keys.since = ahead.since
			} else if keys.since != ahead.since {
				keys.since = version{}
			}
		}
	}
	return sealers, keys, nil
}

// wrappedKeys are the keys of the claims, and the master keys that they open
// under: both of one moment, for a rotation may begin or end in the next.
func (v *Vault) wrappedKeys(ctx context.Context, claims []string) (held, *masters, error) {
	v.rewraps.RLock()
	defer v.rewraps.RUnlock()
	found, err := v.store.load(ctx, claims)
	return found, v.master.Load(), err
}

// Keyless are those of these claims of which there is no key, and whose keys were
// not destroyed either: an older copy of the key store was put back.
func (v *Vault) Keyless(ctx context.Context, claims []string) (without []string, err error) {
	found, _, err := v.wrappedKeys(ctx, claims)
	if err != nil {
		return nil, err
	}
	has := maps.Clone(found.destroyed)
	for at := range found.wrapped {
		has[at.claim] = true
	}
	for _, claim := range claims {
		if !has[claim] {
			without = append(without, claim)
		}
	}
	return without, nil
}

const codeKeyMissing = "vault.key-missing"

func erased(claim string) error { return fault.New(fault.NotFound, "vault.erased", "claim", claim) }

// unwrap is the sealer under a slot's kept key.
func (m *masters) unwrap(at slot, found held) (sealer, error) {
	if found.destroyed[at.claim] {
		return sealer{}, erased(at.claim)
	}
	wrapped, ok := found.wrapped[at]
	if !ok {
		return sealer{}, fault.New(fault.Unsound, codeKeyMissing, "claim", at.claim, "class", at.class)
	}
	key, err := m.open(wrapped, keyTag, at.claim, at.class)
	if err != nil || len(key) != keySize {
		return sealer{}, fault.New(fault.Unsound, "vault.key-damaged", "claim", at.claim, "class", at.class)
	}
	return newSealer(key)
}

// makeKey makes a slot's key and wraps it.
func (m *masters) makeKey(at slot) (sealer, wrappedKey, error) {
	key := newKey()
	wrapped, err := m.now.seal(key, keyTag, at.claim, at.class)
	if err != nil {
		return sealer{}, wrappedKey{}, err
	}
	under, err := newSealer(key)
	return under, wrappedKey{slot: at, wrapped: wrapped}, err
}

// seal is the item's blob under its claim's key; what is sensitive is sealed to
// the desk before.
func (i Item) seal(under sealer, desk toDesk, salt docket.Salt) ([]byte, error) {
	plain := fill(salt, i.Payload)
	if i.Class != deskClass {
		return under.seal(plain, blobTag, i.Claim, i.Class, i.Name)
	}
	inner, err := desk.seal(plain, i.Claim, i.Class, i.Name)
	if err != nil {
		return nil, err
	}
	return under.sealAs(formatV3, inner, forDeskTag, i.Claim, i.Class, i.Name)
}

// open opens the blob under its claim's key, and holds it to its commitment
// where it has one.
func (s Sealed) open(under sealer) (docket.Salt, []byte, error) {
	whose := s.whose()
	if s.forDesk() {
		if _, err := s.takeOff(under); err != nil {
			return docket.Salt{}, nil, err
		}
		return docket.Salt{}, nil, fault.New(fault.NotAllowed, "vault.desk-only", whose...)
	}
	plain, err := under.open(s.Blob, blobTag, s.Claim, s.Class, s.Name)
	if errors.Is(err, errFormat) {
		return docket.Salt{}, nil, fault.New(fault.Unsound, "vault.blob-format", append(whose, "format", s.Blob[0])...)
	}
	if err != nil {
		return docket.Salt{}, nil, s.damaged()
	}
	salt, payload, err := unfill(plain)
	if err != nil {
		return docket.Salt{}, nil, s.damaged()
	}
	if s.Commitment != (docket.Hash{}) && s.Commitment != docket.BlobCommitment(salt, payload) {
		return docket.Salt{}, nil, fault.New(fault.Unsound, "vault.commitment-differs", whose...)
	}
	return salt, payload, nil
}

// whose names the blob in a fault.
func (s Sealed) whose() []any { return []any{"claim", s.Claim, "class", s.Class, "name", s.Name} }

func (s Sealed) damaged() error {
	return fault.New(fault.Unsound, "vault.blob-damaged", s.whose()...)
}

func (i Item) check() error {
	if len(i.Payload) > MaxPayload {
		return fault.New(fault.Invalid, "vault.too-large", "claim", i.Claim, "name", i.Name, "bytes", len(i.Payload), "limit", MaxPayload)
	}
	return errors.Join(checkName("claim", i.Claim), checkName("class", i.Class), checkName("name", i.Name))
}

// checkName keeps names to what binds without doubt: no separator in them.
func checkName(part, name string) error {
	foreign := func(c rune) bool { return c <= ' ' || c > '~' || c == '|' }
	if name == "" || len(name) > nameLimit || strings.ContainsFunc(name, foreign) {
		return fault.New(fault.Invalid, "vault.name", "part", part, "length", len(name))
	}
	return nil
}

// slotsOf is each slot once, in the order met, and for each thing the place of
// its slot.
func slotsOf[T any](things []T, at func(T) slot) (slots []slot, slotOf []int) {
	seen := make(map[slot]int, len(things))
	slotOf = make([]int, len(things))
	for i, thing := range things {
		s := at(thing)
		place, met := seen[s]
		if !met {
			place = len(slots)
			seen[s] = place
			slots = append(slots, s)
		}
		slotOf[i] = place
	}
	return slots, slotOf
}

func claimsOf(slots []slot) []string {
	claims := make([]string, len(slots))
	for i, s := range slots {
		claims[i] = s.claim
	}
	slices.Sort(claims)
	return slices.Compact(claims)
}

// spread does the work of n things on all cores, a run of them at a time, and
// stops at the first error or when the caller gives up.
func spread(ctx context.Context, n int, do func(i int) error) error {
	const run = 64
	if n <= run { // a goroutine for few takes longer than they do
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), (n+run-1)/run) {
		group.Go(func() error {
			for ctx.Err() == nil {
				start := int(next.Add(run)) - run
				if start >= n {
					return nil
				}
				for i := start; i < min(start+run, n); i++ {
					if err := do(i); err != nil {
						return err
					}
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}
