package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"sync"
)

// The purposes that keyed hashes are kept apart by.
const (
	lookupTag     = "chancery/lookup/v1"
	credentialTag = "chancery/credential/v1"
)

// Lookup is a keyed hash (HMAC-SHA-256, 32 bytes) of a personal value, under
// which it can be found again: an idempotency key, an office's own number for
// a claim. Equal texts of one domain have equal hashes; the same text in
// another domain has another. The text is taken as it is: whoever wants "A-1"
// and "a-1" to meet makes them equal first.
//
// It protects against a thief who has the data without the keys, and no more:
// who holds lookup.key can try likely values. Sensitive values are therefore
// never looked up.
func (v *Vault) Lookup(domain, text string) []byte {
	return v.hashes.hash(v.lookup, lookupTag, domain, text)
}

// Equal compares two keyed hashes in a time that doesn't tell where they part.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// keyedHashes are hashes under one key that are ready to begin, which takes as
// long as a short text.
type keyedHashes struct{ ready sync.Pool }

func (k *keyedHashes) hash(key []byte, parts ...string) []byte {
	mac, ok := k.ready.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(sha256.New, key)
	}
	defer k.ready.Put(mac)
	mac.Reset()
	return hashParts(mac, parts)
}

func keyedHash(key []byte, parts ...string) []byte {
	return hashParts(hmac.New(sha256.New, key), parts)
}

// hashParts hashes each part behind its length, so that no two lists of parts
// are the same bytes.
func hashParts(mac hash.Hash, parts []string) []byte {
	var all []byte
	for _, part := range parts {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	mac.Write(all)
	return mac.Sum(nil)
}
