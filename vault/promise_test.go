package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/openchancery/chancery/docket"
)

// The thief of promise 19 takes all that rests on the server, and every key that
// the server holds: the master key unlocked, the key of hashes, the keys of
// claims, unwrapped. He opens what they open, layer by layer.

// heldKeys are all keys of the server's.
func heldKeys(t *testing.T, v *Vault) map[slot][]byte {
	t.Helper()
	found := held{wrapped: map[slot][]byte{}}
	rows, err := v.store.(*fileStore).db.Query("SELECT claim_id, class, wrapped FROM wrapped_keys")
	if err != nil {
		t.Fatal(err)
	}
	err = eachRow(rows, func() error {
		var at slot
		var wrapped []byte
		err := rows.Scan(&at.claim, &at.class, &wrapped)
		found.wrapped[at] = wrapped
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[slot][]byte{{"the server", "master"}: v.master.Load().now.key, {"the server", "lookup"}: v.lookup}
	for at, wrapped := range found.wrapped {
		if keys[at], err = v.master.Load().open(wrapped, keyTag, at.claim, at.class); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// loot is all that the thief has to read in the end: what rests, what he opened,
// and the keys.
func loot(t *testing.T, v *Vault, blobs []Sealed, streams map[slot][]byte) [][]byte {
	t.Helper()
	keys := heldKeys(t, v)
	var all [][]byte
	err := filepath.WalkDir(v.folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		all = append(all, key)
	}
	for _, b := range blobs {
		under, err := newSealer(keys[slot{b.Claim, b.Class}])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b.Blob)
		for _, how := range []struct {
			format byte
			tag    string
		}{{formatV1, blobTag}, {formatV2, forDeskTag}, {formatV3, forDeskTag}} {
			if inside, err := under.openAs(how.format, b.Blob, how.tag, b.Claim, b.Class, b.Name); err == nil {
				all = append(all, inside)
			}
		}
	}
	for at, stream := range streams {
		all = append(all, stream)
		var out bytes.Buffer
		if err := v.OpenStream(t.Context(), at.claim, at.class, "evidence", docket.Hash{}, bytes.NewReader(stream), &out); err == nil {
			all = append(all, out.Bytes())
		}
		out.Reset()
		if err := v.StreamForDesk(t.Context(), at.claim, at.class, "evidence", bytes.NewReader(stream), &out); err == nil {
			all = append(all, out.Bytes())
		}
	}
	return all
}

// derived are the forms in which a value could have been left behind: written
// otherwise, hashed, or hashed under any key that the thief has.
func derived(value string, keys map[slot][]byte) map[string][]byte {
	b := []byte(value)
	forms := map[string][]byte{"clear": b, "hex": []byte(hex.EncodeToString(b)), "base32": []byte(base32.StdEncoding.EncodeToString(b))[:8*(len(b)/5)]}
	for shift := range 3 { // base64 depends on where in a triple the value begins
		whole := len(b) - shift - (len(b)-shift)%3
		forms["base64 +"+string(rune('0'+shift))] = []byte(base64.StdEncoding.EncodeToString(b[shift : shift+whole]))
		forms["base64url +"+string(rune('0'+shift))] = []byte(base64.URLEncoding.EncodeToString(b[shift : shift+whole]))
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(value)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	forms["UTF-16"] = wide
	backwards := slices.Clone(b)
	slices.Reverse(backwards)
	forms["backwards"] = backwards
	hashes := map[string][]byte{}
	sum, sum512 := sha256.Sum256(b), sha512.Sum512(b)
	unsalted := docket.BlobCommitment(docket.Salt{}, b)
	hashes["SHA-256"], hashes["SHA-512"], hashes["a commitment without a salt"] = sum[:], sum512[:], unsalted[:]
	for at, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write(b)
		hashes["HMAC under "+at.claim+" "+at.class] = mac.Sum(nil)
		hashes["keyed hash under "+at.claim+" "+at.class] = keyedHash(key, lookupTag, "answers", value)
		salted := docket.BlobCommitment(docket.Salt(key), b)
		hashes["commitment salted by "+at.claim+" "+at.class] = salted[:]
	}
	for name, h := range hashes {
		forms[name] = h[:16] // half of it would be enough to know it by
		forms[name+", hex"] = []byte(hex.EncodeToString(h[:16]))
	}
	return forms
}

func foundIn(all [][]byte, forms map[string][]byte) (names []string) {
	for name, form := range forms {
		if slices.ContainsFunc(all, func(b []byte) bool { return bytes.Contains(b, form) }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

const (
	sensitiveCanary = "канарка-поранення-Olena-canary-wound-7f3a"
	personalCanary  = "канарка-імʼя-Taras-canary-name-91bc"
)

// robbed is a vault that took in the canaries, as answers, traces and evidence.
func robbed(t *testing.T) (v *Vault, private string, blobs []Sealed, streams map[slot][]byte) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "keys")
	if err := Create(folder, ""); err != nil {
		t.Fatal(err)
	}
	v, err := Open(folder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	private, public, err := NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.SetDesk(public); err != nil {
		t.Fatal(err)
	}
	var items []Item
	for _, claim := range []string{"c1", "c2"} {
		items = append(
			items,
			Item{Claim: claim, Class: deskClass, Name: "answers", Payload: []byte(sensitiveCanary)},
			Item{Claim: claim, Class: deskClass, Name: "trace", Payload: []byte(`{"read":"` + sensitiveCanary + `"}`)},
			Item{Claim: claim, Class: "personal", Name: "answers", Payload: []byte(personalCanary)},
		)
	}
	blobs, made, err := v.Seal(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	streams = map[slot][]byte{}
	for class, content := range map[string]string{deskClass: sensitiveCanary, "personal": personalCanary} {
		var out bytes.Buffer
		_, more, err := v.SealStream(t.Context(), "c3", class, "evidence", bytes.NewReader(bytes.Repeat([]byte(content), 1000)), &out)
		if err != nil {
			t.Fatal(err)
		}
		made.made = append(made.made, more.made...)
		streams[slot{"c3", class}] = out.Bytes()
	}
	if err := v.Keep(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if _, err := v.BackupStore(t.Context()); err != nil {
		t.Fatal(err)
	}
	return v, private, blobs, streams
}

// Promise 19: who has all that rests on the server, and every key that it holds,
// reads no sensitive value and knows none again. What is personal he reads, by
// which we see that he looked.
func TestPromise19WithEveryKeyOfTheServersNothingSensitiveIsRead(t *testing.T) {
	v, private, blobs, streams := robbed(t)
	keys := heldKeys(t, v)
	if len(keys) != 8 {
		t.Fatalf("the thief has %d keys", len(keys))
	}
	all := loot(t, v, blobs, streams)
	if found := foundIn(all, derived(sensitiveCanary, keys)); len(found) > 0 {
		t.Errorf("a sensitive value is found: %q", found)
	}
	if found := foundIn(all, derived(personalCanary, keys)); !slices.Contains(found, "clear") {
		t.Error("the thief found not even what is personal: he didn't look")
	}
	// With the commitments he can't even try likely values: their salts are
	// sealed to the desk too.
	d, err := OpenDesk(private)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range blobs {
		if b.Class != deskClass {
			continue
		}
		inner, err := v.ForDesk(t.Context(), blobs[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		payload, salt, err := d.Open(b.Claim, b.Class, b.Name, inner[0].Payload)
		if err != nil || docket.BlobCommitment(salt, payload) != b.Commitment {
			t.Fatalf("the desk itself: %v", err)
		}
		if slices.ContainsFunc(all, func(x []byte) bool { return bytes.Contains(x, salt[:]) }) {
			t.Error("a salt lies on the server")
		}
	}
	for _, key := range d.readers {
		secret, err := key.bytes()
		if err != nil || slices.ContainsFunc(all, func(x []byte) bool { return bytes.Contains(x, secret) || bytes.Contains(x, []byte(private)) }) {
			t.Errorf("the desk's private key lies on the server, %v", err)
		}
	}
}

// What was sealed before there was a desk's key opens as it did.
func TestTheFirstFormatStillOpens(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	if err := Create(folder, ""); err != nil {
		t.Fatal(err)
	}
	v, err := Open(folder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	sealers, made, err := v.sealersFor(t.Context(), []slot{{"c1", deskClass}})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Keep(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	blob, err := sealers[0].seal(fill(docket.Salt{1}, []byte("x")), blobTag, "c1", deskClass, "answers")
	if err != nil {
		t.Fatal(err)
	}
	payload, salt, err := v.Open(t.Context(), "c1", deskClass, "answers", blob)
	if err != nil || string(payload) != "x" || salt != (docket.Salt{1}) {
		t.Errorf("%q, %x, %v", payload, salt, err)
	}
}
