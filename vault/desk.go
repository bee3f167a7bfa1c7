package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// deskClass is the class of fields that are sealed to the desk: the server
// takes them in and can't read them again.
const deskClass = "sensitive"

// deskFile holds the public keys that the desk has had, a line each, the newest
// last. What was sealed to an older one opens under that one still.
const deskFile = "desk.pub"

// A desk's key is one line: the prefix, the key's id, which is the beginning of
// the public key's hash and shows a slip of the pen, a dot, and the key.
const (
	deskPublicPrefix  = "chancery-desk-public-1."
	deskPrivatePrefix = "CHANCERY-DESK-SECRET-1."
	deskIDSize        = 8
	deskLimit         = 1 << 20 // of a file of desk keys, in bytes
)

var deskCode = base64.RawURLEncoding.Strict() // one way to write a key

// NewDeskKey makes a desk's key. The private line stays with the officers, on a
// machine of theirs, and in their safe: without it nothing sensitive can be
// read, and with it on the server everything could. The public line is set on
// the server.
func NewDeskKey() (private, public string, err error) {
	r, err := newReader()
	if err != nil {
		return "", "", err
	}
	secret, err := r.bytes()
	if err != nil {
		return "", "", err
	}
	key := deskKeyOf(r.recipient())
	return deskPrivatePrefix + key.id + "." + deskCode.EncodeToString(secret), key.line(), nil
}

// ParseDeskPublic reads a desk's public key and gives its id.
func ParseDeskPublic(public string) (id string, err error) {
	key, err := parseDesk(public)
	if err != nil {
		return "", err
	}
	return key.id, nil
}

// deskKey is a public key of the desk.
type deskKey struct {
	recipient
	id string
}

func deskKeyOf(r recipient) *deskKey {
	sum := sha256.Sum256(append([]byte(deskTag+"\x00"), r.bytes()...))
	return &deskKey{r, hex.EncodeToString(sum[:deskIDSize])}
}

func (k *deskKey) line() string {
	return deskPublicPrefix + k.id + "." + deskCode.EncodeToString(k.bytes())
}

func parseDesk(public string) (*deskKey, error) {
	malformed := fault.New(fault.Invalid, "vault.desk-public")
	id, bytes, ok := deskParts(public, deskPublicPrefix)
	if !ok {
		return nil, malformed
	}
	r, err := parseRecipient(bytes)
	if err != nil {
		return nil, malformed
	}
	if key := deskKeyOf(r); key.id == id {
		return key, nil
	}
	return nil, malformed
}

func deskParts(line, prefix string) (id string, key []byte, ok bool) {
	rest, ours := strings.CutPrefix(strings.TrimSpace(line), prefix)
	id, code, cut := strings.Cut(rest, ".")
	key, err := deskCode.DecodeString(code)
	return id, key, ours && cut && err == nil
}

// seal seals what the desk alone is to read, and says to which key.
func (k *deskKey) seal(plain []byte, tag, claim, class, name string) ([]byte, error) {
	sealed, err := k.recipient.seal(plain, tag, k.id, claim, class, name)
	if err != nil {
		return nil, err
	}
	return append(k.idBytes(), sealed...), nil
}

// toDesk is an agreement with the desk's key, for the blobs of one call.
type toDesk struct {
	agreement
	key *deskKey
}

func (k *deskKey) agree() (toDesk, error) {
	a, err := k.recipient.agree(agreedTag, k.id)
	return toDesk{a, k}, err
}

// seal seals what the desk alone is to read, and says to which key.
func (d toDesk) seal(plain []byte, claim, class, name string) ([]byte, error) {
	sealed, err := d.agreement.seal(plain, agreedTag, claim, class, name)
	if err != nil {
		return nil, err
	}
	return append(d.key.idBytes(), sealed...), nil
}

// agreed reports whether what is in a blob's envelope was sealed by an agreement: its
// length says so, since plaintexts are padded to whole steps.
func agreed(inner []byte) bool {
	const tag, head = 16, 1 + 24 // of the cipher; of formatV1
	return (len(inner)-deskIDSize-encapsulatedSize-tag)%smallStep == head
}

func (k *deskKey) idBytes() []byte {
	id, _ := hex.DecodeString(k.id) // we wrote it
	return id
}

// deskKeys are the public keys that the desk has had, the newest last.
type deskKeys []*deskKey

func (k *deskKeys) newest() *deskKey {
	if k == nil || len(*k) == 0 {
		return nil
	}
	return (*k)[len(*k)-1]
}

// Desk is the id of the desk's key that is sealed to now; not ok where none is
// set.
func (v *Vault) Desk() (id string, ok bool) {
	key := v.desks.Load().newest()
	if key == nil {
		return "", false
	}
	return key.id, true
}

