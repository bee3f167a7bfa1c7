package vault

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
)

// keystore is where the wrapped keys of claims rest: a file, or a database of
// their own that several machines reach. It caches nothing, so that a destroyed
// key is gone at once, for every process.
type keystore interface {
	// load reads the keys of all classes of the claims, and which of them were
	// erased. It asks for erasures after the keys, so that a key that goes in
	// between is not taken for lost.
	load(ctx context.Context, claims []string) (held, error)
	// keep puts the keys in, all in one commit or none; calls that come at once share
	// it. Keys that are there already are left; another key in the same place is a
	// conflict, since a blob sealed under the newer of the two could never be
	// opened; a claim that was erased takes no key. Keys come sorted.
	keep(ctx context.Context, keys []wrappedKey) error
	// destroy removes the keys of the claims for good, and remembers that they were
	// erased, and on which day.
	destroy(ctx context.Context, erasures []Erasure) error
	// erasures is the list of what was erased, where the store keeps one that all
	// machines reach; none where a file beside it is the only one.
	erasures(ctx context.Context) ([]Erasure, error)
	// notDestroyed are the claims that it doesn't know for erased.
	notDestroyed(ctx context.Context, claims []string) (left []string, err error)
	// clean removes from the store's own files what was deleted or written over.
	clean(ctx context.Context) error
	// rewrap wraps anew, in one commit, the next n keys behind the slot, and gives
	// the last of them; count is 0 when there is none.
	rewrap(ctx context.Context, behind slot, n int, anew func(wrappedKey) ([]byte, error)) (last slot, count int, err error)
	count(ctx context.Context) (keys int64, err error)
	// version is by what it is known later that every key that stands here stands here
	// still: it is another once anything but keep was done, by whoever. The zero value is
	// none, where that can't be known, or not at once, and nobody wants to wait for it.
	version(wait bool) version
	// writable refuses where it isn't known what is on disk.
	writable() error
	// mark is the mark of that name; nil where there is none.
	mark(ctx context.Context, name string) ([]byte, error)
	// setMarks writes marks over those that stand there; one without a value is
	// taken away.
	setMarks(ctx context.Context, marks map[string][]byte) error
	// copyInto copies the store, as it stands at one moment, into an empty file.
	copyInto(ctx context.Context, path string) error
	// sweep is clean for all that was destroyed since the last one, where that takes
	// long.
	sweep(ctx context.Context) error
	close() error
}

// Batches keep a statement short, whatever the act's size.
const (
	claimsAtOnce = 500
	rowsAtOnce   = 100
	keepsAtOnce  = 100 // calls of keep that share a commit
)

// slot is the place of one key: a claim's, for one class.
type slot struct{ claim, class string }

// wrappedKey is a key as it rests.
type wrappedKey struct {
	slot
	wrapped []byte
}

// version is a key store's, by its own changes and by those of others. Two that are not
// zero are equal where no key went or became another in between.
type version struct {
	of          keystore
	own, others int64
}

// held is what the key store holds of some claims, and what is in memory of them.
type held struct {
	wrapped   map[slot][]byte
	destroyed map[string]bool
	ready     map[slot]laidKey // kept ahead
}

// closing closes a key store that is of no use because of err.
func closing(k keystore, err error) error { return errors.Join(err, k.close()) }

func byPlace(a, b wrappedKey) int {
	return cmp.Or(strings.Compare(a.claim, b.claim), strings.Compare(a.class, b.class))
}

func claimsOfKeys(keys []wrappedKey) []string {
	claims := make([]string, len(keys))
	for i, key := range keys {
		claims[i] = key.claim
	}
	return slices.Compact(claims) // they are sorted
}

// together keeps the keys of several calls in one commit. Where one of them is
// refused, each is tried by itself.
func together(keepAll func([]wrappedKey) error) func([]*groupcommit.Job[[]wrappedKey]) {
	return func(calls []*groupcommit.Job[[]wrappedKey]) {
		var all []wrappedKey
		for _, c := range calls {
			all = append(all, c.What...)
		}
		if len(calls) > 1 {
			slices.SortFunc(all, byPlace)
		}
		err := keepAll(all)
		for _, c := range calls {
			if c.Err = err; err != nil && len(calls) > 1 {
				c.Err = keepAll(c.What)
			}
		}
	}
}

func refuseDestroyed(destroyed map[string]bool, keys []wrappedKey) error {
	for _, key := range keys {
		if destroyed[key.claim] {
			return erased(key.claim)
		}
	}
	return nil
}

// refuseOthers refuses keys in whose place another stands.
func refuseOthers(there map[slot][]byte, keys []wrappedKey) error {
	for _, key := range keys {
		if !bytes.Equal(there[key.slot], key.wrapped) {
			return fault.New(fault.Conflict, "vault.key-made-twice", "claim", key.claim, "class", key.class)
		}
	}
	return nil
}
