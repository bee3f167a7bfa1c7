package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
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
	return keyedHash(v.lookup, lookupTag, domain, text)
}

// Equal compares two keyed hashes in a time that doesn't tell where they part.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// keyedHash hashes each part behind its length, so that no two lists of parts
// are the same bytes.
func keyedHash(key []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}