// Desks are the ids of all keys that the desk has had, the newest last.
func (v *Vault) Desks() []string {
	keys := v.desks.Load()
	ids := make([]string, len(*keys))
	for i, key := range *keys {
		ids[i] = key.id
	}
	return ids
}

// SetDesk sets the desk's public key: what is sensitive is sealed to it from now
// on, and what was sealed to an older one stays so. It is durable when it
// returns nil; setting the key that is set changes nothing. A key that was
// replaced is not taken again, for it may have been replaced because it is known
// to others (vault.desk-retired).
func (v *Vault) SetDesk(public string) error {
	key, err := parseDesk(public)
	if err != nil {
		return err
	}
	done, err := v.change(context.Background())
	if err != nil {
		return err
	}
	defer done()
	keys, err := v.readDesks() // another process may have set one since this one looked
	if err != nil {
		return err
	}
	if newest := keys.newest(); newest != nil && newest.id == key.id {
		v.desks.Store(&keys)
		return nil
	}
	var lines bytes.Buffer
	for _, older := range keys {
		if older.id == key.id {
			return fault.New(fault.Conflict, "vault.desk-retired", "id", key.id)
		}
		lines.WriteString(older.line() + "\n")
	}
	lines.WriteString(key.line() + "\n")
	if err := replacePrivate(filepath.Join(v.folder, deskFile), lines.Bytes()); err != nil {
		return err
	}
	keys = append(keys[:len(keys):len(keys)], key)
	v.desks.Store(&keys)
	return nil
}

// FollowDesk takes up the desk's key of this id where the folder has it as its newest:
// another process set it, or somebody copied it here from another machine. Any other
// that lies there is left alone, and it reports false.
func (v *Vault) FollowDesk(id string) (bool, error) {
	before := v.desks.Load()
	keys, err := v.readDesks()
	if err != nil {
		return false, err
	}
	if newest := keys.newest(); newest != nil && newest.id == id {
		v.desks.CompareAndSwap(before, &keys) // who sets one meanwhile knows better
	}
	now, ok := v.Desk()
	return ok && now == id, nil
}

// loadDesks reads the desk's public keys; a folder may have none.
func (v *Vault) loadDesks() error {
	keys, err := v.readDesks()
	v.desks.Store(&keys)
	return err
}

func (v *Vault) readDesks() (deskKeys, error) { return readDesks(filepath.Join(v.folder, deskFile)) }

