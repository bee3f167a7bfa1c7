package office

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// blobCheck holds the sealed blobs against what the entries say: each that a
// claim's entry commits to is there and opens to that, as far as the keys here open
// it, and of an erased claim none is.
type blobCheck struct {
	waiting []committed // to be looked for, some hundreds at a time
	gone    map[claim.ID]goneBy
	keyless func(claims []string) ([]string, error) // of the vault
	locked  map[claim.ID]bool                       // named as without keys
	damaged func([]Committed) ([]error, error)      // of the vault
}

// goneBy is who says that a claim's blobs are gone.
type goneBy int

const (
	byVault goneBy = iota + 1 // its keys were destroyed
	byTable                   // the table of claims
	missed                    // the same, and a blob is missing: an entry must explain it
	byEntry
	named // it is named already
)

// goneFrom is what is said of erasures before the entries are looked at.
func goneFrom(r store.Reader, shredded []string) (map[claim.ID]goneBy, error) {
	erased, err := r.ErasedClaims()
	gone := make(map[claim.ID]goneBy, len(erased))
	for _, id := range shredded {
		gone[claim.ID(id)] = byVault
	}
	for _, id := range erased {
		gone[id] = byTable
	}
	return gone, err
}

// committed is a blob that an entry commits to.
type committed struct {
	store.BlobPlace
	stream docket.Stream
	leaf   int64
	hash   docket.Hash
}

// blobsAtOnce is how many blobs are looked for by one question.
const blobsAtOnce = 500

// commits takes what an entry or row of a stream says of blobs.
func (c *check) commits(ref docket.Ref, leaf int64, kind docket.Kind, commitments []docket.Commitment) error {
	if sort := ref.Stream.Sort(); sort != "claim" && sort != "mandate" { // which are sealed alike
		return nil
	}
	id := claim.ID(ref.Stream.ID())
	if kind == claim.KindErased {
		c.blobs.gone[id] = byEntry
	}
	for _, at := range commitments {
		c.blobs.waiting = append(c.blobs.waiting, committed{store.BlobPlace{Claim: id, Version: ref.Version, Name: at.Name}, ref.Stream, leaf, at.Hash})
	}
	if len(c.blobs.waiting) < blobsAtOnce {
		return nil
	}
	return c.lookForBlobs()
}

func (c *check) lookForBlobs() error {
	ids := make([]claim.ID, len(c.blobs.waiting))
	for i, w := range c.blobs.waiting {
		ids[i] = w.Claim
	}
	slices.Sort(ids)
	places, err := c.r.BlobPlaces(slices.Compact(ids))
	if err != nil {
		return err
	}
	there := make(map[store.BlobPlace]bool, len(places))
	for _, place := range places {
		there[place] = true
	}
	var files []committed // that aren't among the blobs
	for _, w := range c.blobs.waiting {
		if there[w.BlobPlace] {
			continue
		}
		place := docket.Ref{Stream: w.stream, Version: w.Version}
		if c.blobs.gone[w.Claim] == 0 && strings.HasPrefix(w.Name, EvidencePrefix) {
			files = append(files, w)
			continue
		}
		switch c.blobs.gone[w.Claim] {
		case byTable:
			c.blobs.gone[w.Claim] = missed
		case missed, byEntry, named:
		case byVault: // it comes from a database that was put back
			c.v.find("verify.erasure-not-entered", place, w.leaf, "")
			c.blobs.gone[w.Claim] = named
		default:
			c.v.find("verify.blob-missing", place, w.leaf, w.Name)
		}
	}
	err = errors.Join(c.lookForFiles(files), c.lookForKeys(there), c.lookIntoBlobs(there))
	c.blobs.waiting = c.blobs.waiting[:0]
	return err
}

// lookForKeys names claims whose blobs are there and have no key, each once: an
// older key store that was put back has none of those filed since.
func (c *check) lookForKeys(there map[store.BlobPlace]bool) error {
	var ids []string
	for place := range there {
		ids = append(ids, string(place.Claim))
	}
	slices.Sort(ids)
	without, err := c.blobs.keyless(slices.Compact(ids))
	for _, w := range c.blobs.waiting {
		if there[w.BlobPlace] && !c.blobs.locked[w.Claim] && slices.Contains(without, string(w.Claim)) {
			c.v.find("verify.keys-missing", docket.Ref{Stream: w.stream, Version: w.Version}, w.leaf, "")
			c.blobs.locked[w.Claim] = true
		}
	}
	return err
}

// lookIntoBlobs names blobs that are there and don't hold what their entry
// commits to. Those without a key are named already, or erased.
func (c *check) lookIntoBlobs(there map[store.BlobPlace]bool) error {
	sealed := map[store.BlobPlace]store.Blob{}
	for place := range there {
		if _, known := sealed[place]; known {
			continue
		}
		blobs, err := c.r.Blobs(place.Claim)
		if err != nil {
			return err
		}
		for _, b := range blobs {
			sealed[store.BlobPlace{Claim: b.Claim, Version: b.Version, Name: b.Name}] = b
		}
	}
	var blobs []Committed
	var of []committed
	for _, w := range c.blobs.waiting {
		if b, ok := sealed[w.BlobPlace]; ok {
			blobs, of = append(blobs, Committed{b, w.hash}), append(of, w)
		}
	}
	damaged, err := c.blobs.damaged(blobs)
	for i, why := range damaged {
		if code := fault.Code(why); why != nil && code != "vault.erased" && code != "vault.key-missing" {
			c.v.find("verify.blob-damaged", docket.Ref{Stream: of[i].stream, Version: of[i].Version}, of[i].leaf, why)
		}
	}
	return err
}

// erasedBlobs names, once every entry was seen, what is left of erased claims,
// and what is missing of those that the table alone calls erased.
func (c *check) erasedBlobs() error {
	if err := c.lookForBlobs(); err != nil {
		return err
	}
	var erased []claim.ID
	for _, id := range slices.Sorted(maps.Keys(c.blobs.gone)) {
		switch c.blobs.gone[id] {
		case byEntry:
			erased = append(erased, id)
		case missed:
			c.v.find("verify.blob-missing", docket.Ref{Stream: id.Stream(), Version: 1}, -1, "the table says that it is erased")
		}
	}
	if err := c.filesLeft(erased); err != nil {
		return err
	}
	left, err := c.r.BlobPlaces(erased)
	for _, place := range left {
		c.v.find("verify.blob-left", docket.Ref{Stream: place.Claim.Stream(), Version: place.Version}, -1, place.Name)
	}
	return err
}
