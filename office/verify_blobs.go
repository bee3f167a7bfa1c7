package office

import (
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// blobCheck holds the sealed blobs against what the entries say: each that a
// claim's entry commits to is there, and of an erased claim none is. What is in
// a blob is held against its commitment whenever it is opened.
type blobCheck struct {
	waiting []committed // to be looked for, some hundreds at a time
	missing []committed
	erased  []claim.ID
}

// committed is a blob that an entry commits to.
type committed struct {
	store.BlobPlace
	leaf int64
}

// blobsAtOnce is how many blobs are looked for by one question.
const blobsAtOnce = 500

// commits takes what an entry or row of a stream says of blobs.
func (c *check) commits(ref docket.Ref, leaf int64, kind docket.Kind, commitments []docket.Commitment) error {
	if ref.Stream.Sort() != "claim" {
		return nil
	}
	id := claim.ID(ref.Stream.ID())
	if kind == claim.KindErased {
		c.blobs.erased = append(c.blobs.erased, id)
	}
	for _, at := range commitments {
		c.blobs.waiting = append(c.blobs.waiting, committed{store.BlobPlace{Claim: id, Version: ref.Version, Name: at.Name}, leaf})
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
	for _, w := range c.blobs.waiting {
		if !there[w.BlobPlace] {
			c.blobs.missing = append(c.blobs.missing, w)
		}
	}
	c.blobs.waiting = c.blobs.waiting[:0]
	return nil
}

// sealedBlobs names, once every entry was seen, what is missing and what was
// to be gone. shredded are the ids whose keys were destroyed: a claim among
// them without the entry comes from a database that was put back.
func (c *check) sealedBlobs(shredded []string) error {
	if err := c.lookForBlobs(); err != nil {
		return err
	}
	const byEntry, byVault, named = 1, 2, 3
	gone := make(map[claim.ID]int, len(c.blobs.erased)+len(shredded))
	for _, id := range shredded {
		gone[claim.ID(id)] = byVault
	}
	for _, id := range c.blobs.erased {
		gone[id] = byEntry
	}
	for _, m := range c.blobs.missing {
		switch gone[m.Claim] {
		case byEntry, named:
		case byVault:
			c.v.find("verify.erasure-not-entered", docket.Ref{Stream: m.Claim.Stream(), Version: m.Version}, m.leaf, "")
			gone[m.Claim] = named
		default:
			c.v.find("verify.blob-missing", docket.Ref{Stream: m.Claim.Stream(), Version: m.Version}, m.leaf, m.Name)
		}
	}
	left, err := c.r.BlobPlaces(c.blobs.erased)
	for _, place := range left {
		c.v.find("verify.blob-left", docket.Ref{Stream: place.Claim.Stream(), Version: place.Version}, -1, place.Name)
	}
	return err
}