func readDesks(path string) (deskKeys, error) {
	content, err := readPrivate(path, deskLimit)
	if fault.Code(err) == "vault.file-missing" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var keys deskKeys
	for line := range strings.Lines(string(content)) {
		key, err := parseDesk(line)
		if err != nil {
			return nil, fault.New(fault.Unsound, "vault.file-foreign", "file", path)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// forDesk reports whether the blob says that it is sealed to the desk.
func (s Sealed) forDesk() bool {
	return len(s.Blob) > 0 && (s.Blob[0] == formatV2 || s.Blob[0] == formatV3)
}

// takeOff takes the claim's envelope off a blob that is sealed to the desk.
func (s Sealed) takeOff(under sealer) ([]byte, error) {
	inner, err := under.openAs(s.Blob[0], s.Blob, forDeskTag, s.Claim, s.Class, s.Name)
	if err != nil {
		return nil, s.damaged()
	}
	return inner, nil
}

// ForDesk takes off the claim's own envelope and leaves what the desk alone can
// open: Payload is what Desk.Open takes, Salt stays empty. Each has its own
// answer, as in OpenAll; a blob that isn't sealed to the desk has the fault
// vault.not-for-desk.
func (v *Vault) ForDesk(ctx context.Context, blobs []Sealed) ([]Opened, error) {
	return v.eachBlob(ctx, blobs, func(o *Opened, s Sealed, under sealer) {
		if !s.forDesk() {
			o.Err = fault.New(fault.Invalid, "vault.not-for-desk", s.whose()...)
			return
		}
		o.Payload, o.Err = s.takeOff(under)
	})
}

// Desk is the officers' side: it holds the desk's private keys and needs no
// folder of keys.
type Desk struct {
	ids     []string
	readers map[string]reader
}

// OpenDesk reads the desk's private key: one line, or a line for each key that
// the desk has had, the newest last.
func OpenDesk(private string) (*Desk, error) {
	d := &Desk{readers: map[string]reader{}}
	for line := range strings.Lines(strings.TrimSpace(private)) {
		id, secret, ok := deskParts(line, deskPrivatePrefix)
		r, err := parseReader(secret)
		if !ok || err != nil || deskKeyOf(r.recipient()).id != id {
			return nil, fault.New(fault.Invalid, "vault.desk-private", "line", len(d.ids)+1)
		}
		d.ids = append(d.ids, id)
		d.readers[id] = r
	}
	if len(d.ids) == 0 {
		return nil, fault.New(fault.Invalid, "vault.desk-private", "line", 1)
	}
	return d, nil
}

// ID is the id of the desk's newest key.
func (d *Desk) ID() string { return d.ids[len(d.ids)-1] }

// Public is the public line of the desk's newest key.
func (d *Desk) Public() string { return deskKeyOf(d.readers[d.ID()].recipient()).line() }

// Open opens what ForDesk gave, and gives back the payload and the salt of its
// commitment. Faults: vault.desk-other for what is sealed to a key that this
// desk doesn't hold, vault.blob-damaged.
func (d *Desk) Open(claim, class, name string, inner []byte) (payload []byte, salt docket.Salt, err error) {
	s := Sealed{Claim: claim, Class: class, Name: name}
	plain, err := d.openInner(s, deskTag, inner)
	if err != nil {
		return nil, docket.Salt{}, err
	}
	if salt, payload, err = unfill(plain); err != nil {
		return nil, docket.Salt{}, s.damaged()
	}
	return payload, salt, nil
}

// openInner opens what is sealed to one of the desk's keys.
func (d *Desk) openInner(s Sealed, tag string, inner []byte) ([]byte, error) {
	if len(inner) < deskIDSize {
		return nil, s.damaged()
	}
	id := hex.EncodeToString(inner[:deskIDSize])
	r, ok := d.readers[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "vault.desk-other", append(s.whose(), "id", id, "ours", strings.Join(d.ids, " "))...)
	}
	var plain []byte
	var err error
	if sealed := inner[deskIDSize:]; tag == deskTag && agreed(inner) {
		plain, err = r.openAgreed(sealed, []string{agreedTag, id}, []string{agreedTag, s.Claim, s.Class, s.Name})
	} else {
		plain, err = r.open(sealed, tag, id, s.Claim, s.Class, s.Name)
	}
	if err != nil {
		return nil, s.damaged()
	}
	return plain, nil
}

// Reseal opens what ForDesk gave and seals it anew to another of the desk's keys,
// when the older one is known to others. Salt and payload stay, so the
// commitment holds and the docket isn't touched. Vault.BackFromDesk makes a blob
// of it.
func (d *Desk) Reseal(claim, class, name string, inner []byte, public string) ([]byte, error) {
	to, err := parseDesk(public)
	if err != nil {
		return nil, err
	}
	plain, err := d.openInner(Sealed{Claim: claim, Class: class, Name: name}, deskTag, inner)
	if err != nil {
		return nil, err
	}
	return to.seal(plain, deskTag, claim, class, name)
}

// BackFromDesk puts what the desk sealed anew (each item's Payload) under the
// claim's own key again: a blob to store in the place of the older one. It
// refuses what isn't sealed to the key that is set (vault.desk-replaced); that it
// holds what it held before is for the desk to see to, and its commitment shows.
func (v *Vault) BackFromDesk(ctx context.Context, items []Item) ([]Sealed, error) {
	desk := v.desks.Load().newest()
	slots, slotOf := slotsOf(items, func(i Item) slot { return slot{i.Claim, i.Class} })
	found, master, err := v.wrappedKeys(ctx, claimsOf(slots))
	if err != nil {
		return nil, err
	}
	blobs := make([]Sealed, len(items))
	for i, item := range items {
		s := Sealed{Claim: item.Claim, Class: item.Class, Name: item.Name}
		if desk == nil || !bytes.HasPrefix(item.Payload, desk.idBytes()) {
			return nil, fault.New(fault.Conflict, "vault.desk-replaced", s.whose()...)
		}
		under, err := master.unwrap(slots[slotOf[i]], found)
		if err != nil {
			return nil, err
		}
		if s.Blob, err = under.sealAs(formatV2, item.Payload, forDeskTag, s.Claim, s.Class, s.Name); err != nil {
			return nil, err
		}
		blobs[i] = s
	}
	return blobs, nil
}

// WriteDeskKey writes a desk's private key into a new file that its owner alone
// may read. It never writes over one.
func WriteDeskKey(path, private string) error {
	if _, err := OpenDesk(private); err != nil {
		return err
	}
	err := writePrivate(path, []byte(strings.TrimSpace(private)+"\n"))
	switch {
	case errors.Is(err, fs.ErrExist):
		return fault.New(fault.Conflict, "vault.desk-exists", "file", path)
	case err != nil:
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// ReadDeskKey reads a desk's private key from a file that its owner alone may
// read.
func ReadDeskKey(path string) (*Desk, error) {
	content, err := readGiven(path, deskLimit)
	if err != nil {
		return nil, err
	}
	d, err := OpenDesk(string(content))
	if err != nil {
		return nil, fault.New(fault.Invalid, "vault.desk-foreign", "file", path)
	}
	return d, nil
}
